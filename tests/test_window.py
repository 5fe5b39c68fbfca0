"""The window, driven as a user would, on Qt's offscreen platform with the real chain behind it."""

import csv
import json
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtWidgets import QFileDialog

from app.detector import PoseModel
from app.options import parse_options
from app.qt_environment import forget_opencv_qt
from app.window.banner import Kind
from app.window.joint_panel import ROWS, least_sure
from app.window.keys_dialog import KeysDialog
from app.window.main_window import MainWindow
from app.window.processing_panel import ProcessingPanel
from app.window.session import Session
from app.window.theme import apply_theme
from app.window.trim import Trim
from tests.conftest import EventLoopGaps
from tests.fake_camera import FakeCamera, FakeCameras
from uao_core.body import FootLock, Names
from uao_core.skeleton import JOINT_NAMES, LEFT_WRIST

forget_opencv_qt()
PATIENCE_MS = 60_000


@pytest.fixture
def options():
    """A second and a half of the bundled clip, with the quick detector."""
    return replace(parse_options(["--end", "1.5", "--device", "cpu"]), pose_model=PoseModel.LITE)


@pytest.fixture(autouse=True)
def kept_apart(tmp_path):
    """The user's own settings are neither read nor written."""
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


@pytest.fixture
def window(qtbot, qapp, options):
    apply_theme(qapp)
    made = MainWindow(Session(options))
    qtbot.addWidget(made)
    made.resize(900, 520)
    made.show()
    yield made
    made.close()


@pytest.fixture
def opened(qtbot, window, session, options):
    """The window when the clip has been processed."""
    session.open_file(options.clip)
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    qtbot.wait(150)  # the 3D view has just appeared, and draws when its size has settled
    return window


def pixels(widget):
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), :3].copy()


def test_it_starts_with_an_invitation(qtbot, window):
    assert window.windowTitle() == "UAO Pose" and not window.commands.export.isEnabled()
    assert not window.commands.playback.play.isEnabled()
    qtbot.waitUntil(lambda: not window.viewport._picture.isNull(), timeout=PATIENCE_MS)
    assert window.pages.welcome.isVisible() and not window.video.isVisible()
    assert pixels(window.pages.welcome).std() > 5


def test_a_clip_is_processed_played_and_drawn(qtbot, opened, session):
    assert len(session.results) == 30 and session.can_export and opened.commands.export.isEnabled()
    qtbot.waitUntil(lambda: not session.player.is_playing, timeout=PATIENCE_MS)
    assert session.player.current == 29
    assert "demo.mp4" in opened.windowTitle()
    qtbot.waitUntil(lambda: "expected error" in opened.figures_label.text(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: (np.ptp(pixels(opened.viewport).astype(int), axis=2) > 60).mean() > 0.01, timeout=PATIENCE_MS)
    assert pixels(opened.video).std() > 20
    strip = pixels(opened.timeline)[opened.timeline.height() // 2, 12:-12].astype(int)
    assert (np.ptp(strip, axis=1) > 60).mean() > 0.9, "the whole timeline is coloured"


def test_a_file_that_was_stopped_while_it_opened_goes_on(qtbot, window, session, options):
    halt = window.commands.playback.halt
    session.open_file(options.clip)
    assert window.status_label.text() == "Opening…" and window.pages.currentWidget() is window.pages.waiting
    halt.trigger()
    assert session.can_continue and not session.is_opening and session.info is None
    assert window.status_label.text() == "Stopped before the first frame" and halt.iconText() == "Continue processing"
    assert window.pages.currentWidget() is not window.pages.waiting
    qtbot.waitUntil(lambda: len(session._crew.workers) == 1, timeout=PATIENCE_MS)  # the reader
    assert session.results == [] and session.can_continue and window.banners.shown() == []
    halt.trigger()
    assert window.status_label.text() == "Opening…"
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert len(session.results) == 30 and not halt.isEnabled()


def test_play_pause_step_and_seek(qtbot, opened, session):
    session.player.pause()
    session.player.seek(5)
    qtbot.keyClick(opened, Qt.Key.Key_Right)
    assert session.player.current == 6
    opened.commands.playback.back.trigger()
    assert session.player.current == 5
    opened.commands.playback.play.trigger()
    assert session.player.is_playing and opened.commands.playback.play.iconText() == "Pause"
    qtbot.waitUntil(lambda: session.player.current > 8, timeout=PATIENCE_MS)
    opened.commands.playback.play.trigger()
    assert not session.player.is_playing
    shown = []
    session.frame_shown.connect(lambda frame, result: shown.append((frame, result)))
    timeline = opened.timeline
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(timeline.width() // 2, timeline.height() // 2))
    assert abs(session.player.current - 15) <= 1
    qtbot.waitUntil(lambda: bool(shown) and shown[-1][0].index == session.player.current, timeout=PATIENCE_MS)
    assert shown[-1][1].index == session.player.current


def test_every_joint_has_its_bar_and_the_least_sure_one_its_name(qtbot, opened, session):
    qtbot.waitUntil(lambda: opened.joints._pose is not None, timeout=PATIENCE_MS)
    session.player.pause()
    session.player.seek(12)
    qtbot.waitUntil(lambda: opened.joints._pose is session.results[12].pose, timeout=PATIENCE_MS)
    pose = session.results[12].pose
    joint, error_mm = least_sure(pose)
    name = JOINT_NAMES[joint].replace("_", " ")
    assert error_mm == pose.sigma_mm[joint] == max(pose.sigma_mm[joint] for pair in ROWS for joint in pair)
    assert opened.joints.accessibleDescription() == f"Least sure: {name}, {error_mm:.0f} mm"
    picture = pixels(opened.joints).astype(int)
    sigma = np.full(23, 20.0, np.float32)
    sigma[LEFT_WRIST] = 180.0
    opened.joints.show_pose(replace(pose, sigma_mm=sigma))
    other = pixels(opened.joints).astype(int)
    height = opened.joints.row_px
    row = slice(round(34 + 3 * height), round(34 + 4 * height))
    coloured = (np.ptp(other[row], axis=2) > 60).any(axis=0)
    middle = other.shape[1] // 2
    assert coloured[middle:].sum() > 2 * coloured[:middle].sum() > 0, "left is right of the middle, and longer"
    assert (picture != other).any() and "left wrist, 180 mm" in opened.joints.accessibleDescription()
    session.close_source()
    assert opened.joints.accessibleDescription() == "", "nothing is open, so nothing is missing"


def test_the_pose_before_the_optimization_can_be_shown(qtbot, monkeypatch, opened, session):
    session.player.pause()
    asked, request = [], opened.viewport._renderer.request
    monkeypatch.setattr(opened.viewport._renderer, "request", lambda view: (asked.append(view), request(view)))
    qtbot.keyClick(opened, Qt.Key.Key_G)
    assert opened.display.switches["ghost"].isChecked() and asked[-1].ghost and asked[-1].pose is not None
    drawn = []  # not waitSignal: whose second call, if a thread's signal comes twice, finds its receiver gone and crashes
    opened.viewport._renderer.drawn.connect(lambda _picture, view: drawn.append(view.ghost))
    opened.display.switches["ghost"].trigger()
    qtbot.waitUntil(lambda: False in drawn, timeout=PATIENCE_MS)
    assert not asked[-1].ghost


def test_settings_are_applied_when_asked_for(qtbot, opened, session):
    panel = opened.processing
    assert not panel.apply.isEnabled() and panel.stature.text() == "not known"
    before = session.results[20].pose
    panel.stature.setValue(2.1)
    panel.iterations.setValue(0)
    panel.window_frames.setValue(9)
    panel.smoothing.setValue(0)
    assert panel.apply.isEnabled() and session.options.height_m is None, "nothing happens before it is asked for"
    panel.apply.click()
    assert not panel.apply.isEnabled() and session.results == []
    used = session.options
    assert (used.height_m, used.uao_iterations, used.smoothing_s, used.fov_deg) == (2.1, 0, 0.0, None)
    assert used.window == 9
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    after = session.results[20].pose
    assert session.chain.config.smoothing_s == 0 and after.reprojection_px == after.lifted_reprojection_px
    thigh, was = (np.linalg.norm(p.joints_m[2] - p.joints_m[1]) for p in (after, before))
    assert thigh > 1.1 * was
    panel.stature.setValue(panel.stature.minimum())
    assert panel.options().height_m is None


def test_what_was_typed_and_not_applied_outlives_other_changes(qtbot, window, session):
    panel = window.processing
    panel.stature.setValue(1.9)
    panel.iterations.setValue(3)
    window.exporting.foot_lock.setCurrentIndex(2)
    assert session.options.exporting.body.foot_lock is FootLock.FULL and session.options.height_m is None
    assert panel.stature.value() == 1.9 and panel.iterations.value() == 3 and panel.apply.isEnabled()
    session.options = replace(session.options, uao_iterations=7, fov_deg=60.0)
    session.changed.emit()
    assert panel.iterations.value() == 7 and panel.fov.value() == 60, "what has changed is shown"
    panel.apply.click()
    used = session.options
    assert (used.height_m, used.uao_iterations, used.fov_deg) == (1.9, 7, 60) and not panel.apply.isEnabled()
    assert used.exporting.body.foot_lock is FootLock.FULL, "and what was chosen meanwhile stays in force"


def test_a_trim_without_anybody_is_no_video_without(opened, session):
    session.results[:5] = [replace(result, pose=None) for result in session.results[:5]]
    opened._was_complete = False  # as when it was opened with this trim
    session.set_trim(Trim(0, 5), "end")
    assert not session.can_export and not opened.commands.export.isEnabled()
    assert opened.banners.shown() == []
    said = opened.status_label.text()
    assert said.startswith("Frame ") and said.endswith("Nobody is in the part that is kept")
    session.undo_stack.undo()
    assert "Nobody" not in opened.status_label.text()
    session.results[:] = [replace(result, pose=None) for result in session.results]
    session.changed.emit()
    assert opened.status_label.text() == "Nobody was found in this video"


def test_how_the_camera_stands_is_told(qtbot, opened, session):
    qtbot.waitUntil(lambda: session.ground is not None, timeout=PATIENCE_MS)
    session.player.seek(20)
    qtbot.waitUntil(opened.processing.ground.isVisible, timeout=PATIENCE_MS)
    looks = "down" if round(session.ground.camera_tilt_deg) >= 0 else "up"
    assert f"Camera {session.ground.offset_m:.1f} m above the ground, looks {looks}" in opened.processing.ground.text()
    session.close_source()
    assert not opened.processing.ground.isVisible()


def test_a_form_that_nobody_touched_asks_for_nothing(qtbot, options):
    """Also where it cannot show a value to its last digit."""
    for changed in (
        {"smoothing_s": 0.061},
        {"focal_px": 900.0},
        {"fov_deg": 71.5},
        {"height_m": 1.834},
        {"smoothing_s": 1.9},
        {"window": 81},
    ):
        panel = ProcessingPanel(replace(options, **changed))
        qtbot.addWidget(panel)
        assert not panel.apply.isEnabled() and panel.options() == replace(options, **changed)
        assert panel.fov.isEnabled() == ("focal_px" not in changed)
        panel.iterations.setValue(9)
        assert panel.options() == replace(options, **changed, uao_iterations=9)


def test_panels_can_be_hidden_and_are_remembered(qtbot, window, options):
    assert window.joints.isVisible()
    window._docks[0].toggleViewAction().trigger()
    window.resize(780, 530)
    window.close()
    again = MainWindow(Session(options))
    qtbot.addWidget(again)
    again.show()
    assert not again.joints.isVisible() and again.size() == window.size()
    again.close()


def test_damaged_settings_change_nothing(qtbot, tmp_path, options):
    folder = tmp_path / "settings" / "uao-pose"
    folder.mkdir(parents=True)
    (folder / "window.ini").write_bytes(b"[General]\ngeometry=@ByteArray(\x00)\nstate=7\nrecent=@Invalid()\n\xff\xfe")
    made = MainWindow(Session(options))
    qtbot.addWidget(made)
    made.show()
    assert made.joints.isVisible() and made._settings.recent() == []
    made.close()


def test_files_opened_last_are_offered_again(qtbot, window, session, tmp_path, options):
    copy = tmp_path / "my clip.mp4"
    copy.write_bytes(options.clip.read_bytes())
    session.open_file(copy)
    qtbot.waitUntil(lambda: session.info is not None, timeout=PATIENCE_MS)
    session.close_source()
    window.commands.recent.aboutToShow.emit()
    (action,) = window.commands.recent.actions()
    assert action.text() == "my clip.mp4"
    action.trigger()
    assert session.path == copy
    session.close_source()
    copy.unlink()
    window.commands.recent.aboutToShow.emit()
    assert [a.isEnabled() for a in window.commands.recent.actions()] == [False], "what is gone is not offered"


def test_all_keys_are_listed(window):
    window.commands.keys.trigger()
    (dialog,) = window.findChildren(KeysDialog)
    for action in window.commands.all():
        assert not action.shortcut().toString() or action.iconText() in dialog.text()
    assert "Orbit" in dialog.text() and "Page Down" in dialog.text()
    dialog.close()


def test_at_the_end_play_begins_anew(qtbot, opened, session):
    session.player.pause()
    session.player.seek(10**6)
    assert session.player.current == 29
    session.player.play()
    assert session.player.current < 5
    session.player.pause()
    session.player.seek(-7)
    assert session.player.current == 0


@pytest.mark.parametrize("suffix", ["bvh", "json"])
def test_export_writes_what_was_chosen(qtbot, monkeypatch, opened, session, tmp_path, suffix):
    target = tmp_path / f"my take.{suffix}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    with qtbot.waitSignal(session.exports.written, timeout=PATIENCE_MS):
        opened.commands.export.trigger()
    assert "my take" in opened.statusBar().currentMessage()
    if suffix == "json":
        assert len(json.loads(target.read_text())["frames"]) == 30
    else:
        assert "Frames: 30" in target.read_text()


def test_how_a_take_is_exported_is_chosen_in_a_panel(qtbot, opened, session, tmp_path):
    panel, results = opened.exporting, session.results
    panel.units.setCurrentIndex(1)
    panel.foot_lock.setCurrentIndex(2)
    panel.names.setCurrentIndex(1)
    panel.most.setValue(90)
    assert session.options.exporting.body.camera_tilt_deg is None and panel.tilt.text() == "by the take"
    panel.tilt.setValue(-3)
    body = session.options.exporting.body
    assert body.camera_tilt_deg == -3
    assert (body.units, body.foot_lock, body.names) == ("cm", FootLock.FULL, Names.H36M)
    assert session.options.exporting.max_sigma_mm == 90
    assert session.results is results and session.is_complete, "nothing is processed anew"
    for name in ("take.bvh", "take.csv"):
        with qtbot.waitSignal(session.exports.written, timeout=PATIENCE_MS):
            session.exports.write(tmp_path / name)
    text = (tmp_path / "take.bvh").read_text()
    assert "right_knee" in text and max(abs(float(x)) for x in re.findall(r"OFFSET (\S+)", text)) > 5, "centimetres"
    sigma = [float(row["sigma_mm"]) for row in csv.DictReader((tmp_path / "take.csv").open()) if row["x_m"]]
    assert 0 < max(sigma) <= 90
    opened.processing.iterations.setValue(2)
    opened.processing.apply.click()
    assert session.options.exporting.max_sigma_mm == 90 and session.options.uao_iterations == 2


def test_export_that_fails_says_why_and_keeps_the_take(qtbot, monkeypatch, opened, session, tmp_path):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "no folder" / "a.bvh"), ""))
    with qtbot.waitSignal(session.failed, timeout=PATIENCE_MS) as caught:
        opened.commands.export.trigger()
    assert "cannot be written" in caught.args[0] and session.can_export
    assert [banner.text for banner in opened.banners.shown()] == [caught.args[0]]


def test_what_is_no_video_is_said_and_the_window_goes_on(qtbot, window, session, tmp_path, options):
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    with qtbot.waitSignal(session.failed, timeout=PATIENCE_MS) as caught:
        session.open_file(bad)
    assert "bad.mp4" in caught.args[0] and session.path is None
    (banner,) = window.banners.shown()
    assert (banner.kind, banner.text) == (Kind.ERROR, caught.args[0]) and window.pages.welcome.isVisible()
    session.open_file(options.clip)
    assert window.banners.shown() == [], "what is opened next is another matter"
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)


def test_a_file_can_be_dropped_and_closed(qtbot, window, session, options):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(options.clip))])
    window.dropEvent(
        QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    )
    assert session.path == options.clip
    qtbot.waitUntil(lambda: bool(session.results), timeout=PATIENCE_MS)
    session.close_source()  # in the middle of its processing
    assert session.results == [] and window.windowTitle() == "UAO Pose"
    qtbot.waitUntil(lambda: not session._crew.workers, timeout=PATIENCE_MS)


def test_the_mouse_turns_moves_and_resets_the_view(qtbot, window):
    viewport = window.viewport
    start, middle = viewport.orbit, QPoint(150, 150)
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(viewport, middle + QPoint(60, 20))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=middle + QPoint(60, 20))
    turned = viewport.orbit
    assert turned.azimuth != start.azimuth and turned.elevation > start.elevation
    qtbot.keyClick(viewport, Qt.Key.Key_Plus)
    assert viewport.orbit.distance_m < turned.distance_m
    window.commands.reset.trigger()
    assert viewport.orbit == start


@pytest.fixture
def webcam(monkeypatch, tmp_path, options):
    """Plays the bundled clip for ever, at 50 frames a second."""
    system = FakeCameras(FakeCamera(3, "Front camera", fps=50, clip=options.clip)).install(monkeypatch, tmp_path)
    yield system.cameras[0]
    system.end()


def test_a_recording_of_a_webcam_is_opened_to_be_exported(qtbot, webcam, window, session, tmp_path):
    session.recordings_folder = tmp_path / "my takes"
    assert not window.commands.record.isEnabled()
    session.open_camera(3)
    qtbot.waitUntil(window.commands.record.isEnabled, timeout=PATIENCE_MS)
    window.commands.record.trigger()
    assert window.commands.record.iconText() == "Stop recording"
    qtbot.waitUntil(lambda: session.webcam.recorded_s > 1, timeout=PATIENCE_MS)
    assert "Recording" in window.status_label.text()
    window.commands.record.trigger()
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert session.path is not None and session.path.parent == tmp_path / "my takes" and not session.is_live
    assert "Recorded" in window.statusBar().currentMessage() and window.commands.record.iconText() == "Record"
    assert session.can_export and len(session.results) > 20
    with qtbot.waitSignal(session.exports.written, timeout=PATIENCE_MS):
        session.exports.write(tmp_path / "take.bvh")


def test_a_recording_that_cannot_be_written_leaves_the_camera_on(qtbot, webcam, window, session, tmp_path):
    (tmp_path / "file").write_text("")
    session.recordings_folder = tmp_path / "file" / "takes"
    session.open_camera(3)
    qtbot.waitUntil(window.commands.record.isEnabled, timeout=PATIENCE_MS)
    with qtbot.waitSignal(session.failed, timeout=PATIENCE_MS) as caught:
        window.commands.record.trigger()
    assert "cannot be recorded to" in caught.args[0] and not session.is_recording and session.is_live
    assert [banner.text for banner in window.banners.shown()] == [caught.args[0]]


def test_closing_the_camera_ends_a_recording_whole(qtbot, webcam, window, session, tmp_path):
    session.recordings_folder = tmp_path
    session.open_camera(3)
    qtbot.waitUntil(window.commands.record.isEnabled, timeout=PATIENCE_MS)
    session.record()
    qtbot.waitUntil(lambda: session.webcam.recorded_s > 0.2, timeout=PATIENCE_MS)
    with qtbot.waitSignal(session.recorded, timeout=PATIENCE_MS) as caught:
        session.close_source()
    assert caught.args[0].frames > 5 and caught.args[0].path.is_file() and session.path is None and not session.is_recording


def test_a_webcam_is_chosen_by_name_and_shown_live(qtbot, webcam, window, session):
    window.commands.cameras.aboutToShow.emit()
    (action,) = window.commands.cameras.actions()
    assert action.text() == "Front camera"
    shown = []
    session.frame_shown.connect(lambda frame, result: shown.append((frame, result)))
    action.trigger()
    qtbot.waitUntil(lambda: len(shown) >= 8, timeout=PATIENCE_MS)
    assert session.is_live and not window.timeline.isVisible() and "Live" in window.status_label.text()
    indices = [frame.index for frame, _ in shown]
    assert indices == sorted(set(indices)), "live frames go forward and may be dropped"
    assert any(result.pose is not None for _, result in shown)
    session.close_source()
    qtbot.waitUntil(lambda: not session._crew.workers, timeout=PATIENCE_MS)


@pytest.mark.alone
def test_the_window_stays_responsive_while_it_works(qtbot, window, session, options):
    """The longest time between two turns of the event loop, while a clip is processed, played and drawn."""
    gaps = EventLoopGaps()
    session.open_file(options.clip)
    qtbot.waitUntil(lambda: bool(session.results), timeout=PATIENCE_MS)
    gaps.start()
    qtbot.waitUntil(lambda: session.is_complete and not session.player.is_playing, timeout=PATIENCE_MS)
    gaps.stop()
    assert len(gaps.seconds) > 50
    assert np.percentile(gaps.seconds, 95) < 0.1 and max(gaps.seconds) < 0.5


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_painting_keeps_none_alive(qtbot, window):
    """A binding that drops references to None ends the program after some minutes; each repaint would cost dozens."""
    before = sys.getrefcount(None)
    for _ in range(100):
        window.video.repaint()
        window.timeline.repaint()
        window.viewport.repaint()
    assert before - sys.getrefcount(None) < 100
