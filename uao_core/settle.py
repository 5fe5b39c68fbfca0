"""The optimization with the pose itself as the state: the most probable pose, by Gauss-Newton.

Every joint of a frame is held by what the lifter says of it, the tighter the surer the lifter is, and pulled to its ray
by the evidence, the harder the surer the detector is; bones are held to the lengths that the clip has shown. All terms
are in standard deviations. The root translation is solved for together with the joints, or given. The inverse of the
normal matrix says how sure the result is (Laplace's approximation).

Shapes: N frames, J = 23 joints; the pelvis is the origin and no unknown, so 22 joints and the root make 69 unknowns a frame.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from uao_core.skeleton import BONES, NUM_JOINTS

_FREE = NUM_JOINTS - 1
_UNKNOWNS = 3 * _FREE
_INCIDENCE = torch.zeros(len(BONES), NUM_JOINTS)
for _bone, (_parent, _child) in enumerate(BONES):
    _INCIDENCE[_bone, _child], _INCIDENCE[_bone, _parent] = 1.0, -1.0
_NEAREST_M = 0.1


@dataclass(frozen=True, slots=True)
class Prior:
    """What is held before the evidence counts.

    Attributes:
        joints: (N, 23, 3) root-relative, camera axes, metres.
        precision: (N, 23, 3, 3) inverse covariance of each joint, camera axes.
        bone_m: (22,) lengths in the order of `skeleton.BONES`, or None where none are known.
        bone_log_sd: (22,) standard deviation of the logarithm of each length.
    """

    joints: Tensor
    precision: Tensor
    bone_m: Tensor | None = None
    bone_log_sd: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the detector says.

    Attributes:
        rays: (N, 23, 2).
        weight: (N, 23) zero where there is none.
        sigma_m: (N, 23) standard deviation of a keypoint, in metres on the body.
        knee: standard deviations from which a keypoint is doubted (Geman and McClure's weights).
    """

    rays: Tensor
    weight: Tensor
    sigma_m: Tensor
    knee: float


@dataclass(frozen=True, slots=True)
class Settled:
    """The most probable poses.

    Attributes:
        joints: (N, 23, 3) root-relative, camera axes, metres.
        root: (N, 3).
        shrink: (N, 23) standard deviation after over before the evidence, of each joint.
        share: (N, 23) of its weight that each keypoint kept, 1 where it fits.
    """

    joints: Tensor
    root: Tensor
    shrink: Tensor
    share: Tensor


def settle(
    prior: Prior, evidence: Evidence, root: Tensor, *, root_known: bool, iterations: int, enough_m: float = 1e-3
) -> Settled:
    """Minimize the energy above from the prior's pose on.

    Args:
        prior: see `Prior`.
        evidence: see `Evidence`.
        root: (N, 3) the start, or the truth if `root_known`.
        root_known: the root stays where it is.
        iterations: at most so many steps.
        enough_m: a step in which no joint moves farther is the last: it is far below any joint's expected error.
    """
    joints, share = prior.joints, torch.ones_like(evidence.weight)
    size = _UNKNOWNS + (0 if root_known else 3)
    held = _block_diagonal(prior.precision[:, 1:])
    factor = torch.linalg.cholesky_ex(held).L
    for _ in range(iterations):
        blocks, gradient, share = _evidence_terms(joints, root, evidence)
        body = held + _block_diagonal(blocks)
        pull = gradient + (prior.precision[:, 1:] @ (joints - prior.joints)[:, 1:, :, None])[..., 0]
        if prior.bone_m is not None and prior.bone_log_sd is not None:
            bone_normal, bone_gradient = _bone_terms(joints, prior.bone_m, prior.bone_log_sd)
            body, pull = body + bone_normal, pull + bone_gradient
        normal = body.new_zeros(len(joints), size, size)
        normal[:, :_UNKNOWNS, :_UNKNOWNS] = body
        right = pull.flatten(1)
        if not root_known:
            beside = blocks.transpose(1, 2).flatten(2)  # (N, 3, 66)
            normal[:, _UNKNOWNS:, :_UNKNOWNS] = beside
            normal[:, :_UNKNOWNS, _UNKNOWNS:] = beside.transpose(1, 2)
            normal[:, _UNKNOWNS:, _UNKNOWNS:] = blocks.sum(dim=1) + 1e-3 * torch.eye(3).to(body)
            right = torch.cat([right, gradient.sum(dim=1)], dim=1)
        factor = torch.linalg.cholesky_ex(normal).L  # positive definite: every joint has its prior
        step = -torch.cholesky_solve(right[..., None], factor)[..., 0]
        joints = torch.cat([joints[:, :1], joints[:, 1:] + step[:, :_UNKNOWNS].unflatten(1, (_FREE, 3))], dim=1)
        if not root_known:
            root = root + step[:, _UNKNOWNS:]
        if step.abs().max() < enough_m:
            break
    return Settled(joints, root, _shrink(factor, prior.precision), share)


def _evidence_terms(joints: Tensor, root: Tensor, evidence: Evidence) -> tuple[Tensor, Tensor, Tensor]:
    """Normal blocks (N, 22, 3, 3) and gradients (N, 22, 3) of the projection, and each keypoint's share (N, 23)."""
    placed = joints + root[:, None]
    x, y, z = placed[..., 0], placed[..., 1], placed[..., 2].clamp_min(_NEAREST_M)
    inverse = 1 / evidence.sigma_m  # of a ray's error, z over sigma
    residual = (placed[..., :2] / z[..., None] - evidence.rays) * (z * inverse)[..., None]
    zero = torch.zeros_like(x)
    slope = torch.stack(
        [torch.stack([inverse, zero, -x / z * inverse], -1), torch.stack([zero, inverse, -y / z * inverse], -1)], -2
    )
    share = (1 + residual.square().sum(dim=-1) / evidence.knee**2).pow(-2)
    weight = (share * evidence.weight)[..., None]
    blocks = weight[..., None] * (slope.transpose(-1, -2) @ slope)
    gradient = weight * (slope.transpose(-1, -2) @ residual[..., None])[..., 0]
    return blocks[:, 1:], gradient[:, 1:], share


def _bone_terms(joints: Tensor, bone_m: Tensor, log_sd: Tensor) -> tuple[Tensor, Tensor]:
    """Normal matrix (N, 66, 66) and gradient (N, 22, 3) of the squared deviations of bone lengths."""
    incidence = _INCIDENCE.to(joints)
    bones = incidence @ joints  # (N, 22, 3)
    length = bones.norm(dim=-1).clamp_min(1e-3)
    along = bones / length[..., None]
    sd = bone_m * log_sd
    outer = along[..., :, None] * along[..., None, :]
    # A bone that is too long also resists turning. Without this part of the curvature steps overshoot and swing.
    too_long = (1 - bone_m / length).clamp_min(0)[..., None, None]
    outer = (outer + too_long * (torch.eye(3).to(joints) - outer)) / sd.square()[:, None, None]
    free = incidence[:, 1:]
    normal = torch.einsum("bi,bj,nbkl->nikjl", free, free, outer).flatten(3).flatten(1, 2)
    gradient = free.T @ (along * ((length - bone_m) / sd.square())[..., None])
    return normal, gradient


def _block_diagonal(blocks: Tensor) -> Tensor:
    """(N, 22, 3, 3) to (N, 66, 66)."""
    full = blocks.new_zeros(len(blocks), _FREE, 3, _FREE, 3)
    index = torch.arange(_FREE)
    full[:, index, :, index] = blocks.transpose(0, 1)
    return full.flatten(3).flatten(1, 2)


def _shrink(factor: Tensor, precision: Tensor) -> Tensor:
    """(N, 23) by how much each joint's standard deviation fell; the pelvis has none of its own and takes the hips' mean.

    `factor` is the Cholesky factor of the normal matrix.
    """
    after = torch.cholesky_inverse(factor).diagonal(dim1=1, dim2=2)[:, :_UNKNOWNS].unflatten(1, (_FREE, 3)).sum(dim=-1)
    before = torch.linalg.inv(precision[:, 1:]).diagonal(dim1=2, dim2=3).sum(dim=-1)
    ratio = (after.clamp_min(0) / before).sqrt().clamp_max(1.0)
    return torch.cat([ratio[:, [0, 3]].mean(dim=1, keepdim=True), ratio], dim=1)
