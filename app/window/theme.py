"""The window's dark palette: pictures and colours of uncertainty stand out on it."""

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

_WINDOW, _BASE, _RAISED = QColor("#20242b"), QColor("#171a20"), QColor("#2b313a")
_TEXT, _FAINT, _ACCENT = QColor("#e6e9ee"), QColor("#8b94a3"), QColor("#4aa3df")

_STYLE = """
QToolBar { border: none; padding: 6px 10px; spacing: 4px; }
QToolBar::separator { background: #3a414c; width: 1px; margin: 6px 8px; }
QToolButton { padding: 6px 9px; border-radius: 6px; }
QToolButton:hover { background: #343b46; }
QToolButton:pressed, QToolButton:checked { background: #3e4653; }
QToolButton::menu-indicator { width: 0; }
QStatusBar { border-top: 1px solid #2e343d; }
QStatusBar::item { border: none; }
QStatusBar QLabel { padding: 3px 10px; color: #aab2bf; }
QSplitter::handle { background: #2e343d; }
QMenuBar { padding: 2px 6px; }
QProgressBar { border: none; border-radius: 3px; background: #171a20; max-height: 6px; max-width: 160px; }
QProgressBar::chunk { border-radius: 3px; background: #4aa3df; }
"""


def apply_theme(app: QApplication) -> None:
    """Fusion, dark, the same on every system."""
    app.setStyle("Fusion")
    palette = QPalette()
    role = QPalette.ColorRole
    colours = {
        role.Window: _WINDOW,
        role.WindowText: _TEXT,
        role.Base: _BASE,
        role.AlternateBase: _RAISED,
        role.Text: _TEXT,
        role.Button: _RAISED,
        role.ButtonText: _TEXT,
        role.ToolTipBase: _RAISED,
        role.ToolTipText: _TEXT,
        role.PlaceholderText: _FAINT,
        role.Highlight: _ACCENT,
        role.HighlightedText: QColor("#0e1116"),
        role.Link: _ACCENT,
    }
    for which, colour in colours.items():
        palette.setColor(which, colour)
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor("#5d6673"))
    app.setPalette(palette)
    app.setStyleSheet(_STYLE)
