"""Theme and language: the menus' choices, and what is remembered of them."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QApplication

from app.window.settings import Settings
from app.window.theme import apply_theme


class Preferences(QObject):
    """A theme is put on at once, a language with the next start: `tell` says so.

    Args:
        appearances, languages: exclusive actions; their data is an `Appearance`, or a language's code or "".
    """

    def __init__(
        self,
        settings: Settings,
        appearances: QActionGroup,
        languages: QActionGroup,
        tell: Callable[[str], object],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings, self._tell = settings, tell
        for group, chosen in ((appearances, settings.appearance()), (languages, settings.language() or "")):
            for action in group.actions():
                action.setChecked(action.data() == chosen)
        appearances.triggered.connect(self._choose_appearance)
        languages.triggered.connect(self._choose_language)

    def _choose_appearance(self, chosen: QAction) -> None:
        self._settings.set_appearance(chosen.data())
        app = QApplication.instance()
        if isinstance(app, QApplication):
            apply_theme(app, chosen.data())

    def _choose_language(self, chosen: QAction) -> None:
        self._settings.set_language(chosen.data() or None)
        self._tell(self.tr("The language changes when the program is started anew."))
