"""Figures of poses with known errors."""

import math

import numpy as np
import pytest
import torch

from tests.conftest import STANDING_M
from uao_core.evaluate.figures import Tally, errors_of
from uao_core.skeleton import LEFT_ANKLE, LEFT_HIP, LEFT_SHOULDER, LEFT_WRIST, LIMB_JOINTS, MIRROR, RIGHT_HIP, RIGHT_SHOULDER

FRAMES = 12
TRUTH = torch.from_numpy(STANDING_M).repeat(FRAMES, 1, 1) + torch.tensor([0.2, 0.1, 4.0])
"""Somebody who stands still and faces the camera."""


def compared(predicted, truth=TRUTH, sigma_mm=None, index=None):
    sigma = torch.full(predicted.shape[:2], 30.0) if sigma_mm is None else sigma_mm
    index = torch.arange(len(predicted)) if index is None else index
    return errors_of(predicted, truth, sigma, index / 30, index)


def figures(predicted, truth=TRUTH, index=None):
    tally = Tally()
    tally.add(compared(predicted, truth, index=index))
    return tally.figures()


def turned(points, angle):
    """About the vertical, through the middle of the hips."""
    matrix = torch.tensor(
        [[math.cos(angle), 0, math.sin(angle)], [0, 1, 0], [-math.sin(angle), 0, math.cos(angle)]], dtype=points.dtype
    )
    middle = points[:, [LEFT_HIP, RIGHT_HIP]].mean(dim=1, keepdim=True)
    return (points - middle) @ matrix.T + middle


def test_the_truth_itself_has_no_error():
    found = figures(TRUTH.clone())
    for name in ("mpjpe_mm", "n_mpjpe_mm", "acceleration_mm", "still_jitter_mm", "bone_variation", "flips"):
        assert found[name] == pytest.approx(0, abs=1e-3), name
    assert found["pa_mpjpe_mm"] == pytest.approx(0, abs=0.01) and found["frames"] == FRAMES


def test_one_joint_that_is_off_counts_by_its_share():
    wrong = TRUTH.clone()
    wrong[:, LEFT_WRIST] += torch.tensor([0.0, 0.072, 0.096])  # 120 mm, one of twelve joints
    assert figures(wrong)["mpjpe_mm"] == pytest.approx(10, abs=0.01)


def test_the_place_of_the_person_does_not_count():
    assert figures(TRUTH + torch.tensor([0.5, 0.0, -1.0]))["mpjpe_mm"] == pytest.approx(0, abs=1e-3)


def test_scale_is_free_but_one_for_all_frames():
    middle = TRUTH[:, [LEFT_HIP, RIGHT_HIP]].mean(dim=1, keepdim=True)
    larger = 1.25 * (TRUTH - middle) + middle
    found = figures(larger)
    assert found["n_mpjpe_mm"] == pytest.approx(0, abs=1e-2)
    size = (TRUTH - middle)[:, list(LIMB_JOINTS)].norm(dim=-1).mean()
    assert found["mpjpe_mm"] == pytest.approx(250 * float(size), rel=1e-3)
    breathing = torch.where((torch.arange(FRAMES) % 2 == 0)[:, None, None], larger, TRUTH)
    assert figures(breathing)["n_mpjpe_mm"] > 0.3 * found["mpjpe_mm"]
    assert figures(breathing)["pa_mpjpe_mm"] == pytest.approx(0, abs=1e-2)


def test_rotation_is_free_for_procrustes_alone():
    found = figures(turned(TRUTH, 0.5))
    assert found["pa_mpjpe_mm"] == pytest.approx(0, abs=1e-2) and found["mpjpe_mm"] > 50 and found["n_mpjpe_mm"] > 50


def test_jitter_is_the_motion_of_what_stands_still():
    shaking = TRUTH.clone()
    shaking[::2, LEFT_ANKLE, 0] += 0.012
    found = figures(shaking)
    assert found["still_jitter_mm"] == pytest.approx(1.0, abs=1e-3)  # 12 mm a frame, one of twelve joints
    assert found["acceleration_mm"] == pytest.approx(2.0, abs=1e-3)
    moving = TRUTH.clone()
    moving[:, LEFT_ANKLE, 1] -= 0.02 * torch.arange(FRAMES)  # 0.6 m/s: what moves is no still joint
    shaken = moving.clone()
    shaken[::2, LEFT_ANKLE, 0] += 0.012
    assert figures(shaken, moving)["still_jitter_mm"] == pytest.approx(0, abs=1e-3)
    assert figures(shaken, moving)["acceleration_mm"] == pytest.approx(2.0, abs=1e-3)


def test_motion_is_not_compared_across_frames_that_are_left_out():
    """Errors that change only where frames are missing are no jitter and no acceleration."""
    stepping = TRUTH.clone()
    stepping[6:, LEFT_ANKLE, 0] += 0.012
    assert figures(stepping)["acceleration_mm"] == pytest.approx(2 * 1.0 / 10, abs=1e-3), "12 mm, twice, in ten triples"
    gap = torch.arange(FRAMES) + 3 * (torch.arange(FRAMES) >= 6)
    unknown = torch.cat([stepping[:6], torch.full_like(TRUTH[:3], torch.nan), stepping[6:]])
    truth = torch.cat([TRUTH, TRUTH[:3]])
    for found in (figures(stepping, index=gap), figures(unknown, truth)):
        assert found["mpjpe_mm"] == pytest.approx(0.5, abs=1e-3), "12 mm of one joint in twelve, in half of the frames"
        assert found["acceleration_mm"] == pytest.approx(0, abs=1e-3)
        assert found["still_jitter_mm"] == pytest.approx(0, abs=1e-3)
    alone = figures(stepping, index=2 * torch.arange(FRAMES))
    assert math.isnan(alone["acceleration_mm"]) and math.isnan(alone["still_jitter_mm"])


def test_bones_that_change_are_told():
    middle = TRUTH[:, [LEFT_HIP, RIGHT_HIP]].mean(dim=1, keepdim=True)
    scale = torch.where(torch.arange(FRAMES) % 2 == 0, 0.95, 1.05)[:, None, None]
    spread = 0.05 * (FRAMES / (FRAMES - 1)) ** 0.5
    assert figures(scale * (TRUTH - middle) + middle)["bone_variation"] == pytest.approx(spread, rel=1e-2)


def test_exchanged_sides_are_counted():
    exchanged = TRUTH.clone()
    exchanged[3:6] = TRUTH[3:6, list(MIRROR)]
    assert figures(exchanged)["flips"] == pytest.approx(3 / FRAMES, abs=1e-4)
    noise = 0.03 * torch.randn(TRUTH.shape, generator=torch.Generator().manual_seed(0))
    assert figures(TRUTH + noise)["flips"] == 0


@pytest.mark.parametrize("yaw", [0, 45, 90, 135, 180])
def test_the_view_angle_is_0_from_the_front_and_180_from_behind(yaw):
    standing = TRUTH - TRUTH[:, :1] + torch.tensor([0.0, 0.3, 4.0])  # shoulders level with the camera
    errors = compared(TRUTH, turned(standing, math.radians(yaw)))
    assert errors.angle_deg.numpy() == pytest.approx(np.full(FRAMES, yaw), abs=8)


def test_uncertainty_goes_with_the_error_it_was_told_for():
    wrong, sigma = TRUTH.clone(), torch.full((FRAMES, 23), 10.0)
    wrong[:, LEFT_WRIST, 0] += 0.1
    sigma[:, LEFT_WRIST] = 100.0
    tally = Tally()
    tally.add(compared(wrong, TRUTH, sigma))
    predicted, actual = tally.by_joint()[LEFT_WRIST]
    assert (predicted == 100).all() and actual.numpy() == pytest.approx(np.full(FRAMES, 100), abs=0.01)
    assert set(tally.by_joint()) == set(LIMB_JOINTS)
    assert tally.figures()["sigma_mm"] == pytest.approx((100 + 11 * 10) / 12, abs=0.1)
    assert tally.figures()["ause"] == pytest.approx(0, abs=0.01)
    sigma[:, LEFT_WRIST] = 1.0
    tally = Tally()
    tally.add(compared(wrong, TRUTH, sigma))
    assert tally.figures()["ause"] > 0.5


def test_sequences_count_by_their_frames():
    wrong = TRUTH.clone()
    wrong[:, LEFT_WRIST, 0] += 0.12
    tally = Tally()
    tally.add(compared(wrong))
    tally.add(compared(TRUTH[:4], TRUTH[:4]))
    tally.add(None)
    assert tally.figures()["mpjpe_mm"] == pytest.approx(10 * 12 / 16, abs=0.01) and tally.figures()["frames"] == 16


def test_truth_without_hips_is_compared_about_the_shoulders():
    truth = TRUTH.clone()
    truth[:, 1:7] = torch.nan
    wrong = TRUTH + torch.tensor([1.0, 0.0, 0.0])
    wrong[:, LEFT_WRIST, 0] += 0.06
    errors = compared(wrong, truth)
    assert set(errors.joints) == set(LIMB_JOINTS) - set(range(1, 7))
    assert float(errors.joint_mm.mean()) == pytest.approx(10, abs=0.01)
    assert errors.angle_deg.isnan().all()
    truth[:, [LEFT_SHOULDER, RIGHT_SHOULDER]] = torch.nan
    assert compared(wrong, truth) is None


def test_frames_without_truth_or_without_a_pose_do_not_count():
    truth, predicted = TRUTH.clone(), TRUTH.clone()
    truth[2, LEFT_WRIST] = torch.nan
    predicted[5] = torch.nan
    predicted[2, LEFT_ANKLE] += 1.0
    errors = compared(predicted, truth)
    assert len(errors.joint_mm) == FRAMES - 2 and errors.joint_mm.max() < 1e-3
    assert compared(torch.full_like(TRUTH, torch.nan)) is None


def test_one_frame_is_enough_for_its_error():
    found = figures(TRUTH[:1] + 0.0, TRUTH[:1])
    assert found["mpjpe_mm"] == 0 and math.isnan(found["acceleration_mm"]) and math.isnan(found["bone_variation"])
