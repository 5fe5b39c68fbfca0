"""When heels and toes stand on the floor."""

import numpy as np
from numpy.typing import NDArray

from uao_core.body.segments import FEET_REST_M
from uao_core.packets import Doubles

_HIGH_M, _HIGH_STEP_M = 0.05, 0.015
_FAST_M_S, _FAST_STEP_M_S = 0.35, 0.08
_ENTER, _LEAVE = 0.5, 0.25
"""A contact begins above the one confidence and ends below the other."""
_SPEED_S = 0.1
"""Over which a speed is taken: about what a detector's trembling takes to average out."""
_SHORTEST_S = 0.12
_SHORTEST_STEP_S, _SAME_PLACE_M = 0.2, 0.08
_DEPTH_SHARE = 0.4
"""Of the speed along the line of sight, which a single camera sees badly, what counts."""


def contact_confidence(feet_m: Doubles, camera_m: Doubles, fps: float) -> Doubles:
    """(F, 4) how surely each joint of `FEET` stands, by its height and its speed.

    Args:
        feet_m: (F, 4, 3) with the floor at y = 0.
        camera_m: (3,) the camera's place.
    """
    from scipy.ndimage import uniform_filter1d  # slow, and wanted for exports only

    reach = max(round(_SPEED_S * fps / 2), 1)
    padded = np.pad(feet_m, ((reach, reach), (0, 0), (0, 0)), mode="edge")
    frames = np.arange(len(feet_m))
    lapse = (np.minimum(frames + reach, len(frames) - 1) - np.maximum(frames - reach, 0)).clip(1) / fps
    velocity = (padded[2 * reach :] - padded[: -2 * reach]) / lapse[:, None, None]
    sight = feet_m - camera_m
    sight = sight / np.linalg.norm(sight, axis=-1, keepdims=True).clip(1e-6)
    along = (velocity * sight).sum(axis=-1, keepdims=True)
    speed = np.linalg.norm(velocity - (1 - _DEPTH_SHARE) * along * sight, axis=-1)
    height = uniform_filter1d(feet_m[..., 1] - FEET_REST_M, 2 * (reach // 2) + 1, axis=0, mode="nearest")
    return _below(height, _HIGH_M, _HIGH_STEP_M) * _below(speed, _FAST_M_S, _FAST_STEP_M_S)


def contact_intervals(confidence: Doubles, places_m: Doubles, fps: float) -> list[tuple[int, int]]:
    """First and last frame of each contact of one joint, from its confidence (F,), with hysteresis, and its places (F, 3).

    No foot steps as fast as `_SHORTEST_STEP_S`: two contacts so near in time are one, or the shorter is none.
    """
    high = confidence >= _ENTER
    out: list[tuple[int, int]] = []
    for first, last in runs(confidence >= _LEAVE):
        if not high[first : last + 1].any():
            continue
        if out and (first - out[-1][1]) / fps < _SHORTEST_STEP_S:
            before = out[-1]
            here, there = (np.median(places_m[a : b + 1], axis=0) for a, b in ((first, last), before))
            if np.linalg.norm(here - there) < _SAME_PLACE_M:
                out[-1] = (before[0], last)
            elif last - first > before[1] - before[0]:
                out[-1] = (first, last)
            continue
        out.append((first, last))
    return [(first, last) for first, last in out if last - first + 1 >= _SHORTEST_S * fps]


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last frame of each stretch of a mask (F,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b) - 1) for a, b in edges.reshape(-1, 2)]


def _below(value: Doubles, limit: float, step: float) -> Doubles:
    return np.asarray(1 / (1 + np.exp(((value - limit) / step).clip(-50, 50))))
