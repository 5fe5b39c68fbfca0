"""The processing of one file: what the detector has seen of it, how far it is, how long it will take."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.capture import SourceInfo
from app.options import Options
from app.pipeline import Chain, Detections
from app.window.remaining import Remaining
from app.window.workers import FileWorker, Worker
from uao_core.ground import Ground
from uao_core.packets import FrameResult

_REFINEMENT_ALONE: dict[str, Any] = {
    "follow": None,
    "uao_iterations": 0,
    "window": None,
    "height_m": None,
    "focal_px": None,
    "fov_deg": None,
    "smoothing_s": 0.0,
    "weights": Path(),
    "device": "",
    "exporting": None,
    "display": None,
}
"""Options that the detector knows nothing of, each with one value for all: what differs in them alone looks alike to it."""


class Processing(QObject):
    """At most one worker on a file. Settings that the detector knows nothing of are tried without asking it again."""

    opened = Signal(object, object)  # Chain, SourceInfo
    results = Signal(list)  # of FrameResult, in order
    grounded = Signal(object)  # Ground or None
    ended = Signal()  # the last frame is done

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.forget()

    def forget(self) -> None:
        """For another file."""
        self._worker: FileWorker | None = None
        self._known: tuple[Options, Detections] | None = None
        self._has_ended = False
        self._remaining = Remaining()
        self._done = 0

    @property
    def is_running(self) -> bool:
        return self._worker is not None

    @property
    def is_complete(self) -> bool:
        """Whether the file has been processed to its end."""
        return self._has_ended

    def seconds_left(self, frames_left: int) -> float | None:
        """Until so many frames more are done, at the pace of late; None while there is no pace."""
        if self._worker is None:
            return None
        return self._remaining.seconds(self._done, self._done + frames_left, time.monotonic())

    def start(self, options: Options, path: Path, skip: int = 0) -> Worker:
        """Process a file from its beginning, without sending the first results anew; gives the worker, not yet started."""
        self.stop()
        look = replace(options, **_REFINEMENT_ALONE)
        if self._known is None or self._known[0] != look:
            self._known = (look, Detections())
        self._worker = worker = FileWorker(options, path, self._known[1], skip)
        self._remaining, self._done, self._has_ended = Remaining(), 0, False
        worker.opened.connect(self._on_opened)
        worker.results.connect(self._on_results)
        worker.grounded.connect(self._on_grounded)
        worker.finished_file.connect(self._on_ended)
        return worker

    def stop(self) -> None:
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    # A worker that was asked to stop may have signals under way: it has nothing more to say.

    def _on_opened(self, chain: Chain, info: SourceInfo) -> None:
        if self.sender() is self._worker:
            self.opened.emit(chain, info)

    def _on_results(self, batch: list[FrameResult]) -> None:
        if self.sender() is self._worker:
            self._done += len(batch)
            self.results.emit(batch)

    def _on_grounded(self, ground: Ground | None) -> None:
        if self.sender() is self._worker:
            self.grounded.emit(ground)

    def _on_ended(self) -> None:
        if self.sender() is self._worker:
            self._worker, self._has_ended = None, True
            self.ended.emit()
