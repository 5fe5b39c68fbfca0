"""The panel of the takes: a list, a note, and the folder they are in."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, QRect, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QDesktopServices,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QLabel,
    QListView,
    QMenu,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.takes import TRASH, TakeEntry
from app.video_trouble import is_folder
from app.window.elided import ElidedLabel
from app.window.flow import Flow
from app.window.icons import icon, paint_icon
from app.window.layout import button
from app.window.takes import Takes
from app.window.takes_model import TakeDelegate, TakesModel
from app.window.takes_workers import Thumbnails
from app.window.theme import theme_of

_TYPING_MS = 1500
"""A note is kept when nothing has been typed for so long, or when the focus leaves."""


class TakesPanel(QWidget):
    """Shows the takes and hands on what the user asks for."""

    def __init__(self, takes: Takes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._takes = takes
        self._noted: TakeEntry | None = None  # whose note is shown
        self.setAccessibleName(self.tr("Takes"))
        self.thumbnails = Thumbnails(self)
        self.model = TakesModel(takes, self.thumbnails, self)
        self.list = _TakesList(
            self.tr("No takes yet"),
            self.tr("Open a webcam, then press Record. What you record is kept here, to be named, watched and exported."),
        )
        self.list.setModel(self.model)
        self.list.setAccessibleName(self.tr("Takes"))
        self.note = _NoteField()
        self.note.setAccessibleName(self.tr("Note on the take"))
        self.note.setPlaceholderText(self.tr("Who, what, and which try was the good one"))
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self.keep_note)
        self._make_actions()
        self.folder = ElidedLabel()
        self.folder.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # a path asks for no wide panel
        self.folder.setAccessibleName(self.tr("Folder of the recordings"))
        self.open_folder = button(self.tr("Open &folder"), self._open_folder)
        self.change_folder = button(self.tr("&Change folder…"), self._choose_folder)
        self._lay_out()
        self.list.opened.connect(self._open)
        self.list.deleted.connect(self._delete)
        self.list.menu_asked.connect(lambda where: self.context_menu().popup(where))
        self.list.undone.connect(takes.undo_stack.undo)
        self.list.redone.connect(takes.undo_stack.redo)
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._on_selected())
        self.note.textChanged.connect(self._typing.start)
        self.note.left.connect(self.keep_note)
        takes.listed.connect(self._on_listed)
        self._on_listed()

    # Building

    def _make_actions(self) -> None:
        """Their keys are the list's: a title that is being typed has other uses for Return and Delete."""
        self.open_action = self._action(self.tr("&Open"), self._open, Qt.Key.Key_Return, "play")
        self.rename_action = self._action(self.tr("&Rename"), self.list.rename, Qt.Key.Key_F2)
        self.delete_action = self._action(self.tr("&Delete"), self._delete, Qt.Key.Key_Delete)
        self.trash_action = self._action(self.tr("Show deleted &takes"), self._open_trash, None, "folder")

    def _action(self, text: str, slot: Callable[[], None], key: Qt.Key | None, picture: str | None = None) -> QAction:
        action = QAction(text, self)
        if key is not None:
            action.setShortcut(QKeySequence(key))  # to be read in the menu
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # of this panel, which takes no focus
        if picture is not None:
            action.setIcon(icon(picture))
        action.triggered.connect(lambda _checked=False: slot())
        return action

    def _lay_out(self) -> None:
        label = QLabel(self.tr("&Note"))
        label.setBuddy(self.note)
        folder_label = QLabel(self.tr("Recordings go to"))
        folders = Flow()
        folders.addWidget(self.open_folder)
        folders.addWidget(self.change_folder)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 8)
        column.addWidget(self.list, 1)
        column.addWidget(label)
        column.addWidget(self.note)
        column.addSpacing(4)
        column.addWidget(folder_label)
        column.addWidget(self.folder)
        column.addLayout(folders)

    # What the presenter says

    def _on_listed(self) -> None:
        self.folder.setText(str(self._takes.folder))
        self.open_folder.setEnabled(is_folder(self._takes.folder))
        if self._noted is not None and not self._typing.isActive():
            self._on_selected()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        self._takes.reload()  # not before: nobody has asked for the folder
        super().showEvent(event)

    def select(self, entry: TakeEntry) -> None:
        if (row := self.model.row_of(entry)) >= 0:
            flags = QItemSelectionModel.SelectionFlag
            self.list.selectionModel().setCurrentIndex(self.model.index(row), flags.ClearAndSelect)

    def select_near(self) -> None:
        """Select what stands where a deleted take stood."""
        if not self.selected():
            self.list.selectionModel().select(self.list.currentIndex(), QItemSelectionModel.SelectionFlag.Select)

    # What the user does

    def selected(self) -> list[TakeEntry]:
        """The selected takes, from above."""
        return [self.model.entry(index) for index in sorted(self.list.selectionModel().selectedIndexes())]

    def _on_selected(self) -> None:
        """Keep the note that was being written and show that of the one take that is selected."""
        self.keep_note()
        chosen = self.selected()
        self._noted = chosen[0] if len(chosen) == 1 else None
        self.note.setEnabled(self._noted is not None)
        text = self._noted.note.note if self._noted is not None else ""
        if text != self.note.toPlainText():
            self.note.setPlainText(text)
        self._typing.stop()

    def keep_note(self) -> None:
        """Keep what has been typed; also called at the end of the program."""
        if self._typing.isActive() and self._noted is not None:
            self._typing.stop()
            if (entry := self._takes.entry(self._noted.path)) is not None:
                self._takes.set_note(entry, self.note.toPlainText())

    def _open(self) -> None:
        chosen = self.selected()
        if len(chosen) == 1:
            self._takes.open(chosen[0])

    def _delete(self) -> None:
        self._takes.delete(self.selected())

    def _open_folder(self) -> None:
        _show(self._takes.folder)

    def _open_trash(self) -> None:
        _show(self._takes.folder / TRASH)

    def _choose_folder(self) -> None:
        folder = self._takes.folder
        if name := QFileDialog.getExistingDirectory(self, self.tr("Folder of the recordings"), str(folder)):
            self._takes.set_folder(Path(name))

    def context_menu(self) -> QMenu:
        """What can be done with the selected takes."""
        count = len(self.selected())
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action, possible in (
            (self.open_action, count == 1),
            (self.rename_action, count == 1),
            (self.delete_action, count > 0),
        ):
            action.setEnabled(possible)
            menu.addAction(action)
        menu.addSeparator()
        stack = self._takes.undo_stack
        for action, picture in (
            (stack.createUndoAction(menu, self.tr("Undo")), "undo"),
            (stack.createRedoAction(menu, self.tr("Redo")), "redo"),
        ):
            action.setIcon(icon(picture))
            menu.addAction(action)
        menu.addSeparator()
        self.trash_action.setEnabled((self._takes.folder / TRASH).is_dir())
        menu.addAction(self.trash_action)
        return menu


class _TakesList(QListView):
    """A list with keys of its own, which says how to fill it while it is empty."""

    opened = Signal()
    deleted = Signal()
    undone = Signal()
    redone = Signal()
    menu_asked = Signal(QPoint)  # where on the screen

    def __init__(self, headline: str, explanation: str) -> None:
        super().__init__()
        self._headline, self._explanation = headline, explanation
        self.setAccessibleDescription(f"{headline}. {explanation}")
        self.setItemDelegate(TakeDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)  # F2 is ours, also where Return edits
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.doubleClicked.connect(lambda _index: self.opened.emit())

    def rename(self) -> None:
        """Let the title of the current take be typed."""
        if self.currentIndex().isValid():
            self.edit(self.currentIndex())

    def event(self, event: QEvent) -> bool:
        """Undo means the list's while it has the focus, whatever it means to the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_undoing(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        if self.state() == QAbstractItemView.State.EditingState:  # a line passes on the Return that ends it
            super().keyPressEvent(event)
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undone.emit()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redone.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.deleted.emit()
        elif event.key() == Qt.Key.Key_F2:
            self.rename()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 (Qt's name)
        self.menu_asked.emit(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        super().paintEvent(event)
        if self.model() is None or self.model().rowCount():
            return
        with QPainter(self.viewport()) as painter:
            line = self.fontMetrics().height()
            room = self.viewport().rect().adjusted(line, 0, -line, 0)
            wrapped = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            above = QRect(room)
            above.setTop(max(room.center().y() - 4 * line, line))
            sign = QRect(0, 0, 2 * line, 2 * line)
            sign.moveCenter(QPoint(room.center().x(), above.top() + line))
            paint_icon(painter, sign.toRectF(), "record", theme_of(self.palette()).faint)
            above.setTop(sign.bottom() + line // 2)
            font = painter.font()
            font.setPointSizeF(1.35 * font.pointSizeF())
            painter.setFont(font)
            painter.setPen(self.palette().text().color())
            below = QRect(room)
            below.setTop(painter.boundingRect(above, wrapped, self._headline).bottom() + line // 2)
            painter.drawText(above, wrapped, self._headline)
            painter.setFont(self.font())
            painter.setPen(self.palette().placeholderText().color())
            painter.drawText(below, wrapped, self._explanation)


class _NoteField(QPlainTextEdit):
    """Some lines of text; Tab goes on to the next field."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setFixedHeight(round(3.8 * self.fontMetrics().height()))
        self.setEnabled(False)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 (Qt's name)
        super().focusOutEvent(event)
        self.left.emit()


def _is_undoing(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)


def _show(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
