"""The video with the 2D keypoints over it."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.capture import Frame
from app.painting import frame_image, paint_skeleton
from uao_core.packets import FrameResult


class VideoView(QWidget):
    """Paints the newest frame, fitted into the widget, and its skeleton coloured by expected error.

    A webcam is mirrored on the screen, as people expect of a mirror; the data is not.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._result: FrameResult | None = None
        self._mirrored = False
        self._placeholder = ""
        self.setMinimumSize(240, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Video with 2D keypoints")

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(560, 480)

    def show_frame(self, frame: Frame, result: FrameResult | None, *, mirrored: bool = False) -> None:
        self._image = frame_image(frame)
        self._result, self._mirrored = result, mirrored
        self.update()

    def clear(self, placeholder: str) -> None:
        """Show a sentence instead of a picture."""
        self._image, self._result, self._placeholder = QImage(), None, placeholder
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().base())
        if self._image.isNull():
            painter.setPen(self.palette().placeholderText().color())
            margins = self.rect().adjusted(24, 24, -24, -24)
            painter.drawText(margins, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._placeholder)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        target = self._fitted()
        painter.save()
        if self._mirrored:
            painter.translate(target.left() + target.right(), 0)
            painter.scale(-1, 1)
        painter.drawImage(target, self._image)
        painter.setClipRect(target)
        paint_skeleton(painter, target, self._image.width(), self._result)
        painter.restore()

    def _fitted(self) -> QRectF:
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRectF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2, size.width(), size.height())
