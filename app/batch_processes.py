"""A batch in several processes of this machine, each with a chain of its own.

Every process is a `ProcessPoolExecutor` of one: where it dies it is known of which video it died, and only that one has
failed. What is told while a job runs goes through plain shared memory, in which a process that is killed holds no lock.
"""

import ctypes
import logging
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.sharedctypes import RawValue

from app.batch import Batch, Ending, Job, Outcome, Watcher, Work, failed
from app.batch_work import work_on
from app.ledger import Stamp
from app.native_logs import silence_native_logs
from app.options import Options
from models.orphans import end_with_parent
from uao_core.errors import UaoError

_POLL_S = 0.1
_MOST_UNASKED = 4
"""Each takes 0.6 GB and more, by the size of the pictures."""


def choose_processes(asked: int | None, jobs: int) -> int:
    """How many processes to use for so many jobs; where nobody says: one for two cores, for one decodes and detects while it
    lifts and refines, and at most four."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(min(cores // 2, _MOST_UNASKED) if asked is None else asked, jobs))


def side_by_side(options: Options, count: int) -> Work:
    """Work of `run_batch` in so many processes."""

    def work(
        batch: Batch, jobs: Sequence[Job], watcher: Watcher, is_stopped: Callable[[], bool]
    ) -> Iterator[tuple[Job, Outcome]]:
        waiting: deque[Job] = deque()
        for job in jobs:
            if (before := batch.done_before(job)) is not None:
                yield job, before
            else:
                waiting.append(job)
        lanes = [_Lane(options) for _ in range(count)]
        try:
            while True:
                for lane in lanes:
                    if waiting and lane.job is None and not is_stopped():
                        job = waiting.popleft()
                        lane.begin(job, batch.order(job))
                        watcher.begin(job)
                under_way = [lane.future for lane in lanes if lane.future is not None]
                if not under_way:
                    break
                wait(under_way, _POLL_S, FIRST_COMPLETED)
                for lane in lanes:
                    if is_stopped():
                        lane.stop()
                    if (ended := lane.ended(is_stopped)) is not None:
                        job, stamp, outcome = ended
                        yield job, batch.note(job, stamp, outcome)
                watcher.show(sum(lane.frames for lane in lanes))
        except BaseException:
            for lane in lanes:
                lane.kill()
            raise
        finally:
            for lane in lanes:
                lane.close()

    return work


class _Shared:
    """What a process and its lane tell each other while a job runs; each field has one writer."""

    def __init__(self) -> None:
        self.frames = RawValue(ctypes.c_long, 0)
        self.stops = RawValue(ctypes.c_bool, False)
        self.pid = RawValue(ctypes.c_long, 0)


class _Lane:
    """A process that does one job after the other, and another one where it dies."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.job: Job | None = None
        self.future: Future[Outcome] | None = None
        self._open()

    def _open(self) -> None:
        self._shared = _Shared()
        spawn = multiprocessing.get_context("spawn")  # threads and native libraries do not survive a fork
        self._executor = ProcessPoolExecutor(1, spawn, _begin_process, (self._options, self._shared))

    @property
    def frames(self) -> int:
        """That are done of the job under way."""
        return self._shared.frames.value if self.job is not None else 0

    def begin(self, job: Job, order: Job) -> None:
        """Begin with what is to be done of a job."""
        self.job, self._order, self._stamp, self._shared.frames.value = job, order, Stamp.of(job.video), 0
        self.future = self._executor.submit(_work, order)

    def stop(self) -> None:
        """End the job between two frames."""
        self._shared.stops.value = True

    def ended(self, is_stopped: Callable[[], bool]) -> tuple[Job, Stamp | None, Outcome] | None:
        """What came of the job, if it is over.

        Raises:
            UaoError: no job can be done, because the chain cannot be loaded.
        """
        if self.job is None or self.future is None or not self.future.done():
            return None
        job, future, self.job, self.future = self.job, self.future, None, None
        try:
            outcome = future.result()
        except BrokenProcessPool:
            outcome = _died(self._order, was_asked=is_stopped())
            self.close()
            self._open()
        except UaoError:
            raise
        except Exception as error:
            outcome = failed(self._order, error)
        return job, self._stamp, outcome

    def close(self) -> None:
        """Let the process go, which has no job."""
        self._executor.shutdown(cancel_futures=True)

    def kill(self) -> None:
        """End the process at once; a file that it was writing is left under another name."""
        self.stop()
        for process in multiprocessing.active_children():
            if process.pid == self._shared.pid.value:
                process.kill()


def _died(job: Job, *, was_asked: bool) -> Outcome:
    if was_asked:
        return Outcome(Ending.STOPPED, job.targets)
    trouble = "The process that worked on it was killed, maybe for want of memory; try again with fewer --processes."
    return Outcome(Ending.FAILED, job.targets, trouble=trouble)


# In the process

_here: tuple[Options, _Shared]


def _begin_process(options: Options, shared: _Shared) -> None:
    global _here
    _here = (options, shared)
    shared.pid.value = os.getpid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends Ctrl-C to all: the first process asks, here nobody dies
    end_with_parent()
    logging.basicConfig(level=options.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    if options.wants_quiet:
        silence_native_logs()


def _work(job: Job) -> Outcome:
    options, shared = _here

    def on_frame(done: int, _total: int | None) -> None:
        shared.frames.value = done

    return work_on(options, job, on_frame, lambda: bool(shared.stops.value))
