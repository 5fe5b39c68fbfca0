"""Expected errors are brought to the true ones of held-out people."""

import math

import pytest
import torch

from models.calibration import calibrate
from models.detector_model import DetectorModel
from models.evaluate import test_windows as windows
from models.motion import read_motion
from models.weights import build_lifter
from uao_core.skeleton import LEFT_WRIST, RIGHT_KNEE


@pytest.fixture
def network():
    """One that expects the same of all, and takes every joint to lie at the pelvis."""
    network = build_lifter("temporal", {"width": 16, "layers": 1, "heads": 2, "feedforward": 16}).eval()
    for parameter in network.pose_head.parameters():
        torch.nn.init.zeros_(parameter)
    return network


@pytest.fixture
def motion(archive_folder):
    return read_motion(archive_folder)


def examples_of(motion):
    return windows(motion, DetectorModel(), count=300, frames=5, vary_body=True)


def expected(network, motion):
    examples = examples_of(motion)
    with torch.no_grad():
        return network(examples.points, examples.confidence, examples.place, examples.time_s)


def test_a_lifter_that_is_too_sure_of_one_joint_becomes_honest(network, motion):
    calibrate(network, motion, count=100, frames=5)
    honest = expected(network, motion)
    with torch.no_grad():
        network.sigma_head[1].bias.view(23, 3)[LEFT_WRIST] -= math.log(4)
    factors = calibrate(network, motion, count=100, frames=5)
    again = expected(network, motion)
    assert torch.allclose(factors[LEFT_WRIST], torch.tensor(4.0), rtol=0.01)
    assert torch.allclose(factors[RIGHT_KNEE], torch.tensor(1.0), rtol=0.01)
    assert torch.allclose(again.log_sigma, honest.log_sigma, atol=0.02) and torch.equal(again.mu, honest.mu)


def test_the_true_errors_are_as_expected_but_for_people_elsewhere(network, motion):
    calibrate(network, motion, count=200, frames=5)
    examples = examples_of(motion)
    error = (expected(network, motion).mu - examples.truth).norm(dim=-1)
    ratio = expected(network, motion).log_sigma.exp().mean(dim=(0, 1)) / error.mean(dim=(0, 1))
    assert torch.allclose(ratio[1:17], torch.tensor(1.1), atol=0.15) and float(ratio[1:17].mean()) == pytest.approx(
        1.1, abs=0.04
    )


def test_one_head_for_all_joints_is_scaled_as_a_whole(motion):
    torch.manual_seed(1)  # of some untrained networks errors reach the limits of what a head may say
    network = build_lifter("gumlp", {"channels": 16, "blocks": 1}).eval()
    before = expected(network, motion).log_sigma
    factors = calibrate(network, motion, count=100, frames=5)
    moved = expected(network, motion).log_sigma - before
    assert moved[..., 1:17].median() == pytest.approx(float(factors[1:17, 0].log().mean()), abs=1e-4)
