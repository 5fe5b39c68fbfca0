"""The batch queue, driven as a user would: dropped on, started, cancelled, gone on with."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDropEvent, QImage
from PySide6.QtWidgets import QFileDialog

from app import batch
from app.detector import PoseModel
from app.ledger import LEDGER_NAME
from app.lens.lens import Lens
from app.options import parse_options
from app.qt_environment import forget_opencv_qt
from app.videos import Video
from app.window.main_window import MainWindow
from app.window.queue_job import JobState, QueueJob
from app.window.queue_model import LEFT, NAME, RESULT, SHARE_ROLE, STATE, duration_text
from app.window.queue_worker import QueueWorker
from app.window.session import Session
from app.window.theme import apply_theme
from tests.short_clips import write_clip
from uao_core.people import Choice

forget_opencv_qt()
PATIENCE_MS = 60_000
LONG = 1500
"""Frames of a clip that nothing waits for the end of."""


@pytest.fixture
def options():
    return replace(parse_options(["--device", "cpu"]), pose_model=PoseModel.LITE)


@pytest.fixture(autouse=True)
def kept_apart(tmp_path):
    """The user's own settings are neither read nor written."""
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


@pytest.fixture
def make_window(qtbot, qapp, options):
    apply_theme(qapp)
    made = []

    def make(asked=options):
        window = MainWindow(Session(asked))
        qtbot.addWidget(window)
        window.resize(1100, 720)
        window.show()
        made.append(window)
        return window

    yield make
    for window in made:
        window.close()


@pytest.fixture
def window(make_window):
    return make_window()


@pytest.fixture
def panel(window):
    return window.batch


@pytest.fixture
def queue(window):
    return window._queue


@pytest.fixture
def out(tmp_path, queue):
    queue.set_target(tmp_path / "takes")
    return tmp_path / "takes"


def drop(widget, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    widget.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, buttons, keys))


def click(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def cell(panel, row, column, role=Qt.ItemDataRole.DisplayRole):
    return panel.model.index(row, column).data(role)


def states(queue):
    return [job.state.value for job in queue.jobs]


def files(folder):
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def select(panel, *rows):
    panel.table.clearSelection()
    for row in rows:
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        panel.table.selectionModel().select(panel.model.index(row, NAME), flags)


def added(qtbot, queue, count):
    qtbot.waitUntil(lambda: len(queue.jobs) == count and not queue.is_finding, timeout=PATIENCE_MS)


def finished(qtbot, queue):
    qtbot.waitUntil(lambda: not queue.is_running, timeout=PATIENCE_MS)


def test_it_is_asked_for_and_says_what_it_is_for(qtbot, window, panel, queue):
    assert not panel.isVisible() and "&Batch of videos…" in [
        a.text() for a in window.menuBar().actions()[0].menu().actions()
    ]
    qtbot.keyClick(window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert panel.isVisible() and not panel.start.isEnabled() and panel.target.text() == "Choose a folder…"
    view = panel.table.viewport().grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(view.constBits(), np.uint8).reshape(view.height(), view.bytesPerLine())[:, : view.width()]
    assert rows.std() > 3, "a sentence stands where the videos will be"


def test_a_folder_is_dropped_processed_and_its_results_are_told(qtbot, window, panel, queue, out, tmp_path):
    write_clip(tmp_path / "study" / "s1" / "walk.avi", 60)
    write_clip(tmp_path / "study" / "s2" / "walk.avi", 6)
    (tmp_path / "study" / "s2" / "broken.mp4").write_text("no video")
    drop(window, tmp_path / "study")
    added(qtbot, queue, 3)
    assert panel.isVisible() and window._session.path is None
    assert [cell(panel, row, NAME) for row in range(3)] == ["s1/walk.avi", "s2/broken.mp4", "s2/walk.avi"]
    qtbot.waitUntil(lambda: [job.frames for job in queue.jobs] == [60, None, 6], timeout=PATIENCE_MS)
    assert states(queue) == ["waiting"] * 3, "it does not start by itself"
    shares, told = [], []
    queue.changed.connect(lambda: shares.append(queue.share))
    queue.job_changed.connect(
        lambda row: told.append((cell(panel, row, STATE, SHARE_ROLE), cell(panel, row, LEFT), panel.status.text()))
    )
    click(qtbot, panel.start)
    assert panel.start.text() == "&Cancel" and panel.progress.isVisible() and not panel.target.isEnabled()
    finished(qtbot, queue)
    assert states(queue) == ["done", "failed", "done"]
    assert sorted(shares) == shares and shares[0] < 0.2 and shares[-1] == 1
    assert any(share and 0 < share < 1 and "fps" in left and "left" in status for share, left, status in told)
    names = ["s1/walk.bvh", "s1/walk.json", "s2/walk.bvh", "s2/walk.json"]
    assert files(out) == [*names, LEDGER_NAME]
    assert len(json.loads((out / "s2" / "walk.json").read_text())["frames"]) == 6
    assert "expected error" in cell(panel, 0, RESULT) and "walk.bvh, walk.json" in cell(panel, 0, RESULT)
    assert "broken.mp4 cannot be read as a video" in cell(panel, 1, RESULT)
    assert panel.status.text() == "2 of 3 done, 1 failed" and not panel.progress.isVisible()
    assert window.banners.shown() == [], "what failed stands in the table and stops nobody"


def test_one_file_dropped_on_the_window_is_opened_and_on_the_panel_waits(qtbot, window, panel, queue, tmp_path):
    one, other = write_clip(tmp_path / "a.avi"), write_clip(tmp_path / "b.avi")
    drop(window, one)
    assert window._session.path == one and queue.jobs == [] and not panel.isVisible()
    window._session.close_source()
    drop(panel, one)
    added(qtbot, queue, 1)
    drop(window, one, other)
    added(qtbot, queue, 2)
    assert window._session.path is None


def test_several_files_chosen_to_open_wait_in_the_batch(qtbot, monkeypatch, window, queue, tmp_path):
    names = [str(write_clip(tmp_path / name)) for name in ("a.avi", "b.avi")]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (names[:1], ""))
    window.commands.open.trigger()
    assert window._session.path == Path(names[0]) and queue.jobs == []
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (names, ""))
    window.commands.open.trigger()
    added(qtbot, queue, 2)


def test_buttons_add_files_and_folders_and_nothing_twice(qtbot, monkeypatch, window, panel, queue, tmp_path):
    window.commands.batch.trigger()
    clip = write_clip(tmp_path / "clips" / "a.avi")
    write_clip(tmp_path / "clips" / "b.avi")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(clip)], ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "clips"))
    click(qtbot, panel.add_files)
    added(qtbot, queue, 1)
    click(qtbot, panel.add_folder)
    added(qtbot, queue, 2)
    assert [cell(panel, row, NAME) for row in range(2)] == ["a.avi", "b.avi"]
    (tmp_path / "empty").mkdir()
    with qtbot.waitSignal(queue.failed, timeout=PATIENCE_MS) as caught:
        queue.add([tmp_path / "empty"])
    assert caught.args == ["There is no video in what was added."]
    assert [banner.text for banner in window.banners.shown()] == list(caught.args)


def test_cancelled_in_the_middle_nothing_is_written_and_start_goes_on(qtbot, window, panel, queue, out, tmp_path):
    short, long = write_clip(tmp_path / "a.avi", 6), write_clip(tmp_path / "b.avi", LONG)
    drop(window, short, long)
    added(qtbot, queue, 2)
    click(qtbot, panel.start)
    qtbot.waitUntil(lambda: queue.jobs[1].frames_done > 5, timeout=PATIENCE_MS)
    click(qtbot, panel.start)
    finished(qtbot, queue)
    assert states(queue) == ["done", "waiting"] and queue.jobs[1].frames_done == 0
    assert files(out) == ["a.bvh", "a.json", LEDGER_NAME] and panel.start.text() == "&Start"
    write_clip(long, 7)
    click(qtbot, panel.start)
    finished(qtbot, queue)
    assert states(queue) == ["done", "done"] and files(out) == ["a.bvh", "a.json", "b.bvh", "b.json", LEDGER_NAME]


def test_one_job_is_cancelled_the_next_one_follows_and_it_can_be_tried_again(qtbot, window, panel, queue, out, tmp_path):
    long, short = write_clip(tmp_path / "a.avi", LONG), write_clip(tmp_path / "b.avi", 6)
    drop(window, long, short)
    added(qtbot, queue, 2)
    click(qtbot, panel.start)
    qtbot.waitUntil(lambda: queue.jobs[0].frames_done > 5, timeout=PATIENCE_MS)
    select(panel, 0)
    panel.cancel.trigger()
    finished(qtbot, queue)
    assert states(queue) == ["cancelled", "done"] and files(out) == ["b.bvh", "b.json", LEDGER_NAME]
    assert not queue.can_start and panel.status.text() == "1 of 2 done"
    assert panel.retry in panel.context_menu().actions() and panel.cancel not in panel.context_menu().actions()
    write_clip(long, 6)
    panel.retry.trigger()
    click(qtbot, panel.start)
    finished(qtbot, queue)
    assert states(queue) == ["done", "done"]


def test_what_is_done_is_not_done_again_unless_asked_for(qtbot, monkeypatch, window, panel, queue, out, tmp_path):
    called, process = [], batch.process_clip
    monkeypatch.setattr(batch, "process_clip", lambda chain, clip, *rest: called.append(clip) or process(chain, clip, *rest))
    clip = write_clip(tmp_path / "a.avi", 6)
    for times, state in ((1, "done"), (1, "done before")):
        drop(panel, clip)
        added(qtbot, queue, 1)
        click(qtbot, panel.start) if panel.isVisible() else queue.start()
        finished(qtbot, queue)
        assert states(queue) == [state] and len(called) == times
        assert "expected error" in cell(panel, 0, RESULT), "also where it was done before"
        if times == 1 and state == "done":
            queue.clear_finished()
            assert queue.jobs == []
    select(panel, 0)
    panel.again.trigger()
    queue.start()
    finished(qtbot, queue)
    assert states(queue) == ["done"] and len(called) == 2
    window._session.use(replace(window._session.options, height_m=2.0))
    queue.clear_finished()
    drop(panel, clip)
    added(qtbot, queue, 1)
    queue.start()
    finished(qtbot, queue)
    assert states(queue) == ["done"] and json.loads((out / "a.json").read_text())["uao"]["height_m"] == 2.0


def test_formats_and_overwrite_are_as_chosen(qtbot, window, panel, queue, out, tmp_path):
    drop(panel, write_clip(tmp_path / "a.avi", 4))
    added(qtbot, queue, 1)
    panel.formats["bvh"].click()
    queue.start()
    finished(qtbot, queue)
    assert files(out) == ["a.json", LEDGER_NAME]
    queue.retry([0])
    panel.formats["json"].click()
    assert not panel.start.isEnabled() and panel.status.text() == "Choose a format to write"
    panel.formats["bvh"].click()
    panel.overwrite.click()
    assert queue.overwrite and panel.start.isEnabled()


def test_what_belongs_to_one_clip_is_not_taken_over(qtbot, monkeypatch, make_window, options, tmp_path):
    """Neither range nor person of the command line's clip, nor a lens that was measured on the clip that is open."""
    given, measured = (Lens(focal_px, (640, 360), "chessboard") for focal_px in (500.0, 700.0))
    asked = []
    monkeypatch.setattr("app.window.queue.QueueWorker", lambda options: asked.append(options) or QueueWorker(options))
    window = make_window(replace(options, follow=Choice(3.0, 4.0), start_s=1.0, end_s=2.0, height_m=1.9, lens=given))
    queue = window._queue
    queue.set_target(tmp_path / "takes")
    for lens in (given, measured):
        window._session.options = replace(window._session.options, lens=lens)
        queue.add([write_clip(tmp_path / f"{lens.focal_px}.avi", 4)])
        qtbot.waitUntil(lambda: queue.can_start, timeout=PATIENCE_MS)
        queue.start()
        finished(qtbot, queue)
    assert [options.follow for options in asked] == [None, None] and asked[0].height_m == 1.9
    assert [(options.start_s, options.end_s) for options in asked] == 2 * [(0.0, float("inf"))]
    assert [options.lens for options in asked] == [given, None], "the command line's is of all videos"


def test_start_asks_for_a_folder_where_none_was_chosen(qtbot, monkeypatch, window, panel, queue, tmp_path):
    drop(window, write_clip(tmp_path / "a.avi", 4), write_clip(tmp_path / "b.avi", 4))
    added(qtbot, queue, 2)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    click(qtbot, panel.start)
    assert not queue.is_running
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "takes"))
    click(qtbot, panel.start)
    finished(qtbot, queue)
    assert files(tmp_path / "takes") == ["a.bvh", "a.json", "b.bvh", "b.json", LEDGER_NAME]


def test_a_folder_that_cannot_be_written_to_is_said_and_nothing_is_lost(qtbot, window, panel, queue, tmp_path):
    (tmp_path / "file").write_text("")
    queue.set_target(tmp_path / "file" / "takes")
    drop(panel, write_clip(tmp_path / "a.avi", 4))
    added(qtbot, queue, 1)
    with qtbot.waitSignal(queue.failed, timeout=PATIENCE_MS) as caught:
        queue.start()
    assert "cannot be made" in caught.args[0]
    finished(qtbot, queue)
    assert states(queue) == ["waiting"]
    assert [banner.text for banner in window.banners.shown()] == list(caught.args)


def test_what_is_not_done_is_offered_again_in_a_new_window(qtbot, make_window, tmp_path):
    window = make_window()
    queue = window._queue
    queue.set_target(tmp_path / "takes")
    window.batch.formats["bvh"].click()
    window.batch.overwrite.click()
    drop(
        window,
        write_clip(tmp_path / "s" / "a.avi", 6),
        tmp_path / "s" / "no video.mov",
        write_clip(tmp_path / "s" / "b.avi", LONG),
    )
    added(qtbot, queue, 3)
    click(qtbot, window.batch.start)
    qtbot.waitUntil(lambda: queue.jobs[2].frames_done > 5, timeout=PATIENCE_MS)
    window.close()
    assert files(tmp_path / "takes") == ["a.json", LEDGER_NAME]
    again = make_window()
    queue = again._queue
    assert [job.video.path.name for job in queue.jobs] == ["no video.mov", "b.avi"] and states(queue) == ["waiting"] * 2
    assert again.batch.isVisible() and not queue.is_running
    assert queue.target == tmp_path / "takes" and queue.formats == ("json",) and queue.overwrite
    assert not again.batch.formats["bvh"].isChecked() and again.batch.overwrite.isChecked()
    assert again.batch.target.toolTip() == str(tmp_path / "takes")
    qtbot.waitUntil(lambda: queue.jobs[1].frames == LONG, timeout=PATIENCE_MS)
    queue.remove([0, 1])
    again.close()
    assert make_window()._queue.jobs == []


@pytest.mark.parametrize(
    "kept", ["{", "[]", '{"videos": 3}', '{"videos": [["a"]], "target": 5, "formats": 2, "overwrite": 1}']
)
def test_a_damaged_memory_is_an_empty_queue(make_window, kept):
    stored = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "uao-pose", "window")
    stored.setValue("batch", kept)
    stored.sync()
    window = make_window()
    assert window._queue.jobs == [] and window._queue.target is None and window._queue.formats == ("bvh", "json")


def test_it_rests_while_a_camera_is_live(qtbot, monkeypatch, window, panel, queue, out, tmp_path):
    drop(panel, write_clip(tmp_path / "a.avi", 200))
    added(qtbot, queue, 1)
    window.commands.batch.trigger()
    click(qtbot, panel.start)
    qtbot.waitUntil(lambda: queue.jobs[0].frames_done > 5, timeout=PATIENCE_MS)
    monkeypatch.setattr(Session, "is_live", property(lambda self: True))
    window._session.changed.emit()
    assert panel.status.text() == "Paused while a camera is live" and cell(panel, 0, STATE) == "paused"
    qtbot.wait(500)  # what was on its way comes in
    before = queue.jobs[0].frames_done
    qtbot.wait(1000)
    assert queue.jobs[0].frames_done == before < 200
    monkeypatch.undo()
    window._session.changed.emit()
    finished(qtbot, queue)
    assert states(queue) == ["done"]
    assert len(json.loads((out / "a.json").read_text())["frames"]) == 200


def test_a_held_job_can_be_cancelled_and_a_held_window_closed(qtbot, monkeypatch, window, panel, queue, out, tmp_path):
    monkeypatch.setattr(Session, "is_live", property(lambda self: True))
    drop(panel, write_clip(tmp_path / "a.avi", 20), write_clip(tmp_path / "b.avi", 20))
    added(qtbot, queue, 2)
    queue.start()
    qtbot.wait(300)
    assert states(queue) == ["running", "waiting"]
    queue.cancel([0])
    qtbot.waitUntil(lambda: states(queue) == ["cancelled", "running"], timeout=PATIENCE_MS)
    window.close()
    assert not out.exists() or files(out) == ["uao-batch.json"]


def test_jobs_are_moved_removed_and_keep_their_selection(qtbot, window, panel, queue, tmp_path):
    window.commands.batch.trigger()
    drop(panel, *(write_clip(tmp_path / f"{name}.avi", 3) for name in "abcd"))
    added(qtbot, queue, 4)
    panel.table.setFocus()
    select(panel, 3)
    qtbot.keyClick(panel.table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    panel.up.trigger()
    assert [job.video.path.stem for job in queue.jobs] == ["a", "d", "b", "c"] and panel.selected() == [1]
    panel.down.trigger()
    assert [job.video.path.stem for job in queue.jobs] == ["a", "b", "d", "c"] and panel.selected() == [2]
    select(panel, 0, 2)
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    assert [job.video.path.stem for job in queue.jobs] == ["b", "c"] and panel.model.rowCount() == 2


def test_a_job_that_runs_can_be_removed_and_more_can_be_added_meanwhile(qtbot, window, panel, queue, out, tmp_path):
    drop(panel, write_clip(tmp_path / "a.avi", LONG))
    added(qtbot, queue, 1)
    queue.start()
    qtbot.waitUntil(lambda: queue.jobs[0].frames_done > 5, timeout=PATIENCE_MS)
    drop(panel, write_clip(tmp_path / "b.avi", 6))
    added(qtbot, queue, 2)
    select(panel, 0)
    panel.remove.trigger()
    finished(qtbot, queue)
    assert states(queue) == ["done"] and files(out) == ["b.bvh", "b.json", LEDGER_NAME]


def test_a_done_job_opens_for_review_and_shows_its_folder(qtbot, monkeypatch, window, panel, queue, out, tmp_path):
    window.commands.batch.trigger()
    drop(panel, write_clip(tmp_path / "s" / "a.avi", 6))
    added(qtbot, queue, 1)
    select(panel, 0)
    panel.review.trigger()
    assert window._session.path is None, "it is not done"
    queue.start()
    finished(qtbot, queue)
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    panel.show_folder.trigger()
    assert opened[0].toLocalFile() == str(out)
    index = panel.model.index(0, NAME)
    where = panel.table.visualRect(index).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.mouseDClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert window._session.path == tmp_path / "s" / "a.avi"
    window._session.close_source()
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert window._session.path == tmp_path / "s" / "a.avi"


def test_all_that_failed_is_tried_again(qtbot, window, panel, queue, out, tmp_path):
    bad = [tmp_path / "a.avi", tmp_path / "b.avi"]
    for path in bad:
        path.write_text("no video")
    drop(panel, *bad)
    added(qtbot, queue, 2)
    queue.start()
    finished(qtbot, queue)
    assert queue.count(JobState.FAILED) == 2
    write_clip(bad[0], 4)
    panel.context_menu()
    panel.retry_all.trigger()
    queue.start()
    finished(qtbot, queue)
    assert states(queue) == ["done", "failed"]
    panel.context_menu()
    panel.clear.trigger()
    assert states(queue) == ["failed"]


def test_the_open_clip_goes_on_while_the_batch_runs(qtbot, window, panel, queue, out, tmp_path):
    drop(panel, write_clip(tmp_path / "a.avi", LONG))
    added(qtbot, queue, 1)
    queue.start()
    qtbot.waitUntil(lambda: queue.jobs[0].frames_done > 5, timeout=PATIENCE_MS)
    window._session.open_file(write_clip(tmp_path / "b.avi", 20))
    qtbot.waitUntil(lambda: window._session.is_complete, timeout=PATIENCE_MS)
    assert states(queue) == ["running"] and len(window._session.results) == 20


def test_the_bar_grows_with_what_is_done(qtbot, window, panel, queue):
    window.commands.batch.trigger()
    queue._set_list([_job(0.25), _job(0.75)])

    def bar_length(row):
        area = panel.table.visualRect(panel.model.index(row, STATE))
        image = panel.table.viewport().grab(area).toImage().convertToFormat(QImage.Format.Format_RGB32)
        middle = image.height() // 2
        highlight = panel.palette().highlight().color()
        return sum(image.pixelColor(x, middle) == highlight for x in range(image.width()))

    assert bar_length(1) > 2 * bar_length(0) > 10
    assert panel.table.indexAt(QPoint(3, 3)).row() == 0


def test_of_a_video_without_a_length_the_frames_are_told(panel, queue):
    job = replace(_job(0.25), frames=None, frames_done=0)
    queue._set_list([job])
    assert cell(panel, 0, STATE) == "starting"
    queue._set_job(0, replace(job, frames_done=40))
    assert cell(panel, 0, STATE) == "40 frames done" and cell(panel, 0, STATE, SHARE_ROLE) is None
    assert cell(panel, 0, NAME, Qt.ItemDataRole.AccessibleTextRole).endswith("40 frames done")
    queue._set_job(0, replace(job, frames_done=40, frames=80))
    assert cell(panel, 0, STATE) == "running"


def _job(share):
    path = Path(f"/videos/{share}.mp4")
    return QueueJob(Video(path, path.parent), JobState.RUNNING, frames=100, frames_done=round(100 * share), fps=10.0)


def test_times_are_said_in_two_units():
    assert [duration_text(seconds) for seconds in (0.2, 59.4, 61, 3599.7, 7385)] == [
        "0 s",
        "59 s",
        "1 min 01 s",
        "1 h 00 min",
        "2 h 03 min",
    ]
