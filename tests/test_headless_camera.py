"""A webcam recorded without a window: time, unplugging and signals end it, and all files are whole."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app import camera as camera_module
from app.capture import FileSource
from app.cli import main
from app.lens.lens import Lens, write_lens
from app.recorded import recorded_times
from tests.fake_camera import FakeCamera, FakeCameras

ROOT = Path(__file__).parent.parent
QUICK = ["--headless", "--device", "cpu", "--pose-model", "lite", "--uao-iterations", "0"]


@pytest.fixture
def webcam(monkeypatch, tmp_path, clip):
    folder = tmp_path / "dev"
    folder.mkdir()
    monkeypatch.setattr(camera_module, "_STALL_S", 0.5)
    made = FakeCamera(0, "Front camera", fps=25, clip=clip)
    system = FakeCameras(made).install(monkeypatch, folder)
    yield made
    system.end()


def test_seconds_end_the_take_and_everything_is_written(webcam, tmp_path, capfd):
    bvh, js = tmp_path / "my take.bvh", tmp_path / "other" / "take.json"
    status = main(["--camera", "0", *QUICK, "--seconds", "1.2", "--export", str(bvh), "--export", str(js)])
    out = capfd.readouterr().out
    assert status == 0 and "recording Front camera to" in out and "fps" in out and f"wrote {bvh}" in out
    video = tmp_path / "my take.avi"
    times = recorded_times(video)
    assert 0.7 < times[-1] < 2.5 and len(times) > 8
    take = json.loads(js.read_text())
    assert len(take["frames"]) == len(times) == FileSource(video).info.frame_count, "every picture, not only the live ones"
    assert f"recorded {len(times)} pictures" in out
    lines = [json.loads(line) for line in video.with_suffix(".jsonl").read_text().splitlines()]
    assert lines[0]["source"] == "Front camera" and any("joints_m" in line for line in lines)
    assert bvh.read_text().startswith("HIERARCHY") and not webcam.is_held


def test_a_recording_alone_goes_to_the_folder(webcam, tmp_path, capfd):
    out = tmp_path / "new" / "takes"
    assert main(["--camera", "0", *QUICK, "--seconds", "0.5", "--out", str(out), "--camera-size", "640x480"]) == 0
    assert sorted(path.suffix for path in out.iterdir()) == [".avi", ".jsonl"]
    assert set(webcam.asked.values()) == {640, 480}


def test_an_unplugged_camera_ends_the_take(webcam, tmp_path, capfd, monkeypatch):
    picture = FakeCamera.picture
    monkeypatch.setattr(FakeCamera, "picture", lambda self: (self.unplug() if self.given > 60 else None, picture(self))[1])
    assert main(["--camera", "0", *QUICK, "--out", str(tmp_path / "takes")]) == 0
    said = capfd.readouterr()
    assert "has stopped giving pictures" in said.err and "recorded" in said.out
    (video,) = (tmp_path / "takes").glob("*.avi")
    assert len(recorded_times(video)) > 10


@pytest.mark.parametrize("arguments", [["--camera", "4"], ["--camera", "0", "--export", "README.md/a.bvh"]])
def test_what_cannot_be_is_said_before_anything_is_recorded(webcam, tmp_path, monkeypatch, capfd, arguments):
    monkeypatch.chdir(ROOT)
    assert main([*arguments, *QUICK, "--out", str(tmp_path / "takes")]) == 1
    said = capfd.readouterr().err
    assert len(said.strip().splitlines()) == 1 and ("camera 4" in said or "README.md" in said)
    assert not (tmp_path / "takes").exists() and webcam.opened == 0


def test_a_lens_of_another_shape_is_refused_before_anything_is_recorded(webcam, tmp_path, capfd, qtbot):
    write_lens(Lens(905.0, (1280, 320), "chessboard"), tmp_path / "lens.json")
    lens = ["--lens", str(tmp_path / "lens.json")]
    assert main(["--camera", "0", *QUICK, *lens, "--seconds", "0.5", "--out", str(tmp_path / "takes")]) == 1
    said = capfd.readouterr().err
    assert "another shape (1280 x 320) than Front camera has" in said and len(said.strip().splitlines()) == 1
    assert not (tmp_path / "takes").exists()
    qtbot.waitUntil(lambda: not webcam.is_held)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals to send")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_take_and_the_files_are_written(webcam, tmp_path, capfd, monkeypatch, number):
    target, picture, sent = tmp_path / "take.json", FakeCamera.picture, []

    def interrupting(camera):
        lines = target.with_suffix(".jsonl")
        if not sent and lines.exists() and lines.read_text().count('"frame":') > 7:
            sent.append(number)
            signal.pthread_kill(threading.main_thread().ident, number)
        return picture(camera)

    monkeypatch.setattr(FakeCamera, "picture", interrupting)
    status = main(["--camera", "0", *QUICK, "--export", str(target)])
    told = capfd.readouterr()
    assert status == 0 and sent == [number] and f"wrote {target}" in told.out and "uao-pose" not in told.err
    assert len(json.loads(target.read_text())["frames"]) == len(recorded_times(tmp_path / "take.avi")) > 7
    assert not webcam.is_held


_PROGRAM = """
import atexit, sys, threading, time
from pathlib import Path
import cv2, numpy, pytest
from PySide6.QtCore import QSettings
from app import camera
from app.cli import program
from tests.fake_camera import FakeCamera, FakeCameras

folder, clip = Path(sys.argv.pop(1)), Path(sys.argv.pop(1))
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "settings"))
(folder / "dev").mkdir()
fake = FakeCamera(0, "Front camera", fps=25, clip=clip)
FakeCameras(fake).install(pytest.MonkeyPatch(), folder / "dev")
camera._STALL_S = 0.5
quick, ends = fake._of_clip, threading.Event()
atexit.register(lambda: (ends.set(), time.sleep(0.01)))

def slow():
    if fake.given > 40:
        ends.wait()
        cv2.GaussianBlur(numpy.zeros((1000, 1000, 3), numpy.uint8), (0, 0), 20.0)
    return quick()

fake._of_clip = slow
sys.exit(program())
"""


def test_a_driver_that_is_at_work_when_the_program_ends_does_not_abort_it(tmp_path, clip):
    """As of a camera that was pulled out: its read comes back when it pleases."""
    command = [sys.executable, "-c", _PROGRAM, tmp_path, clip, "--camera", "0", *QUICK, "--out", tmp_path / "takes"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "has stopped giving pictures" in done.stderr, done.stderr
    (video,) = (tmp_path / "takes").glob("*.avi")
    assert f"wrote {video}" in done.stdout and len(recorded_times(video)) > 10
