"""All that a webcam does to a program, in the window and without one: what is read, how it ends, what is on disk.

The fake camera's pictures are grey, each of another brightness, so that a recording tells which of them it holds.
"""

import json
import os
import sys
from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QSettings

from app import camera as camera_module
from app import camera_device, camera_trouble
from app.capture import FileSource
from app.cli import main
from app.detector import PoseModel
from app.options import parse_options
from app.qt_environment import forget_opencv_qt
from app.recorded import recorded_times
from app.window.main_window import MainWindow
from app.window.session import Session
from tests.fake_camera import FakeCamera, FakeCameras

forget_opencv_qt()
PATIENCE_MS = 60_000
SIZE, OTHER_SIZE = (320, 180), (160, 90)
REFUSED = {
    "absent": "There is no camera 3; plugged in are: 5 (Other camera).",
    "busy": "Camera 3 (Front camera) is used by another program; end that one",
    "forbidden": "Camera 3 (Front camera) may not be used by you",
}
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not tell busy from forbidden")
REFUSALS = [pytest.param(cell, marks=[] if cell == "absent" else [linux_only]) for cell in REFUSED]


@pytest.fixture
def webcam(monkeypatch, tmp_path):
    """A good camera of 30 pictures a second."""
    folder = tmp_path / "dev"
    folder.mkdir()
    made = FakeCamera(3, size=SIZE, fps=30)
    system = FakeCameras(made, FakeCamera(5, "Other camera")).install(monkeypatch, folder)
    yield made
    system.end()


@pytest.fixture
def refusing(webcam, monkeypatch, request):
    """The camera in one of the states in which it cannot be opened."""
    if request.param == "absent":
        webcam.unplug()
    else:
        webcam.is_busy = True  # the fake's way to refuse
    if request.param == "forbidden":
        allowed = os.access
        monkeypatch.setattr(camera_trouble.os, "access", lambda path, how: "video" not in str(path) and allowed(path, how))
    return request.param


def when(monkeypatch, is_due, change):
    """Do something to the camera as soon as something is true."""
    picture = FakeCamera.picture

    def changed(camera):
        if is_due(camera):
            change(camera)
        return picture(camera)

    monkeypatch.setattr(FakeCamera, "picture", changed)


def recorded(tmp_path, pictures):
    """Whether so many are on disk."""

    def is_due(_camera):
        lines = tmp_path / "takes" / "take.jsonl"
        return lines.exists() and lines.read_text().count('"frame":') >= pictures

    return is_due


def quick_to_give_up(monkeypatch):
    monkeypatch.setattr(camera_module, "_STALL_S", 0.4)
    monkeypatch.setattr(camera_module, "_RETRY_S", 0.2)
    monkeypatch.setattr(camera_device, "_NEXT_PICTURE_S", 0.2)


def grow(camera):
    camera.size = OTHER_SIZE


def freeze(camera):
    camera.is_frozen = True


def intact(video, *, distinct=True):
    """Times of a recording, all of whose pictures can be read, in the size and the order they were taken in."""
    source, brightness = FileSource(video), []
    while (frame := source.read()) is not None:
        assert frame.size == SIZE
        brightness.append(round(float(frame.pixels.mean())))
    source.close()
    times_s = recorded_times(video)
    lines = [json.loads(line) for line in video.with_suffix(".jsonl").read_text().splitlines()]
    assert len(brightness) == len(times_s) == sum("frame" in line and "joints_m" not in line for line in lines[1:])
    assert all(b > a for a, b in pairwise(times_s))
    if distinct:
        assert all(0 < (b - a) % 200 < 200 for a, b in pairwise(brightness)), "a picture comes twice"
    return times_s


# Without a window


def record(tmp_path, capfd, *arguments):
    """Exit status, what was told and what was warned of, and the files, of a run that records the camera."""
    quick = ["--headless", "--device", "cpu", "--pose-model", "lite", "--uao-iterations", "0"]
    out = tmp_path / "takes"
    status = main(["--camera", "3", *quick, "--export", str(out / "take.json"), *arguments])
    told = capfd.readouterr()
    return status, told.out, told.err, sorted(path.name for path in out.iterdir()) if out.exists() else []


def poses_in(tmp_path):
    return json.loads((tmp_path / "takes" / "take.json").read_text())["frames"]


@pytest.mark.parametrize("refusing", REFUSALS, indirect=True)
def test_without_a_window_a_refusal_is_one_sentence_and_no_file(refusing, webcam, tmp_path, capfd):
    status, told, error, files = record(tmp_path, capfd)
    assert status == 1 and told == "" and files == [] and webcam.opened == 0
    assert error.startswith(f"uao-pose: {REFUSED[refusing]}") and len(error.splitlines()) == 1


def test_without_a_window_unplugging_ends_the_take_whole(webcam, tmp_path, capfd, monkeypatch):
    quick_to_give_up(monkeypatch)
    when(monkeypatch, recorded(tmp_path, 8), FakeCamera.unplug)
    status, told, error, files = record(tmp_path, capfd)
    assert status == 0 and files == ["take.avi", "take.json", "take.jsonl"]
    assert error == "uao-pose: Front camera has stopped giving pictures; the take ends there.\n"
    times_s = intact(tmp_path / "takes" / "take.avi")
    assert f"recorded {len(times_s)} pictures" in told and len(poses_in(tmp_path)) == len(times_s) > 2


def test_without_a_window_a_camera_that_goes_after_one_picture_leaves_nothing(webcam, tmp_path, capfd, monkeypatch):
    quick_to_give_up(monkeypatch)
    when(monkeypatch, lambda camera: camera.given == 1, FakeCamera.stall)
    status, _, error, files = record(tmp_path, capfd)
    assert status == 1 and files == []
    stopped, nothing = error.splitlines()
    assert stopped == "uao-pose: Front camera has stopped giving pictures; the take ends there."
    assert nothing == "uao-pose: Nothing was recorded: the camera gave no pictures in that time."


def test_without_a_window_a_frozen_camera_is_told_once_and_recorded(webcam, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(camera_module, "_STILL_S", 0.4)
    when(monkeypatch, recorded(tmp_path, 4), freeze)
    status, _, error, files = record(tmp_path, capfd, "--seconds", "1.5")
    assert status == 0 and len(files) == 3 and error.count("The picture does not change") == error.count("\n") == 1
    assert len(poses_in(tmp_path)) == len(intact(tmp_path / "takes" / "take.avi", distinct=False)) > 2


def test_without_a_window_one_picture_a_second_is_recorded_as_it_comes(webcam, tmp_path, capfd):
    webcam.fps = 1
    status, told, error, files = record(tmp_path, capfd, "--seconds", "3")
    times_s = intact(tmp_path / "takes" / "take.avi")
    assert status == 0 and len(files) == 3 and len(poses_in(tmp_path)) == len(times_s) >= 3
    assert "Motion is lost between so few pictures" in error and error.count("\n") == 1
    assert all(b - a > 0.9 for a, b in pairwise(times_s)) and "stopped" not in told + error


def test_without_a_window_a_camera_that_changes_its_size_is_recorded_in_the_first(webcam, tmp_path, capfd, monkeypatch):
    when(monkeypatch, recorded(tmp_path, 4), grow)
    status, _, error, _ = record(tmp_path, capfd, "--seconds", "1.5")
    assert status == 0 and error == "" and webcam.size == OTHER_SIZE
    assert len(poses_in(tmp_path)) == len(intact(tmp_path / "takes" / "take.avi")) > 2
    assert json.loads((tmp_path / "takes" / "take.json").read_text())["image_size"] == list(SIZE)


# In the window


@pytest.fixture
def window(qtbot, tmp_path, webcam):
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    options = replace(parse_options(["--device", "cpu", "--uao-iterations", "0"]), pose_model=PoseModel.LITE)
    made = MainWindow(Session(options))
    made._session.recordings_folder = tmp_path / "takes"
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


@pytest.fixture
def recording(qtbot, session):
    """Begun with the camera's first pictures; gives what it has become when it has ended."""
    ended = []
    session.recorded.connect(ended.append)
    session.open_camera(3)
    qtbot.waitUntil(lambda: session.can_record, timeout=PATIENCE_MS)
    session.record()
    return ended


def read_of(qtbot, window, words):
    """Wait until the panel says something."""
    qtbot.waitUntil(lambda: words in window.camera.report.text(), timeout=PATIENCE_MS)


def end(qtbot, session, recording):
    """What the recording has become; the window opens it."""
    session.stop_recording()
    qtbot.waitUntil(lambda: bool(recording), timeout=PATIENCE_MS)
    (made,) = recording
    assert made.trouble is None and session.path == made.path and not session.is_live
    return made


@pytest.mark.parametrize("refusing", REFUSALS, indirect=True)
def test_in_the_window_a_refusal_is_a_banner(qtbot, window, session, refusing, tmp_path):
    session.open_camera(3)
    qtbot.waitUntil(lambda: bool(window.banners.shown()), timeout=PATIENCE_MS)
    (banner,) = window.banners.shown()
    assert banner.text.startswith(REFUSED[refusing]) and not session.is_live
    assert window.status_label.text() == "Ready" and window.pages.welcome.isVisible()
    assert window.camera.report.text() == "" and not (tmp_path / "takes").exists()


def test_in_the_window_unplugging_ends_the_recording_whole(qtbot, monkeypatch, window, session, webcam, recording):
    quick_to_give_up(monkeypatch)
    qtbot.waitUntil(lambda: session.webcam.recorded_s > 0.4, timeout=PATIENCE_MS)
    webcam.unplug()
    qtbot.waitUntil(lambda: bool(recording), timeout=PATIENCE_MS)
    (made,) = recording
    assert made.is_cut and len(intact(made.path)) == made.frames > 2
    assert window.statusBar().currentMessage().startswith("The camera went away. Recorded ") and not window.banners.shown()


def test_in_the_window_a_frozen_camera_is_told_and_recorded(qtbot, monkeypatch, window, session, webcam, recording):
    monkeypatch.setattr(camera_module, "_STILL_S", 0.4)
    webcam.is_frozen = True
    read_of(qtbot, window, "The picture does not change: the camera is frozen.")
    webcam.is_frozen = False
    qtbot.waitUntil(lambda: "frozen" not in window.camera.report.text(), timeout=PATIENCE_MS)
    assert session.is_recording
    made = end(qtbot, session, recording)
    assert len(intact(made.path, distinct=False)) == made.frames > 2 and not made.is_cut


def test_in_the_window_one_picture_a_second_is_told_and_recorded(qtbot, window, session, webcam, recording):
    webcam.fps = 1
    read_of(qtbot, window, "at 1.0 fps\nMotion is lost between so few pictures")
    assert not session.webcam.is_waiting and session.is_recording
    made = end(qtbot, session, recording)
    times_s = intact(made.path)
    assert len(times_s) == made.frames and times_s[-1] - times_s[-2] > 0.9 and not made.is_cut


def test_in_the_window_a_camera_that_changes_its_size_is_told_and_recorded(qtbot, window, session, webcam, recording):
    qtbot.waitUntil(lambda: session.webcam.recorded_s > 0.3, timeout=PATIENCE_MS)
    webcam.size = OTHER_SIZE
    read_of(qtbot, window, "getting 160x90")
    assert session.info.image_size == SIZE and session.is_recording
    made = end(qtbot, session, recording)
    assert len(intact(made.path)) == made.frames > 2 and not made.is_cut
