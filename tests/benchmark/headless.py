"""Throughput without a window: the whole chain over the detector alone."""

import time

from app.detector import PoseModel
from app.pace import Pace
from app.pipeline import process_file, process_live
from tests.benchmark.bare import bare_detector
from tests.benchmark.frames import SIZES, MemorySource, chain, frames
from tests.benchmark.measuring import Cost, in_turns, middle, ratio
from tests.benchmark.report import Figure, Target

_AT_LEAST = Target(">=", 0.9)
_ROUNDS, _FRAMES = 3, 80


def throughput():
    """Frames a second of a file, and poses a second of a camera that is never short of pictures, each by the detector's."""
    figures = []
    for size in SIZES:
        held = frames(size)[:_FRAMES]
        bare, file, live = in_turns(
            _ROUNDS, lambda h=held: bare_detector(PoseModel.FULL, h), lambda h=held: _file(h), lambda h=held: _live(h)
        )
        for name, costs in (("file", file), ("live", live)):
            detail = {
                "ms": middle(costs),
                "detector's ms": middle(bare),
                "CPU ms": middle(costs, "cpu_ms"),
                "detector's CPU ms": middle(bare, "cpu_ms"),
            }
            figures.append(Figure(f"{name}, {size[0]}x{size[1]}", ratio(bare, costs), _AT_LEAST, detail=detail))
    return figures


def _file(held):
    source = MemorySource(held)
    count = sum(1 for _ in process_file(source, chain()))
    return _since(source, count)


def _live(held):
    source, shown = MemorySource(held, is_live=True), []
    all_steps = Pace(4, clock=lambda: 0.0)  # by whose clock no time passes: it gives up nothing
    process_live(source, chain(), lambda _frame, result: shown.append(result), lambda: False, pace=all_steps)
    return _since(source, len(shown))


def _since(source, count):
    wall_s, cpu_s = source.began_s
    return Cost(time.perf_counter() - wall_s, time.process_time() - cpu_s, count)
