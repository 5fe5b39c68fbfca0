import math

import pytest
import torch

from uao_core.camera import Intrinsics, project, virtual_view
from uao_core.errors import UaoError


def test_rays_and_project_are_inverse():
    camera = Intrinsics.from_focal(800, (640, 480))
    points = torch.tensor([[0.3, -0.2, 2.0], [-1.0, 0.5, 4.0]])
    assert torch.allclose(camera.rays(camera.project(points)), project(points), atol=1e-6)


def test_fov_is_across_the_longer_side():
    landscape, portrait = Intrinsics.from_fov(90, (1920, 1080)), Intrinsics.from_fov(90, (1080, 1920))
    assert landscape.focal_px == pytest.approx(960) == portrait.focal_px
    assert landscape.estimated and not Intrinsics.from_fov(60, (64, 64), estimated=False).estimated


@pytest.mark.parametrize("focal", [0, -5, math.nan, math.inf])
def test_a_focal_length_that_cannot_be_is_refused(focal):
    with pytest.raises(UaoError, match="focal length"):
        Intrinsics.from_focal(focal, (640, 480))


def test_virtual_view_centres_the_pelvis_and_scales_to_one(scene):
    rays = scene.intrinsics.rays(torch.from_numpy(scene.joints_px[:, :, :2]))
    view = virtual_view(rays, torch.ones(30, 23))
    assert view.points[:, 0].abs().max() < 1e-5
    assert torch.allclose(view.points[:, :17].square().sum(2).mean(1), torch.ones(30), atol=1e-4)
    assert torch.allclose(view.rotation @ view.rotation.transpose(1, 2), torch.eye(3).expand(30, 3, 3), atol=1e-5)


def test_virtual_view_is_the_same_wherever_the_camera_looks(scene):
    """Turning the real camera about its centre changes neither the lifter's input nor, turned back, its output."""
    angle = torch.tensor(0.3)
    turn = torch.tensor([[angle.cos(), 0, angle.sin()], [0, 1, 0], [-angle.sin(), 0, angle.cos()]])
    ones = torch.ones(30, 23)
    here = virtual_view(project(scene.truth_m), ones)
    there = virtual_view(project(scene.truth_m @ turn.T), ones)
    # the smallest rotation to the axis leaves a little roll between the two views, so compare what roll keeps
    assert torch.allclose(here.points.norm(dim=2), there.points.norm(dim=2), atol=1e-4)


def test_to_camera_undoes_to_virtual(scene):
    view = virtual_view(project(scene.truth_m), torch.ones(30, 23))
    relative = scene.truth_m - scene.truth_m[:, :1]
    assert torch.allclose(view.to_camera(view.to_virtual(relative)), relative, atol=1e-5)


def test_virtual_view_ignores_joints_without_confidence(scene):
    rays = project(scene.truth_m)
    confidence = torch.ones(30, 23)
    confidence[:, 13] = 0
    wild = rays.clone()
    wild[:, 13] = 50.0
    assert torch.equal(virtual_view(wild, confidence).points, virtual_view(rays, confidence).points)


def test_virtual_view_of_nothing_is_finite():
    view = virtual_view(torch.randn(2, 23, 2), torch.zeros(2, 23))
    assert view.points.isfinite().all() and view.scale.isfinite().all() and view.points.abs().max() == 0
