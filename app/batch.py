"""Many videos: results in one folder, what is done is not done again.

`Batch` does one job at a time, for the command line here and for the window's queue alike. Where others do the work, in
processes (`app.batch_processes`) or on machines (`app.cluster`), it says what is done before and notes what they have made.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Protocol

from app.device_lost import lost_device
from app.headless import OnFrame, Processed, make_folder, process_clip, write_each
from app.ledger import LEDGER_NAME, Entry, Ledger, Stamp, settings_of
from app.names import name_takes
from app.options import Options
from app.pipeline import Chain
from app.summary import Summary
from app.video_trouble import is_file, is_there
from app.videos import Video
from uao_core.errors import NothingToExportError, UaoError
from uao_core.import_json import read_take
from uao_core.take import Take

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """A take that was made before, as JSON, and its figures, of which JSON does not hold all."""

    path: Path
    summary: Summary


@dataclass(frozen=True, slots=True)
class Job:
    """A video, the name of its take, and the files to make of it; from `kept` instead, where that is given."""

    video: Path
    name: str
    targets: tuple[Path, ...]
    kept: Kept | None = None


class Ending(Enum):
    """How a job came to its end."""

    DONE = "done"
    DONE_BEFORE = "done before"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job.

    Attributes:
        targets: the files; they are there where it is done.
        summary: of the take; None where there is none, or nobody noted it.
        fps: frames a second it was made at.
        trouble: why it failed, in a sentence.
        shortfall: what was missing of the video, in a sentence; None where nothing was, or nobody noted it.
        kept: the take that the files were written from; None where the video was processed.
        refused: formats that it failed for and would fail for again, because nobody is seen, each with the reason.
    """

    ending: Ending
    targets: tuple[Path, ...]
    summary: Summary | None = None
    fps: float = 0.0
    trouble: str = ""
    shortfall: str | None = None
    kept: Kept | None = None
    refused: Mapping[str, str] = field(default_factory=dict)


class Watcher(Protocol):
    """Is told how the work goes."""

    def begin(self, job: Job) -> None: ...

    def show(self, frames: int) -> None:
        """So many frames are done of the jobs under way, taken together."""
        ...


class Batch:
    """What all jobs have in common: options, folder of results and its ledger, and the chain.

    `options` have their `out`, `formats` and `overwrite`; the clips they name are of no account.

    Raises:
        UaoError: the folder cannot be made or written to.
    """

    def __init__(self, options: Options) -> None:
        assert options.out is not None
        make_folder(options.out)
        self._options, self._folder = options, options.out
        self._ledger = Ledger(options.out)
        self._settings = settings_of(options)  # now: weights that are changed later are not those that are loaded

    @cached_property
    def chain(self) -> Chain:
        """Loaded when the first job needs it: where all is done before, none does.

        Raises:
            UaoError: the weights cannot be used or the device is not there.
        """
        return Chain.from_options(self._options)

    def plan(self, videos: Sequence[Video]) -> list[Job]:
        """A job for every video, no two of which write the same file."""
        names = name_takes(videos, self._ledger)
        return [
            Job(video.path, name, tuple(self._folder / f"{name}.{ending}" for ending in self._options.formats))
            for video, name in zip(videos, names, strict=True)
        ]

    def claim(self, jobs: Sequence[Job]) -> None:
        """Tell the ledger which files jobs will make, before they begin; those that make none are passed over.

        Raises:
            UaoError: the ledger cannot be written.
        """
        due = [job for job in jobs if self.done_before(job) is None]
        free = {job.name: (job.video, tuple(kind_of(t) for t in job.targets if not is_there(t))) for job in due}
        self._ledger.claim(free, self._settings)

    def is_done(self, job: Job) -> bool:
        """Whether all files are there, made of the video as it is now, with these settings, as far as they can be made."""
        return not self._left(job, self._ledger.entry(job.name))

    def _left(self, job: Job, entry: Entry | None) -> tuple[Path, ...]:
        """The files that are yet to be made."""
        stamp = Stamp.of(job.video)
        if stamp is None or entry is None or not entry.has(stamp, self._settings, ()):
            return job.targets
        missing = tuple(t for t in job.targets if kind_of(t) not in entry.formats or not is_file(t))
        return () if all(kind_of(target) in entry.refused for target in missing) else missing

    def order(self, job: Job, *, again: bool = False) -> Job:
        """What of a job is to be done: files that are there, of this video and these settings, stay; where JSON is among
        them, and nobody has touched it since, the others are written from it.

        `again`: all of it, of the video.
        """
        entry = self._ledger.entry(job.name)
        if again or self._options.overwrite or entry is None:
            return job
        is_same = "json" in entry.formats and entry.has(Stamp.of(job.video), self._settings, ())
        is_good = is_same and self._ledger.is_untouched(job.name, "json")
        kept = Kept(self._folder / f"{job.name}.json", entry.summary) if is_good else None
        return replace(job, targets=self._left(job, entry), kept=kept)

    def attempt(
        self,
        job: Job,
        on_frame: OnFrame = lambda _done, _total: None,
        is_stopped: Callable[[], bool] = lambda: False,
        *,
        again: bool = False,
    ) -> Outcome:
        """Do a job, unless it is done already; one that fails says so and keeps no other from being done.

        Args:
            on_frame, is_stopped: as of `process_clip`. A job that is stopped writes nothing.
            again: also where it is done already.

        Raises:
            UaoError: no job can be done, because the chain cannot be loaded.
        """
        if (before := self.done_before(job, again=again)) is not None:
            return before
        order, stamp = self.order(job, again=again), Stamp.of(job.video)
        by = kept_take(order) or self.chain
        try:
            outcome = make(by, self._options, order, on_frame, is_stopped)
        except Exception as error:  # a night's work does not end at one bad file
            outcome = failed(order, error)
        return self.note(job, stamp, outcome)

    def done_before(self, job: Job, *, again: bool = False) -> Outcome | None:
        """What came of a job when it was done before, or that it cannot be done; None where it is to be done.

        `again`: also where it is done already.
        """
        if self._options.overwrite:
            return None
        entry = self._ledger.entry(job.name)
        left = job.targets if again else self._left(job, entry)
        if entry is None or left:
            why = self._in_the_way(job.name, left, entry)
            return None if why is None else Outcome(Ending.FAILED, job.targets, trouble=why)
        refused = [entry.refused[kind] for kind in map(kind_of, job.targets) if kind in entry.refused]
        if refused:
            why = f"Looked at before with these settings, and not again (--overwrite does): {refused[0]}"
            return Outcome(Ending.FAILED, job.targets, entry.summary, trouble=why)
        return Outcome(Ending.DONE_BEFORE, job.targets, entry.summary)

    def _in_the_way(self, name: str, targets: Sequence[Path], entry: Entry | None) -> str | None:
        """Why a file cannot be written over: by the ledger it is somebody else's, or somebody has worked on it."""
        ours = () if entry is None else (*entry.formats, *entry.older)
        for target in targets:
            if kind_of(target) not in ours and is_there(target):
                return f"{target} is there already, and by {LEDGER_NAME} it was made of no video; move it, or --overwrite."
            if self._ledger.is_changed(name, kind_of(target)):
                return f"{target} has been changed since it was made, and is left as it is; move it, or --overwrite."
        return None

    def note(self, job: Job, stamp: Stamp | None, outcome: Outcome) -> Outcome:
        """Write down what was made of a video, which had this stamp before the work, or what work that failed has left.

        The outcome is that of its order; gives what is then to be said of the job.
        """
        if (outcome.ending is Ending.DONE or outcome.refused) and outcome.summary is not None and stamp is not None:
            made = [kind for kind in map(kind_of, outcome.targets) if kind not in outcome.refused]
            try:
                self._ledger.note(job.name, job.video, stamp, self._settings, made, outcome.summary, outcome.refused)
            except UaoError as error:
                return failed(job, error)
        elif outcome.ending is not Ending.DONE:
            with suppress(UaoError):  # what it failed for says more
                self._ledger.note_left(job.name, map(kind_of, outcome.targets))
        return replace(outcome, targets=job.targets)


def kind_of(target: Path) -> str:
    """The format of a file to make, as the ledger and the options call it."""
    return target.suffix[1:]


Work = Callable[[Batch, Sequence[Job], Watcher, Callable[[], bool]], Iterator[tuple[Job, Outcome]]]
"""Does jobs, in any order, and gives what came of each. When it is asked to stop, what is under way ends and no more begins.

Raises UaoError where nothing can be done, because the chain cannot be loaded.
"""


def make(
    by: Chain | Take,
    options: Options,
    job: Job,
    on_frame: OnFrame = lambda _done, _total: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Process a video and write its files, without asking or telling any ledger: may be called anywhere.

    Args:
        by: what processes it; or what `kept_take` gives, from which the files are written.
        on_frame, is_stopped: as of `process_clip`. A job that is stopped writes nothing.
    """
    try:
        for folder in {target.parent for target in job.targets}:
            make_folder(folder)
        if isinstance(by, Take):
            processed = None if is_stopped() else Processed(by, 0.0)
        else:
            processed = process_clip(by, job.video, options.start_s, options.end_s, on_frame, is_stopped)
        if processed is None:
            return Outcome(Ending.STOPPED, job.targets)
        troubles = write_each(processed.take, job.targets, options.exporting)
    except UaoError as error:
        return failed(job, error)
    kept = job.kept if isinstance(by, Take) else None
    outcome = Outcome(
        Ending.FAILED if troubles else Ending.DONE,
        job.targets,
        Summary.of(processed.take.frames) if kept is None else kept.summary,
        processed.fps,
        shortfall=processed.shortfall,
        kept=kept,
    )
    if not troubles:
        return outcome
    whys = {kind_of(target): str(error) for target, error in troubles.items()}
    lasts = all(isinstance(error, NothingToExportError) for error in troubles.values())
    return replace(outcome, trouble=next(iter(whys.values())), refused=whys if lasts else {})


def kept_take(job: Job) -> Take | None:
    """The take that files of a job are to be written from; None where it is to be made of the video."""
    try:
        return None if job.kept is None else read_take(job.kept.path)
    except UaoError:  # larger than what is read
        return None


def failed(job: Job, error: Exception) -> Outcome:
    """What is said of a job that ended so; to be called while the error is handled."""
    if isinstance(error, UaoError):
        return Outcome(Ending.FAILED, job.targets, trouble=str(error))
    _log.error("%s failed", job.video, exc_info=error)
    wrong = f"Something went wrong that should not have ({error}); start with --log-level debug."
    return Outcome(Ending.FAILED, job.targets, trouble=lost_device(error) or wrong)
