"""What the export of a long take costs: a short one, played there and back until it is long enough."""

import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from uao_core.export_bvh import write_bvh
from uao_core.take import Take


@dataclass(frozen=True, slots=True)
class Cost:
    """Of fitting a body and writing it as BVH.

    Attributes:
        seconds: that passed.
        peak_bytes: the most that the process has held at any time so far, by the system's account; None on Windows, whose
            account Python does not read.
        file_bytes: of the BVH.
    """

    seconds: float
    peak_bytes: int | None
    file_bytes: int


def long_take(take: Take, count: int) -> Take:
    """The take there and back, again and again, for `count` frames at its nominal rate; poses are shared, not copied."""
    there = take.frames[:count]
    cycle = there + there[-2:0:-1]
    frames = []
    for i in range(count):
        frame = cycle[i % len(cycle)]
        frames.append(replace(frame, keypoints=replace(frame.keypoints, index=i, time_s=i / take.fps)))
    return replace(take, frames=tuple(frames))


def export_cost(take: Take) -> Cost:
    """Export a take with the usual options, and forget the file. From small takes to large ones, peaks tell them apart."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.bvh"
        started = time.perf_counter()
        write_bvh(take, path)
        return Cost(time.perf_counter() - started, _peak_bytes(), path.stat().st_size)


def _peak_bytes() -> int | None:
    if sys.platform == "win32":
        return None
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
