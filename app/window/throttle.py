"""Figures that nobody can read faster than they change are shown a few times a second."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

READABLE_MS = 100


class Throttle(QObject):
    """Does something at once where it was not done of late, and else when an interval has passed, once for all who asked
    meanwhile: what came last is shown in the end.

    Args:
        do: takes what it shows from where it is, at the time.
        interval_ms: least time between two turns.
    """

    def __init__(self, do: Callable[[], None], parent: QObject | None = None, interval_ms: int = READABLE_MS) -> None:
        super().__init__(parent)
        self._do, self._is_asked = do, False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(interval_ms)
        self._rest.timeout.connect(self._on_rested)

    def ask(self) -> None:
        if self._rest.isActive():
            self._is_asked = True
        else:
            self.do_now()

    def do_now(self) -> None:
        """Do it whenever it was done last."""
        self._is_asked = False
        self._rest.start()
        self._do()

    def forget(self) -> None:
        """What was asked for has no meaning any more."""
        self._is_asked = False
        self._rest.stop()

    def _on_rested(self) -> None:
        if self._is_asked:
            self.do_now()
