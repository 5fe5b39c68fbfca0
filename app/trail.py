"""The last way of one joint: what it is, and how it looks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.colours import Scale, sigma_colours
from app.scene import Mesh, to_world, unit
from uao_core.packets import Floats, FrameResult

TRAIL_S = 1.5
_FASTEST_M_S = 15.0  # no hand is faster; what seems to be is somebody else, or a lost track
_WIDTH_M, _WIDTH_BY_DISTANCE = 0.017, 0.004  # of the newest end; from far away it is wider, to be seen at all
_OLDEST_SHARE = 0.2  # of that width at the oldest end


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """Where a joint has been.

    Attributes:
        points_m: (N, 3) camera axes, the oldest first.
        sigma_mm: (N,) expected error there.
        age: (N,) 0 now, 1 at the end of the trail's memory.
        joined: (N - 1,) whether a point is connected with the next.
    """

    points_m: Floats
    sigma_mm: Floats
    age: Floats
    joined: NDArray[np.bool_]


def trail_of(past: Sequence[FrameResult], joint: int) -> Trail | None:
    """The way of a joint in the last 1.5 s of `past`, whose last frame is now; None where there is no way to show.

    It is broken where nobody was seen and where the joint would have moved faster than a body can.
    """
    if not past:
        return None
    now_s = past[-1].time_s
    recent: list[FrameResult] = []
    for result in reversed(past):
        if now_s - result.time_s > TRAIL_S:
            break
        recent.append(result)
    recent.reverse()
    seen = [(place, result.time_s, result.pose) for place, result in enumerate(recent) if result.pose is not None]
    if len(seen) < 2:
        return None
    place, time_s = np.array([row[0] for row in seen]), np.array([row[1] for row in seen])
    points = np.stack([pose.joints_m[joint] for _, _, pose in seen])
    way_m = np.linalg.norm(np.diff(points, axis=0), axis=1)
    joined = (np.diff(place) == 1) & (way_m <= _FASTEST_M_S * np.diff(time_s))
    sigma_mm = np.array([pose.sigma_mm[joint] for _, _, pose in seen], np.float32)
    return Trail(points, sigma_mm, ((now_s - time_s) / TRAIL_S).astype(np.float32), joined)


def trail_mesh(trail: Trail, eye_m: NDArray[np.float64], scale: Scale, background: tuple[float, float, float]) -> Mesh:
    """A ribbon that faces the viewer at `eye_m` (3,), narrows into the past and fades into the background there."""
    points = to_world(trail.points_m)
    along = np.gradient(points, axis=0)
    towards = eye_m.astype(np.float32) - points
    aside = unit(np.cross(along, towards))
    newest = np.maximum(_WIDTH_M, _WIDTH_BY_DISTANCE * np.linalg.norm(towards, axis=1))
    half = (newest * (_OLDEST_SHARE + (1 - _OLDEST_SHARE) * (1 - trail.age)))[:, None] / 2 * aside
    colours = sigma_colours(trail.sigma_mm, scale).astype(np.float32) / 255
    fade = (trail.age**1.5)[:, None]
    colours = (1 - fade) * colours + fade * np.array(background, np.float32)
    a = 2 * np.flatnonzero(trail.joined).astype(np.int32)
    triangles = np.concatenate([np.stack([a, a + 1, a + 2], axis=1), np.stack([a + 1, a + 3, a + 2], axis=1)])
    vertices = np.stack([points - half, points + half], axis=1).reshape(-1, 3).astype(np.float32)
    facing = unit(np.repeat(towards, 2, axis=0))
    return Mesh(vertices, facing, np.repeat(colours, 2, axis=0).astype(np.float32), triangles)
