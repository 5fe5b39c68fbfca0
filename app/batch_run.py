"""`--out` on the command line: a line for every video, and on a terminal a bar over all of them."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from tqdm import tqdm

from app.batch import Batch, Ending, Job, Outcome
from app.interrupts import stoppable
from app.options import Options
from app.videos import VIDEO_SUFFIXES, count_frames, find_videos
from uao_core.errors import UaoError


def run_batch(options: Options) -> None:
    """Process all videos; one that fails does not keep the others from being processed.

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
    endings: Counter[Ending] = Counter()
    with stoppable() as is_stopped, _Bar(batch, jobs, options) as bar:
        for number, job in enumerate(jobs, start=1):
            place = f"{number}/{len(jobs)} {PurePosixPath(job.name).with_name(job.video.name)}"
            bar.begin(place)
            outcome = batch.attempt(job, bar.show, is_stopped)
            if outcome.ending is Ending.STOPPED:
                break
            endings[outcome.ending] += 1
            bar.end(f"{place}: {_told(outcome)}", outcome.ending)
    done = endings[Ending.DONE] + endings[Ending.DONE_BEFORE]
    if endings.total() < len(jobs):
        raise KeyboardInterrupt(
            f"stopped; {done} of {len(jobs)} videos are done and in {options.out}. The same command goes on with the others."
        )
    if failed := endings[Ending.FAILED]:
        raise UaoError(f"{failed} of {len(jobs)} videos failed; the others are in {options.out}.")
    if found.troubles:
        raise UaoError(f"{len(found.troubles)} folders could not be read; what was found elsewhere is in {options.out}.")


def _told(outcome: Outcome) -> str:
    match outcome.ending:
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
            ahead = jobs if options.overwrite else [job for job in jobs if not batch.is_done(job)]
            self._claimed = {job: count_frames(job.video, options.start_s, options.end_s) or 0 for job in ahead}
        self._jobs = iter(jobs)
        self._bar = tqdm(total=sum(self._claimed.values()), unit=" frames", disable=silent, leave=False)

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def begin(self, place: str) -> None:
        self._bar.set_description(place)
        self._before, self._job = self._bar.n, next(self._jobs)

    def show(self, done: int, _total: int | None) -> None:
        self._bar.update(self._before + done - self._bar.n)

    def end(self, line: str, ending: Ending) -> None:
        """Say what came of it; frames that were promised and did not come are no longer waited for."""
        if not self._bar.disable:
            self._bar.total += self._bar.n - self._before - self._claimed.get(self._job, 0)
        stream = sys.stderr if ending is Ending.FAILED else sys.stdout
        tqdm.write(line, file=stream)
        stream.flush()
