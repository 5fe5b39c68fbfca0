"""Threads that do the work. They touch no widget and no presenter: they send signals."""

import logging
import threading
import time
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal

from app.capture import CameraSource, FileSource, Frame
from app.options import Options
from app.pipeline import Chain, Detections, process_file, process_live
from app.recording import Recorder, Recording
from uao_core.errors import UaoError
from uao_core.export import write_take
from uao_core.packets import FrameResult
from uao_core.people import Choice, Follower
from uao_core.take import Take

_log = logging.getLogger(__name__)
_BATCH_S = 0.1


class Worker(QThread):
    """A thread that can be asked to stop and turns every failure into one sentence."""

    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stop = threading.Event()

    def stop(self) -> None:
        """Ask to stop; returns at once. Signals sent after this are to be ignored."""
        self._stop.set()

    def is_stopped(self) -> bool:
        return self._stop.is_set()

    def run(self) -> None:
        try:
            self.work()
        except UaoError as error:
            self.failed.emit(str(error))
        except Exception as error:  # the thread's last line of defence: say it instead of vanishing
            _log.exception("%s failed", type(self).__name__)
            self.failed.emit(f"Something went wrong that should not have ({error}); start with --log-level debug.")

    def work(self) -> None:
        raise NotImplementedError


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
    finished_file = Signal()

    def __init__(
        self, options: Options, path: Path, known: Detections, skip: int = 0, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._options, self._path, self._known, self._skip = options, path, known, skip

    def work(self) -> None:
        source = FileSource(self._path, self._options.start_s, self._options.end_s)
        try:
            chain = Chain.from_options(self._options)
            self.opened.emit(chain, source.info)
            batch: list[FrameResult] = []
            sent = time.monotonic()
            for number, result in enumerate(process_file(source, chain, self._known)):
                if self.is_stopped():
                    return
                if number >= self._skip:
                    batch.append(result)
                if time.monotonic() - sent > _BATCH_S:
                    self.results.emit(batch)
                    batch, sent = [], time.monotonic()
            self.results.emit(batch)
            self.finished_file.emit()
        finally:
            source.close()


class LiveWorker(Worker):
    """Processes the newest frame of a webcam, again and again."""

    opened = Signal(object, object)  # Chain, SourceInfo
    shown = Signal(object, object, float)  # Frame, FrameResult, latency in ms from grab to here
    recorded = Signal(object)  # Recording

    def __init__(self, options: Options, camera: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._options, self._camera = options, camera
        self._record_to: tuple[Path, str] | None = None
        self._recorder: Recorder | None = None
        self._follower = Follower(options.follow)

    def follow(self, choice: Choice) -> None:
        """Follow whoever stands there in the next picture."""
        self._follower.choose(choice)

    def record(self, folder: Path, name: str) -> None:
        """Ask that pictures and poses be recorded from now on."""
        self._record_to = (folder, name)

    def stop_recording(self) -> None:
        self._record_to = None

    @property
    def recorded_s(self) -> float:
        """Seconds that are on disk by now."""
        return self._recorder.seconds if self._recorder is not None else 0.0

    def work(self) -> None:
        source = CameraSource(self._camera)
        try:
            chain = Chain.from_options(self._options)
            self._source = source
            self.opened.emit(chain, source.info)
            process_live(source, chain, self._publish, self.is_stopped, self._follower)
            if not self.is_stopped():
                raise UaoError(f"{source.info.name} has stopped giving pictures; plug it in again and choose it anew.")
        finally:
            self._end_recording()
            source.close()

    def _publish(self, frame: Frame, result: FrameResult) -> None:
        self.shown.emit(frame, result, 1000 * (time.monotonic() - frame.grabbed_s))
        if self._record_to is not None and self._recorder is None:
            self._begin_recording(*self._record_to)
        if self._recorder is not None:
            self._recorder.add(result)
            if self._record_to is None or self._recorder.trouble is not None:
                self._end_recording()

    def _begin_recording(self, folder: Path, name: str) -> None:
        try:
            self._recorder = Recorder(folder, name, self._source.info)
            self._source.watcher = self._recorder.add
        except UaoError as error:  # the camera goes on
            self._record_to = None
            self.recorded.emit(Recording(None, 0, 0, str(error)))

    def _end_recording(self) -> None:
        if self._recorder is not None:
            self._source.watcher = None
            recording, self._recorder, self._record_to = self._recorder.close(), None, None
            self.recorded.emit(recording)


class FrameReader(Worker):
    """Decodes the frame that was asked for last; requests that come meanwhile replace each other."""

    read = Signal(object)  # Frame

    def __init__(self, options: Options, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._options, self._path = options, path
        self._wanted: int | None = None
        self._condition = threading.Condition()

    def request(self, index: int) -> None:
        with self._condition:
            self._wanted = index
            self._condition.notify()

    def stop(self) -> None:
        super().stop()
        with self._condition:
            self._condition.notify()

    def work(self) -> None:
        source = FileSource(self._path, self._options.start_s, self._options.end_s)
        next_index = 0
        try:
            while True:
                with self._condition:
                    self._condition.wait_for(lambda: self._wanted is not None or self.is_stopped())
                    wanted, self._wanted = self._wanted, None
                if self.is_stopped() or wanted is None:
                    return
                if not 0 <= wanted - next_index <= _DECODE_AHEAD:
                    source.seek(wanted)
                frame = source.read()
                while frame is not None and frame.index < wanted:
                    frame = source.read()
                if frame is not None:
                    next_index = frame.index + 1
                    self.read.emit(frame)
        finally:
            source.close()


_DECODE_AHEAD = 30
"""Within this many frames reading on is quicker than seeking, which starts again at a key frame."""


class ExportWorker(Worker):
    """Writes a take to a file."""

    written = Signal(str)

    def __init__(self, take: Take, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._take, self._path = take, path

    def work(self) -> None:
        write_take(self._take, self._path)
        self.written.emit(str(self._path))
