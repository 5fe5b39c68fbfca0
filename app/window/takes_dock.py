"""Between takes, their panel and the window: when the panel comes up, and what is said of deletions."""

from collections.abc import Sequence

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDockWidget, QMainWindow

from app.recording import Recording
from app.takes import KEPT_DAYS, TRASH, TakeEntry
from app.window.banner import Banner, Banners
from app.window.session import Session
from app.window.settings import Settings
from app.window.takes import Takes
from app.window.takes_panel import TakesPanel


class TakesDock(QDockWidget):
    """Hidden until it is asked for, or until something has been recorded."""

    def __init__(self, session: Session, settings: Settings, banners: Banners, window: QMainWindow) -> None:
        super().__init__(window)
        self.setObjectName("takes")  # by which its place is remembered, in every language
        self.setWindowTitle(self.tr("Takes"))
        self._banners = banners
        self._told: Banner | None = None
        self.takes = Takes(session, settings, self)
        self.panel = TakesPanel(self.takes)
        self.setWidget(self.panel)
        self.toggleViewAction().setShortcut(QKeySequence("Ctrl+T"))
        self.hide()
        session.recorded.connect(self._on_recorded)
        self.takes.failed.connect(banners.error)
        self.takes.deleted.connect(self._on_deleted)
        self.takes.listed.connect(self._on_listed)
        self.takes.current_changed.connect(self._select_open)
        self.toggleViewAction().triggered.connect(self._on_toggled)

    def shut_down(self) -> None:
        """Keep what is being typed and wait for the threads: for the end of the program only."""
        self.panel.keep_note()
        self.takes.shut_down()
        self.panel.thumbnails.shut_down()

    def _on_recorded(self, recording: Recording) -> None:
        if recording.path is not None:
            self.show()
            self.raise_()

    def _on_toggled(self, shown: bool) -> None:
        if shown:
            self.panel.list.setFocus()

    def _on_deleted(self, entries: Sequence[TakeEntry]) -> None:
        keys = QKeySequence(QKeySequence.StandardKey.Undo).toString(QKeySequence.SequenceFormat.NativeText)
        if len(entries) == 1:
            what = self.tr("“{title}” was deleted.").format(title=entries[0].title)
        else:
            what = self.tr("{count} takes were deleted.").format(count=len(entries))
        how = self.tr("Press {keys} in the list of takes to undo that; the files are kept in {folder} for {days} days.")
        how = how.format(keys=keys, folder=self.takes.folder / TRASH, days=KEPT_DAYS)
        self._told = self._banners.info(f"{what} {how}")
        self._told_of = {entry.path for entry in entries}
        self.panel.select_near()

    def _on_listed(self) -> None:
        """What is said of a deletion goes when it has been undone; what is open is selected where nothing was yet."""
        if self._told is not None and any(self.takes.entry(path) is not None for path in self._told_of):
            told, self._told = self._told, None
            if told in self._banners.shown():
                told.closed.emit()
        if not self.panel.list.currentIndex().isValid():
            self._select_open()

    def _select_open(self) -> None:
        if (current := self.takes.current) is not None:
            self.panel.select(current)
