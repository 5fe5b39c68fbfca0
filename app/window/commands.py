"""The window's commands: what menus, toolbar and keys offer, and how each looks."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QToolButton

from app.window.icons import icon


class Commands:
    """Actions and menus of a window; what they do is connected by the window.

    Attributes:
        open, record, export, play, back, forward, reset, close, quit, ghost, keys: the actions.
        cameras, recent: menus that are filled when they are opened.
    """

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._colour = window.palette().text().color()
        key = QKeySequence.StandardKey
        self.open = self._action("&Open video…", key.Open, "open")
        self.record = self._action("&Record", "Ctrl+R", "record")
        self.export = self._action("&Export…", "Ctrl+E", "export")
        self.play = self._action("&Play", "Space", "play")
        self.back = self._action("Step &back", "Left", "step-back")
        self.forward = self._action("Step &forward", "Right", "step-forward")
        self.reset = self._action("&Reset view", "R", "reset")
        self.close = self._action("&Close source", key.Close)
        self.quit = self._action("&Quit", key.Quit)
        self.ghost = self._action("Pose before &UAO", "G")
        self.ghost.setCheckable(True)
        self.ghost.setToolTip("Draw the lifter's estimate as thin lines, to see what the optimization changed")
        self.keys = self._action("&Keys and mouse", "F1")
        self.cameras, self.recent = QMenu("&Camera", window), QMenu("Open re&cent", window)

    def _action(self, text: str, shortcut: QKeySequence.StandardKey | str, picture: str | None = None) -> QAction:
        action = QAction(text, self._window)
        action.setShortcut(QKeySequence(shortcut))
        plain = text.replace("&", "").rstrip("…")
        action.setIconText(plain)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{plain} ({keys})" if keys else plain)
        if picture is not None:
            action.setIcon(icon(picture, self._colour))
        return action

    def all(self) -> tuple[QAction, ...]:
        """Every action, in the order of the menus."""
        player = (self.play, self.back, self.forward)
        return (self.open, self.record, self.export, self.close, self.quit, *player, self.reset, self.ghost, self.keys)

    def fill_menus(self, panels: list[QAction]) -> None:
        """Build the menu bar; `panels` show and hide parts of the window."""
        bar = self._window.menuBar()
        file = bar.addMenu("&File")
        file.addAction(self.open)
        file.addMenu(self.recent)
        file.addMenu(self.cameras)
        file.addAction(self.record)
        file.addSeparator()
        file.addAction(self.export)
        file.addSeparator()
        file.addActions([self.close, self.quit])
        bar.addMenu("&Playback").addActions([self.play, self.back, self.forward])
        view = bar.addMenu("&View")
        view.addActions(panels)
        view.addSeparator()
        view.addActions([self.ghost, self.reset])
        bar.addMenu("&Help").addAction(self.keys)

    def make_toolbar(self) -> QToolBar:
        bar = QToolBar("Main")
        bar.setObjectName("main toolbar")
        bar.setMovable(False)
        bar.setIconSize(QSize(22, 22))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        camera = QToolButton()
        camera.setText("Camera")
        camera.setToolTip("Choose a webcam")
        camera.setIcon(icon("camera", self._colour))
        camera.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        camera.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        camera.setMenu(self.cameras)
        bar.addAction(self.open)
        bar.addWidget(camera)
        bar.addAction(self.record)
        bar.addSeparator()
        bar.addActions([self.back, self.play, self.forward])
        for action in (self.back, self.forward):
            button = bar.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        bar.addSeparator()
        bar.addActions([self.export, self.reset])
        return bar

    def show_playing(self, playing: bool) -> None:
        self._look(self.play, *(("pause", "Pause") if playing else ("play", "Play")))

    def show_recording(self, recording: bool) -> None:
        self._look(self.record, *(("stop", "Stop recording") if recording else ("record", "Record")))

    def _look(self, action: QAction, picture: str, text: str) -> None:
        if action.iconText() != text:
            action.setIcon(icon(picture, self._colour))
            action.setIconText(text)

    def list_recent(self, paths: list[Path], chosen: Callable[[Path], object]) -> None:
        """Fill the menu of recent files."""
        self.recent.clear()
        for path in paths:
            action = self.recent.addAction(path.name)
            action.setToolTip(str(path))
            action.triggered.connect(lambda _checked=False, path=path: chosen(path))
        if not paths:
            self.recent.addAction("Nothing yet").setEnabled(False)
