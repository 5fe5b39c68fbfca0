"""What is being exported, without any widget: takes at once, films over a while. Closing the source ends neither."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from app.capture import SourceInfo
from app.film import Footage, Look
from app.options import Options
from app.pipeline import Chain
from app.window.crew import Crew
from app.window.film_worker import Commission, FilmWorker
from app.window.remaining import Remaining
from app.window.workers import ExportWorker, Worker
from uao_core.ground import Ground
from uao_core.packets import FrameResult
from uao_core.take import Take, part


class Source(Protocol):
    """A file that is open, with its results."""

    @property
    def path(self) -> Path | None: ...
    @property
    def info(self) -> SourceInfo | None: ...
    @property
    def chain(self) -> Chain | None: ...
    @property
    def ground(self) -> Ground | None: ...
    @property
    def results(self) -> Sequence[FrameResult]: ...
    @property
    def span(self) -> range:
        """The frames that are to be exported."""
        ...

    @property
    def file_options(self) -> Options:
        """With which the file was read."""
        ...


@dataclass(frozen=True, slots=True)
class Film:
    """A film that is being written: so many of its frames are."""

    path: Path
    done: int
    total: int


class Exports(QObject):
    """Any number at a time, but no two of one file."""

    changed = Signal()  # any property below may differ
    written = Signal(str)  # path
    failed = Signal(str)
    cancelled = Signal(str)  # path of a film that is not written

    def __init__(self, source: Source, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._crew = Crew(self)
        self._films: dict[FilmWorker, Film] = {}
        self._remaining = Remaining()

    # What is true now

    @property
    def films(self) -> tuple[Film, ...]:
        """That are being written, the oldest first."""
        return tuple(self._films.values())

    @property
    def share(self) -> float:
        """Of all their frames that are written, from 0 to 1."""
        total = sum(film.total for film in self.films)
        return sum(film.done for film in self.films) / total if total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Until all films are written, at the pace of late; None while there is no pace."""
        done, total = (sum(getattr(film, of) for film in self.films) for of in ("done", "total"))
        return self._remaining.seconds(done, total, time.monotonic())

    # What the user does

    def write(self, path: Path) -> None:
        """Write the trimmed take in the format of the file name."""
        if (take := self._take()) is not None:
            worker = ExportWorker(take, path, self._source.file_options.exporting)
            worker.written.connect(self.written)
            self._start(worker)

    def film(self, path: Path, look: Look, commission: Commission) -> None:
        """Write the trimmed take as a film that looks like this; `commission` has its 3D views drawn."""
        source, take = self._source, self._take()
        if take is None or source.path is None:
            return
        if any(film.path == path for film in self.films):
            self.failed.emit(self.tr("{name} is being written already; wait for it, or cancel it.").format(name=path.name))
            return
        footage = Footage(source.path, source.file_options.start_s, source.file_options.end_s)
        worker = FilmWorker(take, footage, replace(look, ground=source.ground), commission, path)
        worker.progressed.connect(self._on_progressed)
        worker.written.connect(self.written)
        self._films[worker] = Film(path, 0, worker.frames)
        worker.finished.connect(self._on_finished)
        self._start(worker)
        self.changed.emit()

    def cancel(self) -> None:
        """Give all films up; nothing of them is left, and what was there under their names stays. Returns at once."""
        for worker in self._films:
            worker.stop()

    def shut_down(self) -> None:
        """Give films up and wait for what is written: for the end of the program only."""
        self.cancel()
        self._crew.wait()

    def _take(self) -> Take | None:
        source = self._source
        if source.chain is None or source.info is None:
            return None
        return source.chain.take(source.info, list(part(source.results, source.span)))

    # What the threads report

    def _start(self, worker: Worker) -> None:
        worker.failed.connect(self.failed)
        self._crew.start(worker)

    def _on_progressed(self, done: int) -> None:
        worker = self.sender()
        if isinstance(worker, FilmWorker) and worker in self._films:
            self._films[worker] = Film(worker.path, done, worker.frames)
            self.changed.emit()

    def _on_finished(self) -> None:
        worker = self.sender()
        if isinstance(worker, FilmWorker) and (film := self._films.pop(worker, None)) is not None:
            self.changed.emit()
            if worker.is_stopped() and not worker.is_written:
                self.cancelled.emit(str(film.path))
