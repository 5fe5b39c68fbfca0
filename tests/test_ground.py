"""The ground under bodies that are walked, jumped and sat before tilted cameras."""

import numpy as np
import pytest

from tests.conftest import STANDING_M
from uao_core.ground import GroundEstimator, find_ground, some_of
from uao_core.ground_evidence import EvidenceReader
from uao_core.packets import FrameResult, Keypoints, Pose
from uao_core.skeleton import (
    LEFT_ANKLE,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_TOES,
    NUM_H36M,
    RIGHT_ANKLE,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_TOES,
    THORAX,
)

SOLE_M = 0.92
"""Below the pelvis of the standing body."""
LEAN_DEG = 3.2
"""By how much the body is sheared forward: captured people's shoulders are 1.3 degrees before their feet, `STANDING_M`'s 1.9
behind."""
CAMERA_M = 1.4


def tilted(down_deg, right_deg):
    """(3, 3) from level axes to those of a camera that looks down, in whose picture uprights lean to the right."""
    a, b = np.radians([down_deg, right_deg])
    pitch = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    roll = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    return roll @ pitch


def up_of(turn):
    return turn @ [0.0, -1.0, 0.0]


def walked(places, hops=0.0):
    """(T, 23, 3) level axes: the body at places (T, 2), x and z, the feet lifted in turn; all of it `hops` (T,) higher."""
    body = np.repeat(STANDING_M[None].astype(float), len(places), axis=0)
    body[..., 2] += np.tan(np.radians(LEAN_DEG)) * body[..., 1]
    phase = 2 * np.pi * np.arange(len(places)) / 30
    for side, joints in ((1, (RIGHT_KNEE, RIGHT_ANKLE, RIGHT_TOES)), (-1, (LEFT_KNEE, LEFT_ANKLE, LEFT_TOES))):
        body[:, joints, 1] -= 0.15 * np.clip(side * np.sin(phase), 0, None)[:, None]
    body[:, :, 0] += places[:, :1]
    body[:, :, 2] += places[:, 1:]
    body[:, :, 1] += CAMERA_M - SOLE_M - np.broadcast_to(hops, len(places))[:, None]
    return body


def circle(frames=240):
    angle = 2 * np.pi * np.arange(frames) / 240
    return np.stack([1.2 * np.sin(angle), 4 + 1.2 * np.cos(angle)], axis=1)


def results(joints, turn=None, sigma_mm=20.0, noise_m=0.0, confidence=None, seed=0):
    seen = joints if turn is None else joints @ turn.T
    seen = seen + noise_m * np.random.default_rng(seed).standard_normal(seen.shape)
    frames = []
    for i, frame in enumerate(seen.astype(np.float32)):
        points = np.ones((23, 3), np.float32)
        if confidence is not None:
            points[:, 2] = confidence
        pose = Pose(frame, np.full(23, sigma_mm, np.float32), frame, 1.0, 1.0)
        frames.append(FrameResult(Keypoints(i, i / 30, points), pose))
    return frames


def off_deg(ground, turn):
    return np.degrees(np.arccos(np.clip(ground.up @ up_of(turn), -1, 1)))


@pytest.mark.parametrize(("down", "right"), [(0, 0), (25, 0), (-12, 4), (15, -10), (40, 5)])
def test_who_walks_about_tells_the_plane_whatever_the_camera(down, right):
    turn = tilted(down, right)
    ground = find_ground(results(walked(circle()), turn, noise_m=0.01))
    assert off_deg(ground, turn) < 2.0 and ground.from_feet > 0.5
    assert ground.camera_tilt_deg == pytest.approx(down, abs=2)
    assert ground.offset_m == pytest.approx(CAMERA_M, abs=0.1)
    assert ground.up_sd_deg < 4


@pytest.mark.parametrize("places", [circle(), np.tile([[0.0, 4.0]], (90, 1))])
def test_who_has_no_toes_has_a_ground(places):
    """Sources of 17 joints."""
    body, turn = walked(places), tilted(20, 0)
    whole = find_ground(results(body, turn))
    body[:, NUM_H36M:] = np.nan
    ground = find_ground(results(body, turn))
    assert off_deg(ground, turn) < 3 and abs(ground.offset_m - whole.offset_m) < 0.1


def test_the_world_stands_on_the_plane():
    turn = tilted(20, 6)
    frames = results(walked(circle()), turn)
    ground = find_ground(frames)
    assert np.allclose(ground.rotation @ ground.rotation.T, np.eye(3)) and np.linalg.det(ground.rotation) > 0.99
    world = ground.to_world(np.stack([frame.pose.joints_m for frame in frames]).astype(float))
    lowest = world[:, [LEFT_TOES, RIGHT_TOES], 1].min(axis=1)
    assert np.abs(lowest - 0.02).max() < 0.1, "toes are near the floor in every frame"
    assert world[:, 10, 1].min() > 1.4, "and heads are up"
    assert np.allclose(ground.to_world(np.zeros(3)), [0, ground.offset_m, 0]), "the camera is above the origin"
    level = find_ground(results(walked(circle())))
    assert level.rotation @ [0, 0, -1] == pytest.approx([0, 0, 1], abs=0.05), "z comes towards the camera"


def test_who_stands_still_gives_a_spot_and_the_rest_is_assumed():
    turn = tilted(9, 0)
    still = find_ground(results(np.repeat(walked(circle(1)), 90, axis=0), turn, sigma_mm=60.0))
    about = find_ground(results(walked(circle()), turn, sigma_mm=60.0))
    assert still.from_feet < 0.3 < about.from_feet
    assert off_deg(about, turn) < off_deg(still, turn) < 9, "better than a level camera all the same"
    assert still.up_sd_deg > 1.3 * about.up_sd_deg


def test_nothing_switches_between_still_and_walking():
    turn, ups = tilted(14, 3), []
    for reach in np.linspace(0, 1, 21):
        places = np.array([0.0, 4.0]) + reach * (circle() - [0.0, 4.0])
        ups.append(find_ground(results(walked(places), turn)).up)
    steps = np.degrees(np.linalg.norm(np.diff(ups, axis=0), axis=1))
    assert steps.max() < 1.5 and np.degrees(np.linalg.norm(ups[-1] - ups[0])) > steps.max() / 2


def test_a_walk_along_a_line_leaves_the_other_direction_to_body_and_camera():
    turn = tilted(18, 0)
    along = np.stack([np.zeros(240), 3 + 2 * np.sin(2 * np.pi * np.arange(240) / 240)], axis=1)
    ground = find_ground(results(walked(along), turn))
    assert ground.camera_tilt_deg == pytest.approx(18, abs=2.5), "the line tells the tilt"
    assert abs(np.degrees(np.arcsin(ground.up[0]))) < 2, "and the camera is taken for level across it"


def test_jumps_do_not_lift_the_floor():
    turn = tilted(12, 0)
    hops = 0.35 * np.clip(np.sin(2 * np.pi * np.arange(240) / 40), 0, None)
    ground = find_ground(results(walked(circle(), hops), turn))
    assert off_deg(ground, turn) < 2.5 and ground.offset_m == pytest.approx(CAMERA_M, abs=0.08)


def test_feet_that_are_not_seen_say_nothing():
    unseen = np.ones(23, np.float32)
    unseen[[LEFT_ANKLE, RIGHT_ANKLE, LEFT_TOES, RIGHT_TOES]] = 0.1
    assert find_ground(results(walked(circle()), confidence=unseen)) is None
    assert find_ground([]) is None
    assert find_ground([FrameResult(Keypoints(0, 0.0, None), None)]) is None


def test_somebody_who_lies_is_not_taken_for_upright():
    turn = tilted(0, 0)
    body = walked(np.repeat(circle(1), 90, axis=0))
    middle = body[:, :1].copy()
    lying = (body - middle)[..., [1, 0, 2]] * [1, -1, 1] + middle + [0, SOLE_M - 0.15, 0]
    ground = find_ground(results(lying, turn))
    assert ground is None or off_deg(ground, turn) < 20


def test_one_frame_is_enough_for_a_guess_and_nan_for_nothing():
    one = find_ground(results(walked(circle(1))))
    assert one.from_feet < 0.3 and one.offset_m == pytest.approx(CAMERA_M, abs=0.15)
    frames = results(walked(circle(60)))
    broken = results(np.full((20, 23, 3), np.nan))
    with_broken, without = find_ground([*frames, *broken]), find_ground(frames)
    assert np.allclose(with_broken.up, without.up) and np.isfinite(with_broken.up).all()


def test_a_wrong_size_changes_the_height_and_not_the_direction():
    turn = tilted(15, 0)
    joints = walked(circle())
    small, large = (find_ground(results(size * joints, turn)) for size in (0.85, 1.15))
    assert np.degrees(np.linalg.norm(small.up - large.up)) < 1.5
    assert large.offset_m / small.offset_m == pytest.approx(1.15 / 0.85, rel=0.06)


def test_a_stream_comes_to_the_same_plane():
    turn = tilted(17, -5)
    frames = results(walked(circle()), turn, noise_m=0.01)
    estimator = GroundEstimator()
    assert estimator.ground is None
    found_anew = sum(estimator.add(frame) for frame in frames)
    assert found_anew == pytest.approx((frames[-1].time_s - frames[0].time_s) / estimator.pause_s, rel=0.2)
    now = estimator.ground
    whole = find_ground(frames)
    assert off_deg(now, turn) < 3 and np.degrees(np.linalg.norm(now.up - whole.up)) < 2
    assert now.offset_m == pytest.approx(whole.offset_m, abs=0.05)


def test_a_stream_bears_gaps_and_empty_frames():
    estimator = GroundEstimator()
    for i, frame in enumerate(results(walked(circle(120)))):
        estimator.add(frame if i % 3 else FrameResult(Keypoints(i, i / 30, None), None))
    assert estimator.ground.offset_m == pytest.approx(CAMERA_M, abs=0.1)


@pytest.mark.parametrize("turn_deg", [0, 90, 180, 270])
def test_who_stands_leans_forward_a_little_whichever_way_they_face(turn_deg):
    c, s = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    body = walked(circle(1))
    middle = body[:, :1] * (1, 0, 1)
    turned = (body - middle) @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) + middle
    joints = turned[0]
    left = joints[[LEFT_HIP, LEFT_SHOULDER]].mean(axis=0) - joints[[RIGHT_HIP, RIGHT_SHOULDER]].mean(axis=0)
    feet = joints[[LEFT_ANKLE, RIGHT_ANKLE, LEFT_TOES, RIGHT_TOES]].mean(axis=0)
    axis = (joints[THORAX] - feet) / np.linalg.norm(joints[THORAX] - feet)
    said = EvidenceReader().read(results(turned)[0]).axis
    assert np.degrees(np.arccos(said @ axis)) == pytest.approx(1.3, abs=0.01)
    assert (axis - said) @ np.cross(left, axis) > 0, "up is said to be behind the body's own axis"


def test_a_long_take_is_asked_in_runs_and_a_short_one_whole():
    assert list(some_of([1, 2, 3])) == [1, 2, 3] and list(some_of([])) == [] and len(list(some_of(range(5000)))) == 5000
    some = np.array(list(some_of(range(60_000))))
    assert len(some) == 5000 and some[0] == 0 and some[-1] == 59_999 and (np.diff(some) > 1).sum() == 19


def test_a_body_without_width_says_up_as_it_stands():
    joints = STANDING_M.astype(float) + [0, 0, 4]
    joints[[LEFT_HIP, RIGHT_HIP, LEFT_SHOULDER, RIGHT_SHOULDER], 0] = 0.0
    said = EvidenceReader().read(results(joints[None])[0])
    assert np.isfinite(said.axis).all() and np.linalg.norm(said.axis) == pytest.approx(1)


@pytest.mark.parametrize("tilt", [-20.0, 0.0, 35.0])
def test_a_given_tilt_is_taken_and_feet_tell_the_height_alone(tilt):
    frames = results(np.repeat(walked(circle(1)), 60, axis=0), tilted(tilt, 0), sigma_mm=60.0)
    ground = find_ground(frames, camera_tilt_deg=tilt)
    assert ground.camera_tilt_deg == pytest.approx(tilt) and ground.up[0] == 0 and ground.up_sd_deg == 0
    assert ground.offset_m == pytest.approx(CAMERA_M, abs=0.03)
    nobody = find_ground([], camera_tilt_deg=tilt)
    assert nobody.camera_tilt_deg == pytest.approx(tilt) and nobody.offset_m is None
