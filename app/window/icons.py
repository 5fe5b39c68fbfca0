"""The window's icons: lines on a grid of 24, drawn in the palette's colour at the moment they are painted.

Our own drawings, as SVG: the icon packages there are bring fonts, of which Windows can be told to load none, or thousands of
files, and take a quarter of a second of every start.
"""

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QIconEngine, QPainter, QPaintEvent, QPalette, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.window.theme import theme_of

_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{colour}" '
    'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">{shapes}</svg>'
)
_SOLID = 'fill="{colour}" '
_RED = 'fill="{red}" stroke="none" '
_CIRCLE = '<circle cx="12" cy="12" r="9"/>'
_MIRRORED = '<g transform="matrix(-1 0 0 1 24 0)">{}</g>'


def _path(d: str, style: str = "") -> str:
    return f'<path {style}d="{d}"/>'


def _dot(x: float, y: float, radius: float = 1.1) -> str:
    return f'<circle {_SOLID}stroke="none" cx="{x}" cy="{y}" r="{radius}"/>'


_STEP = _path("M6 6.5v11l8.5-5.5z", _SOLID) + _path("M18 6.5v11")
_TRIM = _path("M9 4.5H5v15h4M10.5 12H20M16.5 8.5L20 12l-3.5 3.5")
_UNDO = _path("M8 4.5L4 8.5l4 4M4 8.5h10a5.5 5.5 0 0 1 0 11h-3.5")
_FOLDER = _path(
    "M3 18V6.5a1.5 1.5 0 0 1 1.5-1.5H9l2.5 2.5h8A1.5 1.5 0 0 1 21 9v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 18z"
)
_FILM = '<rect x="3" y="5" width="18" height="14" rx="2"/>'

_SHAPES: dict[str, str] = {
    "play": _path("M8 5.5v13l10.5-6.5z", _SOLID),
    "pause": _path("M8 6v12M16 6v12", 'stroke-width="3.5" '),
    "stop": f'<rect {_RED}x="6" y="6" width="12" height="12" rx="2"/>',
    "record": f'<circle {_RED}cx="12" cy="12" r="6.5"/>',
    "step-forward": _STEP,
    "step-back": _MIRRORED.format(_STEP),
    "loop": _path(
        "M17 2.5L20.5 6 17 9.5M20.5 6H8a4.5 4.5 0 0 0-4.5 4.5M7 21.5L3.5 18 7 14.5M3.5 18H16a4.5 4.5 0 0 0 4.5-4.5"
    ),
    "speed": _path("M5.2 18.5a9 9 0 1 1 13.6 0M12 14l4-5.5") + _dot(12, 14, 1.6),
    "trim-in": _TRIM,
    "trim-out": _MIRRORED.format(_TRIM),
    "undo": _UNDO,
    "redo": _MIRRORED.format(_UNDO),
    "open": _FOLDER,
    "folder": _FOLDER,
    "film": _FILM + _path("M7.5 5v14M16.5 5v14M3 9.7h4.5M3 14.3h4.5M16.5 9.7H21M16.5 14.3H21"),
    "camera": '<rect x="2.5" y="6.5" width="13" height="11" rx="2"/>' + _path("M15.5 10.5l6-3.5v10l-6-3.5"),
    "export": _path("M12 15V3.5M7.5 8L12 3.5 16.5 8M4 13.5v6h16v-6"),
    "reset": _path("M5 4.5v5h5M5.3 9.2a8 8 0 1 1-1.2 4.3"),
    "queue": _path("M4 6h16M4 12h8M4 18h8") + _path("M16 11.5v7l5.5-3.5z", _SOLID),
    "takes": _path("M9 6h11M9 12h11M9 18h11") + _dot(4.7, 6) + _dot(4.7, 12) + _dot(4.7, 18),
    "lens": _CIRCLE + '<circle cx="12" cy="12" r="5"/>' + _path("M9.9 12a2.1 2.1 0 0 1 2.1-2.1"),
    "person": '<circle cx="12" cy="7.5" r="4"/>' + _path("M4 20.5c0-4.2 3.6-6.5 8-6.5s8 2.3 8 6.5"),
    "theme": _CIRCLE + _path("M12 3a9 9 0 0 1 0 18z", _SOLID),
    "language": _CIRCLE + _path("M3 12h18M12 3c-5.3 5.2-5.3 12.8 0 18 5.3-5.2 5.3-12.8 0-18"),
    "keys": '<rect x="2.5" y="6" width="19" height="12" rx="2"/>'
    + "".join(_dot(x, 9.7, 0.9) for x in (6, 10, 14, 18))
    + _path("M7.5 14.3h9"),
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/>' + _path("M15.5 15.5L21 21"),
    "help": _CIRCLE + _path("M9.3 9.4a2.7 2.7 0 1 1 4.2 2.3c-1 .7-1.5 1.2-1.5 2.3") + _dot(12, 17),
    "info": _CIRCLE + _path("M12 11v5.5") + _dot(12, 7.8),
    "warning": _path("M12 3.5L2.5 20h19z") + _path("M12 10v4.3") + _dot(12, 17.2),
    "error": _path("M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z") + _path("M12 7.5v5.3") + _dot(12, 16.4),
    "close": _path("M6 6l12 12M18 6L6 18"),
}
NAMES = tuple(_SHAPES)
_RECORDING = "#e5484d"


def icon(name: str) -> QIcon:
    """One of `NAMES`; it follows the palette, greys where an action is disabled, and is sharp at any size."""
    return QIcon(_Engine(name))


def paint_icon(painter: QPainter, rect: QRectF, name: str, colour: str, red: str = _RECORDING) -> None:
    """Draw an icon in a colour (`#rrggbb`) into the square `rect`; `red` is that of recording."""
    svg = _SVG.format(colour=colour, shapes=_SHAPES[name].format(colour=colour, red=red))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, rect)


class IconView(QWidget):
    """An icon that stands by itself, `em` lines of text high, in one of the theme's colours."""

    def __init__(self, name: str, em: float, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._em, self._colour = name, em, colour
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        side = round(self._em * self.fontMetrics().height())
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        with QPainter(self) as painter:
            paint_icon(painter, QRectF(self.rect()), self._name, getattr(theme_of(self.palette()), self._colour))


class _Engine(QIconEngine):
    """Paints by name and colour, so that a change of theme is followed."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        _SHAPES[name]  # an unknown name fails here, not at the first painting

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        side = min(rect.width(), rect.height())
        square = QRectF(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, side, side)
        paint_icon(painter, square, self._name, *_colours(mode))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        key = " ".join(("uao", self._name, f"{size.width()}x{size.height()}", *_colours(mode)))
        pixmap = QPixmap()
        if not QPixmapCache.find(key, pixmap):
            pixmap = QPixmap(size)
            pixmap.fill(Qt.GlobalColor.transparent)
            with QPainter(pixmap) as painter:
                self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
            QPixmapCache.insert(key, pixmap)
        return pixmap

    def clone(self) -> QIconEngine:
        return _Engine(self._name)


def _colours(mode: QIcon.Mode) -> tuple[str, str]:
    """Of an icon's lines, and of its recording dot, by the palette of now."""
    disabled = mode == QIcon.Mode.Disabled
    group = QPalette.ColorGroup.Disabled if disabled else QPalette.ColorGroup.Active
    role = QPalette.ColorRole.HighlightedText if mode == QIcon.Mode.Selected else QPalette.ColorRole.ButtonText
    colour = QGuiApplication.palette().color(group, role).name()
    return colour, colour if disabled else _RECORDING
