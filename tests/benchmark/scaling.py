"""How cost grows with persons, window, iterations and resolution: CPU time of a live frame, in the full model's own.

The detector's time is MediaPipe's alone on the same frames, 1280x720 where not said otherwise; a table's rows take turns.
"""

from dataclasses import replace
from statistics import median

import numpy as np

from app.camera import fit
from app.detector import Detector, PoseModel
from tests.benchmark.bare import bare_detector
from tests.benchmark.frames import MemorySource, chain, frames, keypoints
from tests.benchmark.measuring import timed
from uao_core.people import Follower
from uao_core.refiner import LiveRefiner

_HD = (1280, 720)
_FRAMES, _WARM, _ROUNDS = 24, 15, 3
PERSONS, WINDOWS, ITERATIONS = (1, 2, 3, 4), (5, 9, 15, 27, 41), (0, 1, 2, 4, 8)
RESOLUTIONS = ((320, 180), (640, 360), (1280, 720), (1920, 1080))


def tables():
    """Markdown: four tables, each of what grows and of the CPU ms of what depends on it."""
    people = {"MediaPipe": _detect_people, "and telling them apart": _follow_people}
    yield _table("persons in the picture", PERSONS, people, lambda count: f"{count} ({_found(count):.1f} found)")
    yield _table("window, frames", WINDOWS, {"refinement": lambda window: _refine(window=window)})
    yield _table("iterations", ITERATIONS, {"refinement": lambda iterations: _refine(iterations=iterations)})
    names = {f"{width}x{height}": (width, height) for width, height in RESOLUTIONS}
    yield _table(
        "resolution",
        names,
        {"MediaPipe": lambda n: _bare(names[n]), "detection with all around it": lambda n: _detect(names[n])},
    )


def _table(title, values, columns, label=str):
    costs = {(value, name): [] for value in values for name in columns}
    yardstick = []
    for _ in range(_ROUNDS):
        yardstick.append(_bare(_HD))
        for value in values:
            for name, measure in columns.items():
                costs[value, name].append(measure(value))
    one = median(yardstick)
    lines = [
        f"| {title} | " + " | ".join(f"{name}, ms" for name in columns) + " | over the detector's time |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for value in values:
        found = [median(costs[value, name]) for name in columns]
        lines.append(f"| {label(value)} | " + " | ".join(f"{each:.1f}" for each in found) + f" | {found[-1] / one:.2f} |")
    return "\n".join(lines)


def _bare(size):
    return bare_detector(PoseModel.FULL, frames(size)[:_FRAMES]).cpu_ms


def _detect(size):
    return _seen(frames(size)[:_FRAMES], 1, Follower())


def _crowd(count):
    """So many of the same person side by side, each in an equal part of the picture."""
    width = _HD[0] // count
    middle = int(np.median([person.joints_px[0, 0] for person in keypoints()[:_FRAMES] if person.joints_px is not None]))
    left = min(max(middle - width // 2, 0), _HD[0] - width)
    return [
        replace(frame, pixels=fit(np.tile(frame.pixels[:, left : left + width], (1, count, 1)), _HD))
        for frame in frames(_HD)[:_FRAMES]
    ]


def _found(count):
    """How many of them MediaPipe finds, on average."""
    with Detector(PoseModel.FULL, count) as detector:
        return np.mean([len(detector.detect(frame).people) for frame in _crowd(count)])


def _detect_people(count):
    return _seen(_crowd(count), count, None)


def _follow_people(count):
    return _seen(_crowd(count), count, Follower())


def _seen(held, people, follower):
    with Detector(PoseModel.FULL, people) as detector:
        detector.detect(held[0])
        with timed(len(held) - 1) as cost:
            for frame in held[1:]:
                found = detector.detect(frame)
                if follower is not None:
                    follower.push(found)
    return cost.cpu_ms


def _refine(window=None, iterations=4):
    """Of a live frame with a full window before it."""
    refinement = chain().refinement(replace(MemorySource(frames(_HD)).info, is_live=True))
    window = window or refinement.window
    refiner = LiveRefiner(replace(refinement, window=window, config=replace(refinement.config, iterations=iterations)))
    known = keypoints()
    refiner.push(*known[:window])
    measured = known[window : window + _FRAMES]
    for person in measured[:3]:
        refiner.push(person)
    with timed(len(measured) - 3) as cost:
        for person in measured[3:]:
            refiner.push(person)
    return cost.cpu_ms
