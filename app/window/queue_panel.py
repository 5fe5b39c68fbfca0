"""The panel of the batch queue: its jobs, where results go, and the buttons that rule it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QPoint, QRect, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QDragEnterEvent, QDropEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QProgressBar,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.videos import VIDEO_SUFFIXES
from app.window.dropping import dropped_paths
from app.window.elided import ElidedButton, ElidedLabel
from app.window.flow import Flow
from app.window.format_words import described
from app.window.layout import button
from app.window.queue import BatchQueue
from app.window.queue_job import JobState, QueueJob
from app.window.queue_model import LEFT, NAME, RESULT, STATE, QueueModel, ShareDelegate, duration_text
from uao_core.export import FORMATS, Format


def video_filter(videos: str, everything: str) -> str:
    """What file dialogs offer, from the names of the two choices."""
    return f"{videos} ({' '.join(f'*{suffix}' for suffix in VIDEO_SUFFIXES)});;{everything} (*)"


class _Table(QTableView):
    """A table that says what it is for while it is empty."""

    def __init__(self, headline: str, explanation: str) -> None:
        super().__init__()
        self._headline, self._explanation = headline, explanation

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        super().paintEvent(event)
        if self.model() is None or self.model().rowCount():
            return
        with QPainter(self.viewport()) as painter:
            room = self.viewport().rect().adjusted(24, 8, -24, -8)
            font = painter.font()
            font.setPointSizeF(1.35 * font.pointSizeF())
            upper, lower = QRect(room), QRect(room)
            upper.setBottom(room.center().y())
            lower.setTop(room.center().y() + 6)
            painter.setPen(self.palette().placeholderText().color())
            below = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(lower, below, self._explanation)
            painter.setPen(self.palette().text().color())
            painter.setFont(font)
            painter.drawText(upper, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, self._headline)


class QueuePanel(QWidget):
    """Shows the queue and hands it what the user asks for."""

    review_asked = Signal(object)  # Path of a video that is done

    def __init__(self, queue: BatchQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self.setAcceptDrops(True)
        self.setAccessibleName(self.tr("Batch of videos"))
        self.add_files = button(self.tr("Add &files…"), self._choose_files)
        self.add_folder = button(self.tr("Add f&older…"), self._choose_folder)
        self.add_folder.setToolTip(self.tr("All videos in a folder and in the folders in it."))
        self.start = button(self.tr("&Start"), self._toggle)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName(self.tr("Progress of all videos"))
        self.status = ElidedLabel()
        self.status.setAccessibleName(self.tr("State of the batch"))
        self.target = ElidedButton()
        self.target.clicked.connect(lambda _checked=False: self._choose_target())
        self.target.setAccessibleName(self.tr("Folder of the results"))
        self.formats = {each.name: self._format_box(each) for each in FORMATS}
        self.overwrite = QCheckBox(self.tr("Over&write"))
        self.overwrite.setToolTip(self.tr("Also process what was done before from the same video with the same settings."))
        self.overwrite.setChecked(queue.overwrite)
        self.overwrite.toggled.connect(queue.set_overwrite)
        self.model = QueueModel(queue, self)
        self.table = self._make_table()
        self._lay_out()
        self._make_actions()
        self.model.modelAboutToBeReset.connect(self._remember_selection)
        self.model.modelReset.connect(self._restore_selection)
        queue.changed.connect(self._on_changed)
        self._on_changed()

    # Building

    def _format_box(self, kind: Format) -> QCheckBox:
        box = QCheckBox(kind.name.upper())
        box.setToolTip(described(kind))
        box.setChecked(kind.name in self._queue.formats)
        box.toggled.connect(lambda _on: self._queue.set_formats(tuple(e for e, b in self.formats.items() if b.isChecked())))
        return box

    def _make_table(self) -> QTableView:
        table = _Table(
            self.tr("Drop videos or a folder here"),
            self.tr("They are processed one after the other. The results go to the folder below."),
        )
        table.setModel(self.model)
        table.setItemDelegateForColumn(STATE, ShareDelegate(table))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.setAccessibleName(self.tr("Videos"))
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._show_menu)
        table.doubleClicked.connect(lambda _index: self._review())
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        for column, letters in ((NAME, 28), (STATE, 20), (LEFT, 18)):
            header.resizeSection(column, letters * self.fontMetrics().averageCharWidth())
        header.setSectionResizeMode(RESULT, QHeaderView.ResizeMode.Stretch)
        table.setMinimumHeight(4 * self.fontMetrics().height())
        return table

    def _lay_out(self) -> None:
        above, below, target = QHBoxLayout(), Flow(), QWidget()
        above.addWidget(self.add_files)
        above.addWidget(self.add_folder)
        above.addStretch(1)
        above.addWidget(self.status)
        above.addWidget(self.progress)
        above.addWidget(self.start)
        label = QLabel(self.tr("&Results to"))
        label.setBuddy(self.target)
        row = QHBoxLayout(target)
        row.setContentsMargins(0, 0, 6, 0)
        row.addWidget(label)
        row.addWidget(self.target)
        below.addWidget(target)
        for box in (*self.formats.values(), self.overwrite):
            below.addWidget(box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 8)
        layout.addLayout(above)
        layout.addWidget(self.table, 1)
        layout.addLayout(below)

    def _make_actions(self) -> None:
        self.review = self._action(self.tr("&Open video"), self._review, "Return", "Enter")
        self.show_folder = self._action(self.tr("Open &folder of results"), self._open_folder)
        self.retry = self._action(self.tr("&Try again"), lambda: self._queue.retry(self.selected()))
        self.again = self._action(self.tr("&Process again"), lambda: self._queue.retry(self.selected()))
        self.cancel = self._action(self.tr("&Cancel"), lambda: self._queue.cancel(self.selected()))
        self.up = self._action(self.tr("Move &up"), lambda: self._move(-1), "Alt+Up")
        self.down = self._action(self.tr("Move &down"), lambda: self._move(1), "Alt+Down")
        self.remove = self._action(self.tr("&Remove"), lambda: self._queue.remove(self.selected()), "Del", "Backspace")
        self.retry_all = self._action(self.tr("Try all that failed a&gain"), self._retry_failed)
        self.clear = self._action(self.tr("Remove all that are &done"), self._queue.clear_finished)

    def _action(self, text: str, slot: Callable[[], object], *keys: str) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda _checked=False: slot())
        self.table.addAction(action)
        return action

    # What the queue says

    def _on_changed(self) -> None:
        queue = self._queue
        self.start.setText(self.tr("&Cancel") if queue.is_running else self.tr("&Start"))
        self.start.setEnabled(queue.can_start or (queue.is_running and not queue.is_stopping))
        self.status.setText(self._status_text())
        self.progress.setVisible(queue.is_running)
        self.progress.setValue(round(1000 * queue.share))
        folder = self.tr("Choose a folder…") if queue.target is None else str(queue.target)
        self.target.setText(folder.replace("&", "&&"))
        self.target.setToolTip(folder)
        for widget in (self.target, self.overwrite, *self.formats.values()):
            widget.setEnabled(not queue.is_running)

    def _status_text(self) -> str:
        queue = self._queue
        if queue.is_finding:
            return self.tr("Looking for videos…")
        if queue.is_stopping:
            return self.tr("Stopping…")
        if queue.is_running and queue.is_held:
            return self.tr("Paused while a camera is live")
        good, failed = queue.count(JobState.DONE, JobState.DONE_BEFORE), queue.count(JobState.FAILED)
        text = self.tr("{good} of {count} done").format(good=good, count=len(queue.jobs)) if queue.jobs else ""
        if failed:
            text += self.tr(", {failed} failed").format(failed=failed)
        if queue.left_s is not None:
            text += self.tr(", {time} left").format(time=duration_text(queue.left_s))
        if queue.jobs and not queue.formats:
            text = self.tr("Choose a format to write")
        return text

    # What the user does

    def selected(self) -> list[int]:
        """Rows of the selected jobs, from above."""
        return sorted(index.row() for index in self.table.selectionModel().selectedRows())

    def _select(self, rows: list[int]) -> None:
        selection = self.table.selectionModel()
        flags = QItemSelectionModel.SelectionFlag
        for row in rows:
            selection.setCurrentIndex(self.model.index(row, NAME), flags.Select | flags.Rows)

    def _selected_jobs(self) -> list[QueueJob]:
        return [self._queue.jobs[row] for row in self.selected()]

    def _remember_selection(self) -> None:
        self._kept = {self.model.index(row, NAME).data(Qt.ItemDataRole.ToolTipRole) for row in self.selected()}

    def _restore_selection(self) -> None:
        self._select([row for row, job in enumerate(self._queue.jobs) if str(job.video.path) in self._kept])

    def _choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self, self.tr("Add videos"), "", video_filter(self.tr("Videos"), self.tr("All files"))
        )
        if names:
            self._queue.add([Path(name) for name in names])

    def _choose_folder(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, self.tr("Add the videos of a folder")):
            self._queue.add([Path(name)])

    def _choose_target(self) -> None:
        before = "" if self._queue.target is None else str(self._queue.target)
        if name := QFileDialog.getExistingDirectory(self, self.tr("Folder of the results"), before):
            self._queue.set_target(Path(name))

    def _toggle(self) -> None:
        if self._queue.is_running:
            self._queue.stop()
            return
        if self._queue.target is None:
            self._choose_target()
        if self._queue.target is not None:
            self._queue.start()

    def _review(self) -> None:
        done = [job for job in self._selected_jobs() if job.state.is_good]
        if done:
            self.review_asked.emit(done[0].video.path)

    def _open_folder(self) -> None:
        for outcome in [job.outcome for job in self._selected_jobs() if job.outcome is not None][:1]:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(outcome.targets[0].parent)))

    def _move(self, by: int) -> None:
        if len(rows := self.selected()) == 1:
            self._queue.move(rows[0], by)

    def _retry_failed(self) -> None:
        self._queue.retry([row for row, job in enumerate(self._queue.jobs) if job.state is JobState.FAILED])

    def _show_menu(self, where: QPoint) -> None:
        self.context_menu().popup(self.table.viewport().mapToGlobal(where))

    def context_menu(self) -> QMenu:
        """What can be done with the selected jobs, and with all."""
        jobs = self._selected_jobs()
        states = {job.state for job in jobs}
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        good = any(state.is_good for state in states)
        if good:
            menu.addActions([self.review, self.show_folder, self.again])
        if states & {JobState.FAILED, JobState.CANCELLED}:
            menu.addAction(self.retry)
        if states & {JobState.WAITING, JobState.RUNNING}:
            menu.addAction(self.cancel)
        if len(jobs) == 1:
            menu.addActions([self.up, self.down])
        if jobs:
            menu.addAction(self.remove)
            menu.addSeparator()
        menu.addActions([self.retry_all, self.clear])
        self.retry_all.setEnabled(bool(self._queue.count(JobState.FAILED)))
        self.clear.setEnabled(bool(self._queue.count(JobState.DONE, JobState.DONE_BEFORE)))
        return menu

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 (Qt's name)
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 (Qt's name)
        self._queue.add(dropped_paths(event.mimeData()))
        event.acceptProposedAction()
