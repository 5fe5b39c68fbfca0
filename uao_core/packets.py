"""What the stages hand each other: keypoints of a frame, its pose, and both together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Keypoints:
    """2D evidence of one frame.

    Attributes:
        index: frame number in the source, from 0.
        time_s: seconds since the source's first frame.
        joints_px: (23, 3) x, y in pixels and confidence in 0..1; None where nobody was found.
        landmarks_px: (33, 3) all landmarks of the detector (heels, toes, hands and face among them), or None.
        detector_world_m: (33, 3) the detector's own 3D, to compare with; nothing is computed from it.
        appearance: (6,) mean colours of chest and thighs in CIELAB, to tell people apart by; NaN where they are unseen,
            None where nobody asked.
        edges_px: (N, 4) x, y of both ends of straight edges in the picture that go more upwards than aside, longest first,
            people left out; None in most frames, in which nobody looked for them.
    """

    index: int
    time_s: float
    joints_px: Floats | None
    landmarks_px: Floats | None = None
    detector_world_m: Floats | None = None
    appearance: Floats | None = None
    edges_px: Floats | None = None


@dataclass(frozen=True, slots=True)
class Detection:
    """Everybody whom the detector found in one frame, in no order.

    Attributes:
        index: frame number in the source, from 0.
        time_s: seconds since the source's first frame.
        people: the keypoints of each person; empty where there is nobody.
        edges_px: as of `Keypoints`, which have them too.
    """

    index: int
    time_s: float
    people: tuple[Keypoints, ...]
    edges_px: Floats | None = None

    @property
    def nobody(self) -> Keypoints:
        """What stands for a person who is not in this frame."""
        return Keypoints(self.index, self.time_s, None, edges_px=self.edges_px)

    @property
    def first(self) -> Keypoints:
        """The one person, where the detector looks for one."""
        return self.people[0] if self.people else self.nobody


@dataclass(frozen=True, slots=True)
class Pose:
    """A 3D pose that knows its own uncertainty.

    Attributes:
        joints_m: (23, 3) metres, camera axes (x right, y down, z forward), the person's place included.
        sigma_mm: (23,) expected error of each joint relative to the pelvis.
        lifted_m: (23, 3) the same pose before the optimization.
        reprojection_px: mean distance of the projected joints from their keypoints, weighted by confidence.
        lifted_reprojection_px: the same before the optimization.
    """

    joints_m: Floats
    sigma_mm: Floats
    lifted_m: Floats
    reprojection_px: float
    lifted_reprojection_px: float


@dataclass(frozen=True, slots=True)
class FrameResult:
    """All that is known of one frame; `pose` is None where nobody was found.

    Attributes:
        keypoints: of the person who is followed.
        pose: of that person.
        others: the keypoints of everybody else in the frame.
    """

    keypoints: Keypoints
    pose: Pose | None
    others: tuple[Keypoints, ...] = ()

    @property
    def index(self) -> int:
        return self.keypoints.index

    @property
    def time_s(self) -> float:
        return self.keypoints.time_s


def without_nan(rows: Floats) -> Floats:
    """(..., C) with zeros in place of every row that holds a value which is no finite number."""
    return np.where(np.isfinite(rows).all(axis=-1, keepdims=True), rows, np.float32(0))
