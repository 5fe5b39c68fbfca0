"""The window's commands: what menus, toolbar and keys offer, and how each looks."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QToolButton, QWidget

from app.window.action import make_action, name_action
from app.window.icons import icon
from app.window.playback import Playback
from app.window.session import Session
from app.window.theme import Appearance
from app.window.translation import LANGUAGES


class Commands(QObject):
    """Actions and menus of a window; what they do is connected by the window.

    Attributes:
        open, batch, record, export, best, reset, close, quit, keys, about: the actions.
        playback: those of the player, the trim and the processing.
        cameras, recent: menus that are filled when they are opened.
        view: the menu to which what can be shown is added.
        appearances, languages: exclusive choices; an action's data is its `Appearance`, or the language's code or "".
    """

    def __init__(self, window: QMainWindow, session: Session) -> None:
        super().__init__(window)
        self._window = window
        self.playback = Playback(window, session)
        key = QKeySequence.StandardKey
        self.open = self._action(self.tr("&Open video…"), key.Open, "open")
        self.batch = self._action(self.tr("&Batch of videos…"), "Ctrl+B", "queue")
        self.record = self._action(self.tr("&Record"), "Ctrl+R", "record")
        self.export = self._action(self.tr("&Export…"), "Ctrl+E", "export")
        best_hint = self.tr("Process the open file anew: slower, with the steadiest detector and more steps")
        self.best = self._action(self.tr("Process at &best quality"), "Ctrl+Shift+B", None, best_hint)
        self.reset = self._action(self.tr("&Reset view"), "R", "reset")
        self.close = self._action(self.tr("&Close source"), key.Close, "close")
        has_custom = bool(QKeySequence.keyBindings(key.Quit))  # Windows has none
        self.quit = self._action(self.tr("&Quit"), key.Quit if has_custom else "Ctrl+Q")
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.keys = self._action(self.tr("&Keys and mouse"), "F1", "keys")
        self.about = self._action(self.tr("&About UAO Pose"), None, "info")
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self.cameras, self.recent = QMenu(self.tr("&Camera"), window), QMenu(self.tr("Open re&cent"), window)
        self.cameras.setIcon(icon("camera"))
        self.view = QMenu(self.tr("&View"), window)
        self.appearances = self._choice(
            (self.tr("As the &system"), Appearance.SYSTEM),
            (self.tr("&Light"), Appearance.LIGHT),
            (self.tr("&Dark"), Appearance.DARK),
        )
        self.languages = self._choice((self.tr("As the &system"), ""), *((name, code) for code, name in LANGUAGES.items()))

    def _action(
        self, text: str, shortcut: QKeySequence.StandardKey | str | None, picture: str | None = None, hint: str = ""
    ) -> QAction:
        return make_action(self._window, text, shortcut, picture, hint)

    def _choice(self, *entries: tuple[str, object]) -> QActionGroup:
        group = QActionGroup(self)
        for text, data in entries:
            action = group.addAction(text)
            action.setCheckable(True)
            action.setData(data)
        return group

    def all(self) -> tuple[QAction, ...]:
        """Every action, in the order of the menus."""
        file = (self.open, self.batch, self.record, self.export, self.close, self.quit)
        return (*file, *self.playback.all(), self.best, self.reset, self.keys, self.about)

    def fill_menus(self, panels: list[QAction]) -> None:
        """Build the menu bar; `panels` show and hide parts of the window."""
        bar = self._window.menuBar()
        file = bar.addMenu(self.tr("&File"))
        file.addAction(self.open)
        file.addMenu(self.recent)
        file.addAction(self.batch)
        file.addMenu(self.cameras)
        file.addAction(self.record)
        file.addSeparator()
        file.addAction(self.export)
        file.addSeparator()
        file.addActions([self.close, self.quit])
        edit, playback = bar.addMenu(self.tr("&Edit")), bar.addMenu(self.tr("&Playback"))
        self.playback.fill(playback, edit)
        playback.addAction(self.best)
        bar.addMenu(self.view)
        self.view.addActions(panels)
        for title, picture, group in (
            (self.tr("&Theme"), "theme", self.appearances),
            (self.tr("&Language"), "language", self.languages),
        ):
            menu = self.view.addMenu(icon(picture), title)
            menu.addActions(group.actions())
        self.view.addSeparator()
        self.view.addAction(self.reset)
        bar.addMenu(self.tr("&Help")).addActions([self.keys, self.about])

    def make_toolbar(self) -> QToolBar:
        bar, do = QToolBar(self.tr("Toolbar")), self.playback
        bar.setObjectName("main toolbar")
        bar.setMovable(False)
        side = round(1.35 * bar.fontMetrics().height())
        bar.setIconSize(QSize(side + side // 3, side))  # the drawings are square: room before the text
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        camera = QToolButton()
        camera.setText(self.tr("Camera"))
        camera.setToolTip(self.tr("Choose a webcam"))
        camera.setIcon(icon("camera"))
        camera.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        camera.setMenu(self.cameras)
        bar.addAction(self.open)
        bar.addWidget(camera)
        bar.addAction(self.record)
        bar.addSeparator()
        bar.addActions([do.back, do.play, do.forward])
        bar.addSeparator()
        bar.addActions([self.export, self.reset])
        camera.setToolButtonStyle(bar.toolButtonStyle())
        for action in (do.back, do.forward):
            button = bar.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        for button in bar.findChildren(QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # Qt leaves toolbars out; a click still leaves the focus alone
        return bar

    def toolbar_order(self, bar: QToolBar, after: QWidget) -> None:
        """Let Tab go through the toolbar from left to right, then to `after`."""
        buttons = [button for action in bar.actions() if isinstance(button := bar.widgetForAction(action), QToolButton)]
        for one, next_ in zip(buttons, [*buttons[1:], after], strict=True):
            QWidget.setTabOrder(one, next_)

    def show_recording(self, recording: bool) -> None:
        text, picture = (self.tr("Stop &recording"), "stop") if recording else (self.tr("&Record"), "record")
        name_action(self.record, text, picture)

    def list_recent(self, paths: list[Path], chosen: Callable[[Path], object]) -> None:
        """Fill the menu of recent files."""
        self.recent.clear()
        for path in paths:
            action = self.recent.addAction(path.name.replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(lambda _checked=False, path=path: chosen(path))
        if not paths:
            self.recent.addAction(self.tr("Nothing yet")).setEnabled(False)
