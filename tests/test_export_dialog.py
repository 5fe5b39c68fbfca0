"""The dialog that asks where to export to: formats, suffixes, and files that are there already."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.window.export_dialog import ask_export_path, is_film, with_suffix
from uao_core.export import SUFFIXES

OFFERED = (*SUFFIXES, ".mp4")


@pytest.fixture
def parent(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def test_every_format_is_offered(parent, monkeypatch):
    seen = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *arguments: seen.append(arguments) or ("", ""))
    assert ask_export_path(parent, "Gang 步行") is None
    (_, _, suggestion, kinds) = seen[0]
    assert suggestion == "Gang 步行.bvh"
    assert [part.partition("(*")[2] for part in kinds.split(";;")] == [f"{suffix})" for suffix in OFFERED]


@pytest.mark.parametrize("suffix", OFFERED)
def test_the_chosen_kind_gives_the_suffix(suffix):
    chosen = f"whatever (*{suffix})"
    assert with_suffix(Path("take 1.2"), chosen).name == f"take 1.2{suffix}"
    assert is_film(Path(f"a{suffix.upper()}")) == (suffix == ".mp4")
    assert with_suffix(Path("take.JSON"), chosen).name == "take.JSON"
    assert with_suffix(Path("take"), "").name == "take.bvh"


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No])
def test_a_file_that_the_dialog_did_not_ask_about_is_asked_about(parent, monkeypatch, tmp_path, answer):
    (tmp_path / "take.glb").touch()
    asked = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "take"), "x (*.glb)"))
    monkeypatch.setattr(QMessageBox, "question", lambda *arguments: asked.append(arguments[2]) or answer)
    found = ask_export_path(parent, "a")
    assert found == (tmp_path / "take.glb" if answer is QMessageBox.StandardButton.Yes else None)
    assert len(asked) == 1 and "take.glb" in asked[0]
