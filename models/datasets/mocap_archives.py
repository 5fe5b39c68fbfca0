"""Layout "mocap": `mocap_*.npz`, packed motion capture as `models.train` takes it, clip by clip."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from models.datasets.capture import Capture
from models.datasets.mocap_file import open_archive
from models.datasets.npz import members


def recognises(path: Path) -> bool:
    """Whether the path is such an archive or a folder of them."""
    if path.is_dir():
        return any(path.glob("mocap_*.npz"))
    return path.match("mocap_*.npz") or "d16" in members(path)


def read(path: Path) -> Iterator[Capture]:
    """Clips of one archive, or of all archives of a folder.

    Raises:
        UaoError: a file is damaged or lacks an array.
    """
    for file in sorted(path.glob("mocap_*.npz")) if path.is_dir() else [path]:
        archive = open_archive(file)
        names = archive.names or tuple(f"{archive.source}/{index:04}" for index in range(len(archive.clips)))
        for index, clip in enumerate(archive.clips):
            joints = np.where(archive.valid[clip, :, None], archive.joints(index), np.float32(np.nan))
            yield Capture(names[index], archive.subjects[index], archive.fps, joints)
