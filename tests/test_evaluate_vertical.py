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
    """Along the vertical that a film says is its own, joints before the camera are as high as in the world."""
    monkeypatch.setattr(vertical, "_lifted", lambda keypoints, intrinsics, lifter: ())
    placed, place = [], vertical.place_cameras

    def noted(body, rng):
        placed.append((body, place(body, rng)))
        return placed[-1][1]

    monkeypatch.setattr(vertical, "place_cameras", noted)
    archive = vertical.open_archive(archive_folder / "mocap_lab.npz")
    tilts = []
    for take in vertical._filmed(archive, None, 1.0, 8):
        world_m, seen_m = (points[0].double().numpy() for points in (placed[-1][0], placed[-1][1].joints_m))
        height_m, along_m = world_m[..., 1], seen_m @ take.up
        assert np.allclose(along_m - along_m.mean(), height_m - height_m.mean(), atol=1e-3)
        tilts.append(np.degrees(np.arcsin(-take.up[2])))
    assert len(tilts) == 8 and np.ptp(tilts) > 3


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
