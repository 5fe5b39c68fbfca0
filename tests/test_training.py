"""The trainer, on a small archive in the real layout."""

import json

import pytest
import torch
from safetensors.torch import load_file

from models.detector_model import DetectorModel
from models.synthesis import synthesize
from models.train import Trainer, main, parse_arguments, train
from models.weights import load_lifter
from tests.conftest import walkers
from uao_core.errors import UaoError
from uao_core.metrics import reliability

SIZES = {"gumlp": {"channels": 16, "blocks": 1}, "temporal": {"width": 16, "layers": 1, "heads": 2, "feedforward": 16}}


def arguments(folder, out, steps, *extra, architecture="temporal"):
    return parse_arguments(
        f"--data {folder} --out {out} --steps {steps} --batch 16 --frames 5 --stride 1 --log-every 5 --evaluate-every 10 "
        f"--seed 3 --architecture {architecture}".split()
        + ["--config", json.dumps(SIZES[architecture]), *extra]
    )


@pytest.mark.parametrize("architecture", SIZES)
def test_training_learns_logs_and_writes_a_card(archive_folder, tmp_path, architecture):
    train(arguments(archive_folder, tmp_path, 60, "--evaluate-every", "60", architecture=architecture))
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in log if "loss" in line]
    assert losses[-1] < losses[0] - 0.3
    assert any("held_out" in line for line in log)
    lifter = load_lifter(tmp_path / f"{architecture}.safetensors")
    assert lifter.card["settings"]["seed"] == 3 and lifter.card["examples_seen"] == 60 * 16 * 5
    assert {f["data"] for f in lifter.card["figures"]} == {"held-out subjects", "unseen laboratory (ACCAD)"}
    assert "lab: see the data's own licence" in (tmp_path / f"{architecture}.md").read_text()


def test_a_resumed_run_ends_where_an_unbroken_one_does(archive_folder, tmp_path, monkeypatch):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train(arguments(archive_folder, whole, 20))
    step, limit = Trainer.train_step, {"left": 10}

    def stop_after_ten(trainer):
        if limit["left"] == 0:
            raise KeyboardInterrupt
        limit["left"] -= 1
        return step(trainer)

    monkeypatch.setattr(Trainer, "train_step", stop_after_ten)
    with pytest.raises(KeyboardInterrupt):
        train(arguments(archive_folder, broken, 20))
    monkeypatch.setattr(Trainer, "train_step", step)
    train(arguments(archive_folder, broken, 20, "--resume"))
    a, b = (load_file(folder / "checkpoint.safetensors") for folder in (whole, broken))
    assert a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a), "to the last bit"


def test_a_run_with_other_settings_is_not_resumed(archive_folder, tmp_path):
    train(arguments(archive_folder, tmp_path, 10))
    with pytest.raises(UaoError, match="other settings"):
        train(arguments(archive_folder, tmp_path, 20, "--resume"))


def test_no_data_is_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["train", "--data", str(tmp_path), "--out", str(tmp_path / "o")])
    assert main() == 1
    told = capsys.readouterr().out.strip()
    assert str(tmp_path) in told and "\n" not in told


def test_the_shipped_lifter_orders_its_uncertainty(lifter):
    """On bodies it has never seen, larger predicted error means larger error."""
    times = torch.full((120,), 1 / 30)
    examples = synthesize(walkers(120, 27, seed=5), times, torch.Generator().manual_seed(1), DetectorModel())
    with torch.no_grad():
        output = lifter.network(examples.points, examples.confidence, examples.place, examples.time_s)
    error_mm = 1000 * (output.mu - examples.truth).norm(dim=-1)[..., 1:]
    honest = reliability(1000 * output.log_sigma.exp()[..., 1:], error_mm)
    assert 0.4 < honest.slope < 2.5 and honest.ause < 0.5
    assert honest.actual_mm[-1] > 1.5 * honest.actual_mm[0]
