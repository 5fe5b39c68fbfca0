"""Importing large libraries quickly."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Look for no garbage meanwhile, and later not among what was imported.

    Imports make half a million objects and drop hardly any; Python would look through those that are there by then again and
    again, which takes a tenth of the time of starting.
    """
    was_enabled, known = gc.isenabled(), len(sys.modules)
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) != known:
            gc.freeze()
        if was_enabled:
            gc.enable()
