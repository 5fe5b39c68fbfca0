"""The 3D view against a picture that was looked at, of everything that it can draw.

Where the look is meant to change, make the picture anew, look at it, and commit it:

    python -m tests.test_golden
"""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from app.capture import Frame, PixelFormat
from app.colours import ColourMap
from app.display import Display
from app.moment import Moment, view_of
from app.orbit import Orbit
from app.view import DARK, LIGHT
from app.viewport import Open3DRenderer
from tests.conftest import STANDING_M
from uao_core import skeleton as sk
from uao_core.camera import Intrinsics
from uao_core.packets import FrameResult, Keypoints, Pose

GOLDEN = Path(__file__).parent / "golden" / "view.png"
MOST_MEAN, MOST_TILE = 1.5, 14.0
"""Of 255: the mean difference, and that of the worst tile when both pictures are blurred. Other versions of OpenGL set
other pixels along edges, which blurring evens out; a limb that is gone fills a tile."""
TILE_PX = 10
THERE = SimpleNamespace(centre_m=(0.1, -1.03, -1.9), upright=np.eye(3))
ORBIT = Orbit(target_m=(-0.1, 0.95, 0.9), azimuth=0.8, elevation=0.2, distance_m=3.7)


def pose(phase):
    """Waves the right arm; the farther on, the less sure."""
    joints = (STANDING_M + np.array([0.1, 0.1, 1.9])).astype(np.float32)
    joints[[sk.RIGHT_WRIST, sk.RIGHT_HAND]] += np.float32([0.3 * np.cos(5 * phase) - 0.2, 0.25 * np.sin(5 * phase), 0])
    sigma_mm = np.full(23, 40, np.float32)
    sigma_mm[[sk.RIGHT_ELBOW, sk.RIGHT_WRIST, sk.RIGHT_HAND]] = 70, 60 + 90 * phase, 60 + 100 * phase
    sigma_mm[sk.LEFT_KNEE] = 100
    return Pose(joints, sigma_mm, joints + np.float32([0.13, -0.02, 0.1]), 0.0, 0.0)


def card():
    """A frame with four corners of its own colours."""
    pixels = np.full((90, 160, 3), 70, np.uint8)
    pixels[:45, :80], pixels[:45, 80:], pixels[45:, :80] = (210, 60, 50), (60, 170, 80), (60, 90, 200)
    return Frame(pixels, PixelFormat.RGB, 0, 0.0, 0.0)


def moment():
    past = [FrameResult(Keypoints(i, i / 30, None), pose(i / 30)) for i in range(40)]
    return Moment(card(), past[-1], past, Intrinsics.from_fov(60, (160, 90)))


def view(display=None, theme=DARK, shown=None):
    display = display or Display(ghost=True, trail_joint=sk.RIGHT_WRIST, frustum=True)
    return view_of(shown or moment(), display, THERE, (400, 300), theme, ORBIT)


def draw(wanted, supersampling=2.0):
    with closing(Open3DRenderer(supersampling)) as renderer:
        return renderer.render(wanted)


def differences(picture, other):
    """Mean absolute difference, and the largest mean of a tile of the blurred pictures."""
    difference = np.abs(picture.astype(np.float32) - other)
    blurred = cv2.absdiff(*(cv2.GaussianBlur(p.astype(np.float32), (0, 0), 1.5) for p in (picture, other)))
    height, width = blurred.shape[0] // TILE_PX, blurred.shape[1] // TILE_PX
    tiles = blurred[: height * TILE_PX, : width * TILE_PX].reshape(height, TILE_PX, width, TILE_PX, 3).mean(axis=(1, 3))
    return float(difference.mean()), float(tiles.max())


def is_alike(picture, golden):
    mean, tile = differences(picture, golden)
    return mean <= MOST_MEAN and tile <= MOST_TILE


@pytest.fixture(scope="module")
def golden():
    return cv2.cvtColor(cv2.imread(str(GOLDEN)), cv2.COLOR_BGR2RGB)


@pytest.mark.parametrize("supersampling", [2.0, 1.5, 3.0])
def test_the_view_looks_as_it_did(golden, supersampling):
    """Also where edges are rasterized otherwise, as other versions of OpenGL do."""
    picture = draw(view(), supersampling)
    assert is_alike(picture, golden), differences(picture, golden)


def changed_pose(change):
    shown, joints = moment(), pose(39 / 30)
    return view(shown=replace(shown, result=FrameResult(shown.result.keypoints, change(joints))))


def without_forearm(p):
    joints = p.joints_m.copy()
    joints[[sk.LEFT_WRIST, sk.LEFT_HAND]] = joints[sk.LEFT_ELBOW]
    return replace(p, joints_m=joints)


def mirrored(p):
    joints = p.joints_m.copy()
    joints[:, 0] = 2 * joints[sk.PELVIS, 0] - joints[:, 0]
    return replace(p, joints_m=joints)


def other_sides(p):
    return replace(p, sigma_mm=p.sigma_mm[list(sk.MIRROR)])


def upside_down():
    shown = moment()
    return view(shown=replace(shown, frame=replace(shown.frame, pixels=shown.frame.pixels[::-1].copy())))


def bgr():
    shown = moment()
    return view(shown=replace(shown, frame=replace(shown.frame, pixel_format=PixelFormat.BGR)))


EVERYTHING = Display(ghost=True, trail_joint=sk.RIGHT_WRIST, frustum=True)
MUTATIONS = {
    "a missing forearm": lambda: changed_pose(without_forearm),
    "a mirrored body": lambda: changed_pose(mirrored),
    "colours of the other side": lambda: changed_pose(other_sides),
    "another colour map": lambda: view(replace(EVERYTHING, scale=replace(EVERYTHING.scale, map=ColourMap.VIRIDIS))),
    "another scale": lambda: view(replace(EVERYTHING, scale=replace(EVERYTHING.scale, unsure_mm=400))),
    "no ghost": lambda: view(replace(EVERYTHING, ghost=False)),
    "no trail": lambda: view(replace(EVERYTHING, trail_joint=None)),
    "no camera": lambda: view(replace(EVERYTHING, frustum=False)),
    "a frame upside down": upside_down,
    "a frame with red for blue": bgr,
    "the other theme": lambda: view(theme=LIGHT),
    "nobody": lambda: changed_pose(lambda _: None),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_what_is_wrong_is_seen(golden, mutation):
    picture = draw(MUTATIONS[mutation]())
    assert not is_alike(picture, golden), differences(picture, golden)


if __name__ == "__main__":
    cv2.imwrite(str(GOLDEN), cv2.cvtColor(draw(view()), cv2.COLOR_RGB2BGR))
    drawn = cv2.cvtColor(cv2.imread(str(GOLDEN)), cv2.COLOR_BGR2RGB)
    print(f"supersampling 1.5, 3: {differences(draw(view(), 1.5), drawn)}, {differences(draw(view(), 3.0), drawn)}")
    for name, make in MUTATIONS.items():
        print(f"{name}: {differences(draw(make()), drawn)}")
