"""Threads that do the work. They touch no widget and no presenter: they send signals."""

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QDeadlineTimer, QObject, QThread, Signal
from shiboken6 import isValid

from app.capture import FileSource, Frame
from app.device_lost import lost_device
from app.mailbox import Mailbox
from app.options import Options
from app.pipeline import Chain, Detections, process_file
from uao_core.errors import UaoError
from uao_core.export import write_take
from uao_core.export_options import ExportOptions
from uao_core.ground import GroundEstimator, find_ground
from uao_core.packets import FrameResult
from uao_core.take import Take

_log = logging.getLogger(__name__)
_BATCH_S = 0.1
_SOON_SEARCHED = 3000
"""Frames of which the ground is looked for once more as a whole; in a longer take the running estimate has seen enough."""


class Worker(QThread):
    """A thread that can be asked to stop and turns every failure into one sentence.

    Whoever started it may forget it: it is kept until it has ended, since Qt aborts the process where a thread is destroyed
    while it runs.

    Attributes:
        is_broken: whether it is known to have failed before it was asked to stop.
    """

    failed = Signal(str)
    noticed = Signal(str)  # what went on in another way than was asked for, or is missing of a file
    _started: ClassVar[list["Worker"]] = []

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stop = threading.Event()
        self.is_broken = False
        self.finished.connect(self._let_go)

    @classmethod
    def running(cls) -> list["Worker"]:
        """All that were started and have not ended yet."""
        return [worker for worker in cls._started if isValid(worker) and not worker.isFinished()]

    def start(self, priority: QThread.Priority = QThread.Priority.InheritPriority) -> None:
        Worker._started = [*self.running(), self]
        super().start(priority)

    def _let_go(self) -> None:
        Worker._started = [worker for worker in Worker._started if worker is not self]

    def stop(self) -> None:
        """Ask to stop; returns at once. Signals sent after this are to be ignored."""
        self._stop.set()

    def is_stopped(self) -> bool:
        return self._stop.is_set()

    def run(self) -> None:
        try:
            self.work()
        except _Stopped:
            pass
        except UaoError as error:
            self.failed.emit(str(error))
        except Exception as error:  # the thread's last line of defence: say it instead of vanishing
            _log.exception("%s failed", type(self).__name__)
            text = self.tr("Something went wrong that should not have ({error}); start with --log-level debug.")
            self.failed.emit(lost_device(error) or text.format(error=error))

    def work(self) -> None:
        raise NotImplementedError


def end_workers(workers: Sequence[Worker], most_s: float = 5.0) -> None:
    """Wait for threads that were asked to stop, but no longer than `most_s` for all: for the end of the program only."""
    deadline = QDeadlineTimer(round(1000 * most_s))
    for worker in workers:
        worker.wait(deadline)


class _Stopped(Exception):  # noqa: N818 (no error)
    """A worker was asked to stop, and does so."""


class _StoppableSource(FileSource):
    """A file that ends the work of who reads it when that one is asked to stop, wherever in the chain the work may be."""

    def __init__(self, worker: Worker, path: Path, options: Options) -> None:
        self._worker = worker
        super().__init__(path, options.start_s, options.end_s)

    def read(self) -> Frame | None:
        if self._worker.is_stopped():
            raise _Stopped
        return super().read()


class FileWorker(Worker):
    """Processes every frame of a file as fast as it goes.

    Args:
        options: how.
        path: of the file.
        known: what the detector saw in it before; added to.
        skip: so many first results are there already and are not sent.
    """

    opened = Signal(object, object)  # Chain, SourceInfo
    results = Signal(list)  # of FrameResult, in order
    grounded = Signal(object)  # Ground or None: as far as it is known by then
    finished_file = Signal()

    def __init__(
        self, options: Options, path: Path, known: Detections, skip: int = 0, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._options, self._path, self._known, self._skip = options, path, known, skip

    def work(self) -> None:
        source = _StoppableSource(self, self._path, self._options)
        batch: list[FrameResult] = []
        try:
            chain = Chain.from_options(self._options, self.noticed.emit)
            self.opened.emit(chain, source.info)
            camera = chain.intrinsics(source.info)
            estimator, done = GroundEstimator(camera), list[FrameResult]()
            sent = time.monotonic()
            for number, result in enumerate(process_file(source, chain, self._known, self.is_stopped)):
                if self.is_stopped():
                    return
                done.append(result)
                estimator.add(result)
                if number >= self._skip:
                    batch.append(result)
                if time.monotonic() - sent > _BATCH_S:
                    self.grounded.emit(estimator.ground)
                    self.results.emit(batch)
                    batch, sent = [], time.monotonic()
            self.results.emit(batch)
            self.grounded.emit(find_ground(done, camera) if len(done) <= _SOON_SEARCHED else estimator.ground)
            self._known.shortfall = source.shortfall or self._known.shortfall
            if self._known.shortfall is not None:
                self.noticed.emit(self._known.shortfall)
            self.finished_file.emit()
        except Exception:
            self.results.emit(batch)
            raise
        finally:
            source.close()


class FrameReader(Worker):
    """Decodes the frame that was asked for last; requests that come meanwhile replace each other."""

    read = Signal(object)  # Frame

    def __init__(self, options: Options, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._options, self._path = options, path
        self._wanted: Mailbox[tuple[int, float]] = Mailbox()

    def request(self, index: int, time_s: float) -> None:
        """Ask for a frame by its number and its time, as they were in the results."""
        self._wanted.put((index, time_s))

    def stop(self) -> None:
        super().stop()
        self._wanted.close()

    def work(self) -> None:
        source = FileSource(self._path, self._options.start_s, self._options.end_s)
        try:
            while (wanted := self._wanted.take()) is not None and not self.is_stopped():
                if (frame := source.read_at(*wanted)) is not None:
                    self.read.emit(frame)
        finally:
            source.close()


class ExportWorker(Worker):
    """Writes a take to a file."""

    written = Signal(str)

    def __init__(self, take: Take, path: Path, exporting: ExportOptions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._take, self._path, self._exporting = take, path, exporting

    def work(self) -> None:
        write_take(self._take, self._path, self._exporting)
        self.written.emit(str(self._path))
