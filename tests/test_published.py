"""Figures as papers report them, of sets that have such figures."""

import json

import pytest
import torch

from models.datasets import Published, part_of, read_captures
from tests.conftest import STANDING_M
from tests.test_datasets_cameras import write_videopose3d
from tests.test_datasets_hdf5 import write_3dhp
from uao_core.skeleton import NOSE, PELVIS, RIGHT_WRIST, SPINE

TRUTH = torch.from_numpy(STANDING_M[:17]).repeat(10, 1, 1)


def off(joint, error_m, frames=10):
    """Poses elsewhere, one joint of which is wrong."""
    poses = TRUTH[:frames] + torch.tensor([0.3, 0.0, -1.0])
    poses[:, joint, 2] += error_m
    return poses


def figures_of(*added):
    published = Published()
    for part, predicted in added:
        published.add(part, predicted, TRUTH[: len(predicted)])
    return published.figures()


def test_human36m_is_a_mean_over_actions_of_all_17_joints():
    walking, eating = ("h36m/Walking", off(RIGHT_WRIST, 0.17)), ("h36m/Eating", off(SPINE, 0.34, frames=2))
    assert figures_of(walking)["h36m_1_mm"] == pytest.approx(10)
    assert figures_of(walking, eating)["h36m_1_mm"] == pytest.approx(15), "few frames of an action weigh as much as many"
    again = ("h36m/Walking", off(RIGHT_WRIST, 0.0, frames=5))
    assert figures_of(walking, again, eating)["h36m_1_mm"] == pytest.approx((10 * 10 / 15 + 20) / 2, abs=0.01)
    turned = off(NOSE, 0.0) @ torch.tensor([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    found = figures_of(("h36m/Eating", 1.2 * turned))
    assert found["h36m_2_mm"] < 0.05 and found["h36m_1_mm"] > 100
    assert figures_of(walking)["h36m_2_mm"] > 5, "one joint of seventeen cannot be aligned away"
    of_the_root = figures_of(("h36m/Eating", off(PELVIS, 0.1)))
    assert of_the_root["h36m_1_mm"] == pytest.approx(100 * 16 / 17, abs=0.01), "all others are relative to it"


def test_mpi_inf_3dhp_counts_14_joints_that_are_near_enough():
    found = figures_of(("mpi-inf-3dhp/", off(RIGHT_WRIST, 0.17)))
    assert found["mpjpe_17_mm"] == pytest.approx(10) and found["pck_percent"] == pytest.approx(100 * 13 / 14, abs=0.01)
    halfway = figures_of(("mpi-inf-3dhp/", off(RIGHT_WRIST, 0.072)))
    assert halfway["pck_percent"] == 100
    # 0 is not below 0, so that 30 of 31 distances hold what is exact; 75, 80 ... 150 mm hold the wrist
    assert halfway["auc_percent"] == pytest.approx(100 * (13 * 30 + 16) / (14 * 31), abs=0.01)
    assert figures_of(("mpi-inf-3dhp/", off(NOSE, 0.5)))["pck_percent"] == 100, "the nose is none of the fourteen"


def test_frames_without_a_pose_or_without_truth_do_not_count():
    predicted = off(RIGHT_WRIST, 0.17)
    predicted[:4] = torch.nan
    assert figures_of(("h36m/Walking", predicted))["h36m_1_mm"] == pytest.approx(10)
    assert figures_of(("h36m/Walking", torch.full_like(TRUTH, torch.nan))) == {}


def test_other_sets_have_no_such_figures():
    assert figures_of(("", off(RIGHT_WRIST, 0.1)), ("cmu/", off(RIGHT_WRIST, 0.1))) == {}


def test_parts_are_actions_of_human36m(tmp_path):
    (tmp_path / "h36m").mkdir()
    write_videopose3d(tmp_path / "h36m")
    write_3dhp(tmp_path / "3dhp")
    assert {part_of(capture) for capture in read_captures(tmp_path / "h36m")} == {"h36m/Walking"}
    assert {part_of(capture) for capture in read_captures(tmp_path / "3dhp")} == {"mpi-inf-3dhp/"}


@pytest.mark.parametrize(
    ("write", "names"),
    [(write_videopose3d, {"h36m_1_mm", "h36m_2_mm"}), (write_3dhp, {"mpjpe_17_mm", "pck_percent", "auc_percent"})],
    ids=["h36m", "3dhp"],
)
def test_the_command_reports_them_below_the_table(tmp_path, evaluated, write, names):
    pytest.importorskip("matplotlib")
    folder, report = tmp_path / "set", tmp_path / "report.json"
    folder.mkdir()
    write(folder)
    status, out, err = evaluated(folder, "--protocol", "b", "--uao-iterations", 1, "--report", report)
    assert (status, err) == (0, "")
    rows = json.loads(report.read_text())["rows"]
    assert {row["method"] for row in rows} == {"lifter", "lifter + UAO"} and all(names < row.keys() for row in rows)
    lines = [line for line in out.splitlines() if all(name in line for name in names)]
    assert len(lines) == len(rows) and lines == out.splitlines()[1 + len(rows) : 1 + 2 * len(rows)]
    for line, row in zip(lines, rows, strict=True):
        assert all(f"{name} {row[name]:.1f}" in line for name in names)


def test_motion_of_other_sets_has_none(archive_folder, evaluated):
    status, out, _ = evaluated(archive_folder / "mocap_lab.npz", "--count", 1, "--protocol", "b", "--uao-iterations", 1)
    assert status == 0 and len(out.splitlines()) == 5
