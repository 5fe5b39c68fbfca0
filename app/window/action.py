"""Actions with a name, keys, an icon, and a tooltip that tells the keys."""

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.window.icons import icon


def make_action(
    owner: QWidget, text: str, shortcut: QKeySequence.StandardKey | str | None, picture: str | None = None, hint: str = ""
) -> QAction:
    """An action of a window.

    Args:
        picture: one of `app.window.icons`.
        hint: says in the tooltip what the name does not.
    """
    action = QAction(owner)
    if isinstance(shortcut, QKeySequence.StandardKey):
        keys = QKeySequence.keyBindings(shortcut)  # those without a modifier are on remote controls
        action.setShortcuts([each for each in keys if "+" in each.toString()])
    elif shortcut is not None:
        action.setShortcut(QKeySequence(shortcut))
    name_action(action, text, picture, hint)
    return action


def name_action(action: QAction, text: str, picture: str | None = None, hint: str = "") -> None:
    """Text of the menu, of the toolbar, and a tooltip that names the keys."""
    if action.text() == text:
        return
    if picture is not None:
        action.setIcon(icon(picture))
    action.setText(text)
    plain = plain_text(text)
    action.setIconText(plain)
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    says = hint or plain
    action.setToolTip(f"{says} ({keys})" if keys else says)


def plain_text(text: str) -> str:
    """Without the marks of access keys: `&Open…`, or as Chinese menus have them, `打开(&O)…`."""
    bare = text.rstrip("…")
    if bare.endswith(")") and "(&" in bare:
        bare = bare[: bare.rindex("(&")]
    return bare.replace("&", "")
