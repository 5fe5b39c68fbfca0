"""Left and right through time, on somebody who walks before a camera."""

import numpy as np
import pytest

from tests.conftest import exchanged, walk
from uao_core.sides import ARMS, LEGS, READINGS, SideReader, Sides, resolve_sides
from uao_core.skeleton import MIRROR

NOTHING = np.empty(0, dtype=np.int64)
ALL = len(READINGS) - 1


def times(frames, fps=30):
    return np.arange(frames) / fps


def resolve(joints, fps=30):
    return resolve_sides(joints, times(len(joints), fps), NOTHING)


def read_as(joints, reading):
    """(F, 23, 3) with the sides that a reading exchanges exchanged in every frame."""
    return Sides(np.full(len(joints), reading), np.zeros(len(joints), bool)).apply(joints)


def test_readings_exchange_what_they_say():
    joints = np.arange(69, dtype=np.float32).reshape(1, 23, 3)
    assert np.array_equal(read_as(joints, 0), joints)
    for reading, exchanged_joints in enumerate((set(), set(LEGS), set(ARMS), {j for j in range(23) if MIRROR[j] != j})):
        expected = [MIRROR[joint] if joint in exchanged_joints else joint for joint in range(23)]
        assert np.array_equal(read_as(joints, reading), joints[:, expected])
    for reading in range(4):
        assert np.array_equal(read_as(read_as(joints, reading), reading), joints)


@pytest.mark.parametrize("heading", [0.0, 0.6, -0.6, 2.5, np.pi], ids=["front", "left", "right", "away", "behind"])
@pytest.mark.parametrize("fps", [30, 60])
def test_an_exchanged_stretch_is_put_right(fps, heading):
    joints = walk(2 * fps, fps, heading)
    detected = exchanged(joints, fps // 2, fps)
    sides = resolve(detected, fps)
    assert np.array_equal(sides.apply(detected), joints) and not sides.passed.any()
    assert (sides.reading[fps // 2 : fps] == ALL).all()


def test_long_and_short_stretches_are_found_under_noise():
    """A long one is put right, a short one put right or passed over; the rest is left alone."""
    joints = walk(90, 30, 0.3)
    detected = exchanged(exchanged(exchanged(joints, 10, 14), 30, 55), 70, 71)
    detected[..., :2] += np.random.default_rng(0).normal(0, 3, (90, 23, 2))
    sides = resolve(detected)
    expected = np.zeros(90, dtype=bool)
    for first, last in ((10, 14), (30, 55), (70, 71)):
        expected[first:last] = True
    assert np.array_equal((sides.reading == ALL) | sides.passed, expected)
    assert (sides.reading[30:55] == ALL).all() and np.isin(sides.reading, (0, ALL)).all()


@pytest.mark.parametrize("fps", [15, 30, 60])
@pytest.mark.parametrize("way", [1, -1], ids=["left", "right"])
def test_a_body_that_turns_is_left_alone(fps, way):
    """Half a turn in 0.8 s: what was on the left of the image is on its right then."""
    heading = way * np.pi * np.clip((times(int(1.6 * fps), fps) - 0.4) / 0.8, 0, 1)
    joints = walk(int(1.6 * fps), fps, heading)
    assert joints[0, 4, 0] > joints[0, 1, 0] and joints[-1, 4, 0] < joints[-1, 1, 0]
    sides = resolve(joints, fps)
    assert not sides.reading.any() and not sides.passed.any()


def test_a_frame_that_jumps_is_passed_over():
    joints = walk(30)
    joints[14, :, :2] += [300, -80]
    joints[20, 11:, :2] += [-250, 150]  # arms alone
    joints[20, 1:7, :2] += [250, 150]  # and legs, somewhere else
    sides = resolve(joints)
    assert list(np.flatnonzero(sides.passed)) == [14, 20] and not sides.reading.any()


def test_a_collapsed_transition_is_passed_over():
    """Before a detector exchanges the sides it may lose the body: all joints lie in one place for three frames."""
    joints = walk(60)
    detected = exchanged(joints, 25, 40)
    for frame in (22, 23, 24):
        detected[frame, :, :2] = detected[frame, :, :2].mean(axis=0) + 0.1 * (detected[frame, :, :2] - 400)
    sides = resolve(detected)
    assert list(np.flatnonzero(sides.passed)) == [22, 23, 24]
    assert (sides.reading[25:40] == ALL).all() and not sides.reading[:22].any() and not sides.reading[40:].any()


def test_what_was_decided_earlier_is_kept():
    joints = walk(30)
    assert not resolve(joints).reading.any()
    known = np.full(6, ALL)
    sides = resolve_sides(joints, times(30), known)
    assert (sides.reading == ALL).all(), "and what comes after continues it"
    odd = np.array([0, 1, 2, 3, 0, 2])
    assert np.array_equal(resolve_sides(joints, times(30), odd).reading[:6], odd)


def test_what_was_decided_for_every_frame_is_kept():
    known = np.array([3, 3, 0, 0, 3])
    assert np.array_equal(resolve_sides(walk(5), times(5), known).reading, known)


@pytest.mark.parametrize("heading", [np.pi / 2, -np.pi / 2], ids=["left", "right"])
def test_where_the_sides_coincide_the_detector_is_believed(heading):
    """From the side hips and shoulders coincide and legs cross at every step."""
    sides = resolve(walk(90, 30, heading))
    assert not sides.reading.any() and not sides.passed.any()


def test_somebody_who_stands_still_from_the_side_is_left_alone():
    joints = np.repeat(walk(1, 30, np.pi / 2), 40, axis=0)
    assert not resolve(joints).reading.any()


@pytest.mark.parametrize("frames", [1, 2])
def test_one_or_two_frames_are_taken_as_they_are(frames):
    sides = resolve(walk(frames))
    assert sides.reading.shape == sides.passed.shape == (frames,)
    assert not sides.reading.any() and not sides.passed.any()


def test_the_second_of_two_frames_may_be_exchanged():
    assert list(resolve(exchanged(walk(2), 1, 2)).reading) == [0, ALL]


def test_times_may_be_uneven():
    """A webcam's: between 17 and 70 ms a frame, and once a fifth of a second."""
    gaps = np.random.default_rng(1).uniform(0.017, 0.07, 60)
    gaps[25] = 0.2
    time_s = np.cumsum(gaps)
    fine = walk(int(time_s[-1] * 240) + 2, 240, 0.4)
    joints = fine[np.round(time_s * 240).astype(int)]
    detected = exchanged(joints, 20, 35)
    sides = resolve_sides(detected, time_s, NOTHING)
    assert np.array_equal(sides.apply(detected), joints) and not sides.passed.any()


def test_equal_times_do_no_harm():
    sides = resolve_sides(exchanged(walk(12), 4, 8), np.zeros(12), NOTHING)
    assert ((sides.reading == ALL) | sides.passed)[4:8].all()
    assert not sides.reading[[0, 1, 2, 3, 8, 9, 10, 11]].any()


def test_joints_that_nobody_saw_decide_nothing():
    """The legs are out of the image; wherever they are reported, arms and their confidence decide."""
    joints = walk(40)
    joints[:, 1:7, 2] = 0
    joints[:, 1:7, :2] = np.random.default_rng(0).uniform(0, 700, (40, 6, 2))
    sides = resolve(joints)
    assert not np.isin(sides.reading, [2, 3]).any()
    joints[..., 2] = 0
    assert resolve(joints).reading.shape == (40,)


@pytest.mark.parametrize("heading", [1.2, 1.5, 1.9])
@pytest.mark.parametrize("first", range(30, 64, 3))
def test_an_exchange_may_begin_while_limbs_cross(first, heading):
    """Seen almost from the side, through a whole step."""
    joints = walk(100, 30, heading)
    detected = exchanged(joints, first, first + 12)
    assert np.array_equal(resolve(detected).apply(detected), joints)


@pytest.mark.parametrize("heading", [0.0, 0.6, np.pi], ids=["front", "left", "behind"])
@pytest.mark.parametrize("reading", [1, 2], ids=["legs", "arms"])
@pytest.mark.parametrize("noise_px", [0, 3])
def test_legs_or_arms_alone_are_put_right(heading, reading, noise_px):
    joints = walk(90, 30, heading)
    joints[..., :2] += np.random.default_rng(0).normal(0, noise_px, (90, 23, 2))
    detected = joints.copy()
    detected[20:45] = read_as(joints[20:45], reading)
    assert np.array_equal(resolve(detected).apply(detected), joints)


@pytest.mark.parametrize("reading", [1, 2], ids=["legs", "arms"])
def test_hips_and_shoulders_that_point_opposite_ways_are_told_without_motion(reading):
    """From the first frame to the last; which of the two is exchanged cannot be told."""
    joints = walk(30)
    detected = read_as(joints, reading)
    assert np.isin(resolve(detected).reading, (1, 2)).all()
    assert not resolve(exchanged(joints, 0, 30)).reading.any(), "all exchanged is as likely as not, and rare"


def test_of_two_stretches_the_shorter_is_taken_for_exchanged():
    joints = walk(60)
    assert list(np.flatnonzero(resolve(exchanged(joints, 0, 12)).reading)) == list(range(12))
    assert list(np.flatnonzero(resolve(exchanged(joints, 48, 60)).reading)) == list(range(48, 60))


def test_a_frame_that_is_passed_over_has_a_reading_of_its_own():
    """It may be given as known in the next call, and must not turn what follows."""
    joints = walk(60)
    detected = exchanged(exchanged(joints, 20, 22), 23, 40)
    middle = detected[22, :, :2].mean(axis=0)
    detected[22, :, :2] = middle + 0.5 * (detected[22, :, :2] - middle)
    detected[30, :, :2] += [260, -80]
    sides = resolve(detected)
    assert list(np.flatnonzero(sides.passed)) == [22, 30]
    assert sides.reading[22] == 0, "collapsed, but not exchanged"
    assert sides.reading[30] == ALL, "tells nothing, as its neighbours"
    later = resolve_sides(detected[22:], times(38), sides.reading[22:24])
    assert (later.reading[1:18] == ALL).all() and not later.reading[18:].any()


@pytest.mark.parametrize("fps", [10, 30, 60])
def test_a_stream_is_read_as_a_file_is_and_forgets_what_cannot_count(fps):
    """Decided a second later, frame by frame, with a pass in it; what is held does not grow."""
    joints = walk(4 * fps, fps, 0.4)
    detected = exchanged(joints, 2 * fps, 2 * fps + fps // 2)
    detected[fps, :, :2] += [300, -80]
    reader, found, passed = SideReader(), [], []
    for frame, time_s in zip(detected, times(len(joints), fps), strict=True):
        reader.add(frame, time_s)
        newest = reader.read().last(1)
        found.append(newest.reading[0])
        reader.decide_before(time_s - 1.0)
        reader.drop(keep=3)
        assert len(reader) <= 1.5 * fps + 3
        passed.append(bool(reader.read().passed.any()))
    whole = resolve(detected, fps)
    assert (whole.reading[2 * fps : 2 * fps + fps // 2] == ALL).all()
    assert np.mean(np.array(found) == whole.reading) > 0.95 and any(passed)
    decided = reader.read().reading
    assert np.array_equal(decided, whole.reading[-len(decided) :])
