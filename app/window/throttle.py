"""Figures that change faster than anybody reads them are shown a few times a second."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

READABLE_MS = 100


class Throttle(QObject):
    """Does something when it is asked to, but no oftener than once an interval, and once more where nobody asks any more:
    what came last is shown in the end.

    It is done together with what asks for it, if it can be, so that the window is painted once for both.

    Args:
        do: takes what it shows from where it is, at the time.
        interval_ms: least time between two turns.
    """

    def __init__(self, do: Callable[[], None], parent: QObject | None = None, interval_ms: int = READABLE_MS) -> None:
        super().__init__(parent)
        self._do, self._interval_s = do, interval_ms / 1000
        self._due_s = 0.0
        self._last = QTimer(self)
        self._last.setSingleShot(True)
        self._last.setInterval(2 * interval_ms)
        self._last.timeout.connect(self.do_now)

    def ask(self) -> None:
        if time.monotonic() >= self._due_s:
            self.do_now()
        else:
            self._last.start()

    def do_now(self) -> None:
        """Do it whenever it was done last."""
        self._last.stop()
        self._due_s = time.monotonic() + self._interval_s
        self._do()

    def forget(self) -> None:
        """What was asked for has no meaning any more."""
        self._last.stop()
        self._due_s = 0.0
