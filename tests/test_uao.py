"""The optimization with the shipped network: it helps, it is held, and nothing breaks it."""

import numpy as np
import pytest
import torch

from models.synthesis import CLEAN, synthesize
from tests.conftest import STANDING_M
from uao_core.camera import project
from uao_core.errors import UaoError
from uao_core.metrics import mpjpe_mm
from uao_core.optimize import UaoConfig, refine
from uao_core.packets import Keypoints
from uao_core.refiner import FileRefiner, LiveRefiner, Refinement
from uao_core.skeleton import MIRROR, PARENTS

ONES = torch.ones(30, 17)
UNRELATED_S = 1.0
"""Frames so far apart are not smoothed into each other."""


def root_relative(joints):
    return joints - joints[:, :1]


@pytest.fixture(scope="module")
def rays(scene):
    return scene.intrinsics.rays(torch.from_numpy(scene.joints_px[:, :, :2]))


@pytest.fixture(scope="module")
def odd_poses():
    """128 bodies whose every bone is turned at random by up to 60 degrees, seen exactly by random cameras."""
    rng = torch.Generator().manual_seed(5)
    body = torch.from_numpy(STANDING_M) * torch.tensor([-1.0, -1.0, 1.0])  # y up, as captured poses are
    joints = [torch.zeros(128, 3)]
    for child, parent in enumerate(PARENTS[1:], start=1):
        axis = torch.randn(128, 3, generator=rng)
        axis = axis / axis.norm(dim=1, keepdim=True) * torch.pi / 3 * torch.rand(128, 1, generator=rng)
        cross = torch.zeros(128, 3, 3)
        for row, column, k in ((2, 1, 0), (0, 2, 1), (1, 0, 2)):
            cross[:, row, column], cross[:, column, row] = axis[:, k], -axis[:, k]
        joints.append(joints[parent] + torch.linalg.matrix_exp(cross) @ (body[child] - body[parent]))
    return synthesize(torch.stack(joints, dim=1), rng, CLEAN, vary_body=False)


@pytest.mark.parametrize("known_root", [True, False], ids=["true root", "estimated root"])
def test_known_poses_come_back_better_than_they_went_in(odd_poses, lifter, known_root):
    """The paper's protocol (true camera and root), and ours (root estimated): exact 2D, 3D truth known."""
    truth = odd_poses.view.to_camera(odd_poses.truth)

    def error(iterations):
        config = UaoConfig(iterations=iterations, smoothing_s=0, time_weight=0)
        root = odd_poses.root_m if known_root else None
        refined = refine(lifter.network, odd_poses.rays, odd_poses.confidence, config, root_m=root, frame_time_s=UNRELATED_S)
        return mpjpe_mm(root_relative(refined.joints_m), truth)

    before, after, more = (error(n) for n in (0, 4, 12))
    assert after < 0.98 * before
    assert more < after


def test_the_projection_comes_closer(lifter, rays):
    def residual(refined):
        return float((project(refined.joints_m) - rays)[:, 1:7].norm(dim=2).mean())

    results = [residual(refine(lifter.network, rays, ONES, UaoConfig(iterations=n, smoothing_s=0))) for n in (0, 4, 16)]
    assert results[0] > results[1] > results[2]


def test_a_stronger_prior_holds_the_pose(lifter, rays):
    def moved(weight):
        refined = refine(lifter.network, rays, ONES, UaoConfig(prior_weight=weight, smoothing_s=0, iterations=8))
        return float((root_relative(refined.joints_m) - root_relative(refined.lifted_m)).norm(dim=2).mean())

    assert moved(0.0) > moved(5.0)


def test_one_joint_put_elsewhere_does_not_throw_the_others(scene, lifter, rays):
    wild = rays.clone()
    wild[:, 13] += torch.tensor([0.5, 0.5])
    others = [j for j in range(17) if j not in (12, 13)]
    truth = root_relative(scene.truth_m)[:, others]
    before = refine(lifter.network, wild, ONES, UaoConfig(iterations=0))
    after = refine(lifter.network, wild, ONES, UaoConfig(iterations=8))
    error = [mpjpe_mm(root_relative(r.joints_m)[:, others], truth) for r in (before, after)]
    assert error[1] < 1.05 * error[0]


def test_no_confidence_means_more_uncertainty_there(lifter, rays):
    confidence = ONES.clone()
    confidence[:, [12, 13]] = 0
    sure = refine(lifter.network, rays, ONES).sigma_m.mean(0)
    unsure = refine(lifter.network, rays, confidence).sigma_m.mean(0)
    assert (unsure[[12, 13]] > 1.3 * sure[[12, 13]]).all()


def test_mirrored_branch_makes_the_result_symmetric(lifter, rays):
    flip = torch.tensor([-1.0, 1.0])
    mirrored_rays = rays[:, list(MIRROR)] * flip
    config = UaoConfig(mirrored=True)
    here = refine(lifter.network, rays, ONES, config)
    there = refine(lifter.network, mirrored_rays, ONES, config)
    back = there.joints_m[:, list(MIRROR)] * torch.tensor([-1.0, 1.0, 1.0])
    assert (root_relative(here.joints_m) - root_relative(back)).norm(dim=2).mean() < 0.001
    plain = refine(lifter.network, mirrored_rays, ONES).joints_m[:, list(MIRROR)] * torch.tensor([-1.0, 1.0, 1.0])
    one = refine(lifter.network, rays, ONES).joints_m
    assert (root_relative(one) - root_relative(plain)).norm(dim=2).mean() > 0.003  # one branch alone is not


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_short_windows_work(lifter, rays, frames):
    refined = refine(lifter.network, rays[:frames], ONES[:frames])
    assert refined.joints_m.shape == (frames, 17, 3) and refined.joints_m.isfinite().all()


@pytest.mark.parametrize("confidence", [torch.zeros(30, 17), torch.eye(17)[13].repeat(30, 1)], ids=["none", "one joint"])
def test_without_evidence_nothing_is_nan(lifter, rays, confidence):
    refined = refine(lifter.network, rays, confidence)
    assert refined.joints_m.isfinite().all() and refined.sigma_m.isfinite().all()


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
