"""Threads of the batch queue: one does the jobs, others look for videos and count their frames."""

import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.batch import Batch
from app.options import Options
from app.priority import step_back
from app.videos import Video, count_frames, find_videos
from app.window.workers import Worker

_REPORT_S = 0.1
_POLL_S = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A job that is handed to the worker.

    Attributes:
        videos: of the whole queue, so that no two are written to the same file.
        index: which of them it is.
        again: to be done even if it is done already.
        cancelled: set by whoever no longer wants it.
    """

    videos: tuple[Video, ...]
    index: int
    again: bool = False
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def video(self) -> Video:
        return self.videos[self.index]


class QueueWorker(Worker):
    """Does one task after the other, all with the same options."""

    progressed = Signal(object, int, object, float)  # Task, frames done, frames in all or None, frames a second
    ended = Signal(object, object)  # Task, Outcome

    def __init__(self, options: Options, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._options = options
        self._inbox: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._free = threading.Event()
        self._free.set()
        self._held_s, self._held_at = 0.0, 0.0

    def give(self, task: Task | None) -> None:
        """Hand over what is to be done next; None ends the thread."""
        self._inbox.put(task)

    def hold(self, held: bool) -> bool:
        """Rest before the next frame, or go on; returns whether it did otherwise until now."""
        if held is not self._free.is_set():
            return False
        if held:
            self._held_at = time.monotonic()
            self._free.clear()
        else:
            self._held_s += time.monotonic() - self._held_at
            self._free.set()
        return True

    def stop(self) -> None:
        super().stop()
        self._inbox.put(None)

    def work(self) -> None:
        step_back()  # the open clip and the window go first
        batch = Batch(self._options)
        while (task := self._inbox.get()) is not None and not self.is_stopped():
            self._do(batch, task)

    def _do(self, batch: Batch, task: Task) -> None:
        first: tuple[int, float] | None = None
        reported = 0.0

        def show(done: int, total: int | None) -> None:
            nonlocal first, reported
            worked_s = time.monotonic() - self._held_s  # results only come while it is not held
            if first is None:
                first = (done, worked_s)  # loading and the first window are no measure of the rate
            if worked_s - reported > _REPORT_S:
                reported = worked_s
                self.progressed.emit(task, done, total, (done - first[0]) / max(worked_s - first[1], 1e-3))

        def is_stopped() -> bool:
            while not (self.is_stopped() or task.cancelled.is_set()):
                if self._free.wait(_POLL_S):
                    return False
            return True

        job = batch.plan(task.videos)[task.index]
        batch.claim([job])
        self.ended.emit(task, batch.attempt(job, show, is_stopped, again=task.again))


class FindWorker(Worker):
    """Looks for videos in files and folders; a folder may lie on a slow disk or far away."""

    found = Signal(object)  # Found

    def __init__(self, paths: Sequence[Path], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paths = tuple(paths)

    def work(self) -> None:
        self.found.emit(find_videos(self._paths))


class CountWorker(Worker):
    """Asks videos how many frames they hold."""

    counted = Signal(object, int)  # Path, frames

    def __init__(self, paths: Sequence[Path], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paths = tuple(paths)

    def work(self) -> None:
        step_back()  # the open clip and the window go first
        for path in self._paths:
            if self.is_stopped():
                return
            if (frames := count_frames(path)) is not None:
                self.counted.emit(path, frames)
