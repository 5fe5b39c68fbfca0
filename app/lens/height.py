"""The focal length from a person of known height who stands upright at known distances.

A pinhole camera shows a height H at depth Z with h = f H / Z pixels: similar triangles, as long as picture and body are
parallel, that is for a level camera and an upright body. So f = h Z / H, where Z = D cos(a) of somebody who stands D away
from the camera, an angle a beside its axis.

From one place the distance must be measured to the camera. From two places, a known step apart, it need not be:
Z2 - Z1 = f H (1/h2 - 1/h1) gives f, and Z1 with it. What h lacks to one part in a hundred is then multiplied by about
(Z1 + Z2) / (Z2 - Z1) / sqrt(2), so the step should be as long as the shorter distance. `focal_from_stands` does both, and
more than two places, as one least squares problem for f and for where the distances are counted from.

A camera that looks down by t, with the person in the middle, half as high as 2 b, sees cos^2(b) / (cos^2(b) - sin^2(t))
times the
height: 3 % too much for ten degrees. One picture does not tell t; the expected error has it in it.

A walking person, horizon and vertical from many places (Lv, Zhao, Nevatia, IEEE PAMI 2006), would do without any measured
length; but the vertical's vanishing point, on which the focal length then rests, is at infinity for a level camera, as
webcams mostly are.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from app.lens.lens import Lens
from uao_core.errors import UaoError
from uao_core.packets import Floats, FrameResult, Keypoints
from uao_core.skeleton import (
    HEAD_TOP,
    LEFT_ANKLE,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    PELVIS,
    RIGHT_ANKLE,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    THORAX,
)

ANKLE_SHARE = 0.039
"""Height of the ankle over that of the person (Drillis and Contini 1966): soles are no joints, ankles are."""
_HEIGHT_SD_M, _DISTANCE_SD_M = 0.02, 0.05
_POINT_SD = 0.015
"""Of a person's height: how far crown and ankles of a detector are from the real ones; no average betters it."""
_TILT_SD_DEG = 6.0
"""How far from level a camera is that was set up to be level, by eye."""
_SEEN = 0.5
_MOST_LEAN_DEG, _MOST_BEND_DEG = 10.0, 18.0
_BORDER_SHARE = 0.01
_LEAST_FRAMES = 10
_STILL_SHARE = 0.02
"""Somebody whose height in the picture changes by more, of itself, did not stand still (or not at one distance)."""
_MOST_ASIDE = 0.3


@dataclass(frozen=True, slots=True)
class Stand:
    """Somebody who stood upright in one place.

    Attributes:
        height_px: crown to soles.
        aside_px: of the body from the middle of the picture, sideways.
        image_size: (width, height) in pixels.
        frames: so many frames went into the median.
    """

    height_px: float
    aside_px: float
    image_size: tuple[int, int]
    frames: int


@dataclass(frozen=True, slots=True)
class HeightCalibration:
    """A lens from a person's height. `start_m` is how far from the camera distances were counted from: 0 if from itself."""

    lens: Lens
    start_m: float


def standing_height_px(joints_px: Floats, image_size: tuple[int, int]) -> float | None:
    """Crown to soles of one frame's keypoints (23, 3); None where nobody stands upright there, seen whole.

    Upright: head over hips over feet within 10 degrees, knees straight, and nothing of it at the picture's border.
    """
    chain = [HEAD_TOP, THORAX, PELVIS, RIGHT_HIP, RIGHT_KNEE, RIGHT_ANKLE, LEFT_HIP, LEFT_KNEE, LEFT_ANKLE]
    chain += [RIGHT_SHOULDER, LEFT_SHOULDER]
    points = joints_px[:, :2].astype(np.float64)
    if not np.isfinite(joints_px[chain]).all() or joints_px[chain, 2].min() < _SEEN:
        return None
    margin = _BORDER_SHARE * np.array(image_size)
    if (points[chain] < margin).any() or (points[chain] > np.array(image_size) - margin).any():
        return None
    ankles = (points[RIGHT_ANKLE] + points[LEFT_ANKLE]) / 2
    for upper, lower in ((points[HEAD_TOP], ankles), (points[THORAX], points[PELVIS])):
        if _from_vertical_deg(lower - upper) > _MOST_LEAN_DEG:
            return None
    for hip, knee, ankle in ((RIGHT_HIP, RIGHT_KNEE, RIGHT_ANKLE), (LEFT_HIP, LEFT_KNEE, LEFT_ANKLE)):
        bend = _from_vertical_deg(points[knee] - points[hip]) + _from_vertical_deg(points[ankle] - points[knee])
        if bend > 2 * _MOST_BEND_DEG:
            return None
    return float(ankles[1] - points[HEAD_TOP, 1]) / (1 - ANKLE_SHARE)


def measure_stand(frames: Iterable[Keypoints | FrameResult], image_size: tuple[int, int]) -> Stand:
    """The height of somebody who stands still and upright, as a median over the frames that show it.

    Raises:
        UaoError: hardly a frame does, the person moved towards or away from the camera, or stood far beside the middle.
    """
    heights, asides = [], []
    for frame in frames:
        keypoints = frame.keypoints if isinstance(frame, FrameResult) else frame
        joints = keypoints.joints_px
        if joints is not None and (height := standing_height_px(joints, image_size)) is not None:
            heights.append(height)
            asides.append(float(joints[PELVIS, 0]) - image_size[0] / 2)
    if len(heights) < _LEAST_FRAMES:
        raise UaoError(
            "Nobody stood upright there, seen from crown to soles; step back until all of you is in the picture, and stand "
            "straight, with your feet side by side."
        )
    height = float(np.median(heights))
    if float(np.median(np.abs(np.array(heights) - height))) > _STILL_SHARE * height:
        raise UaoError("The person moved; stand still in one place for two seconds.")
    aside = float(np.median(asides))
    if abs(aside) > _MOST_ASIDE * max(image_size):
        raise UaoError("The person stood at the edge of the picture; stand before its middle.")
    return Stand(height, aside, image_size, len(heights))


def focal_from_stands(
    stands: Sequence[Stand], distances_m: Sequence[float], height_m: float, *, from_camera: bool = True
) -> HeightCalibration:
    """The focal length from one place or several.

    Least squares of f H / h_i cos(a_i)^-1 - start = D_i for f and start, where the start is 0 if distances were measured
    from the camera (within 5 cm), else unknown. The error of H (2 cm) and of the tilt (1 %) is common to all places, those
    of D_i and h_i (1.5 % for crown and ankles) are not. From one place so the focal length is off by the root of the sum of
    their squares.

    Args:
        stands: N of them, of one camera, at pictures of one size.
        distances_m: (N,) of each, on the floor, from below the camera or (`from_camera` false) from any mark on the line
            towards it, growing away from the camera.
        height_m: of the person, with shoes if they were worn.

    Raises:
        UaoError: the places do not tell the focal length.
    """
    if not stands or len(stands) != len(distances_m):
        raise UaoError("Measure the person in one place at least.")
    if len({stand.image_size for stand in stands}) > 1:
        raise UaoError("The pictures changed their size between the places; measure them all at one size.")
    if not from_camera and np.ptp(distances_m) < 0.5:
        raise UaoError("Two places, at least half a metre apart, are needed where the distance to the camera is not known.")
    focal_px = float(max(stands[0].image_size))
    for _ in range(30):  # the angle beside the axis depends on the focal length, weakly
        focal_px, start_m, sd = _fit(stands, np.array(distances_m, dtype=np.float64), height_m, from_camera, focal_px)
        if not 0 < focal_px < 1e6:
            raise UaoError(
                "The farther place does not look farther away; check the distances and that they grow away from the camera."
            )
    common = math.hypot(_HEIGHT_SD_M / height_m, _tilt_share())
    error = math.hypot(sd / focal_px, common)
    lens = Lens(focal_px, stands[0].image_size, "height", date.today().isoformat(), error * focal_px)
    return HeightCalibration(lens, start_m)


def _fit(
    stands: Sequence[Stand], distances_m: NDArray[np.float64], height_m: float, from_camera: bool, focal_px: float
) -> tuple[float, float, float]:
    """Focal length, start, and standard error of the focal length by what differs between the places."""
    slant = np.array([math.hypot(1.0, stand.aside_px / focal_px) for stand in stands])
    per_focal = height_m / np.array([stand.height_px for stand in stands]) * slant  # distance over focal length
    noise = np.hypot(_DISTANCE_SD_M, _POINT_SD * focal_px * per_focal)
    rows = np.stack([per_focal, -np.ones(len(stands))], axis=1) / noise[:, None]
    start_precision = 1 / (1e-6 if from_camera else 1e6)
    normal = rows.T @ rows + np.diag([0.0, start_precision])
    focal, start = np.linalg.solve(normal, rows.T @ (distances_m / noise))
    return float(focal), float(start), float(math.sqrt(np.linalg.inv(normal)[0, 0]))


def _tilt_share() -> float:
    """What a tilt of `_TILT_SD_DEG` adds to a height seen under 30 degrees, as a share."""
    half = math.cos(math.radians(15)) ** 2
    return half / (half - math.sin(math.radians(_TILT_SD_DEG)) ** 2) - 1


def _from_vertical_deg(down: NDArray[np.float64]) -> float:
    return abs(math.degrees(math.atan2(float(down[0]), float(down[1]))))
