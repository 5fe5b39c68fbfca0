"""What the window does with videos that are none, are damaged, or keep it waiting: it says so, and stays usable."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QSettings, QTimer

from app.capture import FileSource
from app.detector import PoseModel
from app.options import parse_options
from app.pictures import Pictures
from app.qt_environment import forget_opencv_qt
from app.window.banner import Kind
from app.window.main_window import MainWindow
from app.window.session import Session
from tests.odd_videos import write
from tests.short_clips import write_clip
from tests.test_matrix_video import ODD, REFUSALS, REFUSED
from uao_core.errors import UaoError

forget_opencv_qt()
PATIENCE_MS = 60_000


@pytest.fixture
def window(qtbot, tmp_path_factory, monkeypatch, lifter):
    monkeypatch.setattr("app.pipeline.load_lifter", lambda _path: lifter)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path_factory.mktemp("settings")))
    made = MainWindow(Session(replace(parse_options(["--device", "cpu"]), pose_model=PoseModel.LITE)))
    qtbot.addWidget(made)
    made.show()
    yield made
    made.close()


def told(window):
    return [(banner.kind, banner.text) for banner in window.banners.shown()]


@pytest.mark.parametrize("cell", REFUSALS)
def test_the_banner_says_what_the_terminal_says_and_the_window_begins_anew(qtbot, window, session, tmp_path, cell):
    make, words = REFUSED[cell]
    clip = make(tmp_path)
    with pytest.raises(UaoError) as refused:
        FileSource(clip)
    session.open_file(clip)
    qtbot.waitUntil(lambda: told(window) != [], timeout=PATIENCE_MS)
    assert told(window) == [(Kind.ERROR, str(refused.value))] and words in str(refused.value)
    assert session.path is None and window.pages.welcome.isVisible() and window.windowTitle() == "UAO Pose"
    assert not window.commands.export.isEnabled() and window.commands.open.isEnabled()


def test_after_a_bad_file_a_good_one_opens(qtbot, window, session, tmp_path):
    (tmp_path / "folder").mkdir()
    for bad in (write(tmp_path / "bad.mp4", b"no video"), tmp_path / "folder"):
        session.open_file(bad)
        qtbot.waitUntil(lambda: told(window) != [], timeout=PATIENCE_MS)
        assert session.path is None
    assert told(window)[0][1].endswith("folder is a folder; give the name of a video file.")
    session.open_file(write_clip(tmp_path / "good.avi"))
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert told(window) == [] and session.can_export and len(session.results) == 8


@pytest.mark.parametrize("cell", ["truncated, index first", "damaged in the middle"])
def test_what_is_missing_of_a_video_is_a_warning_and_the_rest_is_there(qtbot, window, session, tmp_path, cell):
    make, times_s, _, words = ODD[cell]
    clip = make(tmp_path)
    session.open_file(clip)
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    sentence = f"{clip.name} is damaged or cut off: {words} pictures could be read."
    assert (Kind.WARNING, sentence) in told(window) and session.frame_count == len(times_s)
    session.use(replace(session.options, uao_iterations=0))
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert (Kind.WARNING, sentence) in told(window), "also where the detector is not asked again"


@pytest.mark.parametrize("cell", ["one frame, MP4", "all stamps are alike", "rotated", "size changes"])
def test_the_picture_under_the_playhead_is_the_one_that_was_processed(qtbot, window, session, tmp_path, cell):
    make, times_s, *_ = ODD[cell]
    clip, shown = make(tmp_path), []
    frames = list(iter(FileSource(clip).read, None))
    session.frame_shown.connect(lambda frame, result: shown.append((frame, result)))
    session.open_file(clip)
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    session.player.pause()
    for wanted in {len(times_s) - 1, 0, len(times_s) // 2}:
        session.player.seek(wanted)
        qtbot.waitUntil(lambda wanted=wanted: bool(shown) and shown[-1][0].index == wanted, timeout=PATIENCE_MS)
        frame, result = shown[-1]
        assert result.index == wanted and np.array_equal(frame.pixels, frames[wanted].pixels)
    assert [text for _, text in told(window) if "Nobody was found" not in text] == []


@pytest.fixture
def stalled(monkeypatch):
    """Files of this name give so many pictures and then keep their reader waiting, as a share does whose server is gone."""
    free, asked, given = threading.Event(), threading.Event(), {}
    take = Pictures.take

    def waiting(self):
        given[self] = given.get(self, 0) + 1
        if "stalled" in self._path and given[self] > waiting.most:
            asked.set()
            free.wait(60)
        return take(self)

    waiting.most, waiting.asked, waiting.end = 0, asked, free.set
    monkeypatch.setattr(Pictures, "take", waiting)
    yield waiting
    free.set()


@pytest.mark.parametrize("pictures", [0, 30], ids=["while it is opened", "while it is read"])
def test_a_file_that_stalls_keeps_nobody_from_going_on(qtbot, window, session, tmp_path, stalled, pictures):
    stalled.most = pictures
    session.open_file(write_clip(tmp_path / "stalled.avi", 60))
    qtbot.waitUntil(stalled.asked.is_set, timeout=PATIENCE_MS)
    turns, timer = [], QTimer()
    timer.timeout.connect(lambda: turns.append(None))
    timer.start(1)
    qtbot.waitUntil(lambda: len(turns) > 20, timeout=PATIENCE_MS)  # the window lives, though nothing comes
    assert session.is_opening == (pictures == 0) and told(window) == []
    assert window.pages.waiting.isVisible() or len(session.results) > 0
    if pictures:
        session.stop_processing()
        assert session.can_continue and not session.is_growing
    window.commands.close.trigger() if pictures else window.pages.waiting.cancel.click()
    assert session.path is None and window.pages.welcome.isVisible()
    session.open_file(write_clip(tmp_path / "good.avi"))
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    stalled.end()
    qtbot.waitUntil(lambda: len(session._crew.workers) == 1, timeout=PATIENCE_MS)  # the reader of the good one
    assert len(session.results) == 8 and session.info.name == "good.avi" and told(window) == []
