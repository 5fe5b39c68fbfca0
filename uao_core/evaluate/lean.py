"""How far somebody who stands leans in an export."""

import numpy as np
from numpy.typing import NDArray

from uao_core import skeleton as sk
from uao_core.body import FittedBody
from uao_core.body.rotations import unit
from uao_core.packets import Doubles
from uao_core.take import Take

_BENT_DEG, _ASIDE_DEG = 30.0, 20.0
_FAST_M_S, _SPEED_S = 0.4, 0.2
_SEEN_CONFIDENCE = 0.3
_FEWEST = 5
_LEGS = ((sk.LEFT_HIP, sk.LEFT_KNEE, sk.LEFT_ANKLE), (sk.RIGHT_HIP, sk.RIGHT_KNEE, sk.RIGHT_ANKLE))


def lean_deg(body: FittedBody, take: Take) -> float:
    """Degrees between the vertical and the mean direction from pelvis to neck of somebody who stands; NaN where nobody does.

    The mean is over the frames of `standing`. Nothing is asked of the trunk: who stands and leans counts.
    """
    joints = body.joints()
    stands = standing(joints, body.fps) & body.observed & _legs_seen(take, body)
    if stands.sum() < _FEWEST:
        return float("nan")
    trunk = (joints[stands, sk.THORAX] - joints[stands, sk.PELVIS]).mean(axis=0)
    return float(np.degrees(np.arccos(trunk[1] / np.linalg.norm(trunk))))


def standing(joints: Doubles, fps: float) -> NDArray[np.bool_]:
    """(F,) whether both legs are straight and upright and carry the pelvis nowhere, of joints (F, 23, 3), y up."""
    reach = max(round(_SPEED_S * fps / 2), 1)
    frames = np.arange(len(joints))
    before, after = np.maximum(frames - reach, 0), np.minimum(frames + reach, len(frames) - 1)
    way = np.linalg.norm(joints[after, sk.PELVIS] - joints[before, sk.PELVIS], axis=1)
    out = way * fps < _FAST_M_S * (after - before).clip(1)
    for hip, knee, ankle in _LEGS:
        thigh, shin, leg = (unit(joints[:, b] - joints[:, a]) for a, b in ((hip, knee), (knee, ankle), (hip, ankle)))
        out &= (-leg[:, 1] > np.cos(np.radians(_ASIDE_DEG))) & ((thigh * shin).sum(axis=1) > np.cos(np.radians(_BENT_DEG)))
    return np.asarray(out)


def _legs_seen(take: Take, body: FittedBody) -> NDArray[np.bool_]:
    """(F,) whether the nearest frame of the take shows knees and ankles: those of whom a desk hides are invented."""
    times = np.array([frame.time_s for frame in take.frames])
    seen = np.array([_sees_legs(frame.keypoints.joints_px) for frame in take.frames])
    at = np.arange(len(body.root_m)) / body.fps + times[0]
    return np.asarray(seen[np.searchsorted((times[1:] + times[:-1]) / 2, at)])


def _sees_legs(joints_px: NDArray[np.float32] | None) -> bool:
    """Whether knees and ankles are seen; poses without keypoints are believed."""
    return joints_px is None or bool((joints_px[[joint for leg in _LEGS for joint in leg[1:]], 2] >= _SEEN_CONFIDENCE).all())
