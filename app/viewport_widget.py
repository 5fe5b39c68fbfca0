"""The 3D view in the window: shows the renderer's newest picture, and hands mouse and keys to the orbit."""

import math
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.display import Display
from app.film import Look
from app.follow import Follower
from app.joint_labels import joint_label
from app.moment import Moment, view_of
from app.orbit import Orbit
from app.painting import paint_legend
from app.picking import joints_in, nearest_joint
from app.render_thread import MakeRenderer, render_worker
from app.view import DARK, LIGHT, Image, Theme, View
from app.viewport import Open3DRenderer

_MOST_PIXELS = 480_000
"""Larger views are drawn at this size and scaled up: software rendering must keep up with the video."""
_SHARE_OF_WINDOW = (0.42, 0.9)
_SETTLE_MS = 120
_REST_MS = 300
"""A view that has not changed for so long is drawn once more, with smooth edges."""
_CENTRED = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
_TURN_PER_SIDE = 0.75 * math.pi
_KEY_TURN = math.radians(10)
_CLICK_PX = 4.0  # a mouse that moves farther drags
_NEAR_PX = 18.0
_OFFSET_PX = 16.0  # of a joint's name from the joint
FAST_RENDERER = partial(Open3DRenderer, supersampling=1.5, adaptive=True)  # follows a live camera


class ViewportWidget(QWidget):
    """Paints the skeleton, the legend of its colours, and the name of the joint under the mouse.

    Until the user moves it the view is the usual one: of the person, or with the frustum of person and camera.
    """

    joint_clicked = Signal(int)
    joint_hovered = Signal(int)  # -1: none

    def __init__(self, make_renderer: MakeRenderer = FAST_RENDERER, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._own_orbit: Orbit | None = None
        self._display = Display()
        self._moment: Moment | None = None
        self._follower = Follower()
        self._picture = QImage()
        self._drawn: View | None = None  # what the picture shows
        self._problem = ""
        self._highlighted: int | None = None
        self._pressed_at: QPointF | None = None
        self._dragged_from: QPointF | None = None
        self._clicked_joint = -1
        # A click is one when no second one makes it a double click; a framebuffer is made when the mouse rests.
        self._click = QTimer(self, singleShot=True, interval=QGuiApplication.styleHints().mouseDoubleClickInterval())
        self._click.timeout.connect(self._tell_click)
        self._settle, self._rest = (QTimer(self, singleShot=True, interval=wait_ms) for wait_ms in (_SETTLE_MS, _REST_MS))
        for timer in (self._settle, self._rest):
            timer.timeout.connect(self._request)
        self._settle.start()
        self._renderer = render_worker(make_renderer)  # no child: Qt aborts where a running thread dies with its parent
        self.destroyed.connect(self._renderer.shut_down)
        self._renderer.drawn.connect(self._on_drawn)
        self._renderer.failed.connect(self._on_failed)
        self._renderer.start()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # nothing behind it need be painted first
        self.setMinimumSize(160, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("3D view of the skeleton, coloured by expected error"))
        self.setToolTip(
            self.tr(
                "Drag to orbit, right-drag or Shift-drag to pan, wheel to zoom, double-click to reset. "
                "Click a joint for its trail. "
                "Keys: Shift+arrows to orbit, +, -, Home."  # the window steps through a clip with plain arrows
            )
        )
        self.setToolTipDuration(3000)

    def _tell_click(self) -> None:
        self.joint_clicked.emit(self._clicked_joint)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(560, 480)

    @property
    def orbit(self) -> Orbit:
        """Where the viewer stands."""
        return self._view().orbit

    @property
    def theme(self) -> Theme:
        """The one that suits the palette."""
        return DARK if self.palette().window().color().lightness() < 128 else LIGHT

    @property
    def look(self) -> Look:
        """A film that shows what is shown here, from where the viewer stands."""
        return Look(self._display, self.theme, self._own_orbit)

    def draw(self, view: View) -> Future[Image]:
        """Have a view drawn by the renderer of this one, for whoever asks; may be called on any thread."""
        return self._renderer.draw(view)

    def show_moment(self, moment: Moment | None) -> None:
        """Draw what was found in a frame, or the empty floor."""
        if moment is None and self._moment is None and not self._picture.isNull():
            return
        self._moment = moment
        if moment is not None and moment.result is not None:
            self._follower.follow(moment.pose, moment.result.time_s, moment.ground)
        self._move()

    def show_display(self, display: Display) -> None:
        """Draw what the user chose to see."""
        self._display = display
        self._request()

    def highlight(self, joint: int) -> None:
        """Put a ring and its name to a joint; -1 to none."""
        self._highlighted = joint if joint >= 0 else None
        self.update()

    def reset_view(self) -> None:
        self._own_orbit = None
        self._request()

    def shut_down(self) -> None:
        """Stop the renderer; the widget then keeps its last picture."""
        self._renderer.shut_down()

    def _look(self, orbit: Orbit) -> None:
        self._own_orbit = orbit
        self._move()

    def _move(self) -> None:
        if self._moment is not None:
            self._rest.start()
        else:
            self._rest.stop()
        self._request()

    def _request(self) -> None:
        if not self._settle.isActive():
            self._renderer.request(self._view())

    def _view(self) -> View:
        view = view_of(self._moment, self._display, self._follower, self._drawn_size(), self.theme, self._own_orbit)
        return replace(view, moving=self._moment is None or self._rest.isActive())

    def _drawn_size(self) -> tuple[int, int]:
        size = self._shown_size() * self.devicePixelRatioF()
        width, height = size.width(), size.height()
        scale = min(1.0, math.sqrt(_MOST_PIXELS / max(width * height, 1)))
        return max(16, round(width * scale)), max(16, round(height * scale))

    def _shown_size(self) -> QSize:
        """The widget's; before it is shown about what it will have, so that the first framebuffer need not be the second."""
        if self.isVisible() or self.isWindow():
            return self.size()
        (across, down), whole = _SHARE_OF_WINDOW, self.window()
        return QSize(round(across * whole.width()), round(down * whole.height())).expandedTo(self.minimumSize())

    def _on_drawn(self, picture: QImage, view: View) -> None:
        self._picture, self._drawn = picture, view
        self.update()

    def _on_failed(self, problem: str) -> None:
        self._problem = problem
        self.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        with QPainter(self) as painter:
            theme = self.theme
            painter.fillRect(self.rect(), QColor.fromRgbF(*theme.background))
            painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
            painter.setPen(QColor.fromRgbF(*theme.faint))
            middle = self.rect().adjusted(24, 24, -24, -24)
            if self._problem:
                painter.drawText(middle, _CENTRED, self._problem)
                return
            if not self._picture.isNull():
                painter.drawImage(self._fitted(), self._picture)
            if self._moment is None or self._moment.pose is None:
                painter.drawText(middle, _CENTRED, self.tr("The skeleton appears here when a person is found"))
            self._paint_highlight(painter, theme)
            paint_legend(painter, QRectF(self.rect()), self._display.scale, theme)

    def _paint_highlight(self, painter: QPainter, theme: Theme) -> None:
        joint, view = self._highlighted, self._drawn
        if joint is None or view is None or view.pose is None or (joints := joints_in(view)) is None:
            return
        x, y = joints[joint].tolist()
        if not (math.isfinite(x) and math.isfinite(y)):
            return
        fitted, text = self._fitted(), QColor.fromRgbF(*theme.text)
        scale = fitted.width() / view.size[0]
        point = QPointF(fitted.left() + x * scale, fitted.top() + y * scale)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(text, 1.5))
        painter.drawEllipse(point, 9, 9)
        words = self.tr("{joint}  {error_mm} mm").format(
            joint=joint_label(joint), error_mm=round(float(view.pose.sigma_mm[joint]))
        )
        size = painter.fontMetrics().boundingRect(words).adjusted(-8, -4, 8, 4).size()
        left = min(point.x() + _OFFSET_PX, self.width() - size.width() - 4)
        box = QRectF(max(left, 4), max(point.y() - _OFFSET_PX - size.height(), 4), size.width(), size.height())
        back = QColor.fromRgbF(*theme.background)
        back.setAlphaF(0.85)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(back)
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(text)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _fitted(self) -> QRectF:
        """The picture covers the widget; while a new size settles it keeps its shape and is cut."""
        size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        return QRectF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2, size.width(), size.height())

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        self._pressed_at = self._dragged_from = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        if event.button() is Qt.MouseButton.LeftButton and self._pressed_at is not None:
            joint = self._joint_at(event.position())
            if joint >= 0:
                self._clicked_joint = joint
                self._click.start()
        self._pressed_at = self._dragged_from = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        if self._dragged_from is None:
            self._hover(self._joint_at(event.position()))
            return
        if self._pressed_at is not None and (event.position() - self._pressed_at).manhattanLength() <= _CLICK_PX:
            return
        self._pressed_at = None  # no click any more
        moved = (event.position() - self._dragged_from) / max(min(self.width(), self.height()), 1)
        self._dragged_from = event.position()
        pans = event.modifiers() & Qt.KeyboardModifier.ShiftModifier or not event.buttons() & Qt.MouseButton.LeftButton
        if pans:
            self._look(self.orbit.panned(-moved.x(), moved.y()))
        else:
            self._look(self.orbit.turned(-_TURN_PER_SIDE * moved.x(), _TURN_PER_SIDE * moved.y()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        self._click.stop()
        self._pressed_at = None  # the second release is no click
        self.reset_view()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        self._hover(-1)

    def _joint_at(self, place: QPointF) -> int:
        """The joint under a place in the widget, or -1."""
        if self._drawn is None:
            return -1
        fitted = self._fitted()
        scale = self._drawn.size[0] / max(fitted.width(), 1)
        x, y = (place.x() - fitted.left()) * scale, (place.y() - fitted.top()) * scale
        joint = nearest_joint(self._drawn, x, y, _NEAR_PX * scale)
        return -1 if joint is None else joint

    def _hover(self, joint: int) -> None:
        if joint != (-1 if self._highlighted is None else self._highlighted):
            self.highlight(joint)
            self.joint_hovered.emit(joint)

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
        }
        if key in moves:
            self._look(moves[Qt.Key(key)])
        elif key == Qt.Key.Key_Home:
            self.reset_view()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        self._settle.start()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        if event.type() is QEvent.Type.PaletteChange:
            self._request()
        super().changeEvent(event)
