"""Motion for training, from a small archive in the real layout."""

import numpy as np
import pytest

from models.motion import heading_free, rarity_weights, read_motion, split_by_subject
from tests.conftest import UNIT_M, captured


def test_an_archive_is_read_back(archive_folder):
    motion = read_motion(archive_folder / "mocap_lab.npz")
    assert len(motion) == 30 * 30 - 1, "the frame that lacks a joint is left out"
    assert np.abs(motion.joints[-30:] - captured(30, 30)).max() < 2 * UNIT_M
    assert motion.subject[0] == "lab/01" and motion.subject[-1] == "lab/30"


def test_the_unseen_laboratory_is_never_trained_on(archive_folder):
    assert not any("accad" in s for s in read_motion(archive_folder).subject)
    assert all("accad" in s for s in read_motion(archive_folder, unseen=True).subject)


def test_no_subject_is_on_both_sides(archive_folder):
    training, held_out = split_by_subject(read_motion(archive_folder), held_out=0.3)
    assert len(training) and len(held_out) and not set(training.subject) & set(held_out.subject)


def test_rare_poses_weigh_more(archive_folder):
    joints = read_motion(archive_folder).joints
    joints[:5, 13] += [0, 1.0, 0]  # five frames with an arm raised high
    weights = rarity_weights(joints, centres=64)
    assert weights.sum() == pytest.approx(1, abs=1e-4)
    assert weights[:5].mean() > 1.3 * np.median(weights[5:])


def test_heading_is_taken_out():
    angle = 1.1
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    body = captured(1, 0).astype(np.float32)
    assert np.allclose(heading_free(body), heading_free((body @ turn.T + [3, 0, 1]).astype(np.float32)), atol=1e-5)
