"""The renderer on a thread of its own, so that a slow picture never holds up the window."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QThread, Signal
from PySide6.QtGui import QImage

from app.orbit import Orbit
from app.viewport import Renderer
from uao_core.errors import UaoError
from uao_core.packets import Pose

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class View:
    """What to draw: a pose or the empty floor, from where, and at which (width, height) in pixels."""

    pose: Pose | None
    orbit: Orbit
    size: tuple[int, int]


class RenderThread(QThread):
    """Draws the view that was asked for last. Views that come while one is drawn replace each other."""

    drawn = Signal(QImage)
    failed = Signal(str)

    def __init__(self, make_renderer: Callable[[], Renderer], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make_renderer = make_renderer
        self._condition = threading.Condition()
        self._wanted: View | None = None
        self._stopped = False

    def request(self, view: View) -> None:
        with self._condition:
            self._wanted = view
            self._condition.notify()

    def shut_down(self) -> None:
        """Stop and wait for the picture in progress."""
        with self._condition:
            self._stopped = True
            self._condition.notify()
        self.wait(5000)

    def run(self) -> None:
        try:
            renderer = self._make_renderer()  # here, since a renderer belongs to the thread that made it
            try:
                while (view := self._next()) is not None:
                    pixels = renderer.render(view.pose, view.orbit, view.size)
                    height, width = pixels.shape[:2]
                    self.drawn.emit(QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy())
            finally:
                renderer.close()
        except UaoError as error:
            self.failed.emit(str(error))
        except Exception as error:  # the thread's last line of defence: say it instead of vanishing
            _log.exception("the renderer failed")
            self.failed.emit(f"The 3D view has failed ({error}); start with --log-level debug to see why.")

    def _next(self) -> View | None:
        with self._condition:
            self._condition.wait_for(lambda: self._wanted is not None or self._stopped)
            view, self._wanted = self._wanted, None
            return None if self._stopped else view
