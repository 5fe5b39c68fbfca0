"""The video with what was found in it drawn over it."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.display import Display
from app.moment import Moment
from app.painting import frame_image, paint_overlay


class VideoView(QWidget):
    """Paints the newest frame, fitted into the widget, and its skeleton coloured by expected error.

    A webcam is mirrored on the screen, as people expect of a mirror; the data is not. Where there are several people, a
    click tells whom to follow.
    """

    person_clicked = Signal(float, float)  # pixel of the frame
    painted = Signal(object)  # Frame, once for each

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image, self._image_size = QImage(), (0, 0)  # of the frame, as it was painted last
        self._moment: Moment | None = None
        self._is_painted = True
        self._display = Display()
        self._highlighted: int | None = None
        self._placeholder = ""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # nothing behind it need be painted first
        self.setMinimumSize(160, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Video with the skeleton drawn over it"))

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(560, 480)

    def show_moment(self, moment: Moment) -> None:
        self._image, self._moment, self._is_painted = QImage(), moment, False
        self.setCursor(Qt.CursorShape.PointingHandCursor if self._has_others() else Qt.CursorShape.ArrowCursor)
        self.update()

    def show_display(self, display: Display) -> None:
        """Draw what the user chose to see."""
        self._display = display
        self.update()

    def highlight(self, joint: int) -> None:
        """Put a ring around a joint; -1 around none."""
        self._highlighted = joint if joint >= 0 else None
        self.update()

    def clear(self, placeholder: str) -> None:
        """Show a sentence instead of a picture."""
        self._image, self._moment, self._placeholder = QImage(), None, placeholder
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self.palette().base())
            if self._moment is None:
                painter.setPen(self.palette().placeholderText().color())
                margins = self.rect().adjusted(24, 24, -24, -24)
                painter.drawText(margins, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._placeholder)
                return
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            target = self._fitted()
            self._paint_frame(painter, target, self._moment)
            if self._moment.mirrored:
                painter.translate(target.left() + target.right(), 0)
                painter.scale(-1, 1)
            painter.setClipRect(target)
            paint_overlay(painter, target, self._moment, self._display, self._highlighted)
        if not self._is_painted:
            self._is_painted = True
            self.painted.emit(self._moment.frame)

    def _paint_frame(self, painter: QPainter, target: QRectF, moment: Moment) -> None:
        ratio = self.devicePixelRatioF()
        size = (round(ratio * target.width()), round(ratio * target.height()))
        if self._image.isNull() or self._image_size != size:
            self._image, self._image_size = frame_image(moment.frame, size, mirrored=moment.mirrored), size
        fits = (self._image.width(), self._image.height()) == size and ratio.is_integer()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not fits)
        painter.drawImage(target, self._image)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        point = self._frame_point(event.position())
        if point is not None and self._has_others() and event.button() == Qt.MouseButton.LeftButton:
            self.person_clicked.emit(point.x(), point.y())

    def _has_others(self) -> bool:
        return self._moment is not None and self._moment.result is not None and bool(self._moment.result.others)

    def _frame_point(self, position: QPointF) -> QPointF | None:
        """The pixel of the frame that is painted at a place; None beside the picture."""
        target = self._fitted()
        if self._moment is None or not target.contains(position):
            return None
        share = (position.x() - target.left()) / target.width()
        width, height = self._moment.frame.size
        y = (position.y() - target.top()) / target.height()
        return QPointF(width * (1 - share if self._moment.mirrored else share), height * y)

    def _fitted(self) -> QRectF:
        """Where the frame is painted, in whole pixels."""
        frame = self._moment.frame.size if self._moment is not None else (0, 0)
        size = QSize(*frame).scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRectF((self.width() - size.width()) // 2, (self.height() - size.height()) // 2, size.width(), size.height())
