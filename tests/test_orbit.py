"""The viewer's camera, by its numbers."""

import math

import numpy as np
import pytest

from app.orbit import VIEW_FOV_DEG, Orbit, intrinsic

CENTRE_M = np.array([1.0, 0.0, -3.0])


def seen_at(world_m, orbit, size):
    """Pixel (2,) of a world point."""
    projected = intrinsic(size) @ (orbit.extrinsic(CENTRE_M) @ np.append(world_m, 1.0))[:3]
    return projected[:2] / projected[2]


def test_it_looks_at_its_target_from_its_distance():
    orbit = Orbit().turned(1.0, 0.3).zoomed(1.5)
    matrix = orbit.extrinsic(CENTRE_M)
    target = np.array(orbit.target_m) + CENTRE_M
    assert np.allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3)) and np.linalg.det(matrix[:3, :3]) > 0
    assert np.allclose((matrix @ np.append(target, 1))[:3], [0, 0, orbit.distance_m])
    assert (matrix @ np.append(target + [0, 1, 0], 1))[1] < 0, "up in the world is up in the picture"


def test_at_azimuth_zero_it_sees_what_the_camera_saw():
    axes = Orbit(azimuth=0.0, elevation=0.0).extrinsic(np.zeros(3))[:3, :3]
    assert np.allclose(axes, [[1, 0, 0], [0, -1, 0], [0, 0, -1]])


def test_it_stays_within_its_limits():
    assert Orbit().turned(0, 99).elevation < math.pi / 2 and Orbit().turned(0, -99).elevation > -math.pi / 2
    assert Orbit().zoomed(1e-9).distance_m > 0.1 and Orbit().zoomed(1e9).distance_m < 100
    assert Orbit().turned(2 * math.pi, 0).azimuth == pytest.approx(Orbit().azimuth)


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (300, 600)])
def test_panning_moves_the_target_by_that_share_of_the_shorter_side(size):
    orbit = Orbit()
    target = np.array(orbit.target_m) + CENTRE_M
    moved = seen_at(target, orbit.panned(0.1, 0.2), size) - seen_at(target, orbit, size)
    assert np.allclose(moved, [-0.1 * min(size), 0.2 * min(size)], atol=1e-6)


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (300, 600)])
def test_a_person_with_raised_or_spread_arms_fits_the_first_view(size):
    for point in ([0, 0, 0], [0, 2.15, 0], [0.9, 1.4, 0], [-0.9, 1.4, 0]):
        pixel = seen_at(CENTRE_M + point, Orbit(), size)
        assert (pixel > 0).all() and (pixel < size).all(), point


def test_the_field_of_view_spans_the_shorter_side():
    for width, height in ((640, 480), (300, 600)):
        assert 2 * math.degrees(math.atan(min(width, height) / 2 / intrinsic((width, height))[0, 0])) == pytest.approx(
            VIEW_FOV_DEG
        )
