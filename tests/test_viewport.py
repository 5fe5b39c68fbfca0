"""The 3D view: orbit and geometry by their numbers, the real renderer by its pixels."""

import math

import numpy as np
import pytest

from app.colours import SURE_MM, UNSURE_MM, sigma_colours, sigma_gradient
from app.orbit import Orbit, intrinsic
from app.scene import body_mesh, to_world
from app.viewport import BACKGROUND, Open3DRenderer
from tests.conftest import STANDING_M
from uao_core import skeleton as sk
from uao_core.packets import Pose

SIZE = (320, 240)


def standing(sigma_mm=40.0, at=(0.0, 0.0, 3.0)):
    joints = (STANDING_M + np.array(at)).astype(np.float32)
    return Pose(joints, np.full(17, sigma_mm, np.float32), joints, 0.0, 0.0)


@pytest.fixture(scope="module")
def renderer():
    made = Open3DRenderer()
    yield made
    made.close()


def is_body(picture):
    """Pixels far from background and grid, which are grey-blue."""
    channels = picture.astype(int)
    return channels.max(axis=2) - channels.min(axis=2) > 60


def pixel_of(world, orbit, centre, size):
    view = orbit.extrinsic(centre) @ np.append(world, 1.0)
    projected = intrinsic(size) @ view[:3]
    return projected[:2] / projected[2]


def test_colours_are_monotone_in_lightness_and_clamped():
    rgb = sigma_colours(np.linspace(SURE_MM, UNSURE_MM, 60).astype(np.float32)).astype(float)
    lightness = rgb @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > -0.5).all() and lightness[-1] > lightness[0] + 120
    ends = sigma_colours(np.array([0, SURE_MM, UNSURE_MM, 1e6, np.nan], np.float32))
    assert (ends[0] == ends[1]).all() and (ends[2] == ends[3]).all() and (ends[4] == ends[3]).all()
    assert sigma_gradient(5)[0][1] == tuple(ends[0]) and sigma_gradient(5)[-1][1] == tuple(ends[2])


def test_orbit_looks_at_its_target_from_its_distance():
    orbit = Orbit().turned(1.0, 0.3).zoomed(1.5)
    matrix = orbit.extrinsic(np.array([1.0, 0.0, -3.0]))
    target = np.array(orbit.target_m) + [1.0, 0.0, -3.0]
    assert np.allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3)) and np.linalg.det(matrix[:3, :3]) > 0
    assert np.allclose((matrix @ np.append(target, 1))[:3], [0, 0, orbit.distance_m])
    above = matrix @ np.append(target + [0, 1, 0], 1)
    assert above[1] < 0, "up in the world is up in the picture"


def test_orbit_stays_within_its_limits():
    assert Orbit().turned(0, 99).elevation < math.pi / 2 and Orbit().turned(0, -99).elevation > -math.pi / 2
    assert Orbit().zoomed(1e-9).distance_m > 0.1 and Orbit().zoomed(1e9).distance_m < 100
    panned = Orbit(azimuth=0.0, elevation=0.0).panned(0.1, 0.0)
    assert panned.target_m[0] > 0.1 and panned.target_m[1] == pytest.approx(Orbit().target_m[1])


def test_body_mesh_is_sound():
    mesh = body_mesh(standing())
    assert mesh.vertices.shape == mesh.normals.shape == mesh.colours.shape
    assert mesh.triangles.min() == 0 and mesh.triangles.max() == len(mesh.vertices) - 1
    assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-4)
    faces = mesh.vertices[mesh.triangles]
    outward = np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0])
    agrees = (outward * mesh.normals[mesh.triangles[:, 0]]).sum(axis=1)
    assert (agrees > -1e-7).mean() > 0.97, "triangles look outwards, as their normals do"


def test_unsure_joints_are_larger():
    def width(sigma_mm):
        return np.ptp(body_mesh(standing(sigma_mm)).vertices, axis=0)[0]

    assert width(200) > width(20) + 0.01


def test_the_skeleton_stands_where_its_projection_lies(renderer):
    pose, orbit = standing(), Orbit()
    picture = renderer.render(pose, orbit, SIZE)
    assert picture.shape == (240, 320, 3) and picture.dtype == np.uint8
    assert np.abs(picture[2, 2] - 255 * np.array(BACKGROUND)).max() < 4
    centre = to_world(pose.joints_m[sk.PELVIS]).astype(float)
    centre[1] = to_world(pose.joints_m)[[3, 6], 1].min() - 0.08
    for joint in (sk.PELVIS, sk.LEFT_KNEE, sk.RIGHT_ANKLE, sk.RIGHT_ELBOW, sk.LEFT_SHOULDER):
        x, y = pixel_of(to_world(pose.joints_m[joint]), orbit, centre, SIZE).round().astype(int)
        assert is_body(picture)[y - 2 : y + 3, x - 2 : x + 3].mean() > 0.6, sk.JOINT_NAMES[joint]
    assert 0.01 < is_body(picture).mean() < 0.2


def test_one_unsure_wrist_is_seen_at_a_glance(renderer):
    pose = standing(30)
    pose.sigma_mm[sk.RIGHT_WRIST] = 200
    picture = renderer.render(pose, Orbit(), SIZE).astype(int)
    yellow = (picture[..., 0] > 150) & (picture[..., 1] > 120) & (picture[..., 2] < 110)
    assert yellow.sum() > 20
    calm = renderer.render(standing(30), Orbit(), SIZE).astype(int)
    assert not ((calm[..., 0] > 150) & (calm[..., 1] > 120) & (calm[..., 2] < 110)).any()


def test_pictures_repeat_follow_the_orbit_and_resize(renderer):
    pose = standing(at=(3.0, 0.0, 6.0))  # so far from the last one that the view jumps there at once
    first = renderer.render(pose, Orbit(), SIZE)
    assert np.array_equal(first, renderer.render(pose, Orbit(), SIZE))
    assert not np.array_equal(first, renderer.render(pose, Orbit().turned(0.5, 0), SIZE))
    assert renderer.render(pose, Orbit(), (200, 300)).shape == (300, 200, 3)
    assert is_body(renderer.render(pose, Orbit(), SIZE)).any()


def test_nobody_leaves_the_empty_floor(renderer):
    assert is_body(renderer.render(standing(), Orbit(), SIZE)).any()
    empty = renderer.render(None, Orbit(), SIZE)
    assert not is_body(empty).any()
    assert empty.std() > 1, "the grid is still there"
