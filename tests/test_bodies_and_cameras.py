"""A population of bodies, and cameras as people set them up."""

import math

import pytest
import torch

from models.bodies import STATURE_M, STATURE_SD, vary_bodies
from models.cameras import place_cameras
from models.synthesis import synthesize
from tests.conftest import walkers
from uao_core.bones import bone_lengths
from uao_core.camera import project
from uao_core.skeleton import BONES, HEAD_TOP, LEFT_ANKLE, LEFT_HIP, PELVIS, RIGHT_ANKLE, RIGHT_HIP

PEOPLE = 3000
KEPT = 0.35
"""A body keeps up to this share of its captured proportions, on average half of it."""
BONE = {child: index for index, (_, child) in enumerate(BONES)}


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def captured():
    """One captured body for all, so that all that differs was made."""
    return walkers(1, 3, seed=4).repeat(PEOPLE, 1, 1, 1)


@pytest.fixture(scope="module")
def varied(captured):
    return vary_bodies(captured, rng())


@pytest.mark.parametrize(
    ("left", "right", "share", "sd"),
    [(5, 2, 0.240, 0.05), (6, 3, 0.238, 0.06), (12, 15, 0.173, 0.06), (13, 16, 0.150, 0.06)],
    ids=["thigh", "shank", "upper arm", "forearm"],
)
def test_limbs_are_as_long_as_a_population_has_them(captured, varied, left, right, share, sd):
    def of(joints):
        lengths = bone_lengths(joints[:, 0])
        return ((lengths[:, BONE[left]] + lengths[:, BONE[right]]) / 2).log()

    wanted, was = math.log(STATURE_M * share), float(of(captured)[0])
    found = of(varied)
    mean = wanted + KEPT / 2 * (was - wanted)
    free = 1 - KEPT + KEPT**2 / 3  # mean of (1 - keep) squared
    spread = (free * (STATURE_SD**2 + sd**2) + KEPT**2 / 12 * (was - wanted) ** 2) ** 0.5
    assert float(found.mean()) == pytest.approx(mean, abs=0.01)
    assert float(found.std()) == pytest.approx(spread, rel=0.1)


def test_breadths_are_as_a_population_has_them(captured, varied):
    for pair, share in (((LEFT_HIP, RIGHT_HIP), 0.113), ((11, 14), 0.206)):
        was, found = ((j[:, 0, pair[0]] - j[:, 0, pair[1]]).norm(dim=-1).log() for j in (captured, varied))
        wanted = math.log(STATURE_M * share)
        assert float(found.mean()) == pytest.approx(wanted + KEPT / 2 * float(was[0] - wanted), abs=0.01)
        assert 0.05 < float(found.std()) < 0.12


def test_a_tall_body_is_tall_everywhere(varied):
    lengths = bone_lengths(varied[:, 0]).log()
    together = torch.corrcoef(torch.stack([lengths[:, BONE[5]], lengths[:, BONE[13]]]))[0, 1]
    assert 0.25 < float(together) < 0.75, "for one stature is behind all lengths, and each has its own share too"


def test_a_body_is_the_same_in_all_frames_and_on_both_sides(captured, varied):
    factor = bone_lengths(varied) / bone_lengths(captured)
    assert torch.allclose(factor, factor[:, :1], rtol=1e-4), "constant in time"
    for left, right in ((4, 1), (5, 2), (6, 3), (11, 14), (12, 15), (13, 16)):
        assert torch.allclose(factor[:, 0, BONE[left]], factor[:, 0, BONE[right]], rtol=1e-4)
    assert factor[:, 0].std(dim=0).min() > 0.02, "but everybody has another"


def test_bones_keep_their_directions(captured, varied):
    parents, children = zip(*BONES, strict=True)

    def directions(joints):
        return torch.nn.functional.normalize(joints[..., children, :] - joints[..., parents, :], dim=-1)

    assert (directions(captured) * directions(varied)).sum(dim=-1).min() > 0.9999


def test_the_pelvis_rises_with_the_legs(captured, varied):
    legs = bone_lengths(varied[:, 0])[:, [BONE[5], BONE[6]]].sum(dim=1)
    rises = varied[:, 0, PELVIS, 1] / captured[:, 0, PELVIS, 1]
    assert float(torch.corrcoef(torch.stack([legs, rises]))[0, 1]) > 0.95


@pytest.fixture(scope="module")
def placed():
    """2000 people who stand upright, in the axes of their cameras; which way is up there; half the fields of view."""
    joints = walkers(2000, 3, seed=6)
    seen = place_cameras(joints, rng(1))
    a, b = (j[:, 1] - j[:, 1, :1] for j in (joints, seen.joints_m))
    u, _, vt = torch.linalg.svd(a.transpose(1, 2) @ b)
    turn = u @ vt  # row vectors: a @ turn = b, with the reflection from y up to y down
    assert torch.allclose(a @ turn, b, atol=1e-4)
    return seen.joints_m, turn[:, 1], seen.half_view


def test_people_are_before_the_camera_and_in_view(placed):
    joints, _, half_view = placed
    assert joints[..., 2].min() > 0.29
    across = project(joints[:, 1, PELVIS])[:, 0].abs() / half_view.flatten()
    assert (across < 1).float().mean() > 0.95 and across.std() > 0.1


def test_cameras_stand_on_desks_and_across_a_room(placed):
    distance = placed[0][:, 1, PELVIS].norm(dim=-1)
    assert 0.1 < float((distance < 1.8).float().mean()) < 0.35
    assert float((distance > 5).float().mean()) > 0.1 and distance.max() < 12


def test_upright_people_are_upright_in_the_image(placed):
    joints, up, _ = placed
    ankles = project(joints[:, 1, [LEFT_ANKLE, RIGHT_ANKLE]]).mean(dim=1)
    whole = joints[:, 1, :, 2].amin(dim=1) > 1.0  # nearer ones reach out of every image
    down = (ankles - project(joints[:, 1, HEAD_TOP]))[whole]
    assert (down[:, 1] > 0).float().mean() > 0.999
    assert (torch.atan2(down[:, 0].abs(), down[:, 1]) < math.radians(12)).float().mean() > 0.8
    assert up[:, 1].max() < -0.2, "and nobody hangs"


def test_many_cameras_are_level_however_high_they_stand(placed):
    joints, up, _ = placed
    pelvis = joints[:, 1, PELVIS]
    height = (pelvis * up).sum(dim=-1)
    towards = torch.atan2(height.abs(), (pelvis - height[:, None] * up).norm(dim=-1))
    pitch = up[:, 2].abs().asin()
    steep = towards > 0.35  # a level camera does not show the person in the middle
    assert steep.sum() > 60
    assert 0.35 < float((pitch[steep] < 0.13).float().mean()) < 0.65
    assert float((pitch[steep] > 0.2).float().mean()) > 0.25, "the others are tilted towards the person"


def test_people_are_seen_from_all_sides(placed):
    across = placed[0][:, 1, LEFT_HIP] - placed[0][:, 1, RIGHT_HIP]
    heading = torch.atan2(across[:, 2], across[:, 0])
    counts = torch.histc(heading, bins=8, min=-math.pi, max=math.pi) / len(heading)
    assert counts.min() > 0.09 and counts.max() < 0.16


def test_half_of_the_examples_are_mirrored_and_chance_is_seeded():
    joints, times = walkers(400, 3, seed=8), torch.full((400,), 1 / 30)
    a, b, c = (synthesize(joints, times, rng(seed)) for seed in (3, 3, 4))
    assert torch.equal(a.rays, b.rays) and torch.equal(a.truth, b.truth) and not torch.equal(a.rays, c.rays)
    joints[:, :, 13] += torch.tensor([0.0, 1.0, 0.0])  # the left hand of all is raised high
    truth = synthesize(joints, times, rng(3)).truth[:, 0]
    left_is_up = (truth[:, 13, 1] - truth[:, 11, 1]) < (truth[:, 16, 1] - truth[:, 14, 1])
    assert 0.4 < float(left_is_up.float().mean()) < 0.6
