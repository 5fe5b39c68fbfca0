"""Asks where to export to, and as what."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.film import FILM_SUFFIX
from app.video_trouble import is_there
from app.window.format_words import described, film_described
from uao_core.export import FORMATS

_SUFFIXES = (*(kind.suffix for kind in FORMATS), FILM_SUFFIX)


def ask_export_path(parent: QWidget, stem: str) -> Path | None:
    """A file with the suffix of a format, or of a film, that may be written; None where the user thought better of it.

    The dialog asks about files that exist, but not about one that comes of the suffix that is added to what was typed.
    """
    words = (*(described(kind) for kind in FORMATS), film_described())
    kinds = ";;".join(f"{word} (*{suffix})" for word, suffix in zip(words, _SUFFIXES, strict=True))
    name, chosen = QFileDialog.getSaveFileName(
        parent, QCoreApplication.translate("ExportDialog", "Export"), f"{stem}{_SUFFIXES[0]}", kinds
    )
    if not name:
        return None
    typed = Path(name)
    path = with_suffix(typed, chosen)
    return path if may_replace(parent, QCoreApplication.translate("ExportDialog", "Export"), typed, path) else None


def may_replace(parent: QWidget, title: str, typed: Path, path: Path) -> bool:
    """Whether a file may be written whose name is `typed` with a suffix: the dialog has asked about the typed name alone."""
    if path == typed or not is_there(path):
        return True
    question = QCoreApplication.translate("ExportDialog", "{name} is there already. Replace it?").format(name=path.name)
    return QMessageBox.question(parent, title, question) == QMessageBox.StandardButton.Yes


def with_suffix(path: Path, chosen: str) -> Path:
    """A file name as it was typed, with the suffix of the chosen filter where it has none of a format."""
    if path.suffix.lower() in _SUFFIXES:
        return path
    suffix = next((suffix for suffix in _SUFFIXES if f"*{suffix})" in chosen), _SUFFIXES[0])
    return path.with_name(path.name + suffix)


def is_film(path: Path) -> bool:
    """Whether a file is asked for that is watched, not read."""
    return path.suffix.lower() == FILM_SUFFIX
