"""A take: everything that came of one source."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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


def part(frames: Sequence[FrameResult], span: range) -> tuple[FrameResult, ...]:
    """The frames of a span.

    Edges are looked for in few frames. Where the span has none of these, its first frame gets what was seen nearest to it:
    the room is the same, and a take that is cut shorter stands as upright as the whole.
    """
    kept = tuple(frames[span.start : span.stop])
    looks = [frame for frame in frames if _shows_edges(frame)]
    if not kept or not looks or any(map(_shows_edges, kept)):
        return kept
    nearest = min(looks, key=lambda look: abs(look.time_s - kept[0].time_s))
    first = replace(kept[0], keypoints=replace(kept[0].keypoints, edges_px=nearest.keypoints.edges_px))
    return (first, *kept[1:])


def _shows_edges(frame: FrameResult) -> bool:
    edges_px = frame.keypoints.edges_px
    return edges_px is not None and len(edges_px) > 0
