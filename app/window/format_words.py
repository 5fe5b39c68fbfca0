"""The formats of `uao_core.export` in the user's language, for dialogs and check boxes."""

from pathlib import Path

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from uao_core.export import FORMATS, Format

TRANSLATED = (
    QT_TRANSLATE_NOOP("Formats", "BVH motion"),
    QT_TRANSLATE_NOOP("Formats", "glTF: animated body"),
    QT_TRANSLATE_NOOP("Formats", "TRC markers for OpenSim"),
    QT_TRANSLATE_NOOP("Formats", "C3D points for biomechanics"),
    QT_TRANSLATE_NOOP("Formats", "JSON with uncertainty"),
    QT_TRANSLATE_NOOP("Formats", "CSV table"),
    QT_TRANSLATE_NOOP("Formats", "NumPy arrays"),
)
"""Descriptions of all formats, where the gathering of sentences finds them; a test holds them to `FORMATS`."""


def described(kind: Format) -> str:
    return QCoreApplication.translate("Formats", kind.description)


def export_filter() -> str:
    """What a dialog for saving offers."""
    return ";;".join(f"{described(kind)} (*{kind.suffix})" for kind in FORMATS)


def with_suffix(path: Path, chosen: str) -> Path:
    """A file name as it was typed, with the suffix of the chosen filter where it has none of a format."""
    if any(path.suffix.lower() == kind.suffix for kind in FORMATS):
        return path
    suffix = next((kind.suffix for kind in FORMATS if f"*{kind.suffix})" in chosen), FORMATS[0].suffix)
    return path.with_name(path.name + suffix)
