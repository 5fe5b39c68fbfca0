"""The window's two palettes, dark and light: pictures and colours of uncertainty stand out on both."""

from dataclasses import dataclass, fields
from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by what they are for, as `#rrggbb`. Text of every kind has a contrast of 4.5 or more on every ground.

    Attributes:
        window, base, raised: grounds of the window, of fields and views, and of buttons and banners.
        hover, pressed: grounds of a button under the mouse, and of one that is held or checked.
        line: separators.
        text, faint: what is to be read, and what is secondary.
        disabled: text of what cannot be used, exempt from the contrast.
        accent, on_accent: selection, progress and focus, and text on them.
        info, warning, error: signs of messages.
    """

    window: str
    base: str
    raised: str
    hover: str
    pressed: str
    line: str
    text: str
    faint: str
    disabled: str
    accent: str
    on_accent: str
    info: str
    warning: str
    error: str


DARK = Theme(
    window="#20242b",
    base="#171a20",
    raised="#2b313a",
    hover="#343b46",
    pressed="#3e4653",
    line="#3a414c",
    text="#e6e9ee",
    faint="#b0b8c4",
    disabled="#667080",
    accent="#4aa3df",
    on_accent="#0e1116",
    info="#63b3ec",
    warning="#f0b849",
    error="#ff8a8a",
)
LIGHT = Theme(
    window="#f3f4f7",
    base="#ffffff",
    raised="#e7eaef",
    hover="#dce1e8",
    pressed="#ccd4de",
    line="#c7cdd6",
    text="#1a1e24",
    faint="#4b5461",
    disabled="#98a1ad",
    accent="#1a69ab",
    on_accent="#ffffff",
    info="#165d99",
    warning="#7a4d00",
    error="#a81e24",
)


class Appearance(Enum):
    """Which theme the user asks for."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


# Lengths in em grow with the user's font. What a style sheet draws has lost Qt's own focus frame: it gets another.
_STYLE = """
QToolBar {{ border: none; padding: 0.4em 0.7em; spacing: 0.25em; }}
QToolBar::separator {{ background: {line}; width: 1px; margin: 0.4em 0.6em; }}
QToolButton {{ padding: 0.35em 0.55em; border: 2px solid transparent; border-radius: 6px; }}
QToolButton:hover {{ background: {hover}; }}
QToolButton:pressed, QToolButton:checked {{ background: {pressed}; }}
QToolButton:focus {{ border-color: {accent}; }}
QToolButton::menu-indicator {{ width: 0; }}
QFileDialog QToolButton {{ padding: 0; }}
QStatusBar {{ border-top: 1px solid {line}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ padding: 0.2em 0.7em; color: {faint}; }}
QSplitter::handle {{ background: {line}; }}
QMenuBar {{ padding: 0.15em 0.4em; background: {window}; border: none; }}
QMenuBar::item {{ padding: 0.2em 0.5em; background: transparent; border-radius: 4px; }}
QMenuBar::item:selected, QMenuBar::item:pressed {{ background: {hover}; }}
QProgressBar {{ border: none; border-radius: 0.2em; background: {pressed}; max-height: 0.4em; max-width: 12em; }}
QProgressBar::chunk {{ border-radius: 0.2em; background: {accent}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QToolTip {{ color: {text}; background: {raised}; border: 1px solid {line}; padding: 0.25em; }}
Card, Banner {{ background: {raised}; border: 1px solid {line}; border-radius: 8px; }}
Banner[kind="warning"] {{ border-color: {warning}; }}
Banner[kind="error"] {{ border-color: {error}; }}
Card:hover {{ background: {hover}; }}
Card:pressed {{ background: {pressed}; }}
Card:focus {{ border: 2px solid {accent}; }}
Link {{ color: {text}; text-align: left; padding: 0.2em 0.4em; border: 2px solid transparent; border-radius: 4px; }}
Link:hover {{ background: {hover}; }}
Link:focus {{ border-color: {accent}; }}
"""


def apply_theme(app: QApplication, appearance: Appearance = Appearance.SYSTEM) -> None:
    """Give the whole program a theme; may be called again at any time. Where a system does not say, it is dark."""
    schemes = {Appearance.LIGHT: Qt.ColorScheme.Light, Appearance.DARK: Qt.ColorScheme.Dark}
    hints = app.styleHints()
    scheme = schemes.get(appearance, Qt.ColorScheme.Unknown)
    hints.setColorScheme(scheme)  # for what the system draws: title bar, file dialogs; `Unknown` asks for its own
    if scheme == Qt.ColorScheme.Unknown:
        scheme = hints.colorScheme()
    theme = LIGHT if scheme == Qt.ColorScheme.Light else DARK
    if app.style().objectName() != "fusion":
        app.setStyle("Fusion")  # alike on every system
    app.setPalette(_palette(theme))
    app.setStyleSheet(_STYLE.format_map({field.name: getattr(theme, field.name) for field in fields(theme)}))


def theme_of(palette: QPalette) -> Theme:
    """The theme that a palette was made of, for the colours that palettes have no role for."""
    return DARK if palette.window().color().lightness() < 128 else LIGHT


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.base,
        role.AlternateBase: theme.raised,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.error,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.faint,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent,
        role.Link: theme.info,
        role.LinkVisited: theme.info,
        role.Light: theme.hover,
        role.Midlight: theme.hover,
        role.Mid: theme.line,
        role.Dark: theme.line,
    }
    for which, colour in colours.items():
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(theme.disabled))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(theme.line))
    return palette
