"""CSV and NumPy arrays, read back as anybody would; and that long takes stream."""

import csv
import json
import tracemalloc
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from app.window.format_words import TRANSLATED
from tests.test_export import CAMERA, take_of, walking
from uao_core import skeleton as sk
from uao_core.export import DEFAULT_NAMES, FORMATS, format_of, write_take
from uao_core.export_options import ExportOptions
from uao_core.packets import FrameResult, Keypoints


@pytest.fixture
def take():
    poses = walking(6)
    take = take_of([None, *poses[1:]])
    points = np.full((23, 3), 0.5, np.float32)
    points[4] = np.nan
    seen = FrameResult(Keypoints(6, 0.2, points), None)  # the detector saw somebody, but no pose came of it
    take.frames[2].pose.sigma_mm[sk.LEFT_WRIST] = 180
    return replace(take, frames=(*take.frames, seen))


def test_csv_is_tidy(tmp_path, take):
    write_take(take, tmp_path / "Gang 步行.csv")
    data = (tmp_path / "Gang 步行.csv").read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n") == 1 + 23 * len(take.frames), "RFC 4180: lines end in CRLF"
    with (tmp_path / "Gang 步行.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert list(rows[0]) == [
        *("frame", "time_s", "joint", "x_m", "y_m", "z_m", "sigma_mm"),
        *("keypoint_x_px", "keypoint_y_px", "confidence"),
    ]
    assert [row["joint"] for row in rows] == list(sk.JOINT_NAMES) * len(take.frames)
    for row in rows:
        frame = take.frames[int(row["frame"])]
        joint = sk.JOINT_NAMES.index(row["joint"])
        assert float(row["time_s"]) == pytest.approx(frame.time_s, abs=1e-6)
        if frame.pose is None:
            assert row["x_m"] == row["z_m"] == row["sigma_mm"] == ""
        else:
            place = [float(row[key]) for key in ("x_m", "y_m", "z_m")]
            assert np.allclose(place, frame.pose.joints_m[joint], atol=1e-4)
            assert float(row["sigma_mm"]) == pytest.approx(frame.pose.sigma_mm[joint], abs=0.06)
    assert rows[0]["confidence"] == "" and rows[-23]["keypoint_x_px"] == "0.50" and rows[-19]["confidence"] == ""


def test_arrays_need_no_pickle(tmp_path, take):
    write_take(take, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        data = {key: arrays[key] for key in arrays}
    count = len(take.frames)
    assert data["joints_m"].shape == data["keypoints_px"].shape == (count, 23, 3) and data["sigma_mm"].shape == (count, 23)
    assert np.isnan(data["joints_m"][0]).all() and np.isnan(data["sigma_mm"][0]).all()
    assert np.array_equal(data["joints_m"][3], take.frames[3].pose.joints_m)
    assert np.allclose(data["time_s"], [frame.time_s for frame in take.frames]) and data["frame"].tolist() == [*range(count)]
    assert tuple(data["joint_names"]) == sk.JOINT_NAMES and tuple(data["parents"]) == sk.PARENTS
    assert data["focal_px"] == CAMERA.focal_px and bool(data["focal_is_estimated"]) and data["fps"] == 30
    assert (
        data["image_size"].tolist() == [1280, 720] and "y down" in str(data["axes"]) and str(data["source"]) == "walk ü.mp4"
    )


def test_doubtful_joints_are_left_out_but_keep_their_error(tmp_path, take):
    options = ExportOptions(max_sigma_mm=150)
    write_take(take, tmp_path / "a.npz", options)
    write_take(take, tmp_path / "a.csv", options)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as data:
        gone = np.isnan(data["joints_m"]).all(axis=2)
        assert gone[2, sk.LEFT_WRIST] and gone[1:-1].sum() == 1 and data["sigma_mm"][2, sk.LEFT_WRIST] == 180
    with (tmp_path / "a.csv").open(newline="") as file:
        row = list(csv.DictReader(file))[2 * 23 + sk.LEFT_WRIST]
    assert row["x_m"] == "" and row["sigma_mm"] == "180.0"
    assert take.frames[2].pose.joints_m[sk.LEFT_WRIST, 2] > 0, "the take itself keeps all"


def test_a_take_without_frames_has_a_head_alone(tmp_path):
    write_take(take_of([]), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().splitlines()[1:] == []
    write_take(take_of([]), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as data:
        assert data["joints_m"].shape == (0, 23, 3)


@pytest.mark.parametrize("suffix", [".csv", ".trc", ".json"])
def test_long_takes_stream(tmp_path, suffix):
    """More frames need no more memory; but TRC asks for the floor, at some 2 kB a frame of at most 5 000."""
    peaks = []
    for count in (200, 1200):
        short = take_of(walking(20))
        frames = (short.frames[i % 20] for i in range(count))
        moved = (replace(f, keypoints=replace(f.keypoints, index=i, time_s=i / 30)) for i, f in enumerate(frames))
        take = replace(short, frames=tuple(moved))
        tracemalloc.start()
        format_of(tmp_path / f"a{suffix}").write(take, tmp_path / f"a{suffix}", ExportOptions())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    per_frame = (peaks[1] - peaks[0]) / 1000
    written = (tmp_path / f"a{suffix}").stat().st_size / 1200
    assert written > 500 and per_frame < (2500 if suffix == ".trc" else 64), "TRC asks 5 000 frames for the floor"


def test_one_list_of_formats_serves_all(tmp_path):
    assert {kind.description for kind in FORMATS} == {str(words) for words in TRANSLATED}
    assert len({kind.suffix for kind in FORMATS}) == len(FORMATS) and set(DEFAULT_NAMES) <= {kind.name for kind in FORMATS}
    for kind in FORMATS:  # in capitals, as Windows used to
        target = tmp_path / f"a b.{kind.name.upper()}"
        write_take(take_of(walking(3)), target)
        assert target.stat().st_size > 100
    assert len(list(tmp_path.iterdir())) == len(FORMATS)
    assert json.loads((tmp_path / "a b.JSON").read_text(encoding="utf-8"))["version"] == 1


def test_npz_holds_the_documented_arrays_and_nothing_else(tmp_path, monkeypatch):
    """NumPy before 2.1 takes every keyword for an array."""
    monkeypatch.setattr(np, "savez_compressed", lambda file, **arrays: _save_all(file, arrays))
    write_take(take_of(walking(2)), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as data:
        assert set(data.files) == {
            *("joints_m", "sigma_mm", "keypoints_px", "time_s", "frame", "joint_names", "parents", "fps", "focal_px"),
            *("focal_is_estimated", "principal_point_px", "image_size", "axes", "source"),
        }
        assert all(data[name].dtype != object for name in data.files)


def _save_all(file, arrays):
    with zipfile.ZipFile(file, "w") as archive:
        for name, values in arrays.items():
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, np.asanyarray(values), allow_pickle=False)
