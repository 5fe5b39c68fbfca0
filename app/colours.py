"""Expected error in millimetres as a colour, the same in every view.

The map is OpenCV's plasma, cut below its darkest part: perceptually even, readable with every common colour blindness,
and monotone in lightness, so it also reads in grey. Sure is deep violet, unsure is bright yellow.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

SURE_MM, UNSURE_MM = 20.0, 200.0
"""Ends of the scale: the best a single camera does, and an arm that could be anywhere."""
LEGEND_TICKS_MM = (20, 65, 110, 155, 200)

_DARKEST = 40  # of 255: below, plasma vanishes before a dark background
_RAMP = np.linspace(_DARKEST, 255, 256).round().astype(np.uint8)[:, None]
_TABLE: NDArray[np.uint8] = np.asarray(cv2.applyColorMap(_RAMP, cv2.COLORMAP_PLASMA)[:, 0, ::-1], dtype=np.uint8)


def sigma_colours(sigma_mm: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(...) expected errors in mm to (..., 3) RGB; beyond the ends of the scale the end's colour."""
    share = (np.nan_to_num(sigma_mm, nan=UNSURE_MM) - SURE_MM) / (UNSURE_MM - SURE_MM)
    return _TABLE[(255 * share.clip(0, 1)).round().astype(np.int64)]


def sigma_gradient(steps: int) -> list[tuple[float, tuple[int, int, int]]]:
    """The scale from sure to unsure as (share, RGB) stops, for a legend."""
    stops = np.linspace(0, 1, steps)
    return [(float(share), tuple(int(c) for c in _TABLE[round(255 * share)])) for share in stops]  # type: ignore[misc]
