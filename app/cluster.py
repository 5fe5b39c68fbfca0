"""A batch on a Dask cluster: `python -m app.cluster CLIPS --out FOLDER [--scheduler ADDRESS]`.

Dask keeps the queue, tries again and talks to the machines; here is only what hands it one task a video. The ledger of the
folder says what is done before, and is written here alone. Dask opens sockets: nothing else in the program imports this.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from app.batch import Batch, Ending, Job, Outcome, Watcher, Work, failed
from app.batch_processes import choose_processes
from app.batch_run import run_batch
from app.batch_work import this_process, work_for
from app.cli import exit_status
from app.ledger import Stamp
from app.option_kinds import count
from app.options import Options, parse_options
from uao_core.errors import UaoError

if TYPE_CHECKING:
    from distributed import Client, Future

_POLL_S = 0.2
_MOST_WORKERS = 256
_PATIENCE_S = 20


def on_cluster(client: "Client", options: Options, retries: int = 2) -> Work:
    """Work of `run_batch` on the workers of a client, one video a task.

    A video that cannot be processed has failed, and is not tried again. What nobody expected is tried `retries` times again,
    and a video whose worker is lost as often as the scheduler's `allowed-failures` says. Workers write the files, so paths
    of videos, results and weights must mean the same everywhere.
    """
    from distributed import as_completed

    options = replace(options, weights=options.weights.absolute())

    def work(
        batch: Batch, jobs: Sequence[Job], watcher: Watcher, is_stopped: Callable[[], bool]
    ) -> Iterator[tuple[Job, Outcome]]:
        tasks: dict[Future, tuple[Job, Job, Stamp | None]] = {}
        for job in jobs:
            if (before := batch.done_before(job)) is not None:
                yield job, before
            else:
                order = batch.order(job)
                task = client.submit(work_for, this_process(), options, order, retries=retries, pure=False)
                tasks[task] = (job, order, Stamp.of(job.video))
        ended = as_completed(tasks)
        try:
            while not (ended.is_empty() or is_stopped()):
                if not ended.has_ready():
                    time.sleep(_POLL_S)
                    continue
                task = next(ended)
                job, order, stamp = tasks.pop(task)
                watcher.begin(job)
                yield job, batch.note(job, stamp, _outcome(order, task))
        finally:
            client.cancel(list(tasks))
        yield from ((job, Outcome(Ending.STOPPED, job.targets)) for job, *_ in tasks.values())

    return work


def _outcome(job: Job, task: "Future") -> Outcome:
    """What came of a task that is over.

    Raises:
        UaoError: a worker could not load the chain, as no other will, or the cluster is gone.
    """
    from distributed import KilledWorker

    try:
        outcome: Outcome = task.result()
    except UaoError:
        raise
    except CancelledError as error:
        raise UaoError("The cluster is gone; start it again. The same command goes on with what is not done.") from error
    except KilledWorker:
        trouble = "Every worker that tried was lost, maybe for want of memory; give workers more, or fewer threads."
        return Outcome(Ending.FAILED, job.targets, trouble=trouble)
    except Exception as error:
        return failed(job, error)
    return outcome


def main(argv: list[str] | None = None) -> int:
    """Run; returns the exit status, as of `app.cli.main`."""
    parser = argparse.ArgumentParser(
        prog="python -m app.cluster", epilog="All other options are those of run_demo.py; see run_demo.py --help."
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="of a running cluster: tcp://host:8786 (default: this machine)"
    )
    parser.add_argument(
        "--retries", type=count, default=2, metavar="N", help="of a video, after what nobody expected (default: %(default)s)"
    )
    ours, others = parser.parse_known_args(argv)
    options = parse_options(["--headless", *others])
    if options.out is None or options.camera is not None:
        parser.error("--out FOLDER is needed, and clips or folders")
    options = replace(options, out=options.out.absolute())
    return exit_status(lambda: _run(options, ours.scheduler, ours.retries))


def _run(options: Options, scheduler: str | None, retries: int) -> None:
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise UaoError("Dask is not installed; pip install 'uao-pose[cluster]'.") from error
    with ExitStack() as stack:
        if scheduler is None:
            workers = choose_processes(options.processes, _MOST_WORKERS)
            local = stack.enter_context(LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None))
            scheduler = local.scheduler_address
        try:
            client = stack.enter_context(Client(scheduler, timeout=_PATIENCE_S))
        except (OSError, ValueError) as error:
            raise UaoError(
                f"There is no Dask scheduler at {scheduler} ({error}); start one, or check the address."
            ) from error
        run_batch(options, on_cluster(client, options, retries))


if __name__ == "__main__":
    sys.exit(main())
