"""Arms of others: they move as the others', on one's own trunk, and nothing else changes."""

import pytest
import torch

from models.crossover import exchange_arms, trunk_axes
from tests.conftest import walkers
from uao_core.bones import bone_lengths
from uao_core.skeleton import LEFT_HAND, LEFT_SHOULDER, LEFT_WRIST, RIGHT_HAND, RIGHT_SHOULDER

ARMS = [11, 12, 13, 14, 15, 16, LEFT_HAND, RIGHT_HAND]


@pytest.fixture
def people():
    """Bodies that face all ways; every second one has its left hand high above the shoulder."""
    joints = walkers(400, 3, seed=2)
    joints[::2, :, [LEFT_WRIST, LEFT_HAND]] += torch.tensor([0.0, 0.9, 0.0])
    angle = torch.linspace(0, 6.2, 400)
    turn = torch.zeros(400, 3, 3)
    turn[:, 0, 0] = turn[:, 2, 2] = angle.cos()
    turn[:, 0, 2], turn[:, 2, 0], turn[:, 1, 1] = angle.sin(), -angle.sin(), 1
    return joints @ turn[:, None].transpose(-1, -2)


def rng():
    return torch.Generator().manual_seed(0)


def in_the_trunk(joints, end, start, trunk=None):
    """(B, T, 3) from one joint to another, in the axes of the trunks of `joints` or of others."""
    axes = trunk_axes(joints if trunk is None else trunk)
    return (axes.transpose(-1, -2) @ (joints[:, :, end] - joints[:, :, start])[..., None])[..., 0]


def test_axes_of_a_trunk_are_orthonormal_and_turn_with_it(people):
    axes = trunk_axes(people)
    assert torch.allclose(axes.transpose(-1, -2) @ axes, torch.eye(3).expand_as(axes), atol=1e-5)
    assert (torch.linalg.det(axes) > 0.99).all()
    assert in_the_trunk(people, LEFT_SHOULDER, RIGHT_SHOULDER)[..., 0].min() > 0.1, "x to the left"
    assert in_the_trunk(people, 8, 0)[..., 1].min() > 0.2, "y up"


def test_arms_are_those_of_the_one_before(people):
    mixed = exchange_arms(people, rng(), 1.0)
    towards, others = (
        torch.nn.functional.normalize(in_the_trunk(j, LEFT_WRIST, 12, people), dim=-1) for j in (mixed, people)
    )
    alike = (towards * others.roll(1, dims=0)).sum(dim=-1).amin(dim=1) > 0.99
    own = (towards * others).sum(dim=-1).amin(dim=1) > 0.9999
    assert 0.7 < float(alike.float().mean()) < 0.9, "of those with one arm exchanged it is the right one in a half"
    assert (alike | own).float().mean() > 0.95
    raised = in_the_trunk(mixed, LEFT_WRIST, LEFT_SHOULDER)[..., 1].amin(dim=1) > 0
    assert (raised[1::2] & alike[1::2]).any() and not raised[::2][alike[::2]].any()


def test_the_rest_of_the_body_and_all_lengths_stay(people):
    mixed = exchange_arms(people, rng(), 1.0)
    rest = [joint for joint in range(23) if joint not in ARMS]
    assert torch.equal(mixed[:, :, rest], people[:, :, rest])
    assert torch.allclose(bone_lengths(mixed), bone_lengths(people), atol=1e-4)


@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_so_many_get_other_arms(people, rate):
    changed = (exchange_arms(people, rng(), rate) != people).flatten(1).any(dim=1).float().mean()
    assert float(changed) == pytest.approx(rate, abs=0.07)


def test_a_hand_that_was_not_captured_stays_unknown(people):
    people[::2, :, LEFT_HAND] = people[::2, :, LEFT_WRIST]
    mixed = exchange_arms(people, rng(), 1.0)
    assert mixed.isfinite().all()
    unknown = (mixed[:, :, LEFT_HAND] == mixed[:, :, LEFT_WRIST]).flatten(1).all(dim=1)
    assert unknown[::2].all(), "the recipient has none"
    changed = (mixed[:, :, LEFT_WRIST] != people[:, :, LEFT_WRIST]).flatten(1).any(dim=1)
    assert unknown[1::2][changed[1::2]].all(), "or the one whose arm it is"
