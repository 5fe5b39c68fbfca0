"""Keep native libraries from writing over the program's own words."""

import os
import sys
from contextlib import suppress
from pathlib import Path


def silence_native_logs() -> None:
    """Send what C++ libraries write to file descriptor 2 nowhere; Python's own `sys.stderr` goes where it went before.

    MediaPipe and TensorFlow Lite log to the descriptor itself, a dozen lines a run, before any setting of theirs is read.
    """
    with suppress(OSError, ValueError):
        if os.path.samestat(os.fstat(2), Path(os.devnull).stat()):
            return  # done before: a second time Python's own words would go nowhere too
        sys.stderr.flush()
        kept = os.dup(2)
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 2)
        os.close(sink)
        sys.stderr = os.fdopen(kept, "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")
