"""Write a take in the format that its file name asks for.

`FORMATS` is the one list of formats: what the command line accepts, dialogs offer and the batch ticks comes from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from uao_core.errors import UaoError
from uao_core.export_bvh import write_bvh
from uao_core.export_c3d import write_c3d
from uao_core.export_csv import write_csv
from uao_core.export_glb import write_glb
from uao_core.export_json import write_json
from uao_core.export_npz import write_npz
from uao_core.export_options import ExportOptions
from uao_core.export_trc import write_trc
from uao_core.take import Take


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that a take can become.

    Attributes:
        suffix: of its files, with the dot.
        description: what it is, in a few words.
        write: makes the file whole or not at all; raises `UaoError`.
    """

    suffix: str
    description: str
    write: Callable[[Take, Path, ExportOptions], None]

    @property
    def name(self) -> str:
        """The suffix without its dot."""
        return self.suffix.removeprefix(".")


def _write_bvh(take: Take, path: Path, options: ExportOptions) -> None:
    write_bvh(take, path, options.body)


def _write_glb(take: Take, path: Path, options: ExportOptions) -> None:
    write_glb(take, path, options.body)


def _write_json(take: Take, path: Path, _options: ExportOptions) -> None:
    write_json(take, path)


FORMATS: tuple[Format, ...] = (
    Format(".bvh", "BVH motion", _write_bvh),
    Format(".glb", "glTF: animated body", _write_glb),
    Format(".trc", "TRC markers for OpenSim", write_trc),
    Format(".c3d", "C3D points for biomechanics", write_c3d),
    Format(".json", "JSON with uncertainty", _write_json),
    Format(".csv", "CSV table", write_csv),
    Format(".npz", "NumPy arrays", write_npz),
)
SUFFIXES: tuple[str, ...] = tuple(each.suffix for each in FORMATS)
DEFAULT_NAMES: tuple[str, ...] = ("bvh", "json")
"""Formats of a batch where the user does not say: one for animators, one that holds everything."""


def format_of(path: Path) -> Format:
    """The format of a file name.

    Raises:
        UaoError: no format has its suffix.
    """
    for each in FORMATS:
        if each.suffix == path.suffix.lower():
            return each
    known = f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
    raise UaoError(f"There is no export to {path.suffix or 'a file without a suffix'}; choose {known}.")


def write_take(take: Take, path: Path | str, options: ExportOptions = ExportOptions()) -> None:
    """Write a take in the format of `FORMATS` that the suffix asks for; the file appears whole or not at all.

    Raises:
        UaoError: the suffix is unknown, nothing can be exported, or the file cannot be written.
    """
    path = Path(path)
    format_of(path).write(take, path, options)
