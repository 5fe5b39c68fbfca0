"""Object arrays out of `.npz` files without running what a pickle may hold.

`np.load(allow_pickle=True)` calls whatever the file names. VideoPose3D's archives are dictionaries of arrays, so the
unpickler here admits the few constructors of numpy that make arrays; dictionaries, lists and numbers need none.
"""

import io
import pickle
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from uao_core.errors import UaoError

_FROM_NUMPY = {
    "multiarray._reconstruct": np.zeros(0).__reduce__()[0],
    "multiarray.scalar": np.float64(0).__reduce__()[0],
    "numeric._frombuffer": np.zeros(1).__reduce_ex__(5)[0],
}
_ADMITTED: dict[tuple[str, str], Any] = {("numpy", "ndarray"): np.ndarray, ("numpy", "dtype"): np.dtype}
for _where, _constructor in _FROM_NUMPY.items():
    _module, _name = _where.split(".")
    for _package in ("numpy.core", "numpy._core"):  # numpy 1 and numpy 2
        _ADMITTED[f"{_package}.{_module}", _name] = _constructor


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ADMITTED:
            raise pickle.UnpicklingError(f"it wants to run {module}.{name}, which no array needs")
        return _ADMITTED[module, name]


def members(path: Path) -> set[str]:
    """Names of the arrays in an `.npz` file; none if it is no such file."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {name.removesuffix(".npy") for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile):
        return set()


def read_object(path: Path, name: str) -> Any:
    """The one Python object (of dictionaries, lists, numbers and arrays) saved as array `name` of an `.npz` file.

    Raises:
        UaoError: the file is damaged, lacks the array, or its pickle wants more than arrays.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            stored = archive.read(f"{name}.npy")
    except KeyError as error:
        raise UaoError(f"{path} holds no {name}; download it again.") from error
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UaoError(f"{path} is no archive that can be read ({error}); download it again.") from error
    try:
        return _unpickled(io.BytesIO(stored))
    except Exception as error:  # a damaged pickle fails in every way there is
        raise UaoError(f"{path} is not read, for its {name} cannot be trusted ({error}); download it again.") from error


def _unpickled(file: io.BytesIO) -> Any:
    version = np.lib.format.read_magic(file)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = header(file)
    if shape or not dtype.hasobject:
        raise ValueError(f"it is an array of shape {shape}, not one dictionary")
    return _ArraysOnly(file).load().item()
