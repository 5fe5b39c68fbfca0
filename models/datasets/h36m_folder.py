"""Layout "h36m": the `h36m` folder of 3d-pose-baseline (Martinez et al., ICCV 2017).

cameras.h5                                  subject1/camera1/{R,T,f,c,k,p,Name}, transposed as MATLAB writes
S1/MyPoses/3D_positions/Directions 1.h5     3D_positions (96, F) millimetres, Z up
S1/StackedHourglass/Directions_1.54138969.h5                poses (F, 16, 2) pixels; trained on MPII
S1/StackedHourglassFineTuned240/Directions_1.54138969.h5    the same, tuned on Human3.6M
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.datasets.capture import Capture
from models.datasets.h36m_cameras import FPS, MOVING_JOINTS, LabCamera, Vector, upright
from models.datasets.hdf5 import read_arrays
from models.datasets.keypoint_orders import from_mpii
from uao_core.errors import UaoError

_DETECTIONS = {
    "StackedHourglass": "stacked-hourglass",
    "StackedHourglassFineTuned240": "stacked-hourglass-fine-tuned",
}
_POSES = "S*/MyPoses/3D_positions/*.h5"


def recognises(path: Path) -> bool:
    """Whether the path is such a folder."""
    return path.is_dir() and ((path / "cameras.h5").is_file() or any(path.glob(_POSES)))


def read(path: Path) -> Iterator[Capture]:
    """Every action of every subject, exact projections for all cameras, and the detections where there are some.

    Raises:
        UaoError: h5py is not installed; a file is damaged or missing, lacks an array, or is laid out otherwise.
    """
    files = sorted(path.glob(_POSES), key=lambda file: (_number(file.parts[-4]), file.stem))
    if not files:
        raise UaoError(f"{path} holds no {_POSES}; unpack Human3.6M's 3D positions there.")
    cameras: dict[str, list[LabCamera]] = {}
    for file in files:
        subject = file.parts[-4]
        if subject not in cameras:
            cameras[subject] = [_camera(path / "cameras.h5", _number(subject), number) for number in (1, 2, 3, 4)]
        (positions,) = read_arrays(file, ["3D_positions"])
        if positions.ndim != 2 or len(positions) != 96:
            raise UaoError(f"{file} holds no 96 coordinates a frame but an array of {positions.shape}; get it anew.")
        lab_m = positions.reshape(32, 3, -1).transpose(2, 0, 1)[:, MOVING_JOINTS] / 1000
        views = [camera.view(lab_m) for camera in cameras[subject]]
        for folder, points in _DETECTIONS.items():
            seen = {name.stem.replace("_", " "): name for name in (path / subject / folder).glob("*.h5")}
            for camera in cameras[subject]:
                name = f"{file.stem}.{camera.name}"
                if name in seen:
                    views.append(camera.detected(lab_m, *_stacked_hourglass(seen[name]), points))
        yield Capture(file.stem, f"h36m/{subject}", FPS, upright(lab_m), tuple(views))


def _stacked_hourglass(path: Path) -> tuple[Vector, NDArray[np.float32]]:
    (points_px,) = read_arrays(path, ["poses"])
    if points_px.ndim != 3 or points_px.shape[1:] != (16, 2):
        raise UaoError(f"{path} holds no (frames, 16, 2) points but an array of {points_px.shape}; get it anew.")
    return from_mpii(points_px)


def _number(subject: str) -> int:
    digits = re.fullmatch(r"S(\d+)", subject)
    if digits is None:
        raise UaoError(f"{subject} is no subject of Human3.6M; the folders are to be called S1, S5 and so on.")
    return int(digits[1])


def _camera(path: Path, subject: int, number: int) -> LabCamera:
    keys = [f"subject{subject}/camera{number}/{key}" for key in ("R", "T", "f", "c", "k", "p", "Name")]
    arrays = read_arrays(path, keys)
    sizes = [array.size for array in arrays[:-1]]
    if sizes != [9, 3, 2, 2, 3, 2]:
        raise UaoError(f"{path} describes camera {number} of S{subject} by {sizes} numbers a part; get it anew.")
    rotation, place, focal, centre, radial, tangential, name = (array.reshape(-1) for array in arrays)
    letters = "".join(chr(int(letter)) for letter in name)
    # p is stored as (y, x): Human3.6M's own projection adds p[1] r^2 to x and p[0] r^2 to y
    return LabCamera(letters, rotation.reshape(3, 3).T, place / 1000, focal, centre, radial, tangential[::-1])
