"""Keep native libraries from writing over the program's own words."""

import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO


def silence_native_logs() -> None:
    """Send what C++ libraries write to file descriptor 2 nowhere; Python's own `sys.stderr` and logs go where they went.

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
        before = sys.stderr
        sys.stderr = os.fdopen(kept, "w", buffering=1, encoding=before.encoding, errors="backslashreplace")
        _move_logs(before, sys.stderr)


def _move_logs(before: TextIO, now: TextIO) -> None:
    """Loggers that were set up earlier hold the stream of then, and would go nowhere with the libraries."""
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    for handler in (handler for logger in loggers if isinstance(logger, logging.Logger) for handler in logger.handlers):
        if isinstance(handler, logging.StreamHandler) and handler.stream is before:
            handler.setStream(now)
