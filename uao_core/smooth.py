"""Smoothing in time that trusts each sample as much as it deserves."""

import torch
from torch import Tensor


def whittaker(values: Tensor, weight: Tensor, time_constant_frames: float) -> Tensor:
    """Smooth columns of a series by penalized least squares (Whittaker 1923; Eilers, Anal. Chem. 2003).

    Minimizes sum w_t (x_t - v_t)^2 + lambda sum (second difference of x)^2, with the weights scaled to a mean of one. A
    straight motion passes unchanged and the last sample does not lag, as it would behind a causal filter.

    Args:
        values: (T, C).
        weight: (T, C) or (T, 1), positive; a sample of little weight leans on its neighbours.
        time_constant_frames: lambda is its fourth power, so that about this many frames are merged; 0 changes nothing.

    Returns:
        (T, C).
    """
    count = len(values)
    if count < 3 or time_constant_frames <= 0:
        return values
    second = torch.eye(count, dtype=torch.float64, device=values.device).diff(n=2, dim=0)  # (T - 2, T)
    penalty = time_constant_frames**4 * second.T @ second
    w = weight.double().expand_as(values)
    w = (w / w.mean(dim=0, keepdim=True)).clamp_min(1e-6).T  # (C, T)
    systems = torch.diag_embed(w) + penalty
    smooth = torch.linalg.solve(systems, (w * values.double().T)[..., None])
    return smooth[..., 0].T.to(values.dtype)
