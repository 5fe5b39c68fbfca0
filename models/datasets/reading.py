"""One way in: which layout a path has, and its captures."""

from collections.abc import Callable, Iterator
from pathlib import Path

from models.datasets import bvh, h36m_folder, mocap_archives, mpi_inf_3dhp, videopose3d
from models.datasets.capture import Capture
from uao_core.errors import UaoError

_RECOGNISE: dict[str, Callable[[Path], bool]] = {
    "mocap": mocap_archives.recognises,
    "bvh": bvh.recognises,
    "videopose3d": videopose3d.recognises,
    "h36m": h36m_folder.recognises,
    "mpi-inf-3dhp": mpi_inf_3dhp.recognises,
}
_READ: dict[str, Callable[[Path], Iterator[Capture]]] = {
    "mocap": mocap_archives.read,
    "bvh": bvh.read,
    "videopose3d": videopose3d.read,
    "h36m": h36m_folder.read,
    "mpi-inf-3dhp": mpi_inf_3dhp.read,
}
LAYOUTS = tuple(_READ)
"""Names of the layouts that can be read."""


def read_captures(path: Path, layout: str | None = None, *, scale: float | None = None) -> Iterator[Capture]:
    """The captures of a file or folder, one at a time.

    Args:
        layout: one of `LAYOUTS`; recognised where it is not given.
        scale: metres a unit of BVH files, which do not tell; guessed from the length of the legs where it is not given.

    Raises:
        UaoError: at once, if there is nothing at the path, its layout is not known or not the only one, or a scale is given
            for a layout that has its own; on the way, if a file is damaged, lacks something, or needs a package that is
            not installed.
    """
    if not path.exists():
        raise UaoError(f"{path} does not exist; name the file or folder of a data set.")
    chosen = _recognise(path) if layout is None else layout
    if chosen not in _READ:
        raise UaoError(f"There is no layout {chosen}; choose one of {', '.join(LAYOUTS)}.")
    if scale is None:
        return _READ[chosen](path)
    if chosen != "bvh":
        raise UaoError(f"{path} is of layout {chosen}, whose units are known; leave the scale away.")
    if not scale > 0:
        raise UaoError(f"The scale must be a positive number of metres a unit, not {scale}.")
    return bvh.read(path, scale)


def _recognise(path: Path) -> str:
    layouts = [name for name, recognises in _RECOGNISE.items() if recognises(path)]
    if not layouts:
        raise UaoError(f"{path} is of no layout that can be read ({', '.join(LAYOUTS)}); see the documentation of each.")
    if len(layouts) > 1:
        raise UaoError(f"{path} holds the layouts {' and '.join(layouts)}; name the one to read.")
    return layouts[0]
