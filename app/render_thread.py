"""Drawing that never holds up the window: a thread of its own, or between two events where only one thread may draw.

Who needs every picture, as a film does, commissions them here as well, since a renderer stands no second one beside it.
"""

import logging
import sys
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, QThread, QTimer, Signal
from PySide6.QtGui import QImage

from app.images import image_of
from app.view import Image, Renderer, View
from uao_core.errors import UaoError

_log = logging.getLogger(__name__)
MakeRenderer = Callable[[], Renderer]


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """A view to be drawn, for the window or for whoever waits for the `picture`."""

    view: View
    picture: Future[Image] | None = None


class _Orders:
    """What is to be drawn: the window's newest view, and by turns with it, one after the other, what was commissioned."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._newest: View | None = None
        self._commissioned: deque[_Order] = deque()
        self._is_windows_turn = True
        self._problem: str | None = None  # why nothing is drawn any more

    def show(self, view: View) -> None:
        with self._condition:
            if self._problem is None:
                self._newest = view
                self._condition.notify()

    def commission(self, view: View) -> Future[Image]:
        picture = Future[Image]()
        order = _Order(view, picture)
        with self._condition:
            if self._problem is not None:
                picture.set_exception(UaoError(self._problem))
            else:
                self._commissioned.append(order)
                self._condition.notify()
        return picture

    def next(self, *, wait: bool) -> _Order | None:
        """None where there is none by now, or, for who waits, where there will be none any more."""
        with self._condition:
            if wait:
                self._condition.wait_for(lambda: self._newest or self._commissioned or self._problem is not None)
            if self._problem is not None:
                return None
            while self._commissioned:
                if self._newest is not None and self._is_windows_turn:
                    break
                order, self._is_windows_turn = self._commissioned.popleft(), True
                if order.picture is not None and order.picture.set_running_or_notify_cancel():
                    return order
            view, self._newest, self._is_windows_turn = self._newest, None, False
            return _Order(view) if view is not None else None

    @property
    def is_closed(self) -> bool:
        return self._problem is not None

    def close(self, problem: str) -> None:
        """Take no more, and tell who still waits; what was said first stays."""
        with self._condition:
            self._problem = problem if self._problem is None else self._problem
            waiting, self._newest = list(self._commissioned), None
            self._commissioned.clear()
            self._condition.notify()
        for order in waiting:
            if order.picture is not None and order.picture.set_running_or_notify_cancel():
                order.picture.set_exception(UaoError(self._problem))


class _Painter:
    """Carries out orders with one renderer, made with the first of them, and anew where its context is gone, as after a
    computer's sleep: where it fails and has drawn before."""

    def __init__(self, make_renderer: MakeRenderer) -> None:
        self._make_renderer = make_renderer
        self._renderer: Renderer | None = None
        self._has_drawn = False

    def draw(self, order: _Order) -> Image | None:
        """The picture for the window; None where it was commissioned, and has been delivered.

        What goes wrong with a commission is its owner's matter; anything else is raised.
        """
        while True:
            try:
                if self._renderer is None:
                    self._renderer = self._make_renderer()
                picture = self._renderer.render(order.view)
            except Exception as error:
                may_help = self._has_drawn
                self.close()
                if may_help:
                    continue
                if order.picture is None:
                    raise
                order.picture.set_exception(UaoError(_reason(error)))
                return None
            self._has_drawn = True
            if order.picture is None:
                return picture
            order.picture.set_result(picture)
            return None

    def close(self) -> None:
        renderer, self._renderer, self._has_drawn = self._renderer, None, False
        if renderer is not None:
            with suppress(Exception):  # its context may be gone
                renderer.close()


class RenderThread(QThread):
    """Draws the view that was asked for last. Views that come while one is drawn replace each other."""

    drawn = Signal(QImage, object)  # and the View
    failed = Signal(str)

    def __init__(self, make_renderer: MakeRenderer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make_renderer = make_renderer
        self._orders = _Orders()

    def request(self, view: View) -> None:
        self._orders.show(view)

    def draw(self, view: View) -> Future[Image]:
        """Draw a view for whoever asks, from any thread; nothing replaces it. The picture comes by and by, or UaoError."""
        return self._orders.commission(view)

    def shut_down(self) -> None:
        """Stop and wait for the picture in progress; a second call does nothing."""
        self._orders.close(_closed())
        self.wait()

    def run(self) -> None:
        painter = _Painter(self._make_renderer)  # here, since a renderer belongs to the thread that made it
        try:
            while (order := self._orders.next(wait=True)) is not None:
                if (picture := painter.draw(order)) is not None:
                    self.drawn.emit(image_of(picture), order.view)
        except Exception as error:  # the thread's last line of defence: say it instead of vanishing
            if not self._orders.is_closed:
                reason = _reason(error)
                self._orders.close(reason)
                self.failed.emit(reason)
        finally:
            painter.close()


class RenderTurn(QObject):
    """The same on the window's own thread: draws when all events have been handled.

    For macOS, where GLFW aborts the process if a window is made on any other thread than the first.
    """

    drawn = Signal(QImage, object)  # and the View
    failed = Signal(str)
    _asked = Signal()

    def __init__(self, make_renderer: MakeRenderer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._painter = _Painter(make_renderer)
        self._orders = _Orders()
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._run)
        self._asked.connect(self._turn.start)  # across threads: timers are started on their own

    def start(self) -> None:
        """The first view starts it; here for the thread's sake."""

    def request(self, view: View) -> None:
        self._orders.show(view)
        self._asked.emit()

    def draw(self, view: View) -> Future[Image]:
        """As of `RenderThread`; for another thread than the window's, which would wait for itself."""
        picture = self._orders.commission(view)
        self._asked.emit()
        return picture

    def shut_down(self) -> None:
        """Close the renderer; a second call does nothing."""
        self._orders.close(_closed())
        self._turn.stop()
        self._painter.close()

    def _run(self) -> None:
        order = self._orders.next(wait=False)
        if order is None:
            return
        try:
            if (picture := self._painter.draw(order)) is not None:
                self.drawn.emit(image_of(picture), order.view)
            self._turn.start()  # there may be more
        except Exception as error:
            reason = _reason(error)
            self._orders.close(reason)
            self.shut_down()
            self.failed.emit(reason)


def render_worker(make_renderer: MakeRenderer, parent: QObject | None = None) -> RenderThread | RenderTurn:
    """The one that this system allows, not yet started."""
    return (RenderTurn if sys.platform == "darwin" else RenderThread)(make_renderer, parent)


def _closed() -> str:
    return QCoreApplication.translate("RenderThread", "The 3D view has been closed.")


def _reason(error: Exception) -> str:
    """To be called while the error is handled."""
    if isinstance(error, UaoError):
        return str(error)
    _log.exception("the renderer failed")
    return f"The 3D view has failed ({error}); start with --log-level debug to see why."
