"""Which frames of a take count, and how a change of that is undone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QUndoCommand

from app.takes import take_at


@dataclass(frozen=True, slots=True)
class Trim:
    """The frames of a take that count: from `start` up to, not including, `stop`; None is the end."""

    start: int = 0
    stop: int | None = None

    def span(self, count: int) -> range:
        """The frames of a take of `count`."""
        return range(min(self.start, count), count if self.stop is None else min(self.stop, count))


def kept_trim(path: Path, folder: Path) -> Trim:
    """How a take in the folder of the recordings was trimmed last; everything of other videos."""
    take = take_at(path, folder)
    if take is None or take.note.trim_start >= take.frames:
        return Trim()
    return Trim(take.note.trim_start, take.note.trim_stop)


class TrimCommand(QUndoCommand):
    """A change of the trim; `put` sets it."""

    def __init__(self, before: Trim, after: Trim, what: str, put: Callable[[Trim], None]) -> None:
        super().__init__(what)
        self._before, self._after, self._put = before, after, put

    def redo(self) -> None:
        self._put(self._after)

    def undo(self) -> None:
        self._put(self._before)
