"""The picture with the corners of the chessboard that were found in it."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.capture import Frame
from app.lens.chessboard import BoardView
from app.painting import frame_image

_CORNER, _LINE = QColor(40, 220, 120), QColor(255, 190, 40)
_RADIUS_PX = 3.5


class LensView(QWidget):
    """Paints the newest picture, fitted into the widget; a webcam is mirrored as a mirror is."""

    def __init__(self, parent: QWidget | None = None, *, mirrored: bool = False) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._view: BoardView | None = None
        self._mirrored = mirrored
        self.setMinimumSize(320, 220)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Picture of the camera with the corners of the chessboard"))

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(560, 360)

    def show_frame(self, frame: Frame, view: BoardView | None = None) -> None:
        self._image, self._view = frame_image(frame), view
        self.update()

    def forget_board(self) -> None:
        """Show the picture alone."""
        self._view = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self.palette().base())
            if self._image.isNull():
                painter.setPen(self.palette().placeholderText().color())
                text = self.tr("Open a camera or a video first.")
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
                return
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF(
                (self.width() - size.width()) / 2, (self.height() - size.height()) / 2, size.width(), size.height()
            )
            if self._mirrored:
                painter.translate(target.left() + target.right(), 0)
                painter.scale(-1, 1)
            painter.drawImage(target, self._image)
            if self._view is not None:
                scale = target.width() / self._image.width()
                corners = (scale * (self._view.corners_px + 0.5)).tolist()
                points = [target.topLeft() + QPointF(x, y) for x, y in corners]
                painter.setPen(QPen(_LINE, 1.5))
                painter.drawPolyline(points)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(_CORNER)
                for point in points:
                    painter.drawEllipse(point, _RADIUS_PX, _RADIUS_PX)
