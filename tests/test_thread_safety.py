"""What would end the process without a word: Qt objects destroyed on a thread of work, threads destroyed while they run."""

import gc
import sys
import threading
import time
import weakref
from dataclasses import replace

import pytest
from PySide6.QtCore import QObject, QSettings, QThread, QTimer

from app import pipeline
from app.capture import FileSource
from app.options import parse_options
from app.pipeline import Chain, Detections
from app.window import application, crew, workers
from app.window.crew import Crew
from app.window.garbage import Collector
from app.window.session import Session
from app.window.workers import ExportWorker, FileWorker, Worker, end_workers
from tests.short_clips import write_clip
from tests.soak import FakeDetector

PATIENCE_MS = 60_000


class Busy(Worker):
    """Works until it is let go, whatever it is asked; as a driver or a far disk does."""

    def __init__(self):
        super().__init__()
        self.goes_on = threading.Event()

    def work(self):
        self.goes_on.wait(30)


def test_a_qt_object_in_a_cycle_is_destroyed_on_the_main_thread(qtbot):
    collector = Collector()
    destroyed_on = []

    def leave_garbage():
        thing = QObject()
        thing.itself = thing
        return weakref.ref(thing, lambda _: destroyed_on.append(threading.current_thread()))

    def allocate():
        kept = [[i] for i in range(200_000)]  # Python would collect a hundred times meanwhile
        assert kept

    left = leave_garbage()
    thread = threading.Thread(target=allocate)
    thread.start()
    thread.join()
    assert destroyed_on == [] and left() is not None
    collector.collect()
    gc.collect()
    assert destroyed_on == [threading.main_thread()] and left() is None


def test_the_collector_collects_what_is_due():
    def garbage():
        things = [[] for _ in range(1000)]
        for thing in things:
            thing.append(thing)
        return len(things)

    collector = Collector()
    assert not gc.isenabled()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(300):
        garbage()
        collector.collect()
    assert len(gc.get_objects()) < before + 20_000, "of 300,000"


def test_what_was_imported_is_not_looked_through(monkeypatch):
    frozen = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(len(sys.modules)))
    collector = Collector()
    for _ in range(3):
        collector.pass_over_imports()
    assert len(frozen) == 1
    monkeypatch.setitem(sys.modules, "a_library_of_this_test", None)
    collector.pass_over_imports()
    assert frozen == [frozen[0], frozen[0] + 1]


def test_full_collections_take_a_small_share_of_the_time(monkeypatch):
    full, now = [], [0.0]
    monkeypatch.setattr(gc, "get_count", lambda: (1000, 11, 11))

    def collect(generation=2):
        now[0] += 0.2 if generation == 2 else 0.0
        full.append(generation)

    monkeypatch.setattr(gc, "collect", collect)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    collector = Collector()
    for _ in range(3000):
        collector.collect()
        now[0] += 0.2
    assert 5 <= full.count(2) <= 7 and full.count(1) > 2900


def test_a_thread_that_nobody_waits_for_any_more_is_kept_until_it_ends(qtbot):
    worker = Busy()
    several = Crew()
    several.start(worker)
    several.stop()
    end_workers(several.workers, most_s=0.05)
    goes_on = worker.goes_on
    del worker, several
    gc.collect()  # Qt would abort the process here
    (left,) = [worker for worker in Worker.running() if isinstance(worker, Busy)]
    goes_on.set()
    qtbot.waitUntil(left.isFinished, timeout=PATIENCE_MS)
    assert left not in Worker.running()
    qtbot.waitUntil(lambda: left not in Worker._started, timeout=PATIENCE_MS)  # nor what it holds


def test_a_deadline_is_for_all_workers_together(monkeypatch):
    busy = [Busy() for _ in range(4)]
    for worker in busy:
        worker.start()
    waited_ms = []

    def end(worker, deadline):
        waited_ms.append(deadline.remainingTime())
        QThread.wait(worker, deadline)

    monkeypatch.setattr(Busy, "wait", end, raising=False)
    end_workers(busy, most_s=0.2)
    monkeypatch.undo()
    for worker in busy:
        worker.goes_on.set()
    end_workers(busy)
    assert waited_ms[0] > 0 and waited_ms[1:] == [0, 0, 0] and all(worker.isFinished() for worker in busy)


def test_a_file_is_let_go_before_its_first_result(qtbot, tmp_path):
    """The first result takes a window of frames; nobody waits for that."""
    options = replace(parse_options([str(write_clip(tmp_path / "clip.mp4", 60)), "--device", "cpu"]), window=243)
    known = Detections()
    worker = FileWorker(options, tmp_path / "clip.mp4", known)
    sent = []
    worker.results.connect(sent.append)
    worker.start()
    qtbot.waitUntil(lambda: len(known.found) > 2, timeout=PATIENCE_MS)
    worker.stop()
    seen = len(known.found)
    assert worker.wait(PATIENCE_MS)
    decoded = pipeline.DECODED_FRAMES + 1  # and one in the decoder's hand
    assert len(known.found) <= seen + 2 + decoded and not known.is_complete and sent == []


@pytest.fixture
def chain():
    return Chain.from_options(parse_options(["--device", "cpu"]))


@pytest.fixture
def session(tmp_path):
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    return Session(parse_options(["--device", "cpu"]))


def test_an_export_is_written_to_its_end_however_long_it_takes(qtbot, session, monkeypatch, tmp_path):
    written = []

    def write(_take, path, _exporting):
        time.sleep(0.5)
        written.append(path)

    monkeypatch.setattr(workers, "write_take", write)
    monkeypatch.setattr(crew, "end_workers", lambda others: end_workers(others, most_s=0.1))
    session._crew.start(ExportWorker(None, tmp_path / "take.glb", session.options.exporting))
    session.shut_down()
    assert written == [tmp_path / "take.glb"]


def test_two_that_look_at_a_file_leave_no_frame_twice_and_none_out(tmp_path, monkeypatch, chain):
    """Who was asked to stop still has a frame in its detector when the next one begins."""
    monkeypatch.setattr(pipeline, "Detector", FakeDetector)
    write_clip(tmp_path / "clip.mp4", 12)
    known = Detections()
    one, other = (pipeline._detected(FileSource(tmp_path / "clip.mp4"), chain, known) for _ in range(2))
    for _ in range(5):
        next(one)
    again = [next(other)]  # has seen that five are known
    next(one)
    again += other
    one.close()
    assert [detection.index for detection in again] == [detection.index for detection in known.found] == list(range(12))
    assert known.is_complete


def test_the_program_collects_as_long_as_its_application_lives(qtbot, monkeypatch):
    calls = []

    class Counting:
        def pass_over_imports(self):
            calls.append("imports")

        def collect(self):
            calls.append("garbage")

    monkeypatch.setattr(application, "Collector", Counting)
    monkeypatch.setattr(sys, "setswitchinterval", lambda _s: None)
    app = QObject()
    application.be_responsive(app)
    gc.collect()
    qtbot.waitUntil(lambda: calls == 2 * ["imports", "garbage"], timeout=PATIENCE_MS)
    assert app.children() and all(isinstance(child, QTimer) for child in app.children())
