"""The formats of `uao_core.export` in the user's language, as dialogs and check boxes say them."""

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from uao_core.export import Format

TRANSLATED = (
    QT_TRANSLATE_NOOP("Formats", "BVH motion"),
    QT_TRANSLATE_NOOP("Formats", "glTF: animated body"),
    QT_TRANSLATE_NOOP("Formats", "TRC markers for OpenSim"),
    QT_TRANSLATE_NOOP("Formats", "C3D points for biomechanics"),
    QT_TRANSLATE_NOOP("Formats", "JSON with uncertainty"),
    QT_TRANSLATE_NOOP("Formats", "CSV table"),
    QT_TRANSLATE_NOOP("Formats", "NumPy arrays"),
)
"""Descriptions of all formats, where the gathering of sentences finds them; a test holds them to the list of formats."""


def described(kind: Format) -> str:
    return QCoreApplication.translate("Formats", kind.description)


def film_described() -> str:
    return QCoreApplication.translate("Formats", "MP4 video with the skeleton beside it")
