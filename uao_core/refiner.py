"""Keypoints in, refined poses out: windows over a file, and the newest frame of a live stream."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import torch
from torch import Tensor

from uao_core.bones import BoneEvidence
from uao_core.camera import Intrinsics
from uao_core.errors import UaoError
from uao_core.lifting import LiftingNetwork
from uao_core.optimize import Refined, Steps, UaoConfig, evidence_weight, refine
from uao_core.packets import Floats, FrameResult, Keypoints, Pose, without_nan
from uao_core.sides import SideReader, as_they_are
from uao_core.skeleton import NUM_H36M

FILE_WINDOW, LIVE_WINDOW = 27, 12
"""Frames refined together. A live frame has no future, and earlier frames than these tell it nothing."""
MIN_SEEN_JOINTS, MIN_CONFIDENCE = 4, 0.3
"""With fewer joints of this confidence a frame counts as empty: detectors see people in furniture, but do not trust it."""
_JUMP, _GROWTH = 2.0, 1.8
"""Between two frames nobody moves by more than twice, or grows by more than 1.8 times, their size in the image (the RMS
distance of their joints from the middle): the detector has gone over to somebody else."""
_LONGEST_GAP_S = 1.0
"""Between two frames that are refined together; the lifter was trained on a sixth of a second at most. In a longer one (a
camera that was unplugged, a pause in a file) anything may have happened, and somebody else may stand there."""
_PASSED_CONFIDENCE = 0.05
"""What is left of a keypoint's confidence in a frame that no continuous motion passes through."""
_WIDEST_RAY = 5.0
"""No lens that this program knows sees farther than 79 degrees off its axis; keypoints out there are no evidence."""
_UNKNOWN_LENS = 1.015
"""By how much errors about the pelvis grow where the focal length is a guess: 1 % if it is wrong by 20 %, 2 % by 35 %."""
_MOVING = 3
"""Live, so many frames take the pose's steps; earlier ones keep what was found when they were new, and are no worse."""
_UNDECIDED_S = 0.4
"""How long a live stream may change its mind about left and right."""


@dataclass(frozen=True, slots=True)
class Refinement:
    """All that turns keypoints into poses.

    Attributes:
        network: the lifter, on `device`.
        intrinsics: of the camera that saw the keypoints.
        config: of the optimization.
        window: frames refined together.
        device: where the work is done.
        known_roots: true root position (3,) in metres of each frame, by its index: for evaluation alone.
        is_stopped: asked between two steps, of which there may be many; when it is, the rest is left out.
    """

    network: LiftingNetwork
    intrinsics: Intrinsics
    config: UaoConfig = UaoConfig()
    window: int = FILE_WINDOW
    device: torch.device = torch.device("cpu")
    known_roots: Mapping[int, Floats] | None = None
    is_stopped: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        if self.window < 1:
            raise UaoError(f"The window must hold at least 1 frame, not {self.window}.")
        if self.config.iterations < 0:
            raise UaoError(f"The number of iterations cannot be negative ({self.config.iterations}).")
        if self.config.height_m is not None and not 0.4 <= self.config.height_m <= 2.6:
            raise UaoError(f"The height must lie between 0.4 and 2.6 metres, not {self.config.height_m}.")
        config = self.config
        rules = {
            "sigma_2d_mm": (0 < config.sigma_2d_mm < math.inf, "a number above 0"),
            "knee": (config.knee > 0, "above 0"),
            "prior_weight": (0 < config.prior_weight < math.inf, "a number above 0"),
            "bone_log_sd": (
                config.bone_log_sd == 0 or 0.001 <= config.bone_log_sd < math.inf,
                "at least 0.001, or 0 for none",
            ),
            "smoothing_s": (0 <= config.smoothing_s < math.inf, "a number not below 0"),
            "step": (0 < config.step < math.inf, "a number above 0"),
        }
        for name, (legal, demand) in rules.items():
            if not legal:
                raise UaoError(f"The setting {name} must be {demand}, not {getattr(config, name)}.")


class _Track:
    """The consecutive frames of one person that are refined together, and what has been learned about the person."""

    def __init__(self, refinement: Refinement, moving: int | None = None) -> None:
        """`moving`: only so many frames, the last, are moved again when the track is solved again; None for all."""
        self.refinement = refinement
        self._moving = moving
        self.clear()

    def __len__(self) -> int:
        return len(self._frames)

    def clear(self) -> None:
        """Forget the person."""
        self._frames: list[Keypoints] = []
        self._sides = SideReader()  # of these frames, and of earlier ones that still count
        self._bones: BoneEvidence | None = None
        self._counted = 0  # frames that the bones have learned from
        self._steps: Steps | None = None  # taken for the first frames

    def continues(self, keypoints: Keypoints) -> bool:
        """Whether a frame shows the same person as the last, and not much later."""
        if not self._frames:
            return True
        last = self._frames[-1]
        return keypoints.time_s - last.time_s <= _LONGEST_GAP_S and not is_somebody_else(last, keypoints)

    def append(self, keypoints: Keypoints) -> None:
        assert keypoints.joints_px is not None
        self._frames.append(keypoints)
        if self.refinement.config.sides:
            self._sides.add(keypoints.joints_px, keypoints.time_s)

    def drop(self, count: int) -> None:
        """Let go of the first frames."""
        self._frames = self._frames[count:]
        self._counted = max(0, self._counted - count)
        self._steps = None if self._steps is None else self._steps.part(slice(count, None))

    def solve(self, first: int = 0) -> list[FrameResult]:
        """Refine all frames and hand out those from the `first` on, with their sides put right in the keypoints."""
        joints = np.stack([frame.joints_px for frame in self._frames if frame.joints_px is not None])
        time_s = np.array([frame.time_s for frame in self._frames])
        sides = self._sides.read().last(len(joints)) if self.refinement.config.sides else as_they_are(len(joints))
        joints = sides.apply(joints)
        trusted = joints.copy()
        trusted[sides.passed, :, 2] *= _PASSED_CONFIDENCE
        points = torch.from_numpy(trusted)
        rays, confidence = self.refinement.intrinsics.rays(points[..., :2]), points[..., 2]
        beyond = rays.norm(dim=-1) > _WIDEST_RAY
        rays, confidence = rays.masked_fill(beyond[..., None], 0.0), confidence.masked_fill(beyond, 0.0)
        known = self.refinement.known_roots
        root_m = None if known is None else torch.from_numpy(np.stack([known[frame.index] for frame in self._frames]))
        refined = refine(
            self.refinement.network,
            rays.to(self.refinement.device),
            confidence.to(self.refinement.device),
            torch.from_numpy(time_s - time_s[0]).float().to(self.refinement.device),
            self.refinement.config,
            root_m=root_m,
            bones=self._bones,
            learn_from=self._counted,
            taken=self._taken(),
            is_stopped=self.refinement.is_stopped,
        )
        self._bones, self._counted, self._steps = refined.bones, len(self._frames), refined.steps
        poses = self._poses(refined, points, first)
        frames = (replace(frame, joints_px=read) for frame, read in zip(self._frames[first:], joints[first:], strict=True))
        return [FrameResult(frame, pose) for frame, pose in zip(frames, poses, strict=True)]

    def _taken(self) -> Steps | None:
        """The steps that stay."""
        if self._moving is None or self._steps is None:
            return None
        return self._steps.part(slice(max(len(self._frames) - self._moving, 0)))

    def decide(self, count: int) -> None:
        """Fix the sides of all but the last `len(self) - count` frames; later ones may still be read otherwise."""
        if len(self._sides):
            self._sides.decide(len(self._sides) - len(self._frames) + count)
            self._sides.drop(keep=len(self._frames))

    def decide_before(self, time_s: float) -> None:
        """Fix the sides of earlier frames."""
        if len(self._sides):
            self._sides.decide_before(time_s)
            self._sides.drop(keep=len(self._frames))

    def _poses(self, refined: Refined, points: Tensor, first: int) -> list[Pose]:
        seen_px, weight = points[first:, :, :2], torch.from_numpy(evidence_weight(points[first:, :, 2].numpy()))
        joints_m, lifted_m, sigma_m = refined.joints_m[first:], refined.lifted_m[first:], refined.sigma_m[first:]
        distance = (self.refinement.intrinsics.project(torch.stack([joints_m, lifted_m])) - seen_px).norm(dim=-1)
        after, before = ((weight * distance).sum(dim=2) / weight.sum(dim=1).clamp_min(1e-6)).tolist()
        sigma_mm = 1000 * sigma_m * (_UNKNOWN_LENS if self.refinement.intrinsics.estimated else 1.0)
        columns = (joints_m.numpy(), sigma_mm.numpy(), lifted_m.numpy(), after, before)
        return [Pose(*row) for row in zip(*columns, strict=True)]


class FileRefiner:
    """Every frame of a file, in order, each refined once with frames on both sides of it.

    Windows overlap: a quarter window of finished frames is seen again as context, and a frame is handed out when a
    quarter window of its future has been seen. A frame without a person, with somebody else, or long after the last one
    ends a window.
    """

    def __init__(self, refinement: Refinement) -> None:
        self._track = _Track(refinement)
        self._window = refinement.window
        self._context = refinement.window // 4
        self._done = 0  # leading frames of the track that have been handed out

    def push(self, keypoints: Keypoints) -> Iterator[FrameResult]:
        """Take the next frame of the person; yields the frames that are finished by it."""
        if not has_person(keypoints):
            yield from self.flush()
            yield FrameResult(keypoints, None)
            return
        keypoints = _finite(keypoints)
        if not self._track.continues(keypoints):
            yield from self.flush()
        self._track.append(keypoints)
        if len(self._track) == self._window:
            yield from self._solve(self._window - self._context)
            self._track.decide(self._done)
            context = min(self._done, self._context)
            self._track.drop(self._done - context)
            self._done = context

    def flush(self) -> Iterator[FrameResult]:
        """Finish all frames taken so far."""
        if self._done < len(self._track):
            yield from self._solve(len(self._track))
        self._track.clear()
        self._done = 0

    def _solve(self, until: int) -> Iterator[FrameResult]:
        yield from self._track.solve(self._done)[: until - self._done]
        self._done = until


def refine_all(refinement: Refinement, frames: Iterable[Keypoints]) -> tuple[FrameResult, ...]:
    """Every frame of a file, refined."""
    refiner = FileRefiner(refinement)
    return tuple(chain(chain.from_iterable(refiner.push(frame) for frame in frames), refiner.flush()))


class LiveRefiner:
    """The newest frame of a stream, with the last frames as context."""

    def __init__(self, refinement: Refinement) -> None:
        self._track = _Track(refinement, _MOVING)
        self._window = refinement.window

    @property
    def config(self) -> UaoConfig:
        """Of the next frame's optimization; may be changed between frames, where time is short."""
        return self._track.refinement.config

    @config.setter
    def config(self, config: UaoConfig) -> None:
        if config != self.config:
            self._track.refinement = replace(self._track.refinement, config=config)

    def push(self, keypoints: Keypoints, *later: Keypoints) -> FrameResult:
        """Take the next frame, or all that have come meanwhile, in order; only the newest is refined and handed out.

        Those before it are context for it: what they tell (who is there, sides, bones) counts as if they had been pushed one
        after the other.
        """
        for frame in (keypoints, *later):
            self._take(frame)
        newest = later[-1] if later else keypoints
        return self._solve() if len(self._track) else FrameResult(newest, None)

    def _take(self, keypoints: Keypoints) -> None:
        if not has_person(keypoints):
            self.reset()
            return
        keypoints = _finite(keypoints)
        if not self._track.continues(keypoints):
            self.reset()
        self._track.drop(max(0, len(self._track) + 1 - self._window))
        self._track.append(keypoints)

    def _solve(self) -> FrameResult:
        (newest,) = self._track.solve(len(self._track) - 1)
        self._track.decide_before(newest.time_s - _UNDECIDED_S)
        return newest

    def reset(self) -> None:
        """Forget the context: the person left, or the stream jumped."""
        self._track.clear()


def has_person(keypoints: Keypoints) -> bool:
    """Whether the frame shows enough of a person to place one."""
    joints = keypoints.joints_px
    if joints is None:
        return False
    body = joints[:NUM_H36M]
    seen = (body[:, 2] >= MIN_CONFIDENCE) & np.isfinite(body).all(axis=1)
    return int(seen.sum()) >= MIN_SEEN_JOINTS


def is_somebody_else(before: Keypoints, now: Keypoints) -> bool:
    """Whether the detector went over to another person between two frames, both with somebody."""
    (middle, size), (next_middle, next_size) = extent(before), extent(now)
    moved = np.linalg.norm(next_middle - middle) > _JUMP * max(size, next_size)
    return bool(moved or not 1 / _GROWTH < next_size / size < _GROWTH)


def extent(keypoints: Keypoints) -> tuple[Floats, float]:
    """Middle (2,) and size of a person in pixels, over the joints that are seen: the RMS distance from the middle."""
    assert keypoints.joints_px is not None
    seen = keypoints.joints_px[keypoints.joints_px[:, 2] >= MIN_CONFIDENCE, :2]
    middle = seen.mean(axis=0)
    return middle, max(float(np.sqrt(((seen - middle) ** 2).sum(axis=1).mean())), 1.0)


def _finite(keypoints: Keypoints) -> Keypoints:
    """Joints that are no number get confidence 0, so that no NaN enters the network."""
    joints = keypoints.joints_px
    return keypoints if joints is None or np.isfinite(joints).all() else replace(keypoints, joints_px=without_nan(joints))
