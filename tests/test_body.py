"""The body in its room: floor, gravity, contacts, gaps, names; driven with bodies whose motion is known."""

import math
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from tests.test_export import LEVEL, take_of
from tests.test_export_bvh import about, articulated, stroll
from uao_core import skeleton as sk
from uao_core.body import SEGMENTS, BodyOptions, FootLock, Gaps, Names, fit_body
from uao_core.body.proportions import measure
from uao_core.body.rotations import log
from uao_core.body.segments import FEET
from uao_core.errors import UaoError
from uao_core.export_json import write_json
from uao_core.import_json import read_take

NAMES = [segment.name for segment in SEGMENTS]


def steps_deg(body):
    turns = log(body.rotations[:-1].swapaxes(-1, -2) @ body.rotations[1:])
    return np.degrees(np.linalg.norm(turns, axis=-1))


def world_of(body):
    world = np.empty_like(body.rotations)
    for i, parent in enumerate(body.parents):
        world[:, i] = body.rotations[:, i] if parent < 0 else world[:, parent] @ body.rotations[:, i]
    return world


def tilted(take, degrees):
    """The same people before a camera that looks down."""
    turn = about("x", degrees)
    poses = [replace(f.pose, joints_m=(f.pose.joints_m @ turn.T).astype(np.float32)) for f in take.frames]
    return replace(take, frames=tuple(replace(f, pose=pose) for f, pose in zip(take.frames, poses, strict=True)))


def noisy(poses, mm, seed=0):
    rng = np.random.default_rng(seed)
    return [joints + rng.normal(0, mm / 1000, joints.shape) for joints in poses]


def standing(count, swing=0.0):
    """Somebody who stands and waves."""
    return [
        articulated(arm=(60 * math.sin(i / 6), -70), elbow=30, place=(swing * math.sin(i / 9), 0, -4)) for i in range(count)
    ]


def test_bones_never_stretch_and_joints_are_followed_in_spite_of_noise():
    poses = stroll(90)
    body = fit_body(take_of(noisy(poses, 15)), LEVEL)
    joints = body.joints()
    truth = np.array(poses) * (1, -1, -1)
    error = np.linalg.norm((joints - joints[:, :1]) - (truth - truth[:, :1]), axis=-1)
    raw = np.array(noisy(poses, 15)) * (1, -1, -1)
    assert np.median(error) < 0.8 * np.median(np.linalg.norm((raw - raw[:, :1]) - (truth - truth[:, :1]), axis=-1))
    for a, b in sk.BONES[:-2]:
        if (a, b) not in ((sk.THORAX, sk.NOSE), (sk.NOSE, sk.HEAD_TOP)):  # these span the neck's joint
            length = np.linalg.norm(joints[:, a] - joints[:, b], axis=1)
            if (a, b) not in ((sk.THORAX, sk.LEFT_SHOULDER), (sk.THORAX, sk.RIGHT_SHOULDER)):
                assert np.ptp(length) < 1e-6, (sk.JOINT_NAMES[a], sk.JOINT_NAMES[b])


def test_a_bent_elbow_and_knee_show_the_twist():
    body = fit_body(take_of([articulated(hip=(40, 10), knee=60, arm=(-60, 20), elbow=80, place=(0, 0, -4))]), LEVEL)
    for name, axis in (("LeftForeArm", 1), ("RightForeArm", 1), ("LeftLeg", 0), ("RightLeg", 0)):
        bend = np.degrees(log(body.rotations[0, NAMES.index(name)]))
        assert abs(bend[axis]) == pytest.approx(80 if "Arm" in name else 60, abs=2)
        assert np.abs(np.delete(bend, axis)).max() < 2, name
    assert log(body.rotations[0, NAMES.index("LeftForeArm")])[1] < 0 < log(body.rotations[0, NAMES.index("RightForeArm")])[1]
    assert log(body.rotations[0, NAMES.index("LeftLeg")])[0] > 0


def test_the_twist_of_a_straight_arm_is_carried_through():
    """The upper arm is twisted by 50 degrees all the while, which only the bent elbow at both ends shows."""
    poses = []
    for i in range(60):
        elbow = 100 * max(0.0, abs(math.cos(math.pi * i / 59)) - 0.4)  # straight for a good third of the time
        joints = articulated(place=(0, 0, -4)) * (1, -1, -1)
        shoulder, elbow_at = joints[sk.LEFT_SHOULDER], joints[sk.LEFT_ELBOW]
        turn = about("x", 50) @ about("y", -elbow)
        joints[sk.LEFT_WRIST] = elbow_at + turn @ (0.26, 0, 0)
        joints[sk.LEFT_HAND] = elbow_at + turn @ (0.35, 0, 0)
        assert shoulder[0] < elbow_at[0]
        poses.append(joints * (1, -1, -1))
    body = fit_body(take_of(poses), LEVEL)
    twist = np.degrees(log(body.rotations[:, NAMES.index("LeftArm")])[:, 0])
    assert np.abs(twist[[0, 59]] - 50).max() < 5
    assert twist.min() > 40, "not guessed anew where nothing shows it"
    assert steps_deg(body).max() < 30


def test_a_knee_does_not_bend_forward():
    """A detector that puts the knee behind the line from hip to ankle does not turn the thigh round."""
    poses = [articulated(knee=-8 + 3 * math.sin(i), place=(0, 0, -4)) for i in range(30)]
    body = fit_body(take_of(noisy(poses, 5)), LEVEL)
    bend = np.degrees(log(body.rotations[:, [NAMES.index("LeftLeg"), NAMES.index("RightLeg")]]))[..., 0]
    assert bend.min() > -7
    thigh = world_of(body)[:, NAMES.index("LeftUpLeg")]
    assert thigh[:, 2, 2].min() > 0.8, "the thigh's front stays in front"


@pytest.mark.parametrize("tilt", [0.0, 12.0, 30.0])
def test_a_known_tilt_sets_the_body_upright(tilt):
    body = fit_body(tilted(take_of(standing(30)), tilt), BodyOptions(camera_tilt_deg=tilt))
    trunk = (body.joints()[:, sk.THORAX] - body.joints()[:, sk.PELVIS]).mean(axis=0)
    assert trunk[1] / np.linalg.norm(trunk) > math.cos(math.radians(1))


def test_the_ground_tells_the_tilt_of_somebody_who_walks_about():
    poses = []
    for i in range(80):
        stride = 25 * math.sin(i)
        poses.append(articulated(yaw=9 * i, hip=(stride, -stride), place=(math.sin(i / 6), 0, -4 + math.cos(i / 6))))
    body = fit_body(tilted(take_of(poses), 20.0))
    trunk = body.joints()[:, sk.THORAX] - body.joints()[:, sk.PELVIS]
    lean = np.degrees(np.arccos(trunk[:, 1] / np.linalg.norm(trunk, axis=1)))
    assert np.median(lean) < 3


def test_a_jump_stays_a_jump_and_standing_is_on_the_floor():
    height = [0.0] * 30 + [max(0.0, 4 * 0.35 * t * (1 - t)) for t in np.linspace(0, 1, 14)] + [0.0] * 30
    poses = [articulated(place=(0, h, -4)) for h in height]
    for lock in FootLock:
        body = fit_body(take_of(poses), BodyOptions(camera_tilt_deg=0, foot_lock=lock))
        lowest = body.joints()[:, FEET, 1].min(axis=1)
        ankle = body.joints()[:, sk.LEFT_ANKLE, 1]
        assert ankle[:25] == pytest.approx(0.075, abs=0.012) and lowest[:25].min() > 0.0
        assert body.root_m[:, 1].max() - body.root_m[0, 1] == pytest.approx(0.35, abs=0.02), lock
        assert body.contacts[34:40].max() < 0.1 and body.contacts[5:25].min() > 0.8


def test_locked_feet_slide_no_more():
    """The body drifts and trembles as a single camera's does; its feet stand all the while."""
    poses = noisy(standing(90, swing=0.06), 8)
    free = fit_body(take_of(poses), replace(LEVEL, foot_lock=FootLock.OFF))
    slides = {}
    for lock in (FootLock.SOFT, FootLock.FULL):
        body = fit_body(take_of(poses), BodyOptions(camera_tilt_deg=0, foot_lock=lock))
        feet = body.joints()[:, FEET]
        found = body.contact_intervals()
        assert all(found)
        slides[lock] = max(np.ptp(feet[a : b + 1, k], axis=0).max() for k, runs in enumerate(found) for a, b in runs)
        own = free.joints() - free.joints()[:, :1]
        assert np.abs((body.joints() - body.joints()[:, :1]) - own).max() < 0.08, "the pose is kept"
        assert steps_deg(body).max() < 30
    assert slides[FootLock.FULL] < 0.005 < np.ptp(free.joints()[:, FEET], axis=0).max()
    assert slides[FootLock.FULL] < slides[FootLock.SOFT] < 0.04


def sparse():
    """Standing at x = 0, away for a second, then standing at x = 1."""
    here, there = ([articulated(place=(x, 0, -4))] * 10 for x in (0.0, 1.0))
    return take_of([*here, *[None] * 30, *there, *there])


def test_gaps_are_held_bridged_or_left_out():
    x = {gaps: fit_body(sparse(), replace(LEVEL, gaps=gaps)) for gaps in Gaps}
    held = x[Gaps.HOLD].root_m[:, 0]
    assert len(held) == 60 and np.allclose(held[:32], 0, atol=1e-3) and np.allclose(held[41:], 1, atol=1e-3)
    assert np.abs(np.diff(held)).max() < 0.25, "it gets there within a quarter second, in no single step"
    bridged = x[Gaps.INTERPOLATE].root_m[:, 0]
    assert bridged[25] == pytest.approx(0.5, abs=0.06) and np.abs(np.diff(bridged)).max() < 0.06
    assert len(x[Gaps.LONGEST].root_m) == 20 and np.ptp(x[Gaps.LONGEST].root_m[:, 0]) < 1e-6
    assert not x[Gaps.HOLD].observed[12:38].any() and x[Gaps.HOLD].confidence[20] == 0 and x[Gaps.HOLD].observed[:10].all()


@pytest.mark.parametrize("lock", FootLock)
def test_a_pause_of_the_clock_is_a_gap_too(lock):
    """As where a computer slept: no frame lies between, and nobody slid there in ten seconds."""
    here, there = ([articulated(place=(x, 0, -4))] * 30 for x in (0.0, 1.0))
    times = [i / 30 + 10 * (i >= 30) for i in range(60)]
    body = fit_body(take_of([*here, *there], times=times), replace(LEVEL, foot_lock=lock))
    assert body.observed.sum() == 60 and len(body.observed) == 360 and body.confidence[180] == 0
    assert np.ptp(body.root_m[-30:, 0]) < 1e-3 and body.root_m[-1, 0] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("every_s", [0.3, 1.5])
def test_slow_cameras_make_no_gaps(every_s):
    body = fit_body(take_of(stroll(20), fps=1 / every_s, times=[i * every_s for i in range(20)]), LEVEL)
    assert body.observed.all()


def test_rounded_times_leave_the_same_frames_seen(tmp_path):
    still = [articulated(place=(0, 0, -4))] * 12
    take = take_of([*still, *[None] * 20, *still], times=[i / 30 + 1e-7 for i in range(44)])
    write_json(take, tmp_path / "take.json")
    seen, again = (fit_body(each, LEVEL).observed for each in (take, read_take(tmp_path / "take.json")))
    assert np.array_equal(seen, again) and (~seen).sum() == 20


def test_what_a_source_does_not_have_makes_nobody_doubtful():
    """Of 17 joints all are sure; toes, hands and ears are not there, and stand nowhere."""
    take = take_of([articulated(place=(0, 0, -4))] * 40)
    for frame in take.frames:
        frame.pose.joints_m[sk.NUM_H36M :] = frame.pose.sigma_mm[sk.NUM_H36M :] = np.nan
        frame.keypoints.joints_px[sk.NUM_H36M :] = 0
    body = fit_body(take, replace(LEVEL, min_confidence=0.9))
    assert (body.confidence == 1).all()
    ankles, toes = body.contacts[:, ::2], body.contacts[:, 1::2]
    assert ankles.max() > 0.5 and not toes.any()


def test_doubtful_frames_count_as_gaps():
    take = sparse()
    frames = list(take.frames)
    for i in range(40, 60):
        points = frames[i].keypoints.joints_px.copy()
        points[:, 2] = 0.2
        frames[i] = replace(frames[i], keypoints=replace(frames[i].keypoints, joints_px=points))
    take = replace(take, frames=tuple(frames))
    assert np.ptp(fit_body(take, replace(LEVEL, min_confidence=0.5)).root_m[:, 0]) < 1e-3
    with pytest.raises(UaoError, match="confidence of 1"):
        fit_body(replace(take, frames=tuple(frames[40:])), BodyOptions(min_confidence=1.0))


def test_another_rate_is_resampled():
    body = fit_body(take_of(stroll(31)), replace(LEVEL, fps=60.0))
    every = fit_body(take_of(stroll(31)), LEVEL)
    assert body.fps == 60 and len(body.root_m) == 61
    assert np.allclose(body.joints()[::2] - body.root_m[::2, None], every.joints() - every.root_m[:, None], atol=1e-6)


def test_names_and_extremities_are_a_choice():
    body = fit_body(take_of(stroll(3)), replace(LEVEL, names=Names.H36M, extremities=False))
    assert "left_knee" in body.names and not {"left_ankle", "left_wrist"} & set(body.names)
    whole = fit_body(take_of(stroll(3)), LEVEL)
    assert np.allclose(body.joints()[:, : sk.NUM_H36M], whole.joints()[:, : sk.NUM_H36M])
    assert np.isnan(body.joints()[:, sk.LEFT_TOES]).all() and len(body.names) == len(whole.names) - 4


@pytest.mark.parametrize("wrong", [{"min_confidence": 2.0}, {"fps": 0.0}, {"fps": math.nan}, {"camera_tilt_deg": 120.0}])
def test_options_that_make_no_sense_are_refused(wrong):
    with pytest.raises(UaoError, match="makes no sense"):
        BodyOptions(**wrong)


def test_windows_join_without_a_seam():
    poses = [articulated(yaw=2 * i, hip=(30 * math.sin(i / 5), 0), knee=20, elbow=40, place=(0, 0, -4)) for i in range(300)]
    body = fit_body(take_of(poses), replace(LEVEL, foot_lock=FootLock.OFF))
    assert steps_deg(body).max() < 12
    truth = np.array(poses) * (1, -1, -1)
    assert np.linalg.norm((body.joints() - body.root_m[:, None]) - (truth - truth[:, :1]), axis=-1)[230:250].max() < 5e-3


@pytest.mark.parametrize("damage", ["one joint", "whole frame", "never seen", "sigma"])
def test_numbers_that_are_none_do_no_harm(damage):
    poses = [joints.copy() for joints in stroll(40)]
    if damage == "one joint":
        for joints in poses[10:14]:
            joints[sk.LEFT_WRIST] = np.nan
    elif damage == "whole frame":
        poses[11][:] = np.nan
    elif damage == "never seen":
        for joints in poses:
            joints[[sk.RIGHT_ANKLE, sk.RIGHT_TOES, sk.LEFT_EAR]] = np.inf
    take = take_of(poses)
    if damage == "sigma":
        knee = np.arange(23) == sk.LEFT_KNEE
        sigma = [np.where(knee & (i % 3 > 0), np.nan, 40).astype(np.float32) for i in range(40)]
        poses = [replace(f.pose, sigma_mm=sigma[f.index]) for f in take.frames]
        take = replace(take, frames=tuple(replace(f, pose=p) for f, p in zip(take.frames, poses, strict=True)))
    body = fit_body(take, LEVEL)
    assert np.isfinite(body.rotations).all() and np.isfinite(body.root_m).all() and len(body.root_m) == 40
    whole = fit_body(take_of(stroll(40)), LEVEL).joints()
    others = [sk.LEFT_HIP, sk.LEFT_KNEE, sk.RIGHT_WRIST, sk.THORAX]
    assert np.linalg.norm((body.joints() - whole)[:, others], axis=-1).max() < 0.06


def test_a_bone_without_length_and_two_people_who_change_places():
    poses = stroll(40)
    for joints in poses:
        joints[sk.LEFT_HAND] = joints[sk.LEFT_WRIST]
        joints[sk.RIGHT_HAND] = joints[sk.RIGHT_WRIST]
    poses[20:] = [joints + np.array([3.0, 0, 1]) for joints in poses[20:]]
    body = fit_body(take_of(poses), LEVEL)
    assert np.linalg.norm(body.tips_m, axis=1).min() >= 0.01 - 1e-9 and np.isfinite(body.rotations).all()
    assert np.ptp(body.root_m[:, 0]) > 2.5 and np.abs(np.diff(body.root_m[:, 0])).max() < 1.0, "it takes a moment"


def test_frames_out_of_order_are_left_out_and_a_clock_without_a_rate_is_refused():
    take = take_of(stroll(6), times=[0.0, 0.1, 0.05, math.nan, 0.3, 0.4], fps=10.0)
    assert len(fit_body(take, LEVEL).root_m) == 5
    with pytest.raises(UaoError, match="frames a second"):
        fit_body(replace(take, fps=0.0), LEVEL)
    assert fit_body(replace(take, fps=0.0), replace(LEVEL, fps=10.0)).fps == 10
    with pytest.raises(UaoError, match="too long"):
        fit_body(take_of(stroll(2), times=[0.0, 1e9]), LEVEL)


def test_memory_grows_only_by_what_is_handed_over():
    """Twice the frames must not need more than twice of what a frame's results take, beside a window's fixed share."""
    few = stroll(200)

    def peak(count):
        take = take_of([few[i % 200] for i in range(count)])
        tracemalloc.start()
        fit_body(take, LEVEL)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    small, large = peak(300), peak(800)
    assert (large - small) / 500 < 24_000, "bytes a frame"


def test_a_take_without_errors_has_the_median_bones():
    """Ground truth has expected errors of 0."""
    rng = np.random.default_rng(0)
    joints = np.array([pose * rng.normal(1, 0.05) for pose in stroll(60)]) * (1, -1, -1)
    exact, sure = (measure(joints, np.full(joints.shape[:2], sigma_m)) for sigma_m in (0.0, 0.001))
    for of_exact, of_sure in (
        (exact.tips_m, sure.tips_m),
        (exact.offsets_m, sure.offsets_m),
        (exact.joints_m, sure.joints_m),
    ):
        assert np.allclose(of_exact, of_sure)
    shanks = np.linalg.norm(joints[:, [sk.LEFT_KNEE, sk.RIGHT_KNEE]] - joints[:, [sk.LEFT_ANKLE, sk.RIGHT_ANKLE]], axis=2)
    assert np.linalg.norm(exact.tips_m[NAMES.index("LeftLeg")]) == pytest.approx(np.median(shanks), rel=0.01)
