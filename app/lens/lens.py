"""A measured lens: its focal length, for pictures of one size, and how it is known; as a JSON file and in use."""

import json
import math
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from app.kept import DAMAGE, parsed, plain_number
from uao_core.atomic import atomic_text
from uao_core.camera import DEFAULT_FOV_DEG, Intrinsics
from uao_core.errors import UaoError

_LARGEST_SIDE_PX = 65_536
_LONGEST_WORD = 40
_SAME_ASPECT = 0.01
"""Aspects that differ by less are the same picture, scaled and cut to whole pixels."""


@dataclass(frozen=True, slots=True)
class Lens:
    """The focal length of a camera without distortion, the optical axis through the middle of the picture.

    Attributes:
        focal_px: focal length in pixels of pictures of `image_size`.
        image_size: (width, height) in pixels.
        how: "chessboard", "height" or "recording".
        date: of the measurement, YYYY-MM-DD; empty where it is not known.
        focal_sd_px: standard error of the focal length, None where it is not known.
        rms_px: mean distance of the chessboard's corners from where the lens puts them (RMS); None without a chessboard.
    """

    focal_px: float
    image_size: tuple[int, int]
    how: str
    date: str = ""
    focal_sd_px: float | None = None
    rms_px: float | None = None

    @property
    def fov_deg(self) -> float:
        """Field of view across the longer side."""
        return math.degrees(2 * math.atan(max(self.image_size) / 2 / self.focal_px))

    @property
    def error_percent(self) -> float:
        """Standard error of the focal length; 0 where it is not known."""
        return 100 * (self.focal_sd_px or 0.0) / self.focal_px

    def focal_for(self, image_size: tuple[int, int]) -> float | None:
        """The focal length for pictures of another size, in proportion to the longer side.

        A camera that is held upright keeps its lens. None where the aspect differs: such pictures are cut out of the sensor,
        and how is not known.
        """
        (short, long), (my_short, my_long) = sorted(image_size), sorted(self.image_size)
        if abs(math.log((long / short) / (my_long / my_short))) > _SAME_ASPECT:
            return None
        return self.focal_px * long / my_long


def lens_to_dict(lens: Lens) -> dict[str, Any]:
    """What `lens_from_dict` reads; rounded, and without what is not known."""
    content = {name: round(v, 4) if isinstance(v, float) else v for name, v in asdict(lens).items() if v is not None}
    return content | {"image_size": list(lens.image_size)}


def lens_from_dict(content: Any) -> Lens:
    """The lens of a parsed JSON file, a stored setting or the head of a recording.

    Raises:
        ValueError: it is none.
    """
    try:
        width, height = (int(plain_number(side, most=_LARGEST_SIDE_PX)) for side in content["image_size"])
        sd, rms = (None if content.get(key) is None else plain_number(content[key]) for key in ("focal_sd_px", "rms_px"))
        focal_px = plain_number(content["focal_px"])
        how, date = (" ".join(str(content.get(key, "")).split())[:_LONGEST_WORD] for key in ("how", "date"))
        lens = Lens(focal_px, (width, height), how, date, sd, rms)
    except DAMAGE as error:
        raise ValueError("no lens") from error
    if not (min(width, height) > 0 and 0.05 < focal_px / max(width, height) < 100):
        raise ValueError("no focal length that a camera has")
    return lens


def write_lens(lens: Lens, path: Path) -> None:
    """Write a lens as JSON.

    Raises:
        UaoError: the file cannot be written.
    """
    with atomic_text(path) as file:
        json.dump(lens_to_dict(lens), file, indent=1)
        file.write("\n")


def read_lens(path: Path) -> Lens:
    """Read a lens that `write_lens` wrote.

    Raises:
        UaoError: the file is missing or holds no lens.
    """
    try:
        return lens_from_dict(parsed(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UaoError(f"{path} cannot be read ({error.strerror}); check the name.") from error
    except DAMAGE as error:
        raise UaoError(f"{path} holds no measured lens; make one with --calibrate and --lens-file.") from error


class Known(Enum):
    """Where a focal length comes from, the surest first."""

    FOCAL = "focal"
    FOV = "fov"
    LENS = "lens"
    SOURCE = "source"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class InUse:
    """The camera of a source, and why.

    Attributes:
        intrinsics: focal length and middle of the picture.
        known: where the focal length comes from.
        lens: the measured lens behind it; where it is assumed, the lens that does not fit the pictures, or None.
    """

    intrinsics: Intrinsics
    known: Known
    lens: Lens | None = None


def choose(
    image_size: tuple[int, int],
    *,
    focal_px: float | None = None,
    fov_deg: float | None = None,
    lens: Lens | None = None,
    of_source: Lens | None = None,
) -> InUse:
    """The user's focal length or field of view; else the lens that the user named; else the one that is known of the source;
    else a common field of view.

    A lens that was measured on pictures of another aspect is not used: `InUse.lens` then tells which.
    """
    if focal_px is not None:
        return InUse(Intrinsics.from_focal(focal_px, image_size), Known.FOCAL)
    if fov_deg is not None:
        return InUse(Intrinsics.from_fov(fov_deg, image_size, estimated=False), Known.FOV)
    for measured, known in ((lens, Known.LENS), (of_source, Known.SOURCE)):
        if measured is not None and (focal := measured.focal_for(image_size)) is not None:
            return InUse(Intrinsics.from_focal(focal, image_size), known, measured)
    return InUse(Intrinsics.from_fov(DEFAULT_FOV_DEG, image_size), Known.ASSUMED, lens or of_source)
