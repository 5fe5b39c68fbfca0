"""What stands in the window as long as nothing is open: how to begin, and what the colours mean."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.colours import SURE_MM, Scale
from app.painting import paint_scale
from app.window.icons import IconView

_WIDEST_EM = 56
_MOST_RECENT = 4
_LINK_EM = 17


class WelcomePage(QScrollArea):
    """Three ways to begin, the files opened last, and the legend; scrolls where the window is too small for it."""

    file_wanted = Signal()
    webcam_wanted = Signal()
    demo_wanted = Signal()
    recent_chosen = Signal(Path)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._dropping = False
        open_hint = self.tr("A file with one person in it. Every frame is processed.")
        webcam_hint = self.tr("See yourself live, and record a take.")
        demo_hint = self.tr("Nine seconds that come with the program.")
        self.open = Card("film", self.tr("Open a video"), open_hint)
        self.webcam = Card("camera", self.tr("Use a webcam"), webcam_hint)
        self.demo = Card("play", self.tr("Try the bundled clip"), demo_hint)
        self.open.clicked.connect(self.file_wanted)
        self.webcam.clicked.connect(self.webcam_wanted)
        self.demo.clicked.connect(self.demo_wanted)
        self._recent = QGridLayout()
        self._recent.setHorizontalSpacing(12)
        self._recent.setVerticalSpacing(0)
        self._recent.setColumnStretch(2, 1)
        self._page = self._build()
        self.setWidget(self._page)
        self._page.setAutoFillBackground(False)  # what is painted below is to be seen

    def _build(self) -> QWidget:
        cards = QHBoxLayout()
        cards.setSpacing(12)
        for card in (self.open, self.webcam, self.demo):
            cards.addWidget(card, 1)
        meaning = self.tr("Every joint is coloured by its expected error: how far off it may be.")
        privacy = self.tr("Nothing leaves this computer: the program opens no network connection.")
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addStretch(2)
        column.addWidget(_words(self.tr("UAO Pose"), scale=2.0, bold=True))
        column.addWidget(_words(self.tr("3D motion capture from one camera"), scale=1.15, faint=True))
        column.addSpacing(18)
        column.addLayout(cards)
        column.addSpacing(10)
        column.addWidget(_words(self.tr("Or drop a video anywhere in this window."), faint=True))
        column.addSpacing(10)
        column.addLayout(self._recent)
        column.addStretch(1)
        column.addSpacing(10)
        column.addWidget(_words(meaning))
        column.addSpacing(6)
        column.addWidget(ColourKey())
        column.addSpacing(12)
        column.addWidget(_words(privacy, faint=True))
        column.addStretch(1)
        middle = QWidget()
        middle.setLayout(column)
        middle.setMaximumWidth(_WIDEST_EM * self.fontMetrics().averageCharWidth() * 2)
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(24, 12, 24, 12)
        row.addStretch(1)
        row.addWidget(middle, 100)
        row.addStretch(1)
        return page

    def show_recent(self, paths: list[Path]) -> None:
        """List the files opened last, the newest first."""
        _empty(self._recent)
        if paths:
            self._recent.addWidget(_words(self.tr("Opened last"), faint=True), 0, 0, 1, 3)
        for index, path in enumerate(paths[:_MOST_RECENT]):
            link = Link(path.name)
            link.setToolTip(str(path))
            link.clicked.connect(lambda _checked=False, path=path: self.recent_chosen.emit(path))
            self._recent.addWidget(link, 1 + index // 2, index % 2)
        self._fit()

    def show_dropping(self, dropping: bool) -> None:
        """Whether a file is held over the window."""
        self._dropping = dropping
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Scroll rather than squeeze: a scroll area does not know that narrow texts are taller."""
        self._page.setMinimumHeight(self._page.heightForWidth(self.viewport().width()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        super().paintEvent(event)
        if self._dropping:
            with QPainter(self.viewport()) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(QPen(self.palette().accent().color(), 3, Qt.PenStyle.DashLine))
                painter.drawRoundedRect(self.viewport().rect().adjusted(6, 6, -6, -6), 10, 10)


class Card(QPushButton):
    """A large button: icon, what it does, and a sentence about it."""

    def __init__(self, picture: str, title: str, detail: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self.setAccessibleDescription(detail)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(4)
        column.addWidget(IconView(picture, 2.2, "accent"))
        column.addSpacing(4)
        for label in (_words(title, scale=1.15, bold=True), _words(detail, faint=True)):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(label)
        column.addStretch()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return self._column().totalSizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return self._column().totalMinimumSize()

    def heightForWidth(self, width: int) -> int:  # noqa: N802 (Qt's name)
        return self._column().totalHeightForWidth(width)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def _column(self) -> QLayout:
        layout = self.layout()
        assert layout is not None
        return layout


class Link(QPushButton):
    """A button that looks like a line of text."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, _LINK_EM * self.fontMetrics().height())
        self.setText(shown.replace("&", "&&"))
        self.setAccessibleName(text)
        self.setFlat(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)


class ColourKey(QWidget):
    """The colours of expected error from sure to unsure, with words at both ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(QLabel(self.tr("sure, {error} mm").format(error=f"{SURE_MM:.0f}")))
        row.addWidget(_Gradient(), 1)
        row.addWidget(QLabel(self.tr("a guess, {error} mm and more").format(error=f"{Scale().unsure_mm:.0f}")))


class _Gradient(QWidget):
    """The colours themselves."""

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        height = self.fontMetrics().height()
        return QSize(10 * height, round(0.8 * height))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        bar = self.rect().toRectF()
        height = min(bar.height(), 0.8 * self.fontMetrics().height())
        bar.setTop(bar.top() + (bar.height() - height) / 2)
        bar.setHeight(height)
        with QPainter(self) as painter:
            paint_scale(painter, bar, height / 2, Scale())


def _words(text: str, *, scale: float = 1.0, bold: bool = False, faint: bool = False) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    font = label.font()
    font.setPointSizeF(scale * font.pointSizeF())
    font.setBold(bold)
    label.setFont(font)
    if faint:
        label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
    return label


def _empty(layout: QLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            _empty(inner)
