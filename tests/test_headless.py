"""The main job, as a user runs it: `run_demo.py` in a process of its own, on the bundled clip."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from app.cli import main
from app.lens.lens import Lens, write_lens
from app.recorded import RECORDING_FORMAT
from tests.short_clips import write_clip

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def take(tmp_path_factory):
    """One run of two seconds, in a process of its own, as a user begins it."""
    folder = tmp_path_factory.mktemp("take")
    targets = [folder / "take.bvh", folder / "take.json"]
    command = [sys.executable, "run_demo.py", "--headless", "--start", "5", "--end", "7", "--preview", folder / "p.png"]
    command += [part for target in targets for part in ("--export", target)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)
    return done, folder


@pytest.fixture
def run(monkeypatch, capfd):
    """The same in this process, which has imported everything: status and standard error."""
    monkeypatch.chdir(ROOT)

    def call(*arguments):
        status = main(["--headless", "--pose-model", "lite", *map(str, arguments)])
        return status, capfd.readouterr().err

    return call


def test_it_ends_well_with_one_line_of_summary(take):
    done, _ = take
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # no progress bar where nobody watches, no chatter of libraries
    last = done.stdout.splitlines()[-1]
    for words in ("40 frames", "40 with a person", "mean uncertainty", "px before", "px after", "fps"):
        assert words in last


def test_every_frame_is_there_and_projects_onto_the_man(take):
    data = json.loads((take[1] / "take.json").read_text())
    assert [f["index"] for f in data["frames"]] == list(range(40))
    assert data["camera"]["estimated"] and data["uao"]["iterations"] == 4
    camera = data["camera"]
    for frame in data["frames"]:
        joints, keypoints = np.array(frame["joints_m"]), np.array(frame["keypoints_px"])
        projected = camera["focal_px"] * joints[:, :2] / joints[:, 2:] + camera["principal_point_px"]
        sure = keypoints[:, 2] > 0.9
        assert np.median(np.linalg.norm(projected - keypoints[:, :2], axis=1)[sure]) < 25
    assert 1.0 < np.mean([f["joints_m"][0][2] for f in data["frames"]]) < 8.0


def test_stretched_wrists_are_less_sure_than_the_shoulders(take):
    """The arms are stretched to the border, towards the camera or away; who reads only the figures must be able to tell."""
    data = json.loads((take[1] / "take.json").read_text())
    sigma = np.array([f["sigma_mm"] for f in data["frames"][20:]]).mean(axis=0)
    joints = data["skeleton"]["joints"]
    wrists = sigma[[joints.index("left_wrist"), joints.index("right_wrist")]]
    shoulders = sigma[[joints.index("left_shoulder"), joints.index("right_shoulder")]]
    assert wrists.min() > 1.1 * shoulders.max()


def test_the_preview_shows_the_video_and_a_skeleton(take):
    picture = cv2.imread(str(take[1] / "p.png"))
    assert picture.shape == (640, 1280, 3)
    left, right = picture[:, :640].astype(float), picture[:, 640:].astype(float)
    assert left.std() > 30
    colourful = right.max(axis=2) - right.min(axis=2) > 60
    assert 0.01 < colourful[100:].mean() < 0.4


def test_a_film_has_every_frame(run, tmp_path):
    assert run("--start", 1, "--end", 1.5, "--preview", tmp_path / "film.mp4") == (0, "")
    film = cv2.VideoCapture(str(tmp_path / "film.mp4"))
    count = 0
    while film.read()[0]:
        count += 1
    assert count == 10 and film.get(cv2.CAP_PROP_FPS) == pytest.approx(20)


def test_without_iterations_it_is_the_lifter_alone(run, tmp_path):
    assert run("--end", 0.5, "--uao-iterations", 0, "--export", tmp_path / "a.json") == (0, "")
    assert json.loads((tmp_path / "a.json").read_text())["uao"]["iterations"] == 0


@pytest.mark.parametrize("option", ["--export", "--preview"])
def test_an_old_file_is_left_alone_unless_told_otherwise(run, tmp_path, option):
    target = tmp_path / ("alt 旧.bvh" if option == "--export" else "alt 旧.png")
    target.write_text("precious")
    status, told = run("--end", 0.3, option, target)
    assert status == 1 and "--overwrite" in told and len(told.strip().splitlines()) == 1
    assert target.read_text() == "precious" and list(tmp_path.iterdir()) == [target]
    if option == "--export":
        assert run("--end", 0.3, option, target, "--overwrite") == (0, "")
        assert target.read_text().startswith("HIERARCHY")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.mp4"], "nowhere.mp4"),
        (["README.md"], "README.md"),
        (["--weights", "README.md"], "README.md"),
        (["--start", "1000"], "ends at"),
        (["--export", "README.md/take.json"], "README.md"),
        (["--device", "cuda"], "cuda"),
        (["--follow", "5000,30"], "Nobody can be followed at 5000,30: pictures of demo.mp4 have 720 x 720 pixels"),
    ],
)
def test_failure_is_one_sentence_and_status_1(run, arguments, words):
    if arguments[-1] == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a cuda device here")
    status, told = run(*arguments)
    assert status == 1
    assert words in told and len(told.strip().splitlines()) == 1 and "Traceback" not in told


def test_a_lens_of_another_shape_is_refused_and_not_forgotten(run, tmp_path):
    write_lens(Lens(905.0, (1280, 720), "chessboard"), tmp_path / "lens.json")
    status, told = run("--lens", tmp_path / "lens.json", "--end", 0.3, "--export", tmp_path / "a.json")
    assert status == 1 and "another shape (1280 x 720) than demo.mp4 has (720 x 720)" in told
    assert not (tmp_path / "a.json").exists()


def test_a_lens_of_another_shape_is_refused_also_of_a_recording_that_has_its_own(run, tmp_path):
    clip = write_clip(tmp_path / "take.avi")
    clip.with_suffix(".jsonl").write_text(json.dumps({"format": RECORDING_FORMAT, "focal_px": 300.0}) + "\n")
    write_lens(Lens(905.0, (1280, 720), "chessboard"), tmp_path / "lens.json")
    status, told = run(clip, "--lens", tmp_path / "lens.json", "--export", tmp_path / "a.json")
    assert status == 1 and "another shape (1280 x 720) than take.avi has (320 x 320)" in told
    assert not (tmp_path / "a.json").exists()
    assert run(clip, "--focal", 400, "--export", tmp_path / "a.json") == (0, "")
    assert json.loads((tmp_path / "a.json").read_text())["camera"]["focal_px"] == 400


def test_failure_in_a_process_of_its_own_says_no_more():
    """What is printed while modules are imported or the process ends would be seen here only."""
    done = subprocess.run(
        [sys.executable, "run_demo.py", "README.md", "--headless"], capture_output=True, text=True, cwd=ROOT, timeout=300
    )
    assert done.returncode == 1 and done.stdout == ""
    assert "README.md" in done.stderr and len(done.stderr.strip().splitlines()) == 1
