"""Rooms before tilted cameras: what the upright edges in a picture tell of the vertical."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from app.edges import EdgeFinder
from tests.conftest import STANDING_M
from tests.test_ground import CAMERA_M, circle, off_deg, results, tilted, up_of, walked
from uao_core.camera import Intrinsics
from uao_core.ground import GroundEstimator, find_ground
from uao_core.packets import FrameResult
from uao_core.skeleton import (
    LEFT_ANKLE,
    LEFT_ELBOW,
    LEFT_HAND,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_TOES,
    LEFT_WRIST,
    PELVIS,
    RIGHT_ANKLE,
    RIGHT_ELBOW,
    RIGHT_HAND,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_TOES,
    RIGHT_WRIST,
)
from uao_core.take import part
from uao_core.uprights import Uprights

CAMERA = Intrinsics.from_focal(700.0, (1280, 720))
TILTS = [(0, 0), (12, -3), (-14, 2), (24, 0)]


def seen(starts, ends, turn, noise_px=0.0, seed=0):
    """(N, 4) px of edges between points (N, 3) in level axes, as far as both ends are in the picture."""
    out = []
    for points in (starts, ends):
        camera = points @ turn.T
        out.append(camera[:, :2] / camera[:, 2:] * CAMERA.focal_px + CAMERA.principal_point_px)
    edges = np.concatenate(out, axis=1)
    edges += noise_px * np.random.default_rng(seed).standard_normal(edges.shape)
    inside = ((edges > 0) & (edges < [1280, 720, 1280, 720])).all(axis=1) & ((starts @ turn.T)[:, 2] > 0.3)
    return edges[inside].astype(np.float32)


def posts(turn, count=200, lean_sd_deg=0.5, seed=1):
    """Door frames and shelves: between the floor and two metres, up to a degree or so off."""
    rng = np.random.default_rng(seed)
    x, z = rng.uniform(-4, 4, count), rng.uniform(3, 8, count)
    low, high = rng.uniform(-0.3, 1.2, count), rng.uniform(0.3, 1.5, count)
    aside = np.tan(np.radians(lean_sd_deg)) * rng.standard_normal((count, 2)) * high[:, None]
    start = np.stack([x, low, z], axis=1)
    return seen(start, start + np.stack([aside[:, 0], -high, aside[:, 1]], axis=1), turn, noise_px=0.5)


def boards(turn, count=60):
    """Boards of a floor that run away from the camera, which go upwards in its picture too."""
    x = np.linspace(-3, 3, count)
    floor = np.full(count, CAMERA_M)
    return seen(np.stack([x, floor, np.full(count, 2.5)], axis=1), np.stack([x, floor, np.full(count, 7.0)], axis=1), turn)


def leaves(turn, count=60, seed=2):
    """Edges every which way about the vertical."""
    rng = np.random.default_rng(seed)
    start = np.stack([rng.uniform(-3, 3, count), rng.uniform(-1, 1, count), rng.uniform(3, 6, count)], axis=1)
    way = np.array([0, -1.0, 0]) + rng.uniform(-0.8, 0.8, (count, 3))
    return seen(start, start + 0.7 * way, turn)


def with_edges(frames, edges):
    return [replace(frames[0], keypoints=replace(frames[0].keypoints, edges_px=edges)), *frames[1:]]


def standing_results(turn):
    """Somebody who stands on one spot, lifted with a lean that is none: body and feet alone are 5 degrees off."""
    lean = tilted(5, 0)
    joints = np.repeat(walked(circle(1)), 90, axis=0)
    feet = joints[0, [3, 6]].mean(axis=0)
    return results((joints - feet) @ lean.T + feet, turn, sigma_mm=60.0)


@pytest.mark.parametrize(("down", "right"), TILTS)
def test_posts_tell_the_vertical_better_than_a_body_that_leans(down, right):
    turn = tilted(down, right)
    frames = with_edges(standing_results(turn), posts(turn))
    without, with_posts = find_ground(frames), find_ground(frames, CAMERA)
    assert off_deg(without, turn) > 2.5 and off_deg(with_posts, turn) < 1.6
    assert with_posts.from_edges > 0.5 > without.from_edges == 0 and with_posts.up_sd_deg < without.up_sd_deg


def test_boards_of_the_floor_and_leaves_lead_nobody_astray():
    turn = tilted(20, 1)
    frames = standing_results(turn)
    before = off_deg(find_ground(frames), turn)
    assert len(boards(turn)) > 20 and len(leaves(turn)) > 20
    assert off_deg(find_ground(with_edges(frames, boards(turn)), CAMERA), turn) < before + 1
    assert off_deg(find_ground(with_edges(frames, leaves(turn)), CAMERA), turn) < before + 1.5
    mixed = np.concatenate([boards(turn), posts(turn)[:25]])
    assert off_deg(find_ground(with_edges(frames, mixed), CAMERA), turn) < 2.5


def test_one_edge_tells_little_and_many_of_one_bundle_little_more():
    turn = tilted(0, 0)
    edges, bundle = Uprights(CAMERA), Uprights(CAMERA)
    edge = posts(turn)[:1]
    edges.add(edge)
    bundle.add(np.repeat(edge, 1000, axis=0))
    once, often = (np.linalg.eigvalsh(each.moments(up_of(turn), 0.03))[-1] for each in (edges, bundle))
    assert 0 < once < often < np.radians(1.0) ** -2, "edges share an error that their number does not lessen"


def test_what_hangs_askew_hangs_askew_in_every_picture():
    """Of a camera that stands still all pictures show the same edges: more pictures are no more witnesses."""
    turn = tilted(6, 0)
    lean = 0.7 * np.array([np.sin(np.radians(4)), -np.cos(np.radians(4)), 0])
    start = np.array([[1.0, -0.2, 4], [1.5, -0.2, 4]])
    frames = results(walked(circle()), turn, noise_m=0.01)
    for count in (1, 16):
        noisy = [seen(start, start + lean, turn, noise_px=0.5, seed=i) for i in range(count)]
        shown = [each for i, edges in enumerate(noisy) for each in with_edges(frames[10 * i : 10 * i + 10], edges)]
        ground = find_ground([*shown, *frames[10 * count :]], CAMERA)
        assert off_deg(ground, turn) < 0.8 and ground.from_edges < 0.1


def test_without_feet_edges_tell_the_direction_and_nobody_the_floor():
    turn = tilted(-15, 2)
    unseen = np.ones(23, np.float32)
    unseen[[2, 3, 5, 6, 17, 18]] = 0
    frames = results(walked(circle()), turn, confidence=unseen)
    assert find_ground(frames, CAMERA) is None
    ground = find_ground(with_edges(frames, posts(turn)), CAMERA)
    assert off_deg(ground, turn) < 2.5 and ground.offset_m is None and ground.from_edges > 0.8
    assert np.allclose(ground.to_world(np.zeros(3)), 0), "the camera is the origin"


@pytest.mark.parametrize("lean_deg", [6, 10, 15])
def test_without_feet_posts_outvote_a_screen_that_leans(lean_deg):
    """Nothing but a camera that is about level is known at first, so that at first all edges count."""
    turn = tilted(8, 0)
    unseen = np.ones(23, np.float32)
    unseen[[2, 3, 5, 6, 17, 18]] = 0
    lean = 0.5 * np.array([np.sin(np.radians(lean_deg)), -np.cos(np.radians(lean_deg)), 0])
    start = np.array([[0.5, 0.2, 2], [0.9, 0.2, 2]])
    edges = np.concatenate([seen(start, start + lean, turn), posts(turn)[:8]])
    ground = find_ground(with_edges(results(walked(circle()), turn, confidence=unseen), edges), CAMERA)
    assert off_deg(ground, turn) < 1.5


def test_a_stream_finds_what_a_take_finds():
    turn = tilted(12, -3)
    frames = with_edges(standing_results(turn), posts(turn))
    estimator = GroundEstimator(CAMERA)
    for frame in frames:
        estimator.add(frame)
    assert off_deg(estimator.ground, turn) < 1.6 and estimator.ground.from_edges > 0.5


def test_a_camera_that_is_moved_is_followed():
    """Only the last pictures count, so that those from before it was moved are forgotten."""
    old, new = tilted(0, 0), tilted(20, 0)
    edges = Uprights(CAMERA)
    for turn in [old] * 30 + [new] * 16:
        edges.add(posts(turn))
    badness = [up_of(turn) @ edges.moments(up_of(new), np.radians(3)) @ up_of(turn) for turn in (old, new)]
    assert badness[1] < 5 < badness[0]


def test_degenerate_edges_tell_nothing():
    edges = Uprights(CAMERA)
    edges.add(np.zeros((0, 4), np.float32))
    assert not edges and not edges.moments(up_of(tilted(0, 0)), 0.03).any()
    edges.add(np.array([[10, 10, 10, 10], [1e6, -1e6, 1e6, -1e6]], np.float32))
    assert np.isfinite(edges.moments(up_of(tilted(0, 0)), 0.03)).all()
    nobody = Uprights(None)
    nobody.add(posts(tilted(0, 0)))
    assert not nobody


def drawn(turn):
    """A room with dark posts, (720, 1280, 3)."""
    picture = np.full((720, 1280, 3), 200, np.uint8)
    for x1, y1, x2, y2 in posts(turn, lean_sd_deg=0)[::4]:
        cv2.line(picture, (round(x1), round(y1)), (round(x2), round(y2)), (60, 40, 30), 7, cv2.LINE_AA)
    return picture


@pytest.mark.parametrize(("down", "right"), TILTS)
def test_edges_are_found_in_a_picture(down, right):
    turn = tilted(down, right)
    edges = EdgeFinder().look(drawn(turn), 0.0, [])
    assert 10 < len(edges) <= 64 and edges.dtype == np.float32
    assert off_deg(find_ground(with_edges(standing_results(turn), edges), CAMERA), turn) < 1.6


def test_what_lies_and_what_is_short_is_no_edge_that_goes_upwards():
    picture = np.full((720, 1280, 3), 200, np.uint8)
    lying, sloping, short, upright = ((100, 200, 500, 215), (100, 300, 500, 560), (700, 100, 700, 140), (900, 100, 905, 400))
    for x1, y1, x2, y2 in (lying, sloping, short, upright):
        cv2.line(picture, (x1, y1), (x2, y2), (30, 30, 30), 9, cv2.LINE_AA)
    edges = EdgeFinder().look(picture, 0.0, [])
    assert len(edges) and np.allclose(edges[:, [0, 2]], 902, atol=12)


def test_pictures_are_looked_at_ever_more_seldom():
    finder, picture = EdgeFinder(), drawn(tilted(0, 0))
    looked = [s for s in range(200) if finder.look(picture, float(s), []) is not None]
    assert looked[:6] == [0, 1, 3, 7, 15, 31] and np.diff(looked)[6:].max() == 30


def test_a_person_is_no_post_and_a_post_beside_one_is():
    picture = np.full((720, 1280, 3), 200, np.uint8)
    for x in (600, 640, 900):  # two edges of clothes, and a post under a stretched arm
        cv2.line(picture, (x, 260), (x + 8, 640), (30, 30, 30), 9, cv2.LINE_AA)
    joints = np.ones((23, 3), np.float32)
    joints[:, :2] = np.array([620, 400]) + 300 * STANDING_M[:, :2]
    joints[[LEFT_ELBOW, LEFT_WRIST, LEFT_HAND], :2] = [(800, 200), (950, 200), (1000, 200)]
    alone = EdgeFinder().look(picture, 0.0, [])
    beside = EdgeFinder().look(picture, 0.0, [joints])
    assert (alone[:, 0] < 700).any() and (alone[:, 0] > 700).any()
    assert len(beside) and (beside[:, 0] > 700).all()
    joints[:, 2] = 0
    assert np.array_equal(EdgeFinder().look(picture, 0.0, [joints]), alone), "who is not seen hides nothing"


@pytest.mark.parametrize("hips", [1.0, 0.0])
def test_the_flanks_of_a_coat_are_no_posts(hips):
    """Also at a desk, where nothing below the chest is seen."""
    joints = np.ones((23, 3), np.float32)
    joints[:, :2] = np.array([620, 400]) + 300 * STANDING_M[:, :2]
    arms = [LEFT_ELBOW, LEFT_WRIST, LEFT_HAND, RIGHT_ELBOW, RIGHT_WRIST, RIGHT_HAND]
    joints[arms, :2] = joints[np.repeat([LEFT_SHOULDER, RIGHT_SHOULDER], 3), :2] - [0, 60]  # raised: they cover no flank
    joints[[PELVIS, RIGHT_HIP, LEFT_HIP, RIGHT_KNEE, LEFT_KNEE, RIGHT_ANKLE, LEFT_ANKLE, RIGHT_TOES, LEFT_TOES], 2] = hips
    picture = np.full((720, 1280, 3), 200, np.uint8)
    low, high = joints[[RIGHT_HIP, LEFT_HIP], :2].mean(axis=0), joints[[RIGHT_SHOULDER, LEFT_SHOULDER], :2].mean(axis=0)
    wide = abs(joints[LEFT_SHOULDER, 0] - joints[RIGHT_SHOULDER, 0]) / 2
    for x in (high[0] - wide, high[0] + wide):
        cv2.line(picture, (round(x), round(high[1]) + 20), (round(x), round(low[1]) - 10), (30, 30, 30), 3, cv2.LINE_AA)
    assert len(EdgeFinder().look(picture, 0.0, [])) and not len(EdgeFinder().look(picture, 0.0, [joints]))


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (4320, 7680)])
def test_pictures_of_every_size_are_looked_at(size):
    edges = EdgeFinder().look(np.full((*size, 3), 90, np.uint8), 0.0, [])
    assert edges.shape == (0, 4)


def test_a_take_that_is_cut_keeps_what_the_room_told():
    turn = tilted(12, -3)
    frames = with_edges(standing_results(turn), posts(turn))
    for span in (range(20, 80), range(0, 5), range(89, 90)):
        kept = part(frames, span)
        assert [frame.index for frame in kept] == list(span) and kept[1:] == tuple(frames[span.start + 1 : span.stop])
        assert off_deg(find_ground(kept, CAMERA), turn) < 1.6
    dark = with_edges(frames[20:], np.zeros((0, 4), np.float32))
    assert part([*frames[:20], *dark], range(20, 80))[0].keypoints.edges_px is frames[0].keypoints.edges_px
    nobody_looked = standing_results(turn)
    assert part(nobody_looked, range(3, 9)) == tuple(nobody_looked[3:9])
    assert part(frames, range(0)) == part([], range(0)) == ()
    seldom = with_edges(frames[:40], posts(turn)) + with_edges(frames[40:], leaves(turn))
    assert part(seldom, range(30, 40))[0].keypoints.edges_px is seldom[40].keypoints.edges_px, "the nearest"


def test_frames_without_edges_are_as_before():
    frames = standing_results(tilted(10, 0))
    assert all(isinstance(frame, FrameResult) and frame.keypoints.edges_px is None for frame in frames)
    assert np.array_equal(find_ground(frames).up, find_ground(frames, CAMERA).up)
