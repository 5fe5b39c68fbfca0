"""Memory over many frames, and cost against length: the whole chain but the detector, which sees the same clip again."""

import json
import os
import resource
import subprocess
import sys
from dataclasses import replace
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
_FRAMES, _MEASURED_FRAMES, _WARM_FRAMES = 10_000, 2_500, 500
_SHORT, _LONG = 400, 4000
"""Long enough that it hardly counts how many more frames a file's first window hands out than the others."""
_HELD = 30  # frames in memory, which are the benchmark's own
_PAGE_MB = resource.getpagesize() / 2**20


def memory():
    """A live chain, none of whose frames is kept, and for a while the real window and the real detector; each in a process
    of its own. `python -m tests.benchmark.endurance chain 10000` goes all the way instead of a third of it."""
    used, window = _in_a_process("chain"), _in_a_process("window")
    detail = {f"MB after {_WARM_FRAMES}": used["first_mb"], f"MB after {_MEASURED_FRAMES}": used["last_mb"]}
    share = (_FRAMES - _WARM_FRAMES) / (_MEASURED_FRAMES - _WARM_FRAMES)
    growth = share * (used["last_mb"] - used["first_mb"])
    return [
        Figure(f"growth by frame {_FRAMES} at the rate from {_WARM_FRAMES} on", growth, Target("<", 5), "MB", detail),
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
        costs = [_file(count).cpu_s for count in (_SHORT, _SHORT, _LONG, _SHORT, _SHORT)]
    longer = costs.pop(2)
    detail = {f"CPU s, {_SHORT} frames": median(costs), f"{_LONG} frames": longer}
    return [Figure("10 times the frames", longer / median(costs), Target("<=", 10.5), detail=detail)]


def _file(count):
    source = MemorySource(frames(_SIZE), count=count)
    with timed(count) as cost:
        take = chain().take(source.info, list(process_file(source, chain())))
    assert len(take.frames) == count
    return cost


def _chain(count):
    source, used = MemorySource(frames(_SIZE, _HELD), is_live=True, count=count), {}

    def publish(frame, _result):
        if frame.index >= _WARM_FRAMES:
            used["last_mb"] = _resident_mb()
            used.setdefault("first_mb", used["last_mb"])

    keypoints()
    with patch.object(pipeline, "Detector", KnownDetector):
        process_live(source, replace(chain(), config=replace(chain().config, iterations=1)), publish, lambda: False)
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


_MEASURES = {"chain": (_chain, _MEASURED_FRAMES), "window": (_window, 480)}

if __name__ == "__main__":
    measure, usual = _MEASURES[sys.argv[1]]
    print(json.dumps(measure(int(sys.argv[2]) if len(sys.argv) > 2 else usual)))
