"""The 3D view in the window: shows the renderer's newest picture, and hands mouse and keys to the orbit."""

import math
from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.orbit import Orbit
from app.painting import paint_legend
from app.render_thread import MakeRenderer, View, render_worker
from app.viewport import DARK, Open3DRenderer
from uao_core.packets import Pose

_MOST_PIXELS = 480_000
"""Larger views are drawn at this size and scaled up: software rendering must keep up with the video."""
_SETTLE_MS = 120
_CENTRED = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
_TURN_PER_SIDE = 0.75 * math.pi
_KEY_TURN = math.radians(10)
VIEW_HELP = (
    "Drag to orbit, right-drag or Shift-drag to pan, wheel to zoom, double-click to reset. "
    "Keys: Shift+arrows to orbit, +, -, Home."  # the window steps through a clip with plain arrows
)
_NOBODY = "The skeleton appears here when a person is found"
_FAST_RENDERER = partial(Open3DRenderer, supersampling=1.5)  # reading larger pictures back would stall the window


class ViewportWidget(QWidget):
    """Paints the skeleton and the legend of its colours."""

    def __init__(self, make_renderer: MakeRenderer = _FAST_RENDERER, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.orbit = Orbit()
        self._pose: Pose | None = None
        self._ghost = False
        self._picture = QImage()
        self._problem = ""
        self._dragged_from: QPointF | None = None
        self._settle = QTimer(self)  # a framebuffer is made anew for every size: wait until the mouse rests
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._request)
        self._renderer = render_worker(make_renderer)  # no child: Qt aborts where a running thread dies with its parent
        self.destroyed.connect(self._renderer.shut_down)
        self._renderer.drawn.connect(self._on_drawn)
        self._renderer.failed.connect(self._on_failed)
        self._renderer.start()
        self.setMinimumSize(240, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("3D view of the skeleton, coloured by expected error")
        self.setToolTip(VIEW_HELP)
        self.setToolTipDuration(3000)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(560, 480)

    def show_pose(self, pose: Pose | None) -> None:
        """Draw a pose, or the empty floor."""
        if pose is None and self._pose is None and not self._picture.isNull():
            return
        self._pose = pose
        self._request()

    def show_ghost(self, ghost: bool) -> None:
        """Whether the pose before the optimization is drawn too."""
        self._ghost = ghost
        self._request()

    def reset_view(self) -> None:
        self._look(Orbit())

    def shut_down(self) -> None:
        """Stop the renderer; the widget then keeps its last picture."""
        self._renderer.shut_down()

    def _look(self, orbit: Orbit) -> None:
        self.orbit = orbit
        self._request()

    def _request(self) -> None:
        if not self._settle.isActive():
            self._renderer.request(View(self._pose, self.orbit, self._drawn_size(), self._ghost))

    def _drawn_size(self) -> tuple[int, int]:
        width, height = self.width() * self.devicePixelRatioF(), self.height() * self.devicePixelRatioF()
        scale = min(1.0, math.sqrt(_MOST_PIXELS / max(width * height, 1)))
        return max(16, round(width * scale)), max(16, round(height * scale))

    def _on_drawn(self, picture: QImage) -> None:
        self._picture = picture
        self.update()

    def _on_failed(self, problem: str) -> None:
        self._problem = problem
        self.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor.fromRgbF(*DARK.background))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._problem:
            painter.setPen(self.palette().placeholderText().color())
            painter.drawText(self.rect().adjusted(24, 24, -24, -24), _CENTRED, self._problem)
            return
        if not self._picture.isNull():
            painter.drawImage(self._fitted(), self._picture)
        if self._pose is None:
            painter.setPen(self.palette().placeholderText().color())
            painter.drawText(self.rect().adjusted(24, 24, -24, -24), _CENTRED, _NOBODY)
        paint_legend(painter, QRectF(self.rect()))

    def _fitted(self) -> QRectF:
        """The picture covers the widget; while a new size settles it keeps its shape and is cut."""
        size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        return QRectF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2, size.width(), size.height())

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        self._dragged_from = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        self._dragged_from = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        if self._dragged_from is None:
            return
        moved = (event.position() - self._dragged_from) / max(min(self.width(), self.height()), 1)
        self._dragged_from = event.position()
        pans = event.modifiers() & Qt.KeyboardModifier.ShiftModifier or not event.buttons() & Qt.MouseButton.LeftButton
        if pans:
            self._look(self.orbit.panned(-moved.x(), moved.y()))
        else:
            self._look(self.orbit.turned(-_TURN_PER_SIDE * moved.x(), _TURN_PER_SIDE * moved.y()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        self.reset_view()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 (Qt's name)
        self._look(self.orbit.zoomed(0.999 ** event.angleDelta().y()))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        orbit, key = self.orbit, event.key()
        moves = {
            Qt.Key.Key_Left: orbit.turned(_KEY_TURN, 0),
            Qt.Key.Key_Right: orbit.turned(-_KEY_TURN, 0),
            Qt.Key.Key_Up: orbit.turned(0, _KEY_TURN),
            Qt.Key.Key_Down: orbit.turned(0, -_KEY_TURN),
            Qt.Key.Key_Plus: orbit.zoomed(0.87),
            Qt.Key.Key_Equal: orbit.zoomed(0.87),  # + without Shift on many keyboards
            Qt.Key.Key_Minus: orbit.zoomed(1.15),
            Qt.Key.Key_Home: Orbit(),
        }
        if key in moves:
            self._look(moves[Qt.Key(key)])
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        self._settle.start()
