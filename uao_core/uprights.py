"""Which way is up by the edges of things: door frames, shelves, walls and lamp posts stand upright.

An edge and the camera's centre span a plane. If the edge is upright the plane holds the vertical, so that its normal n meets
n . up = 0, wherever in the picture the edge is. Edges that lean, or lie, are others' and are to be left out: those are
believed which agree with each other near what is known of the vertical anyhow, and the more of all that are near do so, the
more. Everything else that is straight in a room lies level, a right angle away.
"""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from uao_core.camera import Intrinsics
from uao_core.packets import Doubles, Floats

_UPRIGHT_SD = math.radians(0.7)
"""How far what is built upright is from it."""
_END_PX = 1.5
"""How far the ends of an edge are off, in pixels of a picture whose longer side has `_SIDE_PX`."""
_SIDE_PX = 640
_SHARED_SD = math.radians(1.0)
"""What all edges of a picture have in common: a lens that bends them, a focal length that is assumed."""
_MOST = 16.0
"""Edges come in bundles, two to a board and four to a door: more of them than this tell nothing new. Nor do those of another
picture, which are mostly the same ones again."""
_NEAR = math.radians(20)
"""Edges that are farther from what is known of the vertical are not asked how many agree."""
_LOOKS = 8
"""The last pictures that are kept. They are half a minute apart in the end, so a camera that is moved is believed to be
where it was for some minutes."""


@dataclass(frozen=True, slots=True, eq=False)
class _Planes:
    """The planes of N edges: `normal` (N, 3) of length 1, `weight` (N,) by their length, `variance` (N,) rad^2."""

    normal: Doubles
    weight: Doubles
    variance: Doubles


class Uprights:
    """The edges that a camera has seen; picture by picture, the last ones count.

    Args:
        intrinsics: the camera; with None nothing is told.
    """

    def __init__(self, intrinsics: Intrinsics | None) -> None:
        self._intrinsics = intrinsics
        self._looks: deque[_Planes] = deque(maxlen=_LOOKS)
        self._together: _Planes | None = None
        self._starts = np.zeros(0, np.intp)  # of each picture in `_together`

    def __bool__(self) -> bool:
        return self._together is not None

    def add(self, edges_px: Floats | None) -> None:
        """Take the edges (N, 4) of another picture, x and y of both ends; None where nobody looked."""
        if edges_px is None or self._intrinsics is None or not len(edges_px):
            return
        self._looks.append(_planes(edges_px.astype(np.float64), self._intrinsics))
        self._together = _Planes(
            np.concatenate([look.normal for look in self._looks]),
            np.concatenate([look.weight for look in self._looks]),
            np.concatenate([look.variance for look in self._looks]),
        )
        self._starts = np.cumsum([0, *(len(look.weight) for look in self._looks)])[:-1]

    def moments(self, up: Doubles, knee_rad: float) -> Doubles:
        """(3, 3) A, of which up^T A up is how badly `up` suits the edges, in variances: zero where they tell nothing.

        Args:
            up: (3,) what is known of the vertical; edges that are off it by more than `knee_rad` hardly count.
            knee_rad: of Geman and McClure's weights.
        """
        planes = self._together
        if planes is None:
            return np.zeros((3, 3))
        off = np.arcsin((planes.normal @ up).clip(-1, 1))
        weight = planes.weight * (1 + (off / knee_rad) ** 2) ** -2
        near = np.abs(off) < _NEAR
        everything = float(planes.weight[near].sum())
        if everything <= 0:
            return np.zeros((3, 3))
        chance = min(knee_rad * math.pi / 4 / _NEAR, 1.0)  # the mean of those weights over what is near
        agree = (float(weight[near].sum()) / everything - chance) / max(1 - chance, 1e-3)
        if agree <= 0:
            return np.zeros((3, 3))
        pictures = np.add.reduceat(weight, self._starts)
        total, bundles = float(weight.sum()), float((pictures**2).sum() / (weight**2).sum())  # of one picture
        scale = agree * min(bundles, _MOST) / total
        alone = (planes.normal * (scale * weight / planes.variance)[:, None]).T @ planes.normal
        return np.asarray(alone @ np.linalg.inv(np.eye(3) + _SHARED_SD**2 * alone))


def _planes(edges_px: Doubles, camera: Intrinsics) -> _Planes:
    ends = (edges_px.reshape(-1, 2, 2) - camera.principal_point_px) / camera.focal_px
    length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).clip(1e-6)
    rays = np.concatenate([ends, np.ones((*ends.shape[:2], 1))], axis=-1)
    normal = np.cross(rays[:, 0], rays[:, 1])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True).clip(1e-12)
    pixel = 2 * max(camera.principal_point_px) / _SIDE_PX / camera.focal_px  # as a ray, of a picture of `_SIDE_PX`
    return _Planes(normal, length, _UPRIGHT_SD**2 + (_END_PX * pixel / length) ** 2)
