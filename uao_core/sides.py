"""Which side is which, through time: detectors exchange left and right for a while, or lose the person for a few frames.

A frame is one of four readings: as the detector says, legs exchanged, arms and head exchanged, all exchanged. The most
probable sequence of readings is found by dynamic programming (Viterbi); frames that no reading makes continuous are
passed over. Costs are negative log likelihoods, in nats:

- Motion: a joint moves little between frames. The cost grows with the logarithm of the way, so that a few joints which
  stay apart while the others cross still tell one reading from another.
- Hips and shoulders seldom point opposite ways: legs or arms exchanged alone can be seen in a single frame. All exchanged
  cannot: reflected at the image plane, a body and its mirror image project alike.
- The detector is mostly right, and when it is wrong it is not so for long.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uao_core.packets import Floats
from uao_core.skeleton import (
    LEFT_EAR,
    LEFT_HAND,
    LEFT_HIP,
    LEFT_SHOULDER,
    LEFT_TOES,
    MIRROR,
    RIGHT_EAR,
    RIGHT_HAND,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    RIGHT_TOES,
)

LEGS = (1, 2, 3, 4, 5, 6, RIGHT_TOES, LEFT_TOES)
ARMS = (11, 12, 13, 14, 15, 16, LEFT_HAND, RIGHT_HAND, LEFT_EAR, RIGHT_EAR)
READINGS = ((), LEGS, ARMS, (*LEGS, *ARMS))
"""Joints exchanged with their twins in each reading. Two readings, one on the other, are the reading `a ^ b`."""

# Tuned on captured motion before the synthetic detector (models/), at 10, 30 and 60 frames a second.
_UNREST, _SPEED_PER_S = 0.1, 0.5  # of a joint between frames, in sizes of the person
_BEGIN_COST, _END_COST = 7.0, 1.5  # of an exchange of legs, arms or all
_FIRST_EXCHANGED_COST, _EXCHANGED_COST_PER_S = 6.0, 3.0
_OPPOSED_COST_PER_S, _MOST_OPPOSED_PER_S = 80.0, 12.0
"""Of hips and shoulders that point opposite ways: for each square size of the person, and at most."""
_PASS_COST_PER_S, _LONGEST_PASS_S = 450.0, 0.2
_LONGEST_FRAME_S = 0.2  # the costs per second of a frame that follows a longer gap are no higher

_ORDER = np.tile(np.arange(len(MIRROR)), (4, 1))
for _reading, _exchanged in enumerate(READINGS):
    _ORDER[_reading, list(_exchanged)] = np.array(MIRROR)[list(_exchanged)]
_INDEX = np.arange(4)
_CHANGED = _INDEX[:, None] ^ _INDEX
_CHANGE_COST = np.where(_CHANGED & _INDEX, _BEGIN_COST, 0.0) + np.where(_CHANGED & _INDEX[:, None], _END_COST, 0.0)
_FIRST_COST = np.where(_INDEX, _FIRST_EXCHANGED_COST, 0.0)


@dataclass(frozen=True, slots=True)
class Sides:
    """How a window's frames are to be read.

    Attributes:
        reading: (T,) index into `READINGS`.
        passed: (T,) True where the detector is not to be believed at all.
    """

    reading: NDArray[np.int64]
    passed: NDArray[np.bool_]

    def apply(self, joints: Floats) -> Floats:
        """(T, 23, C) with every frame's sides as it is to be read."""
        return joints[np.arange(len(joints))[:, None], _ORDER[self.reading]]

    def last(self, count: int) -> "Sides":
        """Of the last frames alone."""
        start = len(self.reading) - count
        return Sides(self.reading[start:], self.passed[start:])


def as_they_are(count: int) -> Sides:
    """Every frame as the detector says."""
    return Sides(np.zeros(count, dtype=np.int64), np.zeros(count, dtype=bool))


def resolve_sides(joints: Floats, time_s: NDArray[np.float64], known: NDArray[np.int64]) -> Sides:
    """Find the readings of consecutive frames.

    Args:
        joints: (T, 23, 3) x, y in pixels and confidence.
        time_s: (T,) rising.
        known: (K,) readings of the first K frames, decided earlier.

    Returns:
        Readings of all T frames; the first K as given.
    """
    reader = SideReader()
    for index, (frame, time) in enumerate(zip(joints, time_s, strict=True)):
        reader.add(frame, float(time), int(known[index]) if index < len(known) else None)
    return reader.read()


@dataclass(slots=True)
class _Frame:
    """What is computed once of a frame.

    Attributes:
        joints: (23, 3) as the detector says.
        time_s: when.
        size: of the person, in pixels.
        alone: (4,) cost of each reading by itself.
        before: number of the first frame that may come before this one on a path; the last is the one just before.
        step: (K, 4, 4) cost of the way from each reading of those K frames to each reading of this one.
        cost: (4,) of the best path to each reading.
        back: (4,) where it comes from: 4 times the index into those K frames, and the reading.
        known: the reading, where it is decided.
    """

    joints: Floats
    time_s: float
    size: float
    alone: NDArray[np.float64]
    before: int
    step: NDArray[np.float64]
    cost: NDArray[np.float64]
    back: NDArray[np.int64]
    known: int | None


class SideReader:
    """The readings of a stream, frame by frame: what was computed of a pair of frames is kept as long as it may count."""

    def __init__(self) -> None:
        self._frames: list[_Frame] = []
        self._first = 0  # number of the first frame that is held
        self._last: Sides | None = None

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, joints: Floats, time_s: float, known: int | None = None) -> None:
        """The next frame (23, 3), later than the one before, perhaps with a reading that is known."""
        size, count = _size(joints), len(self._frames)
        lasts_s = min(max(time_s - self._frames[-1].time_s, 0.0), _LONGEST_FRAME_S) if count else 0.0
        alone = _frame_cost(joints, lasts_s, size)
        if not count:
            none = np.empty((0, 4, 4))
            frame = _Frame(joints, time_s, size, alone + _FIRST_COST, self._first, none, alone, np.empty(0, np.int64), known)
        else:
            latest_s, start = self._frames[-1].time_s, count - 1
            while start and latest_s - self._frames[start - 1].time_s <= _LONGEST_PASS_S:
                start -= 1
            before = self._frames[start:]
            passed_s = np.array([latest_s - other.time_s for other in before])
            moved = _motion(before, joints, size, time_s)
            step = moved[:, _CHANGED] + _CHANGE_COST + _PASS_COST_PER_S * np.maximum(passed_s, 0.0)[:, None, None]
            frame = _Frame(joints, time_s, size, alone, self._first + start, step, alone, np.empty(0, np.int64), known)
        self._frames.append(frame)
        self._continue_paths(count)
        self._last = None

    def read(self) -> Sides:
        """Of all frames that are held, by the path that costs least."""
        if self._last is None:
            self._last = self._trace()
        return self._last

    def decide(self, count: int) -> None:
        """From now on the first `count` frames that are held are as they are read now."""
        reading, start = self.read().reading, None
        for index, frame in enumerate(self._frames[:count]):
            if frame.known is None:
                frame.known = int(reading[index])
                start = index if start is None else start
        if start is not None:
            for index in range(start, len(self._frames)):
                self._continue_paths(index)

    def decide_before(self, time_s: float) -> None:
        """The same for all frames before a time."""
        self.decide(sum(frame.time_s < time_s for frame in self._frames))

    def drop(self, keep: int) -> None:
        """Let go of frames that no path can come to any more, but not of the last `keep`."""
        undecided = next((frame for frame in self._frames if frame.known is None), self._frames[-1])
        reach_s = undecided.time_s - 2 * _LONGEST_PASS_S
        gone = 0
        while gone < len(self._frames) - keep and self._frames[gone + 1].time_s < reach_s:
            gone += 1
        self._frames, self._first = self._frames[gone:], self._first + gone
        self._last = None

    def _continue_paths(self, index: int) -> None:
        """Find the best path to each reading of a frame from the paths to those before it."""
        frame = self._frames[index]
        cost = frame.alone
        if index and len(frame.step):
            start = max(frame.before - self._first, 0)
            gone = start - (frame.before - self._first)
            costs = np.array([other.cost for other in self._frames[start:index]])
            total = (costs[:, :, None] + frame.step[gone:]).reshape(-1, 4)
            frame.back = total.argmin(axis=0) + 4 * gone
            cost = cost + total[frame.back - 4 * gone, _INDEX]
        if frame.known is not None:
            cost = np.where(frame.known == _INDEX, cost, np.inf)
        frame.cost = cost

    def _trace(self) -> Sides:
        count = len(self._frames)
        sides = Sides(np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.bool_))
        index, reading = count - 1, int(self._frames[-1].cost.argmin()) if count else 0
        while index >= 0:
            sides.passed[index], sides.reading[index] = False, reading
            frame = self._frames[index]
            if not len(frame.back):
                break
            came, reading = divmod(int(frame.back[reading]), 4)
            index = frame.before - self._first + came
        visited = np.flatnonzero(~sides.passed)
        for passed in np.flatnonzero(sides.passed):  # it may become known, and must not turn what follows
            at = int(np.searchsorted(visited, passed))
            around = visited[max(at - 1, 0) : at + 1]
            now, cost = self._frames[passed], np.zeros(4)
            moved = _motion([self._frames[i] for i in around], now.joints, now.size, now.time_s)
            for row, other in zip(moved, around, strict=True):
                reading = int(sides.reading[other])
                cost += row[reading ^ _INDEX] + (_CHANGE_COST[reading] if other < passed else _CHANGE_COST[:, reading])
            sides.reading[passed] = cost.argmin()
        for index, frame in enumerate(self._frames):
            if frame.known is not None:
                sides.reading[index] = frame.known
        return sides


def _frame_cost(joints: Floats, lasts_s: float, size: float) -> NDArray[np.float64]:
    """(4,) cost of each reading of a frame (23, 3) alone, of a person of `size` pixels."""
    points = joints[:, :2] / size
    hips, shoulders = points[RIGHT_HIP] - points[LEFT_HIP], points[RIGHT_SHOULDER] - points[LEFT_SHOULDER]
    seen = np.sqrt(joints[[RIGHT_HIP, LEFT_HIP, RIGHT_SHOULDER, LEFT_SHOULDER], 2].min())
    alike = float(_OPPOSED_COST_PER_S * seen * (hips @ shoulders))
    same, other = (min(max(cost, 0.0), _MOST_OPPOSED_PER_S) for cost in (-alike, alike))
    return lasts_s * (np.array([same, other, other, same]) + _EXCHANGED_COST_PER_S * (_INDEX > 0))


def _motion(before: list[_Frame], joints: Floats, size: float, time_s: float) -> NDArray[np.float64]:
    """(K, 4) cost of the motion from K frames to the four readings of one (23, 3) of a person of `size` pixels."""
    now, then = joints[_ORDER], np.array([frame.joints for frame in before])
    passed_s = np.array([time_s - frame.time_s for frame in before])
    sizes = np.maximum(size, np.array([frame.size for frame in before]))
    square = ((now[..., :2] - then[:, None, :, :2]) ** 2).sum(axis=-1)
    usual = sizes**2 * (_UNREST**2 + (_SPEED_PER_S * passed_s) ** 2)
    weight = np.sqrt(now[..., 2] * then[:, None, :, 2])
    return (weight * np.log1p(square / (2 * usual[:, None, None]))).sum(axis=-1).astype(np.float64)


def _size(joints: Floats) -> float:
    """RMS distance of the joints from their middle, in pixels."""
    weight = joints[:, 2] + 1e-6
    share = weight / weight.sum()
    square = ((joints[:, :2] - share @ joints[:, :2]) ** 2).sum(axis=1)
    return max(float(np.sqrt(share @ square)), 1.0)
