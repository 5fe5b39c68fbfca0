"""Clouds around unsure joints, as large as their expected error: one glance tells an unsure wrist from a sure one."""

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
_LARGEST_MM = 600.0


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
    strength = ((sigma_mm[unsure] - _SURE_MM) / (_CLOUDY_MM - _SURE_MM)).clip(0, 1)
    for i in np.argsort(-np.nan_to_num(depth)):  # the nearest last
        if np.isfinite(centres[i]).all() and radii[i] >= 2:
            _blend_cloud(picture, centres[i], float(radii[i]), colours[i], rims[i], float(strength[i]))


def _blend_cloud(
    picture: Image,
    centre: NDArray[np.float64],
    radius: float,
    colour: NDArray[np.float32],
    rim_colour: NDArray[np.float32],
    strength: float,
) -> None:
    """A disc that is densest in its middle and ends in a thin rim."""
    height, width = picture.shape[:2]
    left, top = (max(int(value - radius - 1), 0) for value in centre)
    right, bottom = (min(int(value + radius + 2), end) for value, end in zip(centre, (width, height), strict=True))
    if left >= right or top >= bottom:
        return
    x, y = np.arange(left, right, dtype=np.float32), np.arange(top, bottom, dtype=np.float32)
    distance = np.sqrt((x[None] - np.float32(centre[0])) ** 2 + (y[:, None] - np.float32(centre[1])) ** 2)
    cloud = np.float32(strength * _STRENGTH) * (1 - distance / np.float32(radius)).clip(0, 1)
    rim = np.float32(strength * _RIM) * (1 - np.abs(distance - np.float32(radius - 1))).clip(0, 1)
    patch = picture[top:bottom, left:right]
    for share, rgb in ((cloud, colour), (rim, rim_colour)):  # by OpenCV, which needs no interpreter meanwhile
        flat = np.empty_like(patch)
        flat[...] = rgb
        patch[...] = cv2.blendLinear(patch, flat, 1 - share, share)
