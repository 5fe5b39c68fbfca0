"""Bone lengths learned through a clip."""

import numpy as np
import pytest

from tests.conftest import STANDING_M
from uao_core.bones import BoneEvidence, bone_lengths
from uao_core.skeleton import BONES, LEFT_ELBOW, LEFT_WRIST, MIRROR, RIGHT_ELBOW, RIGHT_WRIST

ACROSS_M, DEPTH_M = 0.015, 0.05
NONE = BoneEvidence.none()
BONE = {child: index for index, (_, child) in enumerate(BONES)}
BODY = (STANDING_M + STANDING_M[list(MIRROR)] * [-1, 1, 1]) / 2
"""The same on both sides."""


def turning(count, body=BODY, seed=0):
    """(T, 23, 3) the body in all directions."""
    rng = np.random.default_rng(seed)
    turns, _ = np.linalg.qr(rng.standard_normal((count, 3, 3)))
    return body @ turns


def sure(joints, across=ACROSS_M, depth=DEPTH_M):
    """The arguments of `add` with the same uncertainty everywhere."""
    shape = joints.shape[:-1]
    return joints, np.full(shape, across), np.full(shape, depth)


def noisy(joints, seed=0):
    spread = np.array([ACROSS_M, ACROSS_M, DEPTH_M]) / 2
    return joints + spread * np.random.default_rng(seed).standard_normal(joints.shape)


def test_lengths_come_out_of_noisy_frames():
    truth = bone_lengths(BODY)
    learned = NONE.add(*sure(noisy(turning(300)))).lengths()
    one_frame = NONE.add(*sure(noisy(turning(1)))).lengths()
    assert np.abs(np.log(learned / truth))[truth > 0.15].max() < 0.03
    assert np.abs(np.log(learned / truth))[:16].mean() < 0.04 < np.abs(np.log(one_frame / truth))[:16].mean(), (
        "a hand is too short"
    )


def test_a_bone_that_points_at_the_camera_counts_little():
    """Twenty frames show the forearms across the view; in as many they point at the camera and look half as long."""
    across = np.repeat(BODY[None], 40, axis=0)
    for elbow, wrist in ((LEFT_ELBOW, LEFT_WRIST), (RIGHT_ELBOW, RIGHT_WRIST)):
        across[:, wrist] = across[:, elbow] + np.array([0.0, 0.25, 0.0])
        across[20:, wrist] = across[20:, elbow] + np.array([0.0, 0.0, -0.125])
    lengths = NONE.add(*sure(across)).lengths()
    assert lengths[BONE[LEFT_WRIST]] == pytest.approx(0.25, rel=0.05)
    plain = np.exp(np.log(bone_lengths(across)).mean(axis=0))[BONE[LEFT_WRIST]]
    assert plain < 0.2, "counted alike, they would make it too short"


def test_the_side_that_is_seen_well_counts_more_than_the_other():
    """The right forearm points at the camera all the time and looks half as long; the left one is in full view."""
    joints = np.repeat(BODY[None], 40, axis=0)
    joints[:, LEFT_WRIST] = joints[:, LEFT_ELBOW] + np.array([0.0, 0.25, 0.0])
    joints[:, RIGHT_WRIST] = joints[:, RIGHT_ELBOW] + np.array([0.0, 0.0, -0.125])
    assert NONE.add(*sure(joints)).lengths()[BONE[LEFT_WRIST]] == pytest.approx(0.25, rel=0.05)


def test_left_and_right_are_one():
    lengths = NONE.add(*sure(noisy(turning(20, STANDING_M)))).lengths()
    for left, right in ((4, 1), (5, 2), (6, 3), (11, 14), (12, 15), (13, 16)):
        assert lengths[BONE[left]] == lengths[BONE[right]]
    mirrored = turning(20, STANDING_M)[:, list(MIRROR)]
    same = NONE.add(*sure(mirrored)).lengths()
    assert np.allclose(NONE.add(*sure(turning(20, STANDING_M))).lengths(), same, atol=1e-6)


def test_learning_in_parts_is_learning_at_once():
    joints, across, depth = sure(noisy(turning(60)))
    at_once = NONE.add(joints, across, depth)
    parts = NONE
    for part in (slice(0, 1), slice(1, 20), slice(20, 20), slice(20, 60)):
        parts = parts.add(joints[part], across[part], depth[part])
    assert parts.frames == at_once.frames == 60
    assert np.allclose(parts.lengths(), at_once.lengths(), rtol=1e-5)
    assert np.allclose(parts.weight, at_once.weight, rtol=1e-4)


def test_old_frames_are_forgotten():
    """After a minute of one person, somebody larger: half a minute later only that one counts."""
    evidence, larger = NONE, bone_lengths(1.2 * BODY)
    for second in range(60):
        evidence = evidence.add(*sure(turning(30, seed=second)))
    assert np.allclose(evidence.lengths(), bone_lengths(BODY), rtol=1e-3)
    for second in range(30):
        evidence = evidence.add(*sure(turning(30, 1.2 * BODY, seed=second)))
    assert np.allclose(evidence.lengths(), larger, rtol=0.03)
    assert evidence.frames < 400 and not np.allclose(bone_lengths(BODY), larger, rtol=0.1)
