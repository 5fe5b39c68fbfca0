"""What is optimized: the settings, and one window's frozen givens.

The network works on tensors, on its device. All around it is arrays of double precision: they are so small that the time
is in the number of operations, and NumPy's cost less than PyTorch's.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
import torch
from torch import Tensor

from uao_core.camera import VirtualView, virtual_view
from uao_core.lifting import Lifted, LiftingNetwork, lift
from uao_core.packets import Doubles
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
        sigma_2d_mm: standard deviation of a sure keypoint, on the body: where detectors put a joint and where it is differ
            by that much in MediaPipe's best frames.
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


_SHARE = np.ones(NUM_JOINTS)
_SHARE[[PELVIS, SPINE, THORAX]] = 0.0
_SHARE[HEAD_TOP] = 0.25
_SHARE[list(EXTREMITIES)] = 0.5
_ACROSS_VARIANCE, _DEPTH_VARIANCE = 0.5, 1.2
"""Variance of one axis over the square of the expected error: between a normal and a Laplace distribution, as measured."""


def evidence_weight(confidence: Doubles) -> Doubles:
    """(T, 23) weight of each keypoint as evidence.

    Pelvis, spine and thorax are middles of other keypoints and say nothing of their own; the head top is extrapolated and
    counts a quarter; toes, hands and ears, about whose places detectors and captures agree less, count half.
    """
    return confidence * _SHARE


_OWN_TREMBLING_M, _SURE = 0.0025, 0.3
"""MediaPipe's keypoints tremble by that much, or less, in images without fault; only those of some weight are asked."""


def unrest_rays(rays: Doubles, weight: Doubles) -> float:
    """How much the keypoints (T, 23, 2) of a window tremble, in rays, by their median third difference in time; bodies move
    too smoothly to have one. White noise of standard deviation s in each axis gives sqrt(ln 2) s, or 0.83 s: half of all
    squares of two axes together lie below ln 2 times their mean."""
    if len(rays) < 4:
        return 0.0
    square = (np.diff(rays, n=3, axis=0) ** 2).sum(axis=-1) / (2 * 20)
    sure = weight > _SURE
    known = np.sort(square[sure[:-3] & sure[1:-2] & sure[2:-1] & sure[3:]])
    return float(np.sqrt(known[(len(known) - 1) // 2])) if len(known) else 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A window as the lifter sees it, real camera axes for the joints, metres.

    Attributes:
        joints: (T, 23, 3) root-relative.
        sigma, sigma_across, sigma_depth: (T, 23) expected errors: as a whole, across the view, along the line of sight.
    """

    joints: Doubles
    sigma: Doubles
    sigma_across: Doubles
    sigma_depth: Doubles

    def scaled(self, size: float) -> "Estimate":
        """The same poses of a person so many times as large."""
        return Estimate(*(size * part for part in (self.joints, self.sigma, self.sigma_across, self.sigma_depth)))


@dataclass(frozen=True, slots=True)
class Window:
    """One window's frozen givens.

    Attributes:
        network: the lifter.
        view: what it sees.
        confidence_seen: (T, 23) of the keypoints, on the network's device, as `time_s` (T,) is.
        rays: (T, 23, 2) of the keypoints.
        confidence: (T, 23) of the keypoints.
        weight: (T, 23) of the keypoints as evidence.
        config: the settings.
    """

    network: LiftingNetwork
    view: VirtualView
    confidence_seen: Tensor
    time_s: Tensor
    rays: Doubles
    confidence: Doubles
    weight: Doubles
    config: UaoConfig

    @classmethod
    def of(cls, network: LiftingNetwork, rays: Tensor, confidence: Tensor, time_s: Tensor, config: UaoConfig) -> "Window":
        """Of keypoints on the network's device."""
        sure = as_array(confidence)
        view = virtual_view(rays, confidence)
        return cls(network, view, confidence, time_s, as_array(rays), sure, evidence_weight(sure), config)

    def lift(self, points: Tensor) -> Lifted:
        """What the lifter makes of `view.points`, or of the state that the optimization made of them."""
        return lift(self.network, self.view, points, self.confidence_seen, self.time_s, mirrored=self.config.mirrored)

    def estimate(self) -> Estimate:
        """What the lifter makes of the keypoints."""
        with torch.inference_mode():
            lifted = self.lift(self.view.points)
            parts = (lifted.joints, lifted.sigma, lifted.sigma_across, lifted.sigma_depth)
            return Estimate(*(as_array(part) for part in parts))

    def sigma_2d(self, depth_m: Doubles) -> Doubles:
        """(T, 23) metres: standard deviation of each keypoint on a body at (T,) metres."""
        floor = self.config.sigma_2d_mm / 1000 / np.sqrt(np.maximum(self.confidence, 0.05))
        trembling_m = unrest_rays(self.rays, self.weight) * depth_m[:, None]
        unrest_m = self.config.unrest * np.maximum(trembling_m - _OWN_TREMBLING_M, 0)
        return np.hypot(floor + self.config.sigma_2d_rays * depth_m[:, None], unrest_m)

    def precision(self, estimate: Estimate) -> Doubles:
        """(T, 23, 3, 3) inverse covariance of the lifter's joints, camera axes."""
        turn = as_array(self.view.rotation)
        across = self.config.prior_weight / (_ACROSS_VARIANCE * estimate.sigma_across**2)
        depth = self.config.prior_weight / (_DEPTH_VARIANCE * estimate.sigma_depth**2)
        sight = turn[:, None, 2]  # the direction of depth
        along = sight[..., :, None] * sight[..., None, :]
        return across[..., None, None] * np.eye(3) + (depth - across)[..., None, None] * along


def as_array(tensor: Tensor) -> Doubles:
    """In double precision, on the CPU."""
    return np.asarray(tensor.detach().cpu().numpy(), dtype=np.float64)
