"""Feet that stand still: each contact gets one place, and the whole body is solved again to be there.

What both feet have in common is the root's drift: it is taken out first, smoothly over time, so that legs need not stretch
after a body that slides away. Before and after a contact the foot's correction fades.

Held softly, a foot is where its place and what was seen of it say, each by its variance: one that is known to a few
millimetres hardly moves, however it rolls. Held fully, it is at its place, or it does not stand: a contact ends where, once
the body is solved, some foot is not there.
"""

import numpy as np
from numpy.typing import NDArray

from uao_core.body.contacts import contact_intervals, runs
from uao_core.body.kinematics import forward, place_joints
from uao_core.body.motion import Motion
from uao_core.body.options import FootLock
from uao_core.body.proportions import JOINT_SEGMENT, Proportions
from uao_core.body.segments import FEET, FEET_REST_M, PARENTS, TIP_OF
from uao_core.body.solve import Evidence, solve
from uao_core.packets import Doubles, Floats
from uao_core.skeleton import NUM_JOINTS

_LOCK_SD_M = {FootLock.SOFT: 0.010, FootLock.FULL: 0.0002}
"""Firm enough, held fully, to move a pelvis that is known to some millimetres."""
_REST_SD_M = 0.02
"""How high above the floor ankles and toes are, from foot to foot and shoe to shoe."""
_FADE_S = 0.15
_FARTHEST_M, _FARTHEST_SIGMA, _SHORTEST_S = (0.03, 0.10), 2.0, 0.1
"""A foot farther from its place than it can be by mistake does not stand there, nor one for less time."""
_KEPT_M, _ROUNDS = 0.003, 3
"""Held fully, a foot that is farther from its place in the solved body is let go, and the body solved anew so often."""
_DRIFT_S = 0.25
"""Over which the root's drift may change."""
_FREE_SD_M = 0.010
_FADE_SD_M = 0.001
"""How firmly a fading foot is led at most: never against the part of it that stands."""
_CHUNK = 4096


def all_joints(proportions: Proportions, motion: Motion) -> Floats:
    """(F, 23, 3) of a motion, made in pieces and kept in single precision, as they are many in a long take."""
    out = np.empty((len(motion.root), NUM_JOINTS, 3), np.float32)
    for first in range(0, len(out), _CHUNK):
        some = slice(first, first + _CHUNK)
        piece = motion.at(some)
        placed = forward(PARENTS, proportions.offsets_m, piece.root, piece.local)
        out[some] = place_joints(JOINT_SEGMENT, proportions.joints_m, *placed)
    return out


def lock_feet(
    motion: Motion,
    proportions: Proportions,
    weight: Floats,
    sigma_m: Doubles,
    contacts: Doubles,
    fps: float,
    lock: FootLock,
) -> tuple[Motion, NDArray[np.bool_]]:
    """The motion with its feet held where they stand, and (F, 4) when each joint of `FEET` does.

    Contacts that no leg could keep are none, nor what of them it could not.

    Args:
        motion: on a uniform grid, with the floor at y = 0.
        weight: (F, 23) of the joints, 1/m^2.
        sigma_m: (F, 4) expected errors of the joints of `FEET`, NaN or infinite where nothing is known.
        contacts: (F, 4) confidence of the same.
    """
    joints = all_joints(proportions, motion)
    feet = joints[:, FEET].astype(np.float64)
    intervals = [contact_intervals(contacts[:, k], feet[:, k], fps) for k in range(len(FEET))]
    if lock is FootLock.OFF or not any(intervals):
        return motion, within(intervals, len(feet))
    sigma_m = np.where(np.isfinite(sigma_m), sigma_m, np.inf)
    targets, held = _targets(feet, sigma_m, intervals, proportions)
    if lock is FootLock.SOFT:
        targets = targets + _share_of_seen(sigma_m, _LOCK_SD_M[lock])[..., None] * (feet - targets)
    drift = _drift(np.where(held[..., None], targets - feet, 0.0), held, fps)
    joints += drift[:, None]
    far = (_FARTHEST_SIGMA * sigma_m).clip(*_FARTHEST_M)
    intervals = _kept(intervals, np.linalg.norm(targets - joints[:, FEET], axis=-1) < far, fps)
    del feet, sigma_m, held, far
    times, start = np.arange(len(joints)) / fps, motion.moved(drift)
    moved = joints[:, FEET].astype(np.float64)
    for _ in range(_ROUNDS):
        pulled, strength = _faded(targets, moved, intervals, fps, _LOCK_SD_M[lock])
        evidence = np.maximum(weight, 0)
        for k, joint in enumerate(FEET):
            evidence[:, joint] = np.where(strength[:, k] > 0, strength[:, k], evidence[:, joint])
            joints[:, joint] = np.where(strength[:, k : k + 1] > 0, pulled[:, k], moved[:, k])  # in place: they are many
        del pulled, strength
        found = solve(Evidence(joints, evidence, times), proportions, start)
        if lock is FootLock.SOFT:
            break
        there = np.linalg.norm(targets - all_joints(proportions, found)[:, FEET], axis=-1) < _KEPT_M
        if (there | ~within(intervals, len(joints))).all():
            break
        intervals = _kept(intervals, there, fps)
    return found, within(intervals, len(joints))


def _share_of_seen(sigma_m: Doubles, sd_m: float) -> Doubles:
    """What is seen counts for so much beside what is known to `sd_m`: 0 to 1."""
    return np.asarray(sd_m**2 / (sd_m**2 + sigma_m**2))


def _targets(
    feet: Doubles, sigma_m: Doubles, intervals: list[list[tuple[int, int]]], proportions: Proportions
) -> tuple[Doubles, NDArray[np.bool_]]:
    """Places (F, 4, 3) where contacts are held, and whether (F, 4) there is one."""
    targets, held = np.zeros_like(feet), np.zeros(feet.shape[:2], dtype=bool)
    contacts = [(last - first, first, last, k) for k, found in enumerate(intervals) for first, last in found]
    for _, first, last, k in sorted(contacts, reverse=True):  # the longer one is placed first, the other keeps to it
        place = np.median(feet[first : last + 1, k], axis=0)
        seen = float(_share_of_seen(np.median(sigma_m[first : last + 1, k], keepdims=True), _REST_SD_M)[0])
        place[1] = height = FEET_REST_M[k] + seen * (place[1] - FEET_REST_M[k])
        other = k ^ 1
        together = np.flatnonzero(held[first : last + 1, other]) + first
        if len(together):
            fixed = targets[together[len(together) // 2], other]
            length = float(np.linalg.norm(proportions.tips_m[TIP_OF[FEET[k | 1]]]))
            level = np.sqrt(max(length**2 - (height - fixed[1]) ** 2, 1e-6))
            away = (place - fixed) * (1, 0, 1)
            place = fixed + level * away / max(float(np.linalg.norm(away)), 1e-6)
            place[1] = height
        targets[first : last + 1, k], held[first : last + 1, k] = place, True
    return targets, held


def _kept(intervals: list[list[tuple[int, int]]], there: NDArray[np.bool_], fps: float) -> list[list[tuple[int, int]]]:
    """What of each contact is left where the foot is (F, 4) at its place, or near: a leg is not torn to reach it."""
    out: list[list[tuple[int, int]]] = []
    for k, found in enumerate(intervals):
        near = [(first + a, first + b) for first, last in found for a, b in runs(there[first : last + 1, k])]
        out.append([(first, last) for first, last in near if last - first + 1 >= _SHORTEST_S * fps])
    return out


def within(intervals: list[list[tuple[int, int]]], count: int) -> NDArray[np.bool_]:
    """(F, 4) where a contact is."""
    out = np.zeros((count, len(intervals)), dtype=bool)
    for k, found in enumerate(intervals):
        for first, last in found:
            out[first : last + 1, k] = True
    return out


def _drift(missing: Doubles, held: NDArray[np.bool_], fps: float) -> Doubles:
    """(F, 3) smooth movement of the whole body that brings standing feet nearest to their places (Whittaker's smoother)."""
    from scipy.linalg import solveh_banded  # slow, and wanted for exports only

    count, say = len(missing), held.sum(axis=1).astype(np.float64)
    if count < 3:
        mean = missing.sum(axis=(0, 1)) / max(say.sum(), 1.0)
        return np.tile(mean, (count, 1))
    stiff = (_DRIFT_S * fps) ** 4 / 16
    band = np.zeros((3, count))
    band[0] = say + 1e-4
    for offset, row in ((0, (1.0, 4.0, 1.0)), (1, (-2.0, -2.0)), (2, (1.0,))):
        for shift, value in enumerate(row):
            band[offset, shift : shift + count - 2] += stiff * value
    return np.asarray(solveh_banded(band, missing.sum(axis=1), lower=True))


def _faded(
    targets: Doubles, feet: Doubles, intervals: list[list[tuple[int, int]]], fps: float, sd_m: float
) -> tuple[Doubles, Doubles]:
    """Places (F, 4, 3) to pull feet to and how strongly (F, 4), 1/m^2: 0 far from any contact."""
    pulled, strength, share = feet.copy(), np.zeros(feet.shape[:2]), np.zeros(feet.shape[:2])
    fade = max(round(_FADE_S * fps), 1)
    weak, strong = np.log(_FREE_SD_M**-2), np.log(max(sd_m, _FADE_SD_M) ** -2)
    for k, found in enumerate(intervals):
        for first, last in found:
            pulled[first : last + 1, k], strength[first : last + 1, k] = targets[first : last + 1, k], sd_m**-2
            share[first : last + 1, k] = 1
        for first, last in found:
            for edge, way in ((first, -1), (last, 1)):
                for step in range(1, fade + 1):
                    at, left = edge + way * step, 0.5 + 0.5 * np.cos(np.pi * step / (fade + 1))
                    if not 0 <= at < len(feet) or share[at, k] >= left:
                        continue
                    share[at, k] = left
                    pulled[at, k] = feet[at, k] + left * (targets[edge, k] - feet[edge, k])
                    strength[at, k] = np.exp(weak + left * (strong - weak))
    return pulled, strength
