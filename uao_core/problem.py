"""What is optimized: the settings, and one window's frozen givens."""

from dataclasses import dataclass
from enum import Enum

import torch
from torch import Tensor

from uao_core.camera import VirtualView
from uao_core.lifting import Lifted, LiftingNetwork, lift
from uao_core.skeleton import EXTREMITIES, HEAD_TOP, NUM_JOINTS, PELVIS, SPINE, THORAX


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
        unrest: how many times over the trembling of a window's keypoints, beyond a detector's own, counts as their error:
            blur shows as trembling, and what trembles is off by more than that, for the slower part of it does not show.
        knee: a keypoint is doubted from so many standard deviations on.
        prior_weight: of the prior against the projection.
        bone_log_sd: how far a bone's length may be from what the clip has shown, as a share; 0 leaves bones free.
        sides: put frames right in which left and right are exchanged.
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
    unrest: float = 16.0
    knee: float = 3.0
    prior_weight: float = 1.0
    bone_log_sd: float = 0.08
    sides: bool = True
    mirrored: bool = True
    height_m: float | None = None
    smoothing_s: float = 0.06
    step: float = 0.007
    clip_ratio: float = 3.0


_DERIVED = (PELVIS, SPINE, THORAX)
_ACROSS_VARIANCE, _DEPTH_VARIANCE = 0.5, 1.2
"""Variance of one axis over the square of the expected error: between a normal and a Laplace distribution, as measured."""


def evidence_weight(confidence: Tensor) -> Tensor:
    """(T, 23) weight of each keypoint as evidence.

    Pelvis, spine and thorax are middles of other keypoints and say nothing of their own; the head top is extrapolated and
    counts a quarter; toes, hands and ears, about whose places detectors and captures agree less, count half.
    """
    share = torch.ones(NUM_JOINTS, dtype=confidence.dtype, device=confidence.device)
    share[list(_DERIVED)] = 0.0
    share[HEAD_TOP] = 0.25
    share[list(EXTREMITIES)] = 0.5
    return confidence * share


_OWN_TREMBLING_M, _SURE = 0.0025, 0.3
"""MediaPipe's keypoints tremble by that much, or less, in images without fault; only those of some weight are asked."""


def unrest_rays(rays: Tensor, weight: Tensor) -> Tensor:
    """() how much the keypoints (T, 23, 2) of a window tremble: their median third difference in time, as the standard
    deviation of white noise of one axis; bodies move too smoothly to have one."""
    if len(rays) < 4:
        return rays.new_zeros(())
    difference = rays.diff(n=3, dim=0).norm(dim=-1) / (2 * 20) ** 0.5
    known = weight.unfold(0, 4, 1).amin(dim=-1) > _SURE
    return difference[known].median() if known.any() else rays.new_zeros(())


@dataclass(frozen=True, slots=True)
class Window:
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
        """(T, 23) metres: standard deviation of each keypoint on a body at (T,) metres."""
        floor = self.config.sigma_2d_mm / 1000 / self.confidence.clamp_min(0.05).sqrt()
        trembling_m = unrest_rays(self.rays, self.weight) * depth_m[:, None]
        unrest_m = self.config.unrest * (trembling_m - _OWN_TREMBLING_M).clamp_min(0)
        return torch.hypot(floor + self.config.sigma_2d_rays * depth_m[:, None], unrest_m)

    def precision(self, lifted: Lifted) -> Tensor:
        """(T, 23, 3, 3) inverse covariance of the lifter's joints, camera axes."""
        across = _ACROSS_VARIANCE * lifted.sigma_across.square()
        depth = _DEPTH_VARIANCE * lifted.sigma_depth.square()
        inverse = torch.diag_embed(self.config.prior_weight / torch.stack([across, across, depth], dim=-1))
        turn = self.view.rotation[:, None]
        return turn.transpose(-1, -2) @ inverse @ turn
