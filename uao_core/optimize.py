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

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from uao_core.bones import BoneEvidence, Numbers
from uao_core.latent import move_input
from uao_core.lifting import LiftingNetwork
from uao_core.packets import Doubles
from uao_core.problem import Estimate, State, UaoConfig, Window, as_array, evidence_weight
from uao_core.root import robust_share, size_at_root, steady_root
from uao_core.settle import Evidence, Prior, settle
from uao_core.skeleton import BONES, SPINE, THORAX
from uao_core.smooth import whittaker

__all__ = ["Refined", "State", "UaoConfig", "evidence_weight", "refine", "stature_m"]


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """What the pose's steps did to T frames, so that frames which stay in a stream's window need no new ones.

    Attributes:
        moved: (T, 23, 3) by how much the joints were moved, metres.
        shrink: (T, 23) by how much sigma fell.
        share: (T, 23) that each keypoint kept of its weight.
    """

    moved: Doubles
    shrink: Doubles
    share: Doubles

    def part(self, frames: slice) -> "Steps":
        return Steps(self.moved[frames], self.shrink[frames], self.share[frames])

    def followed_by(self, later: "Steps") -> "Steps":
        pairs = ((self.moved, later.moved), (self.shrink, later.shrink), (self.share, later.share))
        return Steps(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True, slots=True)
class Refined:
    """A window after optimization; tensors are on the CPU.

    Attributes:
        joints_m: (T, 23, 3) in camera axes, root included.
        sigma_m: (T, 23) expected error of each joint relative to the pelvis, after the optimization.
        lifted_m: (T, 23, 3) the lifter's estimate, root included, before any optimization or smoothing.
        bones: what is known of the person's bones after this window.
        steps: what the pose's steps did; None where there were none.
    """

    joints_m: Tensor
    sigma_m: Tensor
    lifted_m: Tensor
    bones: BoneEvidence
    steps: Steps | None


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
    taken: Steps | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
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
        taken: steps that were taken before for the first frames of this window; they are lifted anew and moved as then.
        is_stopped: asked before each step; those that are left are then not taken, for nobody waits for the result.
    """
    window = Window.of(network, rays, confidence, time_s, config)
    known_root = None if root_m is None else as_array(root_m)
    lifted = window.estimate()
    fresh = (part[learn_from:] for part in (lifted.joints, lifted.sigma_across, lifted.sigma_depth))
    bones = (bones or BoneEvidence.none()).add(*fresh)
    scale = 1.0 if config.height_m is None else config.height_m / float(stature_m(bones.lengths()))
    lifted = lifted.scaled(scale)
    weight = window.weight * robust_share(lifted.joints, window.rays, window.weight)
    frame_time_s = _frame_time_s(as_array(time_s))
    first_root = steady_root(lifted.joints, window.rays, weight, frame_time_s) if known_root is None else known_root
    start = lifted
    if known_root is not None and config.height_m is None and config.iterations:
        size = size_at_root(lifted.joints, window.rays, weight, known_root)
        start, scale = lifted.scaled(size), scale * size
    joints, sigma = start.joints, start.sigma
    input_steps, pose_steps = config.state.steps(config.iterations)
    if input_steps:
        joints = move_input(window, start, weight, scale, known_root, input_steps, is_stopped)
    steps = None
    if pose_steps:
        lengths = scale * bones.lengths() if config.bone_log_sd else None
        moved = replace(start, joints=joints)
        count = 0 if taken is None else len(taken.moved)
        new = slice(count, None)
        steps = _settle(window, moved, lengths, first_root, known_root is not None, pose_steps, new, is_stopped)
        steps = steps if taken is None else taken.followed_by(steps)
        joints, sigma = joints + steps.moved, sigma * steps.shrink**_KEPT_PROMISE
        weight = window.weight * steps.share
    joints = _smooth(joints, sigma, config.smoothing_s / frame_time_s)
    root = steady_root(joints, window.rays, weight, frame_time_s) if known_root is None else known_root
    places = (joints + root[:, None], sigma, lifted.joints + first_root[:, None])
    joints_m, sigma_m, lifted_m = (torch.from_numpy(array.astype(np.float32)) for array in places)
    return Refined(joints_m, sigma_m, lifted_m, bones, steps)


def stature_m(lengths: Numbers) -> Numbers:
    """() a person's height from the lengths (22,) of the bones."""
    names = {child: index for index, (_, child) in enumerate(BONES)}
    thigh, shank, spine, thorax = (lengths[names[joint]] for joint in (2, 3, SPINE, THORAX))
    height: Numbers = (thigh + shank + _TRUNK_OF_SPINE * (spine + thorax)) / _STATURE_SHARE
    return height


_TRUNK_OF_SPINE = 0.90
"""Middle of the hips to middle of the shoulders, over the bones from pelvis to the base of the neck."""


def _settle(
    window: Window,
    start: Estimate,
    lengths: Doubles | None,
    root: Doubles,
    root_known: bool,
    steps: int,
    frames: slice,
    is_stopped: Callable[[], bool],
) -> Steps:
    config = window.config
    log_sd = None if lengths is None else np.full_like(lengths, config.bone_log_sd)
    prior = Prior(start.joints[frames], window.precision(start)[frames], lengths, log_sd)
    sigma_m = window.sigma_2d(root[:, 2])[frames]
    evidence = Evidence(window.rays[frames], window.weight[frames], sigma_m, config.knee)
    settled = settle(prior, evidence, root[frames], root_known=root_known, iterations=steps, is_stopped=is_stopped)
    return Steps(settled.joints - prior.joints, settled.shrink, settled.share)


def _smooth(joints: Doubles, sigma: Doubles, time_constant_frames: float) -> Doubles:
    """Smooth root-relative joints (T, 23, 3) in time, each frame weighed by one over its sigma squared."""
    weight = sigma**-2
    across = whittaker(joints[..., :2], weight, _ACROSS * time_constant_frames)
    depth = whittaker(joints[..., 2:], weight, time_constant_frames)
    return np.concatenate([across, depth], axis=2)


def _frame_time_s(time_s: Doubles) -> float:
    """Median time between frames, kept within what the smoothing makes sense for."""
    if len(time_s) < 2:
        return 1 / 30
    between = np.sort(np.diff(time_s))
    return float(np.clip(between[(len(between) - 1) // 2], 1 / 240, 1.0))
