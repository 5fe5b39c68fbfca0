"""Frames that are nobody's: flips that come back, furniture, two people in one take; and fast motion, which is none."""

from dataclasses import replace

import numpy as np
import pytest

from tests.test_body import steps_deg
from tests.test_export import LEVEL, take_of
from tests.test_export_bvh import articulated, stroll
from uao_core.body import BodyOptions, fit_body
from uao_core.body.continuity import continuous
from uao_core.body.timeline import observe


def doubtful(take, frames, sigma_mm):
    """The take with larger expected errors in some of its frames."""
    changed = list(take.frames)
    for i in frames:
        changed[i] = replace(changed[i], pose=replace(changed[i].pose, sigma_mm=np.full(23, sigma_mm, np.float32)))
    return replace(take, frames=tuple(changed))


@pytest.mark.parametrize("length", [1, 3])
def test_a_body_that_turns_round_and_back_at_once_is_passed_over(length):
    poses = stroll(60)
    for i in range(30, 30 + length):
        poses[i] = poses[i][:1] + (poses[i] - poses[i][:1]) * (-1, 1, -1)
    kept = continuous(observe(take_of(poses)))
    assert len(kept.time_s) == 60 - length and not kept.gap.any(), "it is bridged, and no gap"
    body = fit_body(take_of(poses), LEVEL)
    assert steps_deg(body).max() < 30 and body.observed.all()


def test_fast_motion_is_followed():
    """A turn a second about the vertical at 6 m/s, and arms that swing at up to 17 radians a second."""
    poses = [articulated(yaw=12 * i, arm=(80 * np.sin(0.4 * i), 0), place=(0.2 * i, 0, -6)) for i in range(40)]
    assert len(continuous(observe(take_of(poses))).time_s) == 40


def test_where_somebody_else_takes_over_there_is_a_gap_and_a_moment_to_get_there():
    poses = [joints + np.array([0.0, 0.0, 0.0]) for joints in stroll(80)]
    poses[40:] = [joints[:1] + (joints - joints[:1]) * (-1, 1, -1) + (3.0, 0.0, 2.0) for joints in poses[40:]]
    kept = continuous(observe(take_of(poses)))
    assert kept.gap.sum() == 1 and np.diff(kept.time_s).max() >= 0.25
    body = fit_body(take_of(poses), LEVEL)
    blank = np.flatnonzero(~body.observed)
    assert len(blank) and blank.min() > 33 and blank.max() < 46 and np.ptp(blank) == len(blank) - 1
    assert np.abs(np.diff(body.root_m[:, 0])).max() < 1.2, "in no single step"


def test_poses_of_which_nothing_is_known_are_nobody():
    """A table's foot stays where it is, but is lifted to another pose every frame, with errors that say so."""
    rng = np.random.default_rng(0)
    table = [articulated(yaw=float(rng.uniform(0, 360)), place=(1, 0, -9)) for _ in range(30)]
    take = doubtful(take_of([*table, *[None] * 10, *stroll(60)]), range(30), 220.0)
    assert continuous(observe(take)).time_s.min() > 1.0
    assert not fit_body(take, LEVEL).observed[:38].any()
    alone = doubtful(take_of(stroll(20)), range(20), 220.0)
    assert len(continuous(observe(alone)).time_s) >= 1, "something is left in any case"
    assert len(fit_body(alone, BodyOptions()).root_m) == 20


@pytest.mark.parametrize("count", [1, 2, 3])
def test_takes_of_a_few_frames_are_kept(count):
    assert len(continuous(observe(take_of([articulated(place=(0, 0, -4))] * count))).time_s) == count


def test_a_stretch_of_which_little_is_known_is_nobody_beside_one_that_shows_a_person():
    """Furniture is lifted with errors that are no worse than a person's worst, so no frame alone tells."""
    rng = np.random.default_rng(1)
    table = [articulated(hip=(float(rng.normal(0, 5)), 0), place=(1, 0, -9)) for _ in range(30)]
    take = doubtful(take_of([*table, *[None] * 12, *stroll(60)]), range(30), 115.0)
    assert continuous(observe(take)).time_s.min() > 1.0
    assert not fit_body(take, LEVEL).observed[:38].any()
    near = doubtful(take_of(stroll(90)), range(20, 40), 115.0)
    assert len(continuous(observe(near)).time_s) == 90, "a person's worse frames are theirs"
    mostly = doubtful(take_of([*stroll(60), *[None] * 12, *stroll(10)]), range(60), 115.0)
    assert continuous(observe(mostly)).time_s.min() == 0.0, "who is never seen well is somebody all the same"
