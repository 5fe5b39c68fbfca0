"""The batch queue as a table: one row a job."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.window.queue import BatchQueue
from app.window.queue_job import JobState, QueueJob

NAME, STATE, LEFT, RESULT = range(4)
SHARE_ROLE = Qt.ItemDataRole.UserRole
"""Of a job that runs: how much is done, from 0 to 1."""
_Index = QModelIndex | QPersistentModelIndex
_BAR_PX, _MARGIN_PX, _GROOVE_ALPHA = 6, 4, 50


def duration_text(seconds: float) -> str:
    """To two units, as one would say it."""
    whole = max(round(seconds), 0)
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours:
        return QCoreApplication.translate("Queue", "{hours} h {minutes:02} min").format(hours=hours, minutes=minutes)
    if minutes:
        return QCoreApplication.translate("Queue", "{minutes} min {seconds:02} s").format(
            minutes=minutes, seconds=whole % 60
        )
    return QCoreApplication.translate("Queue", "{seconds} s").format(seconds=whole)


class QueueModel(QAbstractTableModel):
    """Reads the queue's jobs."""

    def __init__(self, queue: BatchQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._jobs = queue.jobs  # the list that the views know, until they have been told of another
        queue.listed.connect(self._on_listed)
        queue.job_changed.connect(self._on_job_changed)
        queue.changed.connect(self._on_changed)
        self._was_held = False

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802 (Qt's name and default)
        return 0 if parent.isValid() else len(self._jobs)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802 (Qt's name and default)
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        if role != Qt.ItemDataRole.DisplayRole or orientation is not Qt.Orientation.Horizontal:
            return None
        return (self.tr("Video"), self.tr("State"), self.tr("Time left"), self.tr("Result"))[section]

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._jobs):
            return None
        job, column = self._jobs[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return (self._name, self._state, self._left, self._result)[column](job)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(job, column)
        if role == Qt.ItemDataRole.AccessibleTextRole and column == NAME:
            return f"{self._name(job)}, {self._state(job)}"
        if role == SHARE_ROLE and column == STATE and job.state is JobState.RUNNING:
            return job.share
        return None

    def _name(self, job: QueueJob) -> str:
        """Where it lies below the folder that was added."""
        return job.video.path.relative_to(job.video.root).as_posix()

    def _state(self, job: QueueJob) -> str:
        match job.state:
            case JobState.WAITING:
                return self.tr("waiting")
            case JobState.RUNNING if self._queue.is_held:
                return self.tr("paused")
            case JobState.RUNNING:
                return self._running(job)
            case JobState.DONE:
                return self.tr("done")
            case JobState.DONE_BEFORE:
                return self.tr("done before")
            case JobState.FAILED:
                return self.tr("failed")
            case JobState.CANCELLED:
                return self.tr("cancelled")

    def _running(self, job: QueueJob) -> str:
        if not job.frames_done:
            return self.tr("starting")
        if job.share is None:  # the video does not say how long it is
            return self.tr("{count} frames done").format(count=job.frames_done)
        return self.tr("running")

    def _left(self, job: QueueJob) -> str:
        if job.left_s is None or self._queue.is_held:
            return ""
        return self.tr("{time}, {fps:.0f} fps").format(time=duration_text(job.left_s), fps=job.fps)

    def _result(self, job: QueueJob) -> str:
        outcome = job.outcome
        if outcome is None:
            return ""
        if outcome.trouble or outcome.shortfall:
            return outcome.trouble or outcome.shortfall or ""
        names = ", ".join(target.name for target in outcome.targets)
        summary = outcome.summary
        if summary is None:
            return names
        if summary.sigma_mm is None:
            return self.tr("nobody was found; {files}").format(files=names)
        return self.tr("expected error {sigma_mm:.0f} mm, reprojection {reprojection_px:.1f} px; {files}").format(
            sigma_mm=summary.sigma_mm, reprojection_px=summary.reprojection_px, files=names
        )

    def _tip(self, job: QueueJob, column: int) -> str | None:
        if column == NAME:
            return str(job.video.path)
        if column == RESULT and job.outcome is not None:
            return job.outcome.trouble or "\n".join(map(str, job.outcome.targets))
        return None

    def _on_listed(self) -> None:
        self.beginResetModel()
        self._jobs = self._queue.jobs
        self.endResetModel()

    def _on_job_changed(self, row: int) -> None:
        self.dataChanged.emit(self.index(row, 0), self.index(row, RESULT))

    def _on_changed(self) -> None:
        if self._queue.is_held is not self._was_held:
            self._was_held = self._queue.is_held
            for row in range(len(self._jobs)):
                self._on_job_changed(row)


class ShareDelegate(QStyledItemDelegate):
    """Paints a bar beside the state of a job that runs."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        share = index.data(SHARE_ROLE)
        if share is None:
            super().paint(painter, option, index)
            return
        self.initStyleOption(option, index)
        text, option.text = option.text, ""
        style = option.widget.style() if option.widget is not None else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        ink = option.palette.highlightedText() if selected else option.palette.text()
        room = QRectF(option.rect).adjusted(_MARGIN_PX, 0, -_MARGIN_PX, 0)
        label = self.tr("{percent:.0f} %").format(percent=100 * share) if share else text
        width = max(option.fontMetrics.horizontalAdvance(wide) for wide in (label, "100 %"))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(ink.color())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, label)
        bar = QRectF(room.left() + width + 8, room.center().y() - _BAR_PX / 2, room.width() - width - 8, _BAR_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        groove = QColor(ink.color())
        groove.setAlpha(_GROOVE_ALPHA)
        painter.setBrush(groove)
        painter.drawRoundedRect(bar, _BAR_PX / 2, _BAR_PX / 2)
        bar.setWidth(bar.width() * share)
        painter.setBrush(ink if selected else option.palette.highlight())
        painter.drawRoundedRect(bar, _BAR_PX / 2, _BAR_PX / 2)
        painter.restore()
