"""How long the window keeps its user waiting: `python -m tests.ui_pauses`, on a display, Xvfb, or Qt's offscreen platform.

The real window does its heaviest work while a timer asks for a turn of the event loop every millisecond. A pause is the time
between two turns: as long as it lasts nothing is painted and no key is taken. On a shared machine a thread also waits for a
processor that others use; Linux counts that time, and a second set of figures is without it.
"""

import argparse
import ctypes
import json
import os
import random
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QObject, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytest import MonkeyPatch

from app.capture import FileSource
from app.options import BUNDLED_CLIP, parse_options
from app.qt_environment import forget_opencv_qt
from app.recording import Recorder
from app.window.application import be_responsive
from app.window.main_window import MainWindow
from app.window.session import Session
from app.window.theme import Appearance, apply_theme
from tests.benchmark.about import machine
from tests.fake_camera import FakeCamera, FakeCameras
from tests.short_clips import write_clip

PATIENCE_S = 300
EXPORTED_FRAMES = 3000
SEEKS, LIVE_S, TAKES, JOBS = 150, 12, 24, 40
COLUMNS = ("p50_ms", "p99_ms", "max_ms", "own_p50_ms", "own_p99_ms", "own_max_ms")


class Turns(QObject):
    """Notes every turn of the event loop: when it came, and how long the thread had waited for a processor by then."""

    def __init__(self):
        super().__init__()
        self._turns = []
        self._waited_ms = _waiting_clock()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._turn)
        self._timer.start(1)

    def _turn(self):
        self._turns.append((1000 * time.perf_counter(), self._waited_ms()))

    def begin(self):
        self._turns.clear()
        self._turn()

    def figures(self):
        """Of all pauses since the beginning, in ms."""
        lengths, waits = np.diff(np.array(self._turns), axis=0).T
        own = np.maximum(lengths - waits, 0)
        return {
            "turns": len(lengths),
            **_quantiles(lengths),
            **({f"own_{name}": value for name, value in _quantiles(own).items()} if waits.any() else {}),
        }


def _quantiles(lengths):
    p50, p99 = np.percentile(lengths, (50, 99))
    return {"p50_ms": round(float(p50), 1), "p99_ms": round(float(p99), 1), "max_ms": round(float(lengths.max()), 1)}


def _waiting_clock():
    """A function that gives the ms that this thread has waited for a processor; always 0 where the system does not count."""
    path = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    if not path.exists():
        return lambda: 0.0
    handle, text = os.open(path, os.O_RDONLY), ctypes.create_string_buffer(80)
    pread = ctypes.PyDLL(None).pread  # os.pread gives the interpreter's lock away, which would be another pause

    def waited_ms():
        pread(handle, text, 79, 0)
        return int(text.value.split()[1]) / 1e6

    return waited_ms


def wait_until(condition, patience_s=PATIENCE_S):
    """Let the event loop run until something is true."""
    loop, end = QEventLoop(), time.monotonic() + patience_s
    poll = QTimer()
    poll.timeout.connect(lambda: (condition() or time.monotonic() > end) and loop.quit())
    poll.start(20)
    loop.exec()
    if not condition():
        raise TimeoutError("the window has not done in time what was to be measured")


def pass_time(seconds):
    end = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > end)


class Phases:
    """What the window is put through, one method a phase; the later ones build on the earlier ones."""

    def __init__(self, window, session, folder, cameras):
        self.window, self.session, self.folder, self.cameras = window, session, folder, cameras

    def first_load(self):
        """Models and libraries are loaded, up to the first frame."""
        self.session.open_file(BUNDLED_CLIP)
        wait_until(lambda: self.session.results)

    def file(self):
        """The clip is processed while it plays, in both views."""
        wait_until(lambda: self.session.is_complete and not self.session.player.is_playing)

    def playing(self):
        self.session.player.play()
        wait_until(lambda: not self.session.player.is_playing)

    def seeking(self):
        chance = random.Random(0)
        for _ in range(SEEKS):
            self.window.timeline.seeked.emit(chance.randrange(len(self.session.results)))
            pass_time(0.03)

    def takes_dock(self):
        for _ in range(3):
            self.window.takes.toggleViewAction().trigger()
            pass_time(1)
        self.window.takes.hide()

    def batch_dock(self):
        self.window.commands.batch.trigger()
        self.window._queue.add([self.folder / "study"])
        wait_until(lambda: len(self.window._queue.jobs) == JOBS and not self.window._queue._crew.workers)
        for _ in range(3):
            self.window._batch_dock.toggleViewAction().trigger()
            pass_time(0.5)
        self.window._batch_dock.hide()

    def long_take(self):
        """The clip again and again, up to the length that is exported; played, with a timeline of so many frames."""
        clip = self.session.results
        last_s = clip[-1].time_s + clip[1].time_s - clip[0].time_s
        rounds, within = zip(*(divmod(i, len(clip)) for i in range(EXPORTED_FRAMES)), strict=True)
        self.session.results = [
            replace(clip[k], keypoints=replace(clip[k].keypoints, index=i, time_s=clip[k].time_s + n * last_s))
            for i, (n, k) in enumerate(zip(rounds, within, strict=True))
        ]
        self.session.changed.emit()
        self.session.player.seek(0)
        self.session.player.play()
        pass_time(4)
        self.session.player.pause()

    def export_bvh(self):
        self._export("bvh")

    def export_json(self):
        self._export("json")

    def export_glb(self):
        self._export("glb")

    def _export(self, suffix):
        written = []
        self.session.exports.written.connect(written.append)
        self.session.exports.write(self.folder / f"take.{suffix}")
        wait_until(lambda: written)

    def live(self):
        """A webcam of 30 frames a second, after its first picture."""
        self.session.open_camera(3)
        wait_until(lambda: self.session.webcam is not None and self.session.webcam.figures.latency_ms > 0)
        pass_time(LIVE_S)

    def live_recording(self):
        self.session.record()
        pass_time(5)
        self.session.close_source()


PHASES = [name for name in vars(Phases) if not name.startswith("_")]


def record_takes(folder):
    """A folder of short takes."""
    source = FileSource(BUNDLED_CLIP)
    frames = [source.read() for _ in range(15)]
    source.close()
    for i in range(TAKES):
        recorder = Recorder(folder, f"take {i}", source.info)
        for frame in frames:
            recorder.add(frame)
        recorder.close()


def write_study(folder):
    """A folder of short videos."""
    first = write_clip(folder / "0.mp4")
    for i in range(1, JOBS):
        (folder / f"{i}.mp4").write_bytes(first.read_bytes())


def measure(phases=None):
    """Pauses by phase; of all phases, or of some."""
    forget_opencv_qt()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    be_responsive(app)
    apply_theme(app, Appearance.DARK)
    figures = {}
    with tempfile.TemporaryDirectory() as name, MonkeyPatch.context() as patch:
        folder = Path(name)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "settings"))
        camera = FakeCamera(3, "Front camera", size=(960, 540), fps=30, clip=BUNDLED_CLIP)
        cameras = FakeCameras(camera).install(patch, folder)
        record_takes(folder / "takes")
        write_study(folder / "study")
        session = Session(parse_options(["--device", "cpu"]))
        session.recordings_folder = folder / "takes"
        window = MainWindow(session)
        window.resize(1280, 760)
        window.show()
        failures = []
        session.failed.connect(failures.append)
        pass_time(1)
        turns, does = Turns(), Phases(window, session, folder, cameras)
        print(f"{'pauses in ms':<16}{'turns':>7}     p50     p99     max   without waiting for a processor: p50, p99, max")
        for phase in phases or PHASES:
            turns.begin()
            try:
                getattr(does, phase)()
            except BaseException:
                window.close()  # Qt aborts where threads still run
                raise
            found = turns.figures()
            figures[phase] = found
            own = "".join(f"{found.get(f'own_{key}', float('nan')):8.1f}" for key in ("p50_ms", "p99_ms", "max_ms"))
            print(
                f"{phase:<16}{found['turns']:>7}{found['p50_ms']:8.1f}{found['p99_ms']:8.1f}{found['max_ms']:8.1f}   {own}"
            )
            sys.stdout.flush()
        window.close()
        cameras.end()
    if failures:
        raise SystemExit("\n".join(failures))
    return figures


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.ui_pauses", description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, with machine and versions")
    options = parser.parse_args()
    figures = measure()
    about = machine() | {"platform": QApplication.platformName()}
    print(*(f"{key}: {value}" for key, value in about.items()), sep="\n")
    if options.json:
        options.json.write_text(json.dumps({"machine": about, "pauses": figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
