"""Where the viewer's camera looks: it follows the person, slowly, so that steps do not shake the picture."""

import math

import numpy as np

from app.scene import CAMERA_WORLD, lowest_point, to_world
from uao_core.ground import Ground
from uao_core.packets import Pose
from uao_core.skeleton import PELVIS

_CENTRE_S, _FLOOR_S = 0.3, 0.65
"""Time constants: the floor is slower than the person, and what goes below it takes it down at once."""
_SEEK_S = 0.5
_LEAP_M = 1.5


class Follower:
    """The floor below the person, followed through the poses that are shown.

    Attributes:
        centre_m: (x, y, z) in upright axes; y is the floor.
        upright: (3, 3) from world axes to upright ones: by the ground where it is known, else the camera is taken for level.
    """

    def __init__(self) -> None:
        self.centre_m = (0.0, 0.0, 0.0)
        self.upright = np.eye(3)
        self._time_s = -math.inf

    def follow(self, pose: Pose | None, time_s: float, ground: Ground | None = None) -> None:
        """Go along; a step in time that nobody watches, or a leap of the person, is gone at once. Nobody moves nothing."""
        if pose is None:
            return
        self.upright = np.eye(3) if ground is None else ground.rotation @ CAMERA_WORLD
        joints = to_world(pose.joints_m) @ self.upright.T.astype(np.float32)
        x, _, z = (float(value) for value in joints[PELVIS])
        height_m = None if ground is None else ground.offset_m
        floor = lowest_point(joints) if height_m is None else -height_m
        step_s = time_s - self._time_s
        old_x, old_floor, old_z = self.centre_m
        if 0 <= step_s <= _SEEK_S and max(abs(x - old_x), abs(z - old_z)) <= _LEAP_M:
            keep, keep_floor = math.exp(-step_s / _CENTRE_S), math.exp(-step_s / _FLOOR_S)
            x, z = keep * old_x + (1 - keep) * x, keep * old_z + (1 - keep) * z
            followed = keep_floor * old_floor + (1 - keep_floor) * floor
            floor = followed if height_m is not None else min(followed, floor)
        self.centre_m, self._time_s = (x, floor, z), time_s
