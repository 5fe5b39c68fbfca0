"""Readers of data sets with cameras: Human3.6M in two layouts and MPI-INF-3DHP, in small files of their real layout.

Projections are written out here a second time, after the data sets' own MATLAB, so as to check the readers' way back.
"""

import io
import pickle
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch

from models.datasets import is_tested, read_captures
from models.datasets.h36m_cameras import CAMERA_NAMES, MOVING_JOINTS, published_cameras
from tests.conftest import STANDING_M
from tests.test_datasets_bvh import assert_upright
from uao_core import skeleton as sk
from uao_core.errors import UaoError

# what Human3.6M publishes of camera 55011271 and of its place for S9: (w, x, y, z) from camera to laboratory, millimetres
FOCAL, CENTRE = np.array([1149.6756591796875, 1147.5916748046875]), np.array([508.8486328125, 508.0649108886719])
RADIAL = np.array([-0.1942136287689209, 0.2404085397720337, 0.006819975562393665])
TANGENTIAL = np.array([-0.0027408944442868233, -0.0016190266469493508])  # p of the MATLAB: first for y, second for x
TURN, PLACE_MM = (
    (0.618784487247467, -0.7634735107421875, -0.14132238924503326, 0.11933968216180801),
    (
        1990.959716796875,
        -5123.810546875,
        1568.8048095703125,
    ),
)
MPII_NAMES = [3, 2, 1, 4, 5, 6, 0, None, None, 10, 16, 15, 14, 11, 12, 13]  # ours for each of the 16; two are derived


def lab_clip(frames=6, seed=0):
    """(F, 17, 3) metres, Z up: the standing body turns and walks about in the laboratory."""
    rng = np.random.default_rng(seed)
    body = STANDING_M[:17].astype(np.float64) @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]).T
    yaw = rng.uniform(-np.pi, np.pi, frames)
    turns = np.array([[[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]] for a in yaw])
    return (
        body @ turns.transpose(0, 2, 1) + np.stack([*rng.uniform(-1, 1, (2, frames)), np.full(frames, 0.9)], axis=1)[:, None]
    )


def all_joints(lab_m):
    """(F, 32, 3): the 17 that move among the laboratory's 32, the others far away."""
    joints = np.full((len(lab_m), 32, 3), 99.0, np.float32)
    joints[:, MOVING_JOINTS] = lab_m
    return joints


def rotation_to_camera(quaternion):
    w, *v = quaternion
    x, y, z = v
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return (np.eye(3) + 2 * w * cross + 2 * cross @ cross).T


def matlab_px(camera_m, focal=FOCAL, centre=CENTRE, k=RADIAL, p=TANGENTIAL):
    """ProjectPointRadial of Human3.6M's own code."""
    ray = camera_m[..., :2] / camera_m[..., 2:]
    x, y, r2 = ray[..., 0], ray[..., 1], (ray**2).sum(axis=-1)
    factor = 1 + k[0] * r2 + k[1] * r2**2 + k[2] * r2**3 + p[0] * y + p[1] * x
    return np.stack([x * factor + p[1] * r2, y * factor + p[0] * r2], axis=-1) * focal + centre


def mpii_px(points_px):
    """(F, 17, 2) ours to Stacked Hourglass's 16."""
    out = np.full((len(points_px), 16, 2), 5.0)
    for slot, ours in enumerate(MPII_NAMES):
        if ours is not None:
            out[:, slot] = points_px[:, ours]
    return out


def assert_points_are_projections(view, tolerance_px=0.02):
    expected = view.intrinsics.project(torch.from_numpy(view.joints_m)).numpy()
    known = view.confidence > 0
    assert known.any() and np.abs(expected - view.points_px)[known].max() < tolerance_px
    assert (view.points_px[~known] == 0).all()


def write_videopose3d(folder, frames_2d=8):
    """Six frames of S9 and S1 in 3D, more of them in 2D; camera 1 of S9 is right, the others see nothing of use."""
    lab_m = {"S9": lab_clip(), "S1": lab_clip(seed=1)}
    longer = np.concatenate([lab_m["S9"], lab_m["S9"][:2]])
    camera_m = (longer - np.array(PLACE_MM) / 1000) @ rotation_to_camera(TURN).T
    exact = matlab_px(camera_m)[:frames_2d].astype(np.float32)
    np.savez(folder / "data_3d_h36m.npz", positions_3d={s: {"Walking 1": all_joints(m)} for s, m in lab_m.items()})

    def save(kind, points, count, left, right):
        views = [np.zeros_like(points), points, np.zeros_like(points), np.zeros_like(points)]
        meta = {"layout_name": kind, "num_joints": count, "keypoints_symmetry": [list(left), list(right)]}
        positions = {"S9": {"Walking 1": views}, "S2": {"Walking 1": views}}
        np.savez_compressed(folder / f"data_2d_h36m_{kind}.npz", positions_2d=positions, metadata=meta)

    ours = np.int64([4, 5, 6, 11, 12, 13]), np.int64([1, 2, 3, 14, 15, 16])  # numpy's integers, as in VideoPose3D's own
    save("gt", exact, 17, *ours)
    save("cpn_ft_h36m_dbb", exact + np.float32(3), 17, *ours)
    save("sh_ft_h36m", mpii_px(exact).astype(np.float32), 16, (3, 4, 5, 13, 14, 15), (0, 1, 2, 10, 11, 12))
    coco = np.zeros((len(exact), 17, 2), np.float32)
    coco[:, [0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]] = exact[:, [9, 11, 14, 12, 15, 13, 16, 4, 1, 5, 2, 6, 3]]
    save("detectron_pt_coco", coco, 17, range(1, 17, 2), range(2, 17, 2))
    return lab_m, exact


def test_videopose3d_with_exact_points_and_three_detectors(tmp_path):
    lab_m, _ = write_videopose3d(tmp_path)
    captures = {capture.subject: capture for capture in read_captures(tmp_path)}
    s9, s1 = captures["h36m/S9"], captures["h36m/S1"]
    assert (s9.name, s9.fps, s9.joints_m.shape) == ("Walking 1", 50.0, (6, 17, 3))
    assert np.allclose(s9.joints_m, lab_m["S9"][..., [0, 2, 1]] * [1, 1, -1], atol=1e-5)
    assert_upright(s9.joints_m)
    seen = {view.points: view for view in s9.views if view.name == "55011271"}
    assert set(seen) == {"ground-truth", "cpn", "stacked-hourglass-fine-tuned", "detectron"} and len(s9.views) == 16
    exact = seen["ground-truth"]
    assert exact.joints_m.shape == (6, 17, 3), "two frames of the video have no motion capture"
    assert_points_are_projections(exact)
    assert exact.intrinsics.focal_px == pytest.approx(FOCAL.mean()) and not exact.intrinsics.estimated
    assert (exact.confidence == 1).all()
    moved = seen["cpn"].points_px - exact.points_px
    assert np.abs(moved - 3).max() < 0.5 and np.abs(moved - 3).max() > 1e-3, "the lens is taken out of detections, too"
    limbs = [*sk.LIMB_JOINTS]
    for points, missing in (("stacked-hourglass-fine-tuned", sk.NOSE), ("detectron", sk.HEAD_TOP)):
        view = seen[points]
        assert np.abs(view.points_px - exact.points_px)[:, limbs].max() < 0.01
        assert (view.confidence.argmin(axis=1) == missing).all() and (view.confidence.sum(axis=1) == 16).all()
        middle = (view.points_px[:, sk.LEFT_SHOULDER] + view.points_px[:, sk.RIGHT_SHOULDER]) / 2
        assert np.abs(view.points_px[:, sk.THORAX] - middle).max() < 0.5
    assert {view.points for view in s1.views} == {"ground-truth"} and [v.name for v in s1.views] == [*CAMERA_NAMES]
    for view in s1.views:
        assert_points_are_projections(view)
        assert (view.points_px > 0).all() and (view.points_px < 1002).all() and (view.joints_m[..., 2] > 2).all()


def test_a_shorter_video_makes_a_shorter_view(tmp_path):
    write_videopose3d(tmp_path, frames_2d=4)
    capture = next(c for c in read_captures(tmp_path / "data_3d_h36m.npz") if c.subject == "h36m/S9")
    assert len(capture.joints_m) == 6 and {len(v.points_px) for v in capture.views} == {4}
    assert {len(v.joints_m) for v in capture.views} == {4}


def rewrite(path, name, content):
    """Replace one array of an .npz by a pickle of our own under numpy's header for one object."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|O", "fortran_order": False, "shape": ()})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.npy", header.getvalue() + content)


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_a_pickle_that_wants_to_run_something_is_not_read(tmp_path):
    path, trace = tmp_path / "data_3d_h36m.npz", tmp_path / "trace"
    held = np.array({"S9": {"Walking": Evil(trace)}}, dtype=object)
    rewrite(path, "positions_3d", pickle.dumps(held, protocol=4))
    with pytest.raises(UaoError, match=r"cannot be trusted .*open"):
        list(read_captures(path))
    assert not trace.exists()
    np.load(path, allow_pickle=True)["positions_3d"]
    assert trace.exists(), "which proves that the file was dangerous"


def test_an_archive_of_numpy_1_is_read(tmp_path):
    path = tmp_path / "data_3d_h36m.npz"
    held = pickle.dumps(np.array({"S9": {"Eating": all_joints(lab_clip())}}, dtype=object), protocol=3)
    assert b"cnumpy._core.multiarray\n" in held
    rewrite(path, "positions_3d", held.replace(b"cnumpy._core.", b"cnumpy.core."))
    (capture,) = read_captures(path)
    assert capture.name == "Eating" and len(capture.views) == 4


@pytest.mark.parametrize(
    "name, arrays, reason",
    [
        ("data_3d_h36m", {"positions": {}}, "holds no positions_3d"),
        ("data_3d_h36m", {"positions_3d": {"S9": {"Eating": np.zeros((5, 17, 3))}}}, r"no \(frames, 32, 3\) joints for S9"),
        ("data_3d_h36m", {"positions_3d": {"S9": [1]}}, "not laid out as"),
        ("data_3d_h36m", {"positions_3d": np.zeros((5, 32, 3))}, "not one dictionary"),
        ("data_2d_h36m_gt", {"positions_2d": {}}, "holds no metadata"),
        ("data_2d_h36m_gt", {"positions_2d": {}, "metadata": {}}, "does not tell the order"),
        (
            "data_2d_h36m_gt",
            {"positions_2d": {}, "metadata": {"num_joints": 9, "keypoints_symmetry": [[1]]}},
            "orders its 9",
        ),
    ],
)
def test_other_archives_are_one_sentence(tmp_path, name, arrays, reason):
    write_videopose3d(tmp_path)
    np.savez(tmp_path / f"{name}.npz", **arrays)
    with pytest.raises(UaoError, match=reason):
        list(read_captures(tmp_path))


def test_a_cut_off_archive_is_one_sentence(tmp_path):
    write_videopose3d(tmp_path)
    for name in ("data_2d_h36m_gt.npz", "data_3d_h36m.npz"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(UaoError, match=f"{name} is no archive"):
            list(read_captures(tmp_path))
        (tmp_path / name).write_bytes(whole)


def test_a_subject_without_published_cameras_has_none():
    assert published_cameras("S2") == ()


def test_the_test_subjects_are_tested_without_the_damaged_video(tmp_path):
    names = {"S11": ["Directions", "Directions 1"], "S9": ["Directions"], "S7": ["Directions"]}
    np.savez(
        tmp_path / "data_3d_h36m.npz",
        positions_3d={s: {n: all_joints(lab_clip(2)) for n in of_subject} for s, of_subject in names.items()},
    )
    captures = list(read_captures(tmp_path))
    tested = [(capture.subject, capture.name) for capture in captures if is_tested(capture)]
    assert tested == [("h36m/S11", "Directions 1"), ("h36m/S9", "Directions")]
    assert is_tested(replace(captures[0], subject="lab/S7")), "a set without a split is all test"
