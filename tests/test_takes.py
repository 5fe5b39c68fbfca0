"""Takes on a real disk: what is listed, what is said of them, and that a deletion loses nothing."""

import json
import os
import re
import time
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from app import takes
from app.capture import Frame, PixelFormat, SourceInfo
from app.recording import Recorder
from app.takes import KEPT_DAYS, TakeNote, empty_trash, list_takes, read_note, restore, take_at, trash, write_note
from uao_core.errors import UaoError

INFO = SourceInfo("Camera 0", (64, 48), 30.0, None, is_live=True)


def record(folder, name, count=4, fps=10):
    recorder = Recorder(folder, name, INFO)
    for i in range(count):
        pixels = np.full((48, 64, 3), 40 * i + 20, np.uint8)
        recorder.add(Frame(pixels, PixelFormat.BGR, 7 + i, 3 + i / fps, 0.0))
    return recorder.close().path


def rewrite_head(video, **changed):
    beside = video.with_suffix(".jsonl")
    head, rest = beside.read_text().split("\n", 1)
    content = {key: value for key, value in (json.loads(head) | changed).items() if value is not None}
    beside.write_text(json.dumps(content) + "\n" + rest)


def files(folder):
    """Paths below a folder; those in the trash without the day."""
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(re.sub(r"^\.trash/\d{4}-\d\d-\d\d/", ".trash/", path) for path in paths)


def test_takes_are_listed_the_newest_first(tmp_path):
    for name, day in (("b", 2), ("a", 3), ("täglich 2", 1)):
        rewrite_head(record(tmp_path, name), recorded=f"2024-05-0{day}T10:00:00")
    found = list_takes(tmp_path)
    assert [entry.title for entry in found] == ["a", "b", "täglich 2"]
    newest = found[0]
    assert newest.path == tmp_path / "a.avi" and newest.recorded == datetime(2024, 5, 3, 10)
    assert (newest.frames, newest.duration_s, newest.note) == (4, pytest.approx(0.3), TakeNote())
    assert newest.size_bytes == sum((tmp_path / f"a{ending}").stat().st_size for ending in (".avi", ".jsonl"))


def test_a_recording_says_when_it_began_and_older_ones_ended_with_their_last_line(tmp_path):
    video = record(tmp_path, "take")
    assert abs((list_takes(tmp_path)[0].recorded - datetime.now()).total_seconds()) < 30
    rewrite_head(video, recorded=None)
    ended = datetime(2023, 1, 2, 3, 4, 5)
    os.utime(video.with_suffix(".jsonl"), (ended.timestamp(),) * 2)
    assert (ended - list_takes(tmp_path)[0].recorded).total_seconds() == pytest.approx(0.3, abs=0.001)


def test_other_files_are_no_takes(tmp_path):
    video = record(tmp_path / "deep", "take")
    (tmp_path / "plain.avi").write_bytes(video.read_bytes())
    (tmp_path / "foreign.avi").write_bytes(video.read_bytes())
    (tmp_path / "foreign.jsonl").write_text('{"format": "other"}\n{"frame":0,"time_s":0}\n')
    (tmp_path / "odd.avi").mkdir()
    (tmp_path / "odd.jsonl").write_text("[1]\n")
    assert list_takes(tmp_path) == () and list_takes(tmp_path / "nowhere") == ()
    assert take_at(video, tmp_path / "deep") is not None and take_at(video, tmp_path) is None
    assert take_at(tmp_path / "plain.avi", tmp_path) is None
    with pytest.raises(UaoError, match="cannot be read"):
        list_takes(tmp_path / "plain.avi")


def test_length_is_read_from_the_end_whatever_is_there(tmp_path):
    video = record(tmp_path, "take")
    beside = video.with_suffix(".jsonl")
    whole = beside.read_text()
    poses = "".join(json.dumps({"index": 3, "joints_m": [[0.123456789] * 3] * 23}) + "\n" for _ in range(100))
    beside.write_text(whole + poses + '{"frame":4,"time_')  # poses come after the last picture, and a line is torn
    assert beside.stat().st_size > 4 * takes._TAIL_BYTES
    assert (take_at(video, tmp_path).frames, take_at(video, tmp_path).duration_s) == (4, pytest.approx(0.3))
    beside.write_text(whole.split("\n")[0] + "\n")
    assert (take_at(video, tmp_path).frames, take_at(video, tmp_path).duration_s) == (0, 0.0)


@pytest.mark.parametrize("time_s", ["NaN", "Infinity", "-3", "1e300"])
def test_a_length_that_cannot_be_is_none(tmp_path, time_s):
    video = record(tmp_path, "take")
    with video.with_suffix(".jsonl").open("a") as lines:
        lines.write(f'{{"frame":9,"time_s":{time_s}}}\n')
    assert take_at(video, tmp_path).duration_s == 0.0


def test_hundreds_are_listed_at_once_and_no_video_is_read(tmp_path, monkeypatch):
    first = record(tmp_path, "take")
    for i in range(300):
        os.link(first.with_suffix(".jsonl"), tmp_path / f"take {i}.jsonl")
        (tmp_path / f"take {i}.avi").write_bytes(b"nobody looks at this")
    started = time.perf_counter()
    assert len(list_takes(tmp_path)) == 301
    assert time.perf_counter() - started < 2.0


def test_what_is_said_of_a_take_is_kept(tmp_path):
    video = record(tmp_path, "a take 10.11.12")
    said = TakeNote("Walk, 3rd try", "the good one\nleft knee hidden ✓", 2, 3)
    write_note(video, said)
    assert read_note(video) == said and files(tmp_path)[-1] == "a take 10.11.12.take.json"
    entry = list_takes(tmp_path)[0]
    assert entry.title == "Walk, 3rd try" and entry.path.name == "a take 10.11.12.avi"
    write_note(video, replace(said, title="  two\nlines "))
    assert read_note(video).title == "two lines"
    write_note(video, TakeNote())
    assert read_note(video) == TakeNote() and len(files(tmp_path)) == 2, "nothing said, no file"


@pytest.mark.parametrize(
    "content",
    ["", "no json", "[1]", "null", '{"format": "other", "title": "x"}', "[" * 100_000, '{"format": "uao-take", "title": 3}'],
)
def test_a_damaged_note_is_none(tmp_path, content):
    video = record(tmp_path, "take")
    video.with_suffix(".take.json").write_text(content)
    assert read_note(video) == TakeNote() and list_takes(tmp_path)[0].title == "take"
    video.with_suffix(".take.json").write_bytes(b"\xff\xfe\x00")
    assert read_note(video) == TakeNote()


def test_what_is_good_in_a_damaged_note_is_kept(tmp_path):
    video = record(tmp_path, "take")
    for start, stop, read in (
        (True, 2.5, (0, None)),
        (-1, 3, (0, 3)),
        (2, 2, (2, None)),
        ("1", None, (0, None)),
        (1, 3, (1, 3)),
    ):
        content = {"format": "uao-take", "title": "t", "note": None, "trim_start": start, "trim_stop": stop}
        video.with_suffix(".take.json").write_text(json.dumps(content))
        assert read_note(video) == TakeNote("t", "", *read)


def test_nothing_is_said_of_a_take_that_is_gone(tmp_path):
    with pytest.raises(UaoError, match="no longer in"):
        write_note(tmp_path / "take.avi", TakeNote("x"))
    assert files(tmp_path) == []


def test_a_deletion_moves_all_files_and_is_undone(tmp_path):
    video = record(tmp_path, "take")
    write_note(video, TakeNote("Walk"))
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    deleted = trash(video)
    assert files(tmp_path) == [f".trash/{name}" for name in before] and list_takes(tmp_path) == ()
    restore(deleted)
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before


def test_two_deleted_takes_of_one_name_are_both_kept(tmp_path):
    first = trash(record(tmp_path, "take", 2))
    second = trash(record(tmp_path, "take", 5))
    assert files(tmp_path) == [".trash/take 2.avi", ".trash/take 2.jsonl", ".trash/take.avi", ".trash/take.jsonl"]
    restore(second)
    with pytest.raises(UaoError, match=r"another take\.avi"):
        restore(first)
    assert list_takes(tmp_path)[0].frames == 5 and first.moved[0][1].exists()


def test_a_deletion_that_fails_changes_nothing(tmp_path, monkeypatch):
    video = record(tmp_path, "take")
    before = files(tmp_path)
    rename = type(video).rename

    def fails(self, target):
        if self.suffix == ".jsonl":
            raise PermissionError(13, "in use")
        return rename(self, target)

    monkeypatch.setattr(type(video), "rename", fails)
    with pytest.raises(UaoError, match=r"cannot be moved \(in use\)"):
        trash(video)
    assert files(tmp_path) == before
    monkeypatch.undo()
    deleted = trash(video)
    deleted.moved[1][1].unlink()
    with pytest.raises(UaoError, match="no longer there"):
        restore(deleted)
    assert files(tmp_path) == [".trash/take.avi"]
    with pytest.raises(UaoError, match="no longer there"):
        trash(video)


def test_the_trash_lets_go_of_what_has_lain_there_for_a_month(tmp_path):
    deleted = trash(record(tmp_path, "take"))
    video, kept = deleted.moved[0][1], date.today() + timedelta(days=KEPT_DAYS)
    (tmp_path / ".trash" / "by hand").mkdir()
    (tmp_path / ".trash" / "by hand" / "other.avi").touch()
    (tmp_path / ".trash" / "2001-01-01").symlink_to(tmp_path)
    (tmp_path / ".trash" / "2001-01-02").mkdir()
    (tmp_path / ".trash" / "2001-01-02" / "notes.txt").touch()
    (tmp_path / ".trash" / "2001-01-02" / "old.avi").touch()
    empty_trash(tmp_path, kept)
    assert video.exists() and not (tmp_path / ".trash" / "2001-01-02" / "old.avi").exists()
    assert (tmp_path / ".trash" / "2001-01-02" / "notes.txt").exists(), "it is not ours"
    empty_trash(tmp_path, kept + timedelta(days=1))
    assert not video.exists() and not video.parent.exists() and (tmp_path / ".trash" / "by hand" / "other.avi").exists()
    with pytest.raises(UaoError, match="no longer there"):
        restore(deleted)
    again = record(tmp_path, "take")
    empty_trash(tmp_path, kept + timedelta(days=1000))
    assert again.exists()
    empty_trash(tmp_path / "nowhere", kept)
