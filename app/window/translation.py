"""The language of the window: English in the code, Chinese beside it, taken up when the program starts.

Sentences are written `self.tr("... {name} ...").format(name=...)`. `make translations` gathers them from `app/` into
`assets/translations/`, where they are translated, and compiles them.
"""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QFontDatabase

TRANSLATIONS = Path(__file__).parent.parent.parent / "assets" / "translations"
LANGUAGES = {"en": "English", "zh_CN": "中文"}
"""Codes and the names by which readers of the language know it; a language that is not the code's has a file."""
_SCRIPTS = {"zh_CN": QFontDatabase.WritingSystem.SimplifiedChinese}


def language_for(chosen: str | None, system: QLocale | None = None) -> str:
    """The code of the language to show: what was chosen, else the system's, else English.

    A language for which no font is installed would be a window of empty boxes: English is shown instead.
    """
    if chosen not in LANGUAGES:
        chosen = _spoken(system or QLocale.system())
    return chosen if has_font(chosen) else "en"


def has_font(code: str) -> bool:
    """Whether the system can draw the letters of a language."""
    script = _SCRIPTS.get(code)
    return script is None or bool(QFontDatabase.families(script))


def _spoken(system: QLocale) -> str:
    """The first of the user's languages, in the order of the system's settings, that there is."""
    for locale in map(QLocale, system.uiLanguages()):
        if locale.script() == QLocale.Script.TraditionalHanScript:
            break  # simplified characters are not what this reader is used to, and plain "zh" follows
        for code in LANGUAGES:
            if QLocale(code).language() == locale.language():
                return code
    return "en"


def install_translation(app: QCoreApplication, chosen: str | None) -> str:
    """Translate the program and Qt's own dialogs; call it before the first window is made. Returns the code in force."""
    code = language_for(chosen)
    if code != "en":
        locale = QLocale(code)
        QLocale.setDefault(locale)
        qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        for name, folder in (("qtbase", qt_folder), ("uao-pose", str(TRANSLATIONS))):
            translator = QTranslator(app)
            if translator.load(locale, name, "_", folder):
                app.installTranslator(translator)
    return code
