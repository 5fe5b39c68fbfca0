"""The ground on which people stand, in the camera's axes, found from their feet.

The unknowns are the upward normal n, a unit vector, and the offset d: n . x + d is the height of x. They minimize

    sum_i w_i (n . x_i + d - h_i)^2 / s_i^2  +  P_body |n - a|^2  +  n^T E n  +  (roll / its spread)^2  +  (pitch / its)^2:

feet x_i that rest h_i above the floor, the mean direction a in which a standing body points, upright edges in the picture
(`uao_core.uprights`), and that most cameras are set up about level. Somebody who walks about tells the plane by the feet
alone; the feet of somebody who stands still lie on a spot and tell its height alone, and the rest comes from the others.
Nothing switches between them: each term weighs as much as it is sure. All that the sum needs is a handful of moments, so it
serves files and live streams alike.

With d eliminated, the energy is n^T A n - 2 b^T n on the unit sphere. Its global minimum solves (A - l I) n = b with l
below the least eigenvalue of A (the trust-region subproblem; More and Sorensen, SIAM J. Sci. Stat. Comput. 1983): one
scalar equation.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from uao_core.camera import Intrinsics
from uao_core.ground_evidence import EvidenceReader, FrameEvidence, stacked
from uao_core.packets import Doubles, FrameResult
from uao_core.uprights import Uprights

_ROLL_SD, _PITCH_SD = math.radians(5), math.radians(12)
"""How far from level people set up cameras."""
_LEVEL_SD_DEG = math.degrees(math.hypot(_ROLL_SD, _PITCH_SD))
_LEAN_SD, _SWAY_SD = math.radians(3), math.radians(3)
"""How far what a standing body says is from the vertical, in captured motion that was lifted: what stays for a whole clip
(posture, and a lifter that takes a fifth of the camera's tilt for a lean), and what another look half a second later has
afresh."""
_KNEES_M = (2.0, 1.0, 0.5, 0.25, 0.15, 0.1, 0.1, 0.1, 0.1)
"""From what distance to the plane a foot is doubted, round by round: all count at first, in the end only those on it."""
_LEAST_WEIGHT = 0.3
"""Of looks at a resting foot, below which nothing is said of the ground."""
_ENOUGH_WEIGHT = 4.0
"""From so many looks on a live estimate doubts feet as strictly as it ever does."""
_EDGE_KNEES, _LEAST_EDGE_KNEE_DEG = (2.0, 1.4, 1.0, 0.7, 0.5, 0.35, 0.35), 1.5
"""From what angle to the vertical an edge is doubted, round by round, as a share of how far off the vertical may be by
then."""
_RUNS, _RUN = 20, 250
"""Of a long take, so many runs of so many frames are asked."""
_LEVEL = np.array([0.0, -1.0, 0.0])


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A plane in camera axes (x right, y down, z forward), metres.

    Attributes:
        up: (3,) unit normal, away from the floor.
        offset_m: `up @ x + offset_m` is the height of x above the floor; at the camera it is the camera's own height. None
            where hardly a foot was seen at rest, so that upright edges tell the direction alone.
        up_sd_deg: expected angle between `up` and the true vertical (RMS over both ways in which it can be off).
        from_feet: 0..1, how much of what is known of `up` the feet told.
        from_edges: 0..1, how much of it upright edges told; the rest is a standing body and a level camera.
    """

    up: Doubles
    offset_m: float | None
    up_sd_deg: float
    from_feet: float
    from_edges: float = 0.0

    @property
    def camera_tilt_deg(self) -> float:
        """By how much the camera looks down; negative where it looks up."""
        return math.degrees(math.asin(min(max(-float(self.up[2]), -1.0), 1.0)))

    @property
    def rotation(self) -> Doubles:
        """(3, 3) from camera axes to a world with y up, x to the camera's right and z towards the camera, all level with
        the ground; `rotation @ (0, -1, 0)` is (0, 1, 0) for a level camera."""
        back = np.array([0.0, 0.0, -1.0])
        level = back - (back @ self.up) * self.up
        if np.linalg.norm(level) < 1e-3:  # a camera that looks straight down or up: what is up in the picture lies behind
            level = np.array([0.0, math.copysign(1.0, float(self.up[2])), 0.0])
            level -= (level @ self.up) * self.up
        z = level / np.linalg.norm(level)
        return np.stack([np.cross(self.up, z), self.up, z])

    def to_world(self, points_m: Doubles) -> Doubles:
        """Points (..., 3) in camera axes to the world of `rotation`, the floor at y = 0 below the camera as its origin; or
        the camera itself, where the floor is not known."""
        return points_m @ self.rotation.T + np.array([0.0, self.offset_m or 0.0, 0.0])


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """Sums over frames; adding two of them is adding their frames.

    Attributes:
        feet: (5, 5) of w/s^2 (x, 1, h)(x, 1, h)^T.
        looks: sum of the feet's weights.
        axis: (3,) sum of the weighted directions of standing bodies.
        standing: sum of their weights.
    """

    feet: Doubles = field(default_factory=lambda: np.zeros((5, 5)))
    looks: float = 0.0
    axis: Doubles = field(default_factory=lambda: np.zeros(3))
    standing: float = 0.0

    def with_frames(self, frames: FrameEvidence, weight: Doubles, up: Doubles) -> "_Moments":
        """Add frames whose feet have these weights (N, 4), of which `up` says how errors of depth look from the plane."""
        feet = frames.feet_m
        height = feet @ up / np.maximum(np.sqrt((feet**2).sum(axis=-1)), 1e-6)
        variance = frames.variance_m2 + (frames.depth_sd_m * height) ** 2
        ones = np.ones_like(weight)
        rows = np.concatenate([feet, ones[..., None], (ones * frames.rest_height_m)[..., None]], axis=-1).reshape(-1, 5)
        return _Moments(
            self.feet + (rows * (weight / variance).reshape(-1, 1)).T @ rows,
            self.looks + float(weight.sum()),
            self.axis + frames.standing @ frames.axis,
            self.standing + float(frames.standing.sum()),
        )


def some_of(frames: Sequence[FrameResult]) -> Iterator[FrameResult]:
    """Of a long take (`Take.frames`), runs of frames from all of it, in a number that does not grow; of a shorter one all.

    20 000 frames tell the ground no better than 5 000.
    """
    if len(frames) <= _RUNS * _RUN:
        yield from frames
        return
    for start in np.linspace(0, len(frames) - _RUN, _RUNS).round().astype(int):
        yield from frames[start : start + _RUN]


def find_ground(
    frames: Iterable[FrameResult], intrinsics: Intrinsics | None = None, camera_tilt_deg: float | None = None
) -> Ground | None:
    """The ground under a whole take (`Take.frames`), by iteratively reweighted least squares.

    The weights are Geman and McClure's, with a knee that comes down from metres to a foot's height: feet in the air, in
    jumps or at wrong places lose their say. Feet that are not seen, and frames without a person, have none. Edges come in
    last, since what the others say of the vertical is how those that are upright are known.

    Args:
        frames: in order.
        intrinsics: the camera, without which edges in the pictures tell nothing.
        camera_tilt_deg: by how much the camera looks down, where that is known; it is not rolled then.

    Returns:
        The plane; None where hardly a foot was seen at rest, edges tell nothing, and no tilt is given.
    """
    reader, edges = EvidenceReader(), Uprights(intrinsics if camera_tilt_deg is None else None)
    evidence = list[FrameEvidence]()
    for frame in frames:
        edges.add(frame.keypoints.edges_px)
        if (found := reader.read(frame)) is not None:
            evidence.append(found)
    known = None if camera_tilt_deg is None else _up_of(camera_tilt_deg)
    ground = None if known is None else Ground(known, None, 0.0, 0.0)
    if not evidence:
        return ground
    together = stacked(evidence)
    for knee_m in _KNEES_M:
        up = _LEVEL if ground is None else ground.up
        moments = _Moments().with_frames(together, _doubted(together, ground, knee_m), up)
        ground = _solve(moments, known=known)
        if ground is None:
            break
    if not edges:
        return ground
    turned = _with_edges(moments, ground, edges)
    if ground is None or turned is None:
        return turned
    weight = _doubted(together, turned, _KNEES_M[-1])  # of feet on the plane as the edges have turned it
    return _with_edges(_Moments().with_frames(together, weight, turned.up), ground, edges)


def _up_of(camera_tilt_deg: float) -> Doubles:
    tilt = math.radians(camera_tilt_deg)
    return np.array([0.0, -math.cos(tilt), -math.sin(tilt)])


class GroundEstimator:
    """The ground of a live stream, frame by frame, at a cost that does not grow.

    Frames are weighed by the estimate before them, some at a time, and then forgotten. What was believed too early fades:
    sums halve in a minute, and at first feet are doubted less.
    """

    half_life_s = 60.0
    pause_s = 0.2
    """The plane is found anew so often: feet move it slowly, and to find it takes as long as to read three frames."""

    def __init__(self, intrinsics: Intrinsics | None = None) -> None:
        """`intrinsics` are the camera, without which edges in the pictures tell nothing."""
        self._reader, self._edges = EvidenceReader(), Uprights(intrinsics)
        self._moments = _Moments()
        self._waiting: list[FrameEvidence] = []
        self._time_s: float | None = None
        self._ground: Ground | None = None

    @property
    def ground(self) -> Ground | None:
        """The plane by what has been seen; None while hardly a foot was seen at rest, and edges tell nothing."""
        return self._ground

    def add(self, result: FrameResult) -> bool:
        """Take the next frame in time; says whether the plane has been found anew with it."""
        self._edges.add(result.keypoints.edges_px)
        read = self._reader.read(result)
        if read is not None:
            self._waiting.append(read)
        passed = math.inf if self._time_s is None else result.time_s - self._time_s
        if not self._waiting or 0 <= passed < self.pause_s:
            return False
        self._time_s = result.time_s
        self._count(max(passed, 0.0))
        return True

    def _count(self, passed_s: float) -> None:
        frames, self._waiting = stacked(self._waiting), []
        moments, up = self._faded(passed_s), _LEVEL if self._ground is None else self._ground.up
        sure = min(moments.looks / _ENOUGH_WEIGHT, 1.0)
        knee_m = math.exp((1 - sure) * math.log(0.5) + sure * math.log(_KNEES_M[-1]))
        self._moments = moments.with_frames(frames, _doubted(frames, self._ground, knee_m), up)
        ground = _solve(self._moments)
        self._ground = _with_edges(self._moments, ground, self._edges) if self._edges else ground

    def _faded(self, passed_s: float) -> _Moments:
        m, keep = self._moments, 0.5 ** (passed_s / self.half_life_s)
        return replace(m, feet=keep * m.feet, looks=keep * m.looks, axis=keep * m.axis, standing=keep * m.standing)


def _doubted(frames: FrameEvidence, ground: Ground | None, knee_m: float) -> Doubles:
    """(N, 4) weights of frames' feet: of the two feet the lower one, and that as far as it lies on the plane."""
    up = _LEVEL if ground is None else ground.up
    height = frames.feet_m @ up - frames.rest_height_m
    lowest = np.where(frames.weight > 0, height, np.inf).min(axis=1, keepdims=True)
    above_lowest = height - np.where(np.isfinite(lowest), lowest, 0.0)
    share = (1 + (above_lowest / max(knee_m, 0.1)) ** 2) ** -2
    if ground is not None and ground.offset_m is not None:
        share = share * (1 + ((height + ground.offset_m) / knee_m) ** 2) ** -2
    return frames.weight * share


def _with_edges(moments: _Moments, ground: Ground | None, edges: Uprights) -> Ground | None:
    """The plane with what edges tell too, found from `ground`, which is the plane without them."""
    off_deg = _LEVEL_SD_DEG if ground is None else ground.up_sd_deg
    for knee in _EDGE_KNEES:
        knee_rad = math.radians(max(knee * off_deg, _LEAST_EDGE_KNEE_DEG))
        ground = _solve(moments, edges.moments(_LEVEL if ground is None else ground.up, knee_rad))
        if ground is not None:
            off_deg = min(off_deg, ground.up_sd_deg)
    return ground


def _solve(moments: _Moments, edges: Doubles | None = None, known: Doubles | None = None) -> Ground | None:
    """The plane of least energy, with (3, 3) of what edges tell; or of a `known` direction. None where feet alone are there,
    and tell too little."""
    m, total = moments.feet, 0.0
    mean, spread = np.zeros(4), np.zeros((4, 4))
    if moments.looks >= _LEAST_WEIGHT:
        total = float(m[3, 3])
        mean = m[3, [0, 1, 2, 4]] / total
        spread = m[np.ix_([0, 1, 2, 4], [0, 1, 2, 4])] - total * np.outer(mean, mean)
    elif known is None and (edges is None or not edges.any()):
        return None

    def offset_m(up: Doubles) -> float | None:
        return float(mean[3] - up @ mean[:3]) if total > 0 else None

    if known is not None:
        return Ground(known, offset_m(known), 0.0, 0.0)
    feet = spread[:3, :3]
    prior, pull = np.diag([_ROLL_SD**-2 - _PITCH_SD**-2, 0.0, 0.0]), _LEVEL * _PITCH_SD**-2
    length = float(np.linalg.norm(moments.axis))
    if moments.standing > 1e-6 and length > 1e-6:
        body = 1 / (_LEAN_SD**2 + _SWAY_SD**2 / moments.standing)
        pull = pull + body * moments.axis / length
    edges = np.zeros((3, 3)) if edges is None else edges
    matrix, right = feet + edges + prior, spread[:3, 3] + pull
    up, multiplier = _least_on_sphere(matrix, right)
    across = np.cross(up, np.eye(3)[np.abs(up).argmin()])
    tangent = np.stack([across, np.cross(up, across)]) / np.linalg.norm(across)  # (2, 3) across `up`
    covariance = np.linalg.inv(tangent @ matrix @ tangent.T - multiplier * np.eye(2))
    of_feet, of_edges = (float(np.trace(tangent @ part @ tangent.T @ covariance)) / 2 for part in (feet, edges))
    return Ground(
        up=up,
        offset_m=offset_m(up),
        up_sd_deg=math.degrees(math.sqrt(float(np.trace(covariance)))),
        from_feet=min(max(of_feet, 0.0), 1.0),
        from_edges=min(max(of_edges, 0.0), 1.0),
    )


def _least_on_sphere(matrix: Doubles, right: Doubles) -> tuple[Doubles, float]:
    """The unit vector n of least n^T A n - 2 b^T n, and the multiplier l with (A - l I) n = b."""
    values, vectors = np.linalg.eigh(matrix)
    along = vectors.T @ right
    along[0] = math.copysign(max(abs(along[0]), 1e-9 * float(np.linalg.norm(right))), along[0])  # not the hard case
    low, high = values[0] - float(np.linalg.norm(right)), values[0] - abs(float(along[0]))
    parts = [(float(value), float(part) ** 2) for value, part in zip(values, along, strict=True)]  # floats: they are three
    for _ in range(100):  # |n| grows from at most 1 at `low` to at least 1 at `high`
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if sum(square / (value - middle) ** 2 for value, square in parts) < 1:
            low = middle
        else:
            high = middle
    n = vectors @ (along / (values - (low + high) / 2))
    return n / np.linalg.norm(n), (low + high) / 2
