"""Keypoints in, poses out: windows over a file, and the newest frame of a stream."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.conftest import exchanged, walk
from uao_core.bones import bone_lengths
from uao_core.camera import Intrinsics
from uao_core.errors import UaoError
from uao_core.optimize import State, UaoConfig, stature_m
from uao_core.packets import Keypoints
from uao_core.refiner import FileRefiner, LiveRefiner, Refinement
from uao_core.skeleton import LEFT_HIP, RIGHT_HIP

NETWORK_FRAMES = 27
"""What the network was trained on; it takes other lengths too."""
IMAGE = (1280, 720)


@pytest.fixture
def refinement(scene, lifter):
    """With a short window, for many seams."""
    return Refinement(lifter.network, scene.intrinsics, window=8)


@pytest.fixture
def whole(refinement):
    return replace(refinement, window=NETWORK_FRAMES)


def frames_of(joints_px, fps=30):
    """One `Keypoints` a frame; None for a frame with nobody."""
    return [Keypoints(i, i / fps, joints) for i, joints in enumerate(joints_px)]


def from_file(refinement, joints_px):
    refiner = FileRefiner(refinement)
    return [r for frame in frames_of(joints_px) for r in refiner.push(frame)] + list(refiner.flush())


def live(refinement, joints_px):
    refiner = LiveRefiner(refinement)
    return [refiner.push(frame) for frame in frames_of(joints_px)]


def joints_m(results):
    return torch.from_numpy(np.stack([r.pose.joints_m for r in results]))


def assert_finite(results):
    for result in results:
        if result.pose is not None:
            for values in (result.pose.joints_m, result.pose.sigma_mm, result.pose.lifted_m, result.keypoints.joints_px):
                assert np.isfinite(values).all()
            assert (result.pose.sigma_mm > 0).all() and result.pose.reprojection_px >= 0


@pytest.mark.parametrize("window", [1, 2, 8, NETWORK_FRAMES])
@pytest.mark.parametrize("count", [1, 2, 26, 27, 28, 60])
def test_every_frame_of_a_file_comes_out_once_and_in_order(refinement, count, window):
    out = from_file(replace(refinement, window=window), walk(count))
    assert [r.index for r in out] == list(range(count))
    assert all(r.pose is not None for r in out)


def test_a_frame_comes_out_as_soon_as_it_has_seen_enough_of_its_future(whole):
    refiner, waiting = FileRefiner(whole), 0
    for frame in frames_of(walk(120)):
        waiting += 1 - len(list(refiner.push(frame)))
        assert waiting <= NETWORK_FRAMES
    assert waiting and len(list(refiner.flush())) == waiting and not list(refiner.flush())


@pytest.mark.parametrize("window", [1, 8, NETWORK_FRAMES])
def test_frames_without_a_person_keep_their_place(refinement, window):
    seen = [i not in (0, 5, 6, 20, 39) for i in range(40)]
    joints = walk(40)
    out = from_file(replace(refinement, window=window), [j if s else None for j, s in zip(joints, seen, strict=True)])
    assert [r.index for r in out] == list(range(40))
    assert [r.pose is not None for r in out] == seen


def test_a_file_with_nobody_has_frames_without_a_pose(refinement):
    out = from_file(refinement, [None] * 10)
    assert [r.index for r in out] == list(range(10)) and not any(r.pose for r in out)


def test_two_people_are_not_smoothed_into_each_other(scene, refinement):
    """The detector goes over from one person to another, smaller one, elsewhere in the image."""
    other = scene.joints_px.copy()
    other[..., :2] = other[..., :2] * 0.5 + [20, 40]
    out = from_file(refinement, [*scene.joints_px[:9], *other[9:18]])
    assert [r.index for r in out] == list(range(18))
    depth = [r.pose.joints_m[0, 2] for r in out]
    assert np.ptp(depth[:9]) < 0.3 and np.ptp(depth[9:]) < 0.6 and depth[9] > 1.5 * depth[8]
    assert max(r.pose.reprojection_px for r in out) < 20


def test_somebody_whom_the_detector_does_not_believe_in_is_nobody(scene, refinement):
    joints = scene.joints_px[0].copy()
    joints[:, 2] = 0.2
    (result,) = FileRefiner(refinement).push(Keypoints(0, 0.0, joints))
    assert result.pose is None and result.keypoints.joints_px is not None


def test_windows_meet_without_a_seam(scene, refinement):
    step = joints_m(from_file(refinement, scene.joints_px)).diff(dim=0).norm(dim=2).mean(dim=1)
    assert step.max() < 0.05  # metres a frame, of a person who sways


def test_live_refiner_gives_the_newest_frame(scene, refinement):
    refiner = LiveRefiner(refinement)
    frames = frames_of(scene.joints_px)
    for frame in frames[:12]:
        result = refiner.push(frame)
        assert result.index == frame.index and result.pose is not None
    error = torch.from_numpy(result.pose.joints_m) - scene.truth_m[11]
    assert error.isfinite().all()
    assert refiner.push(replace(frames[12], joints_px=None)).pose is None
    assert refiner.push(frames[13]).pose is not None


def test_live_is_nearly_what_a_file_gives_of_a_still_person(whole):
    """Once the stream has lasted as long as a window; both in one place and in one pose."""
    still = np.repeat(walk(1, heading=0.4), 45, axis=0)
    a, b = joints_m(from_file(whole, still))[30:], joints_m(live(whole, still))[30:]
    assert (a - b).norm(dim=2).mean() < 0.02
    assert b.diff(dim=0).norm(dim=2).max() < 0.02, "and it does not shake"


def test_what_comes_after_a_gap_in_time_begins_anew(whole):
    """A camera that was away for a minute: the same place, another pose, and nothing of the old one in it."""
    before, after = walk(20, heading=0.4), walk(20, heading=2.4)
    late = [Keypoints(20 + i, 60 + i / 30, joints) for i, joints in enumerate(after)]
    for refiner_of in (FileRefiner, LiveRefiner):
        gone, fresh = refiner_of(whole), refiner_of(whole)
        results = []
        for refiner, frames in ((gone, frames_of(before) + late), (fresh, late)):
            if isinstance(refiner, LiveRefiner):
                results.append([refiner.push(frame) for frame in frames])
            else:
                results.append([r for frame in frames for r in refiner.push(frame)] + list(refiner.flush()))
        together, alone = results
        assert [r.index for r in together] == list(range(40))
        assert torch.equal(joints_m(together[20:]), joints_m(alone))


def test_a_slow_stream_keeps_its_context(whole):
    """Three frames a second are a slow computer, and no gap."""
    refiner, alone = LiveRefiner(whole), LiveRefiner(whole)
    frames = [Keypoints(i, i / 3, joints) for i, joints in enumerate(walk(12, heading=0.4))]
    last = [refiner.push(frame) for frame in frames][-1]
    assert not np.array_equal(last.pose.joints_m, alone.push(frames[-1]).pose.joints_m)


@pytest.mark.parametrize("run", [from_file, live], ids=["file", "live"])
def test_exchanged_sides_come_back_in_the_keypoints(whole, run):
    joints = walk(60, heading=0.3)
    out = run(whole, exchanged(joints, 20, 45))
    wrong = [i for i, r in enumerate(out) if not np.array_equal(r.keypoints.joints_px, joints[i])]
    assert wrong == [] if run is from_file else len(wrong) < 10  # live, the first frames tell too little
    hips = joints_m(out)[:, LEFT_HIP] - joints_m(out)[:, RIGHT_HIP]
    assert (hips[..., 0] > 0)[[i for i in range(60) if i not in wrong]].all(), "the left hip is on the right of the image"


def test_live_sides_outlast_a_short_window(whole):
    """At 60 frames a second a window is a quarter of a second, and the exchange half a second."""
    joints = walk(90, 60, heading=0.3)
    refiner = LiveRefiner(replace(whole, window=15, config=UaoConfig(iterations=0)))
    out = [refiner.push(frame) for frame in frames_of(exchanged(joints, 40, 75), fps=60)]
    assert [i for i, r in enumerate(out) if not np.array_equal(r.keypoints.joints_px, joints[i])] == []


def test_frames_that_come_together_are_context_for_the_newest(whole):
    """As when the refinement is slower than the detector: nearly what it would be one by one, and at the cost of one."""
    joints = exchanged(walk(60, heading=0.3), 30, 50)
    frames = frames_of(joints)
    one_by_one, together = LiveRefiner(whole), LiveRefiner(whole)
    expected = [one_by_one.push(frame) for frame in frames][2::3]
    out = [together.push(*frames[i : i + 3]) for i in range(0, 60, 3)]
    assert [r.index for r in out] == list(range(2, 60, 3))
    assert (joints_m(out) - joints_m(expected)).norm(dim=2).max() < 0.02
    for a, b in zip(out, expected, strict=True):
        assert np.array_equal(a.keypoints.joints_px, b.keypoints.joints_px), "the sides are the same"


def test_among_frames_that_come_together_a_person_may_go_and_another_come(whole):
    before, after = walk(20, heading=0.4), walk(6, heading=2.4)
    refiner, fresh = LiveRefiner(whole), LiveRefiner(whole)
    refiner.push(*frames_of(before))
    nobody = Keypoints(20, 20 / 30, None)
    late = [Keypoints(21 + i, (21 + i) / 30, joints) for i, joints in enumerate(after)]
    result = refiner.push(nobody, *late)
    assert result.index == 26 and np.array_equal(result.pose.joints_m, fresh.push(*late).pose.joints_m)
    gone = refiner.push(Keypoints(27, 27 / 30, after[-1]), Keypoints(28, 28 / 30, None))
    assert gone.index == 28 and gone.pose is None


def test_more_frames_than_a_window_may_come_together(refinement):
    frames = frames_of(walk(30))
    assert_finite([LiveRefiner(refinement).push(*frames)])


@pytest.mark.parametrize("config", [UaoConfig(iterations=0), UaoConfig(iterations=0, mirrored=False)])
def test_the_method_may_change_in_the_stream(whole, config):
    refiner, lifted = LiveRefiner(whole), LiveRefiner(replace(whole, config=config))
    *first, last = frames_of(walk(12, heading=0.4))
    for frame in first:
        refiner.push(frame)
        lifted.push(frame)
    refiner.config = config
    assert refiner.config == config
    assert np.array_equal(refiner.push(last).pose.joints_m, lifted.push(last).pose.joints_m)
    with pytest.raises(UaoError, match="iterations"):
        refiner.config = UaoConfig(iterations=-1)


@pytest.mark.parametrize("height", [1.2, 1.55, 1.95])
def test_a_known_height_scales_the_body(whole, height):
    joints = walk(40, heading=0.4)
    out = from_file(replace(whole, config=UaoConfig(height_m=height)), joints)
    assert float(stature_m(bone_lengths(joints_m(out)).mean(dim=0))) == pytest.approx(height, rel=0.03)
    unknown = from_file(whole, joints)
    ratio = height / float(stature_m(bone_lengths(joints_m(unknown)).mean(dim=0)))
    assert joints_m(out)[:, 0, 2].mean() == pytest.approx(ratio * float(joints_m(unknown)[:, 0, 2].mean()), rel=0.03)
    assert np.mean([r.pose.reprojection_px for r in out]) < 6


def test_nan_keypoints_never_come_out(scene, refinement):
    joints = scene.joints_px[0].copy()
    joints[3] = np.nan
    result = LiveRefiner(refinement).push(Keypoints(0, 0.0, joints))
    assert_finite([result])
    assert result.keypoints.joints_px[3, 2] == 0
    joints[:] = np.nan
    assert LiveRefiner(refinement).push(Keypoints(0, 0.0, joints)).pose is None


def spoiled(how):
    joints, rng = walk(34, heading=0.4), np.random.default_rng(0)
    limbs, middle = [2, 3, 5, 6, 12, 13, 15, 16], np.array(IMAGE) / 2
    if how == "no confidence in some frames":
        joints[5:12, :, 2] = 0
    elif how == "NaN in some frames":
        joints[5:12] = np.nan
    elif how == "one joint is NaN":
        joints[:, 13] = np.nan
    elif how == "one joint is infinite":
        joints[:, 13, 1] = np.inf
    elif how == "one joint visible":
        joints[:, [j for j in range(23) if j != 13], 2] = 0
    elif how == "four joints visible":
        joints[:, [j for j in range(23) if j not in (2, 3, 5, 6)], 2] = 0
    elif how == "cut at the hips":
        joints[:, :7, 1], joints[:, :7, 2] = 719, 0.01
    elif how == "all in one place":
        joints[..., :2] = 300
    elif how == "all in one line":
        joints[..., 0] = 300
    elif how == "far away":
        joints[..., :2] = middle + 0.01 * (joints[..., :2] - middle)
    elif how == "as large as a wall":
        joints[..., :2] = middle + 50 * (joints[..., :2] - middle)
    elif how == "far beside the image":
        joints[..., :2] += 1e5
    elif how == "upside down":
        joints[..., 1] = 720 - joints[..., 1]
    elif how == "at random":
        joints[..., :2] = rng.uniform(-1000, 2000, (34, 23, 2))
        joints[:, limbs, 2] = rng.uniform(0, 1, (34, len(limbs)))
    return joints


SPOILED = """no confidence in some frames, NaN in some frames, one joint is NaN, one joint is infinite, one joint visible,
four joints visible, cut at the hips, all in one place, all in one line, far away, as large as a wall, far beside the image,
upside down, at random""".replace("\n", " ").split(", ")


@pytest.mark.parametrize("how", SPOILED)
def test_whatever_a_detector_reports_no_nan_comes_out(whole, how):
    joints = spoiled(how)
    out = from_file(whole, joints)
    assert [r.index for r in out] == list(range(34))
    assert all(r.pose is None for r in out) == (how == "one joint visible")
    assert_finite(out)
    assert_finite(live(replace(whole, window=6), joints[:14]))
    assert_finite(from_file(replace(whole, config=UaoConfig(state=State.INPUT)), joints))


def test_a_body_that_is_cut_is_less_sure_where_it_is_cut(whole):
    cut, seen = from_file(whole, spoiled("cut at the hips")), from_file(whole, walk(34, heading=0.4))
    legs = [2, 3, 5, 6]
    sigma = [np.mean([r.pose.sigma_mm[legs] for r in out]) for out in (cut, seen)]
    assert sigma[0] > 1.5 * sigma[1]


def test_a_guessed_lens_makes_all_joints_less_sure(whole):
    given, guessed = (
        from_file(replace(whole, intrinsics=replace(whole.intrinsics, estimated=estimated)), walk(30, heading=0.4))
        for estimated in (False, True)
    )
    for a, b in zip(given, guessed, strict=True):
        assert np.array_equal(a.pose.joints_m, b.pose.joints_m) and (a.pose.sigma_mm < b.pose.sigma_mm).all()


@pytest.mark.parametrize("focal_px", [1e-2, 30.0, 1e5, 1e8], ids=lambda f: f"{f:g}")
def test_absurd_lenses_give_finite_poses(whole, focal_px):
    camera = Intrinsics.from_focal(focal_px, IMAGE)
    assert_finite(from_file(replace(whole, intrinsics=camera), walk(30, heading=0.4)))


@pytest.mark.parametrize("times", ["equal", "slow", "far apart", "late"])
def test_odd_times_give_finite_poses(whole, times):
    slow, far = 0.9 * np.arange(30), 1e4 * np.arange(30)
    at = {"equal": np.zeros(30), "slow": slow, "far apart": far, "late": 1e7 + np.arange(30) / 30}[times]
    for refiner in (FileRefiner(whole), LiveRefiner(whole)):
        for i, joints in enumerate(walk(30)):
            out = refiner.push(Keypoints(i, float(at[i]), joints))
            assert_finite([out] if isinstance(refiner, LiveRefiner) else out)
    assert_finite(FileRefiner(whole).flush())


BAD_SETTINGS = {
    "window of nothing": (lambda r: replace(r, window=0), "window"),
    "window below nothing": (lambda r: replace(r, window=-3), "window"),
    "iterations below nothing": (lambda r: replace(r, config=UaoConfig(iterations=-1)), "iterations"),
    "no lens": (lambda r: replace(r, intrinsics=Intrinsics(0.0, (0, 0), False)), "focal"),
    "lens behind": (lambda r: replace(r, intrinsics=Intrinsics.from_focal(-900, IMAGE)), "focal"),
    "lens of no number": (lambda r: replace(r, intrinsics=Intrinsics(float("nan"), (0, 0), False)), "focal"),
    "no height": (lambda r: replace(r, config=UaoConfig(height_m=0.0)), "height"),
    "centimetres": (lambda r: replace(r, config=UaoConfig(height_m=175.0)), "height"),
    "height of no number": (lambda r: replace(r, config=UaoConfig(height_m=float("nan"))), "height"),
}


BAD_SETTINGS |= {
    f"{name} of {value}": (lambda r, name=name, value=value: replace(r, config=UaoConfig(**{name: value})), name)
    for name, values in {
        "prior_weight": (0.0, -1.0, math.nan, math.inf),
        "bone_log_sd": (-0.05, 1e-6, math.nan, math.inf),
        "sigma_2d_mm": (0.0, -18.0, math.nan, math.inf),
        "knee": (0.0, -3.0, math.nan),
        "smoothing_s": (-0.1, math.nan, math.inf),
        "step": (0.0, -0.007, math.nan, math.inf),
    }.items()
    for value in values
}


@pytest.mark.parametrize("what", BAD_SETTINGS)
def test_absurd_settings_are_refused_in_one_sentence(refinement, what):
    change, word = BAD_SETTINGS[what]
    with pytest.raises(UaoError, match=word) as caught:
        change(refinement)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


OFF = {"bone_log_sd": 0.0, "smoothing_s": 0.0, "knee": 1e6, "clip_ratio": math.inf}


@pytest.mark.parametrize("name", OFF)
def test_parts_may_be_switched_off(refinement, name):
    assert_finite(from_file(replace(refinement, config=UaoConfig(**{name: OFF[name]})), walk(12)))


def test_the_tightest_bones_are_finite(refinement):
    assert_finite(from_file(replace(refinement, config=UaoConfig(bone_log_sd=1e-3)), walk(12)))


@pytest.mark.parametrize("refiner", [FileRefiner, LiveRefiner])
def test_a_window_ends_between_two_steps_when_it_is_stopped(whole, scene, refiner):
    asked = []
    config = UaoConfig(iterations=1000)
    endless = replace(whole, config=config, is_stopped=lambda: asked.append(True) or len(asked) > 5)
    frame = frames_of(scene.joints_px)[0]
    made = refiner(endless)
    results = [made.push(frame)] if refiner is LiveRefiner else [*made.push(frame), *made.flush()]
    assert len(results) == 1 and len(asked) == 7, "once more before the pose's steps"
