"""Many files: all are processed, one that is bad keeps no other from it, and what is done is not done again."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from app import batch, batch_run, ledger
from app.batch import Batch, Ending, Outcome
from app.batch_run import run_batch
from app.ledger import LEDGER_NAME, WITHOUT_EFFECT, Ledger, settings_of
from app.names import name_takes
from app.options import BUNDLED_CLIP, Options, parse_options
from app.videos import Video, count_frames, find_videos
from models.weights import build_lifter, save_lifter
from tests.short_clips import write_clip
from uao_core import export_bvh, export_csv, import_json, read_take
from uao_core.errors import UaoError
from uao_core.export import write_take

ROOT = Path(__file__).parent.parent


@pytest.fixture
def clips(tmp_path):
    """Two good clips, one that is none, one without a person, and something else."""
    folder = tmp_path / "my clips"
    for name in ("b.avi", "a ü.AVI"):
        write_clip(folder / name)
    (folder / "broken.mov").write_text("no video")
    writer = cv2.VideoWriter(str(folder / "empty.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (64, 48))
    for _ in range(4):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    (folder / "notes.txt").write_text("")
    return folder


def options(*arguments):
    return parse_options(["--headless", "--pose-model", "lite", "--device", "cpu", *map(str, arguments)])


def names(*paths, ledger=None, folder=Path("/nowhere")):
    return name_takes(find_videos(paths).videos, ledger or Ledger(folder))


# Finding


def test_folders_stand_for_their_videos_and_those_of_the_folders_in_them(clips, tmp_path):
    for name in ("z/deep/c.mkv", ".hidden/d.mp4", "z/.e.mp4", "z/notes.pdf"):
        (clips / name).parent.mkdir(parents=True, exist_ok=True)
        (clips / name).write_text("")
    found = find_videos([BUNDLED_CLIP, clips, clips / "b.avi"])
    inside = [video.path.relative_to(clips).as_posix() for video in found.videos[1:]]
    assert inside == ["a ü.AVI", "b.avi", "broken.mov", "empty.avi", "z/deep/c.mkv"], "each once, in order"
    assert found.videos[0] == Video(BUNDLED_CLIP, BUNDLED_CLIP.parent) and found.troubles == ()
    assert find_videos([tmp_path / "nowhere.mp4"]).videos[0].path == tmp_path / "nowhere.mp4", "what is named is tried"


def test_a_folder_that_cannot_be_read_is_said_and_the_others_are(clips, tmp_path, monkeypatch, capsys):
    (clips / "locked").mkdir()
    walk = os.walk

    def locked(top, onerror):
        onerror(PermissionError(13, "Permission denied", str(clips / "locked")))
        return walk(top, onerror=onerror)

    monkeypatch.setattr(os, "walk", locked)
    for name in ("broken.mov", "empty.avi", "a ü.AVI"):
        (clips / name).unlink()
    with pytest.raises(UaoError, match="1 folders could not be read"):
        run_batch(options(clips, "--out", tmp_path / "out", "--format", "json"))
    assert f"{clips / 'locked'} cannot be read (Permission denied)" in capsys.readouterr().err
    assert (tmp_path / "out" / "b.json").is_file()


def test_frames_are_counted_without_processing(clips):
    assert count_frames(clips / "b.avi") == 8 and count_frames(clips / "b.avi", 0.1, 0.3) == 4
    assert count_frames(clips / "broken.mov") is None


# Naming


def test_takes_are_called_as_their_videos_and_keep_their_folders(tmp_path):
    for name in ("s1/a.mp4", "s1/b.c.mp4", "s2/a.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert names(tmp_path) == ["s1/a", "s1/b.c", "s2/a"]
    assert names(tmp_path / "s1") == ["a", "b.c"]
    assert names(tmp_path / "s1" / "a.mp4") == ["a"]


def test_names_that_clash_get_what_tells_them_apart(tmp_path):
    for name in ("p1/cam/a.mp4", "p2/cam/a.mp4", "p2/cam/b.mp4", "p3/a.MOV", "p3/a.mp4", "p3/A.avi"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert names(tmp_path / "p1" / "cam", tmp_path / "p2" / "cam") == ["p1/cam/a", "p2/cam/a", "b"]
    assert names(tmp_path / "p1" / "cam" / "a.mp4", tmp_path / "p2" / "cam" / "a.mp4") == ["p1/cam/a", "p2/cam/a"]
    assert sorted(names(tmp_path / "p3")) == ["A.avi", "a.MOV", "a.mp4"]


def test_names_that_only_differ_in_case_are_numbered(tmp_path):
    def named(*paths, root=None):
        return name_takes([Video(tmp_path / path, root or (tmp_path / path).parent) for path in paths], Ledger(tmp_path))

    assert named("S/a.mp4", "s/a.mp4") == ["a", "a 2"]
    assert named("A.mp4", "a.mp4", "b.mp4", root=tmp_path) == ["A", "a 2", "b"]
    assert named("A.mp4", "a.mp4", "a 2.mp4", root=tmp_path) == ["A", "a 3", "a 2"]
    assert named("S/a.mp4", "s/a.mp4", "t/a.mp4", root=tmp_path) == ["S/a", "s/a 2", "t/a"]
    assert named("S/a.mp4", "s/a.mp4", "t/a.mp4") == ["S/a", "s/a 2", "t/a"]
    assert named("A.mp4", "a.mp4", "a.mov", "A.mov", root=tmp_path) == ["A.mp4", "a.mp4 2", "a.mov", "A.mov 2"]
    assert named("UAO-batch.mp4", "b.mp4", root=tmp_path) == ["UAO-batch 2", "b"], "uao-batch.json is the ledger"


def test_names_that_only_differ_in_case_stay_on_another_day(tmp_path, processed):
    clips, out = tmp_path / "clips", tmp_path / "out"
    lower, upper = write_clip(clips / "a.avi", 3), clips / "A.avi"
    run_batch(options(lower, "--out", out, "--format", "json"))
    if upper.exists():
        pytest.skip("this system takes both for the same")
    write_clip(upper, 4)
    for named in ([upper], [clips], [lower, upper]):
        run_batch(options(*named, "--out", out, "--format", "json"))
    assert processed == ["a.avi", "A.avi"]
    lengths = {name: len(json.loads((out / name).read_text())["frames"]) for name in ("a.json", "A 2.json")}
    assert lengths == {"a.json": 3, "A 2.json": 4}


def test_a_video_is_one_however_its_name_is_written(tmp_path, processed):
    """As where upper and lower case are the same to the system; here two links stand for the two ways to write it."""
    clips, out = tmp_path / "clips", tmp_path / "out"
    lower, upper = write_clip(clips / "a.avi", 3), clips / "A.avi"
    if not upper.exists():
        upper.hardlink_to(lower)
    assert [video.path for video in find_videos([upper, lower, clips]).videos] == [upper]
    run_batch(options(lower, "--out", out, "--format", "json"))
    run_batch(options(upper, "--out", out, "--format", "json"))
    assert processed == ["a.avi"] and names(upper, ledger=Ledger(out)) == ["a"]
    lower.unlink(missing_ok=True)
    if upper.exists():
        assert names(upper, ledger=Ledger(out)) == ["a"], "it was renamed"


def test_results_of_two_videos_of_one_name_never_stand_for_each_other(tmp_path, processed):
    """Also where they are processed on different days."""
    one, other = write_clip(tmp_path / "p1" / "a.avi", 4), write_clip(tmp_path / "p2" / "a.avi", 6)
    out = tmp_path / "out"
    for _ in range(2):
        for clip in (one, other):
            run_batch(options(clip, "--out", out, "--format", "json"))
    assert processed == ["a.avi", "a.avi"]
    lengths = {name: len(json.loads((out / name).read_text())["frames"]) for name in ("a.json", "p2/a.json")}
    assert lengths == {"a.json": 4, "p2/a.json": 6}


# Doing


def test_all_are_processed_and_what_failed_is_said(clips, tmp_path, capsys):
    out = tmp_path / "new" / "results"
    with pytest.raises(UaoError, match="2 of 4 videos failed"):
        run_batch(options(clips, "--out", out))
    told = capsys.readouterr()
    assert "1/4 a ü.AVI: 8 frames, 8 with a person" in told.out and "2/4 b.avi: 8 frames" in told.out
    assert "3/4 broken.mov:" in told.err and "4/4 empty.avi:" in told.err and len(told.err.splitlines()) == 2
    made = sorted(file.name for file in out.iterdir())
    assert made == ["a ü.bvh", "a ü.json", "b.bvh", "b.json", "empty.json", LEDGER_NAME]
    assert len(json.loads((out / "b.json").read_text())["frames"]) == 8


def test_a_second_run_goes_on_where_the_first_ended(clips, tmp_path, capsys, processed):
    for name in ("broken.mov", "empty.avi"):
        (clips / name).unlink()
    wanted = options(clips, "--out", tmp_path, "--format", "json")
    run_batch(wanted)
    (tmp_path / "b.json").unlink()
    processed.clear()
    run_batch(wanted)
    assert processed == ["b.avi"] and "1/2 a ü.AVI: done before" in capsys.readouterr().out
    os.utime(clips / "a ü.AVI")  # filmed anew
    run_batch(wanted)
    assert processed == ["b.avi", "a ü.AVI"]
    run_batch(replace(wanted, overwrite=True))
    assert len(processed) == 4


def test_results_made_with_other_settings_are_made_anew(tmp_path, processed):
    clip, out = write_clip(tmp_path / "a.avi"), tmp_path / "out"
    run_batch(options(clip, "--out", out, "--format", "json"))
    run_batch(options(clip, "--out", out, "--format", "json", "--height", "2.1"))
    assert len(processed) == 2 and json.loads((out / "a.json").read_text())["uao"]["height_m"] == 2.1
    run_batch(options(clip, "--out", out, "--format", "bvh"))
    assert len(processed) == 3, "the BVH is of the height that is not known"
    run_batch(options(clip, "--out", out, "--format", "bvh"))
    assert len(processed) == 3
    run_batch(options(clip, "--out", out))
    assert len(processed) == 4 and json.loads((out / "a.json").read_text())["uao"]["height_m"] is None, "JSON was not"
    run_batch(options(clip, "--out", out, "--format", "json", "--device", "auto", "--log-level", "error"))
    assert len(processed) == 4, "what changes no result changes nothing"


def test_other_weights_of_the_same_name_are_another_setting(tmp_path, processed):
    clip, out, trained = write_clip(tmp_path / "a.avi", 3), tmp_path / "out", []
    for run, seed in (("1", 0), ("2", 1)):
        torch.manual_seed(seed)
        path = tmp_path / run / "mine.safetensors"
        path.parent.mkdir()
        save_lifter(path, build_lifter("temporal", {"width": 64, "layers": 1}), {})
        run_batch(options(clip, "--out", out, "--format", "json", "--weights", path))
        trained.append((out / "a.json").read_bytes())
    assert len(processed) == 2 and trained[0] != trained[1]
    (tmp_path / "2").rename(tmp_path / "moved")
    again = options(clip, "--out", out, "--format", "json", "--weights", tmp_path / "moved" / "mine.safetensors")
    run_batch(again)
    assert len(processed) == 2, "the same weights, elsewhere"
    work = Batch(again)
    (job,) = work.plan(find_videos(again.clips).videos)
    assert work.attempt(job, again=True).ending is Ending.DONE
    shutil.copy(tmp_path / "1" / "mine.safetensors", again.weights)  # trained on while the others are loaded
    assert work.attempt(job, again=True).ending is Ending.DONE
    run_batch(again)
    assert len(processed) == 5, "what was noted was of those that were loaded"


def test_what_lies_there_and_is_of_no_batch_is_left_alone(tmp_path, capsys):
    clip, out = write_clip(tmp_path / "a.avi"), tmp_path / "out"
    out.mkdir()
    (out / "a.bvh").write_text("edited by hand")
    (out / "a.json").write_text("{}")
    for formats in (["bvh"], ["bvh", "csv"], ["json"]):
        with pytest.raises(UaoError, match="1 of 1 videos failed"):
            run_batch(options(clip, "--out", out, "--format", *formats))
        assert f"a.{formats[0]} is there already" in capsys.readouterr().err
    run_batch(options(clip, "--out", out, "--format", "csv"))
    with pytest.raises(UaoError, match="1 of 1 videos failed"):
        run_batch(options(clip, "--out", out, "--format", "csv", "json"))
    assert (out / "a.bvh").read_text() == "edited by hand" and (out / "a.json").read_text() == "{}"
    run_batch(options(clip, "--out", out, "--format", "json", "--overwrite"))
    assert (out / "a.json").stat().st_size > 100


def test_what_was_made_here_and_worked_on_since_is_kept(tmp_path, capsys, processed):
    clip, out = write_clip(tmp_path / "a.avi"), tmp_path / "out"
    made = options(clip, "--out", out)
    run_batch(made)
    (out / "a.bvh").write_text("edited by hand")
    before = (out / "a.json").read_bytes()
    run_batch(made)
    os.utime(out / "a.json")  # copied, maybe
    for changed in (options(clip, "--out", out, "--height", "1.9"), options(clip, "--out", out, "--height", "2")):
        with pytest.raises(UaoError, match="1 of 1 videos failed"):
            run_batch(changed)
        told = capsys.readouterr().err.splitlines()
        assert told == [
            f"1/1 a.avi: {out / 'a.bvh'} has been changed since it was made, and is left as it is; move it, or --overwrite."
        ]
    work = Batch(made)
    (job,) = work.plan(find_videos([clip]).videos)
    assert "has been changed" in work.attempt(job, again=True).trouble
    assert (out / "a.bvh").read_text() == "edited by hand" and (out / "a.json").read_bytes() == before
    assert processed == ["a.avi"]
    run_batch(options(clip, "--out", out, "--height", "2", "--format", "json"))
    (out / "a.bvh").rename(out / "mine.bvh")
    run_batch(changed)
    assert (out / "a.bvh").read_text().startswith("HIERARCHY") and (out / "mine.bvh").is_file()
    (out / "a.bvh").write_text("edited by hand")
    run_batch(replace(made, overwrite=True))
    assert (out / "a.bvh").read_text().startswith("HIERARCHY")


def test_results_are_read_once_to_see_whether_they_were_changed(tmp_path, monkeypatch):
    clip, out = write_clip(tmp_path / "a.avi", 3), tmp_path / "out"
    run_batch(options(clip, "--out", out))
    work, read, asked = Batch(options(clip, "--out", out, "--height", "2")), ledger.digest_of, []
    (job,) = work.plan(find_videos([clip]).videos)
    monkeypatch.setattr(ledger, "digest_of", lambda path: asked.append(path.name) or read(path))
    work.claim([job])
    assert work.done_before(job) is None and sorted(asked) == ["a.bvh", "a.json"]
    (out / "a.json").write_text("{}")
    assert "a.json has been changed" in work.done_before(job).trouble


def test_what_work_that_failed_has_written_is_ours_and_nothing_else(tmp_path, monkeypatch, processed):
    """A BVH that finds no room after the JSON was written; a process that dies between the two leaves the same."""
    clip, out = write_clip(tmp_path / "a.avi"), tmp_path / "out"
    low, high = (options(clip, "--out", out, "--format", "json", "bvh", "--height", height) for height in ("1.5", "2"))
    run_batch(low)
    with monkeypatch.context() as patch, pytest.raises(UaoError, match="1 of 1 videos failed"):
        patch.setattr(export_bvh, "atomic_text", lambda path: (_ for _ in ()).throw(UaoError("full")))
        run_batch(high)
    assert json.loads((out / "a.json").read_text())["uao"]["height_m"] == 2
    run_batch(low)
    assert json.loads((out / "a.json").read_text())["uao"]["height_m"] == 1.5, "what lies there was of other settings"
    run_batch(high)
    assert processed == 4 * ["a.avi"] and json.loads((out / "a.json").read_text())["uao"]["height_m"] == 2
    work = Batch(low)
    (job,) = work.plan(find_videos([clip]).videos)
    (out / "a.json").write_text("{}")
    outcome = Outcome(Ending.FAILED, job.targets, trouble="died")
    assert work.done_before(job).trouble and work.note(job, None, outcome) == outcome and work.done_before(job) is None


def test_a_ledger_of_an_earlier_version_is_understood(tmp_path, processed):
    clip, out = write_clip(tmp_path / "a.avi"), tmp_path / "out"
    wanted = options(clip, "--out", out, "--format", "json")
    run_batch(wanted)
    content = json.loads((out / LEDGER_NAME).read_text())
    for key in ("digests", "refused", "older"):
        del content["takes"]["a"][key]
    (out / LEDGER_NAME).write_text(json.dumps(content))
    (out / "a.json").write_text("changed or not, nobody can tell")
    run_batch(wanted)
    run_batch(options(clip, "--out", out, "--format", "json", "--height", "1.9"))
    assert len(processed) == 2 and (out / "a.json").stat().st_size > 100


def test_another_format_is_written_from_the_take_that_is_there(tmp_path, monkeypatch, capsys, processed):
    clip, out = write_clip(tmp_path / "a.avi"), tmp_path / "out"
    run_batch(options(clip, "--out", out))
    (out / "a.bvh").write_text("edited by hand")
    figures = Ledger(out).entry("a").summary
    with monkeypatch.context() as patch, pytest.raises(UaoError, match="1 of 1 videos failed"):
        patch.setattr(export_csv, "atomic_text", lambda path: (_ for _ in ()).throw(UaoError("full")))
        run_batch(options(clip, "--out", out, "--format", "bvh", "csv"))
    assert Ledger(out).is_changed("a", "bvh"), "and stays known to be"
    capsys.readouterr()
    run_batch(options(clip, "--out", out, "--format", "bvh", "glb", "csv"))
    assert capsys.readouterr().out == "1/1 a.avi: 8 frames, 8 with a person, written from a.json\n" and len(processed) == 1
    for kind in ("glb", "csv"):
        write_take(read_take(out / "a.json"), tmp_path / f"other.{kind}")
        assert (out / f"a.{kind}").read_bytes() == (tmp_path / f"other.{kind}").read_bytes()
    assert (out / "a.bvh").read_text() == "edited by hand", "what is there stays"
    entry = Ledger(out).entry("a")
    assert entry.formats == ("bvh", "csv", "glb", "json") and entry.summary == figures and not entry.older
    run_batch(options(clip, "--out", out, "--format", "json", "bvh", "glb", "csv"))
    assert "done before" in capsys.readouterr().out and len(processed) == 1
    (out / "a.json").unlink()
    run_batch(options(clip, "--out", out))
    assert len(processed) == 2 and (out / "a.json").is_file() and (out / "a.bvh").read_text() == "edited by hand"


def test_a_take_that_is_not_the_one_that_would_be_made_is_not_written_from(tmp_path, monkeypatch, processed):
    clip, out = write_clip(tmp_path / "a.avi"), tmp_path / "out"
    run_batch(options(clip, "--out", out, "--format", "json"))
    run_batch(options(clip, "--out", out, "--format", "csv", "--height", "1.9"))
    assert len(processed) == 2
    run_batch(options(clip, "--out", out, "--format", "json"))
    os.utime(clip)
    run_batch(options(clip, "--out", out, "--format", "npz"))
    assert len(processed) == 4
    run_batch(options(clip, "--out", out, "--format", "json"))
    (out / "a.json").write_bytes((out / "a.json").read_bytes().replace(b"a.avi", b"b.avi"))
    run_batch(options(clip, "--out", out, "--format", "glb"))
    assert len(processed) == 6, "it was edited"
    run_batch(options(clip, "--out", out, "--format", "json", "--overwrite"))
    with monkeypatch.context() as patch:
        patch.setattr(import_json, "_MOST_BYTES", 1000)
        run_batch(options(clip, "--out", out, "--format", "trc"))
    assert len(processed) == 8, "it is too long to be read"
    run_batch(options(clip, "--out", out, "--format", "csv", "--overwrite"))
    assert len(processed) == 9
    run_batch(options(clip, "--out", out, "--format", "bvh"))
    assert len(processed) == 9


def test_a_take_without_a_person_is_not_looked_at_again_for_another_format(clips, tmp_path, capsys, processed):
    out = tmp_path / "out"
    run_batch(options(clips / "empty.avi", "--out", out, "--format", "json"))
    for words in ("empty.avi: Nobody was found", "Looked at before"):
        with pytest.raises(UaoError, match="1 of 1 videos failed"):
            run_batch(options(clips / "empty.avi", "--out", out))
        assert words in capsys.readouterr().err
    assert processed == ["empty.avi"]


def test_what_work_that_did_not_end_has_left_is_ours(tmp_path, monkeypatch):
    """As after a power cut between the files and the ledger, or where one of several formats could not be written."""
    clip, out = write_clip(tmp_path / "a.avi"), tmp_path / "out"
    made = options(clip, "--out", out, "--format", "json")

    def cut_short(these):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(Ledger, "note", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            run_batch(these)

    cut_short(made)
    assert (out / "a.json").is_file() and Ledger(out).entry("a").summary.frames == 0
    run_batch(made)
    assert Ledger(out).entry("a").formats == ("json",)
    (out / "a.json").unlink()
    cut_short(replace(made, height_m=1.5))
    assert not Ledger(out).is_changed("a", "json"), "what was there under this name is no measure of it"
    run_batch(made)
    assert json.loads((out / "a.json").read_text())["uao"]["height_m"] is None


def test_a_video_in_which_nobody_is_found_is_looked_at_once(clips, tmp_path, capsys, processed):
    out = tmp_path / "out"

    def run(*arguments):
        with pytest.raises(UaoError, match="1 of 1 videos failed"):
            run_batch(options(clips / "empty.avi", "--out", out, *arguments))
        return capsys.readouterr().err

    assert "1/1 empty.avi: Nobody was found in this take" in run()
    again = run()
    assert "1/1 empty.avi: Looked at before with these settings, and not again" in again and "Nobody was found" in again
    assert len(again.splitlines()) == 1 and processed == ["empty.avi"]
    run_batch(options(clips / "empty.avi", "--out", out, "--format", "json"))
    assert "done before" in capsys.readouterr().out and "Looked at before" in run("--format", "bvh")
    assert len(processed) == 1, "each of the formats by itself"
    for number, arguments in enumerate((["--height", "1.9"], ["--height", "1.9", "--overwrite"], []), start=2):
        assert "1/1 empty.avi: Nobody was found" in run(*arguments) and len(processed) == number
    os.utime(clips / "empty.avi")
    run()
    (out / "empty.json").unlink()
    assert "Looked at" not in run() and len(processed) == 6 and "Looked at" in run()
    assert sorted(path.name for path in out.iterdir()) == ["empty.json", LEDGER_NAME]
    (out / "empty.bvh").write_text("drawn by hand")
    with pytest.raises(UaoError, match="1 of 1 videos failed"):
        run_batch(options(clips / "empty.avi", "--out", out, "--height", "1.8"))
    assert "empty.bvh is there already" in capsys.readouterr().err, "what could not be made is not ours"


def test_a_full_disk_is_no_reason_to_look_at_a_video_no_more(clips, tmp_path, monkeypatch, processed):
    wanted = options(clips / "empty.avi", "--out", tmp_path / "out", "--format", "bvh", "csv")
    with monkeypatch.context() as patch, pytest.raises(UaoError, match="1 of 1 videos failed"):
        patch.setattr(export_csv, "atomic_text", lambda path: (_ for _ in ()).throw(UaoError("full")))
        run_batch(wanted)
    for _ in range(2):
        with pytest.raises(UaoError, match="1 of 1 videos failed"):
            run_batch(wanted)
    assert len(processed) == 2 and (tmp_path / "out" / "empty.csv").is_file()


def test_a_folder_that_was_moved_along_with_its_videos_is_known_again(tmp_path, processed):
    write_clip(tmp_path / "study" / "s1" / "a.avi")
    run_batch(options(tmp_path / "study", "--out", tmp_path / "study" / "takes"))
    (tmp_path / "study").rename(tmp_path / "moved")
    run_batch(options(tmp_path / "moved", "--out", tmp_path / "moved" / "takes"))
    (tmp_path / "moved" / "takes").rename(tmp_path / "elsewhere")
    run_batch(options(tmp_path / "moved", "--out", tmp_path / "elsewhere"))
    assert len(processed) == 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"takes": {"a": {}}}', '{"takes": 7}'])
def test_a_damaged_ledger_is_an_empty_one(tmp_path, content):
    (tmp_path / LEDGER_NAME).write_text(content)
    assert Ledger(tmp_path).entry("a") is None
    run_batch(options(write_clip(tmp_path / "a.avi", 3), "--out", tmp_path, "--format", "json"))
    assert Ledger(tmp_path).entry("a").summary.frames == 3


@pytest.mark.parametrize("wrong", [7, {}, {"stamp": 3}])
def test_a_damaged_entry_costs_no_other(tmp_path, processed, wrong):
    clips, out = tmp_path / "clips", tmp_path / "out"
    for name in ("a.avi", "b.avi"):
        write_clip(clips / name, 3)
    run_batch(options(clips, "--out", out))
    content = json.loads((out / LEDGER_NAME).read_text())
    content["takes"]["a"] = wrong
    (out / LEDGER_NAME).write_text(json.dumps(content))
    assert Ledger(out).entry("a") is None and Ledger(out).entry("b").summary.frames == 3
    processed.clear()
    run_batch(options(clips / "b.avi", "--out", out))
    assert processed == []


def test_the_ledger_is_asked_once_for_a_job(tmp_path, monkeypatch):
    wanted = options(write_clip(tmp_path / "a.avi", 3), "--out", tmp_path / "out", "--format", "json")
    run_batch(wanted)
    work, entry, asked = Batch(wanted), Ledger.entry, []
    (job,) = work.plan(find_videos(wanted.clips).videos)
    monkeypatch.setattr(Ledger, "entry", lambda ledger, name: asked.append(name) or entry(ledger, name))
    assert work.done_before(job).ending is Ending.DONE_BEFORE and asked == ["a"]


def test_every_option_is_a_setting_unless_it_is_known_not_to_be():
    known = {field.name for field in fields(Options)}
    assert known >= WITHOUT_EFFECT and settings_of(options()).keys() == known - WITHOUT_EFFECT
    assert json.loads(json.dumps(settings_of(options()), allow_nan=False)) == settings_of(options())


def test_a_job_that_is_stopped_in_the_middle_leaves_nothing(tmp_path):
    clip = write_clip(tmp_path / "a.avi", 60)
    work = Batch(options(clip, "--out", tmp_path / "out"))
    (job,) = work.plan(find_videos([clip]).videos)
    seen = []
    outcome = work.attempt(job, lambda done, total: seen.append((done, total)), lambda: len(seen) >= 5)
    assert outcome.ending is Ending.STOPPED and seen[0] == (1, 60) and len(seen) < 10
    assert list((tmp_path / "out").iterdir()) == []
    outcome = work.attempt(job)
    assert outcome.ending is Ending.DONE and outcome.summary.frames == 60
    assert work.attempt(job).ending is Ending.DONE_BEFORE
    assert work.attempt(job, again=True).ending is Ending.DONE


def test_a_full_disk_fails_one_job_and_leaves_nothing_half(tmp_path, monkeypatch):
    clip = write_clip(tmp_path / "a.avi", 4)
    work = Batch(options(clip, "--out", tmp_path / "out"))
    (job,) = work.plan(find_videos([clip]).videos)

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        outcome = work.attempt(job)
    assert outcome.ending is Ending.FAILED and "No space left on device" in outcome.trouble
    assert list((tmp_path / "out").iterdir()) == []
    assert work.attempt(job).ending is Ending.DONE


def test_what_nobody_expected_fails_one_job_only(clips, tmp_path, monkeypatch, capsys):
    process = batch.process_clip

    def fails_at_a(chain, clip, *rest):
        if clip.name == "a ü.AVI":
            raise RuntimeError("out of memory")
        return process(chain, clip, *rest)

    monkeypatch.setattr(batch, "process_clip", fails_at_a)
    with pytest.raises(UaoError, match="3 of 4 videos failed"):
        run_batch(options(clips, "--out", tmp_path / "out"))
    assert "out of memory" in capsys.readouterr().err and (tmp_path / "out" / "b.bvh").is_file()


def test_weights_that_cannot_be_used_end_it_at_once(clips, tmp_path, capsys):
    with pytest.raises(UaoError, match=r"notes\.txt"):
        run_batch(options(clips, "--out", tmp_path / "out", "--weights", clips / "notes.txt"))
    assert capsys.readouterr().err == ""


def test_a_folder_without_videos_is_one_sentence(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(UaoError, match="There is no video in") as caught:
        run_batch(options(tmp_path / "folder", "--out", tmp_path / "out"))
    assert "\n" not in str(caught.value) and not (tmp_path / "out").exists()


# At the terminal


def test_on_a_terminal_a_bar_tells_the_time_left_and_ctrl_c_how_to_go_on(tmp_path):
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    write_clip(tmp_path / "clips" / "a.avi", 8)
    write_clip(tmp_path / "clips" / "b.avi", 3000)
    out = tmp_path / "out"
    command = ["run_demo.py", tmp_path / "clips", "--headless", "--out", out, "--format", "json", "--pose-model", "lite"]
    screen, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 120))
    running = subprocess.Popen(
        [sys.executable, *map(str, command)], cwd=ROOT, stdout=terminal, stderr=terminal, start_new_session=True
    )
    os.close(terminal)
    told = b""
    try:
        while not re.search(rb"2/2 b\.avi: +[1-9]", told):
            told += os.read(screen, 4096)
        running.send_signal(signal.SIGINT)
        while chunk := os.read(screen, 4096):
            told += chunk
    except OSError:  # Linux's way to say that nobody is at the other end any more
        pass
    finally:
        os.close(screen)
    assert running.wait(60) == 130
    text = told.decode()
    assert "/3008 [" in text and "1/2 a.avi: 8 frames" in text
    assert "stopped; 1 of 2 videos are done" in text and "goes on with the others" in text and "Traceback" not in text
    assert sorted(file.name for file in out.iterdir()) == ["a.json", LEDGER_NAME]


def test_without_a_terminal_nothing_is_counted(clips, tmp_path, monkeypatch):
    monkeypatch.setattr(batch_run, "count_frames", lambda *_: pytest.fail("counted"))
    run_batch(options(clips / "b.avi", "--out", tmp_path / "out", "--format", "json"))


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
