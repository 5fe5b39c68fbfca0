"""Every key of the window, and what the mouse does, in two columns."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QMenu,
    QMenuBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.window.action import plain_text

_MOST_KEYS = 2  # of one action; systems know up to five for some
_NATIVE = QKeySequence.SequenceFormat.NativeText
Rows = list[tuple[str, str]]  # what, by which keys


class KeysDialog(QDialog):
    """Reads the menus, so that it lists what there is; keys that belong to one view follow."""

    def __init__(self, menus: QMenuBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keys and mouse"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        groups = [*menu_keys(menus), *self._elsewhere()]
        page = QWidget()
        columns = QGridLayout(page)
        columns.setHorizontalSpacing(36)
        columns.setContentsMargins(16, 12, 16, 12)
        heights = [0, 0]
        halves = (QVBoxLayout(), QVBoxLayout())
        for title, rows in groups:
            shorter = heights.index(min(heights))
            heights[shorter] += len(rows) + 2
            halves[shorter].addWidget(_group(title, rows))
        for index, half in enumerate(halves):
            half.addStretch()
            columns.addLayout(half, 0, index)
            columns.setColumnStretch(index, 1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(page)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(scroll)
        column.addWidget(buttons)
        line = self.fontMetrics().height()
        wanted, room = page.sizeHint() + QSize(3 * line, 5 * line), self.screen().availableSize()
        self.resize(wanted.boundedTo(room * 0.9))  # rows are as high as their letters

    def text(self) -> str:
        """All that is listed, for searching."""
        return "\n".join(label.text() for label in self.findChildren(QLabel))

    def _elsewhere(self) -> list[tuple[str, Rows]]:
        view = [
            (self.tr("Turn"), self.tr("drag, or Shift+arrows")),
            (self.tr("Move"), self.tr("right-drag, or Shift-drag")),
            (self.tr("Nearer, farther"), self.tr("wheel, or + and -")),
            (self.tr("Back to the first view"), self.tr("double-click, or Home")),
        ]
        timeline = [
            (self.tr("Go to a frame"), self.tr("click or drag")),
            (self.tr("Ten frames back, forward"), self.tr("Page Up, Page Down")),
            (self.tr("First, last frame"), self.tr("Home, End")),
        ]
        anywhere = [
            (self.tr("Open a video"), self.tr("drop it on the window")),
            (self.tr("To the next control, the one before"), self.tr("Tab, Shift+Tab")),
            (self.tr("To the menus"), self.tr("Alt, or F10")),
            (self.tr("Close the message that has the focus"), self.tr("Esc")),
        ]
        return [
            (self.tr("Orbit the 3D view"), view),
            (self.tr("Timeline"), timeline),
            (self.tr("Anywhere"), anywhere),
        ]


def menu_keys(menus: QMenuBar) -> list[tuple[str, Rows]]:
    """Titles of the menus, and their actions that have keys."""
    groups = []
    for entry in menus.actions():
        menu = entry.menu()
        actions = menu.actions() if isinstance(menu, QMenu) else []
        rows = [_row(action) for action in actions if not action.shortcut().isEmpty()]
        if rows:
            groups.append((plain_text(entry.text()), rows))
    return groups


def _row(action: QAction) -> tuple[str, str]:
    return action.iconText(), ", ".join(keys.toString(_NATIVE) for keys in action.shortcuts()[:_MOST_KEYS])


def _group(title: str, rows: Rows) -> QWidget:
    group = QWidget()
    grid = QGridLayout(group)
    grid.setContentsMargins(0, 4, 0, 10)
    grid.setVerticalSpacing(5)
    heading = QLabel(title)
    font = heading.font()
    font.setBold(True)
    heading.setFont(font)
    grid.addWidget(heading, 0, 0, 1, 2)
    for index, (what, keys) in enumerate(rows, start=1):
        label = QLabel(keys)
        label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
        grid.addWidget(QLabel(what), index, 0)
        grid.addWidget(label, index, 1, Qt.AlignmentFlag.AlignRight)
    grid.setColumnStretch(0, 1)
    return group
