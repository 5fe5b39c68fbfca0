"""Expected error in millimetres as a colour, the same in every view.

The maps are OpenCV's, cut below their darkest part, which would vanish before a dark background. All are perceptually even
and monotone in lightness, so they also read in grey and with the common colour blindnesses. Sure is dark, unsure is bright.
"""

from dataclasses import dataclass
from enum import Enum
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

SURE_MM = 20.0
"""Lower end of every scale: the best that a single camera does."""
UNSURE_MM = (100, 200, 400)
"""Upper ends to choose from: steady work before a tripod; an arm that could be anywhere; somebody behind things."""
_TICKS_MM = {100: (20, 40, 60, 80, 100), 200: (20, 50, 100, 150, 200), 400: (20, 100, 200, 300, 400)}


class ColourMap(Enum):
    PLASMA = "plasma"
    VIRIDIS = "viridis"
    CIVIDIS = "cividis"


def _table(colour_map: int, darkest: int) -> NDArray[np.uint8]:
    """(256, 3) RGB of one of OpenCV's maps from its entry `darkest` of 255 to its last."""
    ramp = np.linspace(darkest, 255, 256).round().astype(np.uint8)[:, None]
    return np.asarray(cv2.applyColorMap(ramp, colour_map)[:, 0, ::-1], dtype=np.uint8)


_TABLES = {
    ColourMap.PLASMA: _table(cv2.COLORMAP_PLASMA, 40),
    ColourMap.VIRIDIS: _table(cv2.COLORMAP_VIRIDIS, 50),
    ColourMap.CIVIDIS: _table(cv2.COLORMAP_CIVIDIS, 48),
}


@dataclass(frozen=True, slots=True)
class Scale:
    """How an expected error becomes a colour.

    Attributes:
        map: the colours.
        unsure_mm: upper end, one of `UNSURE_MM`; larger errors have its colour.
    """

    map: ColourMap = ColourMap.PLASMA
    unsure_mm: int = 200

    @property
    def ticks_mm(self) -> tuple[int, ...]:
        """Numbers for a legend, both ends among them."""
        return _TICKS_MM[self.unsure_mm]

    def share(self, sigma_mm: float) -> float:
        """Where an error lies between the ends, in 0..1."""
        return min(max((sigma_mm - SURE_MM) / (self.unsure_mm - SURE_MM), 0.0), 1.0)


def sigma_colours(sigma_mm: NDArray[np.float32], scale: Scale) -> NDArray[np.uint8]:
    """(...) expected errors in mm to (..., 3) RGB; what is not a number is unsure."""
    share = (np.nan_to_num(sigma_mm, nan=scale.unsure_mm, posinf=scale.unsure_mm) - SURE_MM) / (scale.unsure_mm - SURE_MM)
    return _TABLES[scale.map][(255 * share.clip(0, 1)).round().astype(np.int64)]


def sigma_colour(sigma_mm: float, scale: Scale) -> tuple[int, int, int]:
    """RGB of one expected error."""
    red, green, blue = sigma_colours(np.array([sigma_mm], np.float32), scale)[0].tolist()
    return red, green, blue


@cache  # a legend is painted with every frame
def sigma_gradient(steps: int, scale: Scale) -> tuple[tuple[float, tuple[int, int, int]], ...]:
    """The scale from sure to unsure as (share, RGB) stops, for a legend."""
    shares = np.linspace(0, 1, steps).tolist()
    return tuple((share, sigma_colour(SURE_MM + share * (scale.unsure_mm - SURE_MM), scale)) for share in shares)
