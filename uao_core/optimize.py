"""UAO: uncertainty-aware test-time optimization of a window of frames.

The network is frozen. A latent state z, which starts as the network's own 2D input, moves: the projection of the lifted
pose pulls it towards the 2D evidence, and the prior holds each joint near the first estimate, the tighter the surer the
network is of it (Wang et al., IEEE TMM 2025). Where the paper is given the true camera and root, `root_m=None` estimates
the root in every iteration; evidence and prior are both measured in their own standard deviations, so their balance is
two uncertainties and no tuned weight.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from uao_core.camera import VirtualView, project, virtual_view
from uao_core.root import robust_share, steady_root
from uao_core.skeleton import HEAD_TOP, MIRROR, NUM_JOINTS, PELVIS, SPINE, THORAX
from uao_core.smooth import whittaker


class LiftingNetwork(Protocol):
    """A frozen network: unit-size points (B, 17, 2) and confidence (B, 17) to root-relative joints (B, 17, 3) in metres,
    virtual camera axes, and the logarithm of each joint's expected error in metres (B, 17)."""

    def __call__(self, points: Tensor, confidence: Tensor, /) -> tuple[Tensor, Tensor]: ...


@dataclass(frozen=True, slots=True)
class UaoConfig:
    """How a window is refined.

    Attributes:
        iterations: gradient steps; 0 leaves the lifter's estimate.
        step: length of a step of the latent state, in units of the person's size in the image.
        sigma_2d: standard deviation of a sure keypoint, in the same unit; it falls by the square root of confidence.
        prior_weight: of the prior against the projection, when both are in standard deviations.
        time_weight: of the accelerations, against `acceleration`.
        acceleration: in m/s^2, what a joint of a moving person commonly has.
        clip_ratio: a joint's gradient is cut to this multiple of the frame's median, so no single joint throws the state.
        mirrored: optimize the mirror image too and average both, for twice the time.
        smoothing_s: time constant of the final smoothing in depth, which the image hardly shows; across the view, where the
            2D is evidence, it is 0.4 of that. Each sample is trusted by its sigma; 0 leaves the smoothing out.
    """

    iterations: int = 4
    step: float = 0.01
    sigma_2d: float = 0.05
    prior_weight: float = 1.0
    time_weight: float = 0.05
    acceleration: float = 10.0
    clip_ratio: float = 3.0
    mirrored: bool = False
    smoothing_s: float = 0.06


@dataclass(frozen=True, slots=True)
class Refined:
    """A window after optimization.

    Attributes:
        joints_m: (T, 17, 3) in camera axes, root included.
        sigma_m: (T, 17) expected error of each joint relative to the pelvis.
        lifted_m: (T, 17, 3) the lifter's estimate, root included, before any optimization or smoothing.
        latent: (T or 2T, 17, 2) the final state, to start the next window from.
    """

    joints_m: Tensor
    sigma_m: Tensor
    lifted_m: Tensor
    latent: Tensor


_DERIVED = (PELVIS, SPINE, THORAX)
_ACROSS = 0.4


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
    config: UaoConfig = UaoConfig(),
    *,
    frame_time_s: float = 1 / 30,
    root_m: Tensor | None = None,
    latent: Tensor | None = None,
) -> Refined:
    """Lift a window of T consecutive frames and refine it.

    Args:
        network: the lifter, on the device where the work is to be done.
        rays: (T, 17, 2) of `Intrinsics.rays`, on the same device.
        confidence: (T, 17) in 0..1.
        config: see `UaoConfig`.
        frame_time_s: mean time between frames.
        root_m: (T, 3) true root positions, where they are known (the paper's protocol).
        latent: `Refined.latent` of an earlier call for the same frames, to go on from.
    """
    view = virtual_view(rays, confidence)
    weight = evidence_weight(confidence)
    problem = _Problem(network, view, rays, confidence, weight, config, frame_time_s, root_m)
    with torch.no_grad():
        first, sigma = problem.lift(problem.initial_state())
        problem = replace(problem, root_weight=weight * robust_share(first, rays, weight))
        lifted = problem.placed(first)
    z = problem.initial_state() if latent is None else latent.clone()
    optimizer = _PooledAdam(config.step)
    for _ in range(config.iterations):
        z.requires_grad_(True)
        mu, _ = problem.lift(z)
        (gradient,) = torch.autograd.grad(problem.loss(mu, first, sigma), z)
        z = z.detach() - optimizer.direction(_clip_joints(gradient, config.clip_ratio))
    with torch.no_grad():
        mu = problem.lift(z)[0] if config.iterations or latent is not None else first
        mu = _smooth(mu, sigma, config.smoothing_s / frame_time_s)
        return Refined(problem.placed(mu), sigma, lifted, z)


@dataclass(frozen=True, slots=True)
class _Problem:
    """One window's frozen givens."""

    network: LiftingNetwork
    view: VirtualView
    rays: Tensor
    confidence: Tensor
    weight: Tensor
    config: UaoConfig
    frame_time_s: float
    root_m: Tensor | None
    root_weight: Tensor | None = None

    def initial_state(self) -> Tensor:
        points = self.view.points
        return torch.cat([points, _mirror(points)]) if self.config.mirrored else points

    def lift(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """State to root-relative joints (T, 17, 3) in camera axes and sigma (T, 17), in metres."""
        if not self.config.mirrored:
            mu, log_sigma = self.network(z, self.confidence)
            return self.view.to_camera(mu), log_sigma.exp()
        both = torch.cat([self.confidence, self.confidence[:, list(MIRROR)]])
        (mu, mirror_mu), (s, mirror_s) = (out.chunk(2) for out in self.network(z, both))
        mean = (mu + _mirror(mirror_mu)) / 2
        return self.view.to_camera(mean), ((s + mirror_s[:, list(MIRROR)]) / 2).exp()

    def root(self, joints: Tensor) -> Tensor:
        if self.root_m is not None:
            return self.root_m
        weight = self.weight if self.root_weight is None else self.root_weight
        return steady_root(joints.detach(), self.rays, weight, self.frame_time_s)

    def placed(self, joints: Tensor) -> Tensor:
        return joints + self.root(joints)[:, None]

    def loss(self, mu: Tensor, first: Tensor, sigma: Tensor) -> Tensor:
        """Sum over frames of the means over joints, so that a frame's gradient does not depend on the window's length."""
        config = self.config
        residual = (project(self.placed(mu)) - self.rays) / (self.view.scale * config.sigma_2d)
        evidence = (self.weight * _huber(_length(residual))).sum(dim=1) / self.weight.sum(dim=1).clamp_min(1e-6)
        prior = (_length(mu - first) / sigma).mean(dim=1)
        total = evidence.sum() + config.prior_weight * prior.sum()
        if config.time_weight and len(mu) > 2:
            usual = config.acceleration * self.frame_time_s**2
            total = total + config.time_weight * (_length(mu.diff(n=2, dim=0)) / usual).mean(dim=1).sum()
        return total


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


def _huber(residual: Tensor, knee: float = 1.5) -> Tensor:
    """Quadratic up to `knee` standard deviations, linear beyond."""
    inside = residual.clamp_max(knee)
    return inside * (residual - inside / 2)


def _length(vectors: Tensor) -> Tensor:
    """Norm over the last axis with a gradient at zero."""
    return (vectors.square().sum(dim=-1) + 1e-12).sqrt()


def _mirror(points: Tensor) -> Tensor:
    """(..., 17, 2 or 3) as seen in a mirror: x negated, left and right exchanged."""
    flipped = points[..., list(MIRROR), :].clone()
    flipped[..., 0] *= -1
    return flipped


def _smooth(joints: Tensor, sigma: Tensor, time_constant_frames: float) -> Tensor:
    """Smooth root-relative joints (T, 17, 3) in time, each frame weighed by one over its sigma squared."""
    weight = sigma.pow(-2)
    constants = (_ACROSS * time_constant_frames, _ACROSS * time_constant_frames, time_constant_frames)
    axes = [whittaker(joints[..., axis], weight, constant) for axis, constant in enumerate(constants)]
    return torch.stack(axes, dim=2)
