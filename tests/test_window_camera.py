"""The window with a webcam that does what webcams do, on Qt's offscreen platform with the real chain behind it."""

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionComboBox

from app import camera as camera_module
from app import camera_device
from app.camera import CameraMode, Delivery
from app.camera_words import delivery_text
from app.capture import Frame, PixelFormat
from app.detector import Detector, PoseModel
from app.lens.lens import Lens
from app.lens_store import LensStore
from app.moment import Moment
from app.options import parse_options
from app.qt_environment import forget_opencv_qt
from app.window.main_window import MainWindow
from app.window.session import Session
from app.window.settings import Settings
from app.window.video_view import VideoView
from tests.conftest import EventLoopGaps
from tests.fake_camera import FakeCamera, FakeCameras
from uao_core.errors import UaoError

forget_opencv_qt()
PATIENCE_MS = 60_000


@pytest.fixture
def options():
    return replace(parse_options(["--device", "cpu"]), pose_model=PoseModel.LITE)


@pytest.fixture
def webcam(options):
    """Plays the bundled clip for ever."""
    return FakeCamera(3, "Front camera", fps=40, clip=options.clip)


@pytest.fixture
def system(monkeypatch, tmp_path, webcam):
    monkeypatch.setattr(camera_module, "_STALL_S", 0.5)
    monkeypatch.setattr(camera_module, "_RETRY_S", 0.2)
    monkeypatch.setattr(camera_device, "_NEXT_PICTURE_S", 0.2)
    cameras = FakeCameras(webcam).install(monkeypatch, tmp_path)
    yield cameras
    cameras.end()


@pytest.fixture
def window(qtbot, tmp_path, system, options):
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    made = MainWindow(Session(options))
    qtbot.addWidget(made)
    made.resize(1100, 640)
    made.show()
    yield made
    made.close()


@pytest.fixture
def session(window, tmp_path):
    window._session.recordings_folder = tmp_path / "takes"
    return window._session


@pytest.fixture
def panel(window):
    window._docks[2].show()
    window._docks[2].raise_()
    window.camera.refresh()
    return window.camera


@pytest.fixture
def shown(session):
    """Every live frame and result."""
    seen = []
    session.frame_shown.connect(lambda frame, result: seen.append((frame, result)))
    return seen


@pytest.fixture
def live(qtbot, window, session, shown):
    """The window with the camera on."""
    session.open_camera(3)
    qtbot.waitUntil(lambda: len(shown) > 3, timeout=PATIENCE_MS)
    return window


@pytest.mark.alone
def test_opening_keeps_no_event_waiting_and_can_be_cancelled(qtbot, window, session, webcam, panel):
    webcam.open_s = 3.0
    gaps = EventLoopGaps()
    gaps.start()
    panel.button.click()
    assert session.is_opening and panel.button.text() == "Cancel" and window.status_label.text() == "Opening…"
    qtbot.wait(700)
    panel.button.click()
    assert session.webcam is None and not session.is_opening and panel.button.text() == "Open"
    qtbot.waitUntil(lambda: not session._crew.workers, timeout=1500)  # the worker is gone while the driver is still at it
    assert webcam.opened == 0
    qtbot.waitUntil(lambda: webcam.opened == 1 and webcam.released == 1, timeout=PATIENCE_MS)
    gaps.stop()
    assert webcam.given == 0 and len(gaps.seconds) > 50 and max(gaps.seconds) < 0.5


@pytest.mark.alone
def test_the_window_closes_while_a_camera_opens(qtbot, window, session, webcam):
    webcam.open_s = 3.0
    session.open_camera(3)
    qtbot.wait(300)
    started = time.monotonic()
    window.close()
    assert time.monotonic() - started < 2.5 and not any(worker.isRunning() for worker in session._crew.workers)


def test_the_panel_opens_with_a_mode_shows_what_comes_and_remembers(qtbot, window, session, webcam, panel):
    assert panel.camera.currentText() == "Front camera" and panel.mode == CameraMode()
    panel.size_box.setCurrentText("1280 x 720")
    panel.rate.setCurrentText("60 fps")
    panel.button.click()
    assert session.webcam.camera == (3, CameraMode(1280, 720, 60.0)) and session.is_opening
    qtbot.waitUntil(lambda: "In dim light" in panel.report.text(), timeout=PATIENCE_MS)
    assert panel.report.text().startswith("asked 1280x720 at 60 fps, getting 720x720 at ")
    assert panel.button.text() == "Close"
    panel.size_box.setCurrentText("640 x 480")
    assert panel.button.text() == "Open", "another mode can be opened at once"
    panel.button.click()
    qtbot.waitUntil(lambda: session.info is not None, timeout=PATIENCE_MS)
    assert session.webcam.camera == (3, CameraMode(640, 480, 60.0)) and webcam.opened == 2
    panel.button.click()
    assert session.webcam is None and panel.report.text() == "" and not session.is_live
    assert Settings().camera_mode("Front camera") == CameraMode(640, 480, 60.0)
    assert Settings().camera_mode("another") == CameraMode()


def test_the_menu_opens_with_the_mode_that_was_chosen_for_that_camera(qtbot, window, session, panel):
    Settings().remember_camera("Front camera", CameraMode(800, 600, 12.5))
    window.commands.cameras.aboutToShow.emit()
    window.commands.cameras.actions()[0].trigger()
    assert session.webcam.camera == (3, CameraMode(800, 600, 12.5))
    assert panel.mode == CameraMode(800, 600, 12.5) and panel.size_box.currentText() == "800 x 600"
    assert panel.button.text() == "Cancel"


@pytest.mark.parametrize("stored", ["", "a b c", "1 2", "nan nan nan", "-5 7 30", "1e9 1 1", "640 480 inf"])
def test_a_mode_that_was_damaged_is_the_camera_s_own(window, stored):
    settings = Settings()
    settings._stored.setValue("cameras/Front%20camera", stored)
    assert settings.camera_mode("Front camera") == CameraMode()


def test_cameras_are_looked_for_again(window, system, panel):
    assert panel.camera.count() == 1
    system.cameras.append(FakeCamera(5, "HD / USB camera"))
    panel.refresh_button.click()
    assert [panel.camera.itemText(i) for i in range(2)] == ["Front camera", "HD / USB camera"]
    panel.camera.setCurrentIndex(1)
    system.cameras[0].unplug()
    panel.refresh_button.click()
    assert panel.camera.currentText() == "HD / USB camera" and panel.button.isEnabled()
    system.cameras[1].unplug()
    panel.refresh_button.click()
    assert not panel.button.isEnabled()
    assert panel.report.text().startswith("No webcam is plugged in.") and panel.report.wordWrap()
    window.takes.show()
    window.resize(700, 500)
    option = QStyleOptionComboBox()
    panel.camera.initStyleOption(option)
    room = panel.camera.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, panel.camera
    )
    assert panel.fontMetrics().horizontalAdvance(panel.camera.currentText()) <= room.width(), "it is not cut"
    system.cameras[1].plug_in(5)
    panel.refresh_button.click()
    assert panel.camera.toolTip() == "HD / USB camera" and panel.report.text() == ""


def test_an_unplugged_camera_is_waited_for(qtbot, live, session, webcam, shown):
    picture = live.video._image
    webcam.unplug()
    qtbot.waitUntil(lambda: session.webcam.is_waiting and not live.commands.record.isEnabled(), timeout=PATIENCE_MS)
    assert session.is_live and not session.can_record
    assert live.status_label.text().startswith("Waiting for Front camera")
    assert "gone away" in live.camera.report.text() and live.camera.button.text() == "Close"
    qtbot.waitUntil(lambda: not live.video._image.isNull(), timeout=PATIENCE_MS)  # the last one has been painted
    assert live.video._image.size() == picture.size(), "the last picture stays"
    assert live.banners.shown() == []
    qtbot.wait(600)
    before = len(shown)
    webcam.plug_in(6)  # under another number
    qtbot.waitUntil(lambda: len(shown) > before + 4, timeout=PATIENCE_MS)
    assert (
        not session.webcam.is_waiting
        and session.webcam.camera == (6, CameraMode())
        and live.status_label.text().startswith("Live")
    )
    frames = [frame for frame, _ in shown]
    assert all(b.index > a.index and b.time_s > a.time_s for a, b in pairwise(frames))
    session.use(replace(session.options, uao_iterations=0))  # opens it anew, where it is now
    qtbot.waitUntil(lambda: session.info is not None, timeout=PATIENCE_MS)
    assert session.webcam.camera == (6, CameraMode())


@pytest.mark.alone
def test_a_camera_that_is_waited_for_can_be_closed(qtbot, live, session, webcam):
    webcam.stall()
    qtbot.waitUntil(lambda: session.webcam.is_waiting, timeout=PATIENCE_MS)
    started = time.monotonic()
    session.close_source()
    assert time.monotonic() - started < 0.2 and live.status_label.text() == "Ready"
    qtbot.waitUntil(lambda: not session._crew.workers, timeout=1500)  # though the driver has not come back
    webcam.go_on()
    qtbot.waitUntil(lambda: not webcam.is_held, timeout=PATIENCE_MS)


def test_a_recording_ends_whole_when_the_camera_goes_away(qtbot, live, session, webcam, tmp_path):
    session.record()
    qtbot.waitUntil(lambda: session.webcam.recorded_s > 0.5, timeout=PATIENCE_MS)
    with qtbot.waitSignal(session.recorded, timeout=PATIENCE_MS) as caught:
        webcam.unplug()
    recording = caught.args[0]
    assert recording.is_cut and recording.trouble is None and recording.frames > 5
    assert session.path == recording.path and not session.is_live and not session.is_recording
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert len(session.results) == recording.frames and session.can_export
    assert "went away" in live.statusBar().currentMessage()


def test_what_ends_a_recording_is_told_over_the_take_that_opens(qtbot, live, session, monkeypatch):
    recordings, broken, detect = [], [], Detector.detect
    session.recorded.connect(recordings.append)
    session.record()
    qtbot.waitUntil(lambda: session.webcam.recorded_s > 0.3, timeout=PATIENCE_MS)

    def break_down_once(self, frame):
        if broken:
            return detect(self, frame)
        broken.append(frame)
        raise UaoError("The detector broke down.")

    with qtbot.waitSignal(session.failed, timeout=PATIENCE_MS):
        monkeypatch.setattr(Detector, "detect", break_down_once)
    assert session.path == recordings[0].path and session.path is not None and not session.is_live
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert session.can_export and [banner.text for banner in live.banners.shown()] == ["The detector broke down."]


def test_settings_wait_for_the_end_of_a_recording(qtbot, live, session, webcam):
    LensStore().save("Front camera", Lens(700.0, session.info.image_size, "chessboard"))
    session.use(session.options)
    forms = live.processing
    qtbot.waitUntil(lambda: forms.forget_lens.isEnabled() and session.can_record, timeout=PATIENCE_MS)
    forms.iterations.setValue(1)
    assert forms.apply.isEnabled()
    live.commands.record.trigger()
    qtbot.waitUntil(lambda: session.webcam.recorded_s > 0.3, timeout=PATIENCE_MS)
    for button in (forms.apply, forms.forget_lens):
        assert not button.isEnabled() and "recording" in button.toolTip()
        button.click()
    forms.iterations.setValue(2)
    live.exporting.foot_lock.setCurrentIndex(2)
    assert not forms.apply.isEnabled() and session.is_recording, "neither typing nor another choice lets it be cut"
    with qtbot.waitSignal(session.recorded, timeout=PATIENCE_MS) as caught:
        live.commands.record.trigger()
    assert caught.args[0].trouble is None and session.path == caught.args[0].path
    assert forms.apply.isEnabled() and forms.forget_lens.isEnabled() and "recording" not in forms.apply.toolTip()
    assert LensStore().find("Front camera", (720, 720)) is not None


def test_a_recording_whose_end_is_asked_for_before_it_began_has_ended(qtbot, live, session, tmp_path):
    """As by a double click on the button."""
    told = []
    session.recorded.connect(told.append)
    session.webcam.record(tmp_path / "none")
    session.webcam.stop_recording()
    qtbot.waitUntil(lambda: not session.webcam.is_recording, timeout=10_000)
    assert len(told) == 1 and (told[0].path is None or told[0].frames > 0) and told[0].trouble is None


def test_a_recording_that_had_not_begun_is_refused(qtbot, live, session, webcam):
    webcam.stall()
    qtbot.waitUntil(lambda: session.webcam._worker._source._newest is None, timeout=PATIENCE_MS)
    qtbot.wait(200)
    session.record()
    with qtbot.waitSignal(session.failed, timeout=PATIENCE_MS) as caught:
        pass
    assert "no pictures" in caught.args[0] and not session.is_recording and session.webcam.is_waiting
    assert [banner.text for banner in live.banners.shown()] == [caught.args[0]]


def test_a_camera_that_changes_its_size_goes_on(qtbot, live, session, webcam, shown, monkeypatch):
    import cv2

    whole = webcam._of_clip
    monkeypatch.setattr(webcam, "_of_clip", lambda: cv2.resize(whole(), (360, 360)))
    qtbot.waitUntil(lambda: session.webcam.delivery.size == (360, 360), timeout=PATIENCE_MS)
    shown.clear()
    qtbot.waitUntil(lambda: sum(r.pose is not None for _, r in shown) > 4, timeout=PATIENCE_MS)
    frame, after = next((f, r) for f, r in reversed(shown) if r.pose is not None)
    assert frame.size == session.info.image_size == (720, 720)
    with Detector(PoseModel.LITE) as detector:
        alone = detector.detect(frame).first
    extents = [np.ptp(keypoints.joints_px[:17, 1]) for keypoints in (alone, after.keypoints)]
    assert 0.6 < extents[1] / extents[0] < 1.6, "keypoints are in pixels of the first size"


@pytest.mark.parametrize("trouble", ["absent", "busy", "dark"])
def test_what_does_not_open_is_said_in_a_sentence(qtbot, monkeypatch, window, session, webcam, trouble):
    monkeypatch.setattr(camera_device, "_FIRST_PICTURE_S", 0.4)
    if trouble == "busy":
        webcam.is_busy = True
    elif trouble == "dark":
        webcam.drop(10**6)
    with qtbot.waitSignal(session.failed, timeout=PATIENCE_MS) as caught:
        session.open_camera(7 if trouble == "absent" else 3)
    words = {"absent": "plugged in are: 3 (Front camera)", "busy": "another program", "dark": "gives no picture"}
    assert words[trouble] in caught.args[0] and not session.is_live
    assert [banner.text for banner in window.banners.shown()] == [caught.args[0]]
    assert window.status_label.text() == "Ready"


def test_a_webcam_is_mirrored_on_the_screen_alone(qtbot, live, session, shown):
    assert live.video._moment.mirrored
    picture = np.zeros((60, 80, 3), np.uint8)
    picture[:, :40, 2] = 255  # red on the left
    view = VideoView()
    qtbot.addWidget(view)
    view.resize(240, 180)
    colours = []
    for mirrored in (False, True):
        view.show_moment(Moment(Frame(picture, PixelFormat.BGR, 0, 0.0, 0.0), None, mirrored=mirrored))
        image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        colours.append([image.pixelColor(round(share * image.width()), image.height() // 2).red() for share in (0.2, 0.8)])
    assert colours == [[255, 0], [0, 255]]
    frame = shown[-1][0]
    file = camera_module.cv2.VideoCapture(str(session.options.clip))
    original = file.read()[1]
    differences = [np.abs(frame.pixels.astype(int) - side).mean() for side in (original, original[:, ::-1])]
    assert differences[0] < differences[1], "the data is as the camera gave it"


def test_what_comes_is_told_beside_what_was_asked():
    asked = CameraMode(1280, 720, 30.0)
    given = Delivery(asked, (1280, 720), 14.8, False, False)
    first, hint = delivery_text(given).splitlines()
    assert first == "asked 1280x720 at 30 fps, getting 1280x720 at 14.8 fps" and "light" in hint
    assert "light" not in delivery_text(replace(given, fps=21.1))
    assert "light" not in delivery_text(replace(given, asked=CameraMode(1280, 720)))
    assert "so few pictures" in delivery_text(replace(given, fps=1.0, asked=CameraMode()))
    assert "frozen" in delivery_text(replace(given, is_still=True))
    assert "black" in delivery_text(replace(given, is_still=True, is_black=True))
    assert delivery_text(replace(given, fps=None, asked=CameraMode())) == (
        "asked for the camera's own choice, getting 1280x720"
    )
    assert delivery_text(None) == ""


def test_every_field_can_be_reached_by_the_keyboard(qtbot, window, panel):
    assert panel.camera.accessibleName() == "Camera" and panel.report.accessibleName()
    reached, at = [], panel.camera
    while at not in reached[:1]:
        if at.focusPolicy() & Qt.FocusPolicy.TabFocus:
            reached.append(at)
        at = at.nextInFocusChain()
    assert reached[:5] == [panel.camera, panel.refresh_button, panel.size_box, panel.rate, panel.button]


def test_the_status_says_how_old_pictures_are_and_which_steps_there_is_no_time_for(qtbot, live, session, monkeypatch):
    qtbot.waitUntil(lambda: session.webcam.figures.latency_ms > 0, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "ms from grab to picture" in live.status_label.text(), timeout=PATIENCE_MS)
    monkeypatch.setattr(type(session.webcam), "steps", (2, 4))
    qtbot.waitUntil(lambda: "2 of 4 steps" in live.status_label.text(), timeout=PATIENCE_MS)
    monkeypatch.setattr(type(session.webcam), "steps", (4, 4))
    qtbot.waitUntil(lambda: "steps" not in live.status_label.text(), timeout=PATIENCE_MS)


def test_pictures_do_not_queue_before_a_busy_window(qtbot, live, session, shown):
    before = len(shown)
    time.sleep(1.0)  # the window does something else; the camera goes on
    published = session.webcam._worker._newest._item
    QApplication.processEvents()
    assert len(shown) - before <= 3, "those in between were replaced"
    assert published is None or shown[-1][0].index >= published[0].index, "the newest is shown"


def test_a_notice_is_a_banner_that_stays_with_the_picture(live, session):
    session.webcam._worker.noticed.emit("The CPU goes on instead.")
    assert [banner.text for banner in live.banners.shown()] == ["The CPU goes on instead."] and session.webcam is not None
