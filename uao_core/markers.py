"""The measured joints as markers: at a constant rate, in an upright world, with gaps where nobody was seen.

The world is y up, x to the camera's right and z towards the camera, metres. Where the take shows its floor
(`uao_core.ground`), the world is level with it and the origin lies on it, below the camera; else the camera is taken for
level and is the origin. Other than the body of `uao_core.body`, markers keep what was measured: bones stretch, and frames
without a person stay empty.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from uao_core.errors import NothingToExportError, UaoError
from uao_core.ground import find_ground, some_of
from uao_core.packets import Doubles, FrameResult
from uao_core.skeleton import NUM_JOINTS
from uao_core.take import Take

_LONGEST_BRIDGE_S = 0.25
"""Between two frames with a person; what happened in a longer pause is not known."""
_MOST_FRAMES = 5_000_000


@dataclass(frozen=True, slots=True)
class World:
    """A point p in camera axes (x right, y down, z forward) lies at `rotation @ p + offset_m`.

    Attributes:
        rotation: (3, 3).
        offset_m: (3,).
        has_floor: whether y = 0 is the floor on which the person stands.
    """

    rotation: Doubles
    offset_m: Doubles
    has_floor: bool

    def turned(self, turn: Doubles) -> "World":
        """The same world in axes that are `turn` (3, 3) times these."""
        return World(turn @ self.rotation, turn @ self.offset_m, self.has_floor)


@dataclass(frozen=True, slots=True)
class Marks:
    """One instant.

    Attributes:
        time_s: seconds since the source's first frame.
        joints_m: (23, 3), NaN where a joint is missing.
        sigma_mm: (23,) expected error relative to the pelvis; NaN where nobody was seen.
    """

    time_s: float
    joints_m: Doubles
    sigma_mm: Doubles


def upright_world(take: Take, camera_tilt_deg: float | None = None) -> World:
    """The world of a take, by its floor if it shows one; `camera_tilt_deg` is how far the camera looks down, if known."""
    ground = find_ground(some_of(take.frames), take.intrinsics, camera_tilt_deg)
    if ground is None:
        return World(np.diag([1.0, -1.0, -1.0]), np.zeros(3), has_floor=False)
    return World(ground.rotation, np.array([0.0, ground.offset_m or 0.0, 0.0]), has_floor=ground.offset_m is not None)


def count_marks(take: Take) -> int:
    """How many instants `marks` gives: from the first frame to the last, at the take's rate.

    Raises:
        UaoError: nobody was found in the take, or its times are no times of a video.
    """
    if not any(frame.pose is not None for frame in take.frames):
        raise NothingToExportError(
            "Nobody was found in this take, so there is no motion to export; JSON and CSV hold its frames."
        )
    count = (take.frames[-1].time_s - take.frames[0].time_s) * take.fps + 1
    if not 0 < count < _MOST_FRAMES:
        raise UaoError(f"At {take.fps:g} frames a second this take would have {count:.0f} frames; export a part of it.")
    return round(count)


def marks(take: Take, world: World, max_sigma_mm: float | None = None) -> Iterator[Marks]:
    """Every instant of the take at its constant rate, one after the other, in little memory.

    Between two frames with a person positions and expected errors are interpolated; beside a frame without one, or in a
    pause of more than a quarter second, an instant has the joints of a frame that is no farther than half a frame, or none.

    Args:
        max_sigma_mm: joints that may be farther off are left out.

    Raises:
        UaoError: as of `count_marks`.
    """
    count, start, half = count_marks(take), take.frames[0].time_s, 0.5 / take.fps
    pairs = pairwise((*take.frames, take.frames[-1]))
    left, right = next(pairs)
    for number in range(count):
        time_s = start + number / take.fps
        while right.time_s <= time_s and right is not left and (following := next(pairs, None)) is not None:
            left, right = following
        joints, sigma = _between(left, right, time_s, half)
        if max_sigma_mm is not None:
            joints = np.where((sigma > max_sigma_mm)[:, None], np.nan, joints)
        yield Marks(time_s, joints @ world.rotation.T + world.offset_m, sigma)


def _between(left: FrameResult, right: FrameResult, time_s: float, half: float) -> tuple[Doubles, Doubles]:
    """Joints (23, 3) in camera axes and sigma (23,)."""
    span = right.time_s - left.time_s
    if left.pose is not None and right.pose is not None and 0 < span <= max(_LONGEST_BRIDGE_S, 2.1 * half):
        share = min(max((time_s - left.time_s) / span, 0.0), 1.0)
        if share in (0.0, 1.0):  # 0 times NaN is NaN: what is missing in one frame would be missing in its neighbour
            pose = right.pose if share else left.pose
            return pose.joints_m.astype(np.float64), pose.sigma_mm.astype(np.float64)
        return (
            (1 - share) * left.pose.joints_m.astype(np.float64) + share * right.pose.joints_m,
            (1 - share) * left.pose.sigma_mm.astype(np.float64) + share * right.pose.sigma_mm,
        )
    nearest = min((left, right), key=lambda frame: abs(frame.time_s - time_s))
    if nearest.pose is None or abs(nearest.time_s - time_s) > half + 1e-9:
        return np.full((NUM_JOINTS, 3), np.nan), np.full(NUM_JOINTS, np.nan)
    return nearest.pose.joints_m.astype(np.float64), nearest.pose.sigma_mm.astype(np.float64)
