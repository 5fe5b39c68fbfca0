"""Arrays out of `.npz` files that may come from anywhere.

What an array's header says of its size is held against what is there before memory is taken, and only the compressions
that numpy writes are undone: others turn a kilobyte into a gigabyte.
"""

import io
import math
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DAMAGE = (OSError, ValueError, KeyError, IndexError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error)
"""What reading a file that is damaged, encrypted or no archive at all raises."""
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def members(path: Path) -> set[str]:
    """Names of the arrays in an `.npz` file; none if it is no such file."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {name.removesuffix(".npy") for name in archive.namelist()}
    except DAMAGE:
        return set()


def stored(path: Path, name: str) -> io.BytesIO:
    """The bytes of one array, header and all.

    Raises:
        KeyError: there is no such array.
        others of `DAMAGE`: it cannot be read.
    """
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(f"{name}.npy")
        if info.compress_type not in _COMPRESSIONS:
            raise ValueError(f"{name} is compressed as no program writes it")
        return io.BytesIO(archive.read(info))


def header(file: io.BytesIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether the first axis runs fastest, and kind of the array whose content comes next in the file."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, is_fortran, dtype = read(file)
    return tuple(shape), bool(is_fortran), dtype


def read_arrays(path: Path, names: Iterable[str]) -> list[NDArray[Any]]:
    """Arrays of numbers or words.

    Raises:
        any of `DAMAGE`: one is missing or cannot be read.
    """
    found = []
    for name in names:
        file = stored(path, name)
        shape, is_fortran, dtype = header(file)
        if dtype.hasobject:
            raise ValueError(f"{name} holds objects")
        flat = np.frombuffer(file.getbuffer()[file.tell() :], dtype, math.prod(shape))
        found.append(flat.reshape(shape, order="F" if is_fortran else "C"))
    return found
