"""Let a stage work ahead of the one that uses its results."""

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
_POLL_S = 0.1


@contextmanager
def ahead(items: Generator[Item, None, None], depth: int) -> Iterator[Iterator[Item]]:
    """Run a generator on a thread of its own, at most `depth` items ahead; none is lost and the order stays.

    What the generator raises is raised to the user of the items. Leaving the context early stops it between two items.
    """
    results: queue.Queue[tuple[Item | None, BaseException | None]] = queue.Queue(depth)
    stopped = threading.Event()

    def put(item: Item | None, error: BaseException | None) -> None:
        while not stopped.is_set():
            try:
                results.put((item, error), timeout=_POLL_S)
                return
            except queue.Full:
                continue

    def work() -> None:
        try:
            for item in items:
                put(item, None)
                if stopped.is_set():
                    return
            put(None, StopIteration())
        except BaseException as error:  # carried over to the other thread and raised there
            put(None, error)
        finally:
            items.close()  # on the thread that ran it, which is where its resources belong

    def drain() -> Iterator[Item]:
        while True:
            item, error = results.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]

    thread = threading.Thread(target=work, name="ahead", daemon=True)
    thread.start()
    try:
        yield drain()
    finally:
        stopped.set()
        thread.join()
