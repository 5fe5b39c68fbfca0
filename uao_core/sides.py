"""Which side is which, through time: detectors exchange left and right for a while, or lose the person for a few frames.

A frame is one of four readings: as the detector says, legs exchanged, arms exchanged, all exchanged. The sequence of
readings with the least motion is found by dynamic programming (Viterbi); frames that no reading makes continuous are
passed over. A body that really turns crosses its sides slowly, and every frame of it continues the last; a detector
that changes its mind does it at once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uao_core.packets import Floats
from uao_core.skeleton import MIRROR

LEGS, ARMS = (1, 2, 3, 4, 5, 6), (11, 12, 13, 14, 15, 16)
READINGS = ((), LEGS, ARMS, LEGS + ARMS)
"""Joints exchanged with their twins in each reading."""

_PASS_COST_PER_S, _LONGEST_PASS_S = 6.0, 0.2
_CHANGE_COST = 0.6  # of another reading than the frame before, in sizes of the person
_DOUBT_COST_PER_S = (0.0, 1.5, 1.5, 0.05)
"""Of each reading: a detector takes the whole person for its mirror image, seldom a part."""
_FARTHEST = 1.0  # a joint that jumps by more than the person's size costs no more


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
        """(T, 17, C) with every frame's sides as it is to be read."""
        return np.stack([apply_reading(frame, reading) for frame, reading in zip(joints, self.reading, strict=True)])


def as_they_are(count: int) -> Sides:
    """Every frame as the detector says."""
    return Sides(np.zeros(count, dtype=np.int64), np.zeros(count, dtype=bool))


def apply_reading(joints: Floats, reading: int) -> Floats:
    """(17, C) with the sides that a reading exchanges exchanged."""
    if reading == 0:
        return joints
    order = np.arange(len(joints))
    exchanged = list(READINGS[reading])
    order[exchanged] = np.asarray(MIRROR)[exchanged]
    return joints[order]


def resolve_sides(joints: Floats, time_s: NDArray[np.float64], known: NDArray[np.int64]) -> Sides:
    """Find the readings of consecutive frames.

    Args:
        joints: (T, 17, 3) x, y in pixels and confidence.
        time_s: (T,) rising.
        known: (K,) readings of the first K frames, decided earlier.

    Returns:
        Readings of all T frames; the first K as given.
    """
    count = len(joints)
    cost = np.full((count, len(READINGS)), np.inf)
    back = np.full((count, len(READINGS), 2), -1)
    doubt, change = np.array(_DOUBT_COST_PER_S), _CHANGE_COST * (1 - np.eye(len(READINGS)))
    size = _sizes(joints)
    for t in range(count):
        if t < len(known):
            cost[t, known[t]] = 0.0
            if t:
                back[t, known[t]] = t - 1, known[t - 1]
            continue
        if t == 0:
            cost[0] = change[0]
            continue
        passed_s = np.maximum(0.0, time_s[t - 1] - time_s[:t])
        oldest = max(min(len(known) - 1, t - 1), min(t - 1, int(np.searchsorted(-passed_s, -_LONGEST_PASS_S))), 0)
        before = np.arange(oldest, t)
        step = _motion(joints[before], joints[t], np.maximum(size[t], size[before])) + change
        total = cost[before][:, :, None] + step + _PASS_COST_PER_S * passed_s[before][:, None, None]  # (K, before, now)
        best = total.reshape(-1, len(READINGS)).argmin(axis=0)
        back[t] = np.stack([before[best // len(READINGS)], best % len(READINGS)], axis=1)
        cost[t] = total.reshape(-1, len(READINGS)).min(axis=0) + doubt * (time_s[t] - time_s[t - 1])
    return _trace(cost, back)


def _trace(cost: NDArray[np.float64], back: NDArray[np.int64]) -> Sides:
    reading = np.zeros(len(cost), dtype=np.int64)
    passed = np.ones(len(cost), dtype=bool)
    t, state = len(cost) - 1, int(cost[-1].argmin())
    while t >= 0:
        passed[t] = False
        previous, previous_state = back[t, state]
        reading[max(previous, 0) : t + 1] = state
        t, state = int(previous), int(previous_state)
    return Sides(reading, passed)


def _motion(before: Floats, now: Floats, size: NDArray[np.float64]) -> NDArray[np.float64]:
    """(K, 4, 4) motion from K frames (K, 17, 3) to one (17, 3), in sizes of the person (K,), by the readings before and now;
    arms and legs add up."""
    kept: list[NDArray[np.float64]] = []
    crossed: list[NDArray[np.float64]] = []
    for group in (LEGS, ARMS):
        weight = np.sqrt(before[:, group, 2] * now[group, 2]) + 1e-6
        for costs, order in ((kept, group), (crossed, [MIRROR[j] for j in group])):
            distance = np.linalg.norm(now[order, :2] - before[:, group, :2], axis=2) / size[:, None]
            costs.append((np.minimum(distance, _FARTHEST) * weight).sum(axis=1) / weight.sum(axis=1))
    legs, arms = (np.stack([kept[part], crossed[part]]) for part in (0, 1))
    changed = np.arange(4)[:, None] ^ np.arange(4)
    return np.moveaxis(legs[changed & 1] + arms[changed >> 1], 2, 0)


def _sizes(joints: Floats) -> NDArray[np.float64]:
    """(T,) RMS distance of the joints from their middle, in pixels."""
    weight = joints[..., 2:] + 1e-6
    middle = (weight * joints[..., :2]).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    square = ((joints[..., :2] - middle) ** 2 * weight).sum(axis=(1, 2)) / weight.sum(axis=(1, 2))
    return np.maximum(np.sqrt(square), 1.0).astype(np.float64)
