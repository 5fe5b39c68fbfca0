"""The contract of the command line."""

import math
from dataclasses import replace

import pytest

from app import detector
from app.camera import CameraMode
from app.cli import main
from app.detector import PoseModel
from app.options import BUNDLED_CLIP, parse_options
from app.quality import best_quality


def test_without_arguments_the_bundled_clip_plays():
    options = parse_options([])
    assert options.clip == BUNDLED_CLIP and options.camera is None and not options.headless
    assert options.uao_iterations == 4 and options.pose_model is PoseModel.FULL and options.end_s == math.inf


def test_everything_the_contract_names_is_understood(tmp_path):
    options = parse_options(
        f"clip.mp4 --headless --export {tmp_path}/take.bvh --export {tmp_path}/take.json --pose-model lite --device cpu "
        "--weights w.safetensors --uao-iterations 0 --window 9 --fov 70 --start 1 --end 2.5 --preview p.mp4 "
        "--log-level error --bvh-units cm".split()
    )
    assert [p.suffix for p in options.export] == [".bvh", ".json"]
    assert (options.uao_iterations, options.window, options.fov_deg, options.start_s, options.end_s) == (0, 9, 70, 1, 2.5)
    assert (
        options.preview.name == "p.mp4" and options.exporting.body.units == "cm" and options.weights.name == "w.safetensors"
    )
    assert parse_options(["--camera", "0", "--focal", "900"]).camera == 0
    assert options.exporting.body.camera_tilt_deg is None
    assert parse_options(["--camera-tilt", "-4.5"]).exporting.body.camera_tilt_deg == -4.5
    with pytest.raises(SystemExit):
        parse_options(["--camera-tilt", "91"])


def test_a_camera_is_asked_for_a_mode(tmp_path):
    options = parse_options(["--camera", "1", "--camera-size", "1280x720", "--camera-fps", "30"])
    assert options.camera_mode == CameraMode(1280, 720, 30.0) and options.camera == 1 and options.clip is None
    assert parse_options(["--camera", "1"]).camera_mode == CameraMode()
    options = parse_options(f"--camera 0 --headless --seconds 2.5 --out {tmp_path}".split())
    assert options.seconds == 2.5 and options.out == tmp_path
    options = parse_options(["--camera", "0", "--headless", "--export", "a.bvh", "--preview", "a.mp4", "--out", "b"])
    assert options.seconds == math.inf and options.export[0].name == "a.bvh"


@pytest.mark.parametrize(
    "line",
    [
        "clip.mp4 --camera 0",
        "clip.mp4 --headless --format bvh",
        "clip.mp4 --uao-iterations 1000000",
        "boards.mp4 --calibrate chessboard --board 9",
        "--camera -1",
        "--headless --camera 0",
        "--headless --camera 0 --preview a.mp4",
        "--camera 0 --seconds 3",
        "--camera 0 --out takes",
        "--camera 0 --camera-size 1280",
        "--camera 0 --camera-size 0x720",
        "--camera 0 --camera-fps 0",
        "--camera 0 --headless --export a.bvh --seconds 0",
        "clip.mp4 --camera-size 1280x720",
        "clip.mp4 --headless --seconds 3",
        "clip.mp4 --camera-fps 30",
        "clip.mp4 --export take.bvh",
        "--headless --export take.fbx",
        "--headless --preview take.gif",
        "--focal 900 --fov 60",
        "--focal 0",
        "--focal nan",
        "--fov 200",
        "--uao-iterations -1",
        "--uao-iterations 1.5",
        "--window 0",
        "--start 3 --end 2",
        "--start -1",
        "--pose-model huge",
        "--device tpu",
        "--no-such-option",
    ],
)
def test_wrong_usage_ends_with_2_and_says_why(line, capsys):
    with pytest.raises(SystemExit) as stop:
        main(line.split())
    assert stop.value.code == 2
    assert "error:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line, words",
    [
        ("clip.mp4 --people 1.5", "'1.5' is not a whole number of people from 1 to 4"),
        ("clip.mp4 --people 5", "'5' is not a whole number of people from 1 to 4"),
        ("a.mp4 --headless --out b --processes 2.9", "'2.9' is not a whole number of processes from 1 to 256"),
    ],
)
def test_what_is_counted_is_whole(line, words, capsys):
    with pytest.raises(SystemExit) as stop:
        parse_options(line.split())
    assert stop.value.code == 2 and capsys.readouterr().err.rstrip().endswith(words)


def test_version_and_help(capsys):
    for flag, word in (("--version", "uao-pose"), ("--help", "--list-cameras")):
        with pytest.raises(SystemExit) as stop:
            main([flag])
        assert stop.value.code == 0 and word in capsys.readouterr().out


def test_the_best_quality_leaves_what_was_given_alone(monkeypatch, tmp_path):
    best = parse_options(["--quality", "best"])
    assert best.uao_iterations > 4 and best.pose_model in (PoseModel.FULL, PoseModel.HEAVY)
    assert best == best_quality(parse_options([])) and parse_options(["--quality", "normal"]) == parse_options([])
    given = parse_options(["--quality", "best", "--uao-iterations", "4", "--pose-model", "lite"])
    assert given == replace(best, uao_iterations=4, pose_model=PoseModel.LITE)
    assert best_quality(replace(given, uao_iterations=30)).uao_iterations == 30, "more than the best stays"
    monkeypatch.setattr(detector, "MODELS_FOLDER", tmp_path)
    PoseModel.HEAVY.path.touch()
    assert parse_options(["--quality", "best"]).pose_model is PoseModel.HEAVY
