import numpy as np
import pytest

from uao_core import skeleton as sk
from uao_core.keypoints import joints_from_mediapipe


def landmarks() -> np.ndarray:
    """33 landmarks on a grid, so that every mistake of order shows."""
    points = np.stack([np.arange(33) * 10.0, np.arange(33) * 7.0 + 3, np.linspace(0.1, 1.0, 33)], axis=1)
    return points.astype(np.float32)


def test_direct_joints_are_mediapipes_own():
    joints = joints_from_mediapipe(landmarks())
    for joint, landmark in (
        (sk.RIGHT_HIP, 24),
        (sk.LEFT_ANKLE, 27),
        (sk.LEFT_WRIST, 15),
        (sk.RIGHT_ELBOW, 14),
        (sk.NOSE, 0),
    ):
        assert np.allclose(joints[joint], landmarks()[landmark])


def test_trunk_is_made_of_middles():
    points = landmarks()
    joints = joints_from_mediapipe(points)
    assert np.allclose(joints[sk.PELVIS], points[[23, 24]].mean(axis=0))
    assert np.allclose(joints[sk.THORAX], points[[11, 12]].mean(axis=0))
    assert np.allclose(joints[sk.SPINE], (joints[sk.PELVIS] + joints[sk.THORAX]) / 2)


def test_head_top_lies_above_the_ears_of_an_upright_head():
    points = np.zeros((33, 3), dtype=np.float32)
    points[[7, 8], :2] = [[90, 100], [110, 100]]
    points[[2, 5], :2] = [[95, 98], [105, 98]]
    points[[9, 10], :2] = [[95, 118], [105, 118]]
    top = joints_from_mediapipe(points)[sk.HEAD_TOP]
    assert top[0] == pytest.approx(100) and 55 < top[1] < 75


def test_confidence_stays_within_0_and_1():
    points = landmarks()
    points[:, 2] = np.linspace(-0.5, 1.5, 33)
    confidence = joints_from_mediapipe(points)[:, 2]
    assert confidence.min() >= 0 and confidence.max() <= 1


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="33"):
        joints_from_mediapipe(np.zeros((17, 3), dtype=np.float32))
