"""The mean of weights: what it holds, that it is calibrated and has a card, and what has none."""

import sys

import numpy as np
import pytest
import torch

from models import average
from models.weights import build_lifter, load_lifter, save_lifter

SMALL = {"width": 32, "layers": 1, "heads": 2, "feedforward": 32}
CARD = {"date": "2026-01-01", "settings": {"seed": 1}, "examples_seen": 1000, "curve": [[100, 60.0, 90.0]]}


def saved(path, seed, **sizes):
    torch.manual_seed(seed)
    save_lifter(path, build_lifter("temporal", SMALL | sizes), CARD)
    return path


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["average", *map(str, arguments)])
    return average.main()


def test_the_mean_is_written_with_its_card(tmp_path, monkeypatch, archive_folder):
    paths = [saved(tmp_path / f"{seed}.safetensors", seed) for seed in (1, 2)]
    assert run(monkeypatch, *paths, "--data", archive_folder, "--out", tmp_path / "out") == 0
    made = load_lifter(tmp_path / "out" / "temporal.safetensors")
    first, second = (load_lifter(path).network.state_dict() for path in paths)
    for name, weights in made.network.state_dict().items():
        if not name.startswith("sigma_head"):  # which calibration scales
            assert np.allclose(weights, (first[name] + second[name]) / 2, atol=2e-3), name
    assert made.card["examples_seen"] == 2000 and len(made.card["settings"]["mean_of"]) == 2
    assert {f["data"] for f in made.card["figures"]} == {"held-out subjects", "unseen laboratory (ACCAD)"}
    page = (tmp_path / "out" / "temporal.md").read_text(encoding="utf-8")
    assert "models.average" in page and "| 100 | 60.0 | 90.0 |" in page


def test_networks_of_different_sizes_have_none(tmp_path, monkeypatch, archive_folder, capsys):
    paths = [saved(tmp_path / "a.safetensors", 1), saved(tmp_path / "b.safetensors", 1, width=64)]
    assert run(monkeypatch, *paths, "--data", archive_folder, "--out", tmp_path / "out") == 1
    assert "not all of one architecture and size" in capsys.readouterr().out and not (tmp_path / "out").exists()


def test_one_alone_has_no_mean(tmp_path, monkeypatch, archive_folder):
    path = saved(tmp_path / "a.safetensors", 1)
    with pytest.raises(SystemExit):
        run(monkeypatch, path, "--data", archive_folder, "--out", tmp_path / "out")
