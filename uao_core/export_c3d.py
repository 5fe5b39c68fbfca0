"""Takes as C3D, the exchange format of biomechanics (c3d.org), written by ezc3d.

One point a joint, in millimetres: x forward (towards the camera), y to the left of somebody who looks along x, z up, as
laboratories have it. A point's residual is its expected error; a missing point has the residual -1.
"""

import math
import struct
from pathlib import Path
from typing import Any

import numpy as np

from uao_core.atomic import atomic_path
from uao_core.errors import UaoError
from uao_core.export_options import ExportOptions
from uao_core.markers import World, count_marks, marks, upright_world
from uao_core.packets import Doubles
from uao_core.skeleton import JOINT_NAMES, NUM_JOINTS
from uao_core.take import Take

_TO_LABORATORY = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
_MOST_FRAMES = 0xFFFF
"""The header counts frames in 16 bits; ezc3d writes the largest number where there are more, which cuts the take off."""
_LARGEST_RESIDUAL = 127
"""Residuals are bytes, times POINT:SCALE; some readers take the highest bit for a sign."""
_BLOCK = 512
_START_OFFSET = 16
"""Of the number of the block, from 1, in which the points begin; a point is four floats."""
_SCALE_OFFSET = 12
"""Of POINT:SCALE's copy in the header, a float: ezc3d puts -1 there, whatever the parameter is, and readers compare."""


def write_c3d(take: Take, path: Path, options: ExportOptions = ExportOptions()) -> None:
    """Write the measured joints.

    Raises:
        UaoError: nobody was found in the take, it has more frames than a C3D file can count, ezc3d is not installed, or the
            file cannot be written.
    """
    count = count_marks(take)
    if count > _MOST_FRAMES:
        raise UaoError(
            f"A C3D file holds at most {_MOST_FRAMES} frames and this take has {count}; export a part of it, or choose TRC, "
            "CSV or NPZ, which hold it whole."
        )
    try:
        import ezc3d
    except ImportError as error:
        raise UaoError("C3D needs the package ezc3d (pip install ezc3d); TRC holds the same points without it.") from error
    world = upright_world(take, options.body.camera_tilt_deg).turned(_TO_LABORATORY)
    points, residuals = _tracks(take, world, options)
    scale = _residual_scale(residuals)
    file = ezc3d.c3d()
    _describe(file, take, world, scale, residuals)
    file["data"]["points"] = points
    file["data"]["meta_points"]["residuals"] = residuals[None]
    with atomic_path(path) as part:
        part.touch()  # what cannot be written is said by the system, not by ezc3d
        written = part.with_suffix(".c3d")  # which ezc3d would add to ".C3D"
        try:
            str(written).encode()  # ezc3d takes no name that is not UTF-8
            file.write(str(written))
            _check_whole(written, points.shape[2])
            written.replace(part)
        except (RuntimeError, ValueError) as error:
            written.unlink(missing_ok=True)
            raise UaoError(f"{path} cannot be written ({error}); choose another place or make room.") from error
        with part.open("rb+") as raw:
            raw.seek(_SCALE_OFFSET)
            raw.write(struct.pack("<f", -scale))


def _check_whole(path: Path, frames: int) -> None:
    """ezc3d does not say that it could not write; its header says where the points begin.

    Raises:
        ValueError: the file ends before the last point.
    """
    header = path.read_bytes()[:_BLOCK]
    start = struct.unpack_from("<H", header, _START_OFFSET)[0] if len(header) == _BLOCK else 1
    if start < 2 or path.stat().st_size < _BLOCK * (start - 1) + 16 * NUM_JOINTS * frames:
        raise ValueError("it was not written to its end")


def _tracks(take: Take, world: World, options: ExportOptions) -> tuple[Doubles, Doubles]:
    """(4, 23, F) homogeneous points in millimetres, NaN where missing, and (23, F) residuals."""
    count = count_marks(take)
    points, residuals = np.ones((4, NUM_JOINTS, count)), np.full((NUM_JOINTS, count), -1.0)
    for i, mark in enumerate(marks(take, world, options.max_sigma_mm)):
        points[:3, :, i] = 1000 * mark.joints_m.T
        seen = np.isfinite(mark.joints_m).all(axis=1)
        residuals[seen, i] = mark.sigma_mm[seen]
    return points, residuals


def _residual_scale(residuals: Doubles) -> float:
    """The largest residual must fit into a byte."""
    return float(max(math.ceil(residuals.max(initial=0) / _LARGEST_RESIDUAL), 1))


def _describe(file: Any, take: Take, world: World, scale: float, residuals: Doubles) -> None:
    point = file["parameters"]["POINT"]
    means = [float(row[row >= 0].mean()) if (row >= 0).any() else -1.0 for row in residuals]
    for name, value in (
        ("RATE", [take.fps]),
        ("SCALE", [-scale]),
        ("UNITS", ["mm"]),
        ("LABELS", list(JOINT_NAMES)),
        ("DESCRIPTIONS", [f"{name.replace('_', ' ')}, measured by one camera" for name in JOINT_NAMES]),
    ):
        point[name]["value"] = value
    for group, name, values in (
        ("POINT", "X_SCREEN", ["+X"]),
        ("POINT", "Y_SCREEN", ["+Z"]),
        ("UAO", "RESIDUALS", ["expected error of each joint relative to the pelvis"]),
        ("UAO", "MEAN_SIGMA_MM", means),
        ("UAO", "FLOOR_AT_Z_0", [float(world.has_floor)]),
        ("UAO", "START_S", [take.frames[0].time_s]),
        ("MANUFACTURER", "SOFTWARE", ["UAO Pose"]),
    ):
        file.add_parameter(group, name, values)
