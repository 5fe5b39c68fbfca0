"""Messages at the top of the window: they interrupt nobody, take no focus, and stay until they are closed."""

from enum import Enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.window.icons import IconView, icon

MOST = 3


class Kind(Enum):
    """How bad it is; the value names icon and colour."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Banners(QWidget):
    """A stack of at most `MOST` messages, the newest on top; with more the oldest goes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._shown: list[Banner] = []
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(8, 6, 8, 6)
        self._rows.setSpacing(4)
        self.hide()

    def shown(self) -> list["Banner"]:
        """From the newest to the oldest."""
        return list(self._shown)

    def error(self, text: str) -> "Banner":
        return self.tell(Kind.ERROR, text)

    def warning(self, text: str) -> "Banner":
        return self.tell(Kind.WARNING, text)

    def info(self, text: str) -> "Banner":
        return self.tell(Kind.INFO, text)

    def tell(self, kind: Kind, text: str) -> "Banner":
        """Show a message and have it read aloud; one that is shown already moves to the top."""
        for banner in self.shown():
            if banner.text == text:
                self._drop(banner)
        for banner in self.shown()[MOST - 1 :]:
            self._drop(banner)
        made = Banner(kind, text, self)
        made.closed.connect(lambda: self._drop(made))
        self._shown.insert(0, made)
        self._rows.insertWidget(0, made)
        self.show()
        announce(made, text)
        return made

    def clear(self) -> None:
        for banner in self.shown():
            self._drop(banner)

    def _drop(self, banner: "Banner") -> None:
        self._shown.remove(banner)
        self._rows.removeWidget(banner)
        banner.hide()
        banner.deleteLater()
        self.setVisible(bool(self._shown))


class Banner(QFrame):
    """One message: a sign, a sentence that can be selected, and a button that closes it, as Escape does."""

    closed = Signal()

    def __init__(self, kind: Kind, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind, self.text = kind, text
        self.setProperty("kind", kind.value)  # for the style sheet
        names = {Kind.INFO: self.tr("Note"), Kind.WARNING: self.tr("Warning"), Kind.ERROR: self.tr("Error")}
        self.setAccessibleName(names[kind])
        self.setAccessibleDescription(text)
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)  # names of files may look like markup
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button = QToolButton()
        self.button.setIcon(icon("close"))
        self.button.setText(self.tr("Close message"))
        self.button.setToolTip(self.tr("Close this message (Esc)"))
        self.button.clicked.connect(self.closed)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 6, 4)
        row.setSpacing(10)
        row.addWidget(IconView(kind.value, 1.4, kind.value))
        row.addWidget(label, 1)
        row.addWidget(self.button)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


def announce(widget: QWidget, text: str) -> None:
    """Have screen readers say a message at once, without moving the focus."""
    QAccessible.updateAccessibility(QAccessibleEvent(widget, QAccessible.Event.Alert))
    spoken = QAccessibleAnnouncementEvent(widget, text)
    spoken.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    QAccessible.updateAccessibility(spoken)
