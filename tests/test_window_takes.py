"""The panel of the takes, driven as a user would, on Qt's offscreen platform with the real chain behind it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QAction, QImage, QKeySequence
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from app.capture import FileSource
from app.detector import PoseModel
from app.options import BUNDLED_CLIP, parse_options
from app.qt_environment import forget_opencv_qt
from app.quality import best_quality
from app.recording import Recorder
from app.takes import TRASH, TakeNote, read_note, write_note
from app.window.main_window import MainWindow
from app.window.session import Session
from app.window.settings import Settings
from app.window.takes_workers import first_picture
from app.window.theme import apply_theme
from app.window.trim import Trim
from tests.fake_camera import FakeCamera, FakeCameras

forget_opencv_qt()
PATIENCE_MS = 60_000
FRAMES = 20


@pytest.fixture
def options():
    return replace(parse_options(["--device", "cpu"]), pose_model=PoseModel.LITE)


def record(folder, name, day, title="", count=FRAMES, skip=0):
    """Part of the bundled clip, as if a webcam had seen it on a day of May."""
    source = FileSource(BUNDLED_CLIP)
    recorder = Recorder(folder, name, source.info)
    for i in range(skip + count):
        frame = source.read()
        if i >= skip:
            recorder._waiting.put(frame)  # waits for the disk where `add` would leave pictures out
    source.close()
    path = recorder.close().path
    beside = path.with_suffix(".jsonl")
    head, rest = beside.read_text().split("\n", 1)
    beside.write_text(json.dumps(json.loads(head) | {"recorded": f"2024-05-0{day}T10:00:00"}) + "\n" + rest)
    if title:
        write_note(path, TakeNote(title))
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "UAO Pose"


@pytest.fixture
def three(folder):
    """Paths of three takes, the newest first, as they are listed."""
    return [record(folder, "c", 3, "Walk"), record(folder, "b", 2, skip=30), record(folder, "a", 1, "Jump", skip=60)]


def make_window(qtbot, options, folder=None):
    session = Session(options)
    if folder is not None:
        session.recordings_folder = folder
    made = MainWindow(session)
    qtbot.addWidget(made)
    made.resize(1100, 640)
    made.show()
    made.activateWindow()
    return made


@pytest.fixture
def window(qtbot, qapp, tmp_path, options, folder):
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    apply_theme(qapp)
    made = make_window(qtbot, options, folder)
    yield made
    made.close()


@pytest.fixture
def listed(qtbot, window, three):
    """The panel with three takes, and the keyboard's focus in its list."""
    window.takes.toggleViewAction().trigger()
    panel = window.takes.panel
    qtbot.waitUntil(lambda: panel.model.rowCount() == 3, timeout=PATIENCE_MS)
    choose(panel, 0)
    return panel


def choose(panel, *rows):
    panel.list.clearSelection()
    for row in rows:
        flags = panel.list.selectionModel().SelectionFlag
        panel.list.selectionModel().setCurrentIndex(panel.model.index(row), flags.Select)


def titles(panel):
    return [panel.model.index(row).data() for row in range(panel.model.rowCount())]


def names(folder):
    """Paths below a folder; those in the trash without the day."""
    paths = [path.relative_to(folder).parts for path in folder.rglob("*") if path.is_file()]
    return sorted("/".join((TRASH, *parts[2:]) if parts[0] == TRASH else parts) for parts in paths)


def test_an_empty_panel_says_how_to_begin(qtbot, window, folder):
    assert not window.takes.isVisible()
    assert window.takes.toggleViewAction() in window.commands.view.actions()
    window.takes.toggleViewAction().trigger()
    panel = window.takes.panel
    assert panel.isVisible() and "press Record" in panel.list.accessibleDescription()
    image = panel.list.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    assert (np.ptp(rows.reshape(len(rows), -1), axis=1) > 60).sum() > 40, "there is something to read"
    assert not panel.note.isEnabled() and not panel.open_folder.isEnabled() and not folder.exists()
    assert panel.folder.toolTip() == str(folder)


def test_the_first_recording_brings_the_panel_up(qtbot, monkeypatch, tmp_path, window, session, folder):
    cameras = FakeCameras(FakeCamera(3, fps=40, clip=BUNDLED_CLIP)).install(monkeypatch, tmp_path)
    session.open_camera(3)
    qtbot.waitUntil(lambda: session.can_record, timeout=PATIENCE_MS)
    window.commands.record.trigger()
    qtbot.waitUntil(lambda: session.webcam.recorded_s > 0.5, timeout=PATIENCE_MS)
    window.takes.takes.reload()
    assert not window.takes.isVisible()
    qtbot.wait(100)
    assert window.takes.takes.entries == (), "what is being recorded is no take yet"
    window.commands.record.trigger()
    panel = window.takes.panel
    qtbot.waitUntil(lambda: panel.isVisible() and panel.model.rowCount() == 1, timeout=PATIENCE_MS)
    cameras.end()
    entry = panel.model.entry(panel.model.index(0))
    assert entry.path == session.path and entry.path.parent == folder and entry.frames > 5
    qtbot.waitUntil(lambda: panel.selected() == [entry], timeout=PATIENCE_MS)
    assert QApplication.focusWidget() is not panel.list, "whoever was at something else is left there"


def test_takes_are_listed_with_picture_date_and_length(qtbot, listed, three):
    assert titles(listed) == ["Walk", "b", "Jump"]
    index = listed.model.index(1)
    assert "2024" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole).endswith(", 1 s")
    assert str(three[1]) in index.data(Qt.ItemDataRole.ToolTipRole) and "20 pictures" in index.data(
        Qt.ItemDataRole.ToolTipRole
    )
    pictures = [listed.model.index(row) for row in range(3)]
    qtbot.waitUntil(lambda: all(i.data(Qt.ItemDataRole.DecorationRole) is not None for i in pictures), timeout=PATIENCE_MS)
    assert {max(i.data(Qt.ItemDataRole.DecorationRole).size().toTuple()) for i in pictures} == {192}
    rect = listed.list.visualRect(pictures[0])
    image = listed.list.viewport().grab(rect).toImage()
    colours = {image.pixel(x, rect.height() // 2) for x in range(12, 60)}
    assert len(colours) > 20, "the picture is drawn"


def test_a_video_without_a_picture_has_an_empty_one(tmp_path):
    (tmp_path / "x.avi").write_bytes(b"no video")
    assert first_picture(tmp_path / "x.avi").isNull()


def test_a_take_is_renamed_in_the_list(qtbot, session, listed, three):
    qtbot.keyClick(listed.list, Qt.Key.Key_F2)
    editor = listed.list.findChild(QLineEdit)
    assert editor.text() == "Walk"
    editor.selectAll()
    qtbot.keyClicks(editor, "Run to the door")
    qtbot.keyClick(editor, Qt.Key.Key_Delete)  # of the text
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: listed.list.findChild(QLineEdit) is None, timeout=PATIENCE_MS)
    assert titles(listed)[0] == "Run to the door" and read_note(three[0]).title == "Run to the door"
    assert session.path is None, "the Return that ends the typing opens nothing"
    assert three[0].name == "c.avi" and three[0].exists() and not (three[0].parent / TRASH).exists()
    qtbot.keySequence(listed.list, QKeySequence(QKeySequence.StandardKey.Undo))
    assert titles(listed)[0] == "Walk" and read_note(three[0]).title == "Walk"
    qtbot.keySequence(listed.list, QKeySequence(QKeySequence.StandardKey.Redo))
    assert read_note(three[0]).title == "Run to the door"
    listed.model.setData(listed.model.index(0), "  ")
    assert titles(listed)[0] == "c" and not three[0].with_suffix(".take.json").exists()


def test_undo_in_the_list_is_the_list_s(qtbot, window, listed):
    other, done = QAction(window), []
    other.setShortcut(QKeySequence(QKeySequence.StandardKey.Undo))
    other.triggered.connect(lambda: done.append(1))
    window.addAction(other)
    listed.model.setData(listed.model.index(0), "X")
    listed.list.setFocus()
    qtbot.keySequence(listed.list, QKeySequence(QKeySequence.StandardKey.Undo))
    assert titles(listed)[0] == "Walk" and not done
    window.timeline.setFocus()
    qtbot.keySequence(window, QKeySequence(QKeySequence.StandardKey.Undo))
    assert done == [1]


def test_a_title_that_is_being_typed_survives_a_new_take(qtbot, listed, folder):
    qtbot.keyClick(listed.list, Qt.Key.Key_F2)
    editor = listed.list.findChild(QLineEdit)
    qtbot.keyClicks(editor, "half")
    record(folder, "d", 4)
    qtbot.waitUntil(lambda: listed.model.rowCount() == 4, timeout=PATIENCE_MS)  # the folder is watched
    assert titles(listed)[0] == "d" and listed.list.findChild(QLineEdit) is editor and editor.text() == "half"
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: titles(listed)[1] == "half", timeout=PATIENCE_MS)


def test_notes_are_kept_when_the_focus_leaves_and_at_the_end(qtbot, window, listed, three):
    assert listed.note.isEnabled() and listed.note.toPlainText() == ""
    listed.note.setFocus()
    qtbot.keyClicks(listed.note, "left knee hidden")
    assert read_note(three[0]).note == ""
    listed.list.setFocus()
    assert read_note(three[0]) == TakeNote("Walk", "left knee hidden")
    choose(listed, 1)
    assert listed.note.toPlainText() == ""
    qtbot.keyClicks(listed.note, "second")
    choose(listed, 0)
    assert listed.note.toPlainText() == "left knee hidden" and read_note(three[1]).note == "second"
    choose(listed, 0, 1)
    assert not listed.note.isEnabled() and listed.note.toPlainText() == ""
    choose(listed, 2)
    qtbot.keyClicks(listed.note, "last words")
    window.close()
    assert read_note(three[2]) == TakeNote("Jump", "last words")


def test_a_take_is_opened_as_it_was_trimmed(qtbot, window, session, listed, three):
    write_note(three[0], TakeNote("Walk", "", 4, 12))
    qtbot.keyClick(listed.list, Qt.Key.Key_Return)
    assert session.path == three[0] and session.trim == Trim(4, 12)
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert session.span == range(4, 12)
    session.player.pause()
    session.set_trim(Trim(6, 12), "trim")
    session.set_trim(Trim(6, 10), "trim")
    qtbot.waitUntil(lambda: read_note(three[0]) == TakeNote("Walk", "", 6, 10), timeout=PATIENCE_MS)
    session.undo_stack.undo()
    qtbot.waitUntil(lambda: read_note(three[0]).trim_stop == 12, timeout=PATIENCE_MS)
    listed.model.setData(listed.model.index(0), "Run")
    window.takes.takes.undo_stack.undo()
    assert read_note(three[0]) == TakeNote("Walk", "", 6, 12), "titles are undone without the trim"
    session.set_trim(Trim(7, 12), "trim")
    session.open_file(three[1])  # at once; nothing is lost
    assert read_note(three[0]).trim_start == 7 and session.trim == Trim() and read_note(three[1]) == TakeNote()
    window._open([three[0]])  # by whatever way
    assert session.trim == Trim(7, 12)


def test_playing_waits_for_a_trim_that_begins_late(qtbot, session, folder):
    path = record(folder, "long", 1, count=60)
    write_note(path, TakeNote("", "", 45, 55))
    shown = []
    session.frame_shown.connect(lambda frame, _result: shown.append(frame.index))
    session.open_file(path)
    qtbot.waitUntil(lambda: bool(session.results), timeout=PATIENCE_MS)
    session.player.play()  # in spite of it
    qtbot.waitUntil(lambda: session.is_complete and not session.player.is_playing, timeout=PATIENCE_MS)
    assert session.player.current == 54
    write_note(path, TakeNote("", "", 99, None))
    session.open_file(path)
    assert session.trim == Trim(), "there is no such picture"


def test_other_videos_keep_their_trim_only_while_they_are_open(qtbot, session, tmp_path, three):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in three[0].parent.glob("c.*"):
        (elsewhere / path.name).write_bytes(path.read_bytes())
    video = elsewhere / "c.avi"
    before = names(tmp_path / "elsewhere")
    session.open_file(video)
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    session.set_trim(Trim(3, 9), "trim")
    qtbot.wait(400)
    session.open_file(video)
    assert session.trim == Trim() and names(elsewhere) == before and read_note(video) == TakeNote("Walk")


def test_frames_of_a_part_do_not_trim_the_whole(qtbot, options, three, folder, tmp_path):
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    write_note(three[0], TakeNote("Walk", "", 6, 10))
    window = make_window(qtbot, replace(options, clip=three[0], start_s=0.4), folder)
    session = window._session
    session.open_file(three[0])
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert session.trim == Trim() and len(session.results) < FRAMES
    session.set_trim(Trim(1, 3), "trim")
    qtbot.wait(400)
    window.close()
    assert read_note(three[0]) == TakeNote("Walk", "", 6, 10)


def test_a_double_click_opens(qtbot, session, listed, three):
    where = listed.list.visualRect(listed.model.index(2)).center()
    qtbot.mouseClick(listed.list.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.mouseDClick(listed.list.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert session.path == three[2]
    assert [listed.model.index(row).data(Qt.ItemDataRole.UserRole + 1) for row in range(3)] == [False, False, True]


def test_a_deleted_take_is_brought_back(qtbot, window, session, listed, three, folder):
    before = names(folder)
    qtbot.keyClick(listed.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(session.results), timeout=PATIENCE_MS)
    listed.list.setFocus()
    qtbot.keyClick(listed.list, Qt.Key.Key_Delete)
    assert session.path is None and titles(listed) == ["b", "Jump"] and [e.title for e in listed.selected()] == ["b"]
    assert names(folder) == sorted(
        ["a.avi", "a.jsonl", "a.take.json", "b.avi", "b.jsonl", *(f"{TRASH}/c{e}" for e in (".avi", ".jsonl", ".take.json"))]
    )
    (banner,) = window.banners.shown()
    assert "Walk" in banner.text and "Ctrl+Z" in banner.text and TRASH in banner.text and "for 30 days" in banner.text
    qtbot.keySequence(listed.list, QKeySequence(QKeySequence.StandardKey.Undo))
    qtbot.waitUntil(lambda: titles(listed) == ["Walk", "b", "Jump"], timeout=PATIENCE_MS)
    assert names(folder) == before and window.banners.shown() == []
    qtbot.keySequence(listed.list, QKeySequence(QKeySequence.StandardKey.Redo))
    assert titles(listed) == ["b", "Jump"]


def test_many_are_deleted_and_undone_at_once(qtbot, window, listed, folder):
    before = names(folder)
    choose(listed, 0, 2)
    qtbot.keyClick(listed.list, Qt.Key.Key_Backspace)
    assert titles(listed) == ["b"] and "2 takes" in window.banners.shown()[0].text
    texts = [action.text() for action in listed.context_menu().actions()]
    assert "Undo deletion of 2 takes" in texts
    window.takes.takes.undo_stack.undo()
    qtbot.waitUntil(lambda: listed.model.rowCount() == 3, timeout=PATIENCE_MS)
    assert names(folder) == before


def test_a_file_in_use_is_tried_again_and_then_told(qtbot, monkeypatch, window, listed, three):
    rename, tries = type(three[0]).rename, []

    def in_use(self, target):
        tries.append(self)
        if len(tries) < 4:
            raise PermissionError(13, "in use")
        return rename(self, target)

    monkeypatch.setattr(type(three[0]), "rename", in_use)
    qtbot.keyClick(listed.list, Qt.Key.Key_Delete)
    assert titles(listed) == ["Walk", "b", "Jump"]
    qtbot.waitUntil(lambda: titles(listed) == ["b", "Jump"], timeout=PATIENCE_MS)
    monkeypatch.setattr("app.window.takes._TRIES", 1)
    tries.clear()
    qtbot.keyClick(listed.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: any("in use" in banner.text for banner in window.banners.shown()), timeout=PATIENCE_MS)
    assert titles(listed) == ["b", "Jump"]


def test_what_can_no_longer_be_undone_says_so(qtbot, window, listed, three, folder):
    qtbot.keyClick(listed.list, Qt.Key.Key_Delete)
    next((folder / TRASH).rglob("c.avi")).unlink()
    stack = window.takes.takes.undo_stack
    stack.undo()
    assert "no longer there" in window.banners.shown()[0].text and not stack.canUndo() and not stack.canRedo()
    choose(listed, 0)
    three[1].unlink()
    listed.model.setData(listed.model.index(0), "gone")
    assert "no longer in" in window.banners.shown()[0].text


def test_the_folder_is_changed_and_remembered(qtbot, monkeypatch, window, session, listed, options, tmp_path):
    other = tmp_path / "other"
    record(other, "elsewhere", 1)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(other))
    listed.change_folder.click()
    assert session.recordings_folder == other and listed.folder.toolTip() == str(other)
    qtbot.waitUntil(lambda: titles(listed) == ["elsewhere"], timeout=PATIENCE_MS)
    window.takes.takes.set_folder(tmp_path / "nowhere")
    assert "nowhere" in window.banners.shown()[0].text and session.recordings_folder == other
    assert Settings().recordings_folder() == other
    again = make_window(qtbot, options)
    assert again._session.recordings_folder == other
    again.close()


def test_the_open_file_is_processed_at_the_best_quality(qtbot, window, session, three, options):
    best = window.commands.best
    assert not best.isEnabled()
    session.open_file(three[0])
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert best.isEnabled()
    window.processing.stature.setValue(1.9)
    best.trigger()
    assert session.options == best_quality(replace(options, height_m=1.9)) and not session.results
    assert session.options.pose_model in (PoseModel.FULL, PoseModel.HEAVY) and session.options.uao_iterations > 4
    assert window.processing.iterations.value() == session.options.uao_iterations
    assert not best.isEnabled() and not window.processing.apply.isEnabled()
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert len(session.results) == FRAMES


def test_everything_can_be_reached_by_the_keyboard_and_has_a_name(listed):
    reached, at = [], listed.list
    while at not in reached[:1]:
        if at.focusPolicy() & Qt.FocusPolicy.TabFocus:
            reached.append(at)
        at = at.nextInFocusChain()
    assert reached[:4] == [listed.list, listed.note, listed.open_folder, listed.change_folder]
    assert all(widget.accessibleName() or widget.text() for widget in reached[:4])
    menu = listed.context_menu()
    assert [a.text() for a in menu.actions() if not a.isSeparator()][:3] == ["&Open", "&Rename", "&Delete"]
    listed.list.menu_asked.emit(QPoint(5, 5))
    QApplication.activePopupWidget().close()
