"""What stands in the window while a source is opened."""

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

_TURN_MS, _STEP_MS = 1200, 40
_ARC_DEG = 100


class WaitingPage(QWidget):
    """What is being waited for, a sign that it goes on, and a way out."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._detail = QLabel(), QLabel()
        font = self._title.font()
        font.setPointSizeF(1.3 * font.pointSizeF())
        self._title.setFont(font)
        for label in (self._title, self._detail):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setToolTip(self.tr("Do not open it"))
        self.cancel.clicked.connect(self.cancelled)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(14)
        column.addStretch()
        column.addWidget(_Spinner(), 0, Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._title)
        column.addWidget(self._detail)
        column.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch()

    def wait_for_file(self, name: str) -> None:
        self._say(self.tr("Opening {name}").format(name=name), self.tr("The first frames appear as soon as they are found."))

    def wait_for_camera(self, name: str) -> None:
        self._say(
            self.tr("Waiting for {name}").format(name=name or self.tr("the camera")),
            self.tr("Its light goes on. If nothing comes, the system may be asking whether it may be used."),
        )

    def _say(self, title: str, detail: str) -> None:
        self._title.setText(title)
        self._detail.setText(detail)
        self.setAccessibleName(title)
        self.setAccessibleDescription(detail)


class _Spinner(QWidget):
    """An arc that goes round while it is seen."""

    def __init__(self) -> None:
        super().__init__()
        self._turned = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self._turn)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        side = round(3 * self.fontMetrics().height())
        return QSize(side, side)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 (Qt's name)
        self._timer.stop()

    def _turn(self) -> None:
        self._turned = (self._turned + 360 * _STEP_MS / _TURN_MS) % 360
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            width = self.width() / 12
            ring = QRectF(self.rect()).adjusted(width, width, -width, -width)
            round_cap = Qt.PenCapStyle.RoundCap
            painter.setPen(QPen(self.palette().mid().color(), width))
            painter.drawEllipse(ring)
            painter.setPen(QPen(self.palette().accent().color(), width, Qt.PenStyle.SolidLine, round_cap))
            painter.drawArc(ring, round(-16 * self._turned), 16 * _ARC_DEG)
