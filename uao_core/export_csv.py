"""Takes as CSV (RFC 4180), tidy: one row a frame and joint, in the camera's axes (x right, y down, z forward), as JSON.

What is not known is an empty cell. A joint that was left out for its expected error keeps the error, which says why.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from uao_core.atomic import atomic_text
from uao_core.export_options import ExportOptions
from uao_core.packets import Floats, FrameResult
from uao_core.skeleton import JOINT_NAMES, NUM_JOINTS
from uao_core.take import Take

COLUMNS = (
    *("frame", "time_s", "joint", "x_m", "y_m", "z_m", "sigma_mm"),
    *("keypoint_x_px", "keypoint_y_px", "confidence"),
)
_DECIMALS = (4, 4, 4, 1, 2, 2, 3)


def write_csv(take: Take, path: Path, options: ExportOptions = ExportOptions()) -> None:
    """Write every frame of the take, one after the other.

    Raises:
        UaoError: the file cannot be written.
    """
    with atomic_text(path) as file:
        table = csv.writer(file)  # RFC 4180's dialect is csv's own
        table.writerow(COLUMNS)
        for frame in take.frames:
            table.writerows(_rows(frame, options.max_sigma_mm))


def _rows(frame: FrameResult, max_sigma_mm: float | None) -> Iterator[tuple[object, ...]]:
    numbers = frame_numbers(frame, max_sigma_mm).tolist()
    for name, row in zip(JOINT_NAMES, numbers, strict=True):
        cells = (f"{v:.{d}f}" if abs(v) < np.inf else "" for v, d in zip(row, _DECIMALS, strict=True))
        yield (frame.index, f"{frame.time_s:.6f}", name, *cells)


def frame_numbers(frame: FrameResult, max_sigma_mm: float | None) -> Floats:
    """(23, 7): x, y, z in metres, sigma in millimetres, keypoint x and y in pixels, confidence; NaN for what is missing."""
    numbers = np.full((NUM_JOINTS, 7), np.nan, dtype=np.float32)
    if frame.pose is not None:
        numbers[:, :3], numbers[:, 3] = frame.pose.joints_m, frame.pose.sigma_mm
        if max_sigma_mm is not None:
            numbers[numbers[:, 3] > max_sigma_mm, :3] = np.nan
    if frame.keypoints.joints_px is not None:
        numbers[:, 4:] = frame.keypoints.joints_px
    return numbers
