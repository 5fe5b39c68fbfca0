"""From a detector's landmarks to the joints of `uao_core.skeleton`.

Pelvis, thorax, spine, head top, hands and toes are no landmarks of MediaPipe. They are derived here, in one place, so
that the lifter is trained on points made the same way as the points it will be given.
"""

from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from uao_core import skeleton as sk

Array = TypeVar("Array", NDArray[np.float32], torch.Tensor)

MEDIAPIPE_COUNT = 33
_NOSE, _EYES, _EARS, _MOUTH = 0, (2, 5), (7, 8), (9, 10)
DIRECT_LANDMARKS: dict[int, int] = {
    sk.RIGHT_HIP: 24,
    sk.RIGHT_KNEE: 26,
    sk.RIGHT_ANKLE: 28,
    sk.LEFT_HIP: 23,
    sk.LEFT_KNEE: 25,
    sk.LEFT_ANKLE: 27,
    sk.NOSE: _NOSE,
    sk.LEFT_SHOULDER: 11,
    sk.LEFT_ELBOW: 13,
    sk.LEFT_WRIST: 15,
    sk.RIGHT_SHOULDER: 12,
    sk.RIGHT_ELBOW: 14,
    sk.RIGHT_WRIST: 16,
    sk.LEFT_EAR: 7,
    sk.RIGHT_EAR: 8,
}
"""Joints that are landmarks of MediaPipe themselves."""
_MIXED: dict[int, tuple[int, int, float]] = {
    sk.LEFT_HAND: (17, 19, 0.5),
    sk.RIGHT_HAND: (18, 20, 0.5),
    sk.LEFT_TOES: (29, 31, 0.72),
    sk.RIGHT_TOES: (30, 32, 0.72),
}
"""Joints between two landmarks, and how far on the way from the first to the second. The hand is the middle of the
knuckles of little finger and index; the base of the toes lies at 0.72 of the foot's length (heel to tip)."""
_EYES_TO_TOP = 1.9
"""The crown lies above the ears by about 1.9 times the distance from mouth to eyes (12 to 13 cm against 6.5 cm)."""


def derive_trunk(joints: Array) -> Array:
    """Set pelvis, thorax and spine from hips and shoulders, in place.

    Pelvis is the middle of the hips, thorax the middle of the shoulders, spine the middle of both. Works on points and,
    since a middle is linear, on confidences: `joints` is (..., J, C).
    """
    joints[..., sk.PELVIS, :] = (joints[..., sk.RIGHT_HIP, :] + joints[..., sk.LEFT_HIP, :]) / 2
    joints[..., sk.THORAX, :] = (joints[..., sk.RIGHT_SHOULDER, :] + joints[..., sk.LEFT_SHOULDER, :]) / 2
    joints[..., sk.SPINE, :] = (joints[..., sk.PELVIS, :] + joints[..., sk.THORAX, :]) / 2
    return joints


def joints_from_mediapipe(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """MediaPipe's 33 pose landmarks to the 23 joints.

    Fifteen joints are landmarks themselves, hands and toes lie between two; pelvis, thorax and spine are middles
    (`derive_trunk`). The head top is the middle of the ears moved along mouth-to-eyes: that difference turns and shortens
    with the head as the image does.

    Args:
        landmarks: (..., 33, 3) x and y in pixels, visibility in 0..1.

    Returns:
        (..., 23, 3) x and y in pixels, confidence in 0..1.
    """
    if landmarks.shape[-2:] != (MEDIAPIPE_COUNT, 3):
        raise ValueError(f"expected landmarks of shape (..., 33, 3), got {landmarks.shape}")
    joints = np.zeros((*landmarks.shape[:-2], sk.NUM_JOINTS, 3), dtype=np.float32)
    for joint, landmark in DIRECT_LANDMARKS.items():
        joints[..., joint, :] = landmarks[..., landmark, :]
    for joint, (start, end, share) in _MIXED.items():
        joints[..., joint, :] = (1 - share) * landmarks[..., start, :] + share * landmarks[..., end, :]
    derive_trunk(joints)
    ears, eyes, mouth = (landmarks[..., list(pair), :].mean(axis=-2) for pair in (_EARS, _EYES, _MOUTH))
    joints[..., sk.HEAD_TOP, :2] = (ears + _EYES_TO_TOP * (eyes - mouth))[..., :2]
    joints[..., sk.HEAD_TOP, 2] = ears[..., 2]
    joints[..., 2] = joints[..., 2].clip(0.0, 1.0)
    return joints


def widened(joints: NDArray[np.floating], missing: float) -> NDArray[np.float32]:
    """(..., 17, C) of Human3.6M's joints to (..., 23, C), the others all `missing`; (..., 23, C) stays as it is."""
    lacking = sk.NUM_JOINTS - joints.shape[-2]
    rows = np.full((*joints.shape[:-2], lacking, joints.shape[-1]), missing, dtype=np.float32)
    return np.concatenate([joints.astype(np.float32), rows], axis=-2)
