"""What of a take can be fitted, and its motion on a uniform grid of time: held, bridged or cut where nobody was seen."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from uao_core import skeleton as sk
from uao_core.body.motion import Motion, Poses
from uao_core.body.options import BodyOptions, Gaps
from uao_core.body.rotations import slerp
from uao_core.errors import NothingToExportError, UaoError
from uao_core.packets import Doubles, Floats, FrameResult
from uao_core.take import Take

_SHORT_S = 0.25
"""A shorter absence is bridged in every way; after a longer hold the body takes as long to get to its next pose."""
_PAUSE_S, _PAUSE = 1.0, 2.5
"""A pause lasts longer, and so many times as long as is usual from frame to frame; less is a frame that is late."""
_FEWEST_JOINTS = 6
_CHUNK = 4096
_MOST_FRAMES = 2_000_000
_Real = TypeVar("_Real", np.float32, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """The frames that show a person.

    Attributes:
        joints_m: (P, 23, 3) camera axes, metres; NaN where a joint is unknown.
        sigma_m: (P, 23) expected errors; infinite where a joint is unknown.
        confidence: (P, 23) of the keypoints, 0..1.
        time_s: (P,) rising.
        gap: (P - 1,) whether others were left out in between for longer than is bridged.
        start_s, end_s: of the whole take.
    """

    joints_m: Floats
    sigma_m: Floats
    confidence: Floats
    time_s: Doubles
    gap: NDArray[np.bool_]
    start_s: float
    end_s: float

    def elsewhere(self, place: Callable[[Doubles], Doubles]) -> "Observed":
        """The same frames in other axes, into which `place` brings points (..., 3)."""
        joints = np.empty_like(self.joints_m)
        for first in range(0, len(joints), _CHUNK):
            some = slice(first, first + _CHUNK)
            joints[some] = place(self.joints_m[some].astype(np.float64))
        return replace(self, joints_m=joints)

    def only(self, kept: NDArray[np.intp], breaks: NDArray[np.bool_]) -> "Observed":
        """Some of the frames (K,), with gaps also at breaks (K - 1,) and where frames were left out for long."""
        times = self.time_s[kept]
        gaps = np.concatenate([[0], np.cumsum(self.gap)])
        absent = (np.diff(kept) > 1) & (np.diff(times) > _SHORT_S)
        return Observed(
            joints_m=self.joints_m[kept],
            sigma_m=self.sigma_m[kept],
            confidence=self.confidence[kept],
            time_s=times,
            gap=(np.diff(gaps[kept]) > 0) | absent | breaks,
            start_s=self.start_s,
            end_s=self.end_s,
        )


def observe(take: Take, min_confidence: float = 0.0) -> Observed:
    """The frames that can be fitted; those whose clock does not advance are left out.

    Raises:
        NothingToExportError: no frame shows enough of a person, or none is sure enough.
    """
    seen: list[FrameResult] = []
    positions: list[int] = []
    latest, doubted = -np.inf, False
    for position, frame in enumerate(take.frames):
        if frame.pose is None or not np.isfinite(frame.time_s) or frame.time_s <= latest or not _enough(frame):
            continue
        if _confidence(frame)[: sk.NUM_H36M].mean() < min_confidence:  # not every source has the others
            doubted = True
            continue
        latest = frame.time_s
        seen.append(frame)
        positions.append(position)
    if not seen:
        raise NothingToExportError(
            f"No frame of this take has a confidence of {min_confidence:g}, so there is nothing to export; lower the limit."
            if doubted
            else "Nobody was found in this take, so there is no motion to export."
        )
    joints = np.stack([frame.pose.joints_m for frame in seen if frame.pose is not None])
    sigma = np.stack([frame.pose.sigma_mm for frame in seen if frame.pose is not None]) / np.float32(1000)
    unknown = ~np.isfinite(joints).all(axis=-1) | ~np.isfinite(sigma)
    joints[unknown], sigma[unknown] = np.nan, np.inf
    times = np.array([frame.time_s for frame in seen])
    whole = [frame.time_s for frame in take.frames if np.isfinite(frame.time_s)]
    return Observed(
        joints_m=joints,
        sigma_m=sigma,
        confidence=np.stack([_confidence(frame) for frame in seen]),
        time_s=times,
        gap=_gaps(np.diff(positions), np.diff(times)),
        start_s=min(whole),
        end_s=max(whole),
    )


def _gaps(steps: NDArray[np.intp], lapses_s: Doubles) -> NDArray[np.bool_]:
    """Whether nobody was seen for longer than is bridged: in frames that lie between, or since there are none, as where a
    camera stopped or a computer slept."""
    pause_s = max(_PAUSE_S, _PAUSE * float(np.median(lapses_s))) if len(lapses_s) else _PAUSE_S
    return np.asarray((lapses_s > _SHORT_S) & ((steps > 1) | (lapses_s > pause_s)))


def _enough(frame: FrameResult) -> bool:
    if frame.pose is None:
        return False
    known = np.asarray(np.isfinite(frame.pose.joints_m).all(axis=-1))
    return bool(known[sk.PELVIS]) and int(known.sum()) >= _FEWEST_JOINTS


def _confidence(frame: FrameResult) -> Floats:
    """(23,) of the keypoints; a pose without any is believed."""
    points = frame.keypoints.joints_px
    return np.ones(sk.NUM_JOINTS, np.float32) if points is None else np.nan_to_num(points[:, 2]).clip(0, 1)


def filled(joints: Floats) -> Floats:
    """Joints (P, 23, 3), y up, without NaN: unknown ones as before and after, those never known below their parent."""
    if np.isfinite(joints).all():
        return joints
    out, at = joints.copy(), np.arange(len(joints))
    for joint, parent in enumerate(sk.PARENTS):
        known = np.asarray(np.isfinite(joints[:, joint]).all(axis=1))
        if known.any():
            relative = joints[known, joint] - out[known, parent] if parent >= 0 else joints[known, joint]
            base = out[:, parent] if parent >= 0 else 0.0
            way = np.stack([np.interp(at, at[known], relative[:, k]) for k in range(3)], axis=-1)
            out[:, joint] = np.where(known[:, None], joints[:, joint], base + way)
        else:
            up = joint in (sk.SPINE, sk.THORAX, sk.NOSE, sk.HEAD_TOP)
            out[:, joint] = out[:, parent] + np.array([0.0, 0.2 if up else -0.1, 0.0])
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Where on the take's clock each exported frame lies.

    Attributes:
        left, right: (F,) observed frames before and after.
        share: (F,) of the way from the one to the other.
        observed: (F,) whether somebody was seen about then.
        fps: frames a second.
    """

    left: NDArray[np.intp]
    right: NDArray[np.intp]
    share: Doubles
    observed: NDArray[np.bool_]
    fps: float

    def resample(self, motion: Motion) -> Motion:
        """The motion of the observed frames on the grid; rotations along the shortest way."""
        out = Motion.empty(len(self.left))
        for first in range(0, len(self.left), _CHUNK):
            some = slice(first, first + _CHUNK)
            before, after, share = motion.at(self.left[some]), motion.at(self.right[some]), self.share[some]
            root = before.root + share[:, None] * (after.root - before.root)
            out.set(some, Poses(root, slerp(before.local, after.local, share)))
        return out

    def of(self, values: NDArray[_Real]) -> NDArray[_Real]:
        """Values (P, ...) of the observed frames on the grid."""
        out = np.asarray(values[self.left])
        under_way = self.share > 0  # elsewhere what is unknown at the right does not matter, and 0 times NaN is NaN
        share = self.share[under_way].astype(values.dtype).reshape(-1, *[1] * (values.ndim - 1))
        out[under_way] += share * (values[self.right[under_way]] - out[under_way])
        return out


def timeline(seen: Observed, options: BodyOptions, fps: float) -> Timeline:
    """The grid of frames, from the take's first to its last; of `Gaps.LONGEST` those of the longest stretch only.

    Raises:
        UaoError: the rate is none, or the take's clock runs for weeks.
    """
    if not (np.isfinite(fps) and fps > 0):
        raise UaoError(f"The take says {fps:g} frames a second; give the export a rate of its own or record it again.")
    times, start, end = seen.time_s, seen.start_s, seen.end_s
    if options.gaps is Gaps.LONGEST:
        first, last = _longest(seen)
        start, end = float(times[first]), float(times[last])
    if (end - start) * fps > _MOST_FRAMES:
        raise UaoError(f"The take's clock runs for {end - start:.0f} s, too long for one export; export a part of it.")
    at = start + np.arange(round((end - start) * fps) + 1) / fps
    left = np.clip(np.searchsorted(times, at + 1e-9, side="right") - 1, 0, len(times) - 1)
    right = np.minimum(left + 1, len(times) - 1)
    lapse = np.maximum(times[right] - times[left], 1e-9)
    share = np.where(right > left, np.clip((at - times[left]) / lapse, 0, 1), 0.0)
    near = np.minimum(at - times[left], times[right] - at) <= 0.5 / fps  # stamps are rounded
    in_gap = np.append(seen.gap, False)[left] & (share > 0) & (share < 1) & ~near
    outside = (at < times[0] - 0.5 / fps) | (at > times[-1] + 0.5 / fps)
    if options.gaps is Gaps.HOLD:
        held = np.clip((at - (times[right] - _SHORT_S)) / _SHORT_S, 0, 1)
        share = np.where(in_gap, _eased(held), share)
    else:
        share = np.where(in_gap, _eased(share), share)
    return Timeline(left, right, share, ~(in_gap | outside), fps)


def _longest(seen: Observed) -> tuple[int, int]:
    """First and last observed frame of the longest stretch."""
    edges = [0, *(np.flatnonzero(seen.gap) + 1).tolist(), len(seen.time_s)]
    runs = [(a, b - 1) for a, b in itertools.pairwise(edges)]
    return max(runs, key=lambda run: (seen.time_s[run[1]] - seen.time_s[run[0]], run[1] - run[0]))


def _eased(share: Doubles) -> Doubles:
    return share * share * (3 - 2 * share)
