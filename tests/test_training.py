"""The trainer, on a small archive in the real layout."""

import functools
import json

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

import models.train
from models.detector_model import DetectorModel
from models.evaluate import evaluate_motion
from models.motion import read_motion
from models.synthesis import synthesize
from models.train import Trainer, draw_windows, main, parse_arguments, train
from models.weights import load_lifter
from tests.conftest import walkers
from uao_core.errors import UaoError
from uao_core.metrics import reliability

SIZES = {"gumlp": {"channels": 16, "blocks": 1}, "temporal": {"width": 16, "layers": 1, "heads": 2, "feedforward": 16}}


@pytest.fixture(autouse=True)
def few_windows(monkeypatch):
    """Enough to have figures at all."""
    monkeypatch.setattr(models.train, "evaluate_motion", functools.partial(evaluate_motion, count=20))


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


def test_a_run_may_start_from_weights(archive_folder, tmp_path):
    """With no rate to learn at, what comes out is what went in; without them it is not."""
    train(arguments(archive_folder, tmp_path / "first", 1))
    weights = tmp_path / "first" / "temporal.safetensors"
    still = ["--lr", "0", "--seed", "8"]
    train(arguments(archive_folder, tmp_path / "next", 1, *still, "--start-from", str(weights)))
    train(arguments(archive_folder, tmp_path / "fresh", 1, *still))
    first, following, fresh = (load_file(tmp_path / run / "temporal.safetensors") for run in ("first", "next", "fresh"))
    assert all(torch.equal(first[name], following[name]) for name in first)
    assert not all(torch.equal(first[name], fresh[name]) for name in first)


@pytest.fixture
def trained(archive_folder, tmp_path, monkeypatch, capsys):
    """Runs the command for one step into a folder; gives its exit status and what it wrote last."""

    def call(*extra, out="out", architecture="temporal"):
        common = ["--data", archive_folder, "--out", tmp_path / out, "--architecture", architecture]
        small = ["--steps", 1, "--batch", 2, "--frames", 3, "--stride", 1, "--config", json.dumps(SIZES[architecture])]
        monkeypatch.setattr("sys.argv", ["train", *map(str, [*common, *small, *extra])])
        try:
            status = main()
        except SystemExit as end:
            status = end.code
        written = capsys.readouterr()
        return status, (written.err if status == 2 else written.out).strip().splitlines()[-1]

    return call


def test_weights_to_start_from_must_be_there(trained, tmp_path):
    status, told = trained("--start-from", tmp_path / "none.safetensors")
    assert status == 1 and "none.safetensors" in told


@pytest.mark.parametrize("option", ["--steps", "--batch", "--frames", "--stride", "--log-every", "--evaluate-every"])
def test_counts_start_at_one(trained, option):
    status, told = trained(option, 0)
    assert status == 2 and option in told and "at least 1" in told


TRACEBACKS = (RuntimeError, ValueError, TypeError, AttributeError, SafetensorError)
UNCAUGHT = pytest.mark.xfail(strict=True, raises=TRACEBACKS, reason="ends in a traceback")


@UNCAUGHT
@pytest.mark.parametrize("other", [{"architecture": "gumlp"}, {"config": {"width": 32, "layers": 1, "heads": 2}}], ids=str)
def test_weights_to_start_from_must_fit(trained, tmp_path, other):
    trained(out="first")
    config = ["--config", json.dumps(other["config"])] if "config" in other else []
    architecture = other.get("architecture", "temporal")
    weights = tmp_path / "first" / "temporal.safetensors"
    status, told = trained(*config, "--start-from", weights, out="next", architecture=architecture)
    assert status == 1 and "temporal.safetensors" in told


@UNCAUGHT
@pytest.mark.parametrize("config", ['{"depth": 3}', "[1]", '{"width": 16, "heads": 3}'])
def test_sizes_must_be_those_of_the_network(trained, config):
    status, told = trained("--config", config)
    assert status in (1, 2) and told


@UNCAUGHT
def test_a_damaged_checkpoint_is_one_sentence(trained, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "checkpoint.safetensors").write_bytes(b"not a checkpoint")
    status, told = trained("--resume")
    assert status == 1 and "checkpoint.safetensors" in told


def test_windows_are_drawn_at_the_rates_of_cameras(archive_folder):
    """A step of the archive is 20 mm along z: how far a window gets in its time is the same at every rate."""
    motion = read_motion(archive_folder)
    middle = torch.full((300,), 500)
    joints, seconds = draw_windows(motion, middle, 3, torch.Generator().manual_seed(0))
    rates = (1 / seconds).round().unique().tolist()
    assert rates == [6, 10, 15, 20, 25, 30, 60]
    assert joints.shape == (300, 3, 17, 3)
    walked = (joints[:, 2] - joints[:, 0]).mean(dim=1)[:, 2] / (2 * seconds)
    assert walked.median() == pytest.approx(0.6, abs=0.15)


def test_some_batches_are_of_shorter_windows(archive_folder, tmp_path):
    trainer = Trainer(arguments(archive_folder, tmp_path, 1), read_motion(archive_folder))
    lengths = [trainer.draw().points.shape[1] for _ in range(60)]
    assert set(lengths) == {1, 2, 3, 4, 5} and 0.6 < lengths.count(5) / 60 < 0.9


def test_the_learning_rate_rises_and_falls(archive_folder, tmp_path):
    trainer = Trainer(arguments(archive_folder, tmp_path, 1000), read_motion(archive_folder))
    rates = []
    for trainer.step in range(1001):
        rates.append(trainer.schedule())
    top = rates.index(max(rates))
    assert 50 < top < 150 and max(rates) == pytest.approx(1) and rates[0] < 0.02 and rates[-1] == pytest.approx(0.01)
    assert rates[:top] == sorted(rates[:top]) and rates[top:] == sorted(rates[top:], reverse=True)


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
