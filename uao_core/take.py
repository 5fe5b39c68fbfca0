"""A take: everything that came of one source."""

from dataclasses import dataclass
from typing import Any

from uao_core.camera import Intrinsics
from uao_core.packets import FrameResult


@dataclass(frozen=True, slots=True)
class Take:
    """Results of a whole source, with all that is needed to read them later.

    Attributes:
        source_name: file name of the video.
        fps: nominal frames per second; the frames' own times are in `frames`.
        image_size: (width, height) in pixels.
        intrinsics: of the camera, as given or assumed.
        lifter: name and date of the weights.
        uao: settings of the optimization.
        frames: one result for every frame of the source, in order.
    """

    source_name: str
    fps: float
    image_size: tuple[int, int]
    intrinsics: Intrinsics
    lifter: dict[str, Any]
    uao: dict[str, Any]
    frames: tuple[FrameResult, ...]
