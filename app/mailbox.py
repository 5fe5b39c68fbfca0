"""One slot between two threads, so that neither waits for the other: who is slower gets the newest."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Item = TypeVar("Item")


def _newest(_old: Item, new: Item) -> Item:
    return new


class Mailbox(Generic[Item]):
    """Holds one item.

    Args:
        join: makes one item of the one that nobody has taken yet and the one that comes; without it the newer one stays.
    """

    def __init__(self, join: Callable[[Item, Item], Item] = _newest) -> None:
        self._join = join
        self._changed = threading.Condition()
        self._item: Item | None = None
        self._is_closed = False
        self._error: BaseException | None = None

    def put(self, item: Item) -> bool:
        """Put an item in; returns at once, and whether the slot was empty."""
        with self._changed:
            was_empty = self._item is None
            self._item = item if self._item is None else self._join(self._item, item)
            self._changed.notify()
            return was_empty

    def take(self) -> Item | None:
        """Take the item out, however long it takes to come; None once the mailbox is closed and empty.

        Raises:
            BaseException: that with which the mailbox was closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None or self._is_closed)
            if self._error is not None:
                raise self._error
            return self._out()

    def poll(self) -> Item | None:
        """Take the item out if there is one; never waits."""
        with self._changed:
            return self._out()

    def close(self, error: BaseException | None = None) -> None:
        """Nothing more comes; an error is raised to whoever takes."""
        with self._changed:
            self._is_closed, self._error = True, error
            self._changed.notify_all()

    def _out(self) -> Item | None:
        item, self._item = self._item, None
        return item


@contextmanager
def filling(mailbox: Mailbox[Item], work: Callable[[], None], name: str) -> Iterator[None]:
    """Run `work`, which fills a mailbox, on a thread of its own. When it ends, or fails, the mailbox is closed.

    Leaving the context waits for it: let it know beforehand that it is to end.
    """

    def run() -> None:
        try:
            work()
        except BaseException as error:  # carried over to the other thread and raised there
            mailbox.close(error)
        else:
            mailbox.close()

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()
