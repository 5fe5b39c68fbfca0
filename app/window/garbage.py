"""Garbage is collected on the window's thread, and on no other.

Python collects on whichever thread happens to allocate. A Qt object that is part of a cycle would be destroyed there, while
the window's thread handles its events and timers, and the process crashes.
"""

import gc
import sys
import time

_LEAST_APART = 500
"""The next full collection comes no sooner than so many times what the last one took: 0.2 % of the time goes into them, at
most, however much there is to look through."""


class Collector:
    """Takes the place of Python's own collector, which it turns off. `collect` is to be called now and then.

    What Python collects as soon as it is due, this collects at the next call; generations and thresholds are Python's.
    """

    def __init__(self) -> None:
        gc.disable()
        self._full_from_s = 0.0
        self._modules = 0

    def collect(self) -> None:
        """Collect what is due, which mostly takes less than a millisecond."""
        due = [count > most for count, most in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        started = time.monotonic()
        if due[2] and started >= self._full_from_s:
            gc.collect()
            ended = time.monotonic()
            self._full_from_s = ended + _LEAST_APART * (ended - started)
        elif due[1]:
            gc.collect(1)
        elif due[0]:
            gc.collect(0)

    def pass_over_imports(self) -> None:
        """Where modules were imported since the last call, look through nothing any more that is there by now: libraries are
        most of it, and stay. To be called by a program, not by tests: a window that is garbage would stay, too."""
        if len(sys.modules) != self._modules:
            self._modules = len(sys.modules)
            gc.freeze()
