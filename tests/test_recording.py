"""Recordings on a real disk: what was given comes back, also after the end of the world."""

import json
import os
import subprocess
import sys
import time
from collections import namedtuple

import numpy as np
import pytest

from app import recording
from app.capture import FileSource, Frame, PixelFormat, SourceInfo
from app.recorded import recorded_times
from app.recording import Recorder
from uao_core.errors import UaoError
from uao_core.packets import FrameResult, Keypoints, Pose

INFO = SourceInfo("Camera 0", (64, 48), 30.0, None, is_live=True)
TIMES_S = [5.0, 5.031, 5.07, 5.2, 5.21, 5.3]
"""A camera that has run for five seconds, and is not punctual."""


def frame(i, time_s, size=(64, 48)):
    return Frame(np.full((size[1], size[0], 3), 30 * i + 20, np.uint8), PixelFormat.BGR, 100 + i, time_s, 0.0)


def result(i, time_s):
    joints = np.full((23, 3), float(i), np.float32)
    pose = Pose(joints, joints[:, 0], joints, 1.0, 2.0)
    return FrameResult(Keypoints(100 + i, time_s, joints), pose)


def read_all(source):
    frames = []
    while (found := source.read()) is not None:
        frames.append(found)
    source.close()
    return frames


@pytest.fixture
def recorded(tmp_path):
    recorder = Recorder(tmp_path / "new folder" / "täglich", "a take", INFO)
    for i, time_s in enumerate(TIMES_S):
        recorder.add(frame(i, time_s))
        if i % 2:
            recorder.add(result(i, time_s))
    return recorder.close()


def test_pictures_come_back_with_the_times_they_were_taken_at(recorded):
    assert (recorded.frames, recorded.left_out, recorded.trouble) == (6, 0, None)
    source = FileSource(recorded.path)
    assert source.info.frame_count == 6 and source.info.fps == pytest.approx(5 / 0.3)
    frames = read_all(source)
    assert [round((f.pixels.mean() - 20) / 30) for f in frames] == list(range(6))
    assert [f.time_s for f in frames] == pytest.approx([t - 5 for t in TIMES_S])


def test_a_part_of_a_recording_keeps_its_times(recorded):
    source = FileSource(recorded.path, start_s=0.03, end_s=0.25)
    frames = read_all(source)
    assert [f.time_s for f in frames] == pytest.approx([0.001, 0.04, 0.17, 0.18])
    source = FileSource(recorded.path, start_s=0.03)
    source.read()
    source.seek(3)
    assert source.read().time_s == pytest.approx(0.18)


def test_poses_are_beside_the_pictures(recorded):
    lines = [json.loads(line) for line in recorded.path.with_suffix(".jsonl").read_text().splitlines()]
    assert lines[0]["format"] == "uao-recording" and lines[0]["source"] == "Camera 0"
    poses = [line for line in lines if "joints_m" in line]
    assert [pose["index"] for pose in poses] == [1, 3, 5]
    assert [pose["time_s"] for pose in poses] == pytest.approx([0.031, 0.2, 0.3])
    assert poses[1]["joints_m"][0] == [3.0, 3.0, 3.0] and poses[1]["sigma_mm"][4] == 3.0


def test_no_recording_replaces_another(tmp_path):
    paths = []
    for _ in range(3):
        recorder = Recorder(tmp_path, "a take", INFO)
        recorder.add(frame(0, 0.0))
        paths.append(recorder.close().path)
    assert [path.name for path in paths] == ["a take.avi", "a take 2.avi", "a take 3.avi"]


_ENDLESS = """
import sys, time
from pathlib import Path
from tests.test_recording import INFO, Recorder, frame, result
recorder = Recorder(Path(sys.argv[1]), "take", INFO)
for i in range(100000):
    recorder.add(frame(i % 7, i / 30))
    recorder.add(result(i, i / 30))
    time.sleep(0.002)
    print(i, flush=True)
"""


def test_a_killed_recording_can_be_opened(tmp_path):
    with subprocess.Popen([sys.executable, "-c", _ENDLESS, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        given = 0
        while given < 300:
            given = int(process.stdout.readline())
        process.kill()
    frames = read_all(FileSource(tmp_path / "take.avi"))
    assert len(frames) > given - 30, "to the last full second"
    assert [f.time_s for f in frames[:200]] == pytest.approx([i / 30 for i in range(200)], abs=1e-5)


def test_a_torn_last_line_is_forgiven(recorded):
    beside = recorded.path.with_suffix(".jsonl")
    text = beside.read_text()
    beside.write_text(text[: text.rindex('"frame":5') + 12])
    assert recorded_times(recorded.path) == pytest.approx([t - 5 for t in TIMES_S[:5]])
    assert len(read_all(FileSource(recorded.path))) == 6


@pytest.mark.parametrize("content", ["", "no json", "[1]", '{"format": "other"}\n{"frame": 0, "time_s": 1}'])
def test_another_file_of_that_name_is_left_alone(recorded, content):
    recorded.path.with_suffix(".jsonl").write_text(content)
    assert recorded_times(recorded.path) is None and len(read_all(FileSource(recorded.path))) == 6


def test_a_full_disk_ends_the_recording_and_keeps_it(tmp_path, monkeypatch):
    usage = namedtuple("usage", "free")
    rooms = iter([10**12, 10**3])
    monkeypatch.setattr(recording.shutil, "disk_usage", lambda _: usage(next(rooms)))
    recorder = Recorder(tmp_path, "take", INFO)
    for i in range(60):
        recorder.add(frame(i % 7, i / 30))
        time.sleep(0.002)
    ended = recorder.close()
    assert "no room" in ended.trouble and ended.frames == 30
    assert len(read_all(FileSource(ended.path))) == 30


@pytest.mark.alone
def test_a_slow_disk_costs_pictures_and_no_time(tmp_path, monkeypatch):
    write = Recorder._write_frame
    monkeypatch.setattr(Recorder, "_write_frame", lambda self, item: (time.sleep(0.01), write(self, item)))
    recorder = Recorder(tmp_path, "take", INFO)
    started = time.monotonic()
    for i in range(80):
        recorder.add(frame(i % 7, i / 30))
    assert time.monotonic() - started < 0.4
    ended = recorder.close()
    assert ended.left_out > 20 and ended.frames + ended.left_out == 80
    assert len(recorded_times(ended.path)) == ended.frames


def test_a_camera_that_changes_its_size_is_recorded_on(tmp_path):
    recorder = Recorder(tmp_path, "take", INFO)
    for i in range(3):
        recorder.add(frame(i, i / 30, (64, 48) if i < 2 else (128, 96)))
    assert {f.size for f in read_all(FileSource(recorder.close().path))} == {(64, 48)}


@pytest.mark.skipif(os.name == "nt", reason="folders are files there in another way")
def test_a_place_that_cannot_be_written_to_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UaoError, match="cannot be recorded to"):
        Recorder(tmp_path / "file" / "takes", "take", INFO)


def test_a_recording_without_a_picture_leaves_no_file(tmp_path):
    ended = Recorder(tmp_path, "take", INFO).close()
    assert ended.path is None and ended.frames == 0 and "no pictures" in ended.trouble
    assert list(tmp_path.iterdir()) == []
