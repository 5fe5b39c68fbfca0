"""Which threads the processors serve first where there are fewer of them than threads with work to do."""

import os
import sys
import threading
from contextlib import suppress

_BEHIND = 10
"""In units of Linux's nice value; each takes away a fifth of a thread's share where another one wants the same core."""


def step_back() -> None:
    """Let other threads go before this one, for good: who may lower a priority may not raise it again.

    Without it, on two cores, MediaPipe's threads and the interpreter's lock are often waited for while a thread computes
    that could wait itself. Linux only, which alone gives every thread a nice value of its own; threads begun by this one
    inherit it. Where the system forbids it, all goes on as it was.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _BEHIND)
