"""How a take becomes a body, and how that is written."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from uao_core.errors import UaoError


class FootLock(Enum):
    """How firmly a foot that stands is held in its place."""

    OFF = "off"
    SOFT = "soft"
    FULL = "full"


class Gaps(Enum):
    """What stands where nobody was seen.

    HOLD: the last pose, until just before the next one. INTERPOLATE: a smooth passage between the poses at both ends.
    LONGEST: nothing, only the longest stretch without a gap is exported.
    """

    HOLD = "hold"
    INTERPOLATE = "interpolate"
    LONGEST = "longest"


class Names(Enum):
    """How the skeleton calls its joints."""

    MIXAMO = "mixamo"
    H36M = "h36m"


@dataclass(frozen=True, slots=True)
class BodyOptions:
    """What all formats of animated bodies share.

    Attributes:
        foot_lock: how firmly standing feet are held; softly, bodies are as near to the truth as with free feet.
        gaps: what stands where nobody was seen.
        min_confidence: frames whose mean confidence of joints (0..1) is lower count as if nobody was seen.
        camera_tilt_deg: by how much the camera looks down, where it is known; by default the ground tells.
        fps: frames a second of the export; by default the take's.
        names: of joints and bones.
        units: in which positions are written.
        extremities: whether hands and feet are segments of their own, with knuckles and toes as their ends; otherwise limbs
            end at wrists and ankles.
        channels: order of a BVH's rotations: ZXY throughout, or for each joint the one that keeps away from poles, of which
            a sitting thigh lies on one of ZXY's.
    """

    foot_lock: FootLock = FootLock.SOFT
    gaps: Gaps = Gaps.HOLD
    min_confidence: float = 0.0
    camera_tilt_deg: float | None = None
    fps: float | None = None
    names: Names = Names.MIXAMO
    units: Literal["m", "cm"] = "m"
    extremities: bool = True
    channels: Literal["by joint", "ZXY"] = "ZXY"

    def __post_init__(self) -> None:
        """Raises UaoError where a value makes no sense."""
        if not 0 <= self.min_confidence <= 1:
            raise UaoError(f"A least confidence of {self.min_confidence:g} makes no sense; give a number from 0 to 1.")
        if self.camera_tilt_deg is not None and not abs(self.camera_tilt_deg) <= 90:
            raise UaoError(f"A camera tilted by {self.camera_tilt_deg:g} degrees makes no sense; give -90 to 90.")
        if self.fps is not None and not (math.isfinite(self.fps) and 0 < self.fps <= 1000):
            raise UaoError(f"An export at {self.fps:g} frames a second makes no sense; give a number from 1 to 1000.")

    @property
    def unit_scale(self) -> float:
        """Units a metre."""
        return {"m": 1.0, "cm": 100.0}[self.units]
