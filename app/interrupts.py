"""Ctrl-C and SIGTERM, as a question that work asks between two frames.

Python raises KeyboardInterrupt wherever it happens to be, also in a callback of a library that swallows it.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stoppable(on_stop: Callable[[], None] = lambda: None) -> Iterator[Callable[[], bool]]:
    """A function that tells whether the user has asked to stop, within the context.

    A second signal means what it meant before the context: who has lost patience is not asked to wait. On another thread
    than the main one there are no signals, and nobody asks.

    Args:
        on_stop: called when the user asks, to wake what waits; wherever the main thread happens to be.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    asked = threading.Event()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        restore()
        on_stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        restore()
