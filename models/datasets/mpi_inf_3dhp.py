"""Layout "mpi-inf-3dhp": the test set of MPI-INF-3DHP (Mehta et al., 3DV 2017).

`TS1` ... `TS6` each hold `annot_data.mat` in MATLAB's v7.3, which is HDF5 with the axes reversed: `annot2` (F, 1, 17, 2)
pixels, `annot3` (F, 1, 17, 3) millimetres in camera axes, `valid_frame` (F, 1). Frames that are not valid are kept, with
NaN for joints and confidence zero, so that time stays even.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.datasets.capture import GROUND_TRUTH, Capture, make_view, project_px
from models.datasets.hdf5 import read_arrays
from uao_core.camera import Intrinsics
from uao_core.errors import UaoError

FPS = 25.0
"""The files hold no rate; 25 frames a second is that of most of the data set's training sequences."""
_ORDER = (14, 8, 9, 10, 11, 12, 13, 15, 1, 16, 0, 5, 6, 7, 2, 3, 4)
"""For each of our joints, theirs. Their "head" is the middle of the head, not the nose, which it stands for as usual."""
_NAME = "annot_data.mat"
# from the data set's calibration: right and up of the camera in the world, and its place in millimetres
_STUDIO = ((0.000575281, 0.0616098, -0.9981), (-0.208215, 0.976233, 0.06014), (3427.28, 1387.86, 309.42))
_OUTDOORS = (
    (-0.939647257, -0.009210289, 0.342020929),
    (0.025272345, 0.995038509, 0.096227370),
    (-2104.3074, 1038.6707, -4596.6367),
)
_CAMERAS = {1: _STUDIO, 2: _STUDIO, 3: _STUDIO, 4: _STUDIO, 5: _OUTDOORS, 6: _OUTDOORS}
_LARGEST_ERROR = 0.05


def recognises(path: Path) -> bool:
    """Whether the path is one annotation, the folder of one sequence, or that of the test set."""
    if path.is_dir():
        return (path / _NAME).is_file() or any(path.glob(f"TS*/{_NAME}"))
    return path.name == _NAME


def read(path: Path) -> Iterator[Capture]:
    """One capture with one view for each test sequence; the view's camera is fitted (`fit_intrinsics`).

    Raises:
        UaoError: h5py is not installed; a file is damaged, lacks an array, lies in a folder not called TS1 to TS6, or has
            points that are no projection of its joints.
    """
    single = path / _NAME if path.is_dir() else path
    files = [single] if single.is_file() else sorted(path.glob(f"TS*/{_NAME}"))
    if not files:
        raise UaoError(f"{path} holds no TS1/{_NAME}; unpack the test set of MPI-INF-3DHP there.")
    for file in files:
        yield _sequence(file)


def _sequence(path: Path) -> Capture:
    name = path.resolve().parent.name
    number = re.fullmatch(r"TS([1-6])", name)
    if number is None:
        raise UaoError(f"{path} lies in {name}, which does not tell its camera; name the folder TS1 to TS6 as it was.")
    points, joints, valid = read_arrays(path, ["annot2", "annot3", "valid_frame"])
    frames = valid.size
    if points.shape != (frames, 1, 17, 2) or joints.shape != (frames, 1, 17, 3):
        raise UaoError(f"{path} holds points {points.shape} and joints {joints.shape} for {frames} frames; get it anew.")
    chosen = valid.reshape(frames, 1, 1) != 0
    joints_m = np.where(chosen, joints[:, 0, _ORDER] / 1000, np.nan)
    points_px = np.where(chosen, points[:, 0, _ORDER], np.nan)
    intrinsics = fit_intrinsics(joints_m, points_px, path)
    view = make_view("0", joints_m, points_px, intrinsics, GROUND_TRUTH)
    right, up, place = (np.array(vector) for vector in _CAMERAS[int(number[1])])
    world_m = joints_m @ np.stack([right, -up, np.cross(up, right)]) + place / 1000
    return Capture(name, f"mpi-inf-3dhp/{name}", FPS, world_m.astype(np.float32), (view,))


def fit_intrinsics(joints_m: NDArray[np.float64], points_px: NDArray[np.float64], path: Path) -> Intrinsics:
    """Focal length and principal point under which joints (F, 17, 3) fall on points (F, 17, 2), by least squares.

    One focal length, no distortion: what is left of the outdoor sequences' lens stays in the points.

    Raises:
        UaoError: fewer than two joints are known, or half of the points miss theirs by more than a twentieth of the focal
            length.
    """
    known = np.isfinite(joints_m).all(axis=-1) & np.isfinite(points_px).all(axis=-1) & (joints_m[..., 2] > 0)
    rays = joints_m[known][:, :2] / joints_m[known][:, 2:]
    if len(rays) < 2:
        raise UaoError(f"{path} has no valid frame to find its camera by; get it anew.")
    middle_ray, middle_px = rays.mean(axis=0), points_px[known].mean(axis=0)
    spread = rays - middle_ray
    focal = float((spread * (points_px[known] - middle_px)).sum() / max((spread**2).sum(), 1e-12))
    x, y = middle_px - focal * middle_ray
    if focal > 0:
        intrinsics = Intrinsics(focal, (float(x), float(y)), estimated=True)
        missed_px = np.linalg.norm(project_px(joints_m[known], intrinsics) - points_px[known], axis=-1)
        if np.median(missed_px) <= _LARGEST_ERROR * focal:
            return intrinsics
    raise UaoError(f"{path} has points (annot2) that are no projection of its joints (annot3); get it anew.")
