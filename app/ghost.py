"""The pose as the lifter saw it, before the optimization: thin lines over the picture, as they would lie within the body."""

import cv2
import numpy as np

from app.scene import to_world
from app.view import Colour, Image, View
from uao_core.skeleton import BONES

_SUBPIXEL_BITS = 4
_EDGE_PX, _LINE_PX = 3, 1
_MOST_PX = 1e4


def add_ghost(picture: Image, view: View) -> None:
    """Draw it into a picture of the view, in place, if the view asks for it: light lines with dark edges, or the reverse."""
    if not view.ghost or view.pose is None:
        return
    points, _ = view.project(to_world(view.pose.lifted_m))
    known = np.asarray((np.abs(points) < _MOST_PX).all(axis=1))  # and no NaN
    ends = np.round(np.where(known[:, None], points, 0) * 2**_SUBPIXEL_BITS).astype(int).tolist()
    for colour, width_px in ((view.theme.background, _EDGE_PX), (view.theme.ghost, _LINE_PX)):
        for parent, child in BONES:
            if known[parent] and known[child]:
                cv2.line(picture, ends[parent], ends[child], _bytes(colour), width_px, cv2.LINE_AA, _SUBPIXEL_BITS)


def _bytes(colour: Colour) -> tuple[int, ...]:
    return tuple(round(255 * channel) for channel in colour)
