"""UAO: uncertainty-aware test-time optimization of a window of frames.

The network is frozen. A latent state moves: the projection of the pose pulls it towards the 2D evidence, and the prior
holds each joint near the first estimate, the tighter the surer the network is of it (Wang et al., IEEE TMM 2025). Every
term is measured in its own standard deviations, so the balance is between uncertainties and no tuned weight.

There are two states. `input`: the network's own 2D input, moved by gradient steps through the network as the paper does;
the pose stays one that the network knows, and depth moves with what is seen. `pose`: the joints themselves, moved by
Gauss-Newton steps (`uao_core.settle`), which bring every joint to its evidence as far as its uncertainty allows. The
first half of the iterations moves the input, the second half the pose: better than either alone on every set
(docs/benchmarks.md). Where the paper is given the true camera and root, here the root is estimated in every iteration; where
it is given, it tells the person's size too.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from uao_core.bones import BoneEvidence
from uao_core.camera import virtual_view
from uao_core.latent import move_input
from uao_core.lifting import Lifted, LiftingNetwork
from uao_core.problem import State, UaoConfig, Window, evidence_weight
from uao_core.root import robust_share, size_at_root, steady_root
from uao_core.settle import Evidence, Prior, settle
from uao_core.skeleton import BONES, SPINE, THORAX
from uao_core.smooth import whittaker

__all__ = ["Refined", "State", "UaoConfig", "evidence_weight", "refine", "stature_m"]


@dataclass(frozen=True, slots=True)
class Refined:
    """A window after optimization.

    Attributes:
        joints_m: (T, 23, 3) in camera axes, root included.
        sigma_m: (T, 23) expected error of each joint relative to the pelvis, after the optimization.
        lifted_m: (T, 23, 3) the lifter's estimate, root included, before any optimization or smoothing.
        bones: what is known of the person's bones after this window.
    """

    joints_m: Tensor
    sigma_m: Tensor
    lifted_m: Tensor
    bones: BoneEvidence


_ACROSS = 0.7
_KEPT_PROMISE = 0.15
"""Laplace's approximation takes the errors of neighbouring joints and frames for independent, and promises too much:
measured against truth, errors fall by about the sixth root of what it says."""
_STATURE_SHARE = 0.777
"""Thigh, shank and the way from hips to shoulders, together, over a person's height (models/bodies.py gives the source)."""


def refine(
    network: LiftingNetwork,
    rays: Tensor,
    confidence: Tensor,
    time_s: Tensor,
    config: UaoConfig = UaoConfig(),
    *,
    root_m: Tensor | None = None,
    bones: BoneEvidence | None = None,
    learn_from: int = 0,
) -> Refined:
    """Lift a window of T consecutive frames and refine it.

    Args:
        network: the lifter, on the device where the work is to be done.
        rays: (T, 23, 2) of `Intrinsics.rays`, on the same device.
        confidence: (T, 23) in 0..1.
        time_s: (T,) seconds, rising.
        config: see `UaoConfig`.
        root_m: (T, 3) true root positions, where they are known (the paper's protocol).
        bones: what earlier windows say of the same person.
        learn_from: first frame of this window that those windows did not hold.
    """
    window = Window(network, virtual_view(rays, confidence), rays, confidence, time_s, evidence_weight(confidence), config)
    with torch.no_grad():
        lifted = window.lift(window.view.points)
        fresh = (s[learn_from:] for s in (lifted.joints, lifted.sigma_across, lifted.sigma_depth))
        bones = (bones or BoneEvidence.none(rays)).add(*fresh)
        scale = rays.new_ones(()) if config.height_m is None else config.height_m / stature_m(bones.lengths())
        lifted = lifted.scaled(scale)
        weight = window.weight * robust_share(lifted.joints, rays, window.weight)
        frame_time_s = _frame_time_s(time_s)
        first_root = root_m if root_m is not None else steady_root(lifted.joints, rays, weight, frame_time_s)
    start = lifted
    if root_m is not None and config.height_m is None and config.iterations:
        size = size_at_root(lifted.joints, rays, weight, root_m)
        start, scale = lifted.scaled(size), scale * size
    joints, sigma = start.joints, start.sigma
    input_steps, pose_steps = config.state.steps(config.iterations)
    if input_steps:
        joints = move_input(window, start, weight, scale, root_m, input_steps)
    if pose_steps:
        lengths = scale * bones.lengths() if config.bone_log_sd else None
        moved = replace(start, joints=joints)
        joints, shrink, share = _settle(window, moved, lengths, first_root, root_m is not None, pose_steps)
        sigma, weight = sigma * shrink.pow(_KEPT_PROMISE), window.weight * share
    with torch.no_grad():
        joints = _smooth(joints, sigma, config.smoothing_s / frame_time_s)
        root = root_m if root_m is not None else steady_root(joints, rays, weight, frame_time_s)
    return Refined(joints + root[:, None], sigma, lifted.joints + first_root[:, None], bones)


def stature_m(lengths: Tensor) -> Tensor:
    """() a person's height from the lengths (22,) of the bones."""
    names = {child: index for index, (_, child) in enumerate(BONES)}
    thigh, shank, spine, thorax = (lengths[names[joint]] for joint in (2, 3, SPINE, THORAX))
    return (thigh + shank + _TRUNK_OF_SPINE * (spine + thorax)) / _STATURE_SHARE


_TRUNK_OF_SPINE = 0.90
"""Middle of the hips to middle of the shoulders, over the bones from pelvis to the base of the neck."""


@torch.no_grad()
def _settle(
    window: Window, lifted: Lifted, lengths: Tensor | None, root: Tensor, root_known: bool, steps: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Joints (T, 23, 3), by how much sigma fell (T, 23), and the share that each keypoint kept (T, 23)."""
    config = window.config
    log_sd = None if lengths is None else torch.full_like(lengths, config.bone_log_sd)
    prior = Prior(lifted.joints, window.precision(lifted), lengths, log_sd)
    evidence = Evidence(window.rays, window.weight, window.sigma_2d(root[:, 2]), config.knee)
    settled = settle(prior, evidence, root, root_known=root_known, iterations=steps)
    return settled.joints, settled.shrink, settled.share


def _smooth(joints: Tensor, sigma: Tensor, time_constant_frames: float) -> Tensor:
    """Smooth root-relative joints (T, 23, 3) in time, each frame weighed by one over its sigma squared."""
    weight = sigma.pow(-2)
    constants = (_ACROSS * time_constant_frames, _ACROSS * time_constant_frames, time_constant_frames)
    axes = [whittaker(joints[..., axis], weight, constant) for axis, constant in enumerate(constants)]
    return torch.stack(axes, dim=2)


def _frame_time_s(time_s: Tensor) -> float:
    """Median time between frames, kept within what the smoothing makes sense for."""
    if len(time_s) < 2:
        return 1 / 30
    return float(time_s.diff().median().clamp(1 / 240, 1.0))
