"""What one frame tells of the ground: where feet rest on it, and which way a standing body points.

Axes are the camera's: x right, y down, z forward, metres.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from uao_core.doubt import doubt
from uao_core.packets import Doubles, FrameResult
from uao_core.skeleton import (
    ANKLE_REST_M,
    HEAD_TOP,
    LEFT_ANKLE,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_TOES,
    NUM_H36M,
    PELVIS,
    RIGHT_ANKLE,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_TOES,
    THORAX,
    TOES_REST_M,
)

FEET: tuple[int, ...] = (RIGHT_ANKLE, LEFT_ANKLE, RIGHT_TOES, LEFT_TOES)
_REST_HEIGHT_M = np.array([ANKLE_REST_M, ANKLE_REST_M, TOES_REST_M, TOES_REST_M])
"""Of the joints of `FEET` above the floor on which the foot stands."""
_CONTACT_SD_M = 0.06
"""How much those heights differ between people, shoes and ways to stand, and lifted feet from true ones; more than either
alone, since what is wrong with a foot is wrong the same way in every look at it."""
_SIGMA_SHARE = 0.5
"""Of a joint's expected error (a length in space), the part along one direction: about 1 / sqrt(3), less across the view."""
_DEPTH_SD = 0.02
"""How much the person's depth trembles from frame to frame, as a share of it. A wrong size is no error of this kind: it
moves all points along their rays in proportion, which leaves the plane's direction as it is."""
_STILL_M_S = 0.3
_SEEN_CONFIDENCE = 0.3
_MOST_PAUSE_S = 0.5
_CORRELATION_S = 0.5
"""Errors of neighbouring frames are alike: so many seconds count as one independent look."""
_BENT, _STRAIGHT = 0.90, 0.96
"""From ankles to crown over the way along legs, trunk and head: who is bent, and who is stretched."""
_FORWARD_LEAN = math.tan(math.radians(1.3))
"""How far a stretched body, lifted, leans forward from the middle of its feet to that of its shoulders: the median of
captured motion under random cameras, 0.9 to 1.4 degrees in each of four sets."""
_FORWARD_LEAN_OF_ANKLES = math.tan(math.radians(4.0))
"""From the ankles, where a source has no toes: they lie some 6 cm behind the middle of heels and toes."""
_LYING_RAD = math.radians(35)
"""So far from upright in the picture half of a stretched body's say is gone: it leans on something, or lies."""


@dataclass(frozen=True, slots=True)
class FrameEvidence:
    """One frame; or N, with a first axis (N, ...) of every array.

    Attributes:
        feet_m: (4, 3) joints of `FEET`.
        rest_height_m: (4,) of those joints above the floor if the foot rests.
        variance_m2: (4,) of a foot's height; its part that comes of the depth is apart, in `depth_sd_m`.
        depth_sd_m: (4,) error along the line of sight.
        weight: (4,) 0..1: seen, still, and how much of an independent look this frame is.
        axis: (3,) unit vector along which the body says that up is.
        standing: () 0..1 times the frame's share of an independent look: how much `axis` tells of the vertical.
    """

    feet_m: Doubles
    rest_height_m: Doubles
    variance_m2: Doubles
    depth_sd_m: Doubles
    weight: Doubles
    axis: Doubles
    standing: Doubles


def stacked(frames: Sequence[FrameEvidence]) -> FrameEvidence:
    """Frames as one."""
    return FrameEvidence(*(np.stack([getattr(frame, field.name) for frame in frames]) for field in fields(FrameEvidence)))


class EvidenceReader:
    """Reads frames in order; it remembers the frame before, since only that tells whether a foot is still."""

    def __init__(self) -> None:
        self._feet: Doubles | None = None
        self._time_s = 0.0

    def read(self, result: FrameResult) -> FrameEvidence | None:
        """What the frame tells; None where nobody is in it, or one of Human3.6M's 17 joints is not known."""
        pose = result.pose
        if pose is None or not (np.isfinite(pose.joints_m[:NUM_H36M]).all() and np.isfinite(pose.sigma_mm[:NUM_H36M]).all()):
            return None
        joints, sigma_m = pose.joints_m.astype(np.float64), pose.sigma_mm.astype(np.float64) / 1000
        confidence = _confidence(result)
        known = np.isfinite(joints).all(axis=1) & np.isfinite(sigma_m)
        of_feet = [foot if known[foot] else ankle for foot, ankle in zip(FEET, 2 * FEET[:2], strict=True)]
        feet = joints[of_feet]  # toes that no source has weigh nothing
        pause = None if self._feet is None else result.time_s - self._time_s
        still, look = np.ones(len(FEET)), 1.0
        if self._feet is not None and pause is not None and 0 < pause <= _MOST_PAUSE_S:
            still = (1 + (_speed_across(self._feet, feet, pause) / _STILL_M_S) ** 2) ** -2
            look = min(pause / _CORRELATION_S, 1.0)
        self._feet, self._time_s = feet, result.time_s
        sure = np.where(known, confidence, 0.0)[list(FEET)]
        seen = np.where(sure >= _SEEN_CONFIDENCE, sure, 0.0)
        look /= 1 + float(doubt(sigma_m, confidence))
        axis, straight = _axis(joints)
        whole = min(confidence[[RIGHT_ANKLE, LEFT_ANKLE, THORAX]])
        return FrameEvidence(
            feet_m=feet,
            rest_height_m=_REST_HEIGHT_M,
            variance_m2=_CONTACT_SD_M**2 + (_SIGMA_SHARE * sigma_m[of_feet]) ** 2,
            depth_sd_m=_DEPTH_SD * np.linalg.norm(feet, axis=1),
            weight=seen * still * look,
            axis=axis,
            standing=np.asarray(straight * look * (whole if whole >= _SEEN_CONFIDENCE else 0.0)),
        )


def _confidence(result: FrameResult) -> Doubles:
    """(23,) in 0..1; a pose without keypoints is believed."""
    joints_px = result.keypoints.joints_px
    if joints_px is None:
        return np.ones(len(result.pose.joints_m) if result.pose is not None else 0)
    return np.nan_to_num(joints_px[:, 2].astype(np.float64), nan=0.0).clip(0, 1)


def _speed_across(before: Doubles, after: Doubles, seconds: float) -> Doubles:
    """(4,) metres a second across the view: along it a single camera sees movements that are none."""
    sight = after / np.linalg.norm(after, axis=1, keepdims=True).clip(1e-6)
    step = after - before
    across = step - (step * sight).sum(axis=1, keepdims=True) * sight
    return np.asarray(np.linalg.norm(across, axis=1) / seconds)


def _axis(joints: Doubles) -> tuple[Doubles, float]:
    """Which way is up by the body, and whether it stands stretched (1), or is bent or lies (0).

    It goes from the middle of the feet, heels and toes, to the middle of the shoulders, less the lean that is usual: who
    stands keeps their weight over their feet. Of all that a body shows this is the surest: trunk, head and legs as
    further evidence, weighed by the covariances that lifted motion shows, make the vertical no better.
    """
    ankles, toes = (joints[RIGHT_ANKLE] + joints[LEFT_ANKLE]) / 2, (joints[RIGHT_TOES] + joints[LEFT_TOES]) / 2
    knees = (joints[RIGHT_KNEE] + joints[LEFT_KNEE]) / 2
    chain = np.stack([ankles, knees, joints[PELVIS], joints[THORAX], joints[HEAD_TOP]])
    has_toes = bool(np.isfinite(toes).all())
    axis = joints[THORAX] - ((ankles + toes) / 2 if has_toes else ankles)
    length = float(np.linalg.norm(axis))
    way = float(np.linalg.norm(np.diff(chain, axis=0), axis=1).sum())
    if length < 1e-6:
        return np.array([0.0, -1.0, 0.0]), 0.0
    axis = _less_lean(axis / length, joints, _FORWARD_LEAN if has_toes else _FORWARD_LEAN_OF_ANKLES)
    stretched = (float(np.linalg.norm(chain[-1] - chain[0])) / way - _BENT) / (_STRAIGHT - _BENT)
    aside = math.acos(min(max(-float(axis[1]), -1.0), 1.0))
    upright = 1 / (1 + (aside / _LYING_RAD) ** 8)
    return axis, min(max(stretched, 0.0), 1.0) * upright


def _less_lean(axis: Doubles, joints: Doubles, lean: float) -> Doubles:
    """The direction turned back by the usual lean; as it is where hips and shoulders do not tell what is forward."""
    left = joints[LEFT_HIP] - joints[RIGHT_HIP] + joints[LEFT_SHOULDER] - joints[RIGHT_SHOULDER]
    forward = np.cross(left, axis)
    length = float(np.linalg.norm(forward))
    if length < 1e-6:
        return axis
    turned = axis - lean / length * forward
    return np.asarray(turned / np.linalg.norm(turned))
