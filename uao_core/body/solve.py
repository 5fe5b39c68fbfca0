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
from uao_core.body.motion import Motion, Poses
from uao_core.body.proportions import JOINT_SEGMENT, Proportions
from uao_core.body.rotations import exp, inverse_right_jacobian, log, quaternions
from uao_core.body.segments import HINGE_RANGE_DEG, PARENTS, SEGMENTS
from uao_core.packets import Doubles, Floats

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
_TWIST_AXIS = np.array([SEGMENTS[i].twist for i in _TWISTED])
_TWIST_STIFFNESS = 1 / np.radians([SEGMENTS[i].twist_sd_deg for i in _TWISTED])
_TWISTS_FREELY = np.array([SEGMENTS[i].hinge is None for i in _TWISTED])
_RATE = np.array([[_TWIST_RATE if k == s.twist and s.parent >= 0 else _SWING_RATE for k in range(3)] for s in SEGMENTS])


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What a body is fitted to.

    Attributes:
        joints: (F, 23, 3) metres, all finite; like the weights of a whole take in single precision.
        weight: (F, 23) one over the variance, 1/m^2; 0 where a joint is not known.
        time_s: (F,) rising.
    """

    joints: Doubles | Floats
    weight: Doubles | Floats
    time_s: Doubles

    def part(self, frames: slice) -> "Evidence":
        return Evidence(self.joints[frames].astype(np.float64), self.weight[frames].astype(np.float64), self.time_s[frames])


def solve(evidence: Evidence, proportions: Proportions, start: Motion | None = None, iterations: int = 20) -> Motion:
    """Fit a body.

    Args:
        start: where the search begins; by default the joints themselves tell.
        iterations: steps at most.
    """
    count = len(evidence.joints)
    out = Motion.empty(count)
    first, tied = 0, np.empty(0)
    while first < count:
        last = min(first + _WINDOW, count)
        seen = slice(first, min(last + _OVERLAP, count))
        part = evidence.part(seen)
        guess = _guess(part, proportions) if start is None else start.at(seen)
        before = None if first == 0 else (tied, float(part.time_s[0] - evidence.time_s[first - 1]))
        found = _Window(part, proportions, before).solve(guess, iterations)
        kept = slice(0, last - first)
        out.set(slice(first, last), Poses(found.root[kept], found.local[kept]))
        first, tied = last, found.local[last - first - 1]
    return out


def _guess(part: Evidence, proportions: Proportions) -> Poses:
    joints = np.asarray(part.joints, np.float64)  # which a part's are
    return Poses(joints[:, 0], first_guess(joints, proportions))


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """Poses with what both their cost and the next step need.

    Attributes:
        starts, world: of all segments, (F, S, 3) and (F, S, 3, 3).
        off: (F, 23, 3) from the joints to the evidence.
        vectors: (F, S, 3) of the local rotations.
        twisted: (F, twisted segments, 4) quaternions of those whose twist has a price.
        human: (F, S, 4) residuals of what a human joint does.
        change: (F, S, 3) turns from the frame before.
        costs: (F,) the sum to be made least, by frame; what ties two frames is the later one's.
    """

    poses: Poses
    starts: Doubles
    world: Doubles
    joints: Doubles
    off: Doubles
    vectors: Doubles
    twisted: Doubles
    human: Doubles
    change: Doubles
    costs: Doubles


class _Window:
    """Some frames, solved at once."""

    def __init__(self, evidence: Evidence, proportions: Proportions, before: tuple[Doubles, float] | None) -> None:
        self._evidence, self._proportions, self._before = evidence, proportions, before
        self._root_weight = np.sqrt(evidence.weight)[..., None]
        lapse = np.maximum(np.diff(evidence.time_s), 1e-3)
        pace = float(np.median(lapse)) if len(lapse) else _TWIST_MEMORY_S
        self._share = np.full(len(evidence.joints), min(pace / _TWIST_MEMORY_S, 1.0))
        lapse = np.concatenate([[np.inf if before is None else max(before[1], 1e-3)], lapse])
        self._tie = (_RATE * lapse[:, None, None]) ** -2.0

    def solve(self, poses: Poses, iterations: int) -> Poses:
        """Steps until hardly anything moves; a step that fails is damped where it failed, so that other frames go on."""
        now, damping = self._state(poses), np.ones(len(poses.root))
        for _ in range(iterations):
            diagonal, right, tie = self._normal_equations(now)
            for _ in range(4):
                step = _solve_banded(diagonal, right, tie, damping)
                tried = self._state(_moved(now.poses, step))
                if tried.costs.sum() < now.costs.sum():
                    damping = np.maximum(damping / 3, 0.01)
                    break
                damping = np.where(tried.costs > now.costs, damping * 10, damping)
            else:
                return now.poses
            now = tried
            if np.abs(step).max() < _STILL:
                break
        return now.poses

    def _state(self, poses: Poses) -> _State:
        starts, world = forward(PARENTS, self._proportions.offsets_m, poses.root, poses.local)
        joints = place_joints(JOINT_SEGMENT, self._proportions.joints_m, starts, world)
        off = self._evidence.joints - joints
        vectors, twisted = log(poses.local), quaternions(poses.local[:, _TWISTED])
        human = _human(poses.local, vectors, twisted, self._share)
        change = np.zeros_like(vectors)
        change[1:] = log(poses.local[:-1].swapaxes(-1, -2) @ poses.local[1:])
        if self._before is not None:
            change[0] = log(self._before[0].swapaxes(-1, -2) @ poses.local[0])
        costs = np.einsum("fj,fjk->f", self._evidence.weight, off**2) + (human**2).sum(axis=(1, 2))
        costs += (self._tie * change**2).sum(axis=(1, 2))
        return _State(poses, starts, world, joints, off, vectors, twisted, human, change, costs)

    def _normal_equations(self, now: _State) -> tuple[Doubles, Doubles, Doubles]:
        """Blocks (F, C, C) on the diagonal, the right side (F, C), and the diagonals (F - 1, C) that tie frames."""
        frames, segments = now.vectors.shape[:2]
        rows = jacobian(now.joints, now.starts, now.world)
        rows *= self._root_weight[..., None]
        rows = rows.reshape(frames, -1, COLUMNS)
        error = (self._root_weight * now.off).reshape(frames, -1, 1)
        matrix = rows.swapaxes(1, 2) @ rows
        right = (rows.swapaxes(1, 2) @ error)[..., 0]
        slope = _human_slope(now, self._share)
        turns = right[:, 3:].reshape(frames, segments, 3)
        turns -= (slope.swapaxes(-1, -2) @ now.human[..., None])[..., 0]
        pull = self._tie * now.change
        turns -= pull
        turns[:-1] += pull[1:]
        own = self._tie.copy()
        own[:-1] += self._tie[1:]
        blocks = slope.swapaxes(-1, -2) @ slope
        blocks[..., range(3), range(3)] += own
        for i in range(segments):
            at = slice(3 + 3 * i, 6 + 3 * i)
            matrix[:, at, at] += blocks[:, i]
        right[:, 3:] = turns.reshape(frames, -1)
        tie = np.concatenate([np.zeros((frames - 1, 3)), self._tie[1:].reshape(frames - 1, 3 * segments)], axis=1)
        return matrix, right, tie


def _moved(poses: Poses, step: Doubles) -> Poses:
    """After a step (F, C), of which no segment turns too far."""
    turn = step[:, 3:].reshape(len(step), len(SEGMENTS), 3)
    size = np.linalg.norm(turn, axis=-1, keepdims=True)
    return Poses(poses.root + step[:, :3], poses.local @ exp(turn * np.minimum(1, _MOST_STEP / np.maximum(size, 1e-12))))


def _human(local: Doubles, vectors: Doubles, twisted: Doubles, share: Doubles) -> Doubles:
    """Residuals (F, S, 4) of what a human joint does.

    Three along the rotation vector (spreads), or two of a hinge (out of its plane, beyond its range); the fourth is the
    twist of balls and hinges. What is presumed of a ball's twist has a share (F,) in each frame.
    """
    out = np.zeros((*vectors.shape[:2], 4))
    out[..., :3] = _STIFFNESS * vectors
    for hinge in _HINGES:
        hinge.write_residual(local, out)
    about = np.take_along_axis(twisted, np.broadcast_to(_TWIST_AXIS[:, None], (*twisted.shape[:2], 1)), axis=-1)[..., 0]
    out[:, _TWISTED, 3] = _twist_stiffness(share) * 2 * np.arctan2(about, np.maximum(twisted[..., 3], 1e-9))
    return out


def _human_slope(now: _State, share: Doubles) -> Doubles:
    """Slopes (F, S, 4, 3) of those residuals by a small turn."""
    out = np.zeros((*now.vectors.shape[:2], 4, 3))
    out[..., :3, :] = _STIFFNESS[..., None] * inverse_right_jacobian(now.vectors)
    for hinge in _HINGES:
        hinge.write_slope(now.poses.local, out)
    along, v, w = np.eye(3)[_TWIST_AXIS], now.twisted[..., :3], now.twisted[..., 3:]
    about = (v * along).sum(axis=-1, keepdims=True)
    turned = w**2 * along + w * np.cross(along, v) + about * v
    out[:, _TWISTED, 3] = _twist_stiffness(share)[..., None] * turned / np.maximum(w**2 + about**2, 1e-3)
    return out


def _twist_stiffness(share: Doubles) -> Doubles:
    """(F, twisted segments)."""
    return np.where(_TWISTS_FREELY, _TWIST_STIFFNESS * np.sqrt(share)[:, None], _TWIST_STIFFNESS)


class _Hinge:
    """A knee or elbow: the plane in which its bone moves, and how far it bends."""

    def __init__(self, segment: int, axis: int, sign: float) -> None:
        self._segment = segment
        self._bone, self._axis = np.array(SEGMENTS[segment].rest), np.eye(3)[axis]
        self._bends_to = sign * np.cross(self._axis, self._bone)
        aside = 3 - axis - SEGMENTS[segment].twist
        self._stiffness = 1 / np.radians(SEGMENTS[segment].spread_deg[aside])

    def write_residual(self, local: Doubles, out: Doubles) -> None:
        """Set the first three of the segment's residuals (F, S, 4)."""
        sine, cosine, aside = self._place(local)
        out[:, self._segment, 0] = self._stiffness * aside
        out[:, self._segment, 1] = _beyond(sine, cosine) / _LIMIT_SD
        out[:, self._segment, 2] = 0.0

    def write_slope(self, local: Doubles, out: Doubles) -> None:
        """Set the first three of the segment's slopes (F, S, 4, 3)."""
        turn, i = local[:, self._segment], self._segment
        sine, cosine, _ = self._place(local)
        out[:, i, 0] = self._stiffness * np.cross(self._bone, self._axis @ turn)
        across = cosine[:, None] * self._bends_to - sine[:, None] * self._bone
        across /= np.maximum(sine**2 + cosine**2, 1e-3)[:, None]
        along = np.cross(self._bone, (across[:, None] @ turn)[:, 0])
        out[:, i, 1] = np.where((_beyond(sine, cosine) != 0)[:, None], along, 0.0) / _LIMIT_SD
        out[:, i, 2] = 0.0

    def _place(self, local: Doubles) -> tuple[Doubles, Doubles, Doubles]:
        """(F,) sine and cosine of how far the bone is bent, and how far it is out of its plane."""
        bone = local[:, self._segment] @ self._bone
        return bone @ self._bends_to, bone @ self._bone, bone @ self._axis


def _beyond(sine: Doubles, cosine: Doubles) -> Doubles:
    """(F,) by how much a hinge is bent beyond its range."""
    bend = np.arctan2(sine, cosine)
    return np.asarray(bend - bend.clip(*np.radians(HINGE_RANGE_DEG)))


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
