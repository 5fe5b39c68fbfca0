"""The lens dialog and the panel's line on the lens, driven as a user would."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.capture import Frame, PixelFormat
from app.detector import PoseModel
from app.lens.lens import Known, Lens
from app.lens_store import LensStore
from app.options import parse_options
from app.qt_environment import forget_opencv_qt
from app.window.lens_dialog import LensDialog
from app.window.main_window import MainWindow
from app.window.session import Session
from tests.boards import tour
from tests.fake_camera import FakeCamera, FakeCameras
from tests.test_lens import HEIGHT_M, seen
from uao_core.packets import FrameResult

forget_opencv_qt()
PATIENCE_MS = 60_000
FOCAL_PX, SIZE = 820.0, (960, 540)


@pytest.fixture(autouse=True)
def kept_apart(tmp_path):
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


@pytest.fixture
def options():
    return replace(parse_options(["--end", "1", "--device", "cpu"]), pose_model=PoseModel.LITE)


@pytest.fixture
def window(qtbot, options):
    made = MainWindow(Session(options))
    qtbot.addWidget(made)
    made.resize(1000, 620)
    made.show()
    yield made
    made.close()


@pytest.fixture(scope="module")
def boards():
    return [cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR) for grey in tour(FOCAL_PX, SIZE)]


class BoardCamera(FakeCamera):
    """A webcam before which somebody shows a chessboard, eight pictures a second."""

    def _grey(self, _):
        return self.boards[self.given // 6 % len(self.boards)].copy()


@pytest.fixture
def webcam(monkeypatch, tmp_path, boards):
    fake = BoardCamera(3, "Front camera", size=SIZE, fps=8)
    fake.boards = boards
    system = FakeCameras(fake).install(monkeypatch, tmp_path)
    yield fake
    system.end()


@pytest.fixture
def clip(tmp_path, boards):
    path = tmp_path / "boards.avi"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5.0, SIZE)
    for picture in boards:
        video.write(picture)
    video.release()
    return path


def open_dialog(qtbot, window):
    qtbot.waitUntil(window.processing.measure_lens.isEnabled, timeout=PATIENCE_MS)
    qtbot.mouseClick(window.processing.measure_lens, Qt.MouseButton.LeftButton)
    dialog = window._lens_link.dialog
    assert isinstance(dialog, LensDialog) and dialog.isVisible()
    return dialog


def test_a_camera_is_measured_remembered_and_forgotten(qtbot, window, webcam):
    session = window._session
    assert not window.processing.measure_lens.isEnabled(), "there is no picture to measure in"
    session.open_camera(3)
    qtbot.waitUntil(lambda: "Assumed" in window.processing.lens.text(), timeout=PATIENCE_MS)
    assert not window.processing.forget_lens.isVisible()
    dialog = open_dialog(qtbot, window)
    assert not dialog.save.isEnabled() and dialog.save.text() == "Save for this camera"
    qtbot.waitUntil(lambda: dialog.measuring.look is not None and dialog.measuring.look.kept > 1, timeout=PATIENCE_MS)
    assert "kept" in dialog.verdict.text() and dialog.coverage.value() > 0
    assert dialog.advice.text().startswith("Now ")
    qtbot.waitUntil(dialog.save.isEnabled, timeout=PATIENCE_MS)
    assert dialog.lens.focal_px == pytest.approx(FOCAL_PX, rel=0.01)
    assert "Focal length 8" in dialog.board_result.text() and "Pictures kept" in dialog.verdict.text()
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert window._lens_link.dialog is None
    assert LensStore().find("Front camera", SIZE).focal_px == pytest.approx(FOCAL_PX, rel=0.01)
    qtbot.waitUntil(lambda: "for Front camera" in window.processing.lens.text(), timeout=PATIENCE_MS)
    assert session.chain.camera(session.info).known is Known.SOURCE
    assert session.chain.take(session.info, []).intrinsics.focal_px == pytest.approx(FOCAL_PX, rel=0.01)
    qtbot.mouseClick(window.processing.forget_lens, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Assumed" in window.processing.lens.text(), timeout=PATIENCE_MS)
    assert LensStore().find("Front camera", SIZE) is None


@pytest.mark.parametrize("recorded", [False, True])
def test_a_saved_lens_wins_over_what_was_typed(qtbot, window, webcam, monkeypatch, tmp_path, recorded):
    """A field of view is in force and another one is typed. A recording is not cut: what comes after it has the lens."""
    session, panel = window._session, window.processing
    session.recordings_folder = tmp_path / "takes"
    session.use(replace(session.options, fov_deg=40.0))
    session.open_camera(3)
    monkeypatch.setattr(LensDialog, "lens", Lens(FOCAL_PX, SIZE, "chessboard"))
    dialog = open_dialog(qtbot, window)
    assert session.chain.camera(session.info).known is Known.FOV and panel.fov.value() == 40
    if recorded:
        session.record()
    panel.fov.setValue(70)
    dialog.save.click()
    assert panel.fov.value() == panel.fov.minimum() and not panel.apply.isEnabled()
    if recorded:
        assert session.is_recording and session.chain.camera(session.info).known is Known.FOV
        session.open_camera(3)
    qtbot.waitUntil(lambda: "for Front camera" in panel.lens.text(), timeout=PATIENCE_MS)
    assert session.chain.camera(session.info).lens.focal_px == FOCAL_PX


def test_a_field_of_view_that_was_only_typed_goes_with_a_saved_lens(qtbot, window, webcam, monkeypatch):
    session, panel = window._session, window.processing
    session.open_camera(3)
    monkeypatch.setattr(LensDialog, "lens", Lens(FOCAL_PX, SIZE, "chessboard"))
    dialog = open_dialog(qtbot, window)
    panel.fov.setValue(70)
    dialog.reject()
    assert panel.fov.value() == 70, "nothing was saved"
    open_dialog(qtbot, window).save.click()
    panel.people.setValue(2)
    panel.apply.click()
    qtbot.waitUntil(lambda: "for Front camera" in panel.lens.text(), timeout=PATIENCE_MS)
    assert session.options.people == 2 and session.options.fov_deg is None


def test_a_clip_is_searched_and_its_lens_used_and_written(qtbot, window, clip, tmp_path, monkeypatch):
    session = window._session
    session.open_file(clip)
    dialog = open_dialog(qtbot, window)
    assert dialog.begin.text() == "Search the video"
    qtbot.mouseClick(dialog.begin, Qt.MouseButton.LeftButton)
    assert not dialog.begin.isEnabled()
    qtbot.waitUntil(lambda: dialog.begin.isEnabled() and dialog.measuring.look is not None, timeout=PATIENCE_MS)
    assert dialog.lens.focal_px == pytest.approx(FOCAL_PX, rel=0.01)
    target = tmp_path / "my lens.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    qtbot.mouseClick(dialog.save_file, Qt.MouseButton.LeftButton)
    assert json.loads(target.read_text())["focal_px"] == pytest.approx(FOCAL_PX, rel=0.01)
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert session.options.lens == dialog.lens and session.options is window.processing.in_force
    qtbot.waitUntil(lambda: "measured on" in window.processing.lens.text(), timeout=PATIENCE_MS)
    assert session.chain.intrinsics(session.info).focal_px == pytest.approx(FOCAL_PX, rel=0.01)


def test_the_whole_of_a_later_video_is_searched(qtbot, window, options, clip):
    assert options.end_s == 1 and options.clip != clip, "a range belongs to the clip of the command line"
    window._session.open_file(clip)
    dialog = open_dialog(qtbot, window)
    dialog.begin.click()
    qtbot.waitUntil(lambda: dialog.begin.isEnabled() and dialog.measuring.look is not None, timeout=PATIENCE_MS)
    assert dialog.measuring.look.frame.time_s > 2


def test_a_search_that_fails_says_so_where_it_was_begun(qtbot, window, clip):
    window._session.open_file(clip)
    dialog = open_dialog(qtbot, window)
    window._session.path = clip.with_name("gone.avi")
    dialog.begin.click()
    qtbot.waitUntil(dialog.begin.isEnabled, timeout=PATIENCE_MS)
    assert "gone.avi" in dialog.board_result.text() and dialog.person_result.text() == ""
    window._session.path = clip
    dialog.begin.click()
    assert dialog.board_result.text() == "", "what is said is of the newest search"
    qtbot.waitUntil(dialog.begin.isEnabled, timeout=PATIENCE_MS)


def test_another_board_than_was_said_is_not_found(qtbot, window, clip):
    window._session.open_file(clip)
    dialog = open_dialog(qtbot, window)
    dialog.columns.setValue(7)
    dialog.begin.click()
    qtbot.waitUntil(lambda: dialog.begin.isEnabled() and dialog.measuring.look is not None, timeout=PATIENCE_MS)
    assert dialog.lens is None and not dialog.save.isEnabled()
    assert "too few" in dialog.board_result.text() and "not seen" in dialog.verdict.text()


def person(focal_px, distance_m, frames=30):
    return list(seen(focal_px, distance_m, frames=frames, size=(1280, 720)))


def test_a_person_in_a_clip_is_measured_at_once(qtbot, window, options):
    session = window._session
    session.open_file(options.clip)
    dialog = open_dialog(qtbot, window)
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    session.results = [FrameResult(keypoints, None) for keypoints in person(900.0, 3.2)]
    session.info = replace(session.info, image_size=(1280, 720))
    dialog.tabs.setCurrentIndex(1)
    assert not dialog.save.isEnabled()
    dialog.stature.setValue(HEIGHT_M)
    dialog.distance.setValue(3.2)
    qtbot.mouseClick(dialog.measure, Qt.MouseButton.LeftButton)
    assert dialog.lens.focal_px == pytest.approx(900, rel=0.01) and dialog.save.isEnabled()
    assert "3.20 m:" in dialog.places.text() and "within 2" in dialog.person_result.text()
    dialog.stature.setValue(1.2 * HEIGHT_M)
    assert dialog.lens.focal_px == pytest.approx(900 / 1.2, rel=0.01), "a corrected height corrects the lens"
    dialog.origin.setCurrentIndex(1)
    assert dialog.lens is None and "half a metre" in dialog.person_result.text()
    dialog.clear.click()
    assert dialog.places.text() == "" and dialog.person_result.text() == ""
    session.results = session.results[:3]
    dialog.measure.click()
    assert "Nobody stood upright" in dialog.person_result.text()


def test_a_person_before_the_camera_has_time_to_go_there(qtbot, window, webcam):
    session = window._session
    session.open_camera(3)
    dialog = open_dialog(qtbot, window)
    dialog.tabs.setCurrentIndex(1)
    dialog.stature.setValue(HEIGHT_M)
    dialog.distance.setValue(3.2)
    session.info = replace(session.info, image_size=(1280, 720))
    dialog.measuring.measure_person(3.2, countdown_s=2)
    assert "2" in dialog.measure.text() and not dialog.measure.isEnabled()
    qtbot.waitUntil(lambda: "still" in dialog.measure.text(), timeout=PATIENCE_MS)
    picture = Frame(np.zeros((720, 1280, 3), np.uint8), PixelFormat.BGR, 0, 0.0, 0.0)
    for keypoints in person(900.0, 3.2):
        session.frame_shown.emit(picture, FrameResult(keypoints, None))
    qtbot.waitUntil(lambda: dialog.lens is not None, timeout=PATIENCE_MS)
    assert dialog.lens.focal_px == pytest.approx(900, rel=0.01) and dialog.measure.isEnabled()


def test_a_closed_dialog_measures_no_more(qtbot, window, webcam):
    window._session.open_camera(3)
    dialog = open_dialog(qtbot, window)
    qtbot.waitUntil(lambda: dialog.measuring.look is not None, timeout=PATIENCE_MS)
    measuring = dialog.measuring
    dialog.reject()
    qtbot.waitUntil(lambda: not measuring._crew.workers, timeout=PATIENCE_MS)
    look = measuring.look
    qtbot.wait(400)
    assert measuring.look is look


@pytest.fixture
def measured(qtbot, window, monkeypatch):
    """A dialog that has measured a lens."""
    made = LensDialog(window._session, window)
    monkeypatch.setattr(LensDialog, "lens", Lens(FOCAL_PX, SIZE, "chessboard"))
    yield made
    made.reject()


@pytest.mark.parametrize("typed, written", [("Cam 1.5m", "Cam 1.5m.json"), ("a.JSON", "a.JSON"), ("b.json", "b.json")])
def test_a_name_with_a_dot_is_kept_whole(measured, monkeypatch, tmp_path, typed, written):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / typed), ""))
    measured._save_file()
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [written]


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No])
def test_a_lens_that_the_file_dialog_did_not_ask_about_is_asked_about(measured, monkeypatch, tmp_path, answer):
    (tmp_path / "front.json").write_text("mine")
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *arguments: asked.append(arguments[2]) or answer)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "front"), ""))
    measured._save_file()
    assert len(asked) == 1 and "front.json" in asked[0]
    assert ((tmp_path / "front.json").read_text() == "mine") == (answer is QMessageBox.StandardButton.No)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "front.json"), ""))
    measured._save_file()
    assert len(asked) == 1 and (tmp_path / "front.json").read_text() != "mine", "that one the file dialog has asked about"
