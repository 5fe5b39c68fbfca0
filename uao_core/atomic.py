"""Write files whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from uao_core.errors import UaoError


@contextmanager
def atomic_text(path: Path) -> Iterator[TextIO]:
    """A text file (UTF-8, line feeds) that takes its name when it is complete; until then an older file stays as it is.

    Raises:
        UaoError: the file cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise UaoError(f"{path} cannot be written ({error.strerror}); choose another place or make room.") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
