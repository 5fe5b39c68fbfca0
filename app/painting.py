"""What window and preview paint alike: a frame, the skeleton over it, the legend of its colours."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPen

from app.capture import Frame
from app.colours import LEGEND_TICKS_MM, SURE_MM, UNSURE_MM, sigma_colours, sigma_gradient
from uao_core.packets import FrameResult
from uao_core.skeleton import BONES

_UNSEEN = 0.3
"""Below this confidence a keypoint is drawn hollow and its bones dotted."""
_TEXT, _FAINT = QColor("#e6e9ee"), QColor("#8b94a3")


def frame_image(frame: Frame) -> QImage:
    """A frame as an image that owns its bytes."""
    pixels = frame.rgb()
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def paint_skeleton(painter: QPainter, target: QRectF, image_width: int, result: FrameResult | None) -> None:
    """The 2D keypoints of a frame that is painted into `target`, coloured by the expected error of their joints."""
    if result is None or result.keypoints.joints_px is None or result.pose is None:
        return
    joints = result.keypoints.joints_px
    scale = target.width() / image_width
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


def paint_legend(painter: QPainter, area: QRectF) -> None:
    """The scale of expected error, in the upper right corner of `area`."""
    width = min(220.0, area.width() - 68.0)
    bar = QRectF(area.right() - width - 34, area.top() + 38, width, 8)
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    for share, rgb in sigma_gradient(16):
        gradient.setColorAt(share, QColor(*rgb))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient)
    painter.drawRoundedRect(bar, 4, 4)
    painter.setPen(_TEXT)
    painter.drawText(QRectF(bar.left(), bar.top() - 24, width, 20), Qt.AlignmentFlag.AlignLeft, "Expected error, mm")
    painter.setPen(_FAINT)
    for tick in LEGEND_TICKS_MM:
        x = bar.left() + width * (tick - SURE_MM) / (UNSURE_MM - SURE_MM)
        text = f"{tick}+" if tick == LEGEND_TICKS_MM[-1] else str(tick)
        painter.drawText(QRectF(x - 25, bar.bottom() + 4, 50, 18), Qt.AlignmentFlag.AlignHCenter, text)
    painter.restore()
