"""The video with the 2D keypoints over it."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.capture import Frame
from app.colours import sigma_colours
from uao_core.packets import FrameResult
from uao_core.skeleton import BONES

_UNSEEN = 0.3
"""Below this confidence a keypoint is drawn hollow and its bones dotted."""


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
        pixels = frame.rgb()
        height, width = pixels.shape[:2]
        self._image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
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
        self._paint_skeleton(painter, target)
        painter.restore()

    def _fitted(self) -> QRectF:
        size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRectF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2, size.width(), size.height())

    def _paint_skeleton(self, painter: QPainter, target: QRectF) -> None:
        result = self._result
        if result is None or result.keypoints.joints_px is None or result.pose is None:
            return
        joints = result.keypoints.joints_px
        scale = target.width() / self._image.width()
        points = [QPointF(target.left() + float(x) * scale, target.top() + float(y) * scale) for x, y in joints[:, :2]]
        colours = [QColor(*(int(c) for c in rgb)) for rgb in sigma_colours(result.pose.sigma_mm)]
        seen = joints[:, 2] >= _UNSEEN
        width = max(2.0, target.height() / 160)
        for parent, child in BONES:
            style = Qt.PenStyle.SolidLine if seen[parent] and seen[child] else Qt.PenStyle.DotLine
            for colour, pen_width in ((QColor(0, 0, 0, 110), width * 1.9), (colours[child], width)):
                painter.setPen(QPen(colour, pen_width, style, Qt.PenCapStyle.RoundCap))
                painter.drawLine(points[parent], points[child])
        for point, colour, is_seen in zip(points, colours, seen, strict=True):
            painter.setPen(QPen(QColor(0, 0, 0, 150) if is_seen else colour, width * 0.5))
            painter.setBrush(colour if is_seen else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(point, width * 1.25, width * 1.25)
