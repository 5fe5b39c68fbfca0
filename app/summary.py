"""A take in a few figures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from uao_core.packets import FrameResult


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a take, means over the frames with a person; None where there is none.

    Attributes:
        frames: all of them.
        with_person: those in which somebody was found.
        sigma_mm: expected error of a joint, relative to the pelvis.
        lifted_reprojection_px, reprojection_px: distance from the keypoints before and after the optimization.
    """

    frames: int
    with_person: int
    sigma_mm: float | None = None
    lifted_reprojection_px: float | None = None
    reprojection_px: float | None = None

    @classmethod
    def of(cls, frames: Sequence[FrameResult]) -> "Summary":
        poses = [frame.pose for frame in frames if frame.pose is not None]
        if not poses:
            return cls(len(frames), 0)
        return cls(
            len(frames),
            len(poses),
            float(np.mean([pose.sigma_mm for pose in poses])),
            float(np.mean([pose.lifted_reprojection_px for pose in poses])),
            float(np.mean([pose.reprojection_px for pose in poses])),
        )

    def line(self, fps: float) -> str:
        """For the terminal; `fps` is how many frames a second it was made at."""
        if self.sigma_mm is None:
            return f"{self.frames} frames, none with a person, {fps:.1f} fps"
        return (
            f"{self.frames} frames, {self.with_person} with a person, mean uncertainty {self.sigma_mm:.0f} mm, "
            f"reprojection {self.lifted_reprojection_px:.1f} px before and {self.reprojection_px:.1f} px after the "
            f"optimization, {fps:.1f} fps"
        )
