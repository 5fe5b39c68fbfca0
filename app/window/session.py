"""What the window shows, without any widget. State is held once; what can be computed from it is a property."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtGui import QUndoStack

from app.camera import CameraMode
from app.capture import Frame, SourceInfo
from app.options import Options
from app.pipeline import Chain
from app.recording import Recording
from app.window.crew import Crew
from app.window.exports import Exports
from app.window.live_worker import LiveWorker
from app.window.player import Player
from app.window.processing import Processing
from app.window.throttle import Throttle
from app.window.trim import Trim, TrimCommand, kept_trim
from app.window.webcam import Webcam
from app.window.workers import FileWorker, FrameReader, Worker
from uao_core.export_options import ExportOptions
from uao_core.ground import Ground
from uao_core.packets import FrameResult
from uao_core.people import Choice


class Session(QObject):
    """One source at a time: a file that is processed and played, or a live camera."""

    changed = Signal()  # any property below may differ
    frame_shown = Signal(object, object)  # Frame, FrameResult or None
    failed = Signal(str)
    noticed = Signal(str)  # what went on in another way than was asked for, or is wrong with the file
    recorded = Signal(object)  # Recording

    def __init__(self, options: Options, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.options = options  # what the user asked for
        movies = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MoviesLocation)
        self.recordings_folder = Path(movies) / "UAO Pose"
        self._crew = Crew(self)
        self._crew.failed.connect(self._on_failed)
        self._crew.noticed.connect(self.noticed)
        self._reader: FrameReader | None = None
        self.undo_stack = QUndoStack(self)
        self.exports = Exports(self, self)
        self.exports.failed.connect(self.failed)
        self.processing = Processing(self)
        self.processing.opened.connect(self._on_opened)
        self.processing.results.connect(self._on_results)
        self.processing.grounded.connect(self._on_grounded)
        self.processing.ended.connect(self.changed)
        self.results: list[FrameResult] = []
        self.player = Player(self, self)
        self.player.moved.connect(self._request_frame)
        self.player.changed.connect(self.changed)
        self._live_changed = Throttle(self.changed.emit, self)  # a picture changes nothing but figures
        self._forget()

    def _forget(self) -> None:
        self.path: Path | None = None
        self.info: SourceInfo | None = None
        self.chain: Chain | None = None
        self.ground: Ground | None = None  # on which the person stands
        self.webcam: Webcam | None = None
        self.choice: Choice | None = None  # who is followed in the open file; None: the largest
        self.results = []
        self.trim = Trim()
        self.processing.forget()
        self._live_changed.forget()
        self.undo_stack.clear()
        self.player.rewind()

    # What is true now

    @property
    def camera_name(self) -> str | None:
        """What the system calls the open webcam."""
        return self.info.name if self.is_live and self.info is not None else None

    @property
    def is_live(self) -> bool:
        return self.webcam is not None

    @property
    def is_recording(self) -> bool:
        return self.webcam is not None and self.webcam.is_recording

    @property
    def is_opening(self) -> bool:
        return self.info is None and (self.is_growing or self.is_live)

    @property
    def can_record(self) -> bool:
        return self.webcam is not None and self.info is not None and not self.webcam.is_waiting

    @property
    def is_growing(self) -> bool:
        """Whether a file is being processed."""
        return self.processing.is_running

    @property
    def is_complete(self) -> bool:
        """Whether a file has been processed to its end."""
        return self.processing.is_complete

    @property
    def can_continue(self) -> bool:
        """Whether the processing of a file was stopped before its end, be it while it was opened."""
        return self.path is not None and not (self.is_growing or self.is_complete)

    @property
    def seconds_left(self) -> float | None:
        """Until the file is processed; None while nothing is known of that."""
        return self.processing.seconds_left(self.frame_count - len(self.results))

    @property
    def frame_count(self) -> int:
        """Frames of the file: as it claims until it has been read to its end."""
        claimed = self.info.frame_count if self.info is not None else None
        return len(self.results) if self.is_complete else max(len(self.results), claimed or 0)

    @property
    def can_export(self) -> bool:
        """Whether there is motion to write: of a whole file, or of what was done of it when it was stopped."""
        kept = (self.results[i] for i in self.span) if self.path is not None and not self.is_growing else ()
        return any(result.pose is not None for result in kept)

    @property
    def has_anybody(self) -> bool:
        """Whether somebody was found in the open file, be it outside the trim."""
        return any(result.pose is not None for result in self.results)

    @property
    def is_whole(self) -> bool:
        """Whether the open file is read from its first frame on, so that frames are numbered as in the file."""
        return self.file_options.start_s == 0

    @property
    def span(self) -> range:
        """The frames between the ends of the trim."""
        return self.trim.span(len(self.results))

    # What the user does

    def open_file(self, path: Path, trim: Trim | None = None) -> None:
        """Process a file from its beginning and play it meanwhile; without `trim` a take is trimmed as it was left."""
        self.close_source()
        self.path = path
        if trim is None:
            trim = kept_trim(path, self.recordings_folder) if self.is_whole else Trim()
        self.trim = trim
        if path == self.options.clip:
            self.choice = self.options.follow
        self._process()
        self._reader = FrameReader(self.file_options, path)
        self._reader.read.connect(self._on_read)
        self._crew.start(self._reader)

    def stop_processing(self) -> None:
        """Let a long file be; what is ready stays, and `continue_processing` goes on from there."""
        self.processing.stop()
        self.changed.emit()

    def continue_processing(self) -> None:
        if self.can_continue:
            self._process(skip=len(self.results))

    def open_camera(self, index: int, mode: CameraMode = CameraMode()) -> None:
        """Show a webcam live, until it is closed."""
        self.close_source()
        worker = LiveWorker(self.options, index, mode)
        worker.opened.connect(self._on_opened)
        worker.found.connect(self._on_live)
        worker.grounded.connect(self._on_grounded)
        worker.recorded.connect(self._on_recorded)
        worker.state_changed.connect(self.changed)
        self.webcam = Webcam(worker)
        self._crew.start(worker)
        self.changed.emit()

    def record(self) -> None:
        if self.webcam is not None and self.can_record:
            self.webcam.record(self.recordings_folder)
            self.changed.emit()

    def stop_recording(self) -> None:
        """End the recording; it is opened as soon as it is whole."""
        if self.webcam is not None:
            self.webcam.stop_recording()

    def use(self, options: Options, *, at_once: bool = True) -> None:
        """Process what is open anew (or let it be, unless `at_once`), and everything after it, with other options."""
        self.options = options
        if at_once and self.path is not None:
            self._process_anew()
        elif at_once and self.webcam is not None:
            self.open_camera(*self.webcam.camera)
        else:
            self.changed.emit()

    def export_as(self, exporting: ExportOptions) -> None:
        """Export like this from now on."""
        self.use(replace(self.options, exporting=exporting), at_once=False)

    def follow(self, x_px: float, y_px: float) -> None:
        """Follow the person at this pixel of the picture that is shown."""
        if self.webcam is not None:
            self.webcam.follow(Choice(x_px, y_px))
        elif self.results:
            self.choice = Choice(x_px, y_px, self.results[self.player.current].time_s)
            self._process_anew()

    def note_painted(self, frame: Frame) -> None:
        """The views have painted a frame."""
        if self.webcam is not None:
            self.webcam.figures.paint(frame)

    def set_trim(self, trim: Trim, what: str) -> None:
        """Keep only some frames; can be undone. `what` was done is the text of the undo command."""
        if trim != self.trim:
            self.undo_stack.push(TrimCommand(self.trim, trim, what, self._put_trim))

    def _put_trim(self, trim: Trim) -> None:
        self.trim = trim
        self.changed.emit()

    def close_source(self) -> None:
        """Let go of file or camera; returns at once, the threads wind down by themselves."""
        self._crew.stop()
        self._reader = None
        self._forget()
        self.changed.emit()

    def shut_down(self) -> None:
        """Stop all threads and wait for them: for the end of the program only. An export that has begun is written."""
        self.close_source()
        self.exports.shut_down()
        self._crew.wait()

    def _process(self, skip: int = 0) -> None:
        assert self.path is not None
        self._crew.start(self.processing.start(self.file_options, self.path, skip))
        self.changed.emit()

    def _process_anew(self) -> None:
        """The same file with other settings."""
        self.info, self.results = None, []
        self.player.rewind()
        self._process()

    @property
    def file_options(self) -> Options:
        """With which the open file is read."""
        options = self.options if self.path == self.options.clip else self.options.for_others()
        return replace(options, follow=self.choice)

    # What the threads report. A worker that was asked to stop has nothing more to say.

    def _is_stale(self) -> bool:
        sender = self.sender()
        return isinstance(sender, Worker) and sender.is_stopped()

    def _on_opened(self, chain: Chain, info: SourceInfo) -> None:
        if self._is_stale():
            return
        self.chain, self.info = chain, info
        self.changed.emit()

    def _on_results(self, batch: list[FrameResult]) -> None:
        first, waits = not self.results, not self.span
        self.results.extend(batch)
        if first or (waits and self.span):  # a trim may begin behind what is ready
            self.player.seek(self.span.start)
        if waits and self.span:
            self.player.play()
        self.changed.emit()

    def _on_grounded(self, ground: Ground | None) -> None:
        if not self._is_stale():
            self.ground = ground

    def _on_read(self, frame: Frame) -> None:
        if self._is_stale() or frame.index >= len(self.results):
            return
        self.frame_shown.emit(frame, self.results[frame.index])

    def _on_live(self) -> None:
        if self._is_stale() or self.webcam is None or (newest := self.webcam.newest()) is None:
            return
        self.webcam.figures.show()
        self.frame_shown.emit(*newest)
        self._live_changed.ask()

    def _on_recorded(self, recording: Recording) -> None:
        """Show what was recorded, for review and export, where the user asked for its end."""
        if self.webcam is not None and self.webcam.is_of(self.sender()):
            self.webcam.is_recording = False
        self.recorded.emit(recording)
        if recording.trouble is not None:
            self.failed.emit(recording.trouble)
        elif recording.path is not None and not self._is_stale():
            self.open_file(recording.path)
        self.changed.emit()

    def _on_failed(self, worker: Worker, message: str) -> None:
        if isinstance(worker, FileWorker | FrameReader) and self.results:
            self.stop_processing()  # what is done stays, for review and export
        elif not worker.is_stopped():  # else it was a webcam, and what was recorded of it is open by now
            self.close_source()
        self.failed.emit(message)

    def _request_frame(self, index: int) -> None:
        if self._reader is not None:
            self._reader.request(index, self.results[index].time_s)
