"""Arrays out of HDF5 files, which MATLAB calls v7.3; h5py is asked for only here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uao_core.errors import UaoError

_MOST_PACKED = 1100
"""So many times smaller than its content can be what the best compression of HDF5 (gzip) makes of it."""
_UNPACKED_BYTES = 1 << 20


def read_arrays(path: Path, keys: Sequence[str]) -> list[NDArray[np.float64]]:
    """The arrays of these keys, axes as h5py gives them: the reverse of MATLAB's.

    Raises:
        UaoError: h5py is not installed, the file is damaged, or an array is missing or no numbers.
    """
    try:
        import h5py
    except ImportError as error:
        raise UaoError(f"{path} needs the package h5py; install it with: pip install 'uao-pose[datasets]'.") from error
    try:
        with h5py.File(path, "r") as file:
            missing = [key for key in keys if key not in file]
            if missing:
                raise UaoError(f"{path} holds no {missing[0]}; is it the file that belongs here?")
            return [_numbers(file[key]) for key in keys]
    except (OSError, ValueError, TypeError, AttributeError, KeyError, RuntimeError, MemoryError) as error:
        raise UaoError(f"{path} is no HDF5 file that can be read ({error}); get it anew.") from error


def _numbers(dataset: Any) -> NDArray[np.float64]:
    if dataset.nbytes > _MOST_PACKED * dataset.id.get_storage_size() + _UNPACKED_BYTES:
        raise ValueError(f"{dataset.name} is larger than what is stored of it")
    if dataset.dtype.kind not in "buif":
        raise ValueError(f"{dataset.name} holds no real numbers")
    return np.asarray(dataset[()], dtype=np.float64)
