"""Where the person stands: the root translation, in closed form and steady in time.

The projection of `joint + t` onto a ray (u, v) is linear in t: (X + t_x) - u (Z + t_z) = 0 and (Y + t_y) - v (Z + t_z) = 0.
"""

import numpy as np

from uao_core.packets import Doubles
from uao_core.smooth import whittaker

MIN_DEPTH_M, MAX_DEPTH_M = 0.3, 40.0
_DEPTH_SMOOTHING_S = 0.2
_LEAST_SPREAD_RAYS = 0.005
_SIZE_LOG_SD, _SIZE_EVIDENCE_M = 0.06, 0.03
"""How far a person's size is from the lifter's guess, and how far off a joint is that tells it, with its depth."""


def solve_root(joints: Doubles, rays: Doubles, weight: Doubles, reweightings: int = 3) -> Doubles:
    """(T, 3) translations that bring root-relative joints onto their rays, by iteratively reweighted least squares.

    Args:
        joints: (T, 23, 3) root-relative, camera axes, metres.
        rays: (T, 23, 2) of the keypoints.
        weight: (T, 23), zero where there is no evidence.
    """
    return _solve(joints, rays, weight * robust_share(joints, rays, weight, reweightings))


def robust_share(joints: Doubles, rays: Doubles, weight: Doubles, reweightings: int = 3) -> Doubles:
    """(T, 23) share of its weight that each joint deserves when the root is solved for.

    Geman and McClure's weights with a spread of twice the frame's median residual: a joint that the detector put elsewhere
    loses its say instead of moving the root. Residuals count in the median by their weight, since what nobody sees may lie
    anywhere: where most joints are unseen, theirs would be the spread, and nothing would be doubted.
    """
    share, terms = np.ones_like(weight), _terms(joints, rays)
    for _ in range(reweightings):
        placed = joints + _solve(joints, rays, weight * share, terms)[:, None]
        off = placed[..., :2] / np.maximum(placed[..., 2:], 0.1) - rays
        square = off[..., 0] ** 2 + off[..., 1] ** 2
        middle = np.sqrt(_weighted_median(square, weight))
        share = (1 + square / (2 * np.maximum(middle, _LEAST_SPREAD_RAYS)) ** 2) ** -2
    return share


def _weighted_median(values: Doubles, weight: Doubles) -> Doubles:
    """(T, 1) of (T, N): the least value that together with all below it has half of the row's weight."""
    order = values.argsort(axis=1)
    reached = np.take_along_axis(weight, order, axis=1).cumsum(axis=1)
    middle = (2 * reached >= reached[:, -1:]).argmax(axis=1, keepdims=True)
    return np.take_along_axis(values, np.take_along_axis(order, middle, axis=1), axis=1)


def _solve(joints: Doubles, rays: Doubles, weight: Doubles, terms: Doubles | None = None) -> Doubles:
    """Least squares in metres, then, with depths known, in angles, as the image measures them; `terms` are `_terms`."""
    terms = _terms(joints, rays) if terms is None else terms
    depth = _least_squares_depth(terms, weight)
    in_angles = weight / np.maximum(joints[..., 2] + depth[:, None], 0.1) ** 2
    return at_depth(joints, rays, weight, _least_squares_depth(terms, in_angles))


def at_depth(joints: Doubles, rays: Doubles, weight: Doubles, depth_m: Doubles) -> Doubles:
    """(T, 3) best translations where the depth (T,) is given: x and y by weighted least squares."""
    z = joints[..., 2] + depth_m[:, None]
    w = weight / np.maximum(z, 0.1) ** 2 + 1e-9
    offset = rays * z[..., None] - joints[..., :2]
    xy = (w[:, None] @ offset)[:, 0] / w.sum(axis=1)[:, None]
    return np.concatenate([xy, depth_m[:, None]], axis=1)


def steady_root(joints: Doubles, rays: Doubles, weight: Doubles, frame_time_s: float) -> Doubles:
    """Roots with the depth low-passed over the window (in its logarithm, as errors of depth are ratios).

    `weight` is evidence times `robust_share`; the optimization decides once which joints to believe, not at every step.
    """
    root = _solve(joints, rays, weight)
    evidence = np.maximum(weight.sum(axis=1), 1e-3)
    log_depth = whittaker(np.log(root[:, 2:]), evidence[:, None], _DEPTH_SMOOTHING_S / frame_time_s)
    return at_depth(joints, rays, weight, np.exp(log_depth[:, 0]))


def size_at_root(joints: Doubles, rays: Doubles, weight: Doubles, root: Doubles) -> float:
    """By how much a window's poses must grow so that they meet their rays from where they truly stand.

    `size * joint + root` on its ray is linear in the size, as it is in the root; one size for all T frames, held near one
    by what is known of a population.

    Args:
        joints: (T, 23, 3) root-relative, camera axes, metres.
        rays: (T, 23, 2) of the keypoints.
        weight: (T, 23), zero where there is no evidence.
        root: (T, 3) true positions.
    """
    w = weight[..., None] / _SIZE_EVIDENCE_M**2
    grows = joints[..., :2] - rays * joints[..., 2:]
    wanted = rays * root[:, None, 2:] - root[:, None, :2]
    frames = len(joints)  # their errors are those of one frame, or nearly: a detector means the same wrong place in each
    evidence, pull = float((w * grows**2).sum()) / frames, float((w * grows * wanted).sum()) / frames
    return min(max((pull + _SIZE_LOG_SD**-2) / (evidence + _SIZE_LOG_SD**-2), 0.5), 2.0)


def _terms(joints: Doubles, rays: Doubles) -> Doubles:
    """(T, 23, 7) whose weighted sums make the normal equations A t = b with rows (1, 0, -u), (0, 1, -v)."""
    b = rays * joints[..., 2:] - joints[..., :2]
    columns = (rays[..., 0] ** 2 + rays[..., 1] ** 2, rays[..., 0] * b[..., 0] + rays[..., 1] * b[..., 1])
    return np.concatenate([np.ones_like(b[..., :1]), rays, b, np.stack(columns, axis=-1)], axis=-1)


def _least_squares_depth(terms: Doubles, weight: Doubles) -> Doubles:
    """(T,) depth of the root by the normal equations, x and y eliminated; a faint prior keeps them regular."""
    one, u, v, bx, by, square, ub = (weight[:, None] @ terms)[:, 0].T
    # In proportion to the evidence, or else points that all lie on one ray leave a singular matrix to rounding.
    faint = 1e-6 + 1e-5 * (2 * one + square) / 3
    across = one + faint
    depth = (3 * faint - ub + (u * bx + v * by) / across) / (square + faint - (u**2 + v**2) / across)
    return np.clip(depth, MIN_DEPTH_M, MAX_DEPTH_M)
