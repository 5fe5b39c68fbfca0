"""What a machine does to a program, cell by cell: a GPU or a renderer that goes away, no display, clocks that jump.

Full disks, sealed folders and `kill -9` are in `test_matrix_disk.py`.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from app import batch, headless
from app.capture import FileSource, Frame, PixelFormat
from app.cli import main
from app.device_lost import lost_device
from app.ledger import LEDGER_NAME
from app.recorded import recorded_times
from app.recording import Recorder
from tests.short_clips import write_clip
from tests.test_recording import INFO, frame, read_all, result
from uao_core.packets import Keypoints
from uao_core.refiner import LiveRefiner, Refinement

ROOT = Path(__file__).parent.parent
QUICK = ["--headless", "--device", "cpu", "--pose-model", "lite", "--uao-iterations", "0"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clips") / "tiny.avi", 3)


# The GPU goes away

LOST = {
    "since PyTorch 2.8": getattr(torch, "AcceleratorError", RuntimeError)(
        "CUDA error: unspecified launch failure\nCompile with"
    ),
    "before": RuntimeError("CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be"),
    "Apple's": RuntimeError("MPS backend: command buffer exited with error status"),
}


@pytest.fixture(params=LOST)
def gpu_lost_after(request, monkeypatch):
    """The GPU is lost in the n-th frame that is processed from now on."""

    def arrange(most):
        left, real = [most], headless.process_file

        def process(*arguments):
            for found in real(*arguments):
                left[0] -= 1
                if left[0] < 0:
                    raise LOST[request.param]
                yield found

        monkeypatch.setattr(headless, "process_file", process)

    return arrange


def test_a_lost_gpu_is_one_sentence(clip, tmp_path, capfd, gpu_lost_after):
    gpu_lost_after(1)
    target = tmp_path / "take.json"
    target.write_text("old")
    assert main([str(clip), *QUICK, "--overwrite", "--export", str(target)]) == 1
    said = capfd.readouterr().err.strip().splitlines()
    assert len(said) == 1 and "The GPU has stopped working" in said[0] and "--device cpu" in said[0]
    assert target.read_text() == "old"


def test_a_batch_keeps_what_was_done_before_the_gpu_was_lost(clip, tmp_path, capfd, gpu_lost_after):
    for name in ("a.avi", "b.avi"):
        (tmp_path / name).symlink_to(clip)
    gpu_lost_after(4)
    out = tmp_path / "out"
    assert main([str(tmp_path / "a.avi"), str(tmp_path / "b.avi"), *QUICK, "--out", str(out), "--format", "json"]) == 1
    said = capfd.readouterr()
    assert "The GPU has stopped working" in said.out + said.err and "Traceback" not in said.out
    assert sorted(path.name for path in out.iterdir()) == ["a.json", LEDGER_NAME]


def test_other_errors_are_not_taken_for_a_lost_gpu(monkeypatch, clip):
    assert lost_device(RuntimeError("shapes do not match")) is None and lost_device(ValueError("CUDA error")) is None

    def broken(_options):
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(headless, "run_headless", broken)
    with pytest.raises(RuntimeError):
        main([str(clip), *QUICK, "--export", "a.json"])
    assert batch.lost_device is lost_device


# No display


def test_without_a_display_the_window_is_one_sentence(monkeypatch, capfd):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert main([]) == 1
    said = capfd.readouterr().err.strip().splitlines()
    assert len(said) == 1 and "no display" in said[0] and "--headless" in said[0]


# Clocks that jump: sleep and wake, and drivers that count anew

JUMPS_S = {
    "an hour ahead": [0.0, 0.033, 0.066, 3600.1, 3600.133, 3600.166],
    "an hour back": [3600.0, 3600.033, 3600.066, 0.1, 0.133, 0.166],
    "standing still": [5.0, 5.033, 5.033, 5.033, 5.066, 5.1],
}


@pytest.mark.parametrize("kind", JUMPS_S)
def test_times_of_a_recording_never_run_backwards(tmp_path, kind):
    recorder = Recorder(tmp_path, "take", INFO)
    for i, time_s in enumerate(JUMPS_S[kind]):
        recorder.add(frame(i, time_s))
        recorder.add(result(i, time_s))
    ended = recorder.close()
    times = recorded_times(ended.path)
    lines = [json.loads(line) for line in ended.path.with_suffix(".jsonl").read_text().splitlines()]
    poses = [line["time_s"] for line in lines if "joints_m" in line]
    assert len(times) == 6 and times[0] == 0 and (np.diff(times) >= 0).all() and poses == times
    assert times[-1] == pytest.approx({"an hour ahead": 3600.166, "an hour back": 0.166}.get(kind, 0.1), abs=0.06)
    source = FileSource(ended.path)
    if kind != "standing still":
        assert source.info.fps == pytest.approx(30, rel=0.3), "a pause is not counted into the rate"
    given = [found.time_s for found in read_all(source)]
    assert len(given) == 6 and (np.diff(given) > 0).all()


@pytest.mark.parametrize("kind", JUMPS_S)
def test_a_live_pose_bears_every_time(kind, scene, lifter):
    from uao_core.optimize import UaoConfig

    refiner = LiveRefiner(Refinement(lifter.network, scene.intrinsics, UaoConfig(), 15, torch.device("cpu")))
    for i, time_s in enumerate(JUMPS_S[kind]):
        found = refiner.push(Keypoints(i, time_s, scene.joints_px[i]))
        assert np.isfinite(found.pose.joints_m).all() and np.isfinite(found.pose.sigma_mm).all()
        assert np.linalg.norm(found.pose.joints_m - scene.truth_m[i].numpy(), axis=1).mean() < 1.0


def test_the_detector_bears_every_time():
    from app.detector import Detector, PoseModel

    grey = np.full((90, 160, 3), 90, np.uint8)
    with Detector(PoseModel.LITE) as detector:
        for i, time_s in enumerate([*JUMPS_S["an hour back"], -5.0, 1e6]):
            assert detector.detect(Frame(grey, PixelFormat.BGR, i, time_s, 0.0)).index == i
