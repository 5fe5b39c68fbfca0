"""Layout "videopose3d": Human3.6M as VideoPose3D (Pavllo et al., CVPR 2019) prepares it.

`data_3d_h36m.npz` holds `positions_3d`: subject -> action -> (F, 32, 3) metres, Z up. Beside it lie any number of
`data_2d_h36m_*.npz` with `positions_2d`: subject -> action -> four (F', 16 or 17, 2) in pixels of the distorted image, one
for each camera, and `metadata`, which tells the order of the points. Where no file of exact points is among them
(`data_2d_h36m_gt.npz`), they are projected.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.datasets.capture import GROUND_TRUTH, Capture, View
from models.datasets.h36m_cameras import FPS, MOVING_JOINTS, LabCamera, Vector, published_cameras, upright
from models.datasets.keypoint_orders import ORDERS, Order
from models.datasets.npz import members
from models.datasets.unpickle import read_object
from uao_core.errors import UaoError

_NAME = "data_3d_h36m.npz"
_POINTS = {
    "gt": GROUND_TRUTH,
    "cpn_ft_h36m_dbb": "cpn",
    "sh_pt_mpii": "stacked-hourglass",
    "sh_ft_h36m": "stacked-hourglass-fine-tuned",
    "detectron_pt_coco": "detectron",
    "detectron_ft_h36m": "detectron-fine-tuned",
}


@dataclass(frozen=True, slots=True)
class _Detections:
    path: Path
    points: str
    order: Order
    positions: dict[str, Any]


def recognises(path: Path) -> bool:
    """Whether the path is such an archive or the folder of one."""
    if path.is_dir():
        return (path / _NAME).is_file()
    return path.name == _NAME or "positions_3d" in members(path)


def read(path: Path) -> Iterator[Capture]:
    """Every action of every subject, with the views of all detections that lie beside the archive.

    A view ends with the shorter of 3D and 2D: some videos have a few frames more than the motion capture.

    Raises:
        UaoError: a file is damaged, lacks an array, or is laid out otherwise.
    """
    path = path / _NAME if path.is_dir() else path
    detections = [_detections(file) for file in sorted(path.parent.glob("data_2d_h36m_*.npz"))]
    for subject, actions in _dictionary(read_object(path, "positions_3d"), path).items():
        cameras = published_cameras(subject)
        for action, positions in _dictionary(actions, path).items():
            if not isinstance(positions, np.ndarray) or positions.ndim != 3 or positions.shape[1:] != (32, 3):
                raise UaoError(f"{path} holds no (frames, 32, 3) joints for {subject}, {action}; prepare it again.")
            lab_m = positions[:, MOVING_JOINTS].astype(np.float64)
            views = [view for d in detections for view in _views(d, subject, action, cameras, lab_m)]
            if not any(view.points == GROUND_TRUTH for view in views):
                views = [*(camera.view(lab_m) for camera in cameras), *views]
            yield Capture(action, f"h36m/{subject}", FPS, upright(lab_m), tuple(views))


def _detections(path: Path) -> _Detections:
    kind = path.stem.removeprefix("data_2d_h36m_")
    metadata = _dictionary(read_object(path, "metadata"), path)
    try:
        key = int(metadata["num_joints"]), frozenset(int(joint) for joint in metadata["keypoints_symmetry"][0])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise UaoError(f"{path} does not tell the order of its points (metadata); download it again.") from error
    if key not in ORDERS:
        raise UaoError(f"{path} orders its {key[0]} points neither as Human3.6M nor as MPII nor as COCO does; move it away.")
    return _Detections(path, _POINTS.get(kind, kind), ORDERS[key], _dictionary(read_object(path, "positions_2d"), path))


def _views(
    detections: _Detections, subject: str, action: str, cameras: tuple[LabCamera, ...], lab_m: Vector
) -> Iterator[View]:
    """One view a camera; none where the detections have no such action."""
    seen = detections.positions.get(subject, {}).get(action, ())
    if len(seen) > len(cameras):
        raise UaoError(f"{detections.path} has {len(seen)} cameras for {subject}, {action}, of which four are known.")
    for camera, points_px in zip(cameras, seen, strict=False):
        if points_px is None:
            continue
        joints = next(count for (count, _), order in ORDERS.items() if order is detections.order)
        if not isinstance(points_px, np.ndarray) or points_px.ndim != 3 or points_px.shape[1:] != (joints, 2):
            raise UaoError(
                f"{detections.path} holds no (frames, {joints}, 2) points for {subject}, {action}; download it again."
            )
        ordered, confidence = detections.order(points_px.astype(np.float64))
        yield camera.detected(lab_m, ordered, confidence, detections.points)


def _dictionary(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UaoError(f"{path} is not laid out as VideoPose3D's archives are; prepare it again.")
    return value
