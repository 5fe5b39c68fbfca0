"""Rotations against SciPy's, and how a whole take's are kept."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.test_export import take_of
from tests.test_export_bvh import stroll
from uao_core.body import fit_body
from uao_core.body.motion import Motion, Poses
from uao_core.body.rotations import exp, log, matrices, quaternions
from uao_core.body.timeline import Timeline
from uao_core.euler import euler_deg


@pytest.mark.parametrize("angle", [0.0, 1e-13, 1e-9, 1e-4, 1.0, 2.5, 3.0, np.pi - 1e-9])
def test_rotations_agree_with_scipy_however_far_they_turn(angle):
    axes = np.random.default_rng(0).normal(size=(50, 2, 3))
    vectors = angle * axes / np.linalg.norm(axes, axis=-1, keepdims=True)
    known = Rotation.from_rotvec(vectors.reshape(-1, 3))
    turns = known.as_matrix().reshape(50, 2, 3, 3)
    assert np.allclose(exp(vectors), turns, atol=1e-14)
    assert np.allclose(log(turns), vectors, atol=1e-12)
    found = quaternions(turns)
    assert np.allclose(found.reshape(-1, 4), known.as_quat(canonical=True), atol=1e-12)
    assert np.allclose(matrices(3 * found), turns, atol=1e-14)


def test_a_motion_keeps_turns_to_a_hundred_thousandth_of_a_degree():
    local = exp(np.random.default_rng(1).normal(size=(5, 18, 3)))
    motion = Motion.empty(5)
    motion.set(slice(0, 5), Poses(np.arange(15.0).reshape(5, 3), local))
    part = motion.moved(np.array([0.0, 1.0, 0.0])).at(slice(1, 3))
    off = log(local[1:3].swapaxes(-1, -2) @ part.local)
    assert np.degrees(np.linalg.norm(off, axis=-1)).max() < 2e-5 and np.array_equal(part.root, [[3, 5, 5], [6, 8, 8]])


def test_angles_that_are_found_part_by_part_run_on():
    body = fit_body(take_of(stroll(60)))
    whole = euler_deg(body.rotations, body.channels)
    parts, before = [], None
    for first in range(0, 60, 7):
        parts.append(euler_deg(body.rotations_of(slice(first, first + 7)), body.channels, before))
        before = parts[-1][-1]
    assert np.allclose(np.concatenate(parts), whole, atol=1e-9)


def test_what_is_unknown_in_one_frame_is_known_in_the_one_before():
    whole = np.ones(4, bool)
    line = Timeline(np.array([0, 1, 1, 2]), np.array([1, 2, 2, 2]), np.array([0.0, 0.0, 0.5, 0.0]), whole, 30.0)
    found = line.of(np.array([[1.0, 2.0], [3.0, 4.0], [np.nan, np.inf]], np.float32))
    assert found.dtype == np.float32
    assert np.array_equal(found, [[1, 2], [3, 4], [np.nan, np.inf], [np.nan, np.inf]], equal_nan=True)
