"""Limbs of captured skeletons: strides whose knees are bent too much become the strides they were."""

import numpy as np
import pytest

from models.limbs import straightened
from models.motion import read_motion
from tests.conftest import STANDING_M, captured, write_archive
from uao_core.skeleton import (
    LEFT_ANKLE,
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_TOES,
    LEFT_WRIST,
    RIGHT_ANKLE,
    RIGHT_ELBOW,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
)

LEGS = ((LEFT_HIP, LEFT_KNEE, LEFT_ANKLE), (RIGHT_HIP, RIGHT_KNEE, RIGHT_ANKLE))
ARMS = ((LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST), (RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST))
STRIDE_DEG = np.interp(np.linspace(0, 1, 100), [0, 0.15, 0.4, 0.6, 0.72, 0.95, 1], [4, 18, 4, 35, 62, 4, 4])
"""A knee through a stride, roughly as gait laboratories measure it."""


def bend_deg(joints, limb):
    first, second = joints[:, limb[1]] - joints[:, limb[0]], joints[:, limb[2]] - joints[:, limb[1]]
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.degrees(np.arccos(((first * second).sum(axis=1) / lengths).clip(-1, 1)))


def posed(knee_deg, elbow_deg):
    """(N, 23, 3) the standing body, y up, with knees bent backwards and elbows forward; thigh and shank share the bend."""
    count = len(knee_deg)
    joints = np.repeat((STANDING_M * [1, -1, -1])[None].astype(np.float64), count, axis=0)
    for limbs, degrees, sign in ((LEGS, knee_deg, 1), (ARMS, elbow_deg, -1)):
        for start, middle, end in limbs:
            beyond = joints[:, LEFT_TOES if end == LEFT_ANKLE else end] - joints[:, end]
            upper, lower = (np.linalg.norm(joints[0, b] - joints[0, a]) for a, b in ((start, middle), (middle, end)))
            half = np.radians(degrees) / 2
            ahead, down = sign * np.sin(half), -np.cos(half)
            aside = np.zeros(count)
            joints[:, middle] = joints[:, start] + upper * np.stack([aside, down, ahead], axis=1)
            joints[:, end] = joints[:, middle] + lower * np.stack([aside, down, -ahead], axis=1)
            if end == LEFT_ANKLE:
                joints[:, LEFT_TOES] = joints[:, end] + beyond
    return joints.astype(np.float32)


def whose(joints, name="lab/01"):
    return np.full(len(joints), name)


def swollen(true, excess):
    """Bends as those skeletons have them: all of the excess where a limb stands, less of it where it swings."""
    return true + excess * np.interp(true, [10, 70], [1, 0.5])


@pytest.mark.parametrize(("too_much", "arms_too_much"), [(12, 10), (19, 26)])
def test_a_stride_becomes_what_it_was(too_much, arms_too_much):
    knee, elbow = np.tile(STRIDE_DEG + 3, 5), np.tile(14 + 20 * np.sin(np.linspace(0, np.pi, 100)) ** 2, 5)
    joints = posed(swollen(knee, too_much), swollen(elbow, arms_too_much))
    made = straightened(joints, whose(joints))
    for limbs, true, most in ((LEGS, knee, 5), (ARMS, elbow, 5)):
        for limb in limbs:
            assert np.abs(bend_deg(made, limb) - true).max() < most
            before, after = (each[:, limb[2]] - each[:, limb[0]] for each in (joints, made))
            turned = np.cross(before, after) / np.linalg.norm(before, axis=1, keepdims=True) ** 2
            assert np.abs(turned).max() < 0.01, "the limb as a whole points where it did"
            for a, b in ((limb[0], limb[1]), (limb[1], limb[2])):
                lengths = np.linalg.norm(made[:, b] - made[:, a], axis=1)
                assert np.allclose(lengths, np.linalg.norm(joints[0, b] - joints[0, a]), atol=1e-5)
    foot = made[:, LEFT_TOES] - made[:, LEFT_ANKLE]
    assert np.allclose(foot, joints[:, LEFT_TOES] - joints[:, LEFT_ANKLE], atol=1e-5), "feet go along and do not turn"
    assert np.array_equal(made[:, LEFT_HIP], joints[:, LEFT_HIP])


def test_who_stretches_is_left_alone_and_nobody_s_knee_bends_backwards():
    joints = posed(np.tile(STRIDE_DEG - 3, 5), np.full(500, 9.0))
    assert np.array_equal(straightened(joints, whose(joints)), joints)
    bent = posed(np.tile(STRIDE_DEG + 15, 5), np.full(500, 9.0))
    bent[0] = posed(np.array([5.0]), np.array([9.0]))[0]  # far straighter than this subject ever is
    made = straightened(bent, whose(bent))
    assert 0 <= bend_deg(made, LEGS[0])[0] < 5 and made[0, LEFT_KNEE, 2] > made[0, LEFT_ANKLE, 2], "forwards, as before"


def test_who_never_stands_loses_a_stated_part_and_strong_bends_the_half():
    sitting = posed(np.full(400, 90.0), np.full(400, 9.0))
    assert bend_deg(straightened(sitting, whose(sitting)), LEGS[0]) == pytest.approx(90 - 0.5 * 20, abs=0.5)
    crouching = posed(np.concatenate([np.full(100, 23.0), np.full(300, 130.0)]), np.full(400, 9.0))
    made = bend_deg(straightened(crouching, whose(crouching)), LEGS[0])
    assert made[0] == pytest.approx(6, abs=1) and made[-1] == pytest.approx(130 - 17 / 2, abs=0.5)


def test_each_subject_by_their_own_and_those_of_few_frames_not_at_all():
    much, little = posed(np.tile(STRIDE_DEG + 18, 4), np.full(400, 9.0)), posed(np.tile(STRIDE_DEG, 4), np.full(400, 9.0))
    mixed = np.concatenate([much, little])[np.argsort(np.tile(np.arange(400), 2), kind="stable")]
    subject = np.tile(["lab/01", "lab/02"], 400)
    made = straightened(mixed, subject)
    assert np.allclose(bend_deg(made[::2], LEGS[0]), bend_deg(straightened(much, whose(much)), LEGS[0]), atol=1e-3)
    assert np.abs(bend_deg(made[1::2], LEGS[0]) - np.tile(STRIDE_DEG, 4)).max() < 3
    few = much[:100]
    assert np.array_equal(straightened(few, whose(few)), few)


def test_motion_for_training_is_straightened_and_that_for_testing_is_not(tmp_path):
    bent = posed(np.tile(STRIDE_DEG + 15, 4), np.full(400, 9.0))
    bent[..., 1] += 1
    write_archive(tmp_path / "mocap_lab.npz", {"01": captured(5, 0), "02": bent})
    write_archive(tmp_path / "mocap_accad.npz", {"00": captured(5, 0), "Male1": bent})
    least = [
        np.quantile(bend_deg(read_motion(tmp_path, unseen=unseen, stretch=stretch).joints[-400:], LEGS[0]), 0.05)
        for unseen, stretch in ((False, True), (False, False), (True, True))
    ]
    assert least == pytest.approx([6, 19, 19], abs=1)
