"""What is chosen to be seen, and the geometry of it: trail, camera, clouds, overlay; by their numbers."""

from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from app.capture import Frame, PixelFormat
from app.colours import ColourMap, Scale
from app.display import Display
from app.follow import Follower
from app.frustum import PLANE_M, CameraPicture
from app.glow import add_glow
from app.moment import Moment, Past, view_of
from app.options import parse_options
from app.orbit import Orbit
from app.painting import clipped, paint_overlay, projected_px
from app.picking import nearest_joint
from app.scene import to_world
from app.trail import TRAIL_S, trail_mesh, trail_of
from app.view import DARK, View
from app.viewport import Open3DRenderer
from tests.conftest import STANDING_M
from uao_core import skeleton as sk
from uao_core.camera import Intrinsics
from uao_core.packets import FrameResult, Keypoints, Pose

WIDTH, HEIGHT = 320, 180
LENS = Intrinsics.from_fov(60, (WIDTH, HEIGHT))


def pose(at=(0, 0, 3), sigma_mm=40.0):
    joints = (STANDING_M + np.array(at)).astype(np.float32)
    return Pose(joints, np.full(23, sigma_mm, np.float32), joints, 0.0, 0.0)


def frame(pixel_format=PixelFormat.RGB):
    return Frame(np.full((HEIGHT, WIDTH, 3), (200, 100, 50), np.uint8), pixel_format, 0, 0.0, 0.0)


def take(poses, fps=30):
    return [FrameResult(Keypoints(i, i / fps, None), p) for i, p in enumerate(poses)]


# What is chosen


def test_a_display_comes_back_from_its_words_and_the_trail_stays_behind():
    display = Display(ghost=True, trail_joint=3, frustum=True, keypoints=False, scale=Scale(ColourMap.CIVIDIS, 400))
    assert Display.from_words(display.as_words()) == replace(display, trail_joint=None)
    assert Display.from_words({}) == Display()
    damaged = {"ghost": "perhaps", "colours": "jet", "unsure_mm": "-3", "frustum": "yes"}
    assert Display.from_words(damaged) == Display(frustum=True)


def test_a_joint_is_pointed_at_twice_to_lose_its_trail():
    once = Display().toggled_trail(0)
    assert once.trail_joint == 0 and once.toggled_trail(5).trail_joint == 5 and once.toggled_trail(0).trail_joint is None


def test_the_command_line_says_what_is_drawn(capsys):
    assert parse_options([]).display is None
    wanted = parse_options(["--show", "ghost,camera", "--trail", "left_wrist", "--colours", "viridis", "--scale", "100"])
    assert wanted.display == Display(True, sk.LEFT_WRIST, True, False, False, Scale(ColourMap.VIRIDIS, 100))
    assert parse_options(["--colours", "cividis"]).display == Display(scale=Scale(ColourMap.CIVIDIS))
    with pytest.raises(SystemExit):
        parse_options(["--show", "ghosts"])
    assert "'ghosts' is none of" in capsys.readouterr().err


# The past


def test_a_live_stream_keeps_its_own_past_and_forgets_another_streams():
    past, results = Past(), take([pose()] * 500)
    for result in results:
        kept = past.up_to(result, [])
    assert kept[-1] is results[-1] and len(kept) < 400
    assert list(past.up_to(results[0], [])) == [results[0]]
    assert past.up_to(results[7], results) == results[:8] and past.up_to(None, results) == ()


def test_a_trail_ends_now_and_begins_a_second_and_a_half_ago():
    results = take([pose(at=(0.02 * i, 0, 3), sigma_mm=30 + i) for i in range(90)])
    trail = trail_of(results[:80], sk.NOSE)
    assert len(trail.points_m) == round(30 * TRAIL_S) + 1 and trail.joined.all()
    assert np.allclose(trail.points_m[-1], results[79].pose.joints_m[sk.NOSE]) and trail.sigma_mm[-1] == 109
    assert trail.age[-1] == 0 and trail.age[0] == pytest.approx(1, abs=0.01) and (np.diff(trail.age) < 0).all()
    assert trail_of(results[:1], sk.NOSE) is None and trail_of([], sk.NOSE) is None


def test_a_trail_is_broken_where_nobody_was_and_where_nobody_can_have_gone():
    poses = [pose() for _ in range(30)]
    poses[10] = None
    for i in range(20, 30):
        poses[i] = pose(at=(4, 0, 3))
    trail = trail_of(take(poses), sk.NOSE)
    assert np.flatnonzero(~trail.joined).tolist() == [9, 18], "after the gap there is a row less"
    assert trail_of(take([None, pose(), None]), sk.NOSE) is None


def test_the_trails_ribbon_faces_the_viewer_narrows_and_fades():
    trail = trail_of(take([pose(at=(0.03 * i, 0, 3), sigma_mm=200) for i in range(46)]), sk.NOSE)
    eye = np.array([0.5, 0.6, 0.5])
    mesh = trail_mesh(trail, eye, Scale(), DARK.background)
    left, right = mesh.vertices[::2], mesh.vertices[1::2]
    assert np.allclose((left + right) / 2, to_world(trail.points_m), atol=1e-6)
    width = np.linalg.norm(right - left, axis=1)
    assert width[-1] > 4 * width[0] > 0
    towards = eye - (left + right) / 2
    assert np.abs((towards * (right - left)).sum(axis=1)).max() < 1e-3 * np.linalg.norm(towards, axis=1).max()
    assert np.allclose(mesh.colours[0], DARK.background, atol=0.02) and mesh.colours[-1].max() > 0.9
    assert len(mesh.triangles) == 2 * 45 and mesh.triangles.max() == len(mesh.vertices) - 1
    still = trail_mesh(trail_of(take([pose()] * 9), sk.NOSE), eye, Scale(), DARK.background)
    assert np.isfinite(still.vertices).all()


# The camera


def test_the_picture_stands_where_the_lens_says():
    camera = CameraPicture(frame(), LENS)
    corners = camera.corners()
    half = PLANE_M * np.tan(np.radians(30))
    assert np.allclose(corners[0], [-half, half * HEIGHT / WIDTH, -PLANE_M], atol=1e-5), "upper left, before the camera"
    assert np.allclose(corners[2], -corners[0] * [1, 1, -1], atol=1e-5)
    lines = camera.lines((1, 1, 1))
    assert np.allclose(lines.points[0], 0) and lines.points[5:, 1].max() > corners[:, 1].max(), "the roof is above"


@pytest.mark.parametrize("pixel_format", PixelFormat)
def test_a_texture_is_small_and_rgb(pixel_format):
    large = Frame(np.full((720, 1280, 3), (200, 100, 50), np.uint8), pixel_format, 0, 0.0, 0.0)
    texture = CameraPicture(large, LENS).texture()
    assert texture.shape == (180, 320, 3)
    assert texture[0, 0].tolist() == ([200, 100, 50] if pixel_format is PixelFormat.RGB else [50, 100, 200])


@pytest.mark.parametrize("at", [(0, 0, 2), (1.5, 0.3, 4), (-2, -0.4, 9)])
def test_person_and_camera_are_both_seen_from_beside(at):
    follower = Follower()
    follower.follow(pose(at), 0.0)
    moment = Moment(frame(), take([pose(at)])[0], (), LENS)
    for size in ((640, 480), (300, 500)):
        view = view_of(moment, Display(frustum=True), follower, size, DARK)
        pixels, depth = view.project(np.concatenate([to_world(moment.pose.joints_m), moment.camera.corners()]))
        assert (depth > 0).all() and (pixels > 0).all() and (pixels < size).all()
    assert view_of(moment, Display(), follower, (9, 9), DARK).orbit == Orbit()
    own = Orbit(azimuth=2.0)
    assert view_of(moment, Display(frustum=True), follower, (9, 9), DARK, own).orbit == own


def test_the_view_follows_slowly_and_leaps_where_nobody_watched():
    follower = Follower()
    follower.follow(pose((0, 0, 3)), 0.0)
    assert follower.centre_m == pytest.approx((0, -0.92, -3))
    follower.follow(None, 0.01)
    follower.follow(pose((1, 0, 3)), 0.03)
    assert 0 < follower.centre_m[0] < 0.2
    follower.follow(pose((1, 0, 3)), 5.0)
    assert follower.centre_m[0] == 1, "a seek"
    follower.follow(pose((0, 0, 3)), 4.9)
    assert follower.centre_m[0] == 0, "backwards too"
    follower.follow(pose((3, 0.5, 3)), 4.91)
    assert follower.centre_m == pytest.approx((3, -1.42, -3)), "somebody else"


# Clouds and picking


def glowing(sigma_mm, joint=sk.RIGHT_WRIST):
    unsure = pose()
    unsure.sigma_mm[joint] = sigma_mm
    view = View(Orbit(), (320, 240), (0.0, -0.92, -3.0), unsure)
    picture = np.zeros((240, 320, 3), np.uint8)
    add_glow(picture, view)
    return view, picture


def test_a_cloud_is_as_large_as_the_expected_error():
    _, none = glowing(40)
    assert not none.any()
    view, picture = glowing(200)
    wrist = to_world(view.pose.joints_m[sk.RIGHT_WRIST])
    right = view.extrinsic[0, :3].astype(np.float32)
    (centre, edge), _ = view.project(np.stack([wrist, wrist + 0.2 * right]))
    rows, columns = picture.any(axis=2).nonzero()
    assert abs(np.ptp(columns) / 2 - (edge - centre)[0]) < 2 and abs(columns.mean() - centre[0]) < 1.5
    assert glowing(np.nan)[1].any() and glowing(400)[1].any(axis=2).sum() > 3 * len(rows)


def test_clouds_beside_the_picture_and_behind_the_viewer_do_no_harm():
    far = pose(at=(0.4, 0, 3), sigma_mm=300)
    picture = np.zeros((48, 64, 3), np.uint8)
    for orbit in (Orbit(distance_m=0.8), Orbit(target_m=(9.0, 9.0, 0.0)), Orbit(target_m=(0.0, 0.9, -4.0))):
        add_glow(picture, View(orbit, (64, 48), (0.0, -0.92, -3.0), far))


def test_the_nearest_joint_is_picked():
    view = View(Orbit(), (640, 480), (0.0, -0.92, -3.0), pose())
    (x, y), _ = (part[0] for part in view.project(to_world(view.pose.joints_m[[sk.LEFT_KNEE]])))
    assert nearest_joint(view, x + 4, y - 3, 18) == sk.LEFT_KNEE
    assert nearest_joint(view, 3, 3, 18) is None
    assert nearest_joint(replace(view, pose=None), x, y, 18) is None


# Over the video


def painted(display, joints_px, shown=None, highlighted=None):
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(0)
    result = FrameResult(Keypoints(0, 0.0, joints_px), shown or pose())
    painter = QPainter(image)
    moment = Moment(frame(), result, (result,), LENS)
    paint_overlay(painter, QRectF(0, 0, WIDTH, HEIGHT), moment, display, highlighted)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(HEIGHT, WIDTH, 4)[:, :, :3].astype(int)


def coloured(picture):
    return np.ptp(picture, axis=2) > 60


def keypoints(shift_px=0.0):
    points = projected_px(pose(), LENS) + np.float32([shift_px, 0])
    return np.concatenate([points, np.ones((23, 1), np.float32)], axis=1)


def test_projected_joints_lie_where_the_keypoints_of_a_perfect_detector_lie(qapp):
    projected = painted(Display(projected=True, keypoints=False), keypoints(60))
    alone = painted(Display(), keypoints(0))
    assert coloured(projected).any() and (coloured(projected) == coloured(alone)).mean() > 0.999
    assert not painted(Display(keypoints=False), keypoints()).any()


def test_with_both_the_keypoints_are_hollow_and_tied_to_their_joints(qapp):
    projected = painted(Display(projected=True, keypoints=False), keypoints(40))
    both = painted(Display(projected=True), keypoints(40))
    assert (coloured(both) & ~coloured(projected)).sum() < 20, "they have no colour"
    white = both.min(axis=2) > 150
    wrist = projected_px(pose(), LENS)[sk.LEFT_WRIST]
    row = slice(int(wrist[1]) - 2, int(wrist[1]) + 3)
    tie = white[row, int(wrist[0]) + 8 : int(wrist[0]) + 34]
    assert tie.any(axis=0).mean() > 0.8, "the error of reprojection is a line"


@pytest.mark.parametrize("far", [1e9, -1e9, np.nan, np.inf])
def test_joints_far_off_the_image_do_not_break_the_painting(qapp, far):
    joints = keypoints()
    joints[[sk.LEFT_WRIST, sk.RIGHT_ANKLE], 0] = far
    joints[sk.LEFT_WRIST, 2] = 0.1  # dotted: a million dots would take minutes
    wild = pose()
    wild.joints_m[sk.RIGHT_WRIST] = [far, 0, 3]
    wild.joints_m[sk.LEFT_ELBOW, 2] = -1.0
    wild.joints_m[sk.LEFT_HAND, 2] = 0.0501
    for display in (Display(), Display(projected=True), Display(projected=True, keypoints=False)):
        assert coloured(painted(display, joints, wild, sk.LEFT_ELBOW)).any()
    assert coloured(painted(Display(projected=True), None)).any()


def test_lines_are_clipped_to_a_box():
    box = QRectF(0, 0, 10, 10)
    inside = clipped(QPointF(1, 1), QPointF(9, 9), box)
    assert (inside.p1(), inside.p2()) == (QPointF(1, 1), QPointF(9, 9))
    through = clipped(QPointF(-1e6, 5), QPointF(1e6, 5), box)
    assert (through.x1(), through.x2(), through.y1()) == pytest.approx((0, 10, 5))
    assert clipped(QPointF(-5, 20), QPointF(30, 20), box) is None and clipped(QPointF(-9, 0), QPointF(0, 19), box) is None


def test_a_highlighted_joint_has_a_ring(qapp):
    plain, ringed = (painted(Display(), keypoints(), highlighted=joint) for joint in (None, sk.RIGHT_ANKLE))
    rows, columns = (plain != ringed).any(axis=2).nonzero()
    ankle = projected_px(pose(), LENS)[sk.RIGHT_ANKLE]
    assert abs(rows.mean() - ankle[1]) < 3 and abs(columns.mean() - ankle[0]) < 3


def test_the_camera_and_the_trail_come_and_go_in_one_renderer():
    results = take([pose(at=(0.01 * i, 0, 3)) for i in range(40)])
    moment = Moment(frame(), results[-1], results, LENS)
    with closing(Open3DRenderer(1.0)) as renderer:

        def draw(display):
            return renderer.render(
                view_of(
                    moment,
                    display,
                    SimpleNamespace(centre_m=(0.3, -0.92, -3.0), upright=np.eye(3)),
                    (320, 240),
                    DARK,
                    Orbit(azimuth=0.8, distance_m=6.0),
                )
            )

        plain, camera = draw(Display()), draw(Display(frustum=True))
        assert (np.abs(camera.astype(int) - (200, 100, 50)).max(axis=2) < 6).sum() > 200, "the frame's own colour"
        assert not np.array_equal(draw(Display(trail_joint=sk.NOSE)), plain)
        assert np.array_equal(draw(Display()), plain) and np.array_equal(draw(Display(frustum=True)), camera)
