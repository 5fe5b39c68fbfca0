"""The rotations that explain the joints best: nonlinear least squares over the whole pose and over neighbours in time.

A frame's unknowns are the root's place and a rotation for every segment. The sum that becomes least is

    sum_j |x_j - joint_j|^2 / s_j^2  +  what a human joint does (spreads, hinges, limits)  +  |change in time|^2 / spread^2

with small turns of the segments' own axes as the unknowns of a step (Levenberg and Marquardt). Nothing decides whether a
twist is seen: elbow, knee, foot and head show it as far as they stick out, and the rest comes from neighbours in time.
A step's normal equations couple a frame with the next one through a diagonal only, so they are banded: cost and memory grow
with the number of frames, and long takes go window by window, each tied to the last frame of the one before.
"""

from dataclasses import dataclass

import numpy as np

from uao_core.body.initial import first_guess
from uao_core.body.kinematics import COLUMNS, forward, jacobian, place_joints
from uao_core.body.proportions import Proportions
from uao_core.body.rotations import exp, inverse_right_jacobian, log, quaternions
from uao_core.body.segments import HINGE_RANGE_DEG, SEGMENTS, Doubles

_WINDOW, _OVERLAP = 240, 24
_SWING_RATE, _TWIST_RATE = 15.0, 4.0
"""Radians a second by which segments usually turn, across and about their bone."""
_TWIST_MEMORY_S = 2.0
"""How long the twist of a straight limb is remembered rather than presumed: frames so far apart count in full."""
_LIMIT_SD = np.radians(2.0)
_MOST_STEP = 0.6
"""Radians that a segment turns in one step at most."""
_STILL = 0.01
"""Radians, or metres: a step that moves nothing by more is the last one."""
_FREE_DEG = 360.0

_SPREAD = np.radians([segment.spread_deg for segment in SEGMENTS])
_STIFFNESS = np.where(np.radians(_FREE_DEG) > _SPREAD, 1 / _SPREAD, 0.0)
_TWISTED = [i for i, segment in enumerate(SEGMENTS) if segment.twist_sd_deg > 0]
_RATE = np.array([[_TWIST_RATE if k == s.twist and s.parent >= 0 else _SWING_RATE for k in range(3)] for s in SEGMENTS])


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What a body is fitted to.

    Attributes:
        joints: (F, 23, 3) metres, all finite.
        weight: (F, 23) one over the variance, 1/m^2; 0 where a joint is not known.
        time_s: (F,) rising.
    """

    joints: Doubles
    weight: Doubles
    time_s: Doubles

    def part(self, frames: slice) -> "Evidence":
        return Evidence(self.joints[frames], self.weight[frames], self.time_s[frames])


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Places of the root (F, 3) and local rotations (F, S, 3, 3)."""

    root: Doubles
    local: Doubles

    def part(self, frames: slice) -> "Motion":
        return Motion(self.root[frames], self.local[frames])


def solve(evidence: Evidence, proportions: Proportions, start: Motion | None = None, iterations: int = 20) -> Motion:
    """Fit a body.

    Args:
        start: where the search begins; by default the joints themselves tell.
        iterations: steps at most.
    """
    count = len(evidence.joints)
    out = Motion(np.empty((count, 3)), np.empty((count, len(SEGMENTS), 3, 3)))
    first = 0
    while first < count:
        last = min(first + _WINDOW, count)
        seen = slice(first, min(last + _OVERLAP, count))
        part = evidence.part(seen)
        guess = _guess(part, proportions) if start is None else start.part(seen)
        before = None if first == 0 else (out.local[first - 1], float(part.time_s[0] - evidence.time_s[first - 1]))
        found = _Window(part, proportions, before).solve(guess, iterations)
        out.root[first:last], out.local[first:last] = found.root[: last - first], found.local[: last - first]
        first = last
    return out


def _guess(part: Evidence, proportions: Proportions) -> Motion:
    return Motion(part.joints[:, 0].copy(), first_guess(part.joints, proportions))


class _Window:
    """Some frames, solved at once."""

    def __init__(self, evidence: Evidence, proportions: Proportions, before: tuple[Doubles, float] | None) -> None:
        self._evidence, self._proportions, self._before = evidence, proportions, before
        self._root_weight = np.sqrt(evidence.weight)[..., None]
        lapse = np.maximum(np.diff(evidence.time_s), 1e-3)
        pace = float(np.median(lapse)) if len(lapse) else _TWIST_MEMORY_S
        self._share = np.full(len(evidence.joints), min(pace / _TWIST_MEMORY_S, 1.0))
        self._tie = (_RATE * lapse[:, None, None]) ** -2.0
        self._tie_before = np.zeros_like(_RATE) if before is None else (_RATE * max(before[1], 1e-3)) ** -2.0

    def solve(self, motion: Motion, iterations: int) -> Motion:
        """Steps until hardly anything moves; a step that fails is damped where it failed, so that other frames go on."""
        damping, cost = np.ones(len(motion.root)), self._costs(motion)
        for _ in range(iterations):
            diagonal, right, tie = self._normal_equations(motion)
            for _ in range(4):
                step = _solve_banded(diagonal, right, tie, damping)
                tried = self._moved(motion, step)
                lower = self._costs(tried)
                if lower.sum() < cost.sum():
                    damping = np.maximum(damping / 3, 0.01)
                    break
                damping = np.where(lower > cost, damping * 10, damping)
            else:
                return motion
            cost, motion = lower, tried
            if np.abs(step).max() < _STILL:
                break
        return motion

    def _moved(self, motion: Motion, step: Doubles) -> Motion:
        turn = step[:, 3:].reshape(len(step), len(SEGMENTS), 3)
        size = np.linalg.norm(turn, axis=-1, keepdims=True)
        return Motion(
            motion.root + step[:, :3], motion.local @ exp(turn * np.minimum(1, _MOST_STEP / np.maximum(size, 1e-12)))
        )

    def _costs(self, motion: Motion) -> Doubles:
        """(F,) the sum to be made least, by frame; what ties two frames is the later one's."""
        starts, world = forward(self._proportions, motion.root, motion.local)
        error = self._root_weight * (place_joints(self._proportions, starts, world) - self._evidence.joints)
        residual, _ = _human(motion.local, self._share)
        change, change_before = self._changes(motion)
        costs = (error**2).sum(axis=(1, 2)) + (residual**2).sum(axis=(1, 2))
        costs[1:] += (self._tie * change**2).sum(axis=(1, 2))
        costs[0] += (self._tie_before * change_before**2).sum()
        return np.asarray(costs)

    def _changes(self, motion: Motion) -> tuple[Doubles, Doubles]:
        """(F - 1, S, 3) turns from frame to frame, and (S, 3) the one into the first frame."""
        change = (
            log(motion.local[:-1].swapaxes(-1, -2) @ motion.local[1:])
            if len(motion.local) > 1
            else np.zeros((0, *_RATE.shape))
        )
        if self._before is None:
            return change, np.zeros_like(_RATE)
        return change, log(self._before[0].swapaxes(-1, -2) @ motion.local[0])

    def _normal_equations(self, motion: Motion) -> tuple[Doubles, Doubles, Doubles]:
        """Blocks (F, C, C) on the diagonal, the right side (F, C), and the diagonals (F - 1, C) that tie frames."""
        frames, segments = motion.local.shape[:2]
        starts, world = forward(self._proportions, motion.root, motion.local)
        joints = place_joints(self._proportions, starts, world)
        rows = (self._root_weight[..., None] * jacobian(joints, starts, world)).reshape(frames, -1, COLUMNS)
        error = (self._root_weight * (self._evidence.joints - joints)).reshape(frames, -1, 1)
        matrix = rows.swapaxes(1, 2) @ rows
        right = (rows.swapaxes(1, 2) @ error)[..., 0]
        residual, slope = _human(motion.local, self._share)
        blocks = slope.swapaxes(-1, -2) @ slope
        turns = right[:, 3:].reshape(frames, segments, 3)
        turns -= (slope.swapaxes(-1, -2) @ residual[..., None])[..., 0]
        change, change_before = self._changes(motion)
        pull = self._tie * change
        turns[1:] -= pull
        turns[:-1] += pull
        turns[0] -= self._tie_before * change_before
        own = np.zeros((frames, segments, 3))
        own[1:] += self._tie
        own[:-1] += self._tie
        own[0] += self._tie_before
        for i in range(segments):
            at = slice(3 + 3 * i, 6 + 3 * i)
            matrix[:, at, at] += blocks[:, i] + own[:, i, :, None] * np.eye(3)
        right[:, 3:] = turns.reshape(frames, -1)
        tie = np.concatenate([np.zeros((frames - 1, 3)), self._tie.reshape(frames - 1, 3 * segments)], axis=1)
        return matrix, right, tie


def _human(local: Doubles, share: Doubles) -> tuple[Doubles, Doubles]:
    """Residuals (F, S, 4) of what a human joint does, and their slopes (F, S, 4, 3) by a small turn.

    Three along the rotation vector (spreads), or two of a hinge (out of its plane, beyond its range); the fourth is the
    twist of balls and hinges. What is presumed of a ball's twist has a share (F,) in each frame.
    """
    vectors = log(local)
    residual, slope = np.zeros((*vectors.shape[:2], 4)), np.zeros((*vectors.shape[:2], 4, 3))
    residual[..., :3] = _STIFFNESS * vectors
    slope[..., :3, :] = _STIFFNESS[..., None] * inverse_right_jacobian(vectors)
    for hinge in _HINGES:
        hinge.write(local, residual, slope)
    q = quaternions(local[:, _TWISTED])
    for k, i in enumerate(_TWISTED):
        axis, stiff = SEGMENTS[i].twist, 1 / np.radians(SEGMENTS[i].twist_sd_deg)
        along, v, w = np.eye(3)[axis], q[:, k, :3], q[:, k, 3:]
        about = v[:, axis : axis + 1]
        plain = np.maximum(w**2 + about**2, 1e-3)
        stiffness = stiff * np.sqrt(share) if SEGMENTS[i].hinge is None else np.full(len(local), stiff)
        residual[:, i, 3] = stiffness * (2 * np.arctan2(about, np.maximum(w, 1e-9)))[:, 0]
        slope[:, i, 3] = stiffness[:, None] * (w**2 * along + w * np.cross(along, v) + about * v) / plain
    return residual, slope


class _Hinge:
    """A knee or elbow: the plane in which its bone moves, and how far it bends."""

    def __init__(self, segment: int, axis: int, sign: float) -> None:
        self._segment = segment
        self._bone, self._axis = np.array(SEGMENTS[segment].rest), np.eye(3)[axis]
        self._bends_to = sign * np.cross(self._axis, self._bone)
        aside = 3 - axis - SEGMENTS[segment].twist
        self._stiffness = 1 / np.radians(SEGMENTS[segment].spread_deg[aside])

    def write(self, local: Doubles, residual: Doubles, slope: Doubles) -> None:
        """Set the first two of the segment's residuals (F, S, 4) and of their slopes (F, S, 4, 3)."""
        turn, i = local[:, self._segment], self._segment
        residual[:, i, :3], slope[:, i, :3] = 0.0, 0.0
        bone = turn @ self._bone
        residual[:, i, 0] = self._stiffness * (bone @ self._axis)
        slope[:, i, 0] = self._stiffness * np.cross(self._bone, self._axis @ turn)
        sine, cosine = bone @ self._bends_to, bone @ self._bone
        bend = np.arctan2(sine, cosine)
        beyond = bend - bend.clip(*np.radians(HINGE_RANGE_DEG))
        across = (cosine[:, None] * self._bends_to - sine[:, None] * self._bone) / np.maximum(sine**2 + cosine**2, 1e-3)[
            :, None
        ]
        along = np.cross(self._bone, (across[:, None] @ turn)[:, 0])
        residual[:, i, 1] = beyond / _LIMIT_SD
        slope[:, i, 1] = np.where((beyond != 0)[:, None], along, 0.0) / _LIMIT_SD


_HINGES = tuple(_Hinge(i, *segment.hinge) for i, segment in enumerate(SEGMENTS) if segment.hinge is not None)


def _solve_banded(diagonal: Doubles, right: Doubles, tie: Doubles, damping: Doubles) -> Doubles:
    """(F, C) solution of the block system, in LAPACK's lower band storage."""
    from scipy.linalg import solveh_banded  # slow, and wanted for exports only

    frames, size = right.shape
    band = np.zeros((size + 1, frames, size))
    for below in range(size):
        band[below, :, : size - below] = np.diagonal(diagonal, offset=-below, axis1=1, axis2=2)
    band[0] += damping[:, None]
    band[size, :-1] = -tie
    found = solveh_banded(band.reshape(size + 1, -1), right.ravel(), lower=True, overwrite_ab=True, check_finite=False)
    return np.asarray(found).reshape(frames, size)
