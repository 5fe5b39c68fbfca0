"""Root, smoothing and metrics against cases with a known answer."""

import math

import numpy as np
import pytest
import torch

from uao_core import metrics
from uao_core.camera import project
from uao_core.optimize import refine
from uao_core.root import size_at_root, solve_root, steady_root
from uao_core.skeleton import LEFT_HAND, LEFT_TOES, LEFT_WRIST, RIGHT_TOES
from uao_core.smooth import whittaker

ONES = np.ones((30, 23))


@pytest.fixture
def truth(scene):
    return scene.truth_m.double().numpy()


def rays_of(truth):
    return truth[..., :2] / truth[..., 2:]


def far(root, truth):
    """(T,) metres from the true pelvis."""
    return np.linalg.norm(root - truth[:, 0], axis=1)


def test_root_is_exact_where_pose_and_rays_are(truth):
    assert far(solve_root(truth - truth[:, :1], rays_of(truth), ONES), truth).max() < 1e-3


def test_root_withstands_two_joints_put_elsewhere(truth):
    relative, rays = truth - truth[:, :1], rays_of(truth)
    rays[:, [13, 16]] += 0.3
    error = far(solve_root(relative, rays, ONES), truth).max()
    plain = far(solve_root(relative, rays, ONES, reweightings=0), truth).max()
    assert error < 0.25 < plain


@pytest.mark.parametrize("confidence", [0.0, 0.02])
def test_root_withstands_a_joint_put_elsewhere_where_most_are_unseen(truth, confidence):
    """A detector puts what it does not see anywhere; that says nothing of how well the others fit."""
    relative, rays, weight = truth - truth[:, :1], rays_of(truth), ONES.copy()
    unseen = [*range(9), RIGHT_TOES, LEFT_TOES, LEFT_HAND]  # legs and trunk: twelve of 23
    rays[:, unseen], weight[:, unseen] = 0.0, confidence
    rays[:, LEFT_WRIST] += 0.1
    error = far(solve_root(relative, rays, weight), truth).max()
    plain = far(solve_root(relative, rays, weight, reweightings=0), truth).max()
    assert error < 0.1 and plain > 0.5


def test_steady_root_shakes_less(truth):
    relative = truth - truth[:, :1]
    rays = rays_of(truth) + np.random.default_rng(0).normal(0, 0.004, (30, 23, 2))
    raw, steady = solve_root(relative, rays, ONES), steady_root(relative, rays, ONES, 1 / 30)
    assert np.abs(np.diff(steady[:, 2])).mean() < 0.3 * np.abs(np.diff(raw[:, 2])).mean()
    assert far(steady, truth).mean() < far(raw, truth).mean()


@pytest.mark.parametrize("size", [0.85, 1.0, 1.2])
def test_a_known_root_tells_the_size(truth, size):
    relative = truth - truth[:, :1]
    found = size_at_root(relative / size, rays_of(truth), ONES, truth[:, 0])
    assert found == pytest.approx(size, abs=0.01), "nearly all of it: the population still counts a little"
    doubted = size_at_root(relative / size, rays_of(truth), 1e-6 * ONES, truth[:, 0])
    assert doubted == pytest.approx(1.0, abs=1e-3), "without evidence people are as large as people are"


def test_a_known_root_makes_a_large_person_large(scene, lifter):
    """Under the paper's protocol bones are as long as the true place says; the estimate before is the lifter's."""
    tall = 1.15 * (scene.truth_m - scene.truth_m[:, :1]) + scene.truth_m[:, :1]
    given = (lifter.network, project(tall), torch.ones(30, 23), torch.arange(30) / 30)
    known, unknown = (refine(*given, root_m=root) for root in (tall[:, 0], None))
    thigh = (tall[:, 1] - tall[:, 2]).norm(dim=-1).mean()

    def length(joints):
        return (joints[:, 1] - joints[:, 2]).norm(dim=-1).mean()

    assert (length(known.joints_m) - thigh).abs() < 0.5 * (length(unknown.joints_m) - thigh).abs()
    assert length(known.lifted_m) == pytest.approx(float(length(unknown.lifted_m)), rel=1e-4)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_root_of_points_on_one_ray_is_finite(scale):
    """Wherever it is: no depth can be told."""
    rng = np.random.default_rng(0)
    rays = np.repeat(rng.normal(size=(500, 1, 2)), 23, axis=1)
    for joints in (np.zeros((500, 23, 3)), 0.3 * rng.normal(size=(500, 23, 3))):
        assert np.isfinite(solve_root(joints, rays, scale * np.repeat(rng.random((500, 1)), 23, axis=1))).all()


def test_root_without_evidence_is_finite():
    assert np.isfinite(solve_root(np.zeros((2, 23, 3)), np.zeros((2, 23, 2)), np.zeros((2, 23)))).all()


LINE = np.linspace(0, 5, 40)[:, None]


def test_whittaker_passes_straight_motion_and_removes_noise():
    weight = np.ones((40, 1))
    assert np.allclose(whittaker(LINE, weight, 5.0), LINE, atol=1e-4)
    noisy = LINE + np.random.default_rng(0).normal(0, 0.1, (40, 1))
    assert np.abs(whittaker(noisy, weight, 5.0) - LINE).mean() < 0.5 * np.abs(noisy - LINE).mean()


def test_whittaker_leans_on_neighbours_where_a_sample_weighs_little():
    broken, weight = LINE.copy(), np.ones((40, 1))
    broken[20], weight[20] = 100.0, 1e-4
    assert np.abs(whittaker(broken, weight, 2.0)[20] - LINE[20]) < 0.2


def test_whittaker_takes_columns_of_one_weight_together():
    rng = np.random.default_rng(0)
    values, weight = rng.normal(size=(9, 4, 2)), rng.uniform(0.1, 1, (9, 4))
    apart = [whittaker(values[..., k], weight, 2.0) for k in range(2)]
    assert np.allclose(whittaker(values, weight, 2.0), np.stack(apart, axis=-1))


def test_metrics_on_known_errors():
    truth = torch.randn(5, 23, 3)
    shifted = truth + torch.tensor([0.003, 0.004, 0.0])
    assert metrics.mpjpe_mm(shifted, truth) == pytest.approx(5.0, rel=1e-3)
    assert metrics.n_mpjpe_mm(1.3 * truth, truth) == pytest.approx(0.0, abs=1e-3)
    angle = 0.7
    turn = torch.tensor([[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0], [0, 0, 1]])
    assert metrics.pa_mpjpe_mm(0.8 * truth @ turn + 2.0, truth) == pytest.approx(0.0, abs=1e-2)
    assert metrics.pa_mpjpe_mm(truth * torch.tensor([-1.0, 1, 1]), truth) > 100  # a mirror image is no rotation
    drifting = truth + torch.arange(5.0)[:, None, None]
    assert metrics.acceleration_error_mm(drifting, truth, torch.arange(5)).shape == (3, 23)
    assert metrics.acceleration_error_mm(drifting, truth, torch.arange(5)).max() < 1e-2


def test_only_three_consecutive_frames_have_an_acceleration():
    truth, index = torch.zeros(7, 23, 3), torch.tensor([0, 1, 2, 5, 6, 7, 8])
    wrong = truth + 0.001 * torch.arange(7.0)[:, None, None].square() * torch.tensor([1.0, 0, 0])
    found = metrics.acceleration_error_mm(wrong, truth, index)
    assert found.shape == (3, 23) and found.numpy() == pytest.approx(2, abs=1e-4)
    for few in (0, 1, 2):
        assert metrics.acceleration_error_mm(wrong[:few], truth[:few], index[:few]).shape == (0, 23)
    assert metrics.acceleration_error_mm(wrong, truth, 2 * torch.arange(7)).shape == (0, 23)


def test_reliability_tells_honest_from_false():
    torch.manual_seed(0)
    sigma = 10 + 90 * torch.rand(20000)
    error = sigma * 2 * torch.rand(20000)
    honest = metrics.reliability(sigma, error)
    assert honest.slope == pytest.approx(1, abs=0.03)
    assert metrics.reliability(sigma / 2, error).slope == pytest.approx(2, abs=0.06)
    assert metrics.reliability(error, error).ause == pytest.approx(0, abs=1e-9)
    assert honest.ause < metrics.reliability(torch.rand(20000), error).ause
