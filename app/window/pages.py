"""The middle of the window: welcome, waiting, or the player, whichever fits what is open."""

from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from app.window.session import Session
from app.window.settings import Settings
from app.window.waiting import WaitingPage
from app.window.webcam import Webcam
from app.window.welcome import WelcomePage


class Pages(QStackedWidget):
    """Turns to the page that a session is at, and hands on the focus of the page that goes.

    Args:
        player: video, 3D view and timeline.
        focus: what of the player gets the focus.
        settings: the files opened last, for the welcome.
    """

    def __init__(self, player: QWidget, focus: QWidget, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._player, self._focus, self._settings = player, focus, settings
        self.camera_names: dict[int, str] = {}  # of those that were offered
        self.welcome, self.waiting = WelcomePage(), WaitingPage()
        for page in (self.welcome, self.waiting, player):
            self.addWidget(page)
        self.welcome.show_recent(settings.recent())

    def show_session(self, session: Session) -> None:
        if session.path is None and session.webcam is None:
            self._turn_to(self.welcome, self.welcome.open)
        elif not (session.results or session.is_complete or session.can_continue or _shows(session.webcam)):
            if session.path is not None:
                self.waiting.wait_for_file(session.path.name)
            else:
                index = session.webcam.camera[0] if session.webcam is not None else -1
                self.waiting.wait_for_camera(self.camera_names.get(index, ""))
            self._turn_to(self.waiting, self.waiting.cancel)
        else:
            self._turn_to(self._player, self._focus)

    def _turn_to(self, page: QWidget, focus: QWidget) -> None:
        before, focused = self.currentWidget(), QApplication.focusWidget()
        if page is before:
            return
        if page is self.welcome:
            self.welcome.show_recent(self._settings.recent())
        self.setCurrentWidget(page)
        if focused is None or before is None or before.isAncestorOf(focused):  # not from a panel in which somebody is typing
            focus.setFocus()


def _shows(webcam: Webcam | None) -> bool:
    """Whether a first picture has come."""
    return webcam is not None and webcam.figures.pictures > 0
