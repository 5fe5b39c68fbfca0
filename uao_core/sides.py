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
        return np.stack([apply_reading(frame, reading) for frame, reading in zip(joints, self.reading, strict=True)])


def as_they_are(count: int) -> Sides:
    """Every frame as the detector says."""
    return Sides(np.zeros(count, dtype=np.int64), np.zeros(count, dtype=bool))


def apply_reading(joints: Floats, reading: int) -> Floats:
    """(23, C) with the sides that a reading exchanges exchanged."""
    return joints[_ORDER[reading]]


def resolve_sides(joints: Floats, time_s: NDArray[np.float64], known: NDArray[np.int64]) -> Sides:
    """Find the readings of consecutive frames.

    Args:
        joints: (T, 23, 3) x, y in pixels and confidence.
        time_s: (T,) rising.
        known: (K,) readings of the first K frames, decided earlier.

    Returns:
        Readings of all T frames; the first K as given.
    """
    count = len(joints)
    size = _sizes(joints)
    cost = _frame_cost(joints, time_s, size)
    cost[: len(known)][known[:, None] != _INDEX] = np.inf
    cost[0] += _FIRST_COST
    back = np.full((count, 4, 2), -1)
    read = joints[:, _ORDER]

    def motion(before: NDArray[np.int64], now: int) -> NDArray[np.float64]:
        return _motion(joints[before], read[now], np.maximum(size[now], size[before]), time_s[now] - time_s[before])

    for t in range(1, count):
        passed_s = np.maximum(0.0, time_s[t - 1] - time_s[:t])
        before = np.arange(min(t - 1, int(np.searchsorted(-passed_s, -_LONGEST_PASS_S))), t)
        step = motion(before, t)[:, _CHANGED] + _CHANGE_COST + _PASS_COST_PER_S * passed_s[before][:, None, None]
        total = (cost[before][:, :, None] + step).reshape(-1, 4)  # (K * before, now)
        best = total.argmin(axis=0)
        back[t] = np.stack([before[best // 4], best % 4], axis=1)
        cost[t] += total.min(axis=0)
    sides = _trace(cost, back)
    visited = np.flatnonzero(~sides.passed)
    for passed in np.flatnonzero(sides.passed):  # the next call may be given its reading as known
        at = int(np.searchsorted(visited, passed))
        around = visited[at - 1 : at + 1]
        former, later = sides.reading[around]
        moved = motion(around, int(passed))
        step = moved[0, former ^ _INDEX] + moved[1, later ^ _INDEX] + _CHANGE_COST[former] + _CHANGE_COST[:, later]
        sides.reading[passed] = step.argmin()
    sides.reading[: len(known)] = known
    return sides


def _trace(cost: NDArray[np.float64], back: NDArray[np.int64]) -> Sides:
    """The path that costs least, by the cost (T, 4) up to each frame and the frame and reading before it (T, 4, 2)."""
    sides = Sides(np.zeros(len(cost), dtype=np.int64), np.ones(len(cost), dtype=np.bool_))
    t, reading = len(cost) - 1, int(cost[-1].argmin())
    while t >= 0:
        sides.passed[t] = False
        sides.reading[t] = reading
        t, reading = (int(index) for index in back[t, reading])
    return sides


def _frame_cost(joints: Floats, time_s: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, 4) cost of each reading of each frame (T, 23, 3) alone, of a person of `size` (T,) pixels."""
    points = joints[..., :2] / size[:, None, None]
    hips, shoulders = points[:, RIGHT_HIP] - points[:, LEFT_HIP], points[:, RIGHT_SHOULDER] - points[:, LEFT_SHOULDER]
    seen = np.sqrt(joints[:, [RIGHT_HIP, LEFT_HIP, RIGHT_SHOULDER, LEFT_SHOULDER], 2].min(axis=1))
    alike = _OPPOSED_COST_PER_S * seen * (hips * shoulders).sum(axis=1)
    opposed = np.stack([-alike, alike, alike, -alike], axis=1).clip(0.0, _MOST_OPPOSED_PER_S)
    lasts_s = np.diff(time_s, prepend=2 * time_s[0] - time_s[min(1, len(time_s) - 1)]).clip(0.0, _LONGEST_FRAME_S)
    return lasts_s[:, None] * (opposed + _EXCHANGED_COST_PER_S * (_INDEX > 0))


def _motion(before: Floats, now: Floats, size: NDArray[np.float64], passed_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """(K, 4) cost of the motion from K frames (K, 23, 3) to the four readings (4, 23, 3) of one, over `passed_s` (K,)
    seconds, of a person of `size` (K,) pixels."""
    square = ((now[..., :2] - before[:, None, :, :2]) ** 2).sum(axis=-1)
    usual = size**2 * (_UNREST**2 + (_SPEED_PER_S * passed_s) ** 2)
    weight = np.sqrt(now[..., 2] * before[:, None, :, 2])
    return (weight * np.log1p(square / (2 * usual[:, None, None]))).sum(axis=-1).astype(np.float64)


def _sizes(joints: Floats) -> NDArray[np.float64]:
    """(T,) RMS distance of the joints from their middle, in pixels."""
    weight = joints[..., 2:] + 1e-6
    middle = (weight * joints[..., :2]).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    square = ((joints[..., :2] - middle) ** 2 * weight).sum(axis=(1, 2)) / weight.sum(axis=(1, 2))
    return np.maximum(np.sqrt(square), 1.0).astype(np.float64)
