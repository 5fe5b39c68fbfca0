"""Euler angles in every order: they rebuild the rotation, run on over the frames, and common poses keep off the poles."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.test_export import LEVEL, take_of
from tests.test_export_bvh import articulated
from uao_core.body import SEGMENTS, BodyOptions, fit_body
from uao_core.euler import euler_deg

ORDERS = ["".join(order) for order in itertools.permutations("XYZ")]


def built(order, angles):
    return Rotation.from_euler(order, angles, degrees=True).as_matrix()


@pytest.mark.parametrize("order", ORDERS)
def test_angles_rebuild_the_rotation_and_never_jump(order):
    t = np.linspace(0, 6 * np.pi, 400)
    turns_often = np.degrees(np.stack([1.1 * t, 1.5 * np.sin(0.7 * t), -0.8 * t], axis=1))  # and comes near the poles
    rotations = built(order, turns_often)
    angles = euler_deg(rotations[:, None], [order])[:, 0]
    assert np.allclose(built(order, angles), rotations, atol=1e-9)
    assert np.abs(np.diff(angles, axis=0)).max() < 30 and np.ptp(angles[:, 0]) > 1000


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("pole", [90.0, -90.0])
def test_at_and_through_a_pole(order, pole):
    middle = np.array([pole * f for f in (0.9, 0.95, 1.0, 1.0, 1.05, 1.1)])
    path = np.stack([np.full(6, 20.0), middle, np.full(6, -35.0)], axis=1)
    angles = euler_deg(built(order, path)[:, None], [order])[:, 0]
    assert np.allclose(angles, path, atol=1e-5)


@pytest.mark.parametrize(
    "pose",
    [
        {},
        {"hip": (90, 90), "knee": 90},  # sits
        {"hip": (110, 100), "knee": 130},  # squats
        {"arm": (-85, -85), "elbow": 90},  # arms hang, forearms forward
        {"arm": (85, 85)},  # arms up
        {"yaw": 90},
        {"yaw": 180, "arm": (-85, 0), "elbow": 140},
    ],
)
def test_common_poses_are_far_from_every_pole(pose):
    body = fit_body(take_of([articulated(**pose, place=(0, 0, -4))]), replace(LEVEL, channels="by joint"))
    middle = euler_deg(body.rotations, body.channels)[0, :, 1]
    worst = int(np.abs(middle).argmax())
    assert abs(middle[worst]) < 60, SEGMENTS[worst].name


def test_one_order_throughout_is_a_choice():
    body = fit_body(take_of([articulated(place=(0, 0, -4))]), BodyOptions(channels="ZXY"))
    assert set(body.channels) == {"ZXY"}
