"""Orders of 2D keypoints, brought to the 17 joints of Human3.6M."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from uao_core import skeleton as sk
from uao_core.keypoints import derive_trunk

Points = NDArray[np.float64]
Order = Callable[[Points], tuple[Points, NDArray[np.float32]]]

_MPII_LIMBS = {
    sk.RIGHT_ANKLE: 0,
    sk.RIGHT_KNEE: 1,
    sk.RIGHT_HIP: 2,
    sk.LEFT_HIP: 3,
    sk.LEFT_KNEE: 4,
    sk.LEFT_ANKLE: 5,
    sk.HEAD_TOP: 9,
    sk.RIGHT_WRIST: 10,
    sk.RIGHT_ELBOW: 11,
    sk.RIGHT_SHOULDER: 12,
    sk.LEFT_SHOULDER: 13,
    sk.LEFT_ELBOW: 14,
    sk.LEFT_WRIST: 15,
}
_MPII_PELVIS = 6
_COCO = {
    sk.NOSE: 0,
    sk.LEFT_SHOULDER: 5,
    sk.RIGHT_SHOULDER: 6,
    sk.LEFT_ELBOW: 7,
    sk.RIGHT_ELBOW: 8,
    sk.LEFT_WRIST: 9,
    sk.RIGHT_WRIST: 10,
    sk.LEFT_HIP: 11,
    sk.RIGHT_HIP: 12,
    sk.LEFT_KNEE: 13,
    sk.RIGHT_KNEE: 14,
    sk.LEFT_ANKLE: 15,
    sk.RIGHT_ANKLE: 16,
}


def from_h36m(points_px: Points) -> tuple[Points, NDArray[np.float32]]:
    """(F, 17, 2) points in our own order, and confidence one for all of them."""
    return points_px, np.ones(points_px.shape[:-1], dtype=np.float32)


def from_mpii(points_px: Points) -> tuple[Points, NDArray[np.float32]]:
    """(F, 16, 2) points of Stacked Hourglass, in MPII's order, to (F, 17, 2) and their confidence (F, 17).

    Limbs, pelvis and head top are the network's own. It has no nose: confidence zero. Its points 7 and 8 are thorax and
    upper neck where it was trained on MPII, spine and thorax where it was tuned on Human3.6M; so as to mean the same in
    both, thorax and spine are derived from hips and shoulders, as for every other detector.
    """
    joints = derive_trunk(_picked(points_px, _MPII_LIMBS))
    joints[..., sk.PELVIS, :2] = points_px[..., _MPII_PELVIS, :]
    return joints[..., :2].astype(np.float64), joints[..., 2]


def from_coco(points_px: Points) -> tuple[Points, NDArray[np.float32]]:
    """(F, 17, 2) points in COCO's order to (F, 17, 2) and their confidence: the trunk is derived, the head top unknown."""
    joints = derive_trunk(_picked(points_px, _COCO))
    return joints[..., :2].astype(np.float64), joints[..., 2]


def _picked(points_px: Points, sources: dict[int, int]) -> NDArray[np.float32]:
    """(..., 17, 3) x, y and confidence; zeros for joints without a source."""
    joints = np.zeros((*points_px.shape[:-2], sk.NUM_H36M, 3), dtype=np.float32)
    for joint, source in sources.items():
        joints[..., joint, :2] = points_px[..., source, :]
        joints[..., joint, 2] = 1
    return joints


ORDERS: dict[tuple[int, frozenset[int]], Order] = {
    (17, frozenset({4, 5, 6, 11, 12, 13})): from_h36m,
    (16, frozenset({3, 4, 5, 13, 14, 15})): from_mpii,
    (17, frozenset({1, 3, 5, 7, 9, 11, 13, 15})): from_coco,
}
"""By how many points there are and which of them are the left side's, which is what VideoPose3D's files tell."""
