"""BVH of a body whose bones are known, read back by bvhio: what must come out exactly, and what spoils a body.

`test_export.py` holds the ordinary way through both formats.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.test_export import LEVEL, read_bvh, take_of
from uao_core import skeleton as sk
from uao_core.body import SEGMENTS, BodyOptions, fit_body
from uao_core.errors import UaoError
from uao_core.export_bvh import write_bvh

THIGH_M, SHIN_M, UPPER_ARM_M, FOREARM_M, HALF_HIPS_M, HALF_SHOULDERS_M, TRUNK_M = 0.43, 0.41, 0.29, 0.26, 0.12, 0.18, 0.5
SAME_POINT = {
    "Hips": sk.PELVIS,
    "Spine": sk.SPINE,
    "Neck": sk.THORAX,
    "LeftArm": sk.LEFT_SHOULDER,
    "LeftForeArm": sk.LEFT_ELBOW,
    "LeftHand": sk.LEFT_WRIST,
    "RightArm": sk.RIGHT_SHOULDER,
    "RightForeArm": sk.RIGHT_ELBOW,
    "RightHand": sk.RIGHT_WRIST,
    "LeftUpLeg": sk.LEFT_HIP,
    "LeftLeg": sk.LEFT_KNEE,
    "LeftFoot": sk.LEFT_ANKLE,
    "RightUpLeg": sk.RIGHT_HIP,
    "RightLeg": sk.RIGHT_KNEE,
    "RightFoot": sk.RIGHT_ANKLE,
}


def about(axis, degrees):
    """Rotation about x, y or z."""
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    turn, angle = np.eye(3), math.radians(degrees)
    turn[i, i] = turn[j, j] = math.cos(angle)
    turn[j, i], turn[i, j] = math.sin(angle), -math.sin(angle)
    return turn


def articulated(yaw=0.0, hip=(0.0, 0.0), knee=0.0, arm=(0.0, 0.0), elbow=0.0, place=(0.0, 0.0, 0.0)):
    """Joints (23, 3) in camera axes by forward kinematics; faces the camera at yaw 0; angles (left, right) in degrees."""
    j = np.zeros((23, 3))
    j[sk.SPINE], j[sk.THORAX] = (0, TRUNK_M / 2, 0), (0, TRUNK_M, 0)
    j[sk.LEFT_EAR], j[sk.RIGHT_EAR] = (0.075, TRUNK_M + 0.17, 0), (-0.075, TRUNK_M + 0.17, 0)
    j[sk.NOSE], j[sk.HEAD_TOP] = (0, TRUNK_M + 0.119, 0.094), (0, TRUNK_M + 0.273, 0.038)
    for side, (h, k, a), (s, e, w), flexion, raised in (
        (1, (sk.LEFT_HIP, sk.LEFT_KNEE, sk.LEFT_ANKLE), (sk.LEFT_SHOULDER, sk.LEFT_ELBOW, sk.LEFT_WRIST), hip[0], arm[0]),
        (
            -1,
            (sk.RIGHT_HIP, sk.RIGHT_KNEE, sk.RIGHT_ANKLE),
            (sk.RIGHT_SHOULDER, sk.RIGHT_ELBOW, sk.RIGHT_WRIST),
            hip[1],
            arm[1],
        ),
    ):
        thigh = about("x", -flexion)
        j[h] = (side * HALF_HIPS_M, 0, 0)
        j[k] = j[h] + thigh @ (0, -THIGH_M, 0)
        shin = thigh @ about("x", knee)
        j[a] = j[k] + shin @ (0, -SHIN_M, 0)
        j[sk.LEFT_TOES if side > 0 else sk.RIGHT_TOES] = j[a] + shin @ (0, -0.0468, 0.1213)
        upper = about("z", side * raised)
        j[s] = (side * HALF_SHOULDERS_M, TRUNK_M, 0)
        j[e] = j[s] + upper @ (side * UPPER_ARM_M, 0, 0)
        forearm = upper @ about("y", -side * elbow)
        j[w] = j[e] + forearm @ (side * FOREARM_M, 0, 0)
        j[sk.LEFT_HAND if side > 0 else sk.RIGHT_HAND] = j[w] + forearm @ (side * 0.09, 0, 0)
    return (j @ about("y", yaw).T + place) * (1, -1, -1)


def stroll(count=48):
    """Once round in a circle, turning by 400 degrees, arms waving; 3 to 5 m before the camera."""
    out = []
    for i in range(count):
        angle = 400 * i / (count - 1)
        place = (math.sin(math.radians(angle)), 0.05 * math.sin(i), math.cos(math.radians(angle)) - 4)
        stride, wave = 35 * math.sin(i / 3), 70 * math.sin(i / 5)
        out.append(articulated(angle, (stride, -stride), 25, (wave, -50), 40 + 30 * math.sin(i / 4), place))
    return out


def upright(joints):
    """Camera axes to the file's."""
    return np.asarray(joints) * (1, -1, -1)


@pytest.fixture(scope="module")
def strolled(tmp_path_factory):
    path = tmp_path_factory.mktemp("bvh") / "stroll.bvh"
    write_bvh(take_of(stroll()), path, LEVEL)
    return path, *read_bvh(path)


def angles_deg(path):
    """(F, 3 S) all rotation channels, from the text itself."""
    motion = path.read_text().split("Frame Time:")[1].splitlines()[1:]
    return np.array([[float(value) for value in line.split()[3:]] for line in motion])


def test_every_joint_of_a_consistent_body_comes_back(strolled):
    _, positions, _ = strolled
    truth = upright(stroll())
    moved = positions["Hips"][0] - truth[0, sk.PELVIS]
    for name, joint in SAME_POINT.items():
        distance_m = np.linalg.norm(positions[name] - truth[:, joint] - moved, axis=1)
        assert np.median(distance_m) < 1e-3 and distance_m.max() < 2e-3, name


def test_the_known_bones_are_in_the_file(strolled):
    _, _, raw = strolled
    offset = {joint.Name: np.array(list(joint.Offset)) for joint, _, _ in raw.Root.layout()}
    expected = {
        "LeftUpLeg": (HALF_HIPS_M, 0, 0),
        "LeftLeg": (0, -THIGH_M, 0),
        "LeftFoot": (0, -SHIN_M, 0),
        "LeftArm": (HALF_SHOULDERS_M, 0, 0),
        "LeftForeArm": (UPPER_ARM_M, 0, 0),
        "LeftHand": (FOREARM_M, 0, 0),
    }
    for name, value in expected.items():
        assert np.allclose(offset[name], value, atol=1e-4), name
        mirrored = np.array(value) * (-1, 1, 1)
        assert np.allclose(offset[name.replace("Left", "Right")], mirrored, atol=1e-4), name
    assert all(np.linalg.norm(value) > 0.02 for name, value in offset.items() if name != "Hips")


def test_angles_never_wrap(strolled):
    path, _, _ = strolled
    angles = angles_deg(path)
    assert np.abs(np.diff(angles, axis=0)).max() < 90
    assert np.ptp(angles[:, 2]) > 390, "the turn of 400 degrees about y, the last of ZXY, is counted, not wrapped"


@pytest.mark.parametrize("yaw, axis, sign", [(0, 2, 1), (90, 0, 1), (180, 2, -1)])
def test_somebody_who_faces_the_camera_faces_front(tmp_path, yaw, axis, sign):
    write_bvh(take_of([articulated(yaw, place=(0.3, 0.2, -4.0))]), tmp_path / "a.bvh", LEVEL)
    position = {name: p[0] for name, p in read_bvh(tmp_path / "a.bvh")[0].items()}
    across = position["LeftArm"] - position["RightArm"]
    up = position["Neck"] - position["Hips"]
    front = np.cross(across, up)
    assert sign * front[axis] > 0.999 * np.linalg.norm(front)
    assert up[1] > 0.999 * np.linalg.norm(up)


def test_held_frames_do_not_make_the_bones():
    """The detector's last, stretched guess before a long absence is one frame, not sixty."""
    seen = stroll(20)
    stretched = seen[0][:1] + 1.4 * (seen[0] - seen[0][:1])
    body = fit_body(take_of([stretched, *[None] * 60, *seen]))
    thigh = [segment.name for segment in SEGMENTS].index("LeftUpLeg")
    assert np.linalg.norm(body.tips_m[thigh]) == pytest.approx(THIGH_M, abs=1e-3)


def test_sure_frames_make_the_bones():
    """Fifteen stretched frames of 200 mm sigma weigh as three of 40 mm, so the ten sure ones decide."""
    sure, unsure = take_of(stroll(10)), take_of([joints[:1] + 1.4 * (joints - joints[:1]) for joints in stroll(15)])
    doubted = [replace(f, pose=replace(f.pose, sigma_mm=5 * f.pose.sigma_mm)) for f in unsure.frames]
    body = fit_body(replace(sure, frames=(*sure.frames, *doubted)))
    thigh = [segment.name for segment in SEGMENTS].index("LeftUpLeg")
    assert np.linalg.norm(body.tips_m[thigh]) == pytest.approx(THIGH_M, abs=1e-3)


@pytest.mark.parametrize("flexion", [179.0, 180.0, 181.0])
def test_a_limb_may_point_against_its_rest(flexion):
    """A leg straight up is exactly opposite to the T-pose's leg, where no arc is the shortest."""
    joints = articulated(hip=(flexion, 0), place=(0, 0, -4))
    body = fit_body(take_of([joints]), LEVEL)
    names = [segment.name for segment in SEGMENTS]
    position, truth = body.positions()[0], upright(joints)
    shift = position[0] - truth[sk.PELVIS]
    for name, joint in (("LeftLeg", sk.LEFT_KNEE), ("LeftFoot", sk.LEFT_ANKLE)):
        assert np.allclose(position[names.index(name)], truth[joint] + shift, atol=1e-3), name
    assert np.allclose(body.rotations @ body.rotations.swapaxes(-1, -2), np.eye(3), atol=1e-6)
    assert np.allclose(np.linalg.det(body.rotations), 1)


def test_centimetres_scale_bones_and_places_but_no_angle(tmp_path):
    take = take_of(stroll(4))
    write_bvh(take, tmp_path / "m.bvh", BodyOptions(units="m"))
    write_bvh(take, tmp_path / "cm.bvh", BodyOptions(units="cm"))
    (metres, _), (centimetres, _) = read_bvh(tmp_path / "m.bvh"), read_bvh(tmp_path / "cm.bvh")
    for name, position in metres.items():
        assert np.allclose(100 * position, centimetres[name], atol=0.01), name
    assert np.array_equal(angles_deg(tmp_path / "m.bvh"), angles_deg(tmp_path / "cm.bvh"))


def test_real_times_become_a_uniform_grid(tmp_path):
    """Frames 3 and 4 were dropped and the clock does not start at zero; the motion is 0.6 m/s all the while."""
    times = [2.0 + i / 10 for i in (0, 1, 2, 5, 6, 7)]
    poses = [articulated(place=(0.6 * t, 0, -4)) for t in times]
    write_bvh(take_of(poses, fps=10.0, times=times), tmp_path / "a.bvh")
    positions, raw = read_bvh(tmp_path / "a.bvh")
    assert raw.FrameCount == 8 and raw.FrameTime == pytest.approx(0.1)
    assert np.allclose(positions["Hips"][:, 0], 0.06 * np.arange(8), atol=1e-4)


def test_no_number_is_written_as_minus_zero(strolled):
    path, _, _ = strolled
    assert not any(
        value.startswith("-") and float(value) == 0
        for line in path.read_text().splitlines()
        for value in line.split()
        if value[-1].isdigit()
    )


def test_a_failed_write_leaves_nothing_behind(tmp_path):
    (tmp_path / "a.bvh").mkdir()
    with pytest.raises(UaoError, match="cannot be written"):
        write_bvh(take_of(stroll(2)), tmp_path / "a.bvh")
    assert [p.name for p in tmp_path.iterdir()] == ["a.bvh"]
