"""`--out` on the command line: a line for every video, and on a terminal a bar over all of them."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

from tqdm import tqdm

from app.batch import Batch, Ending, Job, Outcome, Watcher, Work
from app.batch_processes import choose_processes, side_by_side
from app.interrupts import stoppable
from app.options import Options
from app.videos import VIDEO_SUFFIXES, count_frames, find_videos
from uao_core.errors import UaoError


def run_batch(options: Options, work: Work | None = None) -> None:
    """Process all videos; one that fails does not keep the others from being processed.

    Args:
        work: by whom; None: here, in as many processes as the options say.

    Raises:
        UaoError: nothing could be begun, or some videos failed; those that are done stay.
        KeyboardInterrupt: the user ended it; says how to go on.
    """
    found = find_videos(options.clips)
    for trouble in found.troubles:
        print(trouble, file=sys.stderr, flush=True)
    if not found.videos:
        raise UaoError(f"There is no video in {', '.join(map(str, options.clips))} ({', '.join(VIDEO_SUFFIXES)}).")
    batch = Batch(options)
    jobs = batch.plan(found.videos)
    batch.claim(jobs)
    endings: Counter[Ending] = Counter()
    with stoppable() as is_stopped, _Bar(batch, jobs, options) as bar:
        for job, outcome in (work or _work_for(options, batch, jobs))(batch, jobs, bar, is_stopped):
            if outcome.ending is not Ending.STOPPED:
                endings[outcome.ending] += 1
                bar.end(job, outcome)
    done = endings[Ending.DONE] + endings[Ending.DONE_BEFORE]
    if endings.total() < len(jobs):
        raise KeyboardInterrupt(
            f"stopped; {done} of {len(jobs)} videos are done and in {options.out}. The same command goes on with the others."
        )
    if failed := endings[Ending.FAILED]:
        others = f"; the others are in {options.out}" if done else ""
        raise UaoError(f"{failed} of {len(jobs)} videos failed{others}.")
    if found.troubles:
        raise UaoError(f"{len(found.troubles)} folders could not be read; what was found elsewhere is in {options.out}.")


def _work_for(options: Options, batch: Batch, jobs: Sequence[Job]) -> Work:
    count = choose_processes(options.processes, sum(batch.done_before(job) is None for job in jobs))
    return one_by_one if count == 1 else side_by_side(options, count)


def one_by_one(
    batch: Batch, jobs: Sequence[Job], watcher: Watcher, is_stopped: Callable[[], bool]
) -> Iterator[tuple[Job, Outcome]]:
    """The jobs in their order, in this process."""
    for job in jobs:
        watcher.begin(job)
        outcome = batch.attempt(job, lambda done, _total: watcher.show(done), is_stopped)
        yield job, outcome
        if outcome.ending is Ending.STOPPED:
            return


def _told(outcome: Outcome) -> str:
    match outcome.ending:
        case Ending.DONE if outcome.summary is not None and outcome.kept is not None:
            summary = outcome.summary
            return f"{summary.frames} frames, {summary.with_person} with a person, written from {outcome.kept.path.name}"
        case Ending.DONE if outcome.summary is not None:
            line = outcome.summary.line(outcome.fps)
            return line if outcome.shortfall is None else f"{line}; {outcome.shortfall}"
        case Ending.FAILED:
            return outcome.trouble
        case _:
            return outcome.ending.value


class _Bar:
    """Frames of all videos, with the time left, on a terminal; elsewhere only lines.

    Frames are counted beforehand, but only where somebody watches and only of what is not done: it takes a moment a video.
    """

    def __init__(self, batch: Batch, jobs: Sequence[Job], options: Options) -> None:
        silent = not sys.stderr.isatty()
        self._claimed: dict[Job, int] = {}
        if not silent:
            ahead = [job for job in jobs if batch.done_before(job) is None]
            self._claimed = {job: count_frames(job.video, options.start_s, options.end_s) or 0 for job in ahead}
        self._places = {
            job: f"{number}/{len(jobs)} {PurePosixPath(job.name).with_name(job.video.name)}"
            for number, job in enumerate(jobs, start=1)
        }
        self._ended = 0  # frames of the videos that are done
        self._bar = tqdm(total=sum(self._claimed.values()), unit=" frames", disable=silent, leave=False)

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def begin(self, job: Job) -> None:
        self._bar.set_description(self._places[job])

    def show(self, frames: int) -> None:
        self._bar.update(self._ended + frames - self._bar.n)

    def end(self, job: Job, outcome: Outcome) -> None:
        """Say what came of it; frames that were promised and did not come are no longer waited for."""
        frames = outcome.summary.frames if outcome.ending is Ending.DONE and outcome.summary is not None else 0
        self._ended += frames
        if not self._bar.disable:
            self._bar.total += frames - self._claimed.get(job, 0)
        stream = sys.stderr if outcome.ending is Ending.FAILED else sys.stdout
        tqdm.write(f"{self._places[job]}: {_told(outcome)}", file=stream)
        stream.flush()
