"""What the synthetic detector reports: each of its mistakes alone, on somebody before a known camera."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.cameras import Seen
from models.detector_model import CLEAN, DetectorModel, detect
from tests.conftest import STANDING_M
from uao_core.camera import project
from uao_core.keypoints import derive_trunk
from uao_core.skeleton import LEFT_ELBOW, LEFT_KNEE, LEFT_WRIST, MIRROR, RIGHT_KNEE, RIGHT_WRIST

SEQUENCES, FRAMES, FPS, DEPTH_M = 400, 30, 30.0, 4.0
STYLE_SQUARED = float(np.exp(2 * 0.35**2))
"""Some detectors are worse than others: the mean square of the factor by which."""
KNEES = [LEFT_KNEE, RIGHT_KNEE]


def standing(yaw=0.0, count=SEQUENCES, frames=FRAMES):
    """Somebody 4 m away who stands still, or turns by as much as `yaw` (T,) says."""
    yaw = torch.as_tensor(yaw, dtype=torch.float32).expand(frames)[:, None]
    x, y, z = torch.from_numpy(STANDING_M).unbind(dim=-1)
    joints = torch.stack([yaw.cos() * x + yaw.sin() * z, y.expand(frames, -1), yaw.cos() * z - yaw.sin() * x], dim=-1)
    joints = (joints + torch.tensor([0.0, 0.0, DEPTH_M])).expand(count, -1, -1, -1).clone()
    return Seen(joints, torch.full((count, 1, 1, 1), 1.0))


def detected(seen, model, seed=0):
    count = len(seen.joints_m)
    return detect(seen, torch.full((count,), 1 / FPS), torch.Generator().manual_seed(seed), model)


def exact(seen):
    return derive_trunk(project(seen.joints_m))


def offset_m(seen, model, seed=0):
    """(B, T, 23, 2) by how much the reports are off, in metres on the body."""
    return (detected(seen, model, seed)[0] - exact(seen)) * seen.joints_m[..., 2:]


def only(**mistakes):
    return replace(CLEAN, **mistakes)


def test_without_mistakes_the_projection_is_reported_and_believed():
    seen = standing(0.4)
    rays, confidence = detected(seen, CLEAN)
    assert torch.allclose(rays, exact(seen), atol=1e-6)
    assert confidence.min() > 0.8 and confidence.max() <= 1


def test_chance_is_seeded():
    seen, model = standing(count=20), DetectorModel()
    (a, sure_a), (b, sure_b), (c, _) = detected(seen, model), detected(seen, model), detected(seen, model, seed=1)
    assert torch.equal(a, b) and torch.equal(sure_a, sure_b) and not torch.equal(a, c)


def test_the_bias_stays_the_same_through_a_window():
    off = offset_m(standing(), only(bias_mm=14.0))
    assert off.std(dim=1).max() < 1e-4 and off[:, 0, KNEES].std() > 0.01
    spread_mm = 1000 * off[:, 0, KNEES].square().mean().sqrt()
    assert float(spread_mm) == pytest.approx(14 * STYLE_SQUARED**0.5, rel=0.1)
    hips_mm = 1000 * off[:, 0, [1, 4]].square().mean().sqrt()
    assert float(hips_mm / spread_mm) == pytest.approx(1.4, rel=0.1), "hips are put farther off"


def test_the_bias_turns_with_the_body():
    off = offset_m(standing(torch.linspace(0, torch.pi, FRAMES)), only(bias_mm=14.0))
    first, last = off[:, 0, KNEES], off[:, -1, KNEES]
    assert torch.corrcoef(torch.stack([first[..., 0].flatten(), last[..., 0].flatten()]))[0, 1] < -0.9
    assert torch.corrcoef(torch.stack([first[..., 1].flatten(), last[..., 1].flatten()]))[0, 1] > 0.9


@pytest.mark.parametrize("time_constant_s", [0.07, 0.14])
def test_the_unrest_lasts_as_long_as_it_says(time_constant_s):
    off = 1000 * offset_m(standing(), only(unrest_mm=13.0, unrest_s=time_constant_s))[:, :, KNEES]
    assert float(off.square().mean().sqrt()) == pytest.approx(13 * STYLE_SQUARED**0.5, rel=0.1)
    for lag in (1, 3, 6):
        alike = (off[:, lag:] * off[:, :-lag]).mean() / off.square().mean()
        assert float(alike) == pytest.approx(np.exp(-lag / FPS / time_constant_s), abs=0.05)


def test_hands_are_less_steady_than_knees():
    off = offset_m(standing(), only(unrest_mm=13.0, unrest_s=0.14)).square().mean(dim=(0, 1, 3)).sqrt()
    assert float(off[[LEFT_WRIST, RIGHT_WRIST]].mean() / off[KNEES].mean()) == pytest.approx(1.5, rel=0.05)


def test_unrest_is_of_the_body_and_pixel_noise_of_the_image():
    near, far = standing(), standing()
    far.joints_m[..., 2] += DEPTH_M
    for model, expected in ((only(unrest_mm=13.0, unrest_s=0.14), 2.0), (only(pixel_noise=0.001), 1.0)):
        a, b = ((detected(seen, model)[0] - exact(seen))[:, :, KNEES].std() for seen in (near, far))
        assert float(a / b) == pytest.approx(expected, rel=0.03)


def test_what_moves_is_reported_late():
    seen = standing()
    seen.joints_m[..., 0] += 0.03 * torch.arange(FRAMES)[:, None]  # 0.9 m/s to the right
    behind = -offset_m(seen, only(lag_s=0.01))[:, 5:, KNEES, 0]
    assert behind.min() > -1e-4 and behind.max() < 0.02 * 0.9 + 1e-3
    assert float(behind.mean()) == pytest.approx(0.01 * 0.9, rel=0.15)
    assert offset_m(standing(), only(lag_s=0.01)).abs().max() < 1e-5


@pytest.mark.parametrize("rate", [0.1, 0.4])
def test_sides_are_exchanged_as_often_as_it_says(rate):
    seen = standing(count=1500, frames=20)
    rays, _ = detected(seen, only(swap_rate=rate))
    right = exact(seen)
    wrong = (rays - right).norm(dim=-1) > 1e-4
    assert torch.allclose(rays[wrong], right[:, :, list(MIRROR)][wrong], atol=1e-5), "nothing but exchanged"
    legs, arms = wrong[..., [1, 4]].all(dim=-1), wrong[..., [11, 14]].all(dim=-1)
    happened = (legs | arms).any(dim=1)
    assert float(happened.float().mean()) == pytest.approx(rate, abs=0.035)
    both = (legs & arms).any(dim=1).sum() / happened.sum()
    assert float(both) == pytest.approx(0.5, abs=0.12), "half the time all, else legs or arms"
    share = (legs | arms)[happened].float().mean()
    assert 0.15 < float(share) < 0.6, "for a while, not for good"


def test_an_arm_behind_the_trunk_is_hidden_and_one_before_it_is_not():
    model = only(hidden_noise=3.0)
    doubted = {}
    for where, depth in (("behind", 0.25), ("before", -0.25)):
        seen = standing()
        seen.joints_m[..., LEFT_ELBOW, :] = torch.tensor([0.0, -0.30, DEPTH_M + depth])
        confidence = detected(seen, model)[1][..., LEFT_ELBOW]
        doubted[where] = float((confidence < 0.8).float().mean())
    assert doubted["before"] == 0
    assert 0.35 < doubted["behind"] < 0.65, "visibility tells of it only now and then"


def test_a_hidden_joint_is_reported_worse():
    seen = standing()
    seen.joints_m[..., LEFT_ELBOW, :] = torch.tensor([0.0, -0.30, DEPTH_M + 0.25])
    calm, worse = (
        offset_m(seen, only(unrest_mm=13.0, unrest_s=0.14, hidden_noise=n))[..., LEFT_ELBOW, :].std() for n in (0.0, 3.0)
    )
    assert float(worse / calm) == pytest.approx(3, rel=0.15)


def test_gaps_have_no_keypoints_at_all():
    confidence = detected(standing(count=1500), only(gap_rate=0.2))[1]
    empty = (confidence == 0).all(dim=-1)
    assert torch.equal(empty, (confidence == 0).any(dim=-1))
    assert float(empty.any(dim=1).float().mean()) == pytest.approx(0.2, abs=0.035)


def test_people_are_cut_by_edges_as_often_as_it_says():
    confidence = detected(standing(), only(truncated_rate=1.0))[1]
    cut = (confidence == 0).any(dim=-1).any(dim=1)
    assert float(cut.float().mean()) > 0.9
    assert (detected(standing(), CLEAN)[1] > 0.4).all()


def test_a_joint_jumps_elsewhere_for_a_few_frames():
    far = offset_m(standing(), only(gross_rate=1.0)).norm(dim=-1)[..., KNEES] > 0.05
    assert 0.02 < float(far.any(dim=1).float().mean()) < 0.2
    assert far.sum(dim=1).max() <= 0.3 * FRAMES + 1


def test_everything_at_once_is_finite():
    rays, confidence = detected(standing(1.0), DetectorModel())
    assert rays.isfinite().all() and confidence.min() >= 0 and confidence.max() <= 1
    one_frame = standing(count=50, frames=1)
    assert detected(one_frame, DetectorModel())[0].isfinite().all()
