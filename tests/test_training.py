"""Data, synthesis and trainer, on a small archive in the real layout."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from models.mocap import heading_free, rarity_weights, read_archive, read_folder, split_by_subject
from models.synthesis import CLEAN, DetectorModel, synthesize
from models.train import main, parse_arguments, train
from models.weights import load_lifter
from tests.conftest import STANDING_M
from uao_core.camera import project
from uao_core.errors import UaoError
from uao_core.keypoints import derive_trunk
from uao_core.metrics import reliability

MOCAP_NAMES = """
hip_center r_hip r_knee r_ankle r_toe_base r_toe_tip l_hip l_knee l_ankle l_toe_base l_toe_tip spine chest neck_base
head_base head_top nose l_ear r_ear l_shoulder l_elbow l_wrist l_hand r_shoulder r_elbow r_wrist r_hand
""".split()  # noqa: SIM905 (twenty-seven lines would hide what matters)
H36M = """
hip_center r_hip r_knee r_ankle l_hip l_knee l_ankle spine neck_base nose head_top
l_shoulder l_elbow l_wrist r_shoulder r_elbow r_wrist
""".split()  # noqa: SIM905
UNIT_M = 0.0005


def captured(frames, seed):
    """(F, 17, 3) y-up metres: the standing body, its joints a little elsewhere in every frame, walking along z."""
    rng = np.random.default_rng(seed)
    body = STANDING_M * [-1, -1, 1] + [0, 0.92, 0]
    walk = np.arange(frames)[:, None, None] * np.array([0, 0, 0.02])
    return body + walk + 0.05 * rng.standard_normal((frames, 17, 3))


def write_archive(path, clips):
    """Clips {subject: (F, 17, 3)} in the archive's layout: 16-bit differences along each clip, the root as 28th joint."""
    differences, lengths, valid = [], [], []
    for joints in clips.values():
        everything = np.zeros((len(joints), 28, 3))
        root = joints[:, 0]
        for i, name in enumerate(H36M):
            everything[:, MOCAP_NAMES.index(name)] = joints[:, i] - root
        everything[:, 27] = root
        units = np.round(everything / UNIT_M).astype(np.int32).transpose(1, 2, 0).reshape(84, -1)
        differences.append(np.diff(units, axis=1, prepend=0).astype(np.int16))
        lengths.append(len(joints))
        valid.append(np.ones((len(joints), 27), bool))
    valid[0][3, MOCAP_NAMES.index("nose")] = False  # one frame lacks a joint
    np.savez(
        path,
        d16=np.concatenate(differences, axis=1),
        unit=UNIT_M,
        joint_names=np.array(MOCAP_NAMES),
        clip_start=np.cumsum([0, *lengths[:-1]]),
        clip_len=np.array(lengths),
        clip_subject=np.array(list(clips)),
        valid=np.packbits(np.concatenate(valid)),
    )


@pytest.fixture(scope="module")
def archive_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mocap")
    subjects = [f"{i:02}" for i in range(1, 31)]
    write_archive(folder / "mocap_lab.npz", {s: captured(30, int(s)) for s in subjects})
    write_archive(folder / "mocap_accad.npz", {"Male1": captured(40, 99)})
    return folder


def test_an_archive_is_read_back(archive_folder):
    poses = read_archive(archive_folder / "mocap_lab.npz")
    assert len(poses) == 30 * 30 - 1, "the frame that lacks a joint is left out"
    assert np.abs(poses.joints[-30:] - captured(30, 30)).max() < 2 * UNIT_M
    assert poses.subject[0] == "lab/01" and len(read_archive(archive_folder / "mocap_lab.npz", stride=3)) < 305


def test_the_unseen_laboratory_is_never_trained_on(archive_folder):
    assert not any("accad" in s for s in read_folder(archive_folder).subject)
    assert all("accad" in s for s in read_folder(archive_folder, unseen=True).subject)


def test_no_subject_is_on_both_sides(archive_folder):
    training, held_out = split_by_subject(read_folder(archive_folder), held_out=0.3)
    assert len(training) and len(held_out) and not set(training.subject) & set(held_out.subject)


def test_rare_poses_weigh_more(archive_folder):
    poses = read_folder(archive_folder)
    poses.joints[:5, 13] += [0, 1.0, 0]  # five frames with an arm raised high
    weights = rarity_weights(poses, centres=64)
    assert weights.sum() == pytest.approx(1, abs=1e-4)
    assert weights[:5].mean() > 1.3 * np.median(weights[5:])


def test_heading_is_taken_out():
    angle = 1.1
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    body = captured(1, 0).astype(np.float32)
    assert np.allclose(heading_free(body), heading_free((body @ turn.T + [3, 0, 1]).astype(np.float32)), atol=1e-5)


def test_clean_examples_are_exact_projections():
    joints = torch.from_numpy(captured(64, 1).astype(np.float32))
    examples = synthesize(joints, torch.Generator().manual_seed(0), CLEAN, vary_body=False)
    placed = examples.view.to_camera(examples.truth) + examples.root_m[:, None]
    assert torch.allclose(derive_trunk(project(placed)), examples.rays, atol=1e-5)
    assert placed[..., 2].min() > 0.3 and float(examples.root_m[:, 2].min()) > 1.4 and examples.root_m[:, 2].max() < 9.5
    size = (placed - placed[:, :1]).norm(dim=2).amax(dim=1)
    assert torch.allclose(size, (joints - joints[:, :1]).norm(dim=2).amax(dim=1), atol=1e-4), "a rigid motion"


def test_noisy_examples_tell_their_confidence():
    joints = torch.from_numpy(captured(2000, 2).astype(np.float32))
    clean = synthesize(joints, torch.Generator().manual_seed(0), CLEAN, vary_body=False)
    noisy = synthesize(joints, torch.Generator().manual_seed(0), DetectorModel(), vary_body=False)
    limbs = [2, 3, 5, 6, 12, 13, 15, 16]
    assert noisy.rays.isfinite().all() and noisy.truth.isfinite().all()
    confidence = noisy.confidence[:, limbs]
    assert 0.02 < float((confidence == 0).float().mean()) < 0.3
    assert noisy.view.points[noisy.confidence == 0].abs().max() == 0
    # both draw the same camera; what differs is the detector and the focal length it is seen with
    offset = (noisy.rays - noisy.rays[:, :1] - clean.rays + clean.rays[:, :1])[:, limbs].norm(dim=2)
    assert offset[(confidence > 0) & (confidence < 0.5)].mean() > 1.3 * offset[confidence > 0.9].mean()


def arguments(folder, out, steps, *extra):
    return parse_arguments(
        f"--data {folder} --out {out} --steps {steps} --batch 32 --channels 16 --blocks 1 --stride 1 --log-every 5 "
        f"--evaluate-every 10 --seed 3".split()
        + list(extra)
    )


def test_training_learns_logs_and_writes_a_card(archive_folder, tmp_path):
    train(arguments(archive_folder, tmp_path, 60))
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in log if "loss" in line]
    assert losses[-1] < losses[0] - 0.3
    assert any("held_out" in line for line in log)
    lifter = load_lifter(tmp_path / "gumlp.safetensors")
    assert lifter.card["seed"] == 3 and lifter.card["examples_seen"] == 60 * 32
    assert {f["data"] for f in lifter.card["figures"]} == {"held-out subjects", "unseen laboratory (ACCAD)"}
    assert "NSF EIA-0196217" in (tmp_path / "gumlp.md").read_text()


def test_a_resumed_run_ends_where_an_unbroken_one_does(archive_folder, tmp_path, monkeypatch):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train(arguments(archive_folder, whole, 20))
    from models.train import Trainer

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
    a, b = load_file(whole / "gumlp.safetensors"), load_file(broken / "gumlp.safetensors")
    assert all(torch.allclose(a[name], b[name], atol=1e-6) for name in a)


def test_a_run_with_other_settings_is_not_resumed(archive_folder, tmp_path):
    train(arguments(archive_folder, tmp_path, 10))
    with pytest.raises(UaoError, match="other settings"):
        train(arguments(archive_folder, tmp_path, 20, "--resume"))


def test_no_data_is_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["train", "--data", str(tmp_path), "--out", str(tmp_path / "o")])
    assert main() == 1
    assert "mocap_*.npz" in capsys.readouterr().out


def test_the_shipped_lifter_orders_its_uncertainty(lifter):
    """On bodies it has never seen, larger predicted error means larger error."""
    joints = torch.from_numpy(captured(600, 5).astype(np.float32))
    examples = synthesize(joints, torch.Generator().manual_seed(1), DetectorModel())
    mu, log_sigma = lifter.network(examples.view.points, examples.confidence)
    error_mm = 1000 * (mu - examples.truth).norm(dim=2)[:, 1:]
    honest = reliability(1000 * log_sigma.exp()[:, 1:], error_mm)
    assert 0.5 < honest.slope < 1.6 and honest.ause < 0.35
    assert honest.actual_mm[-1] > 2 * honest.actual_mm[0]
