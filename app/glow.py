"""Clouds around unsure joints, as large as their expected error: one glance tells an unsure wrist from a sure one."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from app.colours import sigma_colours
from app.orbit import intrinsic
from app.scene import to_world
from app.view import Image, View

_SURE_MM, _CLOUDY_MM = 55.0, 120.0  # below, the joint's own sphere says it all; above, the cloud has its full strength
_STRENGTH = 0.5
_RIM, _RIM_TO_TEXT = 0.42, 0.3  # towards the colour of writing, which stands out on every background
_LARGEST_MM, _LARGEST_PX = 600.0, 2000


def add_glow(picture: Image, view: View) -> None:
    """Blend the clouds into a picture of the view, in place. Their radius is the expected error, true to scale."""
    if view.pose is None:
        return
    sigma_mm = np.nan_to_num(view.pose.sigma_mm, nan=_LARGEST_MM).clip(0, _LARGEST_MM)
    unsure = np.flatnonzero(sigma_mm > _SURE_MM)
    if not unsure.size:
        return
    centres, depth = view.project(to_world(view.pose.joints_m[unsure]))
    radii = sigma_mm[unsure] / 1000 * intrinsic(view.size)[0, 0] / depth
    colours = sigma_colours(sigma_mm[unsure], view.scale).astype(np.float32)
    rims = colours + _RIM_TO_TEXT * (255 * np.array(view.theme.text, np.float32) - colours)
    strength = ((sigma_mm[unsure] - _SURE_MM) / (_CLOUDY_MM - _SURE_MM)).clip(0, 1).astype(np.float32)
    for i in np.argsort(-np.nan_to_num(depth)):  # the nearest last
        if np.isfinite(centres[i]).all() and 2 <= radii[i] <= _LARGEST_PX:
            _blend_cloud(picture, centres[i], round(radii[i]), colours[i], rims[i], strength[i])


def _blend_cloud(
    picture: Image,
    centre: NDArray[np.float64],
    radius: int,
    colour: NDArray[np.float32],
    rim_colour: NDArray[np.float32],
    strength: np.float32,
) -> None:
    """A disc that is densest in its middle and ends in a thin rim."""
    height, width = picture.shape[:2]
    x, y = (round(value) - radius - 1 for value in centre.tolist())
    across, down = slice(max(x, 0), min(x + 2 * radius + 3, width)), slice(max(y, 0), min(y + 2 * radius + 3, height))
    if across.start >= across.stop or down.start >= down.stop:
        return
    patch, flat = picture[down, across], np.empty((down.stop - down.start, across.stop - across.start, 3), np.uint8)
    part = slice(down.start - y, down.stop - y), slice(across.start - x, across.stop - x)
    for shape, rgb in zip(_shapes(radius), (colour, rim_colour), strict=True):  # by OpenCV, without the interpreter
        share = strength * shape[part]
        cv2.rectangle(flat, (0, 0), flat.shape[1::-1], rgb.tolist(), cv2.FILLED)
        cv2.blendLinear(patch, flat, 1 - share, share, dst=patch)


@lru_cache(maxsize=24)
def _shapes(radius: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How much of a cloud's colour, and of its rim's, each pixel takes, in squares of twice the radius and three."""
    x = np.arange(-radius - 1, radius + 2, dtype=np.float32)
    distance = np.hypot(x, x[:, None])
    cloud, rim = (1 - distance / radius).clip(0, 1), (1 - np.abs(distance - (radius - 1))).clip(0, 1)
    return (_STRENGTH * cloud).astype(np.float32), (_RIM * rim).astype(np.float32)
