"""The window on a machine that misbehaves: GPU and renderer go away, settings cannot be kept, it is told to end."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from app.capture import FileSource
from app.recorded import recorded_times
from app.view import View
from app.viewport import Open3DRenderer, ReadBack
from app.viewport_widget import ViewportWidget
from app.window import workers
from app.window.application import close_when_told
from app.window.settings import Settings
from app.window.theme import Appearance
from tests.test_headless import ROOT
from tests.test_viewport_widget import STANDING, StubRenderer, moment
from tests.test_window import PATIENCE_MS, kept_apart, options, window  # noqa: F401 (fixtures)
from uao_core.errors import UaoError

ERRORS = {
    "the GPU": (RuntimeError("CUDA error: device-side assert triggered\nmore"), "The GPU has stopped working"),
    "the disk": (OSError(5, "Input/output error"), "Input/output error"),
}


@pytest.mark.parametrize("what", ERRORS)
def test_what_was_done_before_a_failure_stays_and_can_be_exported(qtbot, monkeypatch, window, session, tmp_path, what):  # noqa: F811
    error, words = ERRORS[what]
    real = workers.process_file

    def fails(*arguments):
        for number, found in enumerate(real(*arguments)):
            if number == 12:
                raise error
            yield found

    monkeypatch.setattr(workers, "process_file", fails)
    with qtbot.waitSignal(session.failed, timeout=PATIENCE_MS) as caught:
        session.open_file(session.options.clip)
    assert words in caught.args[0] and "\n" not in caught.args[0]
    assert len(session.results) == 12 and session.can_continue and session.can_export
    assert [banner.text for banner in window.banners.shown()] == [caught.args[0]]
    with qtbot.waitSignal(session.exports.written, timeout=PATIENCE_MS):
        session.exports.write(tmp_path / "take.json")
    assert len(json.loads((tmp_path / "take.json").read_text())["frames"]) == 12


class Failing(StubRenderer):
    """Draws some pictures, then none."""

    made = 0

    def __init__(self, most, may_be_made):
        super().__init__()
        Failing.made += 1
        if Failing.made > may_be_made:
            raise RuntimeError("no context")
        self.most = most

    def render(self, view):
        if len(self.views) == self.most:
            raise RuntimeError("context lost")
        return super().render(view)


@pytest.mark.parametrize("may_be_made", [1, 2])
def test_a_renderer_that_fails_is_made_anew_once(qtbot, may_be_made):
    Failing.made = 0
    widget = ViewportWidget(lambda: Failing(2, may_be_made))
    qtbot.addWidget(widget, before_close_func=ViewportWidget.shut_down)
    widget.resize(400, 300)
    widget.show()
    qtbot.waitUntil(lambda: not widget._picture.isNull(), timeout=PATIENCE_MS)
    for i in range(2):
        shown = moment(STANDING, i / 30)
        widget.show_moment(shown)
        qtbot.waitUntil(
            lambda shown=shown: bool(widget._problem) or (widget._drawn is not None and widget._drawn.pose is shown.pose),
            timeout=PATIENCE_MS,
        )
        widget.reset_view()
        qtbot.wait(50)
    if may_be_made == 1:
        qtbot.waitUntil(lambda: "The 3D view has failed" in widget._problem, timeout=PATIENCE_MS)
    else:
        assert Failing.made >= 2
    widget.grab()


def test_a_black_picture_is_a_lost_context(monkeypatch):
    from app.orbit import Orbit

    renderer = Open3DRenderer()
    try:
        assert renderer.render(View(Orbit(), (64, 48))).any()
        monkeypatch.setattr(ReadBack, "read", lambda _self, _window, size: np.zeros((size[1], size[0], 3), np.uint8))
        with pytest.raises(UaoError, match="lost its graphics context"):
            renderer.render(View(Orbit(), (64, 48)))
    finally:
        renderer.close()


def test_without_the_3d_view_the_window_goes_on(qtbot, monkeypatch, window, session, tmp_path):  # noqa: F811
    qtbot.waitUntil(lambda: not window.viewport._picture.isNull(), timeout=PATIENCE_MS)

    def lost(_self, _view):
        raise UaoError("The 3D view has lost its graphics context; the 2D view and exports go on without it.")

    monkeypatch.setattr(Open3DRenderer, "render", lost)
    session.open_file(session.options.clip)
    qtbot.waitUntil(lambda: session.is_complete and bool(window.viewport._problem), timeout=PATIENCE_MS)
    assert "exports go on" in window.viewport._problem
    before = window.video.grab().toImage()
    session.player.pause()
    session.player.seek(20)
    qtbot.waitUntil(lambda: window.video.grab().toImage() != before, timeout=PATIENCE_MS)
    with qtbot.waitSignal(session.exports.written, timeout=PATIENCE_MS):
        session.exports.write(tmp_path / "take.bvh")
    assert (tmp_path / "take.bvh").stat().st_size > 1000


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_home_that_cannot_be_written_to_costs_the_memory_alone(qtbot, qapp):
    from app.options import parse_options
    from app.window.main_window import MainWindow
    from app.window.session import Session

    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "/proc/uao")
    made = MainWindow(Session(parse_options([])))
    qtbot.addWidget(made)
    made.show()
    Settings().set_appearance(Appearance.DARK)
    made.close()
    assert not made.isVisible()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_window_that_is_told_to_end_while_it_paints_paints_first(qtbot, number):
    seen = []

    class Told(QWidget):
        def paintEvent(self, _event):  # noqa: N802 (Qt's name)
            if not seen:
                signal.raise_signal(number)
                seen.append(self.isVisible())

    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    told = Told()
    qtbot.addWidget(told)
    try:
        close_when_told(told)
        told.show()
        qtbot.waitUntil(lambda: bool(seen) and not told.isVisible())
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert seen == [True]


_PROGRAM = """
import sys
from pathlib import Path
import pytest
from PySide6.QtCore import QSettings, QTimer
from app.options import parse_options
from app.window import application, session
from tests.fake_camera import FakeCamera, FakeCameras

folder, clip = Path(sys.argv[1]), Path(sys.argv[2])
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "settings"))
(folder / "dev").mkdir()
cameras = FakeCameras(FakeCamera(0, "Front camera", fps=25, clip=clip)).install(pytest.MonkeyPatch(), folder / "dev")
made = []
real = session.Session
application.Session = lambda options: made.append(real(options)) or made[0]

def look():
    this = made[0]
    this.recordings_folder = folder / "takes"
    if this.can_record and not this.is_recording:
        this.record()
    elif this.is_recording and this.webcam.recorded_s > 0.5:
        print("recording", flush=True)

timer = QTimer()
timer.timeout.connect(look)
begin = application.QApplication

class App(begin):
    def exec(self):
        timer.start(50)
        return super().exec()

application.QApplication = App
sys.exit(application.run_window(parse_options(["--camera", "0", "--device", "cpu", "--pose-model", "lite"])))
"""


_BUSY_DRIVER = """
import atexit, threading, time
import cv2, numpy
fake = cameras.cameras[0]
quick, ends = fake._of_clip, threading.Event()
atexit.register(lambda: (ends.set(), time.sleep(0.01)))
def slow():
    if fake.given > 20:
        print("busy", flush=True)
        ends.wait()
        cv2.GaussianBlur(numpy.zeros((1000, 1000, 3), numpy.uint8), (0, 0), 20.0)
    return quick()
fake._of_clip = slow
made = []
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a program could answer")
def test_a_driver_that_is_at_work_when_the_program_ends_does_not_abort_it(tmp_path, clip):
    command = [sys.executable, "-c", _PROGRAM.replace("made = []\n", _BUSY_DRIVER), str(tmp_path), str(clip)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert "busy" in (line.strip() for line in process.stdout)  # reads no farther
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a program could answer")
def test_a_window_that_is_told_to_end_finishes_its_recording(tmp_path, clip):
    command = [sys.executable, "-c", _PROGRAM, str(tmp_path), str(clip)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().strip() == "recording", process.communicate(timeout=10)
        process.send_signal(signal.SIGTERM)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 0 and "Traceback" not in error, error
    (video,) = (tmp_path / "takes").glob("*.avi")
    source, count = FileSource(video), 0
    while source.read() is not None:
        count += 1
    source.close()
    assert count == len(recorded_times(video)) > 3
