"""Where the floor lies under a body that was fitted.

The direction of gravity is known within some degrees (`uao_core.ground`), and over the metres of a walk that makes the body
rise from the floor or sink into it, though it stands upright within the same few degrees. So a slope that gravity's error
allows is found from the feet and taken away from the root's height; how the body leans is left as it is.
"""

import math

import numpy as np
from numpy.typing import NDArray

from uao_core.body.segments import FEET_REST_M
from uao_core.packets import Doubles

_STILL_M_S = 0.4
_PERCENTILE = 25
_LEAST_SHARE = 0.1
"""Of frames with a still foot; with fewer all frames tell."""
_HEIGHT_SD_M, _LOOK_S = 0.05, 0.5
"""How far a standing foot is from the floor in a look, and how long until the next look is another one."""
_KNEES_M, _BELOW_M = (0.4, 0.3, 0.2, 0.15, 0.1, 0.1, 0.1), 0.3
"""From what height a foot is doubted, round by round (Geman and McClure): it may be in the air. None is under the floor."""


def floor_height(
    feet_m: Doubles, root_m: Doubles, observed: NDArray[np.bool_], fps: float, gravity_sd_deg: float
) -> Doubles:
    """(F,) height of the floor under a body.

    Args:
        feet_m: (F, 4, 3) joints of `FEET`, y up.
        root_m: (F, 3).
        observed: (F,) whether somebody was seen.
        gravity_sd_deg: expected angle between y and the true vertical; 0 for a floor that is known to be level.
    """
    height = feet_m[..., 1] - FEET_REST_M
    frames = np.arange(len(feet_m))
    lowest = height.argmin(axis=1)
    lower, place = height[frames, lowest], feet_m[frames, lowest]
    still = observed & (np.linalg.norm(np.diff(place, axis=0, prepend=place[:1]), axis=1) * fps < _STILL_M_S)
    enough = [mask for mask in (still, observed) if mask.sum() >= _LEAST_SHARE * len(feet_m)]
    tells = enough[0] if enough else np.ones(len(feet_m), dtype=bool)
    level = float(np.percentile(lower[tells], _PERCENTILE))
    if gravity_sd_deg <= 0:
        return np.full(len(feet_m), level)
    ways = (root_m - root_m[tells].mean(axis=0))[:, [0, 2]]
    rows = np.column_stack([np.ones(len(ways)), ways])
    look = min(1 / (fps * _LOOK_S), 1.0) / _HEIGHT_SD_M**2
    prior = np.diag([0.0, 1.0, 1.0]) / math.tan(math.radians(gravity_sd_deg / math.sqrt(2))) ** 2
    plane = np.array([level, 0.0, 0.0])
    for knee in _KNEES_M:
        above = lower[tells] - rows[tells] @ plane
        weight = look * (1 + (above / np.where(above > 0, knee, max(knee, _BELOW_M))) ** 2) ** -2
        matrix = rows[tells].T @ (rows[tells] * weight[:, None]) + prior
        plane = np.linalg.solve(matrix, rows[tells].T @ (weight * lower[tells]))
    return np.asarray(rows @ plane)
