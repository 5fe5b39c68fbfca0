"""Memory over many frames, and cost against length: the whole chain but the detector, which sees the same clip again."""

import itertools
import json
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path
from statistics import median
from unittest.mock import patch

from app import pipeline
from app.detector import PoseModel
from app.pipeline import process_file, process_live
from tests.benchmark.frames import KnownDetector, MemorySource, chain, frames, keypoints
from tests.benchmark.measuring import timed
from tests.benchmark.report import Figure, Target
from tests.benchmark.starting import ROOT
from tests.benchmark.window import open_window
from tests.ui_pauses import wait_until

_SIZE = (640, 360)
_FRAMES, _WARM_FRAMES = 10_000, 500
_SHORT, _LONG = 300, 3000
_HELD = 30  # frames in memory, which are the benchmark's own
_PAGE_MB = resource.getpagesize() / 2**20


def memory():
    """A live chain through 10,000 frames, none of which is kept; for a while, the real window and the real
    detector too; each in a process of its own."""
    used, window = _in_a_process("chain"), _in_a_process("window")
    detail = {f"MB after {_WARM_FRAMES}": used["first_mb"], f"MB after {_FRAMES}": used["last_mb"]}
    growth = used["last_mb"] - used["first_mb"]
    return [
        Figure(f"growth from frame {_WARM_FRAMES} to {_FRAMES}", growth, Target("<", 5), "MB", detail),
        Figure("peak", used["peak_mb"] / 1024, Target("<", 1.5), "GB"),
        Figure(f"window, growth over {window['pictures']} pictures", window["last_mb"] - window["first_mb"], unit="MB"),
        Figure("window, peak", window["peak_mb"] / 1024, Target("<", 1.5), "GB"),
    ]


def _in_a_process(what):
    environment = {"QT_QPA_PLATFORM": "offscreen"} | os.environ
    command = [sys.executable, "-m", "tests.benchmark.endurance", what]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def length():
    """CPU time of ten times the frames of a file, from detections to a take that keeps them all."""
    with patch.object(pipeline, "Detector", KnownDetector):
        _file(_SHORT)
        costs = [_file(count).cpu_s for count in (_SHORT, _SHORT, _LONG, _SHORT, _LONG, _SHORT, _SHORT)]
    shorter, longer = (median(costs[i] for i in places) for places in ((0, 1, 3, 5, 6), (2, 4)))
    detail = {f"CPU s, {_SHORT} frames": shorter, f"{_LONG} frames": longer}
    return [Figure("10 times the frames", longer / shorter, Target("<=", 10.5), detail=detail)]


def _file(count):
    source = MemorySource(frames(_SIZE), count=count)
    with timed(count) as cost:
        take = chain().take(source.info, list(process_file(source, chain())))
    assert len(take.frames) == count
    return cost


class _InThrees(MemorySource):
    """Gives three frames when the last three have been shown: each is evidence, and the newest is refined."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.is_shown = threading.Semaphore(1)
        self._order = itertools.cycle(range(3))

    def read(self):
        if next(self._order) == 0:
            self.is_shown.acquire()
        return super().read()


def _chain(count):
    source, used = _InThrees(frames(_SIZE, _HELD), is_live=True, count=count), {}

    def publish(frame, _result):
        if frame.index >= _WARM_FRAMES:
            used["last_mb"] = _resident_mb()
            used.setdefault("first_mb", used["last_mb"])
        if frame.index % 3 == 2:
            source.is_shown.release()

    keypoints()
    with patch.object(pipeline, "Detector", KnownDetector):
        process_live(source, chain(), publish, lambda: False)
    return used | {"peak_mb": _peak_mb()}


def _window(count):
    shown = []
    with open_window(_SIZE, PoseModel.LITE, _HELD) as (_, session):
        session.frame_shown.connect(lambda frame, _result: shown.append(frame.index))
        session.open_camera(3)
        wait_until(lambda: len(shown) > count // 4)
        first_mb = _resident_mb()
        wait_until(lambda: len(shown) > count)
        last_mb = _resident_mb()
        session.close_source()
        wait_until(lambda: not session._crew.workers)
    return {"first_mb": first_mb, "last_mb": last_mb, "peak_mb": _peak_mb(), "pictures": count - count // 4}


def _resident_mb():
    """Of this process, now; on systems that do not say, the most it ever was."""
    if (statm := Path("/proc/self/statm")).exists():
        return int(statm.read_text().split()[1]) * _PAGE_MB
    return _peak_mb()


def _peak_mb():
    if (status := Path("/proc/self/status")).exists():  # the other one is inherited from who began this process
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


_MEASURES = {"chain": (_chain, _FRAMES), "window": (_window, 600)}

if __name__ == "__main__":
    measure, usual = _MEASURES[sys.argv[1]]
    print(json.dumps(measure(int(sys.argv[2]) if len(sys.argv) > 2 else usual)))
