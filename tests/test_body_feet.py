"""Feet that are held: sure ones where they were seen, all of them within what legs reach, and no body that jerks."""

from dataclasses import replace

import numpy as np
import pytest

from tests.test_body import noisy, standing
from tests.test_export import LEVEL, take_of
from tests.test_export_bvh import articulated
from uao_core import skeleton as sk
from uao_core.body import FootLock, fit_body
from uao_core.body.segments import FEET

SOFT, FULL, OFF = (replace(LEVEL, foot_lock=lock) for lock in (FootLock.SOFT, FootLock.FULL, FootLock.OFF))


def with_errors(take, sigma_mm):
    sigma = np.full(sk.NUM_JOINTS, sigma_mm, np.float32)
    return replace(take, frames=tuple(replace(f, pose=replace(f.pose, sigma_mm=sigma)) for f in take.frames))


def on_heels(count):
    """Somebody who stands with toes raised by 14 degrees."""
    return [raised(articulated(place=(0, 0, -4))) for _ in range(count)]


def raised(joints):
    turn = np.radians(14)
    for ankle, toes in ((sk.LEFT_ANKLE, sk.LEFT_TOES), (sk.RIGHT_ANKLE, sk.RIGHT_TOES)):
        x, y, z = joints[toes] - joints[ankle]  # y down, z away: feet point towards the camera
        joints[toes] = joints[ankle] + (x, y * np.cos(turn) + z * np.sin(turn), z * np.cos(turn) - y * np.sin(turn))
    return joints


def slides_m(body):
    feet = body.joints()[:, FEET]
    return [
        np.linalg.norm(feet[a : b + 1, k] - np.median(feet[a : b + 1, k], axis=0), axis=1).max()
        for k, found in enumerate(body.contact_intervals())
        for a, b in found
    ]


def foot_angle_deg(body, truth):
    bone, true = (j[:, sk.LEFT_TOES] - j[:, sk.LEFT_ANKLE] for j in (body.joints(), truth))
    cosine = (bone * true).sum(axis=1) / np.linalg.norm(bone, axis=1) / np.linalg.norm(true, axis=1)
    return float(np.median(np.degrees(np.arccos(cosine.clip(-1, 1)))))


@pytest.mark.parametrize("options", [SOFT, FULL])
def test_feet_that_are_sure_stand_as_they_were_seen(options):
    poses = on_heels(40)
    truth = np.array(poses) * (1, -1, -1)
    sure = fit_body(with_errors(take_of(poses), 5), options)
    unsure = fit_body(with_errors(take_of(poses), 80), options)
    assert any(sure.contact_intervals()) and any(unsure.contact_intervals())
    assert foot_angle_deg(sure, truth) < 3 < 8 < foot_angle_deg(unsure, truth), "what is not sure stands flat"


def test_soft_lock_stills_a_foot_that_is_unsure_and_follows_one_that_is_sure():
    poses = noisy(standing(60, swing=0.03), 6)
    moved = {}
    for sigma_mm in (5, 80):
        take = with_errors(take_of(poses), sigma_mm)
        free, soft = (fit_body(take, options).joints()[:, FEET] for options in (OFF, SOFT))
        moved[sigma_mm] = np.ptp(soft, axis=0).max() / np.ptp(free, axis=0).max()
    assert moved[80] < 0.5 < moved[5]


@pytest.mark.parametrize("sigma_mm", [5, 60])
def test_what_no_leg_reaches_is_no_contact(sigma_mm):
    """Feet that slowly glide apart, 60 cm in two seconds, and never lift: no place is theirs for long."""
    poses = [articulated(hip=(0.3 * i, -0.3 * i), place=(0, 0, -4)) for i in range(60)]
    free, body = (fit_body(with_errors(take_of(poses), sigma_mm), options) for options in (OFF, FULL))
    assert any(body.contact_intervals()) and max(slides_m(body)) < 0.001
    assert np.linalg.norm(np.diff(body.root_m, 2, axis=0), axis=1).max() < 0.02, "nothing pops"
    assert np.abs((body.joints() - body.root_m[:, None]) - (free.joints() - free.root_m[:, None])).max() < 0.25


def test_a_foot_that_is_sure_and_lifts_is_let_go_and_the_body_does_not_jerk():
    poses = []
    for i in range(90):
        lift = 45 * max(0.0, np.sin(2 * np.pi * i / 30))
        poses.append(articulated(hip=(lift, 0), knee=2 * lift, place=(0.12 * (i / 90), 0, -4)))
    take = with_errors(take_of(poses), 5)
    free, full = fit_body(take, OFF), fit_body(take, FULL)
    assert any(full.contact_intervals()) and max(slides_m(full)) < 0.005
    jerk = [np.linalg.norm(np.diff(body.root_m, 2, axis=0), axis=1).max() for body in (free, full)]
    assert jerk[1] < jerk[0] + 0.006
    for ankle in (sk.LEFT_ANKLE, sk.RIGHT_ANKLE):
        assert np.ptp(full.joints()[:, ankle, 1]) == pytest.approx(np.ptp(free.joints()[:, ankle, 1]), abs=0.02), "it steps"
