"""Keypoints in, refined poses out: windows over a file, and the newest frame of a live stream."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from uao_core.camera import Intrinsics, virtual_view
from uao_core.errors import UaoError
from uao_core.optimize import LiftingNetwork, Refined, UaoConfig, evidence_weight, refine
from uao_core.packets import Floats, FrameResult, Keypoints, Pose

MIN_SEEN_JOINTS, MIN_CONFIDENCE = 4, 0.3
"""With fewer joints of this confidence a frame counts as empty: detectors see people in furniture, but do not trust it."""
_JUMP, _GROWTH = 2.0, 1.8
"""Between two frames nobody moves by more than twice, or grows by more than 1.8 times, their size in the image (the RMS
distance of their joints from the middle): the detector has gone over to somebody else."""


@dataclass(frozen=True, slots=True)
class Refinement:
    """All that turns keypoints into poses.

    Attributes:
        network: the lifter, on `device`.
        intrinsics: of the camera that saw the keypoints.
        config: of the optimization.
        window: frames refined together.
        device: where the work is done.
    """

    network: LiftingNetwork
    intrinsics: Intrinsics
    config: UaoConfig = UaoConfig()
    window: int = 27
    device: torch.device = torch.device("cpu")

    def __post_init__(self) -> None:
        if self.window < 1:
            raise UaoError(f"The window must hold at least 1 frame, not {self.window}.")
        if self.config.iterations < 0:
            raise UaoError(f"The number of iterations cannot be negative ({self.config.iterations}).")

    def solve(self, frames: list[Keypoints], latent: Tensor | None = None) -> tuple[list[Pose], Tensor]:
        """Refine consecutive frames, all with a person; returns their poses and the final latent state."""
        joints = np.stack([frame.joints_px for frame in frames if frame.joints_px is not None])
        points = torch.from_numpy(joints).to(self.device)
        confidence = points[..., 2]
        refined = refine(
            self.network,
            self.intrinsics.rays(points[..., :2]),
            confidence,
            self.config,
            frame_time_s=_frame_time_s(frames),
            latent=latent,
        )
        return self._poses(refined, points, evidence_weight(confidence)), refined.latent

    def initial_latent(self, frame: Keypoints) -> Tensor:
        """(1, 17, 2) the state from which a frame starts."""
        points = torch.from_numpy(frame.joints_px[None]).to(self.device)  # type: ignore[index]
        return virtual_view(self.intrinsics.rays(points[..., :2]), points[..., 2]).points

    def _poses(self, refined: Refined, points: Tensor, weight: Tensor) -> list[Pose]:
        def reprojection_px(joints_m: Tensor) -> Tensor:
            distance = (self.intrinsics.project(joints_m) - points[..., :2]).norm(dim=-1)
            return (weight * distance).sum(dim=1) / weight.sum(dim=1).clamp_min(1e-6)

        after, before = reprojection_px(refined.joints_m), reprojection_px(refined.lifted_m)
        columns = (refined.joints_m, 1000 * refined.sigma_m, refined.lifted_m, after, before)
        joints, sigma, lifted, after_px, before_px = (column.cpu().numpy() for column in columns)
        return [Pose(joints[i], sigma[i], lifted[i], float(after_px[i]), float(before_px[i])) for i in range(len(joints))]


class FileRefiner:
    """Every frame of a file, in order, each refined once with frames on both sides of it.

    Windows overlap: the frames of the last half window are seen again as context, and a frame is handed out when at least
    a quarter window of its future has been seen. A frame without a person, or with
    somebody else, ends a window.
    """

    def __init__(self, refinement: Refinement) -> None:
        self._refinement = refinement
        self._window: list[Keypoints] = []
        self._done = 0  # leading frames of the window that have been handed out
        self._lookahead = refinement.window // 4

    def push(self, keypoints: Keypoints) -> Iterator[FrameResult]:
        """Take the next frame; yields the frames that are finished by it."""
        if not has_person(keypoints):
            yield from self.flush()
            yield FrameResult(keypoints, None)
            return
        keypoints = _finite(keypoints)
        if self._window and is_somebody_else(self._window[-1], keypoints):
            yield from self.flush()
        self._window.append(keypoints)
        if len(self._window) == self._refinement.window:
            yield from self._solve(self._refinement.window - self._lookahead)
            context = min(self._done, self._refinement.window // 4)
            self._window = self._window[self._done - context :]
            self._done = context

    def flush(self) -> Iterator[FrameResult]:
        """Finish all frames taken so far."""
        if self._done < len(self._window):
            yield from self._solve(len(self._window))
        self._window, self._done = [], 0

    def _solve(self, until: int) -> Iterator[FrameResult]:
        poses, _ = self._refinement.solve(self._window)
        for frame, pose in zip(self._window[self._done : until], poses[self._done : until], strict=True):
            yield FrameResult(frame, pose)
        self._done = until


class LiveRefiner:
    """The newest frame of a stream, with the last frames as context; each window starts from the states of the last."""

    def __init__(self, refinement: Refinement) -> None:
        self._refinement = refinement
        self._window: deque[Keypoints] = deque(maxlen=refinement.window)
        self._latent: Tensor | None = None

    def push(self, keypoints: Keypoints) -> FrameResult:
        if not has_person(keypoints):
            self.reset()
            return FrameResult(keypoints, None)
        keypoints = _finite(keypoints)
        if self._window and is_somebody_else(self._window[-1], keypoints):
            self.reset()
        self._window.append(keypoints)
        poses, self._latent = self._refinement.solve(list(self._window), self._warm_start())
        return FrameResult(self._window[-1], poses[-1])

    def reset(self) -> None:
        """Forget the context: the person left, or the stream jumped."""
        self._window.clear()
        self._latent = None

    def change(self, **settings: object) -> None:
        """Go on with other settings (`iterations`, for one) from the next frame."""
        config = replace(self._refinement.config, **settings)  # type: ignore[arg-type]
        self._refinement = replace(self._refinement, config=config)

    def _warm_start(self) -> Tensor | None:
        """States of the frames that stay; the newest frame starts where every frame starts: at its own 2D input."""
        if self._latent is None or self._refinement.config.mirrored:
            return None
        newest = self._refinement.initial_latent(self._window[-1])
        return torch.cat([self._latent, newest])[-len(self._window) :]


def has_person(keypoints: Keypoints) -> bool:
    """Whether the frame shows enough of a person to place one."""
    joints = keypoints.joints_px
    if joints is None:
        return False
    seen = (joints[:, 2] >= MIN_CONFIDENCE) & np.isfinite(joints).all(axis=1)
    return int(seen.sum()) >= MIN_SEEN_JOINTS


def is_somebody_else(before: Keypoints, now: Keypoints) -> bool:
    """Whether the detector went over to another person between two frames, both with somebody."""
    (middle, size), (next_middle, next_size) = _extent(before), _extent(now)
    moved = np.linalg.norm(next_middle - middle) > _JUMP * max(size, next_size)
    return bool(moved or not 1 / _GROWTH < next_size / size < _GROWTH)


def _extent(keypoints: Keypoints) -> tuple[Floats, float]:
    """Middle (2,) and size of a person in pixels, over the joints that are seen."""
    assert keypoints.joints_px is not None
    seen = keypoints.joints_px[keypoints.joints_px[:, 2] >= MIN_CONFIDENCE, :2]
    middle = seen.mean(axis=0)
    return middle, max(float(np.sqrt(((seen - middle) ** 2).sum(axis=1).mean())), 1.0)


def _finite(keypoints: Keypoints) -> Keypoints:
    """Joints that are no number get confidence 0, so that no NaN enters the network."""
    joints = keypoints.joints_px
    if joints is None or np.isfinite(joints).all():
        return keypoints
    return replace(keypoints, joints_px=np.where(np.isfinite(joints).all(axis=1, keepdims=True), joints, np.float32(0)))


def _frame_time_s(frames: list[Keypoints]) -> float:
    """Median time between frames, kept within what the smoothing makes sense for."""
    if len(frames) < 2:
        return 1 / 30
    return float(np.clip(np.median(np.diff([frame.time_s for frame in frames])), 1 / 240, 1.0))
