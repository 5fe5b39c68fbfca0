"""`run_demo.py take.json --headless --export ...`: a take in other formats, without a look at its video."""

import argparse
import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from app import convert
from app.cli import main
from app.export_arguments import add_export_options
from tests.test_export import take_of
from tests.test_export_bvh import stroll
from uao_core import read_take
from uao_core.export_json import write_json


@pytest.fixture
def written(tmp_path):
    """A take of two seconds, in a file."""
    path = tmp_path / "walk.json"
    write_json(take_of(stroll(60)), path)
    return path


@pytest.fixture
def run(capfd):
    def call(*arguments):
        status = main([*map(str, arguments), "--headless"])
        out, err = capfd.readouterr()
        return status, out, err

    return call


def test_all_formats_come_of_it(run, written, tmp_path):
    targets = [tmp_path / f"other.{suffix}" for suffix in ("bvh", "glb", "trc", "c3d", "csv", "npz", "json")]
    status, out, err = run(written, *(part for target in targets for part in ("--export", target)))
    assert (status, err) == (0, "")
    assert out.splitlines() == [*(f"wrote {target}" for target in targets), "60 frames, 60 with a person"]
    assert (tmp_path / "other.json").read_bytes() == written.read_bytes()
    assert "Frames: 60\n" in (tmp_path / "other.bvh").read_text()


def test_a_part_of_it(run, written, tmp_path):
    assert run(written, "--start", 0.5, "--end", 1, "--export", tmp_path / "part.json")[0] == 0
    whole, part = read_take(written), read_take(tmp_path / "part.json")
    assert [frame.index for frame in part.frames] == list(range(15, 30))
    assert np.array_equal(part.frames[0].pose.joints_m, whole.frames[15].pose.joints_m)
    assert part.frames[0].keypoints.edges_px is None and all(f.keypoints.edges_px is None for f in whole.frames)


def test_a_part_of_it_knows_the_room(run, written, tmp_path):
    content = json.loads(written.read_text(encoding="utf-8"))
    content["frames"][0]["edges_px"] = [[10, 20, 11, 300]]
    written.write_text(json.dumps(content), encoding="utf-8")
    assert run(written, "--start", 0.5, "--end", 1, "--export", tmp_path / "part.json")[0] == 0
    frames = read_take(tmp_path / "part.json").frames
    assert frames[0].keypoints.edges_px.tolist() == [[10, 20, 11, 300]] and frames[1].keypoints.edges_px is None


@pytest.mark.parametrize(
    "arguments, words",
    [
        ((), "is a take already; say with --export"),
        (("--export", "a.bvh", "--preview", "a.mp4"), "holds no pictures"),
        (("--export", "a.bvh", "--start", "9"), "goes from 0.00 to 1.97 s"),
        (("--export", "a.bvh", "--height", "1.9", "--pose-model", "lite"), "which --pose-model, --height cannot be changed"),
        (("--export", "a.bvh", "--quality", "best"), "which --quality cannot be changed"),
        (("--export", "a.bvh", "--quality", "best", "--people", "2"), "which --quality, --people cannot be changed"),
        (("--export", "a.bvh", "--distance-from", "mark"), "which --distance-from cannot be changed"),
        (("--export", "a.bvh", "--follow", "3,4"), "which --follow cannot be changed"),
        (("--export", "a.bvh", "--board", "8x5", "--fov", "70"), "which --fov, --board cannot be changed"),
    ],
)
def test_what_cannot_be_done_with_it(run, written, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    status, out, err = run(written, *arguments)
    assert status == 1 and words in err and err.count("\n") == 1 and not out
    assert list(tmp_path.iterdir()) == [written]


def test_what_exports_and_pictures_are_like_may_be_said(run, written, tmp_path):
    say = "--foot-lock full --gaps interpolate --min-confidence 0.1 --bvh-names h36m --bvh-units cm --bvh-order joint"
    more = "--max-sigma 900 --show ghost --trail left_wrist --colours cividis --scale 100 --device cpu --log-level error"
    assert run(written, *say.split(), *more.split(), "--export", tmp_path / "a.bvh", "--overwrite")[0] == 0


@pytest.mark.parametrize("named", [["-- -take.json"], ["./-take.json"]])
def test_a_name_may_begin_with_a_dash(written, tmp_path, monkeypatch, named):
    monkeypatch.chdir(tmp_path)
    written.rename("-take.json")
    assert main(["--headless", "--export", "a.bvh", *" ".join(named).split()]) == 0 and (tmp_path / "a.bvh").is_file()


def test_other_json_is_no_take(run, tmp_path):
    other = tmp_path / "package.json"
    other.write_text("{}")
    status, _, err = run(other, "--export", tmp_path / "a.bvh")
    assert status == 1 and "is no take of UAO Pose" in err and not (tmp_path / "a.bvh").exists()


def test_formats_that_need_a_person_leave_the_others_alone(run, tmp_path):
    empty = tmp_path / "empty.json"
    take = take_of(stroll(5))
    write_json(replace(take, frames=tuple(replace(frame, pose=None) for frame in take.frames)), empty)
    status, out, err = run(empty, "--export", tmp_path / "a.bvh", "--export", tmp_path / "a.csv")
    assert status == 1 and "a.csv" in out and "a.bvh" not in out and err.count("\n") == 1


def test_the_detector_is_not_loaded_for_it(written, tmp_path):
    import subprocess

    code = "import sys; from app.cli import main; main(sys.argv[1:]); assert 'mediapipe' not in sys.modules"
    command = [sys.executable, "-c", code, written, "--headless", "--export", tmp_path / "a.bvh"]
    assert subprocess.run(command, check=False, timeout=120).returncode == 0


def test_a_take_where_a_video_belongs_is_told_apart(run, written, tmp_path):
    status, _, err = run(written, "--out", tmp_path / "out")
    assert status == 1 and "is a take and no video" in err


def test_all_options_of_exports_may_be_given_with_a_take():
    parser = argparse.ArgumentParser(add_help=False)
    add_export_options(parser.add_argument_group())
    flags = {flag for action in parser._actions for flag in action.option_strings}
    assert len(flags) > 6 and flags <= convert._OF_EXPORT
