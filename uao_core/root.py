"""Where the person stands: the root translation, in closed form and steady in time.

The projection of `joint + t` onto a ray (u, v) is linear in t: (X + t_x) - u (Z + t_z) = 0 and (Y + t_y) - v (Z + t_z) = 0.
"""

import torch
from torch import Tensor

from uao_core.smooth import whittaker

MIN_DEPTH_M, MAX_DEPTH_M = 0.3, 40.0
_DEPTH_SMOOTHING_S = 0.2
_LEAST_SPREAD_RAYS = 0.005
_SIZE_LOG_SD, _SIZE_EVIDENCE_M = 0.06, 0.03
"""How far a person's size is from the lifter's guess, and how far off a joint is that tells it, with its depth."""


def solve_root(joints: Tensor, rays: Tensor, weight: Tensor, reweightings: int = 3) -> Tensor:
    """(T, 3) translations that bring root-relative joints onto their rays, by iteratively reweighted least squares.

    Args:
        joints: (T, 23, 3) root-relative, camera axes, metres.
        rays: (T, 23, 2) of the keypoints.
        weight: (T, 23), zero where there is no evidence.
    """
    return _solve(joints, rays, weight * robust_share(joints, rays, weight, reweightings))


def robust_share(joints: Tensor, rays: Tensor, weight: Tensor, reweightings: int = 3) -> Tensor:
    """(T, 23) share of its weight that each joint deserves when the root is solved for.

    Geman and McClure's weights with a spread of twice the frame's median residual: a joint that the detector put elsewhere
    loses its say instead of moving the root.
    """
    share = torch.ones_like(weight)
    for _ in range(reweightings):
        placed = joints + _solve(joints, rays, weight * share)[:, None]
        residual = (placed[..., :2] / placed[..., 2:].clamp_min(0.1) - rays).norm(dim=-1)
        spread = 2 * residual.median(dim=1, keepdim=True).values.clamp_min(_LEAST_SPREAD_RAYS)
        share = (1 + (residual / spread).square()).pow(-2)
    return share


def _solve(joints: Tensor, rays: Tensor, weight: Tensor) -> Tensor:
    """Least squares in metres, then, with depths known, in angles, as the image measures them."""
    depth = _least_squares(joints, rays, weight)[:, 2:].clamp(MIN_DEPTH_M, MAX_DEPTH_M)
    in_angles = weight / (joints[..., 2] + depth).clamp_min(0.1).square()
    depth = _least_squares(joints, rays, in_angles)[:, 2].clamp(MIN_DEPTH_M, MAX_DEPTH_M)
    return at_depth(joints, rays, weight, depth)


def at_depth(joints: Tensor, rays: Tensor, weight: Tensor, depth_m: Tensor) -> Tensor:
    """(T, 3) best translations where the depth (T,) is given: x and y by weighted least squares."""
    z = joints[..., 2] + depth_m[:, None]
    w = weight / z.clamp_min(0.1).square() + 1e-9
    offset = rays * z[..., None] - joints[..., :2]
    xy = (w[..., None] * offset).sum(dim=1) / w.sum(dim=1)[:, None]
    return torch.cat([xy, depth_m[:, None]], dim=1)


def steady_root(joints: Tensor, rays: Tensor, weight: Tensor, frame_time_s: float) -> Tensor:
    """Roots with the depth low-passed over the window (in its logarithm, as errors of depth are ratios).

    `weight` is evidence times `robust_share`; the optimization decides once which joints to believe, not at every step.
    """
    root = _solve(joints, rays, weight)
    evidence = weight.sum(dim=1).clamp_min(1e-3)
    log_depth = whittaker(root[:, 2:].log(), evidence[:, None], _DEPTH_SMOOTHING_S / frame_time_s)
    return at_depth(joints, rays, weight, log_depth[:, 0].exp())


def size_at_root(joints: Tensor, rays: Tensor, weight: Tensor, root: Tensor) -> Tensor:
    """() by how much a window's poses must grow so that they meet their rays from where they truly stand.

    `size * joint + root` on its ray is linear in the size, as it is in the root; one size for all T frames, held near one
    by what is known of a population.

    Args:
        joints: (T, 23, 3) root-relative, camera axes, metres.
        rays: (T, 23, 2) of the keypoints.
        weight: (T, 23), zero where there is no evidence.
        root: (T, 3) true positions.
    """
    w = weight[..., None] / joints.new_tensor(_SIZE_EVIDENCE_M).square()
    grows = joints[..., :2] - rays * joints[..., 2:]
    wanted = rays * root[:, None, 2:] - root[:, None, :2]
    frames = len(joints)  # their errors are those of one frame, or nearly: a detector means the same wrong place in each
    evidence, pull = (w * grows.square()).sum() / frames, (w * grows * wanted).sum() / frames
    return ((pull + _SIZE_LOG_SD**-2) / (evidence + _SIZE_LOG_SD**-2)).clamp(0.5, 2.0)


def _least_squares(joints: Tensor, rays: Tensor, weight: Tensor) -> Tensor:
    """Solve the normal equations of A t = b with rows (1, 0, -u), (0, 1, -v); a faint prior keeps them regular."""
    u, v = rays.unbind(dim=-1)
    b = rays * joints[..., 2:] - joints[..., :2]
    terms = [torch.ones_like(u), -u, -v, (rays * rays).sum(dim=-1), b[..., 0], b[..., 1], -(rays * b).sum(dim=-1)]
    one, su, sv, square, *right = torch.einsum("tj,ktj->kt", weight, torch.stack(terms))  # one sum for all: T is small
    zero = torch.zeros_like(one)
    normal = torch.stack([one, zero, su, zero, one, sv, su, sv, square], dim=1).unflatten(1, (3, 3))
    # In proportion to the evidence, or else points that all lie on one ray leave a singular matrix to rounding.
    faint = 1e-6 + 1e-5 * (2 * one + square)[:, None] / 3
    prior = weight.new_tensor([0.0, 0.0, 3.0])
    return torch.linalg.solve(normal + torch.diag_embed(faint.expand(-1, 3)), torch.stack(right, dim=1) + faint * prior)
