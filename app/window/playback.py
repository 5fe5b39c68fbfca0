"""The commands of the player, the trim and the processing of a file, and the bar around the timeline with some of them."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenu, QToolButton, QWidget

from app.window.action import make_action, name_action, plain_text
from app.window.icons import icon
from app.window.player import SPEEDS
from app.window.session import Session
from app.window.timeline import Timeline
from app.window.trim import Trim


class Playback(QObject):
    """Actions that act on the session by themselves, and are enabled as it allows.

    Attributes:
        play, back, forward, loop, trim_start, trim_end, trim_none, undo, redo, halt: the actions.
        speeds: exclusive choices; an action's data is the speed.
    """

    def __init__(self, window: QMainWindow, session: Session) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        player = session.player
        self.play = self._action(self.tr("&Play"), "Space", "play", self._toggle)
        self.back = self._action(self.tr("Step &back"), "Left", "step-back", lambda: player.step(-1))
        self.forward = self._action(self.tr("Step &forward"), "Right", "step-forward", lambda: player.step(1))
        self.loop = self._action(self.tr("&Loop"), "L", "loop")
        self.loop.setCheckable(True)
        self.loop.toggled.connect(player.set_loops)
        self.trim_start = self._action(self.tr("Begin the take &here"), "I", "trim-in", self._begin_here)
        self.trim_end = self._action(self.tr("&End the take here"), "O", "trim-out", self._end_here)
        self.trim_none = self._action(self.tr("&Whole take"), "Shift+I", None, self._trim_nothing)
        self.undo = self._action(self.tr("&Undo"), QKeySequence.StandardKey.Undo, "undo", session.undo_stack.undo)
        self.redo = self._action(self.tr("&Redo"), QKeySequence.StandardKey.Redo, "redo", session.undo_stack.redo)
        self.halt = self._action(self.tr("&Stop processing"), "Ctrl+.", "stop", self._halt_or_continue)
        self.speeds = QActionGroup(self)
        for speed in SPEEDS:
            action = self.speeds.addAction(self.tr("{speed} x").format(speed=f"{speed:g}"))
            action.setData(speed)
            action.setCheckable(True)
            action.setChecked(speed == player.speed)
        self.speeds.triggered.connect(lambda action: player.set_speed(action.data()))
        self.speed_menu = QMenu(self.tr("Sp&eed"), window)
        self.speed_menu.setIcon(icon("speed"))
        self.speed_menu.addActions(self.speeds.actions())
        session.changed.connect(self._follow)
        self._follow()

    def _action(
        self,
        text: str,
        shortcut: QKeySequence.StandardKey | str,
        picture: str | None,
        slot: Callable[[], object] | None = None,
    ) -> QAction:
        action = make_action(self._window, text, shortcut, picture)
        if slot is not None:
            action.triggered.connect(lambda: slot())
        return action

    def all(self) -> tuple[QAction, ...]:
        """Every action, in the order of the menus."""
        player = (self.play, self.back, self.forward, self.loop)
        return (*player, self.halt, self.trim_start, self.trim_end, self.trim_none, self.undo, self.redo)

    def fill(self, playback: QMenu, edit: QMenu) -> None:
        playback.addActions([self.play, self.back, self.forward])
        playback.addSeparator()
        playback.addAction(self.loop)
        playback.addMenu(self.speed_menu)
        playback.addSeparator()
        playback.addAction(self.halt)
        edit.addActions([self.undo, self.redo])
        edit.addSeparator()
        edit.addActions([self.trim_start, self.trim_end, self.trim_none])

    def bar(self, timeline: Timeline) -> QWidget:
        """The timeline with what belongs to it on both sides."""
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(6, 0, 6, 0)
        row.setSpacing(2)
        speed = _button(self.speed_menu.menuAction())
        speed.setMenu(self.speed_menu)
        speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        row.addWidget(_button(self.loop))
        row.addWidget(speed)
        row.addWidget(timeline, 1)
        row.addWidget(_button(self.trim_start))
        row.addWidget(_button(self.trim_end))
        return whole

    def _follow(self) -> None:
        session = self._session
        there = session.path is not None and bool(session.results)
        for action in (self.play, self.back, self.forward, self.trim_start, self.trim_end):
            action.setEnabled(there)
        self.trim_none.setEnabled(there and session.trim != Trim())
        stack = session.undo_stack
        self.undo.setEnabled(stack.canUndo())
        self.redo.setEnabled(stack.canRedo())
        self.halt.setEnabled(session.is_growing or session.can_continue)
        name_action(self.play, *((self.tr("&Pause"), "pause") if session.player.is_playing else (self.tr("&Play"), "play")))
        going_on = (
            (self.tr("&Continue processing"), "play") if session.can_continue else (self.tr("&Stop processing"), "stop")
        )
        name_action(self.halt, *going_on)

    def _toggle(self) -> None:
        player = self._session.player
        if player.is_playing:
            player.pause()
        else:
            player.play()

    def _begin_here(self) -> None:
        here, stop = self._session.player.current, self._session.trim.stop
        self._session.set_trim(Trim(here, stop if stop is None or stop > here else None), self.tr("beginning of the take"))

    def _end_here(self) -> None:
        here, start = self._session.player.current, self._session.trim.start
        self._session.set_trim(Trim(start if start <= here else 0, here + 1), self.tr("end of the take"))

    def _trim_nothing(self) -> None:
        self._session.set_trim(Trim(), self.tr("whole take"))

    def _halt_or_continue(self) -> None:
        if self._session.can_continue:
            self._session.continue_processing()
        else:
            self._session.stop_processing()


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(action.iconText() or plain_text(action.text()))
    return button
