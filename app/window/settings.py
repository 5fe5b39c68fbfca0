"""What the window remembers from one day to the next, kept per user by Qt."""

import contextlib
from pathlib import Path
from urllib.parse import quote

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QMainWindow

from app.camera import CameraMode
from app.stored_settings import open_settings
from app.video_trouble import is_file
from app.window.theme import Appearance

_MOST_RECENT = 8


class Settings:
    """Size and panels of the window, the files opened last, theme and language, and how each camera was asked to deliver."""

    def __init__(self) -> None:
        self._stored = open_settings("window")

    def recent(self) -> list[Path]:
        """Files that were opened last and are still there, the newest first."""
        stored = self._stored.value("recent", [])
        names = [stored] if isinstance(stored, str) else stored if isinstance(stored, list) else []
        return [Path(name) for name in names if isinstance(name, str) and is_file(Path(name))]

    def add_recent(self, path: Path) -> None:
        path = path.absolute()
        paths = [path, *(other for other in self.recent() if other != path)]
        self._stored.setValue("recent", [str(p) for p in paths[:_MOST_RECENT]])

    def appearance(self) -> Appearance:
        stored = self._stored.value("appearance")
        return next((appearance for appearance in Appearance if appearance.value == stored), Appearance.SYSTEM)

    def set_appearance(self, appearance: Appearance) -> None:
        self._stored.setValue("appearance", appearance.value)

    def language(self) -> str | None:
        """The code of the language that was chosen, as `zh_CN`; None: the system's."""
        stored = self._stored.value("language")
        return stored if isinstance(stored, str) and stored else None

    def set_language(self, code: str | None) -> None:
        self._stored.setValue("language", code or "")

    def recordings_folder(self) -> Path | None:
        """The folder that was chosen for recordings; None: the usual one."""
        stored = self._stored.value("recordings_folder")
        return Path(stored) if isinstance(stored, str) and stored and "\0" not in stored else None

    def set_recordings_folder(self, folder: Path) -> None:
        self._stored.setValue("recordings_folder", str(folder))

    def batch(self) -> str:
        """The batch queue, as `QueueStore` wrote it."""
        stored = self._stored.value("batch", "")
        return stored if isinstance(stored, str) else ""

    def store_batch(self, content: str) -> None:
        self._stored.setValue("batch", content)

    def camera_mode(self, name: str) -> CameraMode:
        """What the camera of this name was asked for last; its own choice where nothing is known."""
        words = str(self._stored.value(_camera_key(name), "")).split()
        with contextlib.suppress(ValueError):
            width, height, fps = (float(word) for word in words)
            if 0 <= width < 1e5 and 0 <= height < 1e5 and 0 <= fps < 1e4:
                return CameraMode(int(width) or None, int(height) or None, fps or None)
        return CameraMode()

    def remember_camera(self, name: str, mode: CameraMode) -> None:
        width, height = mode.size or (0, 0)
        self._stored.setValue(_camera_key(name), f"{width} {height} {mode.fps or 0:g}")

    def words(self, group: str) -> dict[str, str]:
        """What was kept under a name; empty where there is nothing."""
        self._stored.beginGroup(group)
        words = {key: value for key in self._stored.childKeys() if isinstance(value := self._stored.value(key), str)}
        self._stored.endGroup()
        return words

    def set_words(self, group: str, words: dict[str, str]) -> None:
        for key, value in words.items():
            self._stored.setValue(f"{group}/{key}", value)

    def restore(self, window: QMainWindow) -> None:
        """Bring size and panels back as they were; what is damaged or missing changes nothing."""
        geometry, state = self._stored.value("geometry"), self._stored.value("state")
        if isinstance(geometry, QByteArray) and isinstance(state, QByteArray):
            window.restoreGeometry(geometry)
            window.restoreState(state)

    def store(self, window: QMainWindow) -> None:
        self._stored.setValue("geometry", window.saveGeometry())
        self._stored.setValue("state", window.saveState())
        self.flush()

    def flush(self) -> None:
        """Put on disk what was set; Qt does so by itself, but not where the process ends without it."""
        self._stored.sync()


def _camera_key(name: str) -> str:
    """Slashes in a key make folders, and names of cameras hold what their makers like."""
    return f"cameras/{quote(name, safe='')}"
