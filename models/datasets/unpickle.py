"""Object arrays out of `.npz` files without running what a pickle may hold.

`np.load(allow_pickle=True)` calls whatever the file names. VideoPose3D's archives are dictionaries of arrays, so the
unpickler here knows the few names that numpy's arrays are pickled under; dictionaries, lists and numbers need none. What
it puts there in numpy's stead believes no size: numpy's own take as much memory as a file asks for, and read beyond the
end of lists that are shorter than they say.
"""

import math
import pickle
import pickletools
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.datasets.npz import DAMAGE, header, stored
from uao_core.errors import UaoError

_KIND = re.compile(r"[biufcSU]\d{1,4}|O[48]?")
_PUTS = ("PUT", "BINPUT", "LONG_BINPUT")


class _Kind:
    """Stands for `numpy.dtype`: letter and size, then the order of the bytes."""

    def __init__(self, code: str, _align: bool = False, _copy: bool = True) -> None:
        if not _KIND.fullmatch(code):
            raise pickle.UnpicklingError(f"it holds an array of {code!r}")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, order, *parts = state
        if any(part is not None for part in parts[:3]):
            raise pickle.UnpicklingError("it holds an array of more than numbers")
        self.dtype = self.dtype.newbyteorder(order)


class _Array(np.ndarray[Any, np.dtype[Any]]):
    """An array that is empty until its content comes."""

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, is_fortran, content = state
        dtype = kind.dtype
        expected = math.prod(shape) * (1 if dtype.hasobject else dtype.itemsize)
        if not isinstance(content, list if dtype.hasobject else bytes) or len(content) != expected:
            raise pickle.UnpicklingError(f"an array of {shape} is not whole")
        super().__setstate__((1, tuple(shape), dtype, bool(is_fortran), content))  # type: ignore[arg-type]  # as numpy pickles


def _reconstruct(*_: Any) -> _Array:
    return np.ndarray.__new__(_Array, (0,), np.int8)


def _frombuffer(content: Any, kind: _Kind, shape: tuple[int, ...], order: str) -> NDArray[Any]:
    return np.frombuffer(content, kind.dtype).reshape(shape, order="F" if order == "F" else "C")


def _scalar(kind: _Kind, content: bytes) -> Any:
    return np.frombuffer(content, kind.dtype, 1)[0]


_ADMITTED: dict[tuple[str, str], Any] = {("numpy", "ndarray"): np.ndarray, ("numpy", "dtype"): _Kind}
for _package in ("numpy.core", "numpy._core"):  # numpy 1 and numpy 2
    _ADMITTED[f"{_package}.multiarray", "_reconstruct"] = _reconstruct
    _ADMITTED[f"{_package}.multiarray", "scalar"] = _scalar
    _ADMITTED[f"{_package}.numeric", "_frombuffer"] = _frombuffer


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ADMITTED:
            raise pickle.UnpicklingError(f"it wants to run {module}.{name}, which no array needs")
        return _ADMITTED[module, name]


def read_object(path: Path, name: str) -> Any:
    """The one Python object (of dictionaries, lists, numbers and arrays) saved as array `name` of an `.npz` file.

    Raises:
        UaoError: the file is damaged, lacks the array, or its pickle wants more than arrays.
    """
    try:
        file = stored(path, name)
    except KeyError as error:
        raise UaoError(f"{path} holds no {name}; download it again.") from error
    except DAMAGE as error:
        raise UaoError(f"{path} is no archive that can be read ({error}); download it again.") from error
    try:
        shape, _, dtype = header(file)
        if shape or not dtype.hasobject:
            raise ValueError(f"it is an array of shape {shape}, not one dictionary")
        _check_notes(file.getbuffer()[file.tell() :])
        return _ArraysOnly(file).load().item()
    except Exception as error:  # a damaged pickle fails in every way there is
        raise UaoError(f"{path} is not read, for its {name} cannot be trusted ({error}); download it again.") from error


def _check_notes(pickled: memoryview) -> None:
    """A pickle notes down what it needs again, under numbers, and the unpickler keeps room for all numbers below."""
    if any(code.name in _PUTS and int(number or 0) > len(pickled) for code, number, _ in pickletools.genops(bytes(pickled))):
        raise pickle.UnpicklingError("it counts further than it is long")
