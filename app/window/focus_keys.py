"""Lets the control that has the focus use its own keys where the window has given them a meaning."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QTabBar,
    QWidget,
)

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_SPACE = (Qt.Key.Key_Space,)
_EDITING = (*_ARROWS, *_SPACE, Qt.Key.Key_Home, Qt.Key.Key_End)
_OWN_KEYS: tuple[tuple[type[QWidget], tuple[Qt.Key, ...]], ...] = (
    (QAbstractButton, _SPACE),
    (QAbstractSlider, _EDITING),
    (QAbstractSpinBox, _EDITING),
    (QComboBox, _EDITING),
    (QAbstractItemView, _EDITING),
    (QTabBar, _ARROWS),
)


class FocusKeys(QObject):
    """Space presses the button that has the focus, and arrows move the slider, before they play and step.

    Qt asks the focused widget before it fires a shortcut, and these widgets do not claim their keys. Only the widget that
    has the focus is watched: a filter over the whole program would see every event of it.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus)

    def _on_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if new is not None and isinstance(new, tuple(kind for kind, _ in _OWN_KEYS)):
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if plain and any(isinstance(watched, kind) and event.key() in keys for kind, keys in _OWN_KEYS):
                event.accept()
                return True
        return False
