"""A batch in several processes: the results are those of one, and a process that dies takes one video with it."""

import multiprocessing
import os
from concurrent.futures import Future
from dataclasses import replace

import pytest

from app import batch_processes
from app.batch import Batch, Ending
from app.batch_processes import choose_processes, side_by_side
from app.batch_run import run_batch
from app.batch_work import work_on
from app.ledger import Stamp
from app.options import parse_options
from app.pipeline import Chain
from app.videos import find_videos
from tests.short_clips import write_clip
from uao_core.errors import UaoError


def options(*arguments):
    return parse_options(["--headless", "--format", "json", "--pose-model", "lite", "--device", "cpu", *map(str, arguments)])


class Watcher:
    """Does something as soon as frames of a job are done."""

    def __init__(self):
        self.job, self.on_frames = None, {}

    def begin(self, job):
        self.job = job

    def show(self, frames):
        if frames and self.job.name in self.on_frames:
            self.on_frames.pop(self.job.name)()


def test_results_are_those_of_one_process(tmp_path, capsys):
    clips = tmp_path / "clips"
    for name, count in (("a", 9), ("b ü", 12)):
        write_clip(clips / f"{name}.avi", count)
    (clips / "broken.mov").write_text("no video")
    told = []
    for processes in (2, 1):
        with pytest.raises(UaoError, match="1 of 3 videos failed"):
            run_batch(options(clips, "--out", tmp_path / str(processes), "--processes", processes))
        out, err = capsys.readouterr()
        told.append((sorted(line.rsplit(", ", 1)[0] for line in out.splitlines()), err.splitlines()))
    assert told[0] == told[1] and told[0][0][1].startswith("2/3 b ü.avi: 12 frames"), "all but the frames a second"
    assert len(told[0][1]) == 1 and told[0][1][0].startswith("3/3 broken.mov:"), "no chatter of libraries"
    many, one = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "21")
    assert many == one and len(many) == 3, "the ledger as well"
    assert multiprocessing.active_children() == []
    with pytest.raises(UaoError, match="1 of 3 videos failed"):
        run_batch(options(clips, "--out", tmp_path / "2", "--processes", 3))
    assert "1/3 a.avi: done before" in capsys.readouterr().out


def test_a_process_that_dies_takes_one_video_with_it_and_one_that_is_stopped_ends_between_frames(tmp_path):
    for name, count in (("1 killed", 400), ("2 short", 4), ("3 stopped", 400)):
        write_clip(tmp_path / "clips" / f"{name}.avi", count)
    wanted = options(tmp_path / "clips", "--out", tmp_path / "out")
    work, watcher, stopped = Batch(wanted), Watcher(), []
    watcher.on_frames = {
        "1 killed": lambda: [process.kill() for process in multiprocessing.active_children()],
        "3 stopped": lambda: stopped.append(True),
    }
    jobs = work.plan(find_videos(wanted.clips).videos)
    outcomes = [outcome for _, outcome in side_by_side(wanted, 1)(work, jobs, watcher, lambda: bool(stopped))]
    assert [outcome.ending for outcome in outcomes] == [Ending.FAILED, Ending.DONE, Ending.STOPPED]
    assert "was killed" in outcomes[0].trouble and outcomes[1].summary.frames == 4
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["2 short.json", "uao-batch.json"]
    assert [work.is_done(job) for job in jobs] == [False, True, False] and multiprocessing.active_children() == []


def test_weights_that_cannot_be_used_end_it(tmp_path, monkeypatch):
    class Executor:
        """Of which every process finds that the weights cannot be used."""

        def __init__(self, *_):
            self.is_open = True
            executors.append(self)

        def submit(self, *_):
            future = Future()
            future.set_exception(UaoError("no weights"))
            return future

        def shutdown(self, **_):
            self.is_open = False

    executors = []
    monkeypatch.setattr(batch_processes, "ProcessPoolExecutor", Executor)
    for name in "abc":
        write_clip(tmp_path / "clips" / f"{name}.avi", 2)
    wanted = options(tmp_path / "clips", "--out", tmp_path / "out", "--processes", 2)
    with pytest.raises(UaoError, match="no weights"):
        run_batch(wanted)
    assert [executor.is_open for executor in executors] == [False, False]


def test_what_is_done_before_begins_no_process(tmp_path, monkeypatch):
    write_clip(tmp_path / "a.avi", 3)
    wanted = options(tmp_path / "a.avi", "--out", tmp_path / "out")
    run_batch(wanted)
    monkeypatch.setattr(batch_processes, "_Lane", None)
    work = Batch(wanted)
    jobs = work.plan(find_videos(wanted.clips).videos)
    assert next(side_by_side(wanted, 1)(work, jobs, Watcher(), lambda: False))[1].ending is Ending.DONE_BEFORE
    run_batch(replace(wanted, processes=8))


def test_another_format_is_written_from_the_take_without_loading_weights(tmp_path, monkeypatch):
    write_clip(tmp_path / "a.avi", 3)
    wanted = options(tmp_path / "a.avi", "--out", tmp_path / "out")
    run_batch(wanted)
    more = replace(wanted, formats=("json", "csv"))
    work = Batch(more)
    (job,) = work.plan(find_videos(more.clips).videos)
    monkeypatch.setattr(Chain, "from_options", None)
    outcome = work.note(job, Stamp.of(job.video), work_on(more, work.order(job)))
    assert outcome.ending is Ending.DONE and outcome.targets == job.targets and work.is_done(job)


def test_how_many_processes_there_are(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(6), raising=False)
    assert [choose_processes(None, jobs) for jobs in (0, 1, 2, 900)] == [1, 1, 2, 3]
    assert choose_processes(7, 900) == 7 and choose_processes(7, 2) == 2
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(64))
    assert choose_processes(None, 900) == 4


@pytest.mark.parametrize("arguments", [["--processes", "2"], ["a.mp4", "--headless", "--out", "b", "--processes", "0"]])
def test_wrong_usage_says_how_it_is_right(arguments, capsys):
    with pytest.raises(SystemExit):
        parse_options(arguments)
    assert "--processes" in capsys.readouterr().err.splitlines()[-1]
