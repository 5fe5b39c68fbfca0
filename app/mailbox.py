"""One slot between two threads, so that neither waits for the other: who is slower gets the newest."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """Holds one item, the newest."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: Item | None = None
        self._awaited = 0  # so many wait for an item
        self._is_closed = False
        self._error: BaseException | None = None

    def put(self, item: Item) -> bool:
        """Put an item in; returns at once, and whether the slot was empty."""
        with self._changed:
            was_empty = self._item is None
            self._item = item
            self._changed.notify_all()
            return was_empty

    def hand_over(self, item: Item) -> bool:
        """Put an item in and wait until somebody has taken it or, waiting for it already, will do so next.

        Returns:
            Whether that happened; false where the mailbox was closed instead.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._item is None or self._is_closed)  # taken by who was about to
            self._item = item
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._awaited or self._item is None or self._is_closed)
            return not self._is_closed

    def take(self) -> Item | None:
        """Take the item out, however long it takes to come; None once the mailbox is closed and empty.

        Raises:
            BaseException: that with which the mailbox was closed.
        """
        with self._changed:
            self._awaited += 1
            self._changed.wait_for(lambda: self._item is not None or self._is_closed)
            self._awaited -= 1
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
        if item is not None:
            self._changed.notify_all()
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
