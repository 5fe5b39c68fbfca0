"""The webcam that is open: what it gives, how it is going, whether it is recorded."""

import time
from pathlib import Path

from app.camera import CameraMode, Delivery
from app.capture import Frame
from app.window.live_figures import LiveFigures
from app.window.live_worker import LiveWorker
from uao_core.packets import FrameResult
from uao_core.people import Choice


class Webcam:
    """A live camera, as the session shows it; the thread behind it is the session's to start.

    Attributes:
        figures: frames a second and latency.
        is_recording: whether a recording was asked for and has not ended.
    """

    def __init__(self, worker: LiveWorker) -> None:
        self._worker = worker
        self.figures = LiveFigures()
        self.is_recording = False

    @property
    def camera(self) -> tuple[int, CameraMode]:
        """The number that opens it, and what it was asked for."""
        return self._worker.camera, self._worker.mode

    @property
    def is_waiting(self) -> bool:
        """Whether it has gone away, and is waited for."""
        return self._worker.is_waiting

    @property
    def delivery(self) -> Delivery | None:
        """What was asked of it, and what it gives; None before its first picture."""
        return self._worker.delivery

    @property
    def recorded_s(self) -> float:
        """Seconds of the running recording that are on disk."""
        return self._worker.recorded_s

    @property
    def steps(self) -> tuple[int, int]:
        """Iterations a frame that there is time for, and those that were asked for."""
        return self._worker.pace.iterations, self._worker.pace.wanted

    def newest(self) -> tuple[Frame, FrameResult] | None:
        """The newest frame and what was found in it, once; None where that was fetched already."""
        return self._worker.newest()

    def record(self, folder: Path) -> None:
        """Record from now on: every picture, and what is found in them."""
        self._worker.record(folder, time.strftime("take %Y-%m-%d %H.%M.%S"))
        self.is_recording = True

    def stop_recording(self) -> None:
        self._worker.stop_recording()

    def follow(self, choice: Choice) -> None:
        """Follow whoever stands there in the next picture."""
        self._worker.follow(choice)

    def is_of(self, worker: object) -> bool:
        return worker is self._worker
