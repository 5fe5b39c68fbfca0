"""What the window remembers from one day to the next, kept per user by Qt."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow

_MOST_RECENT = 8


class Settings:
    """Size and panels of the window, and the files that were opened last."""

    def __init__(self) -> None:
        self._stored = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "uao-pose", "window")

    def recent(self) -> list[Path]:
        """Files that were opened last and are still there, the newest first."""
        stored = self._stored.value("recent", [])
        names = [stored] if isinstance(stored, str) else stored if isinstance(stored, list) else []
        return [Path(name) for name in names if isinstance(name, str) and Path(name).is_file()]

    def add_recent(self, path: Path) -> None:
        path = path.absolute()
        paths = [path, *(other for other in self.recent() if other != path)]
        self._stored.setValue("recent", [str(p) for p in paths[:_MOST_RECENT]])

    def restore(self, window: QMainWindow) -> None:
        """Bring size and panels back as they were; what is damaged or missing changes nothing."""
        geometry, state = self._stored.value("geometry"), self._stored.value("state")
        if isinstance(geometry, QByteArray) and isinstance(state, QByteArray):
            window.restoreGeometry(geometry)
            window.restoreState(state)

    def store(self, window: QMainWindow) -> None:
        self._stored.setValue("geometry", window.saveGeometry())
        self._stored.setValue("state", window.saveState())
        self._stored.sync()
