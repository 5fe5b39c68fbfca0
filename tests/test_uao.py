"""The optimization with the shipped network: it helps, it is held, and nothing breaks it."""

import numpy as np
import pytest
import torch

from models.detector_model import CLEAN
from models.synthesis import synthesize
from tests.conftest import STANDING_M
from uao_core.camera import project
from uao_core.metrics import mpjpe_mm
from uao_core.optimize import State, UaoConfig, refine
from uao_core.problem import unrest_rays
from uao_core.skeleton import MIRROR, PARENTS

ONES = torch.ones(30, 23)
TIMES = torch.arange(30) / 30


def root_relative(joints):
    return joints - joints[:, :1]


@pytest.fixture(scope="module")
def rays(scene):
    return scene.intrinsics.rays(torch.from_numpy(scene.joints_px[:, :, :2]))


@pytest.fixture(scope="module")
def odd_poses():
    """64 bodies whose every bone is turned at random by up to 60 degrees, seen exactly by random cameras."""
    rng = torch.Generator().manual_seed(5)
    body = torch.from_numpy(STANDING_M) * torch.tensor([-1.0, -1.0, 1.0])  # y up, as captured poses are
    joints = [torch.zeros(64, 3)]
    for child, parent in enumerate(PARENTS[1:], start=1):
        axis = torch.randn(64, 3, generator=rng)
        axis = axis / axis.norm(dim=1, keepdim=True) * torch.pi / 3 * torch.rand(64, 1, generator=rng)
        cross = torch.zeros(64, 3, 3)
        for row, column, k in ((2, 1, 0), (0, 2, 1), (1, 0, 2)):
            cross[:, row, column], cross[:, column, row] = axis[:, k], -axis[:, k]
        joints.append(joints[parent] + torch.linalg.matrix_exp(cross) @ (body[child] - body[parent]))
    windows = torch.stack(joints, dim=1)[:, None]  # of one frame each
    return synthesize(windows, torch.full((64,), 1 / 30), rng, CLEAN, vary_body=False)


@pytest.mark.parametrize("state", State, ids=lambda state: state.value)
@pytest.mark.parametrize("known_root", [True, False], ids=["true root", "estimated root"])
def test_known_poses_come_back_better_than_they_went_in(odd_poses, lifter, known_root, state):
    """The paper's protocol (true camera and root), and ours (root estimated): exact 2D, 3D truth known."""
    truth = odd_poses.view.to_camera(odd_poses.truth[:, 0])

    def error(iterations):
        config = UaoConfig(iterations=iterations, state=state, smoothing_s=0)
        refined = [
            refine(
                lifter.network,
                odd_poses.rays[i],
                odd_poses.confidence[i],
                odd_poses.time_s[i],
                config,
                root_m=odd_poses.root_m[i] if known_root else None,
            )
            for i in range(len(truth))
        ]
        return mpjpe_mm(root_relative(torch.cat([r.joints_m for r in refined])), truth)

    before, after, more = (error(n) for n in (0, 4, 12))
    assert after < 0.99 * before
    assert more < 1.005 * after, "more steps are no worse, but for chance: four have come close to all that there is"


@pytest.mark.parametrize("state", State, ids=lambda state: state.value)
def test_the_projection_comes_closer(lifter, rays, state):
    def residual(refined):
        return float((project(refined.joints_m) - rays)[:, 1:7].norm(dim=2).mean())

    configs = [UaoConfig(iterations=n, state=state, smoothing_s=0) for n in (0, 1, 6)]
    results = [residual(refine(lifter.network, rays, ONES, TIMES, config)) for config in configs]
    assert results[0] > 1.1 * results[1] and results[0] > 1.1 * results[2] and results[2] < 1.05 * results[1]


def test_a_stronger_prior_holds_the_pose(lifter, rays):
    def moved(weight):
        refined = refine(lifter.network, rays, ONES, TIMES, UaoConfig(prior_weight=weight, smoothing_s=0, iterations=8))
        return float((root_relative(refined.joints_m) - root_relative(refined.lifted_m)).norm(dim=2).mean())

    assert moved(0.2) > 1.5 * moved(5.0)


def test_one_joint_put_elsewhere_does_not_throw_the_others(scene, lifter, rays):
    wild = rays.clone()
    wild[:, 13] += torch.tensor([0.5, 0.5])
    others = [j for j in range(23) if j not in (12, 13)]
    truth = root_relative(scene.truth_m)[:, others]
    before = refine(lifter.network, wild, ONES, TIMES, UaoConfig(iterations=0))
    after = refine(lifter.network, wild, ONES, TIMES, UaoConfig(iterations=8))
    error = [mpjpe_mm(root_relative(r.joints_m)[:, others], truth) for r in (before, after)]
    assert error[1] < 1.05 * error[0]


def test_no_confidence_means_more_uncertainty_there(lifter, rays):
    confidence = ONES.clone()
    confidence[:, [12, 13]] = 0
    sure = refine(lifter.network, rays, ONES, TIMES).sigma_m.mean(0)
    unsure = refine(lifter.network, rays, confidence, TIMES).sigma_m.mean(0)
    assert (unsure[[12, 13]] > 1.3 * sure[[12, 13]]).all()


def test_mirrored_branch_makes_the_result_symmetric(lifter, rays):
    flip = torch.tensor([-1.0, 1.0])
    mirrored_rays = rays[:, list(MIRROR)] * flip
    config, alone = UaoConfig(mirrored=True), UaoConfig(mirrored=False)
    here = refine(lifter.network, rays, ONES, TIMES, config)
    there = refine(lifter.network, mirrored_rays, ONES, TIMES, config)
    back = there.joints_m[:, list(MIRROR)] * torch.tensor([-1.0, 1.0, 1.0])
    assert (root_relative(here.joints_m) - root_relative(back)).norm(dim=2).mean() < 0.001
    plain = refine(lifter.network, mirrored_rays, ONES, TIMES, alone).joints_m[:, list(MIRROR)] * torch.tensor(
        [-1.0, 1.0, 1.0]
    )
    one = refine(lifter.network, rays, ONES, TIMES, alone).joints_m
    assert (root_relative(one) - root_relative(plain)).norm(dim=2).mean() > 0.003  # one branch alone is not


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_short_windows_work(lifter, rays, frames):
    refined = refine(lifter.network, rays[:frames], ONES[:frames], TIMES[:frames])
    assert refined.joints_m.shape == (frames, 23, 3) and refined.joints_m.isfinite().all()


@pytest.mark.parametrize("confidence", [torch.zeros(30, 23), torch.eye(23)[13].repeat(30, 1)], ids=["none", "one joint"])
def test_without_evidence_nothing_is_nan(lifter, rays, confidence):
    refined = refine(lifter.network, rays, confidence, TIMES)
    assert refined.joints_m.isfinite().all() and refined.sigma_m.isfinite().all()


def test_trembling_keypoints_are_worth_less_and_steady_motion_is_not_trembling(rays):
    rays, ones = rays.double().numpy(), np.ones((30, 23))
    noise = 0.01 * np.random.default_rng(0).standard_normal(rays.shape)
    assert unrest_rays(rays, ones) < 0.0005 and unrest_rays(rays + noise, ones) == pytest.approx(0.01, rel=0.2)
    assert unrest_rays(rays[:3], ones[:3]) == 0 and unrest_rays(rays + noise, 0 * ones) == 0
    half = ones.copy()
    half[:, 1:17] = 0
    noise[:, [0, *range(17, 23)]] = 0
    assert unrest_rays(rays + noise, half) < 0.0005, "only of keypoints that count"


def test_blur_moves_the_pose_less(lifter, rays):
    def moved(wrong, **settings):
        refined = refine(lifter.network, wrong, ONES, TIMES, UaoConfig(state=State.POSE, smoothing_s=0, **settings))
        return float((root_relative(refined.joints_m) - root_relative(refined.lifted_m)).norm(dim=2).mean())

    blurred = rays + 0.02 * torch.randn(rays.shape, generator=torch.Generator().manual_seed(0))
    assert moved(blurred) < 0.7 * moved(blurred, unrest=0.0)
    assert moved(rays) == pytest.approx(moved(rays, unrest=0.0), rel=1e-3)
