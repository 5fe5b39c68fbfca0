"""The Gauss-Newton optimization against cases with a known answer."""

import itertools
from dataclasses import fields, replace

import pytest
import torch

from tests.conftest import STANDING_M
from uao_core import settle as core
from uao_core.bones import bone_lengths
from uao_core.camera import project
from uao_core.settle import Evidence, Prior
from uao_core.skeleton import BONES, LEFT_ELBOW, LEFT_HIP, LEFT_WRIST, NUM_JOINTS, PELVIS, RIGHT_HIP

ACROSS_SD, DEPTH_SD, KEYPOINT_SD = 0.05, 0.1, 0.005
OTHERS = [j for j in range(1, NUM_JOINTS) if j != LEFT_WRIST]


def settle(prior, evidence, root, **how):
    """Tensors in and out: autograd tells below whether the energy is flat where arrays say that it is."""
    settled = core.settle(arrays(prior), arrays(evidence), root.numpy(), **how)
    return core.Settled(*(torch.from_numpy(getattr(settled, field.name)) for field in fields(settled)))


def arrays(given):
    values = [getattr(given, field.name) for field in fields(given)]
    return type(given)(*(value.numpy() if isinstance(value, torch.Tensor) else value for value in values))


@pytest.fixture
def truth():
    """Eight times the same body, turned a little further every time."""
    body = torch.from_numpy(STANDING_M).double()
    yaw = torch.linspace(-0.8, 0.8, 8, dtype=torch.float64)[:, None]
    x, y, z = body.unbind(dim=-1)
    turned = torch.stack([yaw.cos() * x + yaw.sin() * z, y.expand(8, -1), yaw.cos() * z - yaw.sin() * x], dim=-1)
    return turned + torch.tensor([0.4, 0.1, 3.2])


@pytest.fixture
def root(truth):
    return truth[:, PELVIS]


@pytest.fixture
def prior(truth):
    """Every joint is off, differently in every frame; the bones are known."""
    rng = torch.Generator().manual_seed(0)
    spread = torch.tensor([ACROSS_SD, ACROSS_SD, DEPTH_SD], dtype=torch.float64)
    noise = spread * torch.randn(truth.shape, generator=rng, dtype=torch.float64)
    noise[:, PELVIS] = 0
    precision = torch.diag(spread**-2).expand(*truth.shape, 3)
    bones = bone_lengths(truth).mean(dim=0)
    return Prior(truth - truth[:, :1] + noise, precision, bones, torch.full_like(bones, 0.05))


@pytest.fixture
def evidence(truth):
    """Exact rays of every joint."""
    ones = torch.ones(truth.shape[:2], dtype=torch.float64)
    return Evidence(project(truth), ones, KEYPOINT_SD * ones, 3.0)


def without_bones(prior):
    return replace(prior, bone_m=None, bone_log_sd=None)


def error_m(joints, truth):
    return (joints - truth + truth[:, :1])[:, 1:].abs().mean(dim=(0, 1))


@pytest.mark.parametrize("root_known", [True, False], ids=["true root", "estimated root"])
def test_exact_rays_move_a_wrong_prior_to_the_truth(truth, root, prior, evidence, root_known):
    evidence = replace(evidence, knee=1e6)
    before = error_m(prior.joints, truth)
    free = error_m(settle(without_bones(prior), evidence, root, root_known=root_known, iterations=10).joints, truth)
    held = error_m(settle(prior, evidence, root, root_known=root_known, iterations=10).joints, truth)
    assert (held[:2] < 0.35 * before[:2]).all(), "the rays tell where a joint is across the view"
    assert held[2] < 0.8 * free[2] and free[2] < 1.05 * before[2], "only bones tell how far away it is"


def test_the_rays_are_met(truth, root, prior, evidence):
    evidence = replace(evidence, knee=1e6)
    settled = settle(prior, evidence, root, root_known=False, iterations=10)

    def residual(joints, root):
        return float((project(joints + root[:, None]) - evidence.rays)[:, 1:].norm(dim=-1).mean())

    assert residual(settled.joints, settled.root) < 0.1 * residual(prior.joints, root)


def test_steps_that_are_left_when_it_is_stopped_are_not_taken(truth, root, prior, evidence):
    asked = []
    stopped = settle(
        prior, evidence, root, root_known=False, iterations=50, is_stopped=lambda: asked.append(True) or len(asked) > 2
    )
    two = settle(prior, evidence, root, root_known=False, iterations=2)
    assert len(asked) == 3 and torch.equal(stopped.joints, two.joints)


def test_a_joint_without_evidence_stays_where_the_prior_puts_it(truth, root, prior, evidence):
    evidence.weight[:, LEFT_WRIST] = 0
    evidence.rays[:, LEFT_WRIST] = 7.0  # whatever is written there
    settled = settle(without_bones(prior), evidence, root, root_known=False, iterations=5)
    assert torch.allclose(settled.joints[:, LEFT_WRIST], prior.joints[:, LEFT_WRIST], atol=1e-9)
    assert (settled.joints - prior.joints)[:, OTHERS].norm(dim=-1).mean() > 0.02
    assert torch.allclose(settled.shrink[:, LEFT_WRIST], torch.ones(8).double())


def test_a_joint_without_evidence_follows_its_bone(truth, root, prior, evidence):
    evidence.weight[:, LEFT_WRIST] = 0
    settled = settle(replace(prior, bone_log_sd=0.01 * torch.ones(22)), evidence, root, root_known=False, iterations=8)
    forearm = float(prior.bone_m[BONES.index((LEFT_ELBOW, LEFT_WRIST))])

    def off(joints):
        return ((joints[:, LEFT_WRIST] - joints[:, LEFT_ELBOW]).norm(dim=-1) - forearm).abs().mean()

    assert off(settled.joints) < 0.1 * off(prior.joints) and off(prior.joints) > 0.02
    assert (settled.shrink[:, LEFT_WRIST] < 1).all()


def test_one_gross_keypoint_is_doubted_and_moves_nothing_else(truth, root, prior, evidence):
    prior = replace(prior, joints=truth - truth[:, :1])
    wild = replace(evidence, rays=evidence.rays.clone())
    wild.rays[3, LEFT_WRIST] += torch.tensor([0.3, -0.2])
    right, wrong = (settle(prior, e, root, root_known=False, iterations=6) for e in (evidence, wild))
    assert (right.joints - wrong.joints)[:, OTHERS].norm(dim=-1).max() < 0.003
    assert (right.root - wrong.root).norm(dim=-1).max() < 0.003
    assert wrong.share[3, LEFT_WRIST] < 0.01 and wrong.share[:, OTHERS].min() > 0.95 and right.share.min() > 0.95
    believed = settle(prior, replace(wild, knee=1e6), root, root_known=False, iterations=6)
    assert (believed.joints - right.joints)[3, LEFT_WRIST].norm() > 0.1, "without doubt it would drag the wrist away"


def test_bones_are_brought_to_their_lengths(truth, root, prior, evidence):
    unseen = replace(evidence, weight=torch.zeros_like(evidence.weight))
    small = replace(prior, joints=0.87 * (truth - truth[:, :1]))

    def off(joints):
        return (bone_lengths(joints) / prior.bone_m).log().abs().mean()

    results = [
        off(
            settle(
                replace(small, bone_log_sd=torch.full((22,), sd, dtype=torch.float64)),
                unseen,
                root,
                root_known=True,
                iterations=8,
            ).joints
        )
        for sd in (1.0, 0.1, 0.01)
    ]
    assert off(small.joints) > results[0] > 1.2 * results[1] > 1.2 * results[2] and results[2] < 0.1 * off(small.joints)


def test_a_known_root_is_kept_and_an_unknown_one_found(truth, root, prior, evidence):
    prior, evidence = replace(without_bones(prior), joints=truth - truth[:, :1]), replace(evidence, knee=1e6)
    wrong = root + torch.tensor([0.1, -0.05, 0.3])
    assert torch.equal(settle(prior, evidence, wrong, root_known=True, iterations=5).root, wrong)
    found = settle(prior, evidence, wrong, root_known=False, iterations=5)
    assert (found.root - root).norm(dim=1).max() < 1e-3 and error_m(found.joints, truth).max() < 1e-3


def energy(joints, root, prior, evidence):
    """What is minimized, written out: half a squared deviation for everything, Geman and McClure's for keypoints."""
    placed = joints + root[:, None]
    depth = placed[..., 2:].detach()  # the size of a metre in the image is a scale, nothing to gain by
    square = ((project(placed) - evidence.rays) * depth / evidence.sigma_m[..., None]).square().sum(dim=-1)
    doubted = evidence.weight * square / (1 + square / evidence.knee**2)
    moved = joints - prior.joints
    held = (moved[..., None, :] @ prior.precision @ moved[..., None])[..., 0, 0]
    stretched = (bone_lengths(joints) - prior.bone_m) / (prior.bone_m * prior.bone_log_sd)
    return (doubted[:, 1:].sum() + held[:, 1:].sum() + stretched.square().sum()) / 2


def gradients(joints, root, prior, evidence):
    """Of the energy by autograd, for joints but the pelvis and for the root: (N, 22, 3) and (N, 3)."""
    joints, root = joints.clone().requires_grad_(True), root.clone().requires_grad_(True)
    by_joint, by_root = torch.autograd.grad(energy(joints, root, prior, evidence), (joints, root))
    return by_joint[:, 1:], by_root


@pytest.mark.parametrize("knee", [1e6, 3.0], ids=["least squares", "with doubt"])
@pytest.mark.parametrize("root_known", [True, False], ids=["true root", "estimated root"])
def test_the_result_is_where_the_energy_is_flat(truth, root, prior, evidence, root_known, knee):
    right = truth - truth[:, :1]
    prior = replace(prior, joints=right + 0.2 * (prior.joints - right), bone_log_sd=0.2 * torch.ones(22))
    rng = torch.Generator().manual_seed(1)
    noise = 0.001 * torch.randn(evidence.rays.shape, generator=rng, dtype=torch.float64)
    weight = torch.rand(evidence.weight.shape, generator=rng, dtype=torch.float64)
    evidence = replace(evidence, rays=evidence.rays + noise, weight=weight, knee=knee)
    settled = settle(prior, evidence, root, root_known=root_known, iterations=80, enough_m=1e-9)
    at_start = gradients(prior.joints, root, prior, evidence)[0].abs().max()
    by_joint, by_root = gradients(settled.joints, settled.root, prior, evidence)
    assert by_joint.abs().max() < 1e-3 * at_start
    assert root_known or by_root.abs().max() < 1e-3 * at_start


def test_steps_come_to_rest_where_a_bone_looks_longer_than_it_is(truth, root, prior, evidence):
    """A detector's joints lie farther apart than the learned length: no depth explains it, the best is in between."""
    right = truth - truth[:, :1]
    prior = replace(prior, joints=right + 0.2 * (prior.joints - right), bone_m=0.95 * prior.bone_m)
    evidence = replace(evidence, sigma_m=4 * evidence.sigma_m)
    late, later = (settle(prior, evidence, root, root_known=True, iterations=n, enough_m=1e-9).joints for n in (20, 21))
    assert (late - later).norm(dim=-1).max() < 0.002


def test_without_steps_nothing_changes(root, prior, evidence):
    settled = settle(prior, evidence, root, root_known=False, iterations=0)
    assert torch.equal(settled.joints, prior.joints) and torch.equal(settled.root, root)
    assert torch.allclose(settled.shrink, torch.ones(8, 23).double()) and (settled.share == 1).all()


def test_frames_do_not_touch_each_other(root, prior, evidence):
    together = settle(prior, evidence, root, root_known=False, iterations=4)
    here = replace(prior, joints=prior.joints[2:3], precision=prior.precision[2:3])
    seen = Evidence(evidence.rays[2:3], evidence.weight[2:3], evidence.sigma_m[2:3], evidence.knee)
    alone = settle(here, seen, root[2:3], root_known=False, iterations=4)
    assert torch.allclose(together.joints[2:3], alone.joints, atol=1e-9)


def test_uncertainty_falls_the_more_the_better_the_evidence(truth, root, prior, evidence):
    prior = replace(prior, joints=truth - truth[:, :1])
    shrink = [
        settle(prior, replace(evidence, weight=w * evidence.weight), root, root_known=False, iterations=2).shrink
        for w in (0.01, 0.1, 1.0)
    ]
    for worse, better in itertools.pairwise(shrink):
        assert (better < worse).all()
    assert all((s > 0).all() and (s <= 1).all() for s in shrink)
    assert torch.allclose(shrink[1][:, PELVIS], shrink[1][:, [RIGHT_HIP, LEFT_HIP]].mean(dim=1))


def test_uncertainty_is_that_of_two_measurements(truth, root, prior, evidence):
    """A joint straight before the camera: both axes across are measured twice, the depth once."""
    ahead = truth - root[:, None]
    ahead[:, 1:, :2] = 0
    evidence = replace(evidence, rays=torch.zeros_like(evidence.rays), weight=0.5 * evidence.weight, knee=1e6)
    prior = replace(without_bones(prior), joints=ahead)
    axis = root * torch.tensor([0.0, 0.0, 1.0])
    shrink = settle(prior, evidence, axis, root_known=True, iterations=1).shrink
    across = 1 / (ACROSS_SD**-2 + 0.5 * KEYPOINT_SD**-2)
    expected = ((2 * across + DEPTH_SD**2) / (2 * ACROSS_SD**2 + DEPTH_SD**2)) ** 0.5
    assert torch.allclose(shrink, torch.full_like(shrink, expected))
