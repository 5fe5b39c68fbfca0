"""TRC by OpenSim's own rules, C3D through another reader: the measured joints, with gaps, in an upright world."""

import sys
import warnings
from dataclasses import replace

import c3d
import ezc3d
import numpy as np
import pytest

from tests.conftest import STANDING_M
from tests.test_export import take_of, walking
from uao_core import skeleton as sk
from uao_core.body import BodyOptions
from uao_core.errors import UaoError
from uao_core.export import write_take
from uao_core.export_options import ExportOptions
from uao_core.markers import count_marks, marks, upright_world


def read_trc(path):
    """As OpenSim's TRCFileAdapter: header, labels, times (F,) and positions (F, M, 3), NaN where any of three is blank."""
    lines = path.read_text(encoding="utf-8").split("\n")
    assert lines[0].split()[:3] == ["PathFileType", "4", "(X/Y/Z)"] and len(lines[0].split()) == 4
    header = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    assert list(header) == [
        *("DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units"),
        *("OrigDataRate", "OrigDataStartFrame", "OrigNumFrames"),
    ]
    labels = [label for label in lines[3].split("\t") if label]
    assert labels[:2] == ["Frame#", "Time"] and len(labels) == 2 + int(header["NumMarkers"])
    components = [name for name in lines[4].split("\t") if name]
    assert components == [f"{axis}{i + 1}" for i in range(len(labels) - 2) for axis in "XYZ"]
    assert lines[5] == "" and lines[-1] == ""
    rows = [line.split("\t") for line in lines[6:-1]]
    assert all(len(row) == 3 * len(labels) - 3 and row[-1] == "" for row in rows), "each cell ends in a tab"
    assert [row[0] for row in rows] == [str(i + 1) for i in range(int(header["NumFrames"]))]
    values = np.array([[float(cell) if cell else np.nan for cell in row[2:-1]] for row in rows])
    return header, labels[2:], np.array([float(row[1]) for row in rows]), values.reshape(len(rows), -1, 3)


def read_c3d(path):
    """Rate, labels, points (F, M, 3) in millimetres with NaN where invalid, residuals (F, M)."""
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = c3d.Reader(file)
        rows = np.array([points for _, points, _ in reader.read_frames()])
    points = np.where((rows[..., 3] < 0)[..., None], np.nan, rows[..., :3])
    residual = np.where(rows[..., 3] < 0, -1, rows[..., 4])
    return reader, [label.strip() for label in reader.point_labels], points, residual


@pytest.fixture
def gappy():
    poses = walking(30)
    return take_of([None, *poses[1:10], None, None, None, *poses[13:]], fps=25.0)


def test_both_hold_every_measured_joint_where_it_is(tmp_path, gappy):
    for name in ("Gang 步行 ü.trc", "Gang 步行 ü.c3d"):
        write_take(gappy, tmp_path / name)
    header, labels, times, trc = read_trc(tmp_path / "Gang 步行 ü.trc")
    reader, c3d_labels, points, _ = read_c3d(tmp_path / "Gang 步行 ü.c3d")
    assert labels == c3d_labels == list(sk.JOINT_NAMES)
    assert header["Units"] == "mm" and float(header["DataRate"]) == reader.point_rate == 25.0
    assert np.allclose(times, np.arange(30) / 25)
    world = upright_world(gappy)
    for i, frame in enumerate(gappy.frames):
        if frame.pose is None:
            assert np.isnan(trc[i]).all() and np.isnan(points[i]).all()
            continue
        x, y, z = 1000 * (world.rotation @ frame.pose.joints_m.T + world.offset_m[:, None])
        assert np.abs(trc[i] - np.stack([z, y, -x], axis=1)).max() < 1e-3, "OpenSim: x forward, y up, z right"
        assert np.abs(points[i] - np.stack([z, x, y], axis=1)).max() < 1e-2, "laboratories: x forward, y left, z up"


def test_people_stand_upright_on_the_floor(tmp_path):
    take = take_of(walking())
    write_take(take, tmp_path / "a.trc")
    write_take(take, tmp_path / "a.c3d")
    up = {"trc": read_trc(tmp_path / "a.trc")[3][..., 1], "c3d": read_c3d(tmp_path / "a.c3d")[2][..., 2]}
    for heights in up.values():
        assert -40 < np.percentile(heights[:, [sk.LEFT_TOES, sk.RIGHT_TOES]].min(axis=1), 10) < 80
        assert 1400 < np.median(heights[:, sk.HEAD_TOP]) < 1900


def test_without_feet_the_camera_is_taken_for_level(tmp_path):
    take = take_of(walking(4))
    for frame in take.frames:
        frame.keypoints.joints_px[list({*sk.EXTREMITIES, sk.LEFT_ANKLE, sk.RIGHT_ANKLE}), 2] = 0
    world = upright_world(take)
    assert not world.has_floor and np.allclose(world.rotation @ [1, 2, 3], [1, -2, -3])
    write_take(take, tmp_path / "a.trc")
    x, y, z = 1000 * take.frames[0].pose.joints_m[sk.NOSE]
    assert np.allclose(read_trc(tmp_path / "a.trc")[3][0, sk.NOSE], [-z, -y, -x], atol=0.01)


@pytest.mark.parametrize("tilt", [0.0, 30.0])
def test_a_given_tilt_turns_the_points(tmp_path, tilt):
    take = take_of(walking(4))
    write_take(take, tmp_path / "a.trc", ExportOptions(BodyOptions(camera_tilt_deg=tilt)))
    marks = read_trc(tmp_path / "a.trc")[3][0]
    x, y, z = (1000 * take.frames[0].pose.joints_m.T)[:, [sk.NOSE, sk.PELVIS]]
    turned = np.radians(tilt)
    up, forward = -np.cos(turned) * y - np.sin(turned) * z, np.sin(turned) * y - np.cos(turned) * z
    along = np.stack([forward, up, -x], axis=1)
    assert np.allclose(marks[sk.NOSE] - marks[sk.PELVIS], along[0] - along[1], atol=0.02)


@pytest.mark.parametrize(("largest", "step"), [(120, 1), (300, 3)])
def test_residuals_are_expected_errors(tmp_path, largest, step):
    """C3D keeps residuals in bytes; what does not fit is kept in coarser steps, not cut off."""
    take = take_of(walking(5))
    for frame in take.frames:
        frame.pose.sigma_mm[:] = np.linspace(20, largest, 23)
    write_take(take, tmp_path / "a.c3d")
    reader, _, _, residual = read_c3d(tmp_path / "a.c3d")
    assert reader.point_scale == reader.header.scale_factor == -step
    residual = residual * step  # which this reader leaves to its user
    assert np.abs(residual - np.linspace(20, largest, 23)).max() <= step
    assert np.allclose(ezc3d.c3d(str(tmp_path / "a.c3d"))["data"]["meta_points"]["residuals"][0].T, residual)
    parameters = reader.get("UAO:MEAN_SIGMA_MM").float_array
    assert np.allclose(parameters, np.linspace(20, largest, 23), atol=1e-3)


def test_c3d_says_what_it_holds(tmp_path, gappy):
    write_take(gappy, tmp_path / "a.c3d")
    reader = read_c3d(tmp_path / "a.c3d")[0]
    text = reader.get("POINT:DESCRIPTIONS").string_array
    assert [line.split(",")[0].strip() for line in text] == [name.replace("_", " ") for name in sk.JOINT_NAMES]
    assert reader.get("POINT:UNITS").string_array[0].strip() == "mm"
    assert reader.header.first_frame == 1 and reader.header.last_frame == 30 and reader.point_used == 23


def test_doubtful_joints_are_left_out_by_choice(tmp_path):
    take = take_of(walking(3))
    take.frames[1].pose.sigma_mm[sk.LEFT_WRIST] = 180
    for name in ("a.trc", "a.c3d"):
        write_take(take, tmp_path / name, ExportOptions(max_sigma_mm=150))
    for rows in (read_trc(tmp_path / "a.trc")[3], read_c3d(tmp_path / "a.c3d")[2]):
        missing = np.isnan(rows).all(axis=2)
        assert missing[1, sk.LEFT_WRIST] and missing.sum() == 1
    with pytest.raises(UaoError, match="above 0"):
        ExportOptions(max_sigma_mm=0)


def test_uneven_times_come_at_a_constant_rate_and_long_pauses_stay_empty():
    times = [0.0, 0.07, 0.2, 0.3, 1.3, 1.4]
    take = take_of([STANDING_M + [x, 0, 3] for x in times], fps=10.0, times=times)  # one metre a second
    world = replace(upright_world(take), rotation=np.eye(3), offset_m=np.zeros(3))
    found = list(marks(take, world))
    assert len(found) == count_marks(take) == 15
    x = np.array([mark.joints_m[sk.PELVIS, 0] for mark in found]) - STANDING_M[sk.PELVIS, 0]
    assert np.allclose(x[[0, 1, 2, 3, 13, 14]], [0, 0.1, 0.2, 0.3, 1.3, 1.4], atol=1e-6)
    assert np.isnan(x[4:13]).all()


def test_times_are_those_of_the_source(tmp_path):
    take = take_of(walking(6), fps=20.0, times=[4 + i / 20 for i in range(6)])
    write_take(take, tmp_path / "a.trc")
    assert np.allclose(read_trc(tmp_path / "a.trc")[2], 4 + np.arange(6) / 20)


@pytest.mark.parametrize("suffix", ["trc", "c3d"])
def test_one_frame_is_enough_nobody_is_not(tmp_path, suffix):
    target = tmp_path / f"a.{suffix}"
    write_take(take_of(walking(2)[:1]), target)
    rows = read_trc(target)[3] if suffix == "trc" else read_c3d(target)[2]
    assert rows.shape == (1, 23, 3) and np.isfinite(rows).all()
    before = target.read_bytes()
    for poses in ([None, None], []):
        with pytest.raises(UaoError, match="Nobody"):
            write_take(take_of(poses), target)
    assert target.read_bytes() == before and list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("suffix", ["trc", "c3d", "glb", "csv", "npz"])
def test_a_target_that_cannot_be_written_is_named(tmp_path, suffix):
    with pytest.raises(UaoError, match="cannot be written"):
        write_take(take_of(walking(2)), tmp_path / "no such folder" / f"take.{suffix}")


def test_impossible_times_are_refused():
    take = take_of(walking(2), times=[0.0, 1e9])
    with pytest.raises(UaoError, match="export a part"):
        count_marks(take)


def test_c3d_without_its_package_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ezc3d", None)
    with pytest.raises(UaoError, match="pip install ezc3d"):
        write_take(take_of(walking(2)), tmp_path / "a.c3d")


def test_c3d_refuses_more_frames_than_its_header_counts(tmp_path):
    poses = walking(2)
    take = take_of([poses[0], poses[1]], fps=1.0, times=[0.0, 65_535.0])
    with pytest.raises(UaoError, match=r"at most 65535 frames.*65536.*export a part"):
        write_take(take, tmp_path / "a.c3d")
    assert not list(tmp_path.iterdir())


def test_a_joint_that_is_missing_in_one_frame_is_not_missing_in_the_one_before():
    take = take_of(walking(5))
    take.frames[3].pose.joints_m[sk.LEFT_WRIST] = np.nan
    take.frames[3].pose.sigma_mm[sk.LEFT_WRIST] = np.nan
    found = list(marks(take, upright_world(take)))
    for numbers in ([mark.joints_m[sk.LEFT_WRIST, 0] for mark in found], [mark.sigma_mm[sk.LEFT_WRIST] for mark in found]):
        assert np.isnan(numbers).tolist() == [False, False, False, True, False]
