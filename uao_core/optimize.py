"""UAO: uncertainty-aware test-time optimization of a window of frames.

The network is frozen. A latent state moves: the projection of the pose pulls it towards the 2D evidence, and the prior
holds each joint near the first estimate, the tighter the surer the network is of it (Wang et al., IEEE TMM 2025). Every
term is measured in its own standard deviations, so the balance is between uncertainties and no tuned weight.

There are two states. `input`: the network's own 2D input, moved by gradient steps through the network as the paper does;
the pose stays one that the network knows, and depth moves with what is seen. `pose`: the joints themselves, moved by
Gauss-Newton steps (`uao_core.settle`), which bring every joint to its evidence as far as its uncertainty allows. The
first half of the iterations moves the input, the second half the pose: better than either alone on every set
(docs/benchmarks.md). Where the paper is given the true camera and root, here the root is estimated in every iteration.
"""

from dataclasses import dataclass, replace
from enum import Enum

import torch
from torch import Tensor

from uao_core.bones import BoneEvidence
from uao_core.camera import VirtualView, project, virtual_view
from uao_core.lifting import Lifted, LiftingNetwork, lift
from uao_core.root import robust_share, solve_root, steady_root
from uao_core.settle import Evidence, Prior, settle
from uao_core.skeleton import BONES, HEAD_TOP, NUM_JOINTS, PELVIS, SPINE, THORAX
from uao_core.smooth import whittaker


class State(Enum):
    """What the optimization moves."""

    INPUT = "input"
    POSE = "pose"
    BOTH = "both"

    def steps(self, iterations: int) -> tuple[int, int]:
        """How many of the iterations move the input, and how many the pose."""
        of_input = {State.INPUT: iterations, State.POSE: 0, State.BOTH: iterations // 2}[self]
        return of_input, iterations - of_input


@dataclass(frozen=True, slots=True)
class UaoConfig:
    """How a window is refined.

    Attributes:
        iterations: steps; 0 leaves the lifter's estimate.
        state: what moves.
        sigma_2d_mm: standard deviation of a sure keypoint, on the body: where detectors put a joint and where it is
            differ by that
            much in MediaPipe's best frames.
        sigma_2d_rays: what is added to it in the image, for people far away: about a pixel and a half.
        knee: a keypoint is doubted from so many standard deviations on.
        prior_weight: of the prior against the projection.
        bone_log_sd: how far a bone's length may be from what the clip has shown, as a share; 0 leaves bones free.
        mirrored: lift the mirror image too and take the mean.
        height_m: the person's, where the user knows it; sizes are then no guess.
        smoothing_s: time constant of the final smoothing in depth, which the image hardly shows; across the view, where the
            2D is evidence, it is 0.7 of that. Each sample is trusted by its sigma; 0 leaves the smoothing out.
        step: length of a gradient step of the input, in units of the person's size in the image.
        clip_ratio: of the input, a joint's gradient is cut to this multiple of the frame's median.
    """

    iterations: int = 4
    state: State = State.BOTH
    sigma_2d_mm: float = 18.0
    sigma_2d_rays: float = 0.0015
    knee: float = 3.0
    prior_weight: float = 1.0
    bone_log_sd: float = 0.05
    mirrored: bool = True
    height_m: float | None = None
    smoothing_s: float = 0.06
    step: float = 0.007
    clip_ratio: float = 3.0


@dataclass(frozen=True, slots=True)
class Refined:
    """A window after optimization.

    Attributes:
        joints_m: (T, 17, 3) in camera axes, root included.
        sigma_m: (T, 17) expected error of each joint relative to the pelvis, after the optimization.
        lifted_m: (T, 17, 3) the lifter's estimate, root included, before any optimization or smoothing.
        lifted_sigma_m: (T, 17) expected error of that.
        bones: what is known of the person's bones after this window.
    """

    joints_m: Tensor
    sigma_m: Tensor
    lifted_m: Tensor
    lifted_sigma_m: Tensor
    bones: BoneEvidence


_DERIVED = (PELVIS, SPINE, THORAX)
_ACROSS = 0.7
_ACROSS_VARIANCE, _DEPTH_VARIANCE = 0.5, 1.2
"""Variance of one axis over the square of the expected error: between a normal and a Laplace distribution, as measured."""
_KEPT_PROMISE = 0.15
"""Laplace's approximation takes the errors of neighbouring joints and frames for independent, and promises too much:
measured against truth, errors fall by about the sixth root of what it says."""
_STATURE_SHARE = 0.777
"""Thigh, shank and the way from hips to shoulders, together, over a person's height (models/bodies.py gives the source)."""


def evidence_weight(confidence: Tensor) -> Tensor:
    """(T, 17) weight of each keypoint as evidence.

    Pelvis, spine and thorax are middles of other keypoints and say nothing of their own; the head top is extrapolated and
    counts a quarter.
    """
    share = torch.ones(NUM_JOINTS, dtype=confidence.dtype, device=confidence.device)
    share[list(_DERIVED)] = 0.0
    share[HEAD_TOP] = 0.25
    return confidence * share


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
        rays: (T, 17, 2) of `Intrinsics.rays`, on the same device.
        confidence: (T, 17) in 0..1.
        time_s: (T,) seconds, rising.
        config: see `UaoConfig`.
        root_m: (T, 3) true root positions, where they are known (the paper's protocol).
        bones: what earlier windows say of the same person.
        learn_from: first frame of this window that those windows did not hold.
    """
    window = _Window(network, virtual_view(rays, confidence), rays, confidence, time_s, evidence_weight(confidence), config)
    with torch.no_grad():
        lifted = window.lift(window.view.points)
        fresh = (s[learn_from:] for s in (lifted.joints, lifted.sigma_across, lifted.sigma_depth))
        bones = (bones or BoneEvidence.none(rays)).add(*fresh)
        scale = 1.0 if config.height_m is None else config.height_m / stature_m(bones.lengths())
        lifted = Lifted(lifted.joints * scale, *(scale * s for s in (lifted.sigma, lifted.sigma_across, lifted.sigma_depth)))
        weight = window.weight * robust_share(lifted.joints, rays, window.weight)
        frame_time_s = _frame_time_s(time_s)
        first_root = root_m if root_m is not None else steady_root(lifted.joints, rays, weight, frame_time_s)
    joints, sigma = lifted.joints, lifted.sigma
    input_steps, pose_steps = config.state.steps(config.iterations)
    if input_steps:
        joints = scale * _move_input(window, lifted, scale, root_m, input_steps)
    if pose_steps:
        lengths = scale * bones.lengths() if config.bone_log_sd else None
        joints, shrink, share = _settle(window, replace(lifted, joints=joints), lengths, root_m, pose_steps)
        sigma, weight = sigma * shrink.pow(_KEPT_PROMISE), window.weight * share
    with torch.no_grad():
        joints = _smooth(joints, sigma, config.smoothing_s / frame_time_s)
        root = root_m if root_m is not None else steady_root(joints, rays, weight, frame_time_s)
    return Refined(joints + root[:, None], sigma, lifted.joints + first_root[:, None], lifted.sigma, bones)


def stature_m(lengths: Tensor) -> float:
    """A person's height from the lengths (16,) of the bones."""
    names = {child: index for index, (_, child) in enumerate(BONES)}
    thigh, shank, spine, thorax = (lengths[names[joint]] for joint in (2, 3, SPINE, THORAX))
    return float(thigh + shank + _TRUNK_OF_SPINE * (spine + thorax)) / _STATURE_SHARE


_TRUNK_OF_SPINE = 0.90
"""Middle of the hips to middle of the shoulders, over the bones from pelvis to the base of the neck."""


@dataclass(frozen=True, slots=True)
class _Window:
    """One window's frozen givens."""

    network: LiftingNetwork
    view: VirtualView
    rays: Tensor
    confidence: Tensor
    time_s: Tensor
    weight: Tensor
    config: UaoConfig

    def lift(self, points: Tensor) -> Lifted:
        return lift(self.network, self.view, points, self.confidence, self.time_s, mirrored=self.config.mirrored)

    def sigma_2d(self, depth_m: Tensor) -> Tensor:
        """(T, 17) metres: standard deviation of each keypoint on a body at (T,) metres."""
        floor = self.config.sigma_2d_mm / 1000 / self.confidence.clamp_min(0.05).sqrt()
        return floor + self.config.sigma_2d_rays * depth_m[:, None]

    def precision(self, lifted: Lifted) -> Tensor:
        """(T, 17, 3, 3) inverse covariance of the lifter's joints, camera axes."""
        across = _ACROSS_VARIANCE * lifted.sigma_across.square()
        depth = _DEPTH_VARIANCE * lifted.sigma_depth.square()
        inverse = torch.diag_embed(self.config.prior_weight / torch.stack([across, across, depth], dim=-1))
        turn = self.view.rotation[:, None]
        return turn.transpose(-1, -2) @ inverse @ turn


@torch.no_grad()
def _settle(
    window: _Window, lifted: Lifted, lengths: Tensor | None, root_m: Tensor | None, steps: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Joints (T, 17, 3), by how much sigma fell (T, 17), and the share that each keypoint kept (T, 17)."""
    config = window.config
    root = solve_root(lifted.joints, window.rays, window.weight) if root_m is None else root_m
    log_sd = None if lengths is None else torch.full_like(lengths, config.bone_log_sd)
    prior = Prior(lifted.joints, window.precision(lifted), lengths, log_sd)
    evidence = Evidence(window.rays, window.weight, window.sigma_2d(root[:, 2]), config.knee)
    settled = settle(prior, evidence, root, root_known=root_m is not None, iterations=steps)
    return settled.joints, settled.shrink, settled.share


def _move_input(window: _Window, lifted: Lifted, scale: float, root_m: Tensor | None, steps: int) -> Tensor:
    """(T, 17, 3) lifted from the moved input: the paper's optimization, by Adam."""
    config = window.config
    precision = window.precision(lifted)
    share = window.weight * robust_share(lifted.joints, window.rays, window.weight)
    z = window.view.points.clone()
    optimizer = _PooledAdam(config.step)
    for _ in range(steps):
        z.requires_grad_(True)
        joints = scale * window.lift(z).joints
        root = solve_root(joints.detach(), window.rays, share, reweightings=0) if root_m is None else root_m
        placed = joints + root[:, None]
        across_m = (project(placed) - window.rays) * placed[..., 2:].detach()
        evidence = window.weight * _huber(_length(across_m) / window.sigma_2d(root[:, 2]), config.knee)
        moved = joints - lifted.joints
        prior = (moved[..., None, :] @ precision @ moved[..., None])[..., 0, 0] / 2
        (gradient,) = torch.autograd.grad(evidence.sum() + prior[:, 1:].sum(), z)
        z = z.detach() - optimizer.direction(_clip_joints(gradient, config.clip_ratio))
    with torch.no_grad():
        return window.lift(z).joints


class _PooledAdam:
    """Adam whose second moment is pooled over a frame's joints.

    Per-coordinate normalization would move a joint without evidence as far as the joint with most of it; pooled, a frame's
    step has a fixed length and the gradient's direction.
    """

    def __init__(self, step: float, beta1: float = 0.9, beta2: float = 0.999) -> None:
        self.step, self.beta1, self.beta2 = step, beta1, beta2
        self.count = 0
        self.mean: Tensor | float = 0.0
        self.square: Tensor | float = 0.0

    def direction(self, gradient: Tensor) -> Tensor:
        self.count += 1
        pooled = gradient.square().mean(dim=(1, 2), keepdim=True)
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * gradient
        self.square = self.beta2 * self.square + (1 - self.beta2) * pooled
        mean = self.mean / (1 - self.beta1**self.count)
        square = self.square / (1 - self.beta2**self.count)
        return self.step * mean / (square.sqrt() + 1e-8)


def _clip_joints(gradient: Tensor, ratio: float) -> Tensor:
    """Cut each joint's gradient (T, 17, 2) to `ratio` times the median length among the frame's joints."""
    length = gradient.norm(dim=2, keepdim=True)
    limit = ratio * length.median(dim=1, keepdim=True).values
    return gradient * (limit / length.clamp_min(1e-12)).clamp_max(1.0)


def _huber(residual: Tensor, knee: float) -> Tensor:
    """Quadratic up to `knee` standard deviations, linear beyond."""
    inside = residual.clamp_max(knee)
    return inside * (residual - inside / 2)


def _length(vectors: Tensor) -> Tensor:
    """Norm over the last axis with a gradient at zero."""
    return (vectors.square().sum(dim=-1) + 1e-12).sqrt()


def _smooth(joints: Tensor, sigma: Tensor, time_constant_frames: float) -> Tensor:
    """Smooth root-relative joints (T, 17, 3) in time, each frame weighed by one over its sigma squared."""
    weight = sigma.pow(-2)
    constants = (_ACROSS * time_constant_frames, _ACROSS * time_constant_frames, time_constant_frames)
    axes = [whittaker(joints[..., axis], weight, constant) for axis, constant in enumerate(constants)]
    return torch.stack(axes, dim=2)


def _frame_time_s(time_s: Tensor) -> float:
    """Median time between frames, kept within what the smoothing makes sense for."""
    if len(time_s) < 2:
        return 1 / 30
    return float(time_s.diff().median().clamp(1 / 240, 1.0))
