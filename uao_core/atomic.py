"""Write files whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import TextIO

from uao_core.errors import UaoError


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A path to write to, of the same folder and ending, that becomes `path` when the block ends well.

    Until then an older file stays as it is; after a failure nothing of the new one is left.

    Raises:
        UaoError: the file cannot be written.
    """
    # A name that is nobody's and no other writer's; systems allow 255 bytes, and the final name may have them all.
    part = path.with_name(f"{path.stem[:50]}.{token_hex(4)}.part{path.suffix}")
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        reason = error.strerror or error
        raise UaoError(f"{path} cannot be written ({reason}); choose another place or make room.") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def atomic_text(path: Path) -> Iterator[TextIO]:
    """A text file (UTF-8, line feeds) that takes its name when it is complete, as by `atomic_path`.

    Raises:
        UaoError: the file cannot be written.
    """
    # names of files need not be UTF-8; what cannot be encoded is escaped, which JSON reads back
    with atomic_path(path) as part, part.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        yield file
