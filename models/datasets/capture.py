"""What every layout is read into: clips of one person, and the cameras that saw them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uao_core.camera import Intrinsics

GROUND_TRUTH = "ground-truth"
"""`View.points` of exact projections."""


@dataclass(frozen=True, slots=True)
class View:
    """A camera that saw a capture.

    Its frames are the capture's first ones; a detector that stopped early makes a view shorter than its capture.

    Attributes:
        name: the camera, unique within its capture for one kind of `points`.
        joints_m: (F, 17, 3) joints in camera axes (x right, y down, z forward), metres; NaN where unknown.
        points_px: (F, 17, 2) keypoints in pixels of the pinhole camera `intrinsics`: where the layout knows the lens, its
            distortion has been taken out, of a detector's points too. Zero where the confidence is zero.
        confidence: (F, 17) in 0..1; 1 where the layout has none, 0 where it has no such point.
        intrinsics: the camera; `estimated` where the layout does not hold it.
        points: who made the points: "ground-truth", "cpn", "stacked-hourglass", ...
    """

    name: str
    joints_m: NDArray[np.float32]
    points_px: NDArray[np.float32]
    confidence: NDArray[np.float32]
    intrinsics: Intrinsics
    points: str


@dataclass(frozen=True, slots=True)
class Capture:
    """One clip of one person.

    Attributes:
        name: the clip, unique within its subject.
        subject: "source/subject"; no person has two.
        fps: frames a second.
        joints_m: (F, 17, 3) or (F, 23, 3) joints in world axes, Y up, right-handed, metres; NaN where missing.
        views: the cameras that saw it; none in most motion capture.
    """

    name: str
    subject: str
    fps: float
    joints_m: NDArray[np.float32]
    views: tuple[View, ...] = ()


def make_view(
    name: str,
    joints_m: NDArray[np.floating],
    points_px: NDArray[np.floating],
    intrinsics: Intrinsics,
    points: str,
    confidence: NDArray[np.floating] | None = None,
) -> View:
    """A view of as many frames as both `joints_m` (F, 17, 3) and `points_px` (F, 17, 2) have.

    Points that are not finite get confidence zero, points of confidence zero the place (0, 0).
    """
    frames = min(len(joints_m), len(points_px))
    points_px = points_px[:frames]
    sure = np.isfinite(points_px).all(axis=-1).astype(np.float32)
    if confidence is not None:
        sure = sure * np.clip(confidence[:frames], 0, 1).astype(np.float32)
    places = np.where(sure[..., None] > 0, points_px, 0).astype(np.float32)
    return View(name, joints_m[:frames].astype(np.float32), places, sure, intrinsics, points)


def project_px(joints_m: NDArray[np.floating], intrinsics: Intrinsics) -> NDArray[np.float64]:
    """(..., 3) joints in camera axes to (..., 2) pixels; NaN where a joint is unknown or not before the camera."""
    depth = np.where(joints_m[..., 2:] > 0, joints_m[..., 2:], np.nan).astype(np.float64)
    return joints_m[..., :2] / depth * intrinsics.focal_px + np.array(intrinsics.principal_point_px)
