"""Readers of data sets in HDF5: Human3.6M as 3d-pose-baseline keeps it, and MPI-INF-3DHP, which MATLAB wrote."""

import sys

import h5py
import numpy as np
import pytest

from models.datasets import is_tested, read_captures
from tests.conftest import STANDING_M
from tests.test_datasets_bvh import assert_upright
from tests.test_datasets_cameras import (
    CENTRE,
    FOCAL,
    PLACE_MM,
    RADIAL,
    TANGENTIAL,
    TURN,
    all_joints,
    assert_points_are_projections,
    lab_clip,
    matlab_px,
    mpii_px,
    rotation_to_camera,
)
from uao_core import skeleton as sk
from uao_core.errors import UaoError

NAMES = ("54138969", "55011271", "58860488", "60457274")
STUDIO_UP, STUDIO_RIGHT = np.array([-0.208215, 0.976233, 0.06014]), np.array([0.000575281, 0.0616098, -0.9981])
# of the test set of MPI-INF-3DHP: head top, neck, right arm, left arm, right leg, left leg, pelvis, spine, head
MPI_ORDER = [10, 8, 14, 15, 16, 11, 12, 13, 1, 2, 3, 4, 5, 6, 0, 7, 9]


def write_h36m(folder):
    """S9 and S5 of six frames; camera 2 detects S9 with Stacked Hourglass, in eight frames."""
    lab_m = {"S9": lab_clip(), "S5": lab_clip(seed=2)}
    for subject, joints in lab_m.items():
        poses = folder / subject / "MyPoses" / "3D_positions"
        poses.mkdir(parents=True)
        with h5py.File(poses / "Walking 1.h5", "w") as file:
            file["3D_positions"] = 1000 * all_joints(joints).astype(np.float64).reshape(-1, 96).T
    turn = rotation_to_camera(TURN)
    with h5py.File(folder / "cameras.h5", "w") as file:
        for subject in (1, 5, 6, 7, 8, 9, 11):
            for number, name in enumerate(NAMES, start=1):
                here = file.create_group(f"subject{subject}/camera{number}")
                here["R"], here["T"] = turn.T, np.array(PLACE_MM)[:, None]  # MATLAB's R, seen with its axes reversed
                here["f"], here["c"] = FOCAL[:, None], CENTRE[:, None]
                here["k"], here["p"] = RADIAL[:, None], TANGENTIAL[:, None]
                here["Name"] = np.array([ord(letter) for letter in name], dtype=np.uint16)
    camera_m = (lab_m["S9"] - np.array(PLACE_MM) / 1000) @ turn.T
    exact = matlab_px(camera_m)
    for kind, shift in (("StackedHourglass", 2.0), ("StackedHourglassFineTuned240", 0.0)):
        (folder / "S9" / kind).mkdir()
        with h5py.File(folder / "S9" / kind / "Walking_1.55011271.h5", "w") as file:
            file["poses"] = np.concatenate([mpii_px(exact) + shift, np.zeros((2, 16, 2))])
    return lab_m, camera_m


def test_the_h36m_folder(tmp_path):
    lab_m, camera_m = write_h36m(tmp_path)
    s5, s9 = read_captures(tmp_path)
    assert (s9.name, s9.subject, s9.fps) == ("Walking 1", "h36m/S9", 50.0)
    assert np.allclose(s9.joints_m, lab_m["S9"][..., [0, 2, 1]] * [1, 1, -1], atol=1e-5)
    assert_upright(s9.joints_m)
    assert [(view.name, view.points) for view in s9.views] == [
        *((name, "ground-truth") for name in NAMES),
        ("55011271", "stacked-hourglass"),
        ("55011271", "stacked-hourglass-fine-tuned"),
    ]
    assert len(s5.views) == 4 and is_tested(s9) and not is_tested(s5)
    for view in s9.views[:4]:
        assert np.allclose(view.joints_m, camera_m, atol=1e-4)
        assert_points_are_projections(view)
    exact, raw, tuned = s9.views[1], s9.views[4], s9.views[5]
    limbs_and_head = [*sk.LIMB_JOINTS, sk.PELVIS, sk.HEAD_TOP]
    assert len(tuned.points_px) == 6, "the video goes on after the motion capture"
    assert np.abs(tuned.points_px - exact.points_px)[:, limbs_and_head].max() < 0.02, "the lens is taken out"
    assert np.abs(raw.points_px - exact.points_px - 2)[:, limbs_and_head].max() < 0.3
    assert (tuned.confidence[:, sk.NOSE] == 0).all() and (tuned.confidence.sum(axis=1) == 16).all()


@pytest.mark.parametrize(
    "file, damage, reason",
    [
        ("cameras.h5", lambda f: f.pop("subject9/camera3/k"), "holds no subject9/camera3/k"),
        ("cameras.h5", None, "no HDF5 file"),
        (
            "cameras.h5",
            lambda f: (f.pop("subject5/camera1/T"), f.create_dataset("subject5/camera1/T", shape=(2,), dtype="f8")),
            "camera 1 of S5",
        ),
        ("S9/MyPoses/3D_positions/Walking 1.h5", lambda f: f.move("3D_positions", "poses"), "holds no 3D_positions"),
        ("S9/MyPoses/3D_positions/Walking 1.h5", None, "no HDF5 file"),
        ("S9/StackedHourglass/Walking_1.55011271.h5", lambda f: f.move("poses", "x"), "holds no poses"),
    ],
)
def test_a_damaged_h36m_folder_is_one_sentence(tmp_path, file, damage, reason):
    write_h36m(tmp_path)
    if damage is None:
        (tmp_path / file).write_bytes((tmp_path / file).read_bytes()[:300])
    else:
        with h5py.File(tmp_path / file, "a") as opened:
            damage(opened)
    with pytest.raises(UaoError, match=reason):
        list(read_captures(tmp_path))


def write_3dhp(folder, number=2, frames=12, focal=1500.0, centre=(1017.0, 1043.0)):
    """One sequence, its last three frames not valid; MATLAB's v7.3 is HDF5 behind 512 bytes of text."""
    rng = np.random.default_rng(number)
    place = np.stack([*rng.uniform(-0.8, 0.8, (2, frames)), rng.uniform(3, 5, frames)], axis=1)
    camera_m = STANDING_M[:17].astype(np.float64) + 0.05 * rng.standard_normal((frames, 17, 3)) + place[:, None]
    points = camera_m[..., :2] / camera_m[..., 2:] * focal + centre
    path = folder / f"TS{number}" / "annot_data.mat"
    path.parent.mkdir(parents=True)
    with h5py.File(path, "w", userblock_size=512) as file:
        file["annot2"] = points[:, None, MPI_ORDER]
        file["annot3"] = 1000 * camera_m[:, None, MPI_ORDER]
        file["univ_annot3"] = 900 * camera_m[:, None, MPI_ORDER]
        file["valid_frame"] = (np.arange(frames) < frames - 3).astype(np.float64)[:, None]
        file["activity_annotation"] = np.ones((frames, 1))
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(508) + b"\x00\x02IM")
    return path, camera_m


def test_mpi_inf_3dhp_finds_its_cameras(tmp_path):
    _, camera_m = write_3dhp(tmp_path)
    write_3dhp(tmp_path, number=5, focal=1684.0, centre=(940.0, 550.0))
    studio, outdoors = read_captures(tmp_path)
    assert (studio.name, studio.subject, outdoors.subject) == ("TS2", "mpi-inf-3dhp/TS2", "mpi-inf-3dhp/TS5")
    (view,) = studio.views
    assert view.intrinsics.focal_px == pytest.approx(1500, abs=0.01) and view.intrinsics.estimated
    assert view.intrinsics.principal_point_px == pytest.approx((1017, 1043), abs=0.01)
    assert outdoors.views[0].intrinsics.focal_px == pytest.approx(1684, abs=0.01)
    assert np.abs(view.joints_m[:9] - camera_m[:9]).max() < 1e-5
    assert np.isnan(view.joints_m[9:]).all() and np.isnan(studio.joints_m[9:]).all() and (view.confidence[9:] == 0).all()
    assert_points_are_projections(view)
    to_left = camera_m[:9, sk.LEFT_SHOULDER] - camera_m[:9, sk.RIGHT_SHOULDER]
    assert (to_left[:, 0] > 0).all() and (
        view.points_px[:9, sk.LEFT_SHOULDER, 0] > view.points_px[:9, sk.RIGHT_SHOULDER, 0]
    ).all()


def test_mpi_inf_3dhp_stands_upright_in_the_world(tmp_path):
    """The studio's camera looks down: who is upright for the camera leans in the world, as its calibration says."""
    _, camera_m = write_3dhp(tmp_path)
    (studio,) = read_captures(tmp_path / "TS2")
    for joint in (sk.PELVIS, sk.HEAD_TOP, sk.LEFT_WRIST):
        relative = camera_m[:9, joint] - camera_m[:9, sk.RIGHT_ANKLE]
        expected = relative[:, 0] * STUDIO_RIGHT[1] - relative[:, 1] * STUDIO_UP[1]
        forward = relative[:, 2] * np.cross(STUDIO_UP, STUDIO_RIGHT)[1]
        risen = studio.joints_m[:9, joint, 1] - studio.joints_m[:9, sk.RIGHT_ANKLE, 1]
        assert np.allclose(risen, expected + forward, atol=1e-4)
    bones = np.linalg.norm(studio.joints_m[:9, sk.LEFT_KNEE] - studio.joints_m[:9, sk.LEFT_HIP], axis=1)
    assert np.allclose(bones, np.linalg.norm(camera_m[:9, sk.LEFT_KNEE] - camera_m[:9, sk.LEFT_HIP], axis=1), atol=1e-4)
    side = np.cross(studio.joints_m[:9, sk.LEFT_SHOULDER] - studio.joints_m[:9, sk.RIGHT_SHOULDER], [0, 1, 0])
    nose = studio.joints_m[:9, sk.NOSE] - studio.joints_m[:9, sk.THORAX]
    assert ((side * nose).sum(axis=1).mean() > 0) and studio.joints_m[:9, sk.PELVIS, 1].mean() < 1.5


@pytest.mark.parametrize(
    "damage, reason",
    [
        (lambda f: f.pop("annot3"), "holds no annot3"),
        (lambda f: f.pop("valid_frame"), "holds no valid_frame"),
        (lambda f: f["annot2"].write_direct(np.random.default_rng(0).uniform(0, 2048, (12, 1, 17, 2))), "no projection"),
        (lambda f: f["valid_frame"].write_direct(np.zeros((12, 1))), "no valid frame"),
        (lambda f: (f.pop("annot2"), f.create_dataset("annot2", shape=(2, 17, 1, 12), dtype="f8")), "for 12 frames"),
        (None, "no HDF5 file"),
    ],
)
def test_a_damaged_3dhp_is_one_sentence(tmp_path, damage, reason):
    path, _ = write_3dhp(tmp_path)
    if damage is None:
        path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(600))
    else:
        with h5py.File(path, "a") as file:
            damage(file)
    with pytest.raises(UaoError, match=reason):
        list(read_captures(tmp_path))


def test_a_renamed_sequence_has_no_known_camera(tmp_path):
    path, _ = write_3dhp(tmp_path)
    path.parent.rename(tmp_path / "mine")
    with pytest.raises(UaoError, match="name the folder TS1 to TS6"):
        list(read_captures(tmp_path / "mine"))


def test_without_h5py_it_is_said_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "TS1").mkdir()
    (tmp_path / "TS1" / "annot_data.mat").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(UaoError, match=r"pip install 'uao-pose\[datasets\]'"):
        list(read_captures(tmp_path))
