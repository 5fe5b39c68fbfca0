"""A take as a film: which frames it has, what it shows, and that nothing is left of one that was given up."""

from concurrent.futures import Future
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QFileDialog

from app.capture import FileSource, Frame, PixelFormat, SourceInfo
from app.detector import PoseModel
from app.film import Footage, Look, film_fps, write_film
from app.options import parse_options
from app.qt_environment import forget_opencv_qt
from app.recording import Recorder
from app.view import LIGHT
from app.window.export_progress import ExportProgress
from app.window.main_window import MainWindow
from app.window.session import Session
from app.window.theme import apply_theme
from app.window.trim import Trim
from tests.short_clips import write_clip
from uao_core.camera import Intrinsics
from uao_core.errors import UaoError
from uao_core.packets import FrameResult, Keypoints
from uao_core.take import Take

forget_opencv_qt()
pytestmark = pytest.mark.usefixtures("qapp")  # fonts need it
PATIENCE_MS = 60_000
SIZE = (96, 64)


def grey(i):
    """Frames that tell their number: 60 of them, three steps of grey apart."""
    return np.full((SIZE[1], SIZE[0], 3), 40 + 3 * i, np.uint8)


@pytest.fixture(scope="module")
def grey_clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("grey") / "grey.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20.0, SIZE)
    for i in range(60):
        writer.write(grey(i))
    writer.release()
    return path


def take_of(path, span, start_s=0.0):
    """A take in which nobody is, of some frames of a video."""
    source, frames = FileSource(path, start_s), []
    while (frame := source.read()) is not None:
        frames.append(FrameResult(Keypoints(frame.index, frame.time_s, None), None))
    source.close()
    lens = Intrinsics.from_focal(90, SIZE)
    return Take(path.name, source.info.fps, SIZE, lens, {}, {}, tuple(frames[i] for i in span))


def plain(view):
    """Stands for a renderer."""
    return partial(np.full, (view.size[1], view.size[0], 3), 200, np.uint8)


def pictures_of(path):
    film = cv2.VideoCapture(str(path))
    fps, pictures = film.get(cv2.CAP_PROP_FPS), []
    while (read := film.read())[0]:
        pictures.append(read[1])
    film.release()
    return pictures, fps


def number_of(picture):
    """Which of the grey frames is on the left of a picture."""
    return round((picture[300:340, 100:300].mean() - 40) / 3)


@pytest.mark.parametrize(("first", "last"), [(0, 5), (7, 20), (45, 60)])
def test_a_trimmed_take_has_its_own_frames(grey_clip, tmp_path, first, last):
    target, told = tmp_path / "film ü.mp4", []
    assert write_film(take_of(grey_clip, range(first, last)), Footage(grey_clip), Look(), plain, target, told.append)
    pictures, fps = pictures_of(target)
    assert len(pictures) == last - first == told[-1] and fps == 20
    assert pictures[0].shape == (640, 960 + 640, 3)
    assert abs(number_of(pictures[0]) - first) <= 1 and abs(number_of(pictures[-1]) - (last - 1)) <= 1
    assert abs(pictures[0][300:, 1000:].mean() - 200) < 3, "the 3D view is on the right"
    assert [path.name for path in tmp_path.iterdir()] == ["film ü.mp4"]


def test_frames_are_numbered_from_the_start_of_the_footage(grey_clip, tmp_path):
    take = take_of(grey_clip, range(3, 6), start_s=2.0)
    assert write_film(take, Footage(grey_clip, 2.0), Look(), plain, tmp_path / "a.mp4")
    assert abs(number_of(pictures_of(tmp_path / "a.mp4")[0][0]) - 43) <= 1


def test_a_webcams_recording_keeps_its_length(qtbot, tmp_path):
    """Its pictures came as they could, and its second half at half the rate."""
    times_s = [*(i / 30 for i in range(30)), *(1 + i / 15 for i in range(15))]
    recorder = Recorder(tmp_path, "take", SourceInfo("Camera", SIZE, 30.0, None, is_live=True))
    for i, time_s in enumerate(times_s):
        recorder.add(Frame(grey(i), PixelFormat.BGR, i, 5 + time_s, 0.0))
        qtbot.waitUntil(lambda time_s=time_s: recorder.seconds > time_s - 1e-6, timeout=PATIENCE_MS)
    path = recorder.close().path
    take = take_of(path, range(30, 45))
    assert film_fps(take) == 15
    assert write_film(take, Footage(path), Look(), plain, tmp_path / "a.mp4")
    pictures, fps = pictures_of(tmp_path / "a.mp4")
    assert (len(pictures), fps) == (15, 15) and abs(number_of(pictures[0]) - 30) <= 1


def test_what_is_stopped_or_fails_leaves_nothing_and_an_older_file_stays(grey_clip, tmp_path):
    target, done = tmp_path / "a.mp4", []
    target.write_text("precious")
    write = partial(write_film, take_of(grey_clip, range(20)), Footage(grey_clip), Look())
    assert not write(plain, target, done.append, lambda: len(done) >= 5) and len(done) == 5

    def broken(_view):
        raise UaoError("no OpenGL")

    with pytest.raises(UaoError, match="no OpenGL"):
        write(broken, target)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.mp4", "precious")]
    with pytest.raises(UaoError, match="cannot be written as a video"):
        write(plain, tmp_path / "nowhere" / "a.mp4")


def test_a_disk_that_is_full_is_noticed(grey_clip, tmp_path, monkeypatch):
    """OpenCV writes on and tells nobody."""
    monkeypatch.setattr(cv2.VideoWriter, "write", lambda *_: None)
    with pytest.raises(UaoError, match="could not be written whole"):
        write_film(take_of(grey_clip, range(5)), Footage(grey_clip), Look(), plain, tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_film_never_replaces_its_own_video(tmp_path):
    video = write_clip(tmp_path / "a.mp4", 4)
    before = video.read_bytes()
    with pytest.raises(UaoError, match="is the video that the film is made of"):
        write_film(take_of(video, range(4)), Footage(video), Look(), plain, tmp_path / "." / "a.mp4")
    assert video.read_bytes() == before


# In the window


@pytest.fixture
def window(qtbot, qapp, tmp_path):
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    apply_theme(qapp)
    made = MainWindow(Session(replace(parse_options(["--device", "cpu"]), pose_model=PoseModel.LITE)))
    qtbot.addWidget(made)
    made.resize(900, 520)
    made.show()
    made._session.open_file(write_clip(tmp_path / "clip.avi", 24))
    qtbot.waitUntil(lambda: made._session.is_complete, timeout=PATIENCE_MS)
    made._session.set_trim(Trim(6, 18), "trim")
    yield made
    made.close()


def export_to(window, monkeypatch, target):
    """As a user would: Ctrl+E, and a name."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    window.commands.export.trigger()


def test_the_windows_export_shows_what_the_window_shows(qtbot, monkeypatch, window, tmp_path):
    session, target = window._session, tmp_path / "film.mp4"
    (progress,) = window.findChildren(ExportProgress)
    assert not progress.isVisible()
    window.viewport.resize(400, 300)
    drawn, shares = [], []
    window.viewport._renderer.drawn.connect(lambda *_: drawn.append(bool(session.exports.films)))
    session.exports.changed.connect(lambda: shares.append(session.exports.share))
    qtbot.keyClick(window, Qt.Key.Key_P)
    with qtbot.waitSignal(session.exports.written, timeout=PATIENCE_MS):
        export_to(window, monkeypatch, target)
        assert progress.isVisible() and "film.mp4" in progress.label.text() and progress.cancel.isVisible()
        session.player.set_loops(True)
        session.player.play()
    qtbot.waitUntil(lambda: not progress.isVisible(), timeout=PATIENCE_MS)
    assert any(drawn), "the clip goes on playing meanwhile"
    assert shares[0] == shares[-1] == 0 and shares[:-1] == sorted(shares[:-1])
    assert "film.mp4" in window.statusBar().currentMessage() and session.is_complete
    pictures, _ = pictures_of(target)
    assert len(pictures) == 12 and pictures[0].shape == (640, 1280, 3)
    source = cv2.VideoCapture(str(session.path))
    frames = [cv2.resize(source.read()[1], (640, 640)) for _ in range(24)]
    apart = [np.abs(frame.astype(int) - pictures[0][:, :640]).mean() for frame in frames]
    assert np.argmin(apart) == 6, "the first picture is the first of the trimmed take"
    right = pictures[0][:, 640:].astype(int)
    assert 0.01 < (np.ptp(right[100:], axis=2) > 60).mean() < 0.4


def test_a_film_that_is_cancelled_is_not_there(qtbot, monkeypatch, window, tmp_path):
    session, asked = window._session, []
    monkeypatch.setattr(window.viewport, "draw", lambda view: (asked.append(view), Future())[1])  # for ever
    window.viewport._own_orbit = own = window.viewport.orbit.turned(0.4, 0.1)
    export_to(window, monkeypatch, tmp_path / "film.mp4")
    qtbot.waitUntil(lambda: len(asked) == 2, timeout=PATIENCE_MS)
    assert asked[0].orbit == own and asked[0].size == (640, 640) and asked[0].theme is window.viewport.theme
    with qtbot.waitSignal(session.failed, timeout=PATIENCE_MS) as caught:
        export_to(window, monkeypatch, tmp_path / "film.mp4")
    assert "is being written already" in caught.args[0] and len(session.exports.films) == 1
    session.close_source()
    assert session.exports.films, "it is of a file that need not be open"
    (progress,) = window.findChildren(ExportProgress)
    with qtbot.waitSignal(session.exports.cancelled, timeout=PATIENCE_MS):
        progress.cancel.click()
    assert not progress.isVisible() and "was not written" in window.statusBar().currentMessage()
    assert not list(tmp_path.glob("*.mp4"))


def test_closing_the_window_gives_a_film_up(qtbot, qapp, monkeypatch, window, tmp_path):
    asked = []
    monkeypatch.setattr(window.viewport, "draw", lambda view: (asked.append(view), Future())[1])
    palette = qapp.palette()
    palette.setColor(palette.ColorRole.Window, Qt.GlobalColor.white)
    window.viewport.setPalette(palette)
    export_to(window, monkeypatch, tmp_path / "film.mp4")
    qtbot.waitUntil(lambda: bool(asked), timeout=PATIENCE_MS)
    assert asked[0].theme is LIGHT, "as the window is"
    window.close()
    assert not any(worker.isRunning() for worker in window._session.exports._crew.workers)
    assert not list(tmp_path.glob("*.mp4"))


def test_a_film_that_fails_says_why_and_the_window_goes_on(qtbot, monkeypatch, window, tmp_path):
    session = window._session
    with qtbot.waitSignal(session.failed, timeout=PATIENCE_MS) as caught:
        export_to(window, monkeypatch, tmp_path / "no folder" / "film.mp4")
    assert "cannot be written" in caught.args[0] and session.can_export
    window.viewport.shut_down()
    with qtbot.waitSignal(session.failed, timeout=PATIENCE_MS) as caught:
        export_to(window, monkeypatch, tmp_path / "film.mp4")
    assert "3D view" in caught.args[0] and not list(tmp_path.glob("*.mp4"))
    qtbot.waitUntil(lambda: not session.exports.films, timeout=PATIENCE_MS)
