"""Write a take in the format that its file name asks for."""

from pathlib import Path
from typing import Literal

from uao_core.errors import UaoError
from uao_core.export_bvh import write_bvh
from uao_core.export_json import write_json
from uao_core.take import Take


def write_take(take: Take, path: Path, *, bvh_units: Literal["m", "cm"] = "m") -> None:
    """Write `.json` or `.bvh`; the file appears whole or not at all.

    Raises:
        UaoError: the suffix is unknown, nothing can be exported, or the file cannot be written.
    """
    match path.suffix.lower():
        case ".json":
            write_json(take, path)
        case ".bvh":
            write_bvh(take, path, units=bvh_units)
        case suffix:
            raise UaoError(f"There is no export to {suffix or 'a file without a suffix'}; choose .bvh or .json.")
