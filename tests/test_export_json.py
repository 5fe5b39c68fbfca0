"""The JSON format at its edges: what a reader gets for frames that hold no number, and what a later minor version may add.

`test_export.py` holds the ordinary way through both formats.
"""

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from tests.test_export import CAMERA, take_of, walking
from uao_core.errors import UaoError
from uao_core.export_json import SCHEMA_PATH, take_to_dict, write_json
from uao_core.import_json import read_take
from uao_core.packets import FrameResult, Keypoints

SCHEMA = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))


def valid(data):
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(data)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_file_and_dict_are_the_same(tmp_path):
    take = take_of([None, *walking(3)])
    write_json(take, tmp_path / "take.json")
    assert json.loads((tmp_path / "take.json").read_text(encoding="utf-8")) == take_to_dict(take)
    assert valid(take_to_dict(take))


def test_every_frame_is_one_line_that_parses_alone(tmp_path):
    write_json(take_of([*walking(3), None]), tmp_path / "take.json")
    lines = (tmp_path / "take.json").read_text(encoding="utf-8").splitlines()
    start = lines.index(' "frames": [') + 1
    assert [json.loads(line.rstrip(","))["index"] for line in lines[start : start + 4]] == [0, 1, 2, 3]
    assert lines[start + 4 :] == [" ]", "}"]


def test_a_take_without_frames_is_still_json(tmp_path):
    write_json(take_of([]), tmp_path / "take.json")
    data = json.loads((tmp_path / "take.json").read_text(encoding="utf-8"))
    assert data["frames"] == [] and valid(data)


def test_keypoints_that_are_no_number_have_confidence_zero(tmp_path):
    """The refiner leaves such frames as the detector gave them, without a pose."""
    joints_px = np.full((23, 3), 0.5, np.float32)
    joints_px[4, 0], joints_px[9, 2] = np.nan, np.inf
    take = replace(take_of([]), frames=(FrameResult(Keypoints(0, 0.0, joints_px), None),))
    write_json(take, tmp_path / "take.json")
    data = json.loads((tmp_path / "take.json").read_text(encoding="utf-8"))
    keypoints_px = data["frames"][0]["keypoints_px"]
    assert valid(data)
    assert keypoints_px[4] == keypoints_px[9] == [0, 0, 0] and keypoints_px[5] == [0.5, 0.5, 0.5]


def test_numbers_are_rounded_no_further_than_said():
    take = take_of(walking(4))
    for frame, row in zip(take.frames, take_to_dict(take)["frames"], strict=True):
        joints = np.array(row["joints_m"] + row["extremities_m"])
        sigma_mm = np.array(row["sigma_mm"] + row["extremities_sigma_mm"])
        points = np.array(row["keypoints_px"] + row["extremities_px"])
        assert np.abs(joints - frame.pose.joints_m).max() <= 0.5e-4 + 1e-7
        assert np.abs(sigma_mm - frame.pose.sigma_mm).max() <= 0.05 + 1e-5
        assert np.abs(points - frame.keypoints.joints_px).max() <= 0.005 + 1e-4
        assert all(len(repr(value).partition(".")[2]) <= 4 for joint in row["joints_m"] for value in joint)


def test_the_camera_projects_the_joints_onto_the_keypoints():
    data = take_to_dict(take_of(walking(8)))
    camera = data["camera"]
    assert camera["estimated"] is CAMERA.estimated
    for frame in data["frames"]:
        joints, points = np.array(frame["joints_m"]), np.array(frame["keypoints_px"])[:, :2]
        projected = camera["focal_px"] * joints[:, :2] / joints[:, 2:] + camera["principal_point_px"]
        assert np.abs(projected - points).max() < 0.1  # 0.05 mm at 3.5 m and a focal length of 1109 px is 0.02 px


def test_readers_accept_later_optional_keys():
    data = take_to_dict(take_of(walking(2)))
    data["person"], data["camera"]["distortion"], data["frames"][0]["gaze"] = 1, [0.0], None
    assert valid(data)


@pytest.mark.parametrize("key", ["joints_m", "sigma_mm", "keypoints_px", "time_s", "index"])
def test_every_key_of_a_frame_is_required(key):
    data = take_to_dict(take_of(walking(2)))
    del data["frames"][1][key]
    assert not valid(data)


@pytest.mark.parametrize("key", ["joints_m", "keypoints_px"])
def test_a_joint_has_three_numbers(key):
    for damage in (lambda row: row.pop(), lambda row: row[3].pop(), lambda row: row[3].__setitem__(0, None)):
        data = take_to_dict(take_of(walking(2)))
        damage(data["frames"][0][key])
        assert not valid(data)


def test_an_unknown_joint_of_the_first_seventeen_is_refused_in_a_sentence(tmp_path):
    for damage in (lambda pose: pose.joints_m.__setitem__(5, np.nan), lambda pose: pose.sigma_mm.__setitem__(5, np.nan)):
        take = take_of(walking(3))
        damage(take.frames[1].pose)
        with pytest.raises(UaoError, match=r"Frame 1 .*left_knee.*NPZ"):
            write_json(take, tmp_path / "take.json")
        assert not list(tmp_path.iterdir())


def test_extremities_are_known_all_or_not_at_all():
    take = take_of(walking(3))
    take.frames[1].pose.joints_m[-1] = np.nan
    data = take_to_dict(take)
    assert valid(data) and [frame["extremities_m"] is None for frame in data["frames"]] == [False, True, False]
    assert "all" in SCHEMA["$defs"]["frame"]["properties"]["extremities_m"]["description"]


def test_edges_are_kept_in_the_frames_that_have_them(tmp_path):
    take = take_of(walking(3))
    edges = np.array([[10, 20, 11.5, 300], [600, 5, 590, 470]], np.float32)
    for found in (edges, edges[:0]):
        first = replace(take.frames[0], keypoints=replace(take.frames[0].keypoints, edges_px=found))
        written = replace(take, frames=(first, *take.frames[1:]))
        data = take_to_dict(written)
        assert valid(data) and ["edges_px" in frame for frame in data["frames"]] == [True, False, False]
        write_json(written, tmp_path / "take.json")
        read = read_take(tmp_path / "take.json").frames
        assert np.array_equal(read[0].keypoints.edges_px, found) and read[1].keypoints.edges_px is None
