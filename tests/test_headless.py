"""The main job, as a user runs it: `run_demo.py` in a process of its own, on the bundled clip."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).parent.parent

NO_INTERNET = """
import ctypes, os, platform, runpy, socket, struct, sys
SOCKET = {"x86_64": 41, "aarch64": 198}[platform.machine()]
ALLOW, KILL = 0x7FFF0000, 0x80000000
# Berkeley packet filter: kill the process when it asks for a socket of the families AF_INET or AF_INET6
program = [(0x20, 0, 0, 0), (0x15, 0, 3, SOCKET), (0x20, 0, 0, 16), (0x15, 2, 0, socket.AF_INET),
           (0x15, 1, 0, socket.AF_INET6), (0x06, 0, 0, ALLOW), (0x06, 0, 0, KILL)]
code = b"".join(struct.pack("HBBI", *line) for line in program)
filter_ = ctypes.create_string_buffer(code)
fprog = struct.pack("HxxxxxxP", len(program), ctypes.addressof(filter_))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0, "no_new_privs"
assert libc.prctl(22, 2, ctypes.create_string_buffer(fprog), 0, 0) == 0, "seccomp"
script, sys.argv = sys.argv[1], sys.argv[1:]
sys.path.insert(0, os.path.dirname(script))
runpy.run_path(script, run_name="__main__")
"""


def run(*arguments, before=()):
    command = [sys.executable, *before, str(ROOT / "run_demo.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)


@pytest.fixture(scope="module")
def take(tmp_path_factory):
    """One run of two seconds with every export."""
    folder = tmp_path_factory.mktemp("take")
    targets = [folder / "take.bvh", folder / "take.json"]
    done = run(
        "--headless", "--start", 5, "--end", 7, "--preview", folder / "p.png", *(a for t in targets for a in ("--export", t))
    )
    return done, folder


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


def test_a_film_has_every_frame(tmp_path):
    done = run("--headless", "--start", 1, "--end", 1.5, "--preview", tmp_path / "film.mp4", "--pose-model", "lite")
    assert done.returncode == 0, done.stderr
    film = cv2.VideoCapture(str(tmp_path / "film.mp4"))
    count = 0
    while film.read()[0]:
        count += 1
    assert count == 10 and film.get(cv2.CAP_PROP_FPS) == pytest.approx(20)


def test_without_iterations_it_is_the_lifter_alone(tmp_path):
    done = run("--headless", "--end", 0.5, "--uao-iterations", 0, "--pose-model", "lite", "--export", tmp_path / "a.json")
    assert done.returncode == 0 and json.loads((tmp_path / "a.json").read_text())["uao"]["iterations"] == 0


@pytest.mark.parametrize("option", ["--export", "--preview"])
def test_an_old_file_is_left_alone_unless_told_otherwise(tmp_path, option):
    target = tmp_path / ("alt 旧.bvh" if option == "--export" else "alt 旧.png")
    target.write_text("precious")
    done = run("--headless", "--end", 0.3, option, target)
    assert done.returncode == 1 and "--overwrite" in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert target.read_text() == "precious" and list(tmp_path.iterdir()) == [target]
    if option == "--export":
        assert run("--headless", "--end", 0.3, option, target, "--overwrite").returncode == 0
        assert target.read_text().startswith("HIERARCHY")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.mp4", "--headless"], "nowhere.mp4"),
        (["README.md", "--headless"], "README.md"),
        (["--headless", "--weights", "README.md"], "README.md"),
        (["--headless", "--start", "1000"], "ends at"),
        (["--headless", "--export", "README.md/take.json"], "README.md"),
        (["--headless", "--device", "cuda"], "cuda"),
    ],
)
def test_failure_is_one_sentence_and_status_1(arguments, words):
    if arguments[-1] == "cuda":
        import torch

        if torch.cuda.is_available():
            pytest.skip("there is a cuda device here")
    done = run(*arguments)
    assert done.returncode == 1
    assert words in done.stderr and len(done.stderr.strip().splitlines()) == 1 and "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
def test_the_main_job_opens_no_network_socket(tmp_path):
    """The kernel kills the process at the first internet socket, whichever library asks for it."""
    sandbox = tmp_path / "sandbox.py"
    sandbox.write_text(NO_INTERNET)
    probe = tmp_path / "probe.py"
    probe.write_text("import socket; socket.socket(socket.AF_INET)")
    control = subprocess.run([sys.executable, str(sandbox), str(probe)], capture_output=True)
    assert control.returncode == -31, "the sandbox must kill what opens a socket (SIGSYS)"
    target = tmp_path / "a.json"
    done = run("--headless", "--end", 0.6, "--export", target, "--preview", tmp_path / "p.png", before=(sandbox,))
    assert done.returncode == 0, done.stderr
    assert len(json.loads(target.read_text())["frames"]) == 12
