"""The table of figures of exports, from a take as JSON and from a small motion archive."""

import sys
import tracemalloc

import numpy as np
import pytest

from tests.test_export import take_of
from tests.test_export_bvh import articulated, stroll
from uao_core.evaluate import export
from uao_core.evaluate.export_figures import export_figures
from uao_core.evaluate.export_long import long_take
from uao_core.evaluate.takes import Measured, read_takes
from uao_core.export_bvh import write_bvh
from uao_core.export_json import write_json


def test_a_saved_take_comes_back_and_is_measured(tmp_path, monkeypatch, capsys):
    take = take_of([*stroll(20), None, None])
    write_json(take, tmp_path / "stroll.json")
    read = next(read_takes(tmp_path / "stroll.json", None, "", 1)).take
    assert len(read.frames) == 22 and read.frames[-1].pose is None
    assert np.allclose(read.frames[3].pose.joints_m, take.frames[3].pose.joints_m, atol=1e-4)
    monkeypatch.setattr(sys, "argv", ["export", str(tmp_path / "stroll.json")])
    assert export.main() == 0
    row = capsys.readouterr().out.splitlines()[1].split()
    assert row[0] == "stroll" and float(row[1]) < 1, "the BVH is the fitted body"


def test_exact_joints_are_followed_and_a_wrong_twist_would_show():
    take = take_of(stroll(40))
    truth = np.stack([frame.pose.joints_m for frame in take.frames])
    figures, angles = export_figures(Measured("stroll", take, truth, exact=True))
    assert figures["fk_mm"] < 0.1 and figures["fit_mm"] < 2 and figures["bone_mm"] < 0.1 and figures["flips"] == 0
    assert all(np.median(values) < 3 for values in angles.values())
    mirrored = truth * np.float32([-1, 1, 1])
    _, wrong = export_figures(Measured("stroll", take, mirrored, exact=True))
    assert np.median(wrong["twist of LeftArm"]) > 10


@pytest.mark.parametrize("text", ["{}", "not JSON", '{"camera": 3}'])
def test_what_is_no_take_is_refused(tmp_path, monkeypatch, capsys, text):
    (tmp_path / "a.json").write_text(text)
    monkeypatch.setattr(sys, "argv", ["export", str(tmp_path / "a.json")])
    assert export.main() == 1
    assert "give a .json that this program wrote" in capsys.readouterr().err


def test_long_takes_are_timed(tmp_path, monkeypatch, capsys):
    write_json(take_of(stroll(40)), tmp_path / "stroll.json")
    monkeypatch.setattr(sys, "argv", ["export", str(tmp_path / "stroll.json"), "--frames", "90", "60"])
    assert export.main() == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert [int(row[0]) for row in rows] == [60, 90] and all(float(row[1]) > 0 for row in rows)


def test_memory_of_a_written_body_grows_by_what_a_frame_hands_over(tmp_path):
    def peak(count):
        take = long_take(take_of(stroll(40)), count)
        tracemalloc.start()
        write_bvh(take, tmp_path / "long.bvh")
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    small, large = peak(300), peak(600)
    assert (large - small) / 300 < 24_000, "bytes a frame"


def test_a_long_take_goes_there_and_back():
    long = long_take(take_of(stroll(5)), 20)
    places = np.array([frame.pose.joints_m[0, 0] for frame in long.frames])
    assert len(long.frames) == 20 and np.allclose(np.diff([frame.time_s for frame in long.frames]), 1 / 30)
    assert np.allclose(places[:9], places[8::-1]) and np.allclose(places[8:17], places[:9])


@pytest.mark.parametrize("fps", [10.0, 30.0, 60.0])
def test_turns_of_clips_of_different_rates_compare(fps):
    """An arm that swings at 120 degrees a second turns by 4 in a thirtieth, whatever a frame of the clip shows."""
    count = int(fps)
    poses = [articulated(arm=(0, -60 + 120 * i / fps), elbow=30, place=(0, 0, -4)) for i in range(count)]
    figures, _ = export_figures(Measured("swing", take_of(poses, fps=fps)))
    assert figures["step_deg"] == pytest.approx(120 / fps, rel=0.1)
    assert figures["step_30th_deg"] == pytest.approx(4, rel=0.1)
