"""Words that give way where room is short: what does not fit is left out of their middle, and stands in the tooltip."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QPushButton, QStyle, QStyleOptionButton, QStylePainter, QWidget

_LEAST_EM, _MOST_EM = 8, 46
"""Average letters that there is room for at least, and as many as a button asks for."""


class ElidedLabel(QLabel):
    """A line of plain text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def setText(self, text: str) -> None:  # noqa: N802 (Qt's name)
        super().setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), _LEAST_EM * self.fontMetrics().averageCharWidth()), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room.width())
        align = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        with QPainter(self) as painter:
            self.style().drawItemText(painter, room, align, self.palette(), self.isEnabled(), text, self.foregroundRole())


class ElidedButton(QPushButton):
    """A button whose text, such as a path, may be of any length."""

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return self._at_most(super().sizeHint(), _MOST_EM)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return self._at_most(super().sizeHint(), _LEAST_EM)  # Qt's minimum is this class's own `sizeHint`, cut already

    def _at_most(self, hint: QSize, letters: int) -> QSize:
        metrics = self.fontMetrics()
        over = metrics.horizontalAdvance(self.text()) - letters * metrics.averageCharWidth()
        return QSize(hint.width() - max(over, 0), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        room = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self).width()
        option.text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room)
        QStylePainter(self).drawControl(QStyle.ControlElement.CE_PushButton, option)
