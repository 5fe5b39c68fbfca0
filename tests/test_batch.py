"""Many files: all are processed, one that is bad keeps no other from it, and what is done is not done again."""

import json
import os
from dataclasses import replace

import cv2
import numpy as np
import pytest

from app import batch
from app.batch import find_jobs, run_batch
from app.options import BUNDLED_CLIP, parse_options
from uao_core.errors import UaoError


@pytest.fixture
def clips(tmp_path):
    """Two good clips, one that is none, one without a person, and something else."""
    folder = tmp_path / "my clips"
    folder.mkdir()
    for name in ("b.mp4", "a ü.MP4"):
        (folder / name).write_bytes(BUNDLED_CLIP.read_bytes())
    (folder / "broken.mov").write_text("no video")
    writer = cv2.VideoWriter(str(folder / "empty.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48))
    for _ in range(4):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    (folder / "notes.txt").write_text("")
    return folder


def options(*arguments):
    return parse_options(["--headless", "--end", "0.4", "--pose-model", "lite", "--device", "cpu", *map(str, arguments)])


def test_folders_stand_for_their_videos_in_order(clips, tmp_path):
    jobs = find_jobs(options(BUNDLED_CLIP, clips, "--out", tmp_path / "out"))
    assert [job.video.name for job in jobs] == ["demo.mp4", "a ü.MP4", "b.mp4", "broken.mov", "empty.avi"]
    assert jobs[1].targets == (tmp_path / "out" / "a ü.bvh", tmp_path / "out" / "a ü.json")
    (job,) = find_jobs(options(clips / "b.mp4", "--out", tmp_path, "--format", "json"))
    assert job.targets == (tmp_path / "b.json",)


def test_all_are_processed_and_what_failed_is_said(clips, tmp_path, capsys):
    out = tmp_path / "new" / "results"
    with pytest.raises(UaoError, match="2 of 4 videos failed"):
        run_batch(options(clips, "--out", out))
    told = capsys.readouterr()
    assert "1/4 a ü.MP4: 8 frames, 8 with a person" in told.out and "2/4 b.mp4: 8 frames" in told.out
    assert "3/4 broken.mov:" in told.err and "4/4 empty.avi:" in told.err and len(told.err.splitlines()) == 2
    assert sorted(file.name for file in out.iterdir()) == ["a ü.bvh", "a ü.json", "b.bvh", "b.json", "empty.json"]
    assert len(json.loads((out / "b.json").read_text())["frames"]) == 8


def test_a_second_run_goes_on_where_the_first_ended(clips, tmp_path, capsys, monkeypatch):
    for name in ("broken.mov", "empty.avi"):
        (clips / name).unlink()
    wanted = options(clips, "--out", tmp_path, "--format", "json")
    run_batch(wanted)
    (tmp_path / "b.json").unlink()
    processed, process = [], batch.process_clip
    monkeypatch.setattr(
        batch, "process_clip", lambda chain, clip, *rest: processed.append(clip.name) or process(chain, clip, *rest)
    )
    run_batch(wanted)
    assert processed == ["b.mp4"] and "1/2 a ü.MP4: done before" in capsys.readouterr().out
    os.utime(clips / "a ü.MP4")  # filmed anew
    run_batch(wanted)
    assert processed == ["b.mp4", "a ü.MP4"]
    run_batch(replace(wanted, overwrite=True))
    assert len(processed) == 4


def test_two_videos_of_one_name_are_refused_before_any_work(clips, tmp_path):
    (clips / "B.mkv").write_bytes(b"")
    with pytest.raises(UaoError, match="same files"):
        run_batch(options(clips, "--out", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_folder_without_videos_is_one_sentence(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(UaoError, match="There is no video in") as caught:
        run_batch(options(tmp_path / "folder", "--out", tmp_path / "out"))
    assert "\n" not in str(caught.value) and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        "a.mp4 b.mp4",
        "a.mp4 b.mp4 --headless",
        ". --headless",
        "a.mp4 --out x",
        "--headless --out x",
        "a.mp4 --headless --out x --export a.bvh",
        "a.mp4 --headless --out x --format fbx",
    ],
)
def test_wrong_usage_says_how_it_is_right(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        parse_options(arguments.split())
    told = capsys.readouterr().err.splitlines()[-1]
    assert ended.value.code == 2 and "error:" in told and ("--out" in told or "--format" in told)
