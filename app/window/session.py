"""What the window shows, without any widget: the open source, its results, the playhead.

State is held once; what can be computed from it is a property.
"""

import time
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, QTimer, Signal

from app.capture import Frame, SourceInfo
from app.options import Options
from app.pipeline import Chain
from app.recording import Recording
from app.window.workers import ExportWorker, FileWorker, FrameReader, LiveWorker, Worker
from uao_core.packets import FrameResult


def _movies() -> str:
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)


_RATE_MEMORY = 0.9
"""Share of the old value in the running means of live rate and latency."""


class Session(QObject):
    """One source at a time: a file that is processed and played, or a live camera."""

    changed = Signal()  # any property below may differ
    frame_shown = Signal(object, object)  # Frame, FrameResult or None
    failed = Signal(str)
    exported = Signal(str)
    recorded = Signal(object)  # Recording

    def __init__(self, options: Options, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._options = options
        self.recordings_folder = Path(_movies()) / "UAO Pose"
        self._workers: list[Worker] = []  # running or winding down
        self._reader: FrameReader | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(15)
        self._timer.timeout.connect(self._advance)
        self._forget()

    def _forget(self) -> None:
        self.path: Path | None = None
        self.camera: int | None = None
        self.info: SourceInfo | None = None
        self.chain: Chain | None = None
        self._live: LiveWorker | None = None
        self.is_recording = False
        self.results: list[FrameResult] = []
        self.is_complete = False
        self.current = 0
        self.live_fps = 0.0
        self.latency_ms = 0.0
        self._shown_at: float | None = None
        self._play_from = (0.0, 0.0)  # when playing began: clock, and the take's time

    # What is true now

    @property
    def options(self) -> Options:
        return self._options

    @property
    def is_live(self) -> bool:
        return self.camera is not None

    @property
    def is_opening(self) -> bool:
        return self.info is None and (self.path is not None or self.camera is not None)

    @property
    def can_record(self) -> bool:
        return self.is_live and self.info is not None

    @property
    def recorded_s(self) -> float:
        """Seconds of the running recording that are on disk."""
        return self._live.recorded_s if self._live is not None else 0.0

    @property
    def is_playing(self) -> bool:
        return self._timer.isActive()

    @property
    def is_processing(self) -> bool:
        return self.path is not None and self.info is not None and not self.is_complete

    @property
    def frame_count(self) -> int:
        """Frames of the file: as it claims until it has been read to its end."""
        claimed = self.info.frame_count if self.info is not None else None
        return len(self.results) if self.is_complete else max(len(self.results), claimed or 0)

    @property
    def can_export(self) -> bool:
        return self.is_complete and any(result.pose is not None for result in self.results)

    # What the user does

    def open_file(self, path: Path) -> None:
        """Process a file from its beginning and play it meanwhile."""
        self.close_source()
        self.path = path
        worker = FileWorker(self._options_for_file(path), path)
        worker.opened.connect(self._on_opened)
        worker.results.connect(self._on_results)
        worker.finished_file.connect(self._on_finished)
        self._start(worker)
        self._reader = FrameReader(self._options_for_file(path), path)
        self._reader.read.connect(self._on_read)
        self._start(self._reader)
        self.changed.emit()

    def open_camera(self, index: int) -> None:
        """Show a webcam live."""
        self.close_source()
        self.camera = index
        worker = LiveWorker(self._options, index)
        worker.opened.connect(self._on_opened)
        worker.shown.connect(self._on_live)
        worker.recorded.connect(self._on_recorded)
        self._live = worker
        self._start(worker)
        self.changed.emit()

    def record(self) -> None:
        """Record the webcam from now on: every picture, and what is found in them."""
        if self._live is not None and self.can_record:
            self._live.record(self.recordings_folder, time.strftime("take %Y-%m-%d %H.%M.%S"))
            self.is_recording = True
            self.changed.emit()

    def stop_recording(self) -> None:
        """End the recording; it is opened as soon as it is whole."""
        if self._live is not None:
            self._live.stop_recording()

    def use(self, options: Options) -> None:
        """Process what is open anew, and everything after it, with other options."""
        path, camera = self.path, self.camera
        self._options = options
        if path is not None:
            self.open_file(path)
        elif camera is not None:
            self.open_camera(camera)

    def close_source(self) -> None:
        """Let go of file or camera; returns at once, the threads wind down by themselves."""
        self.pause()
        for worker in self._workers:
            if not isinstance(worker, ExportWorker):  # what was asked to be written is written
                worker.stop()
        self._reader = None
        self._forget()
        self.changed.emit()

    def play(self) -> None:
        if self.path is None or not self.results:
            return
        if self.is_complete and self.current >= len(self.results) - 1:
            self.seek(0)
        self._play_from = (time.monotonic(), self.results[self.current].time_s)
        self._timer.start()
        self.changed.emit()

    def pause(self) -> None:
        self._timer.stop()
        self.changed.emit()

    def step(self, frames: int) -> None:
        self.pause()
        self.seek(self.current + frames)

    def seek(self, index: int) -> None:
        """Go to a frame that has been processed, or to the nearest one."""
        if self.path is None or not self.results:
            return
        self.current = min(max(index, 0), len(self.results) - 1)
        self._play_from = (time.monotonic(), self.results[self.current].time_s)
        self._request_frame()

    def export(self, path: Path) -> None:
        """Write the finished take in the format of the file name."""
        if self.chain is None or self.info is None:
            return
        worker = ExportWorker(self.chain.take(self.info, self.results), path)
        worker.written.connect(self.exported)
        self._start(worker)

    def shut_down(self) -> None:
        """Stop all threads and wait for them: for the end of the program only."""
        self.close_source()
        for worker in list(self._workers):
            worker.wait(5000)

    # What the threads report. A worker that was asked to stop has nothing more to say.

    def _start(self, worker: Worker) -> None:
        worker.failed.connect(self._on_failed)
        worker.finished.connect(self._on_worker_gone)
        self._workers.append(worker)
        worker.start()

    def _is_stale(self) -> bool:
        sender = self.sender()
        return isinstance(sender, Worker) and sender.is_stopped()

    def _on_worker_gone(self) -> None:
        sender = self.sender()
        self._workers = [worker for worker in self._workers if worker is not sender]
        if sender is not None:
            sender.deleteLater()

    def _on_opened(self, chain: Chain, info: SourceInfo) -> None:
        if self._is_stale():
            return
        self.chain, self.info = chain, info
        self.changed.emit()

    def _on_results(self, batch: list[FrameResult]) -> None:
        if self._is_stale():
            return
        first = not self.results
        self.results.extend(batch)
        if first and batch:
            self._request_frame()
            self.play()
        self.changed.emit()

    def _on_finished(self) -> None:
        if self._is_stale():
            return
        self.is_complete = True
        self.changed.emit()

    def _on_read(self, frame: Frame) -> None:
        if self._is_stale() or frame.index >= len(self.results):
            return
        self.frame_shown.emit(frame, self.results[frame.index])

    def _on_live(self, frame: Frame, result: FrameResult, latency_ms: float) -> None:
        if self._is_stale():
            return
        now = time.monotonic()
        if self._shown_at is not None:
            rate = 1 / max(now - self._shown_at, 1e-3)
            self.live_fps = rate if self.live_fps == 0 else _RATE_MEMORY * self.live_fps + (1 - _RATE_MEMORY) * rate
        self._shown_at = now
        keep = _RATE_MEMORY if self.latency_ms else 0.0
        self.latency_ms = keep * self.latency_ms + (1 - keep) * latency_ms
        self.frame_shown.emit(frame, result)
        self.changed.emit()

    def _on_recorded(self, recording: Recording) -> None:
        """Show what was recorded, for review and export, where the user asked for its end."""
        if self.sender() is self._live:
            self.is_recording = False
        self.recorded.emit(recording)
        if recording.trouble is not None:
            self.failed.emit(recording.trouble)
        elif recording.path is not None and not self._is_stale():
            self.open_file(recording.path)
        self.changed.emit()

    def _on_failed(self, message: str) -> None:
        if self._is_stale():
            return
        if not isinstance(self.sender(), ExportWorker):
            self.close_source()
        self.failed.emit(message)

    # Playing

    def _advance(self) -> None:
        """Move the playhead to where the clock is; wait at the last processed frame."""
        began, from_s = self._play_from
        target_s = from_s + time.monotonic() - began
        last = len(self.results) - 1
        index = self.current
        while index < last and self.results[index + 1].time_s <= target_s:
            index += 1
        if index == last:  # played up to what is processed: go on from here when there is more
            self._play_from = (time.monotonic(), self.results[last].time_s)
        if index != self.current:
            self.current = index
            self._request_frame()
            self.changed.emit()
        if index == last and self.is_complete:
            self.pause()

    def _request_frame(self) -> None:
        if self._reader is not None:
            self._reader.request(self.current)
        self.changed.emit()

    def _options_for_file(self, path: Path) -> Options:
        """Start and end belong to the clip of the command line, not to files opened later."""
        if path == self._options.clip:
            return self._options
        return replace(self._options, start_s=0.0, end_s=float("inf"))
