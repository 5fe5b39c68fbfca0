"""Colours and geometry of the 3D view, by their numbers."""

import numpy as np
import pytest

from app.colours import SURE_MM, UNSURE_MM, ColourMap, Scale, sigma_colour, sigma_colours, sigma_gradient
from app.lines import floor_grid
from app.scene import body_mesh, lit_colours, lowest_point, to_world
from tests.conftest import STANDING_M
from uao_core import skeleton as sk
from uao_core.packets import Pose

SCALE = Scale()
FROM_THE_FRONT = np.array([[1, 0, 0], [0, -1, 0], [0, 0, -1]], np.float32)  # right, down, forward of the view


def pose_of(joints=STANDING_M, sigma_mm=40.0):
    joints = np.asarray(joints, np.float32)
    return Pose(joints, np.full(23, sigma_mm, np.float32), joints, 0.0, 0.0)


@pytest.mark.parametrize("unsure_mm", UNSURE_MM)
@pytest.mark.parametrize("colour_map", ColourMap)
def test_colours_are_monotone_in_lightness_and_clamped(colour_map, unsure_mm):
    scale = Scale(colour_map, unsure_mm)
    rgb = sigma_colours(np.linspace(SURE_MM, unsure_mm, 60).astype(np.float32), scale).astype(float)
    lightness = rgb @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > -0.5).all() and lightness[-1] > lightness[0] + 120
    ends = sigma_colours(np.array([0, SURE_MM, unsure_mm, 1e6, np.nan, np.inf], np.float32), scale)
    assert (ends[0] == ends[1]).all() and (ends[2:] == ends[2]).all()
    assert sigma_gradient(5, scale)[0][1] == tuple(ends[0]) and sigma_gradient(5, scale)[-1][1] == tuple(ends[2])
    assert sigma_colour(unsure_mm, scale) == tuple(ends[2])
    assert scale.ticks_mm[0] == SURE_MM and scale.ticks_mm[-1] == unsure_mm
    assert (scale.share(0), scale.share(unsure_mm), scale.share(9999)) == (0, 1, 1)


def test_maps_differ_and_a_longer_scale_makes_the_same_error_look_surer():
    assert len({sigma_colour(150, Scale(colour_map)) for colour_map in ColourMap}) == len(ColourMap)
    dark_to_bright = [sum(sigma_colour(90, Scale(unsure_mm=end))) for end in sorted(UNSURE_MM, reverse=True)]
    assert dark_to_bright == sorted(dark_to_bright) and len(set(dark_to_bright)) == 3


@pytest.mark.parametrize(
    "joints", [STANDING_M, np.zeros((23, 3)), STANDING_M[:, [1, 0, 2]]], ids=["standing", "nil", "lying"]
)
def test_the_mesh_is_sound(joints):
    mesh = body_mesh(pose_of(joints), SCALE)
    assert mesh.vertices.shape == mesh.normals.shape == mesh.colours.shape
    assert all(a.dtype == np.float32 and np.isfinite(a).all() for a in (mesh.vertices, mesh.normals, mesh.colours))
    assert mesh.triangles.min() == 0 and mesh.triangles.max() == len(mesh.vertices) - 1


def test_triangles_look_outwards_as_their_normals_do():
    mesh = body_mesh(pose_of(), SCALE)
    assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-4)
    corners = mesh.vertices[mesh.triangles]
    outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    agrees = (outward * mesh.normals[mesh.triangles].mean(axis=1)).sum(axis=1)
    assert (agrees > -1e-9).all()


def test_every_joint_is_covered_and_unsure_ones_are_larger():
    def width_m(sigma_mm):
        return np.ptp(body_mesh(pose_of(sigma_mm=sigma_mm), SCALE).vertices, axis=0)[0]

    joints = to_world(STANDING_M)
    gap_m = np.linalg.norm(body_mesh(pose_of(), SCALE).vertices[:, None] - joints, axis=2).min(axis=0)
    assert (gap_m < 0.1).all()
    assert width_m(200) > width_m(20) + 0.01
    assert width_m(np.nan) == width_m(1e6), "what is not known is as large as what is least sure"


def test_colours_blend_from_joint_to_joint():
    pose = pose_of(sigma_mm=SURE_MM)
    pose.sigma_mm[sk.RIGHT_WRIST] = SCALE.unsure_mm
    mesh = body_mesh(pose, SCALE)
    elbow, wrist = to_world(STANDING_M[[sk.RIGHT_ELBOW, sk.RIGHT_WRIST]])
    along = (mesh.vertices - elbow) @ (wrist - elbow) / ((wrist - elbow) @ (wrist - elbow))
    near = np.linalg.norm(mesh.vertices - elbow - along[:, None] * (wrist - elbow), axis=1) < 0.04
    sure, unsure = sigma_colours(np.array([SURE_MM, SCALE.unsure_mm], np.float32), SCALE) / 255
    halfway = mesh.colours[near & (np.abs(along - 0.5) < 0.05)]
    assert len(halfway) and np.allclose(halfway, (sure + unsure) / 2, atol=0.01)


def test_the_nose_is_in_front():
    mesh = body_mesh(pose_of(), SCALE)
    crown, thorax = to_world(STANDING_M)[[sk.HEAD_TOP, sk.THORAX]]
    middle = crown - 0.122 * (crown - thorax) / np.linalg.norm(crown - thorax)
    around = (mesh.vertices - middle)[np.linalg.norm(mesh.vertices - middle, axis=1) < 0.14]
    around = around[np.abs(around[:, 1]) < 0.08]
    tip = around[np.linalg.norm(around[:, [0, 2]], axis=1).argmax()]
    assert tip[2] > 0.11 and abs(tip[0]) < 0.03, "what sticks out farthest is towards the camera, which the body faces"


def test_a_colour_in_the_shade_keeps_its_place_in_the_legend():
    mesh = body_mesh(pose_of(sigma_mm=SCALE.unsure_mm), SCALE)
    lit = lit_colours(mesh, FROM_THE_FRONT)
    assert lit.shape == mesh.colours.shape and lit.min() >= 0 and lit.max() <= 1
    seen = mesh.normals[:, 2] > 0.2
    brightness = lit[seen].max(axis=1) / mesh.colours[seen].max(axis=1)
    assert brightness.min() > 0.6 and brightness.max() > 0.99 and np.ptp(brightness) > 0.15


def test_the_floor_is_under_whatever_is_lowest():
    assert lowest_point(to_world(pose_of().joints_m)) == pytest.approx(-0.84 - 0.08)
    handstand = STANDING_M * [1, -1, -1]
    assert lowest_point(to_world(pose_of(handstand).joints_m)) == pytest.approx(-0.76 - 0.05)


def test_the_grid_lies_flat_and_fades():
    background, line = np.zeros(3, np.float32), np.ones(3, np.float32)
    grid = floor_grid(background, line)
    assert (grid.points[:, 1] == 0).all() and grid.lines.max() == len(grid.points) - 1
    far = np.linalg.norm(grid.points[grid.lines].mean(axis=1), axis=1)
    assert grid.colours[far < 1].max() > 0.7 and grid.colours[far > 4].max() < 0.2
