"""The timeline: what has been processed, how sure it is, and the playhead."""

import math

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.colours import sigma_colours
from app.display import Display
from app.window.trim import Trim
from uao_core.packets import FrameResult

_NOBODY = (128, 128, 128, 70)
"""Red, green, blue, opacity."""


class Timeline(QWidget):
    """A strip with one column a frame, coloured by the mean expected error; grey where there is nobody.

    What the trim leaves out is dim. Click or drag seeks.
    """

    seeked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mean_mm: list[float] = []  # of the processed frames; NaN where there is nobody
        self._scale = Display().scale
        self._count = 0
        self._current = 0
        self._trim = Trim()
        self._image, self._painted = QImage(), (0, 0, 0, self._scale)
        self._reached_by_key = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Timeline"))
        self.setToolTip(self.tr("Mean expected error of every frame. Click or drag to seek; arrow keys step."))

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        line = self.fontMetrics().height()
        return QSize(24 * line, 2 * line)

    def set_state(self, results: list[FrameResult], count: int, current: int, trim: Trim = Trim()) -> None:
        """Follow the session; only frames that are new are looked at."""
        if len(results) < len(self._mean_mm):
            self._mean_mm.clear()
            self._painted = (0, 0, 0, self._scale)
        self._mean_mm.extend(_mean_mm(result) for result in results[len(self._mean_mm) :])
        if (count, current) != (self._count, self._current):
            self.setAccessibleDescription(self.tr("Frame {frame} of {count}").format(frame=current + 1, count=count))
        self._count, self._current, self._trim = count, current, trim
        self.update()

    def show_display(self, display: Display) -> None:
        """Colour as the user chose."""
        self._scale = display.scale
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        with QPainter(self) as painter:
            strip = self._strip()
            painter.fillRect(strip, self.palette().alternateBase())
            if self._reached_by_key and self.hasFocus():
                painter.setPen(QPen(self.palette().accent().color(), 2))
                painter.drawRect(strip.adjusted(-3, -3, 3, 3))
            if self._count == 0:
                return
            column = strip.width() / self._count
            painter.drawImage(strip, self._columns(max(int(strip.width()), 1)))
            self._paint_trim(painter, strip, column)
            x = strip.left() + (self._current + 0.5) * column
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().window().color(), 5))
            painter.drawLine(int(x), 4, int(x), self.height() - 4)
            painter.setPen(QPen(self.palette().text().color(), 2))
            painter.drawLine(int(x), 3, int(x), self.height() - 3)

    def _columns(self, width: int) -> QImage:
        """One colour a pixel, however many frames there are; painted again only where something of it is new."""
        wanted = (width, self._count, len(self._mean_mm), self._scale)
        if wanted != self._painted:
            frames = np.arange(width) * self._count // width
            mean_mm = np.array(self._mean_mm, np.float32)[frames[frames < len(self._mean_mm)]]
            row = np.zeros((1, width, 4), np.uint8)
            row[0, : len(mean_mm), :3], row[0, : len(mean_mm), 3] = sigma_colours(mean_mm, self._scale), 255
            row[0, : len(mean_mm)][np.isnan(mean_mm)] = _NOBODY
            self._image = QImage(row.data, width, 1, 4 * width, QImage.Format.Format_RGBA8888).copy()
            self._painted = wanted
        return self._image

    def _paint_trim(self, painter: QPainter, strip: QRectF, column: float) -> None:
        """What is left out is dimmed, and the ends of what is kept are marked."""
        span = self._trim.span(self._count)
        left, right = strip.left() + span.start * column, strip.left() + span.stop * column
        veil = self.palette().window().color()
        veil.setAlphaF(0.75)
        painter.fillRect(QRectF(strip.left(), strip.top(), left - strip.left(), strip.height()), veil)
        painter.fillRect(QRectF(right, strip.top(), strip.right() - right, strip.height()), veil)
        for x, is_end in ((left, span.start > 0), (right, span.stop < self._count)):
            if is_end:
                painter.fillRect(QRectF(x - 1.5, strip.top() - 3, 3, strip.height() + 6), self.palette().accent())

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 (Qt's name)
        """A frame helps those who came by keyboard, and disturbs everybody else."""
        reason = Qt.FocusReason
        self._reached_by_key = event.reason() in (
            reason.TabFocusReason,
            reason.BacktabFocusReason,
            reason.ShortcutFocusReason,
        )
        super().focusInEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        self._seek_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._seek_to(event.position().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        frames = {
            Qt.Key.Key_Left: self._current - 1,
            Qt.Key.Key_Right: self._current + 1,
            Qt.Key.Key_PageUp: self._current - 10,
            Qt.Key.Key_PageDown: self._current + 10,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: self._count - 1,
        }
        if event.key() in frames:
            self.seeked.emit(frames[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _strip(self) -> QRectF:
        return QRectF(self.rect()).adjusted(8, 10, -8, -10)

    def _seek_to(self, x: float) -> None:
        strip = self._strip()
        if self._count and strip.width() > 0:
            self.seeked.emit(int((x - strip.left()) / strip.width() * self._count))


def _mean_mm(result: FrameResult) -> float:
    return math.nan if result.pose is None else float(result.pose.sigma_mm.mean())
