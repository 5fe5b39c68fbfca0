"""The playhead: which frame is shown, and how it moves."""

import time
from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from uao_core.packets import FrameResult

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0)


class Reel(Protocol):
    """What can be played."""

    @property
    def results(self) -> Sequence[FrameResult]:
        """Frames that are ready to be shown, in order."""
        ...

    @property
    def is_growing(self) -> bool:
        """Whether more frames will come."""
        ...

    @property
    def span(self) -> range:
        """The frames that are to be played."""
        ...


class Player(QObject):
    """Plays a reel by its frames' own times."""

    moved = Signal(int)  # the frame that is to be shown
    changed = Signal()

    def __init__(self, reel: Reel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reel = reel
        self._timer = QTimer(self)
        self._timer.setInterval(15)
        self._timer.timeout.connect(self._advance)
        self._speed = 1.0
        self._loops = False
        self.rewind()

    def rewind(self) -> None:
        """Stop, with the playhead on the first frame: for another reel."""
        self._timer.stop()
        self._current = 0
        self._began = (0.0, 0.0)  # clock, and the reel's time, when playing began

    @property
    def current(self) -> int:
        """The frame under the playhead."""
        return self._current

    @property
    def is_playing(self) -> bool:
        return self._timer.isActive()

    @property
    def speed(self) -> float:
        """1 is as it was filmed."""
        return self._speed

    @property
    def loops(self) -> bool:
        """Whether it begins anew at the end."""
        return self._loops

    def set_speed(self, speed: float) -> None:
        self._speed = speed
        self._restart_clock()
        self.changed.emit()

    def set_loops(self, loops: bool) -> None:
        self._loops = loops
        self.changed.emit()

    def play(self) -> None:
        if not self._reel.results:
            return
        span = self._reel.span
        if self._current not in span or (self._current >= self._last and not self._reel.is_growing):
            self.seek(span.start)  # which may lie behind what is ready
        self._restart_clock()
        self._timer.start()
        self.changed.emit()

    def pause(self) -> None:
        self._timer.stop()
        self.changed.emit()

    def step(self, frames: int) -> None:
        """Go on or back by some frames, and stay there."""
        self.pause()
        self.seek(self._current + frames)

    def seek(self, index: int) -> None:
        """Go to a frame that is ready, or to the nearest one."""
        if self._reel.results:
            self._go(min(max(index, 0), len(self._reel.results) - 1))
            self._restart_clock()

    @property
    def _last(self) -> int:
        """The last frame that can be played by now."""
        return min(len(self._reel.results), self._reel.span.stop) - 1

    def _restart_clock(self) -> None:
        if self._current < len(self._reel.results):
            self._began = (time.monotonic(), self._reel.results[self._current].time_s)

    def _go(self, index: int) -> None:
        self._current = index
        self.moved.emit(index)
        self.changed.emit()

    def _advance(self) -> None:
        """Move to where the clock is; wait at the last frame that is ready."""
        began, from_s = self._began
        target_s = from_s + self._speed * (time.monotonic() - began)
        index, last = self._current, self._last
        while index < last and self._reel.results[index + 1].time_s <= target_s:
            index += 1
        if index != self._current:
            self._go(index)
        if index >= last:
            if self._reel.is_growing and last + 1 == len(self._reel.results):
                self._restart_clock()  # go on from here when there is more
            elif self._loops:
                self.seek(self._reel.span.start)
            else:
                self.pause()
