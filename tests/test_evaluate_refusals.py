"""What the evaluation command refuses, each in one sentence: clips, detectors, options and reports."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import walk
from tests.test_evaluate import DETECTOR, FRAMES, TRUTH, fake_detector, world_of, write_clip
from uao_core.skeleton import NOSE

HEAD = (np.arange(17) == NOSE)[:, None]
no_detector = 5


def perfect_detector(video):
    """Its own 3D is the truth."""
    truth = [*TRUTH, *TRUTH[-4:]]
    return [
        replace(frame, detector_world_m=world_of(joints)) for frame, joints in zip(fake_detector(video), truth, strict=True)
    ]


def broken_detector(video):
    raise RuntimeError("no graphics\nat all")


def change_a_byte(path):
    content = bytearray(path.read_bytes())
    content[1000] ^= 1  # of joints_cam
    path.write_bytes(content)


BAD_CLIPS = {
    "missing": lambda path: path,
    "not a clip": lambda path: path.write_text("hello"),
    "half a clip": lambda path: path.write_bytes(write_clip(path).read_bytes()[:2000]),
    "no camera": lambda path: write_clip(path, K=None),
    "no truth": lambda path: write_clip(path, joints_cam=None),
    "an object": lambda path: write_clip(path, joints_cam=np.array([{}], dtype=object)),
    "more truth than video": lambda path: write_clip(path, frame_index=np.arange(FRAMES) + 8),
    "a lens of nothing": lambda path: write_clip(path, K=np.zeros((3, 3))),
    "a camera that is a number": lambda path: write_clip(path, K=np.array(900.0)),
    "no frame at all": lambda path: write_clip(
        path, joints_cam=TRUTH[:0, :17], joints_2d_gt=TRUTH[:0, :17, :2], frame_index=np.arange(0)
    ),
    "a frame before the first": lambda path: write_clip(path, frame_index=np.arange(FRAMES) - 1),
    "frames in disorder": lambda path: write_clip(path, frame_index=np.arange(FRAMES)[::-1]),
    "a frame twice": lambda path: write_clip(path, frame_index=np.arange(FRAMES) // 2),
    "halves of frames": lambda path: write_clip(path, frame_index=np.arange(FRAMES) / 2),
    "truth of nothing": lambda path: write_clip(path, joints_cam=np.full((FRAMES, 17, 3), np.nan)),
    "truth of the head alone": lambda path: write_clip(path, joints_cam=np.where(HEAD, TRUTH[:, :17], np.nan)),
    "a camera of words": lambda path: write_clip(path, K=np.full((3, 3), "wide")),
    "a byte that is wrong": lambda path: change_a_byte(write_clip(path)),
    "less truth than frames": lambda path: write_clip(path, joints_cam=TRUTH[:5, :17]),
    "other joints": lambda path: write_clip(path, joints_cam=TRUTH[:, :14]),
}


@pytest.mark.parametrize("how", [*BAD_CLIPS])
def test_a_bad_clip_is_one_sentence_and_status_1(tmp_path, evaluated, how):
    path = tmp_path / "walk.npz"
    BAD_CLIPS[how](path)
    status, out, err = evaluated(path, "--detector", DETECTOR, "--protocol", "b")
    assert (status, out, len(err.splitlines())) == (1, "", 1) and err.startswith("uao_core.evaluate: ")


DETECTORS = {
    "tests.test_evaluate_refusals:broken_detector": "RuntimeError: no graphics at all",
    "tests.test_evaluate_refusals:no_detector": "no_detector is 5",
    "tests.test_evaluate:named_detector:nobody": "no 2D detector",
    "tests.test_evaluate:named_detector": "hands back no list of Keypoints",
    "tests.test_evaluate_refusals:seventeen_joints": "hands back no list of Keypoints",
    "tests.test_evaluate_refusals:walk_of_numbers": "hands back no list of Keypoints",
    "builtins:str": "hands back no list of Keypoints",
    "builtins:open": "walk.mp4",
}


def seventeen_joints(video):
    return [replace(frame, joints_px=frame.joints_px[:17]) for frame in fake_detector(video)]


def walk_of_numbers(video):
    return list(walk(FRAMES))


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_that_is_none_is_one_sentence(tmp_path, evaluated, name):
    status, out, err = evaluated(write_clip(tmp_path / "walk.npz"), "--detector", name, "--protocol", "b")
    assert (status, out, len(err.splitlines())) == (1, "", 1) and DETECTORS[name] in err


def test_a_detector_without_error_leaves_no_ratio(tmp_path, evaluated):
    detector = ("--detector", "tests.test_evaluate_refusals:perfect_detector")
    status, out, err = evaluated(write_clip(tmp_path / "walk.npz"), *detector, "--protocol", "b", "--uao-iterations", 1)
    assert (status, err) == (0, "") and out.count("of the detector's own: nan / ") == 2


@pytest.mark.parametrize("report", ["file/report.json", "file/deeper/report.json", "folder"])
def test_a_report_that_cannot_be_written_is_told_at_once(tmp_path, evaluated, report):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    clip = write_clip(tmp_path / "walk.npz")
    status, out, err = evaluated(clip, "--detector", DETECTOR, "--protocol", "b", "--report", tmp_path / report)
    assert (status, out) == (2, "") and f"{report} cannot be a file there" in err.splitlines()[-1]
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder", "walk.npz"}


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--protocol", "a,d"], 2, "'a,d' is not of a, b and c"),
        (["--protocol", ""], 2, "is not of a, b and c"),
        (["--count", "0"], 2, "--count"),
        (["--uao-iterations", "-1"], 2, "--uao-iterations"),
        (["--state", "mind"], 2, "mind"),
        (["--detector", "nobody"], 1, "nobody"),
        (["--weights", "nowhere.safetensors"], 1, "nowhere.safetensors"),
        (["--height", "175"], 1, "height"),
    ],
)
def test_bad_options_are_one_sentence(tmp_path, evaluated, arguments, status, words):
    found, out, err = evaluated(write_clip(tmp_path / "walk.npz"), "--detector", DETECTOR, *arguments)
    assert (found, out) == (status, "") and words in err.splitlines()[-1]
    assert status == 2 or len(err.splitlines()) == 1


def test_without_matplotlib_a_report_is_one_sentence(tmp_path, evaluated, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    path, report = write_clip(tmp_path / "w.npz"), tmp_path / "r.json"
    status, _, err = evaluated(path, "--detector", DETECTOR, "--protocol", "b", "--uao-iterations", 1, "--report", report)
    assert status == 1 and "matplotlib" in err and len(err.splitlines()) == 1 and report.is_file()


def test_a_plot_that_cannot_be_written_is_named(archive_folder, tmp_path, evaluated):
    pytest.importorskip("matplotlib")
    (tmp_path / "report-worst.png").mkdir()
    status, _, err = evaluated(
        *(archive_folder / "mocap_lab.npz", "--count", 1, "--protocol", "a", "--uao-iterations", 0),
        *("--report", tmp_path / "report.json"),
    )
    assert status == 1 and "report-worst.png cannot be written" in err
