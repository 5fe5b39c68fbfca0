"""Jobs of a batch where its ledger is not: in another process, or on another machine."""

import os
import platform
import threading
from collections.abc import Callable

from app.batch import Job, Outcome, kept_take, make
from app.headless import OnFrame
from app.native_logs import silence_native_logs
from app.options import Options
from app.pipeline import Chain

_lock = threading.Lock()
_loaded: tuple[Options, Chain] | None = None


def work_on(
    options: Options,
    job: Job,
    on_frame: OnFrame = lambda _done, _total: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Do a job with a chain that stays loaded for the next one. A video that cannot be processed is an outcome.

    Raises:
        UaoError: the chain cannot be loaded, so no job can be done.
        Exception: what nobody expected.
    """
    return make(kept_take(job) or _chain(options), options, job, on_frame, is_stopped)


def this_process() -> tuple[str, int]:
    """Machine and number."""
    return platform.node(), os.getpid()


def work_for(asker: tuple[str, int], options: Options, job: Job) -> Outcome:
    """The same for who asks from elsewhere. Native libraries are silenced, but not in the asker's own process, where a
    worker may be a thread and the terminal is not the batch's alone."""
    if options.wants_quiet and asker != this_process():
        silence_native_logs()
    return work_on(options, job)


def _chain(options: Options) -> Chain:
    global _loaded
    with _lock:  # threads of one worker share it
        if _loaded is None or _loaded[0] != options:
            _loaded = (options, Chain.from_options(options))
        return _loaded[1]
