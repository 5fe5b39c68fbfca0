"""Who is who, with people who cross, leave, come back, and are found twice."""

from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import STANDING_M
from uao_core.packets import Detection, Keypoints
from uao_core.people import Choice, Follower, Tracker, distinct, follow

RED = np.array([120, 190, 160, 60, 130, 120], np.float32)
BLUE = np.array([90, 130, 70, 200, 128, 128], np.float32)
FPS = 25.0


def person(frame, x_px, colours=None, height_px=300.0, noise=None):
    """Somebody who stands upright in the picture, the pelvis at (x, 240)."""
    joints = np.ones((23, 3), np.float32)
    joints[:, :2] = STANDING_M[:, :2] * height_px / 1.7 + (x_px, 240)
    if noise is not None:
        joints[:, :2] += noise.normal(0, 2, (23, 2))
    return Keypoints(frame, frame / FPS, joints, appearance=colours)


def crossing(frames=80, hidden=range(36, 44), colours=(RED, BLUE), seed=0):
    """Two people who walk through each other's place; while one covers the other only one is found. With the truth."""
    random = np.random.default_rng(seed)
    detections, truth = [], []
    for i in range(frames):
        left, right = person(i, 100 + 5.5 * i, colours[0], noise=random), person(i, 540 - 5.5 * i, colours[1], noise=random)
        people = [left] if i in hidden else [left, right]
        random.shuffle(people)
        detections.append(Detection(i, i / FPS, tuple(people)))
        truth.append((left, right))
    return detections, truth


@pytest.mark.parametrize("colours", [(RED, BLUE), (None, None), (RED, RED)], ids=["colours", "unseen", "uniform"])
@pytest.mark.parametrize("hidden", [range(0), range(36, 44)], ids=["seen", "covered"])
def test_two_who_cross_keep_their_numbers(colours, hidden):
    detections, truth = crossing(hidden=hidden, colours=colours)
    tracker = Tracker()
    found = [tracker.push(detection) for detection in detections]
    first = {id(p): number for number, p in found[0].items()}
    left, right = first[id(truth[0][0])], first[id(truth[0][1])]
    for i, (numbered, (left_truth, right_truth)) in enumerate(zip(found, truth, strict=True)):
        if abs(i - 40) < 2:
            continue  # both are at one place, where they look like one who was found twice
        assert numbered[left] is left_truth
        assert numbered.get(right, right_truth) is right_truth
    assert len({number for numbered in found for number in numbered}) == 2, "nobody else appears"


@pytest.mark.parametrize("alone", [True, False])
def test_a_frame_upside_down_does_not_cost_the_only_person(alone):
    """Detectors stand a body on its head for a frame; whoever is alone stays who they are."""
    frames = [person(i, 100 + 3 * i) for i in range(30)]
    joints = frames[12].joints_px
    frames[12] = replace(frames[12], joints_px=(joints * (1, -1, 1) + (40, 520, 0)).astype(np.float32))
    others = [() if alone else (person(i, 560),) for i in range(30)]
    detections = [Detection(i, i / FPS, (frame, *rest)) for i, (frame, rest) in enumerate(zip(frames, others, strict=True))]
    lost = [p.index for p, _ in follow(detections, Choice(100, 240)) if p.joints_px is None]
    assert lost == [] if alone else 12 in lost


def test_who_comes_back_elsewhere_is_known_by_the_colours():
    away = [Detection(i, i / FPS, (person(i, 300, BLUE),)) for i in range(10, 100)]
    start = [Detection(i, i / FPS, (person(i, 100, RED), person(i, 300, BLUE))) for i in range(10)]
    back = [Detection(i, i / FPS, (person(i, 300, BLUE), person(i, 560, RED))) for i in range(100, 110)]
    results = list(follow([*start, *away, *back], Choice(100, 240)))
    assert [p.joints_px is not None for p, _ in results] == [True] * 10 + [False] * 90 + [True] * 10
    assert all(p.appearance is RED for p, _ in results if p.joints_px is not None)
    assert [len(others) for _, others in results] == [1] * 110


def test_a_chosen_person_is_waited_for_and_nobody_takes_their_place():
    frames = [Detection(i, i / FPS, (person(i, 100 if i < 10 else 420, RED if i < 10 else BLUE),)) for i in range(200)]
    chosen = list(follow(frames, Choice(100, 240)))
    assert sum(p.joints_px is not None for p, _ in chosen) == 10
    free = list(follow(frames, None))
    gone = [i for i, (p, _) in enumerate(free) if p.joints_px is None]
    assert 0 < len(gone) < 2 * FPS and gone == list(range(gone[0], gone[-1] + 1)), "after a while the next one is followed"


@pytest.mark.parametrize("at_s", [0.0, 1.0, 3.0])
def test_a_choice_late_in_the_file_holds_from_its_beginning(at_s):
    detections, truth = crossing()
    i = round(at_s * FPS)
    joints = truth[i][1].joints_px
    results = list(follow(iter(detections), Choice(*joints[9, :2], at_s)))
    assert [p.index for p, _ in results] == list(range(80))
    for (followed, others), (left, right), detection in zip(results, truth, detections, strict=True):
        there = any(p is right for p in detection.people)
        assert (followed is right) if there else followed.joints_px is None
        assert any(p is left for p in others)


def test_a_choice_beside_everybody_follows_nobody():
    detections, _ = crossing(frames=10)
    assert Choice(5000, 5000).of(detections[0].people) is None
    assert all(p.joints_px is None for p, _ in follow(detections, Choice(5000, 5000)))
    assert list(follow([], Choice(1, 1))) == [] and list(follow([], None)) == []


def test_the_largest_is_followed_where_nobody_was_chosen():
    frames = [Detection(i, i / FPS, (person(i, 100, RED, 150), person(i, 400, BLUE, 300))) for i in range(5)]
    assert all(p.appearance is BLUE for p, _ in follow(frames, None))


def test_the_choice_may_change_in_a_stream():
    follower = Follower()
    frames = [Detection(i, i / FPS, (person(i, 100, RED), person(i, 400, BLUE))) for i in range(20)]
    for detection in frames[:10]:
        follower.push(detection)
    follower.choose(Choice(100, 200))
    assert all(follower.push(detection)[0].appearance is RED for detection in frames[10:])
    follower.choose(Choice(400, 200))
    assert follower.push(replace(frames[0], index=20, time_s=20 / FPS))[0].appearance is BLUE


def test_one_who_is_found_twice_counts_once():
    sure, twin = person(0, 200, RED), person(0, 208, RED)
    twin.joints_px[:, 2] = 0.5
    assert distinct([twin, sure, person(0, 420, RED)])[0] is sure and len(distinct([twin, sure, person(0, 420, RED)])) == 2


def test_furniture_is_nobody():
    ghost = person(0, 200)
    ghost.joints_px[:, 2] = 0.1
    followed, others = Follower().push(Detection(0, 0.0, (ghost,)))
    assert followed.joints_px is None and others == ()
