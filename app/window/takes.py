"""The takes in the folder of the recordings, without any widget: what there is, what is said of it, what can be undone."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.takes import TakeEntry, Trashed, read_note, restore, take_at, trash, write_note
from app.window.session import Session
from app.window.settings import Settings
from app.window.takes_workers import TakesReader
from app.window.trim import Trim
from app.window.workers import end_workers
from uao_core.errors import UaoError

_SETTLE_MS = 250
"""After a change of the folder, or of the trim, until it is looked at: more may follow."""
_TRIES, _RETRY_MS = 20, 100
"""Windows moves no file that somebody reads, and readers take a moment to let go."""


class Takes(QObject):
    """Reads the folder on a thread of its own, when `reload` is called and from then on whenever it changes.

    Attributes:
        entries: the takes as they were found last, the newest first.
        undo_stack: titles, notes and deletions; trims are undone by the session.
    """

    listed = Signal()  # `entries` or `folder` differ
    current_changed = Signal()
    deleted = Signal(object)  # tuple of TakeEntry
    failed = Signal(str)

    def __init__(self, session: Session, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        if (folder := settings.recordings_folder()) is not None:
            session.recordings_folder = folder
        self.entries: tuple[TakeEntry, ...] = ()
        self.undo_stack = QUndoStack(self)
        self._reader: TakesReader | None = None
        self._is_stale = False  # what is being read has changed meanwhile
        self._has_ended = False
        self._open: tuple[Path, Trim] | None = None  # in the session, as last seen
        self._is_kept = False  # whether what is open is a take that keeps its trim
        self._unsaved: tuple[Path, Trim] | None = None
        self._watcher = QFileSystemWatcher(self)
        self._settling, self._trimming = self._timer(self.reload), self._timer(self._save_trim)
        self._watcher.directoryChanged.connect(self._settling.start)
        session.recorded.connect(lambda _recording: self.reload())
        session.changed.connect(self._on_session)

    def _timer(self, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(_SETTLE_MS)
        timer.timeout.connect(slot)
        return timer

    # What is true now

    @property
    def folder(self) -> Path:
        """Where the webcam is recorded to."""
        return self._session.recordings_folder

    @property
    def current(self) -> TakeEntry | None:
        """The take that is open."""
        return self.entry(self._session.path.absolute()) if self._session.path is not None else None

    def entry(self, path: Path) -> TakeEntry | None:
        return next((entry for entry in self.entries if entry.path == path), None)

    # What the user does

    def open(self, entry: TakeEntry) -> None:
        """Process and play a take, trimmed as it was left."""
        self._session.open_file(entry.path)

    def rename(self, entry: TakeEntry, title: str) -> None:
        """Call a take something else; its files keep their name. An empty title is that name."""
        title = " ".join(title.split())
        title = "" if title == entry.path.stem else title
        self._edit(entry, self.tr("renaming of {title}").format(title=entry.title), title=title)

    def set_note(self, entry: TakeEntry, note: str) -> None:
        self._edit(entry, self.tr("note on {title}").format(title=entry.title), note=note)

    def delete(self, entries: Sequence[TakeEntry]) -> None:
        """Move takes to the trash in their folder; what is open of them is closed."""
        if entries:
            self._close([entry.path for entry in entries])
            self._delete(tuple(entries), [], _TRIES)

    def set_folder(self, folder: Path) -> None:
        """Record to another folder from now on, and list what is in it."""
        if not os.access(folder, os.W_OK):
            self.failed.emit(self.tr("Nothing can be recorded to {folder}; choose another folder.").format(folder=folder))
            return
        self._save_trim()
        self._session.recordings_folder = folder
        self._settings.set_recordings_folder(folder)
        self.entries = ()
        self.undo_stack.clear()
        self._look_at_open()
        self.listed.emit()
        self.reload()

    def reload(self) -> None:
        """Read the folder again."""
        if self._reader is not None:
            self._is_stale = True
            return
        if self._session.is_recording or self._has_ended:
            return  # the newest take is not one yet; its end is told
        self._reader, self._is_stale = TakesReader(self.folder), False
        self._reader.listed.connect(self._on_listed)
        self._reader.failed.connect(self.failed)
        self._reader.finished.connect(self._on_read)
        self._reader.start()

    def shut_down(self) -> None:
        """Keep what is not yet kept and wait for the thread: for the end of the program only."""
        self._save_trim()
        self._has_ended = True
        if self._reader is not None:
            end_workers([self._reader])

    # Titles, notes and trims

    def _edit(self, entry: TakeEntry, what: str, **after: Any) -> None:
        before = {name: getattr(entry.note, name) for name in after}
        if before != after and self._write(entry.path, after):
            self.undo_stack.push(
                _Change(what, lambda: self._write(entry.path, before), lambda: self._write(entry.path, after))
            )

    def _write(self, path: Path, fields: dict[str, Any]) -> bool:
        """Change some of what is said of a take; whether that worked."""
        try:
            note = replace(read_note(path), **fields)
            write_note(path, note)
        except UaoError as error:
            self.failed.emit(str(error))
            self.listed.emit()  # a view may show what was typed
            return False
        self._put([replace(entry, note=note) if entry.path == path else entry for entry in self.entries])
        return True

    def _put(self, entries: Sequence[TakeEntry]) -> None:
        """Show what has changed without waiting for the folder."""
        self._is_stale = True
        self.entries = tuple(entries)
        self.listed.emit()

    def _on_session(self) -> None:
        session = self._session
        now = (session.path.absolute(), session.trim) if session.path is not None else None
        if now == self._open:
            return
        before, self._open = self._open, now
        if before is None or now is None or before[0] != now[0]:
            self._save_trim()
            self._look_at_open()
            self.current_changed.emit()
        elif self._is_kept:
            self._unsaved = now
            self._trimming.start()

    def _look_at_open(self) -> None:
        self._is_kept = self._open is not None and self._session.is_whole and take_at(self._open[0], self.folder) is not None

    def _save_trim(self) -> None:
        self._trimming.stop()
        if self._unsaved is not None:
            (path, trim), self._unsaved = self._unsaved, None
            self._write(path, {"trim_start": trim.start, "trim_stop": trim.stop})

    # Deletion

    def _close(self, paths: Sequence[Path]) -> None:
        if self._session.path is not None and self._session.path.absolute() in paths:
            self._session.close_source()

    def _delete(self, entries: tuple[TakeEntry, ...], done: list[Trashed], tries: int) -> None:
        """Go on with a deletion of which some takes are in the trash already."""
        try:
            for entry in entries[len(done) :]:
                done.append(trash(entry.path))
        except UaoError as error:
            if isinstance(error.__cause__, PermissionError) and tries > 0:
                QTimer.singleShot(_RETRY_MS, self, lambda: self._delete(entries, done, tries - 1))
                return
            self.failed.emit(str(error))
        gone = entries[: len(done)]
        if not gone:
            return
        if len(gone) == 1:
            what = self.tr("deletion of {title}").format(title=gone[0].title)
        else:
            what = self.tr("deletion of {count} takes").format(count=len(gone))
        self.undo_stack.push(_Change(what, lambda: self._restore(done), lambda: self._trash_again(gone, done)))
        self._leave_out(gone)

    def _trash_again(self, entries: Sequence[TakeEntry], done: list[Trashed]) -> bool:
        self._close([entry.path for entry in entries])
        done.clear()
        try:
            for entry in entries:
                done.append(trash(entry.path))
        except UaoError as error:
            self.failed.emit(str(error))
            self._restore(done)
            return False
        self._leave_out(entries)
        return True

    def _restore(self, done: Sequence[Trashed]) -> bool:
        is_good = True
        for trashed in done:
            try:
                restore(trashed)
            except UaoError as error:
                self.failed.emit(str(error))
                is_good = False
        self.reload()
        return is_good

    def _leave_out(self, gone: Sequence[TakeEntry]) -> None:
        paths = {entry.path for entry in gone}
        self._put([entry for entry in self.entries if entry.path not in paths])
        self.deleted.emit(tuple(gone))

    # What the thread and the session report

    def _on_listed(self, folder: Path, entries: tuple[TakeEntry, ...]) -> None:
        if self._is_stale or folder != self.folder:
            self._is_stale = True
            return
        self._watch(folder)
        if entries != self.entries:
            self.entries = entries
            self.listed.emit()

    def _on_read(self) -> None:
        assert self._reader is not None
        self._reader.deleteLater()
        self._reader = None
        if self._is_stale:
            self.reload()

    def _watch(self, folder: Path) -> None:
        watched = self._watcher.directories()
        if watched != [str(folder)]:
            if watched:
                self._watcher.removePaths(watched)
            if folder.is_dir():
                self._watcher.addPath(str(folder))


class _Change(QUndoCommand):
    """A change that has been made when it is pushed; `undo` and `redo` say whether they worked."""

    def __init__(self, what: str, undo: Callable[[], bool], redo: Callable[[], bool]) -> None:
        super().__init__(what)
        self._undo, self._redo = undo, redo
        self._is_made = False

    def redo(self) -> None:
        if self._is_made and not self._redo():
            self.setObsolete(True)
        self._is_made = True

    def undo(self) -> None:
        if not self._undo():
            self.setObsolete(True)
