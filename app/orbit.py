"""The viewer's own camera: it orbits a point, pans and zooms. World axes are y up, metres."""

import math
from dataclasses import dataclass, replace

import numpy as np

from uao_core.packets import Doubles

_MAX_ELEVATION = math.radians(88)
_MIN_DISTANCE_M, _MAX_DISTANCE_M = 0.8, 30.0
_BESIDE, _ROOM_M = math.radians(52), 0.75
VIEW_FOV_DEG = 38.0
"""Across the shorter side of the picture, so that the person also fits into a narrow one."""
_TARGET_M = (0.0, 0.92, 0.0)


@dataclass(frozen=True, slots=True)
class Orbit:
    """Where the viewer stands.

    Attributes:
        target_m: (x, y, z) looked at, relative to the floor below the person.
        azimuth: radians about the vertical; 0 looks at the person's front.
        elevation: radians above the horizon.
        distance_m: from the target.
    """

    target_m: tuple[float, float, float] = _TARGET_M
    azimuth: float = math.radians(28)
    elevation: float = math.radians(11)
    distance_m: float = 3.9

    def turned(self, right: float, up: float) -> "Orbit":
        """Go around the target by angles in radians."""
        elevation = min(max(self.elevation + up, -_MAX_ELEVATION), _MAX_ELEVATION)
        return replace(self, azimuth=(self.azimuth + right) % (2 * math.pi), elevation=elevation)

    def zoomed(self, factor: float) -> "Orbit":
        """Multiply the distance."""
        return replace(self, distance_m=min(max(self.distance_m * factor, _MIN_DISTANCE_M), _MAX_DISTANCE_M))

    def panned(self, right: float, up: float) -> "Orbit":
        """Move the target across the view, by shares of the view's shorter side."""
        side_m = 2 * self.distance_m * math.tan(math.radians(VIEW_FOV_DEG) / 2)
        x_axis, y_axis, _ = self._axes()
        target = np.array(self.target_m) + side_m * (right * x_axis - up * y_axis)
        return replace(self, target_m=(float(target[0]), float(target[1]), float(target[2])))

    @classmethod
    def beside_camera(cls, centre_m: tuple[float, float, float]) -> "Orbit":
        """From the side, so far away that person and camera, which is the world's origin, are both in the picture."""
        x, floor, z = centre_m
        apart_m = math.hypot(x, z)
        across_m = apart_m / 2 * math.sin(_BESIDE) + _ROOM_M
        distance_m = across_m / math.tan(math.radians(VIEW_FOV_DEG) / 2) + apart_m / 2 * math.cos(_BESIDE) / 2
        eye_height_m = (_TARGET_M[1] - floor) / 2 if apart_m else _TARGET_M[1]
        azimuth = math.atan2(-x, -z) + _BESIDE
        return cls((-x / 2, eye_height_m, -z / 2), azimuth, math.radians(14), min(distance_m, _MAX_DISTANCE_M))

    def extrinsic(self, centre_m: Doubles) -> Doubles:
        """(4, 4) world to view (x right, y down, z forward), around a person at `centre_m` (3,)."""
        axes = np.stack(self._axes())
        target = np.array(self.target_m) + centre_m
        eye = target - self.distance_m * axes[2]
        matrix = np.eye(4)
        matrix[:3, :3] = axes
        matrix[:3, 3] = -axes @ eye
        return matrix

    def _axes(self) -> tuple[Doubles, Doubles, Doubles]:
        """Unit vectors of the view in the world: right, down, forward."""
        flat = math.cos(self.elevation)
        forward = -np.array([flat * math.sin(self.azimuth), math.sin(self.elevation), flat * math.cos(self.azimuth)])
        right = np.array([math.cos(self.azimuth), 0.0, -math.sin(self.azimuth)])
        return right, np.cross(forward, right), forward


def intrinsic(size: tuple[int, int]) -> Doubles:
    """(3, 3) pinhole of the view for an image of (width, height) pixels."""
    width, height = size
    focal = min(size) / 2 / math.tan(math.radians(VIEW_FOV_DEG) / 2)
    return np.array([[focal, 0, width / 2 - 0.5], [0, focal, height / 2 - 0.5], [0, 0, 1]])
