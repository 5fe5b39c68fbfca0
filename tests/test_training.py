"""The trainer, on a small archive in the real layout."""

import functools
import json
import os

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import models.publish
import models.train
from models.calibration import calibrate
from models.detector_model import DetectorModel
from models.evaluate import evaluate_motion
from models.motion import read_motion
from models.synthesis import synthesize
from models.train import Trainer, draw_windows, main, parse_arguments, train
from models.weights import load_lifter
from tests.conftest import walkers
from uao_core.errors import UaoError
from uao_core.metrics import reliability
from uao_core.skeleton import EXTREMITIES

SIZES = {"gumlp": {"channels": 16, "blocks": 1}, "temporal": {"width": 16, "layers": 1, "heads": 2, "feedforward": 16}}


@pytest.fixture(autouse=True)
def few_windows(monkeypatch):
    """Enough to have figures at all."""
    for module in (models.train, models.publish):
        monkeypatch.setattr(module, "evaluate_motion", functools.partial(evaluate_motion, count=20))
    monkeypatch.setattr(models.publish, "calibrate", functools.partial(calibrate, count=20, frames=5))


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
    assert lifter.card["settings"]["seed"] == 3 and 0.75 < lifter.card["examples_seen"] / (60 * 16 * 5) < 1
    assert {f["data"] for f in lifter.card["figures"]} == {"held-out subjects", "unseen laboratory (ACCAD)"}
    assert "lab: see the data's own licence" in (tmp_path / f"{architecture}.md").read_text()


def test_a_resumed_run_ends_where_an_unbroken_one_does(archive_folder, tmp_path, monkeypatch):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    drawn, draw = [], Trainer.draw

    def watched(trainer, step, part):
        examples = draw(trainer, step, part)
        drawn.append(examples.points.shape[:2].numel())
        return examples

    monkeypatch.setattr(Trainer, "draw", watched)
    train(arguments(archive_folder, whole, 20))
    monkeypatch.setattr(Trainer, "draw", draw)
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
    seen = [load_lifter(folder / "temporal.safetensors").card["examples_seen"] for folder in (whole, broken)]
    assert seen == [sum(drawn)] * 2 and len(drawn) == 20 and sum(drawn) < 20 * 16 * 5


def test_processes_share_a_batch(archive_folder, tmp_path):
    """Together they do what one process does with the mean of the parts' gradients."""
    shared, alone = (
        Trainer(arguments(archive_folder, tmp_path, 20, "--workers", "2"), read_motion(archive_folder)) for _ in range(2)
    )
    parameters = list(alone.network.parameters())
    for step in range(3):
        parts = []
        for part in (0, 1):
            figures = alone.gradients(step, part)
            assert figures[2] == alone.draw(step, part).time_s.numel() and len(alone.draw(step, part).time_s) == 8
            parts.append([p.grad.clone() for p in parameters])
        assert not torch.equal(parts[0][0], parts[1][0]), "each part has examples of its own"
        shared.shards.step(step)
        for parameter, *of_parts in zip(shared.network.parameters(), *parts, strict=True):
            assert torch.allclose(parameter.grad, sum(of_parts) / 2, atol=1e-5)
        assert torch.equal(shared.network.encoder[0].weight, alone.network.encoder[0].weight)
        with torch.no_grad():
            shared.network.encoder[0].weight += 0.01  # the other process must see it
            alone.network.encoder[0].weight += 0.01
    for trainer in (shared, alone):
        trainer.shards.close()


def test_a_process_that_dies_is_one_sentence(archive_folder, tmp_path, monkeypatch):
    draw = Trainer.draw
    monkeypatch.setattr(Trainer, "draw", lambda trainer, step, part: os._exit(1) if part else draw(trainer, step, part))
    trainer = Trainer(arguments(archive_folder, tmp_path, 20, "--workers", "2"), read_motion(archive_folder))
    with pytest.raises(UaoError, match="--resume"):
        trainer.train_step()


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
    learned = first.keys() - {"sigma_head.1.bias"}  # is calibrated after every run
    assert all(torch.equal(first[name], following[name]) for name in learned)
    assert not all(torch.equal(first[name], fresh[name]) for name in learned)


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


@pytest.mark.parametrize(
    "option", [("--lr", -1), ("--lr", "nan"), ("--threads", -1), ("--seed", -1), ("--seed", 10**20)], ids=str
)
def test_other_numbers_must_make_sense(trained, option):
    status, told = trained(*option)
    assert status == 2 and option[0] in told


OTHERS = [{"architecture": "gumlp"}, *({"config": SIZES["temporal"] | sizes} for sizes in ({"width": 32}, {"heads": 4}))]


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_weights_to_start_from_must_fit(trained, tmp_path, other):
    trained(out="first")
    config = ["--config", json.dumps(other["config"])] if "config" in other else []
    architecture = other.get("architecture", "temporal")
    weights = tmp_path / "first" / "temporal.safetensors"
    status, told = trained(*config, "--start-from", weights, out="next", architecture=architecture)
    assert status == 1 and "temporal.safetensors" in told and '--architecture temporal --config \'{"width": 16' in told
    assert not (tmp_path / "next").exists()


def test_limits_and_rates_may_differ_from_the_weights_to_start_from(trained, tmp_path):
    trained(out="first")
    config = ["--config", json.dumps(SIZES["temporal"] | {"max_sigma_m": 1})]
    assert trained(*config, "--start-from", tmp_path / "first" / "temporal.safetensors", out="next")[0] == 0


BAD_SIZES = {
    "temporal": [
        *('{"depth": 3}', "[1]", '{"width": 16, "heads": 3}', '{"width": 16', '{"width": 0}', '{"width": "wide"}', "null"),
        *('{"layers": 1.5}', '{"heads": true}', '{"min_sigma_m": 0}', '{"max_sigma_m": NaN}', '{"min_sigma_m": 2}'),
        *('{"width": 8000000000}', '{"width": 80000000000000000000000}'),
    ],
    "gumlp": [
        '{"joint_hidden": [4]}',
        '{"joint_hidden": 4}',
        '{"joint_hidden": [4, 0]}',
        '{"drop_path": 1}',
        '{"width": 16}',
    ],
}


@pytest.mark.parametrize(("architecture", "config"), [(name, config) for name in BAD_SIZES for config in BAD_SIZES[name]])
def test_sizes_must_be_those_of_the_network(trained, tmp_path, architecture, config):
    status, told = trained("--config", config, architecture=architecture)
    assert status == 2 and "--config" in told and not (tmp_path / "out").exists()


def other_tensors(path, **metadata):
    return save_file({"network.nothing": torch.zeros(2)}, path, metadata)


DAMAGES = {
    "no checkpoint": lambda path, run: path.write_bytes(b"not a checkpoint"),
    "nothing": lambda path, run: path.write_bytes(b""),
    "a folder": lambda path, run: (path.unlink(), path.mkdir()),
    "half of it": lambda path, run: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "no run": lambda path, run: other_tensors(path, step="1"),
    "a run that is no JSON": lambda path, run: other_tensors(path, run="{", step="1"),
    "other tensors": lambda path, run: other_tensors(path, run=run, step="1"),
    "a step that is no number": lambda path, run: save_file(load_file(path), path, {"run": run, "step": "one"}),
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_checkpoint_is_one_sentence(trained, tmp_path, how):
    trained()
    path = tmp_path / "out" / "checkpoint.safetensors"
    weights = (tmp_path / "out" / "temporal.safetensors").read_bytes()
    with safe_open(path, "pt") as file:
        run = file.metadata()["run"]
    DAMAGES[how](path, run)
    status, told = trained("--resume")
    assert status == 1 and "checkpoint.safetensors" in told and told.startswith("models.train: ")
    assert (tmp_path / "out" / "temporal.safetensors").read_bytes() == weights


def test_a_checkpoint_that_did_not_count_its_frames_is_gone_on_from(archive_folder, tmp_path):
    args = arguments(archive_folder, tmp_path, 20)
    trainer = Trainer(args, read_motion(archive_folder))
    for _ in range(8):
        trainer.train_step()
    path = tmp_path / "checkpoint.safetensors"
    trainer.save(path)
    with safe_open(path, "pt") as file:
        metadata = {name: value for name, value in file.metadata().items() if name != "frames_seen"}
    save_file(load_file(path), path, metadata)
    later = Trainer(args, read_motion(archive_folder))
    later.resume(path)
    assert later.step == 8 and later.frames_seen == 8 * 16 * 5 * 7 // 8


def test_a_folder_that_cannot_be_written_to_is_one_sentence(trained, tmp_path):
    (tmp_path / "file").write_text("")
    status, told = trained(out="file/out")
    assert status == 1 and "cannot be written" in told


def test_few_frames_are_enough_to_train_on(trained):
    assert trained("--stride", 20)[0] == 0


def test_windows_are_drawn_at_the_rates_of_cameras(archive_folder):
    """A step of the archive is 20 mm along z: how far a window gets in its time is the same at every rate."""
    motion = read_motion(archive_folder)
    middle = torch.full((300,), 500)
    joints, seconds = draw_windows(motion, middle, 3, torch.Generator().manual_seed(0))
    rates = (1 / seconds).round().unique().tolist()
    assert rates == [6, 10, 15, 20, 25, 30, 60]
    assert joints.shape == (300, 3, 23, 3)
    walked = (joints[:, 2] - joints[:, 0]).mean(dim=1)[:, 2] / (2 * seconds)
    assert walked.median() == pytest.approx(0.6, abs=0.15)


def test_some_batches_are_of_shorter_windows(archive_folder, tmp_path):
    trainer = Trainer(arguments(archive_folder, tmp_path, 1), read_motion(archive_folder))
    lengths = [trainer.draw(step, 0).points.shape[1] for step in range(60)]
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


@pytest.mark.parametrize("part", ["arms", "bodies", "rarity", "plain", "mistakes", "lasting", "extremities"])
def test_every_part_of_the_training_can_be_left_out(archive_folder, tmp_path, part):
    """The first step then is another one; without toes, hands and ears none of them is seen."""
    motion = read_motion(archive_folder)
    whole, less = (Trainer(arguments(archive_folder, tmp_path, 9, *extra), motion) for extra in ((), ("--without", part)))
    assert whole.train_step() != less.train_step()
    seen = less.draw(0, 0).confidence[..., list(EXTREMITIES)]
    assert (seen.max() == 0) == (part == "extremities")
