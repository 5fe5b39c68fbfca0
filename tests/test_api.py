"""The package as other programs use it: keypoints in, poses with their error out, to files and back."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import uao_core
from models.weights import load_lifter
from tests.conftest import STANDING_M
from tests.test_export import CAMERA, take_of, walking
from uao_core import UaoError, lift, read_take, write_take
from uao_core.optimize import UaoConfig

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def lifter():
    return load_lifter()


@pytest.fixture(scope="module")
def keypoints():
    """(12, 23, 3) of somebody who walks, as a camera sees them."""
    poses = np.array(walking(12), dtype=np.float32)
    points = CAMERA.project(torch.from_numpy(poses)).numpy()
    return np.concatenate([points, np.ones((12, 23, 1), np.float32)], axis=2)


def quick(keypoints, lifter, **options):
    return lift(keypoints, 30, (1280, 720), lifter=lifter, config=UaoConfig(iterations=0), **options)


def test_keypoints_become_poses_that_project_onto_them(keypoints, lifter):
    take = lift(keypoints, fps=30, image_size=(1280, 720), focal_px=CAMERA.focal_px, lifter=lifter)
    assert len(take.frames) == 12 and take.fps == 30 and not take.intrinsics.estimated
    for frame, points in zip(take.frames, keypoints, strict=True):
        joints, sigma = frame.pose.joints_m, frame.pose.sigma_mm
        assert joints.shape == (23, 3) and sigma.shape == (23,) and (sigma > 0).all() and (sigma < 500).all()
        off = np.linalg.norm(CAMERA.project(torch.from_numpy(joints)).numpy() - points[:, :2], axis=1)
        assert np.median(off) < 12
        root = joints - joints[0]
        truth = walking(12)[frame.index] - walking(12)[frame.index][0]
        assert np.linalg.norm(root - truth, axis=1).mean() < 0.25


def test_the_lines_of_the_package_run_as_they_stand(tmp_path, keypoints):
    lines = [line[4:] for line in uao_core.__doc__.splitlines() if line.startswith("    ")]
    np.save(tmp_path / "keypoints.npy", keypoints)
    code = f"import numpy as np\nkeypoints_px = np.load({str(tmp_path / 'keypoints.npy')!r})\n" + "\n".join(lines)
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=_here(), check=True, timeout=300)
    assert (tmp_path / "take.glb").read_bytes()[:4] == b"glTF"


def _here():
    import os

    return os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, uao_core; print([m for m in ('torch', 'numpy', 'scipy', 'ezc3d', 'pygltflib') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    for name in uao_core.__all__:
        assert getattr(uao_core, name) is not None and name in dir(uao_core)
    with pytest.raises(AttributeError, match="nothing_of_it"):
        _ = uao_core.nothing_of_it


def test_a_generator_of_frames_with_gaps_will_do(keypoints, lifter):
    """As a detector gives them, frame by frame; frames without a person stay without a pose."""
    seen = [*keypoints[:4], None, *keypoints[5:]]
    take = quick((frame for frame in seen), lifter)
    assert [frame.pose is None for frame in take.frames] == [i == 4 for i in range(12)]
    assert take.intrinsics.estimated


def test_unseen_joints_are_bridged(keypoints, lifter):
    holed = keypoints.copy()
    holed[3, 13] = np.nan
    holed[5, 16, 2] = 0
    for frame in quick(holed, lifter).frames:
        assert np.isfinite(frame.pose.joints_m).all() and np.isfinite(frame.pose.sigma_mm).all()
    human36m = quick(keypoints[:, :17], lifter)
    assert human36m.frames[0].pose.joints_m.shape == (23, 3)


def test_one_frame_and_nobody(keypoints, lifter, tmp_path):
    assert quick(keypoints[:1], lifter).frames[0].pose is not None
    nobody = quick(np.zeros((3, 23, 3)), lifter)
    assert all(frame.pose is None for frame in nobody.frames)
    with pytest.raises(UaoError, match="Nobody"):
        write_take(nobody, tmp_path / "a.bvh")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"keypoints_px": np.zeros((0, 23, 3))}, "no keypoints"),
        ({"keypoints_px": np.zeros((2, 23, 2))}, r"not of shape \(23, 2\)"),
        ({"keypoints_px": [["a"]]}, "frame 0"),
        ({"keypoints_px": np.full((2, 23, 3), 5.0)}, "between 0 and 1"),
        ({"fps": 0}, "frame rate"),
        ({"fps": math.nan}, "frame rate"),
        ({"fps": 10_001}, "frame rate"),
        ({"times_s": [math.nan, 1.0]}, "later"),
        ({"times_s": [-math.inf, 1.0]}, "later"),
        ({"image_size": (1280, 65_537)}, "image size"),
        ({"image_size": (1280, -1)}, "image size"),
        ({"focal_px": -3}, "focal length"),
        ({"times_s": [0.0, 0.0]}, "later"),
        ({"times_s": [0.0]}, "one for each"),
        ({"times_s": [0.0, 1.0, 2.0]}, "one for each"),
        ({"height_m": 17}, "height"),
    ],
)
def test_wrong_values_are_named(keypoints, lifter, change, words):
    arguments = {"keypoints_px": keypoints[:2], "fps": 30, "image_size": (1280, 720), "lifter": lifter} | change
    with pytest.raises(UaoError, match=words):
        lift(**arguments)


def test_a_take_comes_back_from_json_as_it_was(tmp_path):
    poses = walking(4)
    take = take_of([None, *poses[1:]])
    write_take(take, tmp_path / "a.json")
    again = read_take(tmp_path / "a.json")
    assert (again.source_name, again.fps, again.image_size) == (take.source_name, take.fps, take.image_size)
    assert again.intrinsics.focal_px == pytest.approx(take.intrinsics.focal_px, abs=0.01) and again.uao == take.uao
    for old, new in zip(take.frames, again.frames, strict=True):
        assert old.index == new.index and old.time_s == pytest.approx(new.time_s, abs=1e-6)
        if old.pose is None:
            assert new.pose is None and new.keypoints.joints_px is None
            continue
        assert np.abs(old.pose.joints_m - new.pose.joints_m).max() < 1e-4
        assert np.abs(old.pose.sigma_mm - new.pose.sigma_mm).max() < 0.06
        assert np.abs(old.keypoints.joints_px - new.keypoints.joints_px).max() < 0.01
        assert np.isnan(new.pose.lifted_m).all() and math.isnan(new.pose.reprojection_px)
    write_take(again, tmp_path / "b.json")
    assert (tmp_path / "b.json").read_bytes() == (tmp_path / "a.json").read_bytes()
    write_take(again, tmp_path / "b.glb")


def test_files_without_toes_hands_and_ears_are_read(tmp_path):
    write_take(take_of(walking(3)), tmp_path / "a.json")
    data = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    for key in ("extremities", "extremity_parents"):
        del data["skeleton"][key]
    for frame in data["frames"]:
        for key in ("extremities_m", "extremities_sigma_mm", "extremities_px"):
            del frame[key]
    (tmp_path / "old.json").write_text(json.dumps(data))
    take = read_take(tmp_path / "old.json")
    assert np.isfinite(take.frames[0].pose.joints_m[:17]).all() and np.isnan(take.frames[0].pose.joints_m[17:]).all()
    write_take(take, tmp_path / "a.csv")
    write_take(take, tmp_path / "a.trc")
    write_take(take, tmp_path / "a.bvh")
    assert (tmp_path / "a.bvh").read_text().startswith("HIERARCHY"), "a body has hands and feet whatever is known of them"


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.update(version=2),
        lambda d: d.update(version=True),
        lambda d: d.update(format="other"),
        lambda d: d.update(fps=-1),
        lambda d: d.update(fps="30"),
        lambda d: d.update(image_size=[1280, 0]),
        lambda d: d.update(image_size=[10**9, 10**9]),
        lambda d: d.update(frames={}),
        lambda d: d.update(source="a"),
        lambda d: d["camera"].update(focal_px=0),
        lambda d: d["camera"].update(estimated=1),
        lambda d: d["skeleton"]["joints"].reverse(),
        lambda d: d["frames"][0].update(index=-1),
        lambda d: d["frames"][1].update(index=0),
        lambda d: d["frames"][1].update(time_s=1e6),
        lambda d: d["frames"][1].update(time_s=None),
        lambda d: d["frames"][1].update(sigma_mm=None),
        lambda d: d["frames"][1]["sigma_mm"].pop(),
        lambda d: d["frames"][1]["sigma_mm"].__setitem__(0, -1),
        lambda d: d["frames"][1]["joints_m"].__setitem__(0, [1, 2]),
        lambda d: d["frames"][1]["joints_m"].__setitem__(0, [1, 2, "3"]),
        lambda d: d["frames"][1]["joints_m"].__setitem__(0, [1, 2, 1e300]),
        lambda d: d["frames"][1]["joints_m"].__setitem__(0, [1, 2, math.nan]),
        lambda d: d["frames"][1]["extremities_m"].append([0, 0, 0]),
        lambda d: d["frames"].append(7),
    ],
)
def test_takes_that_are_wrong_are_refused_in_a_sentence(tmp_path, damage):
    write_take(take_of(walking(2)), tmp_path / "a.json")
    data = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    damage(data)
    (tmp_path / "bad.json").write_text(json.dumps(data))
    with pytest.raises(
        UaoError, match=r"bad\.json (is no take of UAO Pose \(.+\); give a|was written by a newer UAO Pose; update)"
    ):
        read_take(tmp_path / "bad.json")


@pytest.mark.parametrize(
    "text", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"fps": ' + b"9" * 10_000 + b"}", b"[]", b"null"]
)
def test_what_is_no_json_is_refused(tmp_path, text):
    (tmp_path / "a.json").write_bytes(text)
    with pytest.raises(UaoError, match="no take of UAO Pose"):
        read_take(tmp_path / "a.json")


def test_hostile_sizes_are_refused_before_they_are_read(tmp_path):
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(2**31)  # a sparse file: nothing is on disk
    with pytest.raises(UaoError, match="larger than any take"):
        read_take(tmp_path / "large.json")
    with pytest.raises(UaoError, match="cannot be read"):
        read_take(tmp_path / "none.json")


def test_standing_somebody_is_about_as_tall_as_told(lifter):
    body = np.tile(STANDING_M + [0, 0, 3], (3, 1, 1)).astype(np.float32)
    points = CAMERA.project(torch.from_numpy(body)).numpy()
    keypoints = np.concatenate([points, np.ones((3, 23, 1), np.float32)], axis=2)
    tall, small = (
        np.ptp(lift(keypoints, 30, (1280, 720), lifter=lifter, height_m=height).frames[1].pose.joints_m[:, 1])
        for height in (1.9, 1.5)
    )
    assert tall / small == pytest.approx(1.9 / 1.5, rel=0.05)


def test_numbers_of_numpy_come_back_from_json(keypoints, lifter, tmp_path):
    take = lift(
        keypoints[:3],
        np.float32(30),
        (np.int64(1280), np.int64(720)),
        lifter=lifter,
        focal_px=np.float32(1000),
        height_m=np.float32(1.75),
        window=np.int64(27),
        times_s=np.arange(3, dtype=np.float32) / 30,
    )
    write_take(take, tmp_path / "a.json")
    again = read_take(tmp_path / "a.json")
    assert (again.fps, again.image_size, again.intrinsics.focal_px) == (30, (1280, 720), 1000)
    assert again.uao["height_m"] == 1.75 and again.uao["window"] == 27
    given = UaoConfig(iterations=np.int64(0), height_m=np.float32(1.75), mirrored=np.True_)
    write_take(lift(keypoints[:3], 30, (1280, 720), lifter=lifter, config=given), tmp_path / "b.json")


@pytest.mark.parametrize("start_s", [-0.5, 1.7e9])
def test_times_count_from_the_first_frame(keypoints, lifter, tmp_path, start_s):
    write_take(quick(keypoints[:3], lifter, times_s=[start_s, start_s + 0.5, start_s + 0.75]), tmp_path / "a.json")
    assert [frame.keypoints.time_s for frame in read_take(tmp_path / "a.json").frames] == [0, 0.5, 0.75]
