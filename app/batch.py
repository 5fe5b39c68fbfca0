"""Many videos, one after the other: results in one folder, what is done is not done again.

`Batch` does one job at a time, for the command line here and for the window's queue alike.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path

from app.device_lost import lost_device
from app.headless import OnFrame, make_folder, process_clip, write_targets
from app.ledger import Ledger, Stamp, settings_of
from app.names import name_takes
from app.options import Options
from app.pipeline import Chain
from app.summary import Summary
from app.videos import Video
from uao_core.errors import UaoError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A video, the name of its take, and the files to make of it."""

    video: Path
    name: str
    targets: tuple[Path, ...]


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
    """

    ending: Ending
    targets: tuple[Path, ...]
    summary: Summary | None = None
    fps: float = 0.0
    trouble: str = ""
    shortfall: str | None = None


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
        self._settings = settings_of(options)

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

    def is_done(self, job: Job) -> bool:
        """Whether all files are there, made of the video as it is now, with these settings.

        Files of which the ledger knows nothing are not of a batch and are left alone where they are younger than the video.
        """
        stamp = Stamp.of(job.video)
        if stamp is None or not all(target.is_file() for target in job.targets):
            return False
        entry = self._ledger.entry(job.name)
        if entry is None:
            return all(target.stat().st_mtime_ns >= stamp.modified_ns for target in job.targets)
        return entry.has(stamp, self._settings, self._options.formats)

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
        if not (again or self._options.overwrite) and self.is_done(job):
            entry = self._ledger.entry(job.name)
            return Outcome(Ending.DONE_BEFORE, job.targets, entry.summary if entry is not None else None)
        chain = self.chain
        try:
            return self._do(chain, job, on_frame, is_stopped)
        except UaoError as error:
            return Outcome(Ending.FAILED, job.targets, trouble=str(error))
        except Exception as error:  # a night's work does not end at one bad file
            _log.exception("%s failed", job.video)
            wrong = f"Something went wrong that should not have ({error}); start with --log-level debug."
            trouble = lost_device(error) or wrong
            return Outcome(Ending.FAILED, job.targets, trouble=trouble)

    def _do(self, chain: Chain, job: Job, on_frame: OnFrame, is_stopped: Callable[[], bool]) -> Outcome:
        options, stamp = self._options, Stamp.of(job.video)
        for folder in {target.parent for target in job.targets}:
            make_folder(folder)
        processed = process_clip(chain, job.video, options.start_s, options.end_s, on_frame, is_stopped)
        if processed is None:
            return Outcome(Ending.STOPPED, job.targets)
        summary = Summary.of(processed.take.frames)
        write_targets(processed.take, job.targets, self._options.exporting)
        if stamp is not None:  # or the video was taken away while it was read
            self._ledger.note(job.name, job.video, stamp, options, summary)
        return Outcome(Ending.DONE, job.targets, summary, processed.fps, shortfall=processed.shortfall)
