"""Smoothing in time that trusts each sample as much as it deserves."""

import numpy as np

from uao_core.packets import Doubles


def whittaker(values: Doubles, weight: Doubles, time_constant_frames: float) -> Doubles:
    """Smooth columns of a series by penalized least squares (Whittaker 1923; Eilers, Anal. Chem. 2003).

    Minimizes sum w_t (x_t - v_t)^2 + lambda sum (second difference of x)^2, with the weights scaled to a mean of one. A
    straight motion passes unchanged and the last sample does not lag, as it would behind a causal filter.

    Args:
        values: (T, C) or (T, C, K), K columns of one weight.
        weight: (T, C), positive; a sample of little weight leans on its neighbours.
        time_constant_frames: lambda is its fourth power, so that about this many frames are merged; 0 changes nothing.

    Returns:
        As `values`.
    """
    count = len(values)
    if count < 3 or time_constant_frames <= 0:
        return values
    second = np.diff(np.eye(count), n=2, axis=0)  # (T - 2, T)
    penalty = time_constant_frames**4 * second.T @ second
    w = np.maximum(weight / weight.mean(axis=0), 1e-6).T  # (C, T)
    systems = np.repeat(penalty[None], len(w), axis=0)
    index = np.arange(count)
    systems[:, index, index] += w
    columns = values.reshape(*weight.shape, -1).swapaxes(0, 1)  # (C, T, K)
    return np.linalg.solve(systems, w[..., None] * columns).swapaxes(0, 1).reshape(values.shape)
