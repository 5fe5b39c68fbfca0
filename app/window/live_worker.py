"""The threads behind a live camera: newest frame, pose, and a recording while one is wanted."""

import threading
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.camera import CameraMode, CameraSource, CameraState, Delivery
from app.capture import Frame
from app.lens_store import with_saved_lens
from app.mailbox import Mailbox
from app.options import Options
from app.pace import Pace
from app.pipeline import Chain, process_live
from app.recording import Recorder, Recording
from app.window.workers import Worker
from uao_core.errors import UaoError
from uao_core.ground import GroundEstimator
from uao_core.packets import FrameResult
from uao_core.people import Choice, Follower


class LiveWorker(Worker):
    """Processes the newest frame of a webcam, again and again, and waits for a camera that goes away.

    Results are fetched with `newest`: they replace each other, so that none queues up before a window that is slower.
    """

    opened = Signal(object, object)  # Chain, SourceInfo
    found = Signal()  # there is something to fetch, for the first time since the last fetching
    grounded = Signal(object)  # Ground or None: as far as it is known by then
    recorded = Signal(object)  # Recording
    state_changed = Signal()

    def __init__(self, options: Options, camera: int, mode: CameraMode, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._options, self.mode = options, mode
        self._source = CameraSource(camera, mode, self._on_state)
        self._newest = Mailbox[tuple[Frame, FrameResult]]()
        self.pace = Pace(options.uao_iterations)
        self._recording = threading.RLock()  # the camera's state changes on the detector's thread, results on this one
        self._record_to: tuple[Path, str] | None = None
        self._is_asked = False  # to record, and nobody has been told how that ended
        self._recorder: Recorder | None = None
        self._follower = Follower(options.follow)
        self._ground = GroundEstimator()

    @property
    def camera(self) -> int:
        """The number that opens the camera; plugged in again, it may have another one."""
        return self._source.index

    @property
    def is_waiting(self) -> bool:
        """Whether the camera has gone away."""
        return self._source.state is CameraState.WAITING

    @property
    def delivery(self) -> Delivery | None:
        return self._source.delivery

    @property
    def recorded_s(self) -> float:
        """Seconds that are on disk by now."""
        recorder = self._recorder
        return recorder.seconds if recorder is not None else 0.0

    def newest(self) -> tuple[Frame, FrameResult] | None:
        """The newest frame and its result, once; never waits."""
        return self._newest.poll()

    def follow(self, choice: Choice) -> None:
        """Follow whoever stands there in the next picture."""
        self._follower.choose(choice)

    def record(self, folder: Path, name: str) -> None:
        """Ask that pictures and poses be recorded from now on."""
        self._record_to, self._is_asked = (folder, name), True

    def stop_recording(self) -> None:
        self._record_to = None

    def stop(self) -> None:
        super().stop()
        self._source.close()

    def work(self) -> None:
        try:
            if not self._source.open():
                return
            self._source.info = with_saved_lens(self._source.info)
            self._chain = Chain.from_options(self._options, self.noticed.emit)
            self._ground = GroundEstimator(self._chain.intrinsics(self._source.info))
            self.opened.emit(self._chain, self._source.info)
            process_live(self._source, self._chain, self._publish, self.is_stopped, self._follower, self.pace)
        except Exception:
            self.is_broken = not self.is_stopped()  # who is told of the recording's end opens it, and stops this thread
            raise
        finally:
            self._end_recording()
            self._source.close()

    def _on_state(self, state: CameraState) -> None:
        """A recording ends with what is on disk: what comes after a gap is another take."""
        if state is CameraState.WAITING:
            with self._recording:
                if self._record_to is not None and self._recorder is None:
                    why = self.tr("{camera} gives no pictures that could be recorded.")
                    self._refuse_recording(why.format(camera=self._source.info.name))
                self._end_recording(is_cut=True)
        self.state_changed.emit()

    def _publish(self, frame: Frame, result: FrameResult) -> None:
        if self._newest.put((frame, result)):
            self.found.emit()
        if self._ground.add(result):  # after it: a picture need not wait for the ground
            self.grounded.emit(self._ground.ground)
        with self._recording:
            wanted = self._record_to  # the window may change it at any time
            if self._recorder is None and wanted is not None:
                self._begin_recording(*wanted)
            elif self._recorder is None and self._is_asked:
                self._tell_recorded(Recording(None, 0, 0, None))  # its end was asked for before it began
            if self._recorder is not None:
                self._recorder.add(result)
                if self._record_to is None or self._recorder.trouble is not None:
                    self._end_recording()

    def _begin_recording(self, folder: Path, name: str) -> None:
        try:
            self._recorder = Recorder(folder, name, self._chain.with_lens(self._source.info))
            self._source.watcher = self._recorder.add
        except UaoError as error:  # the camera goes on
            self._refuse_recording(str(error))

    def _refuse_recording(self, why: str) -> None:
        self._record_to = None
        self._tell_recorded(Recording(None, 0, 0, why))

    def _end_recording(self, is_cut: bool = False) -> None:
        if self._recorder is not None:
            self._source.watcher = None
            recording, self._recorder, self._record_to = self._recorder.close(), None, None
            self._tell_recorded(replace(recording, is_cut=is_cut))

    def _tell_recorded(self, recording: Recording) -> None:
        self._is_asked = False
        self.recorded.emit(recording)
