"""The toolbar's icons, drawn in the palette's colour, sharp at any size."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

_SIZE = 96  # drawn large once; Qt scales it down
_RECORDING = (229, 72, 77)


def _triangle(painter: QPainter) -> None:
    painter.drawPolygon(QPolygonF([QPointF(32, 20), QPointF(78, 48), QPointF(32, 76)]))


def _bars(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(27, 21, 15, 54), 4, 4)
    painter.drawRoundedRect(QRectF(54, 21, 15, 54), 4, 4)


def _red(painter: QPainter) -> QColor:
    """As opaque as the icon is to be."""
    return QColor(*_RECORDING, painter.brush().color().alpha())


def _disc(painter: QPainter) -> None:
    painter.setBrush(_red(painter))
    painter.drawEllipse(QPointF(48, 48), 24, 24)


def _square(painter: QPainter) -> None:
    painter.setBrush(_red(painter))
    painter.drawRoundedRect(QRectF(26, 26, 44, 44), 6, 6)


def _step_forward(painter: QPainter) -> None:
    painter.drawPolygon(QPolygonF([QPointF(24, 24), QPointF(58, 48), QPointF(24, 72)]))
    painter.drawRoundedRect(QRectF(62, 24, 11, 48), 3, 3)


def _step_back(painter: QPainter) -> None:
    painter.translate(_SIZE, 0)
    painter.scale(-1, 1)
    _step_forward(painter)


def _folder(painter: QPainter) -> None:
    path = QPainterPath(QPointF(16, 74))
    for x, y in ((16, 26), (40, 26), (48, 36), (80, 36), (80, 74)):
        path.lineTo(x, y)
    path.closeSubpath()
    _outline(painter, path)


def _camera(painter: QPainter) -> None:
    path = QPainterPath()
    path.addRoundedRect(QRectF(14, 30, 48, 38), 6, 6)
    path.moveTo(62, 44)
    for x, y in ((82, 33), (82, 65), (62, 54)):
        path.lineTo(x, y)
    _outline(painter, path)


def _export(painter: QPainter) -> None:
    path = QPainterPath(QPointF(48, 60))
    path.lineTo(48, 18)
    path.moveTo(32, 33)
    path.lineTo(48, 17)
    path.lineTo(64, 33)
    path.moveTo(20, 54)
    for x, y in ((20, 78), (76, 78), (76, 54)):
        path.lineTo(x, y)
    _outline(painter, path)


def _reset(painter: QPainter) -> None:
    path = QPainterPath()
    path.arcMoveTo(QRectF(22, 22, 52, 52), 60)
    path.arcTo(QRectF(22, 22, 52, 52), 60, 290)
    path.moveTo(52, 12)
    path.lineTo(64, 26)
    path.lineTo(48, 36)
    _outline(painter, path)


def _outline(painter: QPainter, path: QPainterPath) -> None:
    pen = QPen(painter.brush().color(), 7)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(path, pen)


_SHAPES: dict[str, Callable[[QPainter], None]] = {
    "play": _triangle,
    "pause": _bars,
    "step-back": _step_back,
    "step-forward": _step_forward,
    "open": _folder,
    "camera": _camera,
    "record": _disc,
    "stop": _square,
    "export": _export,
    "reset": _reset,
}


def icon(name: str, colour: QColor) -> QIcon:
    """One of the icons by name, with a faded version for disabled actions."""
    result = QIcon()
    for mode, alpha in ((QIcon.Mode.Normal, 255), (QIcon.Mode.Disabled, 70)):
        pixmap = QPixmap(_SIZE, _SIZE)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour.red(), colour.green(), colour.blue(), alpha))
        _SHAPES[name](painter)
        painter.end()
        result.addPixmap(pixmap, mode)
    return result
