"""The real renderer, by its pixels."""

import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from app.colours import Scale, sigma_colour
from app.follow import Follower
from app.orbit import Orbit
from app.scene import to_world
from app.view import DARK, LIGHT, View
from app.viewport import Open3DRenderer
from tests.conftest import STANDING_M
from uao_core import skeleton as sk
from uao_core.ground import Ground
from uao_core.packets import Pose

SIZE = (320, 240)


def standing(sigma_mm=40.0, at=(0.0, 0.0, 3.0)):
    joints = (STANDING_M + np.array(at)).astype(np.float32)
    return Pose(joints, np.full(23, sigma_mm, np.float32), joints, 0.0, 0.0)


@pytest.fixture
def renderer():
    with closing(Open3DRenderer()) as made:
        yield made


def is_body(picture):
    """Pixels far from background and grid, which are grey-blue."""
    channels = picture.astype(int)
    return channels.max(axis=2) - channels.min(axis=2) > 60


def view_of(pose, orbit=None, size=SIZE, **others):
    """As it is when the person has just come."""
    follower = Follower()
    follower.follow(pose, 0.0)
    return View(orbit or Orbit(), size, follower.centre_m, pose=pose, **others)


def pixel_of(view, joint):
    return view.project(to_world(view.pose.joints_m[joint])[None])[0][0].round().astype(int)


def test_the_skeleton_stands_where_its_projection_lies(renderer):
    view = view_of(standing())
    picture = renderer.render(view)
    assert picture.shape == (240, 320, 3) and picture.dtype == np.uint8
    assert np.abs(picture[2, 2] - 255 * np.array(DARK.background)).max() < 4
    for joint in (sk.PELVIS, sk.LEFT_KNEE, sk.RIGHT_ANKLE, sk.RIGHT_ELBOW, sk.LEFT_SHOULDER):
        x, y = pixel_of(view, joint)
        assert is_body(picture)[y - 1 : y + 2, x - 1 : x + 2].all(), sk.JOINT_NAMES[joint]
    assert 0.01 < is_body(picture).mean() < 0.2


def test_the_pose_before_the_optimization_is_a_ghost(renderer):
    pose = standing()
    aside = replace(pose, lifted_m=pose.joints_m + np.array([0.7, 0, 0], np.float32))
    alone = renderer.render(view_of(pose))
    assert np.array_equal(renderer.render(view_of(aside)), alone), "only where it is asked for"
    both = renderer.render(view_of(aside, ghost=True))
    changed = (np.abs(both.astype(int) - alone).max(axis=2) > 12).nonzero()
    middle = pixel_of(view_of(pose), sk.PELVIS)[0]
    assert len(changed[0]) > 40 and abs(changed[1].mean() - middle) > 10, "beside the body"
    assert is_body(both).sum() <= is_body(alone).sum(), "and it has no colour of uncertainty"
    assert np.array_equal(renderer.render(view_of(pose)), alone), "and it goes"


def test_one_unsure_wrist_has_the_legends_colour(renderer):
    calm, unsure = standing(30), standing(30)
    unsure.sigma_mm[sk.RIGHT_WRIST] = 200
    wanted = np.array(sigma_colour(200, Scale()))
    picture = renderer.render(view_of(unsure)).astype(int)
    x, y = pixel_of(view_of(unsure), sk.RIGHT_WRIST)
    wrist = picture[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3)
    assert np.abs(wrist - wanted).max(axis=1).min() < 30
    assert np.abs(renderer.render(view_of(calm)).astype(int) - wanted).max(axis=2).min() > 60


def test_pictures_repeat_follow_the_orbit_and_resize(renderer):
    pose = standing(at=(3.0, 0.0, 6.0))
    first = renderer.render(view_of(pose))
    assert np.array_equal(first, renderer.render(view_of(pose)))
    assert not np.array_equal(first, renderer.render(view_of(pose, Orbit().turned(0.5, 0))))
    assert renderer.render(view_of(pose, size=(201, 299))).shape == (299, 201, 3)
    assert np.array_equal(first, renderer.render(view_of(pose))), "and back"


def test_sizes_in_turn_keep_their_pictures(renderer):
    """Two share the thread as a window and a film do; a third one takes their room, and they come back."""
    views = [view_of(standing(), size=size) for size in ((160, 120), (120, 120), (90, 120))]
    pictures = [renderer.render(view) for view in views]
    assert all(is_body(picture).any() for picture in pictures)
    for order in ((0, 1, 0, 1), (2, 1, 2), (0, 2)):
        for i in order:
            assert np.array_equal(renderer.render(views[i]), pictures[i])


def test_every_picture_shows_the_newest_pose():
    first, second = standing(at=(0, 0, 3)), standing(at=(9, 0, 3))
    second.joints_m[sk.LEFT_WRIST] -= np.float32([0, 0.5, 0])
    with closing(Open3DRenderer()) as renderer:
        alone = renderer.render(view_of(second))
    with closing(Open3DRenderer()) as renderer:
        before = renderer.render(view_of(first))
        after = renderer.render(view_of(second))
    assert np.array_equal(after, alone) and not np.array_equal(after, before)


def test_nobody_leaves_the_empty_floor(renderer):
    assert is_body(renderer.render(view_of(standing()))).any()
    empty = renderer.render(view_of(None))
    assert not is_body(empty).any()
    assert empty.std() > 1, "the grid is still there"
    assert is_body(renderer.render(view_of(standing()))).any(), "and somebody can come back"


def test_the_background_is_the_themes():
    with closing(Open3DRenderer(supersampling=1.5)) as renderer:
        dark = renderer.render(view_of(standing()))
        picture = renderer.render(view_of(standing(), theme=LIGHT))
        assert np.array_equal(renderer.render(view_of(standing())), dark), "and it changes back"
    assert np.abs(picture[2, 2] - 255 * np.array(LIGHT.background)).max() < 4 and is_body(picture).any()


def test_the_environment_is_as_it_was(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":987")  # nothing is there, and nothing must look for it
    with closing(Open3DRenderer()) as renderer:
        assert is_body(renderer.render(view_of(standing()))).any()
    assert os.environ["DISPLAY"] == ":987"


@pytest.mark.skipif(sys.platform != "linux", reason="EGL is Linux's way")
def test_without_opengl_it_says_what_to_install():
    code = """
from app.orbit import Orbit
from app.view import View
from app.viewport import Open3DRenderer
from uao_core.errors import UaoError
try:
    Open3DRenderer().render(View(Orbit(), (64, 48)))
except UaoError as error:
    print(error)
"""
    environment = {**os.environ, "__EGL_VENDOR_LIBRARY_FILENAMES": os.devnull}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "libegl1" in done.stdout


def test_who_stands_before_a_tilted_camera_is_drawn_upright(renderer):
    """The camera looks down by 25 degrees from 1.8 m; with the ground known, head and feet are above each other."""
    tilt = np.radians(25)
    down = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    upright = standing().joints_m
    upright = upright + np.float32([0, 0.95 - upright[sk.RIGHT_ANKLE, 1] - 0.08 + 0.85, 0])
    pose = replace(standing(), joints_m=(upright @ down.T).astype(np.float32))
    ground = Ground(up=down @ np.array([0, -1.0, 0]), offset_m=1.8, up_sd_deg=1.0, from_feet=1.0)
    seen = []
    for known in (ground, None):
        follower = Follower()
        follower.follow(pose, 0.0, known)
        side = Orbit(azimuth=np.pi / 2, elevation=0.0)
        view = View(side, SIZE, follower.centre_m, pose=pose, upright=follower.upright)
        points = view.project(to_world(pose.joints_m))[0]
        x, y = points[sk.THORAX].round().astype(int)
        assert is_body(renderer.render(view))[y - 1 : y + 2, x - 1 : x + 2].all()
        seen.append(points)
    lean = [abs(np.subtract(*points[[sk.THORAX, sk.PELVIS], 0]) / np.ptp(points[:, 1])) for points in seen]
    assert lean[0] < 0.03 < 0.08 < lean[1]
    level = Follower()
    level.follow(pose, 0.0, ground)
    assert level.centre_m[1] == pytest.approx(-1.8)


@pytest.mark.parametrize("is_software", [True, False])
def test_where_software_draws_a_moving_view_is_quick_and_one_at_rest_smooth(is_software):
    view = view_of(standing())
    with closing(Open3DRenderer(1.5, adaptive=True)) as renderer, closing(Open3DRenderer()) as finest:
        renderer._read_back.know_renderer = lambda: setattr(renderer._read_back, "is_software", is_software)
        renderer.render(view)  # who draws is known with the first picture
        moving, at_rest = renderer.render(replace(view, moving=True)), renderer.render(view)
        assert len(renderer._stages) == (1 if is_software else 2)
        wanted = finest.render(view).astype(int)
    assert moving.shape == at_rest.shape == wanted.shape
    rough, smooth = (np.abs(picture - wanted).mean() for picture in (moving, at_rest))
    assert smooth < 0.8 and rough < 2
    if is_software:
        assert smooth < 0.8 * rough, "the mean of several pictures has smooth edges"
    else:
        assert np.array_equal(moving, at_rest)
