"""The real window on a live camera: how many pictures it paints, how old they are, how long its user is kept waiting."""

import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from statistics import median

import numpy as np
from PySide6.QtCore import QEvent, QObject, QSettings
from PySide6.QtWidgets import QApplication
from pytest import MonkeyPatch

from app.detector import PoseModel
from app.options import parse_options
from app.qt_environment import forget_opencv_qt
from app.window.application import be_responsive
from app.window.main_window import MainWindow
from app.window.session import Session
from app.window.theme import Appearance, apply_theme
from tests import ui_pauses
from tests.benchmark.bare import bare_detector
from tests.benchmark.frames import frames
from tests.benchmark.measuring import middle
from tests.benchmark.report import Figure, Target
from tests.fake_camera import FakeCamera, FakeCameras
from tests.ui_pauses import pass_time, wait_until

_WEBCAM_FPS = 30
_OVER_DETECTOR = 1.5  # of a camera that never lets the detector wait, whose rate the window's is compared with
_SETTLE_S, _MEASURED_S, _ROUNDS, _BARE_FRAMES = 2.0, 4.5, 2, 60
_SHARE, _LITE_FPS, _LAG = Target(">=", 0.75), Target(">=", 20), Target("<=", 2.5)
_PAUSES = ("first_load", "file", "playing", "live")


class _MemoryCamera(FakeCamera):
    """Gives pictures that are decoded already."""

    held = ()

    def _of_clip(self):
        return self.held[self.given % len(self.held)].pixels


class Painted(QObject):
    """Notes when the pictures of a live camera have been painted: the video with its skeleton, and the 3D view."""

    def __init__(self, window, session):
        super().__init__()
        self._window, self._grabbed_s, self._drawn = window, {}, None
        self.video, self.view = [], []  # (seconds, lag in seconds)
        session.frame_shown.connect(self._note)
        window.video.painted.connect(lambda frame: self._add(self.video, frame.grabbed_s))
        window.viewport.installEventFilter(self)

    def _note(self, frame, result):
        if result.pose is not None:
            self._grabbed_s[id(result.pose)] = (frame.grabbed_s, result.pose)
            while len(self._grabbed_s) > 100:
                self._grabbed_s.pop(next(iter(self._grabbed_s)))

    def eventFilter(self, watched, event):  # noqa: N802 (Qt's name)
        drawn = getattr(watched, "_drawn", None)  # the last events come to what is left of the widget
        if event.type() is QEvent.Type.Paint and drawn is not None and drawn.pose is not self._drawn:
            self._drawn = drawn.pose
            if id(drawn.pose) in self._grabbed_s:
                self._add(self.view, self._grabbed_s[id(drawn.pose)][0])
        return False

    @staticmethod
    def _add(pictures, grabbed_s):
        now = time.monotonic()
        pictures.append((now, now - grabbed_s))

    def begin(self):
        self.video.clear()
        self.view.clear()


@contextmanager
def open_window(size, model, held=120, fps=60.0):
    """A window before a camera, of so many pictures in turns, that is not open yet."""
    forget_opencv_qt()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    be_responsive(app)
    apply_theme(app, Appearance.DARK)
    with tempfile.TemporaryDirectory() as folder, MonkeyPatch.context() as patch:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, f"{folder}/settings")
        camera = _MemoryCamera(3, "Front camera", size=size, fps=fps, clip=Path())
        camera.held = frames(size, held)
        cameras = FakeCameras(camera).install(patch, Path(folder))
        session = Session(replace(parse_options(["--device", "cpu"]), pose_model=model))
        window = MainWindow(session)
        window.resize(1280, 760)
        window.show()
        try:
            yield window, session
        finally:
            window.close()
            cameras.end()


@cache
def _live(size, model, fps=None):
    """Figures of a live camera: pictures a second and lags in ms by view, and the bare detector's ms.

    Without `fps` the camera has more pictures than the detector can look at.
    """
    rounds, failures, steps = [], [], []
    bare = [bare_detector(model, frames(size)[:_BARE_FRAMES])]
    with open_window(size, model, fps=fps or _OVER_DETECTOR * 1000 / bare[0].wall_ms) as (window, session):
        session.failed.connect(failures.append)
        painted = Painted(window, session)
        for _ in range(_ROUNDS):
            session.open_camera(3)
            wait_until(lambda: painted.view or failures)
            pass_time(_SETTLE_S)
            painted.begin()
            pass_time(_MEASURED_S)
            rounds.append({"video": list(painted.video), "3D": list(painted.view)})
            steps.append(session.webcam.steps[0] if session.webcam else 0)
            session.close_source()
            wait_until(lambda: not session._crew.workers)
            painted.begin()
            bare.append(bare_detector(model, frames(size)[:_BARE_FRAMES]))
    if failures:
        raise RuntimeError(failures[0])
    detector_ms = middle(bare)
    return {
        "fps": {view: median(len(r[view]) / _MEASURED_S for r in rounds) for view in ("video", "3D")},
        "lag_ms": {view: 1000 * median(lag for r in rounds for _, lag in r[view]) for view in ("video", "3D")},
        "growth": max(_growth(r["video"]) for r in rounds),
        "detector_ms": detector_ms,
        "steps": min(steps),
    }


def _growth(pictures):
    """Median lag of the last third over that of the first."""
    lags = np.array([lag for _, lag in pictures])
    third = max(len(lags) // 3, 1)
    return float(np.median(lags[-third:]) / np.median(lags[:third]))


def throughput():
    """Pictures a second, of the view that paints fewer, over the bare detector's."""
    figures = []
    for size, model in _CASES:
        live = _live(size, model)
        fps = min(live["fps"].values())
        detail = {
            "video fps": live["fps"]["video"],
            "3D fps": live["fps"]["3D"],
            "detector's": 1000 / live["detector_ms"],
            "UAO steps": live["steps"],
        }
        if model is PoseModel.LITE:
            figures.append(Figure(_name(size, model), fps, _LITE_FPS, "fps", detail))
        else:
            figures.append(Figure(_name(size, model), fps * live["detector_ms"] / 1000, _SHARE, detail=detail))
    return figures


def lag():
    """From the grab of a picture until it is painted, in detector times, and whether that grows."""
    figures = []
    for size, model in _CASES[:2]:
        for fps, camera in ((_WEBCAM_FPS, f"{_WEBCAM_FPS} fps"), (None, "camera faster than the detector")):
            live, name = _live(size, model, fps), f"{_name(size, model)}, {camera}"
            for view in ("video", "3D"):
                detail = {
                    "ms": live["lag_ms"][view],
                    "detector's ms": live["detector_ms"],
                    "fps": live["fps"][view],
                    "UAO steps": live["steps"],
                }
                figures.append(Figure(f"{name}, {view}", live["lag_ms"][view] / live["detector_ms"], _LAG, detail=detail))
            figures.append(Figure(f"{name}, last third over first", live["growth"], Target("<=", 1.25)))
    return figures


_CASES = (((640, 360), PoseModel.FULL), ((1280, 720), PoseModel.FULL), ((640, 360), PoseModel.LITE))


def _name(size, model):
    return f"{size[0]}x{size[1]}, {model.value} model"


def pauses():
    """Of the window's thread, without the time in which it had no processor; `python -m tests.ui_pauses` measures more."""
    found = ui_pauses.measure(_PAUSES)
    figures = []
    for phase in _PAUSES[1:]:
        times = found[phase]
        own = {name: times.get(f"own_{name}", times[name]) for name in ("p99_ms", "max_ms")}
        detail = {"with waiting for a processor": times["max_ms"]}
        figures.append(Figure(f"{phase}, longest", own["max_ms"], Target("<", 50), "ms", detail))
        figures.append(Figure(f"{phase}, 99th percentile", own["p99_ms"], Target("<", 16), "ms"))
    return figures
