"""A webcam recorded without a window: time, unplugging and signals end it, and all files are whole."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import camera as camera_module
from app.capture import FileSource
from app.cli import main
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


_PROGRAM = """
import sys
from pathlib import Path
import pytest
from app.cli import main
from app.options import BUNDLED_CLIP
from tests.fake_camera import FakeCamera, FakeCameras
patch = pytest.MonkeyPatch()
FakeCameras(FakeCamera(0, "Front camera", fps=25, clip=BUNDLED_CLIP)).install(patch, Path(sys.argv[1]))
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals to send")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_take_and_the_files_are_written(tmp_path, number):
    target = tmp_path / "take.json"
    command = [sys.executable, "-c", _PROGRAM, str(tmp_path), "--camera", "0", *QUICK, "--export", str(target)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert "recording Front camera" in process.stdout.readline()
        time.sleep(1.0)
        process.send_signal(number)
        out, error = process.communicate(timeout=60)
    assert process.returncode == 0, error
    assert error == "" and f"wrote {target}" in out
    assert len(json.loads(target.read_text())["frames"]) == len(recorded_times(tmp_path / "take.avi")) > 5
