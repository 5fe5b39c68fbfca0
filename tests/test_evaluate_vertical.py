"""How far off the vertical is: the command, on motion and on a clip whose camera is known."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.test_evaluate import DETECTOR, write_clip
from uao_core.evaluate import vertical


@pytest.fixture
def evaluated(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["vertical", *map(str, arguments)])
        status = vertical.main()
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_motion_is_filmed_and_its_vertical_found(evaluated, archive_folder):
    status, out, err = evaluated(archive_folder / "mocap_lab.npz", "--count", 3, "--seconds", 1)
    assert (status, err) == (0, "") and "takes, degrees off, median (90 %): all " in out
    assert out == evaluated(archive_folder / "mocap_lab.npz", "--count", 3, "--seconds", 1)[1], "drawn the same again"


def test_a_film_knows_its_camera(monkeypatch, archive_folder):
    """With the truth in place of what is lifted, the told vertical is the camera's own."""
    lifted = {}
    monkeypatch.setattr(vertical, "_lifted", lambda keypoints, intrinsics, lifter: lifted.setdefault(len(lifted), ()))
    archive = vertical.open_archive(archive_folder / "mocap_lab.npz")
    takes = list(vertical._filmed(archive, None, 1.0, 8))
    assert len(takes) == 8 and np.allclose([np.linalg.norm(take.up) for take in takes], 1)
    tilts = np.degrees([np.arcsin(-take.up[2]) for take in takes])
    assert np.ptp(tilts) > 3 and all(take.up[1] < -0.5 for take in takes)


@pytest.mark.parametrize(("axis", "off"), [("z", 0.0), ("x", 90.0)])
def test_a_clip_says_where_up_is(evaluated, tmp_path, monkeypatch, axis, off):
    up = np.array([0.1, -0.9, 0.3]) / np.linalg.norm([0.1, -0.9, 0.3])
    other = np.cross(up, [1.0, 0, 0])
    turn = np.stack([other / np.linalg.norm(other), np.cross(up, other), up], axis=1)
    path = write_clip(tmp_path / "walk.npz", R=turn)
    found = vertical.Ground(up, 1.0, 2.0, 0.5)
    monkeypatch.setattr(vertical, "find_ground", lambda frames, intrinsics: found if intrinsics else replace(found, up=-up))
    status, out, _ = evaluated(path, "--detector", DETECTOR, "--world-up", axis)
    rows = out.splitlines()
    assert status == 0 and f"{180 - off:5.1f} degrees off" in rows[0] and f"{off:5.1f} degrees off, expected 2.0" in rows[1]


def test_bad_input_is_told(evaluated, tmp_path, archive_folder):
    status, _, err = evaluated(write_clip(tmp_path / "walk.npz"), "--detector", DETECTOR)
    assert status == 1 and "does not say how its camera is turned" in err
    status, _, err = evaluated(archive_folder / "mocap_lab.npz", "--seconds", 600)
    assert status == 1 and "no take as long as that" in err
    status, _, err = evaluated(tmp_path / "none.npz")
    assert status == 1 and "none.npz" in err and "Traceback" not in err
