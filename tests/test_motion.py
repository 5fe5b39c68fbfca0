"""Motion for training, from a small archive in the real layout and from captures made here."""

import numpy as np
import pytest
import torch

from models.datasets import Capture
from models.motion import FPS, Motion, heading_free, join, motion_of, oddness, rarity_weights, read_motion, split_by_subject
from tests.conftest import UNIT_M, captured, walkers, write_archive
from uao_core.errors import UaoError
from uao_core.skeleton import NOSE


def capture(joints, subject="lab/01", fps=FPS):
    return Capture("clip", subject, fps, joints.astype(np.float32))


def counting(frames, first=0.0, step=1.0):
    """(F, 17, 3) whose every number tells the frame."""
    return np.broadcast_to((first + step * np.arange(frames))[:, None, None], (frames, 17, 3)).copy()


def numbers(joints):
    """(...,) the frames that `counting` joints (..., 17, 3) tell."""
    assert (joints == joints[..., :1, :1]).all()
    return np.asarray(joints[..., 0, 0])


def window_of(motion, middle, frames, step):
    return numbers(motion.windows(torch.tensor([middle]), frames, torch.tensor([step])))[0]


def test_an_archive_is_read_back(archive_folder):
    motion = read_motion(archive_folder / "mocap_lab.npz")
    assert len(motion) == 30 * 30 - 1, "the frame that lacks a joint is left out"
    assert np.abs(motion.joints[-30:] - captured(30, 30)).max() < 2 * UNIT_M
    assert motion.subject[0] == "lab/01" and motion.subject[-1] == "lab/30"


def test_the_unseen_laboratory_is_never_trained_on(archive_folder):
    assert not any("accad" in s for s in read_motion(archive_folder).subject)
    assert all("accad" in s for s in read_motion(archive_folder, unseen=True).subject)


def test_a_laboratory_alone_leaves_nothing_to_train_or_to_test_on(tmp_path):
    write_archive(tmp_path / "mocap_accad.npz", {"Male1": captured(5, 0)})
    with pytest.raises(UaoError, match="nothing to train on"):
        read_motion(tmp_path)
    write_archive(tmp_path / "mocap_accad.npz", {"Male1": captured(5, 0)})
    (tmp_path / "mocap_accad.npz").rename(tmp_path / "mocap_lab.npz")
    with pytest.raises(UaoError, match="nothing to test on"):
        read_motion(tmp_path, unseen=True)


def test_a_gap_ends_a_take():
    joints = counting(10)
    joints[[3, 7], NOSE] = np.nan
    motion = motion_of([capture(joints), capture(counting(4, first=100), "lab/02")])
    assert list(numbers(motion.joints)) == [0, 1, 2, 4, 5, 6, 8, 9, 100, 101, 102, 103]
    assert list(motion.first) == [0, 0, 0, 3, 3, 3, 6, 6, 8, 8, 8, 8]
    assert list(motion.last) == [2, 2, 2, 5, 5, 5, 7, 7, 11, 11, 11, 11]
    assert list(motion.subject) == ["lab/01"] * 8 + ["lab/02"] * 4


def test_captures_without_a_whole_frame_are_left_out():
    empty = np.full((5, 17, 3), np.nan)
    assert len(motion_of([capture(empty), capture(counting(3)), capture(empty[:0])])) == 3
    with pytest.raises(UaoError, match="17 joints"):
        motion_of([capture(empty)])


@pytest.mark.parametrize(
    ("fps", "frames", "expected"), [(60, 9, [0, 2, 4, 6, 8]), (120, 9, [0, 4, 8]), (20, 3, [0, 2 / 3, 4 / 3, 2])]
)
def test_all_rates_become_thirty_frames_a_second(fps, frames, expected):
    motion = motion_of([capture(counting(frames), fps=fps)])
    assert np.asarray(motion.joints[:, 0, 0]) == pytest.approx(expected, abs=1e-5)


def test_a_gap_at_sixty_frames_a_second_is_a_gap_at_thirty():
    joints = counting(21)
    joints[10, NOSE] = np.nan
    motion = motion_of([capture(joints, fps=60)])
    assert list(numbers(motion.joints)[motion.last]) == [8.0] * 5 + [20.0] * 5, "no frame is made up beside the gap"


def test_windows_are_interpolated():
    motion = motion_of([capture(counting(60))])
    assert list(window_of(motion, 30, 5, 1.0)) == [28, 29, 30, 31, 32]
    assert window_of(motion, 30, 4, 0.5) == pytest.approx([29.25, 29.75, 30.25, 30.75])
    assert list(window_of(motion, 30, 3, 5.0)) == [25, 30, 35]
    assert list(window_of(motion, 30, 1, 3.0)) == [30]


def test_windows_stay_within_their_take():
    motion = motion_of([capture(counting(9)), capture(counting(20, first=100)), capture(counting(9, first=200))])
    assert list(window_of(motion, 9, 5, 1.0)) == [100, 101, 102, 103, 104], "shifted to its beginning"
    assert list(window_of(motion, 28, 5, 2.0)) == [111, 113, 115, 117, 119], "shifted to its end"
    still = window_of(motion, 12, 30, 1.0)
    assert list(still[:20]) == list(range(100, 120)) and (still[20:] == 119).all(), "longer than its take, it stands still"
    assert list(window_of(motion, 37, 3, 3.0)) == [202, 205, 208]


def test_windows_of_one_batch_have_rates_of_their_own():
    motion = motion_of([capture(counting(60))])
    both = numbers(motion.windows(torch.tensor([20, 40]), 3, torch.tensor([1.0, 2.0])))
    assert both.tolist() == [[19, 20, 21], [38, 40, 42]]


def test_joined_motion_keeps_its_takes_apart():
    parts = [motion_of([capture(counting(4, first=f), s)]) for f, s in ((0, "a/1"), (10, "a/2"))]
    motion = join(parts)
    assert list(motion.first) == [0] * 4 + [4] * 4 and list(motion.last) == [3] * 4 + [7] * 4


def test_no_subject_is_on_both_sides(archive_folder):
    whole = read_motion(archive_folder)
    training, held_out = split_by_subject(whole, held_out=0.3)
    assert len(training) and len(held_out) and not set(training.subject) & set(held_out.subject)
    assert len(training) + len(held_out) == len(whole)
    for part in (training, held_out):
        assert (part.subject[part.first] == part.subject).all() and (part.subject[part.last] == part.subject).all()
        assert (part.first <= np.arange(len(part))).all() and (np.arange(len(part)) <= part.last).all()


def test_two_skeletons_of_one_person_fall_on_one_side():
    motion = motion_of([capture(counting(2), f"{source}/{i:02}") for i in range(40) for source in ("cmu", "cmu_other")])
    training, held_out = split_by_subject(motion, held_out=0.3)
    persons = [{subject.split("/")[1] for subject in part.subject} for part in (training, held_out)]
    assert len(persons[0]) + len(persons[1]) == 40 and 3 < len(persons[1]) < 25


def test_human36m_is_split_as_its_protocols_do():
    motion = motion_of([capture(counting(2), f"h36m/{s}") for s in ("S1", "S5", "S6", "S7", "S8", "S9", "S11")])
    training, held_out = split_by_subject(motion)
    assert set(held_out.subject) == {"h36m/S9", "h36m/S11"} and len(set(training.subject)) == 5


def test_one_person_cannot_be_split():
    with pytest.raises(UaoError, match="cannot be split"):
        split_by_subject(motion_of([capture(counting(5))]))


def test_rare_poses_weigh_more(archive_folder):
    joints = read_motion(archive_folder).joints
    joints[:5, 13] += [0, 1.0, 0]  # five frames with an arm raised high
    weights = rarity_weights(joints, centres=64)
    assert weights.sum() == pytest.approx(1, abs=1e-4)
    assert weights[:5].mean() > 1.3 * np.median(weights[5:])


def test_heading_is_taken_out():
    angle = 1.1
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    body = captured(1, 0).astype(np.float32)
    assert np.allclose(heading_free(body), heading_free((body @ turn.T + [3, 0, 1]).astype(np.float32)), atol=1e-5)


def test_the_odd_pose_is_the_one_unlike_the_others():
    joints = walkers(1, 30, seed=0)[0].numpy()
    joints[7, :, 1:] = joints[7][:, [2, 1]]  # lies on the back
    turned = joints @ np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]], np.float32)
    assert oddness(joints).argmax() == oddness(turned).argmax() == 7
    assert np.allclose(oddness(joints), oddness(turned), atol=1e-5), "whichever way people face"


def test_windows_are_as_exact_late_in_much_motion_as_early():
    """Single precision knows no quarters of a frame beyond 2^22 frames."""
    count = 2**22 + 100
    told = (np.arange(count, dtype=np.float32) % 1000)[:, None, None]
    motion = Motion(told, np.array(["lab/01"]), np.zeros(count, np.int64), np.full(count, count - 1))
    middle = 2**22 + 50
    found = motion.windows(torch.tensor([middle]), 4, torch.tensor([0.5]))[0, :, 0, 0]
    assert found.dtype == torch.float32
    assert found.tolist() == pytest.approx([middle % 1000 + way for way in (-0.75, -0.25, 0.25, 0.75)])
