"""The thread that writes a film."""

import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.film import Footage, Look, write_film
from app.view import Image, View
from app.window.workers import Worker
from uao_core.take import Take

Commission = Callable[[View], Future[Image]]
"""Has a view drawn by whoever may draw."""
_REPORT_S = 0.1
_POLL_S = 0.1


class FilmWorker(Worker):
    """Reads, paints and encodes; the 3D views are drawn by the window's renderer, which may be on another thread.

    Args:
        path: of the film.

    Attributes:
        is_written: whether it is there, also where somebody asked to stop when it was too late.
    """

    progressed = Signal(int)  # frames that are written
    written = Signal(str)

    def __init__(
        self,
        take: Take,
        footage: Footage,
        look: Look,
        commission: Commission,
        path: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.path, self.frames = path, len(take.frames)
        self._take, self._footage, self._look, self._commission = take, footage, look, commission
        self.is_written = False
        self._reported_s = 0.0

    def work(self) -> None:
        if write_film(self._take, self._footage, self._look, self._draw, self.path, self._report, self.is_stopped):
            self.is_written = True
            self.written.emit(str(self.path))

    def _report(self, done: int) -> None:
        if (now := time.monotonic()) - self._reported_s > _REPORT_S:
            self._reported_s = now
            self.progressed.emit(done)

    def _draw(self, view: View) -> Callable[[], Image]:
        return partial(self._await, self._commission(view))

    def _await(self, picture: Future[Image]) -> Image:
        """Who asks this thread to stop may be the one that draws: it must not be waited for then."""
        while True:
            try:
                return picture.result(_POLL_S)
            except TimeoutError:
                if self.is_stopped():
                    picture.cancel()
                    raise CancelledError from None
