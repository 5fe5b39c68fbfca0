"""Settings files of the user, opened with care."""

from pathlib import Path

from PySide6.QtCore import QSettings

_SERIALIZED = b"@Variant("
"""Begins what Qt wrote in its own binary form: we keep words alone, and Qt aborts where a size in it is damaged."""


def open_settings(name: str) -> QSettings:
    """The INI file of this name among the user's settings of the program.

    One that holds what the program never writes is not opened: it is moved aside, to `NAME.ini.damaged`.
    """
    fresh = _of_user(f"{name}-new")
    path = Path(fresh.fileName()).with_name(f"{name}.ini")
    try:
        if _SERIALIZED in path.read_bytes():
            path.replace(path.with_name(f"{path.name}.damaged"))
    except FileNotFoundError:
        pass
    except OSError:
        return fresh
    return _of_user(name)


def _of_user(name: str) -> QSettings:
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "uao-pose", name)
