"""Keypoints in, poses out: windows over a file, and the newest frame of a stream."""

import numpy as np
import pytest
import torch

from uao_core.errors import UaoError
from uao_core.packets import Keypoints
from uao_core.refiner import FileRefiner, LiveRefiner, Refinement


def keypoints(scene, index, joints=True):
    return Keypoints(index, index / 30, scene.joints_px[index % 30] if joints else None)


@pytest.fixture
def refinement(scene, lifter):
    return Refinement(lifter.network, scene.intrinsics, window=8)


@pytest.mark.parametrize("count", [1, 7, 8, 9, 29])
def test_every_frame_of_a_file_comes_out_once_and_in_order(scene, refinement, count):
    refiner = FileRefiner(refinement)
    out = [r for i in range(count) for r in refiner.push(keypoints(scene, i))] + list(refiner.flush())
    assert [r.index for r in out] == list(range(count))
    assert all(r.pose is not None for r in out)


def test_frames_without_a_person_keep_their_place(scene, refinement):
    seen = [i not in (0, 5, 6, 20) for i in range(25)]
    refiner = FileRefiner(refinement)
    out = [r for i in range(25) for r in refiner.push(keypoints(scene, i, seen[i]))] + list(refiner.flush())
    assert [r.index for r in out] == list(range(25))
    assert [r.pose is not None for r in out] == seen


def test_two_people_are_not_smoothed_into_each_other(scene, refinement):
    """The detector goes over from one person to another, smaller one, elsewhere in the image."""
    other = scene.joints_px.copy()
    other[..., :2] = other[..., :2] * 0.5 + [20, 40]
    frames = [Keypoints(i, i / 30, (scene.joints_px if i < 9 else other)[i]) for i in range(18)]
    refiner = FileRefiner(refinement)
    out = [r for k in frames for r in refiner.push(k)] + list(refiner.flush())
    assert [r.index for r in out] == list(range(18))
    depth = [r.pose.joints_m[0, 2] for r in out]
    assert np.ptp(depth[:9]) < 0.3 and np.ptp(depth[9:]) < 0.6 and depth[9] > 1.5 * depth[8]
    assert max(r.pose.reprojection_px for r in out) < 20


def test_somebody_whom_the_detector_does_not_believe_in_is_nobody(scene, refinement):
    joints = scene.joints_px[0].copy()
    joints[:, 2] = 0.2
    (result,) = FileRefiner(refinement).push(Keypoints(0, 0.0, joints))
    assert result.pose is None and result.keypoints.joints_px is not None


def test_windows_meet_without_a_seam(scene, refinement):
    refiner = FileRefiner(refinement)
    out = [r for i in range(30) for r in refiner.push(keypoints(scene, i))] + list(refiner.flush())
    joints = torch.from_numpy(np.stack([r.pose.joints_m for r in out]))
    step = joints.diff(dim=0).norm(dim=2).mean(dim=1)
    assert step.max() < 0.05  # metres a frame, of a person who sways


def test_live_refiner_gives_the_newest_frame(scene, refinement):
    refiner = LiveRefiner(refinement)
    for i in range(12):
        result = refiner.push(keypoints(scene, i))
        assert result.index == i and result.pose is not None
    error = torch.from_numpy(result.pose.joints_m) - scene.truth_m[11]
    assert error.isfinite().all()
    assert refiner.push(keypoints(scene, 12, joints=False)).pose is None
    assert refiner.push(keypoints(scene, 13)).pose is not None


def test_nan_keypoints_never_come_out(scene, refinement):
    joints = scene.joints_px[0].copy()
    joints[3] = np.nan
    result = LiveRefiner(refinement).push(Keypoints(0, 0.0, joints))
    assert np.isfinite(result.pose.joints_m).all() and np.isfinite(result.pose.sigma_mm).all()
    assert np.isfinite(result.keypoints.joints_px).all()
    joints[:] = np.nan
    assert LiveRefiner(refinement).push(Keypoints(0, 0.0, joints)).pose is None


def test_a_window_of_nothing_is_refused(scene, lifter):
    with pytest.raises(UaoError, match="window"):
        Refinement(lifter.network, scene.intrinsics, window=0)
