"""The evaluation command: clips with truth, motion, protocols, report."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.conftest import walk
from uao_core import refiner
from uao_core.camera import Intrinsics
from uao_core.errors import UaoError
from uao_core.evaluate.figures import Tally
from uao_core.evaluate.protocols import Method, Protocol, run
from uao_core.evaluate.sequences import find_detector, read_clip, read_set
from uao_core.keypoints import DIRECT_LANDMARKS
from uao_core.optimize import UaoConfig
from uao_core.packets import Keypoints
from uao_core.refiner import LiveRefiner, Refinement
from uao_core.skeleton import LEFT_WRIST, NOSE, PELVIS, SPINE

FRAMES, FOCAL = 12, 900.0
DETECTOR = "tests.test_evaluate:fake_detector"
OWN_ERROR_M = 0.05


def fake_detector(video):
    """The walker, two pixels too far right; its own 3D is a body in which every second landmark is 5 cm off."""
    frames = []
    for i, joints in enumerate(walk(FRAMES + 4)):
        wrong = OWN_ERROR_M * (np.arange(23) % 2) * (0.9 + 0.2 * (i % 2))
        world = world_of(TRUTH[min(i, FRAMES - 1)] + wrong[:, None])
        frames.append(Keypoints(i, i / 30, joints + np.float32([2, 0, 0]), None, world))
    assert video.name == "walk.mp4"
    return frames


def world_of(joints):
    """(33, 3) of which the landmarks that are joints lie where these do."""
    world = np.zeros((33, 3), np.float32)
    world[list(DIRECT_LANDMARKS.values())] = joints[list(DIRECT_LANDMARKS)]
    return world


def named_detector(name):
    return fake_detector if name == "walker" else None


def truth_of_the_walk():
    """(T, 23, 3) a body 4 m away that projects onto the walker: the depth is everybody's 4 m."""
    rays = (walk(FRAMES)[..., :2] - [640, 360]) / FOCAL
    return (4 * np.concatenate([rays, np.ones((FRAMES, 23, 1))], axis=2)).astype(np.float32)


TRUTH = truth_of_the_walk()


def write_clip(path, **changes):
    """A clip in its layout; what is changed to None is left out."""
    content = {
        "joints_cam": TRUTH[:, :17],
        "joints_2d_gt": walk(FRAMES)[:, :17, :2],
        "frame_index": np.arange(FRAMES),
        "K": np.array([[FOCAL, 0, 640], [0, FOCAL, 360], [0, 0, 1.0]]),
        "video": "walk.mp4",
    } | changes
    np.savez(path, **{name: value for name, value in content.items() if value is not None})
    return path


def test_a_clip_is_seen_exactly_and_by_the_detector(tmp_path):
    points = walk(FRAMES)[:, :17, :2].copy()
    points[3, LEFT_WRIST] = np.nan
    exact, detected = read_clip(write_clip(tmp_path / "walk.npz", joints_2d_gt=points), DETECTOR)
    assert (exact.data, exact.points, detected.points) == ("walk", "exact", DETECTOR)
    assert exact.intrinsics == Intrinsics(FOCAL, (640, 360), estimated=False)
    assert np.allclose(exact.keypoints[5].joints_px[:17], walk(FRAMES)[5, :17]) and exact.keypoints[5].time_s == 5 / 30
    assert (exact.keypoints[3].joints_px[LEFT_WRIST] == 0).all() and exact.keypoints[3].joints_px[NOSE, 2] == 1
    assert np.allclose(detected.keypoints[5].joints_px[:, 0], walk(FRAMES)[5, :, 0] + 2)
    assert exact.detector_m is None and len(detected.keypoints) == len(detected.truth_m) == FRAMES
    assert np.isnan(detected.detector_m[:, [PELVIS, SPINE]]).all() and np.isfinite(detected.detector_m[:, NOSE]).all()


def test_truth_may_be_known_of_some_frames_alone(tmp_path):
    rows = np.array([2, 5, 6])
    path = write_clip(
        tmp_path / "w.npz", frame_index=rows, joints_cam=TRUTH[rows, :17], joints_2d_gt=walk(FRAMES)[rows, :17, :2]
    )
    for sequence in read_set(path, DETECTOR, 1):
        assert [frame.index for frame in sequence.keypoints] == [2, 5, 6] and len(sequence.truth_m) == 3


def test_detectors_are_found_by_name_with_or_without_an_argument():
    assert find_detector(DETECTOR) is fake_detector
    assert find_detector("tests.test_evaluate:named_detector:walker") is fake_detector


@pytest.mark.parametrize("name", ["nobody", "tests.test_evaluate:nobody", "nobody.at.all:detect", "mediapipe-huge", "", ":"])
def test_an_unknown_detector_is_one_sentence(name):
    with pytest.raises(UaoError, match="no 2D detector") as caught:
        find_detector(name)
    assert "\n" not in str(caught.value) and "mediapipe-full" in str(caught.value)


def test_live_frames_are_those_that_a_live_refiner_gives(tmp_path, lifter):
    """Fewer frames than a window: every one but the last would have seen more of its future in a file."""
    sequence = next(read_clip(write_clip(tmp_path / "w.npz"), DETECTOR))
    refinement = Refinement(lifter.network, sequence.intrinsics, window=4)
    config = UaoConfig(iterations=1)
    live, filed = (Method(config, 4, is_live).results(refinement, sequence.keypoints) for is_live in (True, False))
    refiner = LiveRefiner(refinement)
    for shown, later, frame in zip(live, filed, sequence.keypoints, strict=True):
        assert np.array_equal(shown.pose.joints_m, refiner.push(frame).pose.joints_m)
        assert shown.index == later.index
    assert not np.allclose(live[0].pose.joints_m, filed[0].pose.joints_m, atol=1e-4)


@pytest.fixture
def cameras_and_roots(monkeypatch):
    """What the refiners of a protocol are given."""
    found = []

    class Watched(refiner.FileRefiner):
        def __init__(self, refinement):
            found.append((refinement.intrinsics, refinement.known_roots))
            super().__init__(refinement)

    monkeypatch.setattr(refiner, "FileRefiner", Watched)
    return found


@pytest.mark.parametrize("protocol", Protocol, ids=lambda protocol: protocol.value)
def test_protocols_know_what_they_say(tmp_path, lifter, cameras_and_roots, protocol):
    sequence = next(read_clip(write_clip(tmp_path / "w.npz"), DETECTOR))
    tally = Tally()
    run(lifter.network, sequence, protocol, Method(UaoConfig(iterations=1)), tally)
    focals = [camera.focal_px for camera, _ in cameras_and_roots]
    assert focals == pytest.approx([FOCAL / 1.2, FOCAL * 1.2] if protocol is Protocol.C else [FOCAL])
    assert all(camera.principal_point_px == (640, 360) for camera, _ in cameras_and_roots)
    assert tally.figures()["frames"] == FRAMES * len(focals)
    for _, roots in cameras_and_roots:
        assert (roots is not None) == (protocol is Protocol.A)
        if roots is not None:
            assert all(np.allclose(roots[i], TRUTH[i, PELVIS]) for i in range(FRAMES))


def test_a_known_root_is_used_and_one_without_truth_is_not_guessed(tmp_path, lifter):
    sequence = next(read_clip(write_clip(tmp_path / "w.npz"), DETECTOR))
    hips_alone = sequence.truth_m.copy()
    hips_alone[:, PELVIS] = np.nan
    tallies = [Tally(), Tally(), Tally()]
    hidden = sequence.truth_m.copy()
    hidden[4, [0, 1, 4]] = np.nan
    for truth, tally in zip((sequence.truth_m, hips_alone, hidden), tallies, strict=True):
        run(lifter.network, replace(sequence, truth_m=truth), Protocol.A, Method(UaoConfig()), tally)
    assert tallies[0].figures()["mpjpe_mm"] == pytest.approx(tallies[1].figures()["mpjpe_mm"], rel=0.05)
    assert not tallies[2].errors


def test_a_lens_that_nobody_knows_is_not_given(archive_folder, lifter):
    sequences = {s.points: s for s in read_set(archive_folder / "mocap_lab.npz", "", 1, stress=True)}
    for points, protocol, counts in (
        ("noisy", Protocol.B, 1),
        ("unknown lens", Protocol.B, 0),
        ("unknown lens", Protocol.C, 2),
    ):
        tally = Tally()
        run(lifter.network, sequences[points], protocol, Method(UaoConfig(iterations=0)), tally)
        assert len(tally.errors) == counts


def test_the_command_prints_every_row_of_a_clip(tmp_path, evaluated):
    status, out, err = evaluated(write_clip(tmp_path / "walk.npz"), "--detector", DETECTOR, "--protocol", "b")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) == 6 and [line[:4] for line in lines[1:]] == ["walk"] * 5
    own = next(line for line in lines if "detector's own 3D" in line)
    shift = OWN_ERROR_M * 3**0.5 * 1000  # of every second limb joint; one hip in two moves, so their middle does by half
    assert float(own.split("3D")[1].split()[0]) == pytest.approx(shift / 2, rel=0.05)
    assert sum("of the detector's own" in line for line in lines) == 2
    assert sum("%" in line for line in lines) == 2, "the gain of the optimization, for both kinds of 2D"


def test_motion_comes_as_exact_and_noisy_and_under_stress(archive_folder):
    sequences = list(read_set(archive_folder / "mocap_lab.npz", "", 2, stress=True))
    assert {s.points for s in sequences} >= {"exact", "noisy", "occluded", "truncated", "sides exchanged", "unknown lens"}
    assert len(sequences) == 8 * 2 and all(s.data == "lab" and len(s.keypoints) == 27 for s in sequences)
    exact = sequences[0]
    projected = exact.intrinsics.project(torch.from_numpy(exact.truth_m))[:, [2, 5, 13]].numpy()
    seen = np.stack([frame.joints_px for frame in exact.keypoints])[:, [2, 5, 13], :2]
    assert np.allclose(projected, seen, atol=0.1)
    (held_out, *_) = read_set(archive_folder, "", 1)
    assert held_out.data == "held-out subjects"
    assert {s.data for s in read_set(archive_folder / "mocap_accad.npz", "", 1)} == {"accad"}


def test_the_command_writes_a_report_and_plots(archive_folder, tmp_path, evaluated):
    pytest.importorskip("matplotlib")
    report = tmp_path / "new" / "report.json"
    status, out, err = evaluated(
        archive_folder / "mocap_lab.npz", "--count", 1, "--protocol", "a, c", "--uao-iterations", 1, "--report", report
    )
    assert (status, err) == (0, "")
    content = json.loads(report.read_text())
    assert content["weights"].endswith(".safetensors") and set(content["machine"]) == {"processor", "python", "torch"}
    keys = {(row["points"], row["protocol"], row["method"]) for row in content["rows"]}
    assert keys == {(p, k, m) for p in ("exact", "noisy") for k in "ac" for m in ("lifter", "lifter + UAO")}
    assert all(
        0 < row["mpjpe_mm"] < 1000 and row["frames"] == 27 * (1 + (row["protocol"] == "c")) for row in content["rows"]
    )
    plots = sorted(path.name for path in report.parent.glob("*.png"))
    assert plots == [f"report-{name}.png" for name in ("angles", "joints", "reliability", "sparsification", "worst")]
    assert all((report.parent / plot).stat().st_size > 5000 and plot in out for plot in plots)


def test_truth_may_be_of_double_precision(tmp_path, evaluated):
    path = write_clip(tmp_path / "w.npz", joints_cam=TRUTH[:, :17].astype(np.float64))
    assert evaluated(path, "--detector", DETECTOR, "--protocol", "b")[0] == 0
