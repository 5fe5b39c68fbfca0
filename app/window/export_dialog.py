"""Asks where to export to, and as what."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.window.format_words import described
from uao_core.export import FORMATS


def ask_export_path(parent: QWidget, stem: str) -> Path | None:
    """A file with the suffix of a format, that may be written; None where the user thought better of it.

    The dialog asks about files that exist, but not about one that comes of the suffix that is added to what was typed.
    """
    kinds = ";;".join(f"{described(kind)} (*{kind.suffix})" for kind in FORMATS)
    name, chosen = QFileDialog.getSaveFileName(
        parent, QCoreApplication.translate("ExportDialog", "Export"), f"{stem}{FORMATS[0].suffix}", kinds
    )
    if not name:
        return None
    typed = Path(name)
    path = with_suffix(typed, chosen)
    if path == typed or not path.exists():
        return path
    question = QCoreApplication.translate("ExportDialog", "{name} is there already. Replace it?").format(name=path.name)
    return (
        path
        if QMessageBox.question(parent, QCoreApplication.translate("ExportDialog", "Export"), question)
        == QMessageBox.StandardButton.Yes
        else None
    )


def with_suffix(path: Path, chosen: str) -> Path:
    """A file name as it was typed, with the suffix of the chosen filter where it has none of a format."""
    if any(path.suffix.lower() == kind.suffix for kind in FORMATS):
        return path
    suffix = next((kind.suffix for kind in FORMATS if f"*{kind.suffix})" in chosen), FORMATS[0].suffix)
    return path.with_name(path.name + suffix)
