"""Drawing that never holds up the window: a thread of its own, or between two events where only one thread may draw."""

import logging
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress

from PySide6.QtCore import QObject, QThread, QTimer, Signal
from PySide6.QtGui import QImage

from app.view import Renderer, View
from uao_core.errors import UaoError

_log = logging.getLogger(__name__)
MakeRenderer = Callable[[], Renderer]


class RenderThread(QThread):
    """Draws the view that was asked for last. Views that come while one is drawn replace each other."""

    drawn = Signal(QImage, object)  # and the View
    failed = Signal(str)

    def __init__(self, make_renderer: MakeRenderer, parent: QObject | None = None) -> None:
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
        """Stop and wait for the picture in progress; a second call does nothing."""
        with self._condition:
            self._stopped = True
            self._condition.notify()
        self.wait()

    def run(self) -> None:
        """A renderer that fails after it has drawn is made anew: its context is gone, as after a computer's sleep."""
        while True:
            has_drawn, view = False, None
            try:
                with closing(self._make_renderer()) as renderer:  # here: it belongs to the thread that made it
                    while (view := self._next()) is not None:
                        self.drawn.emit(_draw(renderer, view), view)
                        has_drawn = True
                return
            except Exception as error:  # the thread's last line of defence: say it instead of vanishing
                reason = _reason(error)
                if self._stopped:
                    return
                if not has_drawn:
                    self.failed.emit(reason)
                    return
                self._ask_again(view)

    def _ask_again(self, view: View | None) -> None:
        with self._condition:
            self._wanted = self._wanted or view

    def _next(self) -> View | None:
        with self._condition:
            self._condition.wait_for(lambda: self._wanted is not None or self._stopped)
            view, self._wanted = self._wanted, None
            return None if self._stopped else view


class RenderTurn(QObject):
    """The same on the window's own thread: draws when all events have been handled.

    For macOS, where GLFW aborts the process if a window is made on any other thread than the first.
    """

    drawn = Signal(QImage, object)  # and the View
    failed = Signal(str)

    def __init__(self, make_renderer: MakeRenderer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make_renderer = make_renderer
        self._renderer: Renderer | None = None
        self._wanted: View | None = None
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self._run)
        self._stopped = self._has_drawn = False

    def start(self) -> None:
        """The first view starts it; here for the thread's sake."""

    def request(self, view: View) -> None:
        if not self._stopped:
            self._wanted = view
            self._turn.start(0)

    def shut_down(self) -> None:
        """Close the renderer; a second call does nothing."""
        self._stopped = True
        self._turn.stop()
        self._let_go()

    def _run(self) -> None:
        view, self._wanted = self._wanted, None
        if view is None:
            return
        try:
            if self._renderer is None:
                self._has_drawn, self._renderer = False, self._make_renderer()
            self.drawn.emit(_draw(self._renderer, view), view)
            self._has_drawn = True
        except Exception as error:
            reason = _reason(error)
            self._let_go()
            if self._has_drawn:  # as `RenderThread` does
                self._has_drawn = False
                self.request(view)
                return
            self._stopped = True
            self.failed.emit(reason)

    def _let_go(self) -> None:
        renderer, self._renderer = self._renderer, None
        if renderer is not None:
            with suppress(Exception):  # its context may be gone
                renderer.close()


def render_worker(make_renderer: MakeRenderer, parent: QObject | None = None) -> RenderThread | RenderTurn:
    """The one that this system allows, not yet started."""
    return (RenderTurn if sys.platform == "darwin" else RenderThread)(make_renderer, parent)


def _draw(renderer: Renderer, view: View) -> QImage:
    """A picture that owns its bytes, so that it may go to another thread."""
    pixels = renderer.render(view)
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _reason(error: Exception) -> str:
    """To be called while the error is handled."""
    if isinstance(error, UaoError):
        return str(error)
    _log.exception("the renderer failed")
    return f"The 3D view has failed ({error}); start with --log-level debug to see why."
