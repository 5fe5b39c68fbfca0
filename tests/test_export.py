"""JSON against its schema; BVH through an independent reader."""

import json
import math

import bvhio
import jsonschema
import numpy as np
import pytest
import torch

from tests.conftest import STANDING_M
from uao_core import skeleton as sk
from uao_core.body import SEGMENTS, BodyOptions, fit_body
from uao_core.camera import Intrinsics
from uao_core.errors import UaoError
from uao_core.export import write_take
from uao_core.export_json import SCHEMA_PATH
from uao_core.export_options import ExportOptions
from uao_core.packets import FrameResult, Keypoints, Pose
from uao_core.take import Take

LEVEL = BodyOptions(camera_tilt_deg=0)
"""Bodies that are no people tell the ground badly."""
CAMERA = Intrinsics.from_fov(60, (1280, 720))


def take_of(poses, fps=30.0, times=None):
    """A take of poses (23, 3) in camera axes, or None where nobody is."""
    frames = []
    for i, joints in enumerate(poses):
        time_s = i / fps if times is None else times[i]
        if joints is None:
            frames.append(FrameResult(Keypoints(i, time_s, None), None))
            continue
        joints = np.asarray(joints, np.float32)
        points = np.concatenate([CAMERA.project(torch.from_numpy(joints)).numpy(), np.ones((23, 1), np.float32)], axis=1)
        pose = Pose(joints, np.full(23, 40, np.float32), joints, 1.0, 2.0)
        frames.append(FrameResult(Keypoints(i, time_s, points), pose))
    return Take("walk ü.mp4", fps, (1280, 720), CAMERA, {"name": "test"}, {"iterations": 4, "window": 27}, tuple(frames))


def walking(count=40):
    """Somebody who walks 1.2 m to the left while turning by 100 degrees and waving; bones of constant length."""
    poses = []
    for i in range(count):
        body = STANDING_M.copy()
        swing = 0.5 * math.sin(i / 4)
        for hip, knee, ankle, toes, way in ((1, 2, 3, sk.RIGHT_TOES, 1), (4, 5, 6, sk.LEFT_TOES, -1)):
            c, s = math.cos(way * swing), math.sin(way * swing)
            turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
            body[[knee, ankle, toes]] = (body[[knee, ankle, toes]] - body[hip]) @ turn.T + body[hip]
        yaw = math.radians(100) * i / (count - 1)
        turn = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
        poses.append(body @ turn.T + [1.2 * i / (count - 1), 0.1, 3.5])
    return poses


def read_bvh(path):
    """Joint names to (F, 3) world positions, by bvhio's own forward kinematics; and the raw file."""
    hierarchy, raw = bvhio.readAsHierarchy(str(path)), bvhio.readAsBvh(str(path))
    positions = {joint.Name: [] for joint, _, _ in hierarchy.layout()}
    for frame in range(raw.FrameCount):
        hierarchy.loadPose(frame)
        for joint, _, _ in hierarchy.layout():
            positions[joint.Name].append(list(joint.PositionWorld))
    return {name: np.array(p) for name, p in positions.items()}, raw


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    take, path = take_of(walking()), tmp_path_factory.mktemp("bvh") / "walk.bvh"
    write_take(take, path, ExportOptions(LEVEL))
    return take, *read_bvh(path)


def test_json_holds_every_frame_and_fits_its_schema(tmp_path):
    poses = walking(5)
    take = take_of([None, poses[0], poses[1], None, poses[2]])
    write_take(take, tmp_path / "take.json")
    text = (tmp_path / "take.json").read_text(encoding="utf-8")
    data = json.loads(text)
    jsonschema.validate(data, json.loads(SCHEMA_PATH.read_text()))
    assert [f["index"] for f in data["frames"]] == [0, 1, 2, 3, 4] and data["source"]["name"] == "walk ü.mp4"
    assert data["frames"][0]["joints_m"] is None and data["frames"][3]["sigma_mm"] is None
    assert len(text.splitlines()) < 100  # one frame a line
    frame, camera = data["frames"][2], data["camera"]
    joints = np.array(frame["joints_m"])
    projected = camera["focal_px"] * joints[:, :2] / joints[:, 2:] + camera["principal_point_px"]
    assert np.abs(projected - np.array(frame["keypoints_px"])[:, :2]).max() < 0.2


def test_the_schema_refuses_what_is_wrong(tmp_path):
    write_take(take_of(walking(2)), tmp_path / "take.json")
    schema = json.loads(SCHEMA_PATH.read_text())
    for damage in (
        lambda d: d.update(version=2),
        lambda d: d["frames"][0]["sigma_mm"].pop(),
        lambda d: d["frames"][1]["joints_m"][3].append(1.0),
        lambda d: d["camera"].pop("estimated"),
    ):
        data = json.loads((tmp_path / "take.json").read_text())
        damage(data)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(data, schema)


def test_bvh_is_what_the_fitted_body_is(walk):
    take, positions, _ = walk
    fitted = fit_body(take, LEVEL).positions()
    for i, segment in enumerate(SEGMENTS):
        assert np.abs(positions[segment.name] - fitted[:, i]).max() < 1e-3, segment.name


def test_bvh_follows_the_joints(walk):
    """STANDING_M is left-right symmetric only in the legs, so they come back to the millimetre; arms within centimetres."""
    take, positions, _ = walk
    world = np.stack([f.pose.joints_m for f in take.frames]) * [1, -1, -1]
    for name, joint, limit_m in (
        ("LeftUpLeg", sk.LEFT_HIP, 0.02),
        ("RightLeg", sk.RIGHT_KNEE, 0.02),
        ("LeftFoot", sk.LEFT_ANKLE, 0.02),
        ("Neck", sk.THORAX, 0.03),
        ("LeftHand", sk.LEFT_WRIST, 0.09),
        ("RightForeArm", sk.RIGHT_ELBOW, 0.09),
    ):
        expected = world[:, joint] - world[:, sk.PELVIS]
        error = np.linalg.norm(positions[name] - positions["Hips"] - expected, axis=1)
        assert error.max() < limit_m, name


def test_bvh_stands_upright_on_the_floor_and_faces_front(walk):
    _, positions, raw = walk
    up = positions["Neck"] - positions["Hips"]
    assert (up[:, 1] / np.linalg.norm(up, axis=1)).min() > math.cos(math.radians(5))
    assert 0.0 < min(positions["LeftFoot"][:, 1].min(), positions["RightFoot"][:, 1].min()) < 0.15
    across = positions["LeftArm"][0] - positions["RightArm"][0]
    assert across[0] > 0.9 * np.linalg.norm(across), "the character's left is +x when it faces +z"
    assert np.allclose(positions["Hips"][0, [0, 2]], 0, atol=1e-6)
    assert positions["Hips"][-1, 0] == pytest.approx(1.2, abs=0.01), "root motion is kept"
    assert raw.Root.Name == "Hips" and raw.Root.Channels[3:] == ["Zrotation", "Xrotation", "Yrotation"]
    assert len(raw.Root.Channels) == 6


def test_bvh_bones_are_constant_and_alike_on_both_sides(walk):
    _, positions, _ = walk
    for a, b in (("LeftArm", "LeftForeArm"), ("LeftForeArm", "LeftHand"), ("LeftUpLeg", "LeftLeg"), ("LeftLeg", "LeftFoot")):
        left = np.linalg.norm(positions[a] - positions[b], axis=1)
        right = np.linalg.norm(positions[a.replace("Left", "Right")] - positions[b.replace("Left", "Right")], axis=1)
        assert np.ptp(left) < 1e-4 and np.allclose(left, right, atol=1e-4)


def test_bvh_resamples_uneven_times(tmp_path):
    times = [0.0, 0.1, 0.2, 0.6, 0.7]
    poses = [STANDING_M + [x, 0, 3] for x in times]  # one metre a second
    write_take(take_of(poses, fps=10.0, times=times), tmp_path / "a.bvh")
    positions, raw = read_bvh(tmp_path / "a.bvh")
    assert raw.FrameCount == 8
    assert np.allclose(np.diff(positions["Hips"][:, 0]), 0.1, atol=1e-4)


def test_bvh_in_centimetres_is_a_hundred_times_larger(tmp_path):
    take = take_of(walking(3))
    write_take(take, tmp_path / "m.bvh")
    write_take(take, tmp_path / "cm.bvh", ExportOptions(BodyOptions(units="cm")))
    metres, centimetres = read_bvh(tmp_path / "m.bvh")[0], read_bvh(tmp_path / "cm.bvh")[0]
    assert np.allclose(100 * metres["LeftHand"], centimetres["LeftHand"], atol=0.05)


def test_one_frame_is_enough(tmp_path):
    write_take(take_of(walking(1 + 1)[:1]), tmp_path / "one.bvh")
    assert read_bvh(tmp_path / "one.bvh")[1].FrameCount == 1


def test_nobody_is_no_motion_and_an_old_file_stays(tmp_path):
    target = tmp_path / "take.bvh"
    target.write_text("precious")
    with pytest.raises(UaoError, match="Nobody"):
        write_take(take_of([None, None]), target)
    assert target.read_text() == "precious" and list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", ["take.fbx", "take"])
def test_other_formats_are_refused(tmp_path, name):
    with pytest.raises(UaoError, match=r"\.bvh, .* or \.npz"):
        write_take(take_of(walking(2)), tmp_path / name)


@pytest.mark.parametrize("suffix", ["bvh", "json"])
def test_a_target_that_cannot_be_written_is_named(tmp_path, suffix):
    with pytest.raises(UaoError, match="cannot be written"):
        write_take(take_of(walking(2)), tmp_path / "no such folder" / f"take.{suffix}")
