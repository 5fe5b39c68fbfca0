"""BVH of many conventions, written out here, against the body they were written from and against bvhio."""

import numpy as np
import pytest

from models.datasets import read_captures
from models.datasets.bvh_file import END, read_bvh
from tests.test_export import read_bvh as read_with_bvhio
from uao_core import skeleton as sk
from uao_core.errors import UaoError

CMU = """
Hips LHipJoint LeftUpLeg LeftLeg LeftFoot RHipJoint RightUpLeg RightLeg RightFoot LowerBack Spine Spine1 Neck Neck1 Head
LeftShoulder LeftArm LeftForeArm LeftHand RightShoulder RightArm RightForeArm RightHand
""".split()  # noqa: SIM905
# a body of 1.75 m facing +z, left is +x: parent and offset in metres of each of CMU's joints
PARENTS = [-1, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 12, 13, 11, 15, 16, 17, 11, 19, 20, 21]
OFFSETS_M = np.array(
    [
        *[(0, 0, 0), (0, 0, 0), (0.1, -0.05, 0), (0, -0.42, 0), (0, -0.43, 0)],
        *[(0, 0, 0), (-0.1, -0.05, 0), (0, -0.42, 0), (0, -0.43, 0)],
        *[(0, 0, 0), (0, 0.2, 0), (0, 0.28, 0), (0, 0, 0), (0, 0.1, 0), (0, 0.1, 0)],
        *[(0.03, 0, 0), (0.16, 0, 0), (0.28, 0, 0), (0.25, 0, 0)],
        *[(-0.03, 0, 0), (-0.16, 0, 0), (-0.28, 0, 0), (-0.25, 0, 0)],
    ]
)
HEAD_TIP_M = (0, 0.17, 0)
LIMBS = """
RightUpLeg RightLeg RightFoot LeftUpLeg LeftLeg LeftFoot
LeftArm LeftForeArm LeftHand RightArm RightForeArm RightHand
""".split()  # noqa: SIM905
SAME = {sk.THORAX: "Neck1", sk.HEAD_TOP: "Head" + END} | dict(zip(sk.LIMB_JOINTS, LIMBS, strict=True))
CONVENTIONS = {
    "cmu": lambda name: name,
    "mixamo": lambda name: "mixamorig:" + name,
    "mixamo without a colon": lambda name: "mixamorig_" + name,
    "bandai": lambda name: sided(name, "{part}_{s}", UpLeg="UpperLeg", Leg="LowerLeg", Arm="UpperArm", ForeArm="LowerArm"),
    "rokoko": lambda name: sided(name, "{side}{part}", UpLeg="Thigh", Leg="Shin"),
    "soma": lambda name: sided(name, "{side}{part}", UpLeg="Leg", Leg="Shin"),
    "accad": lambda name: sided(
        name, "{side}{part}", Shoulder="Collar", UpLeg="Hip", Leg="Knee", Foot="Ankle", Arm="Shoulder", ForeArm="Elbow"
    ),
    "daz": lambda name: sided(name, "{l}{part}", UpLeg="Thigh", Leg="Shin", Arm="Shldr", Shoulder="Collar"),
    "3ds max": lambda name: sided(name, "Bip01 {s} {part}", UpLeg="Thigh", Leg="Calf", Arm="UpperArm"),
}


def sided(name, pattern, **parts):
    for side in ("Left", "Right"):
        if name.startswith(side):
            part = name.removeprefix(side)
            return pattern.format(side=side, s=side[0], l=side[0].lower(), part=parts.get(part, part))
    return name


def write_bvh(path, motion_deg, *, order="ZXY", rename=lambda name: name, unit_m=0.01, six=(), places_m=None, fps=120.0):
    """CMU's skeleton; (F, J, 3) angles about x, y, z; places (F, 3) of the root; joints in `six` have position channels."""
    offsets, lines, depth = OFFSETS_M / unit_m, ["HIERARCHY"], []
    for joint, name in enumerate(CMU):
        while depth and depth[-1] != PARENTS[joint]:
            depth.pop()
            lines.append("}")
        turns = " ".join(f"{axis}rotation" for axis in order)
        moves = "Xposition Yposition Zposition " if joint == 0 or joint in six else ""
        lines += [f"{'JOINT' if joint else 'ROOT'} {rename(name)}", "{"]
        lines += ["OFFSET " + " ".join(f"{v:.6f}" for v in offsets[joint])]
        lines += [f"CHANNELS {6 if moves else 3} {moves}{turns}"]
        if joint + 1 == len(CMU) or PARENTS[joint + 1] != joint:
            tip = np.array(HEAD_TIP_M if name == "Head" else (0, 0.01, 0)) / unit_m
            lines += ["End Site", "{", "OFFSET " + " ".join(f"{v:.6f}" for v in tip), "}"]
        depth.append(joint)
    lines += ["}"] * len(depth) + ["MOTION", f"Frames: {len(motion_deg)}", f"Frame Time: {1 / fps:.7f}"]
    for frame, angles in enumerate(motion_deg):
        row = []
        for joint in range(len(CMU)):
            if joint == 0:
                row += list(np.zeros(3) if places_m is None else np.asarray(places_m[frame]) / unit_m)
            elif joint in six:
                row += list(offsets[joint] * 1.1)  # a bone that stretches
            row += [angles[joint]["XYZ".index(axis)] for axis in order]
        lines.append(" ".join(f"{v:.6f}" for v in row))
    path.write_text("\n".join(lines) + "\n")


def still(frames=1):
    return np.zeros((frames, len(CMU), 3))


def assert_upright(joints):
    """The head is up along y, and the left side lies to the left of where the nose points."""
    up = joints[:, sk.HEAD_TOP] - joints[:, [sk.LEFT_ANKLE, sk.RIGHT_ANKLE]].mean(axis=1)
    assert (up[:, 1] > 0.95 * np.linalg.norm(up, axis=1)).all() and (up[:, 1] > 1.3).all()
    to_left = np.cross([0, 1, 0], joints[:, sk.NOSE] - joints[:, sk.THORAX])
    for left, right in ((sk.LEFT_HIP, sk.RIGHT_HIP), (sk.LEFT_SHOULDER, sk.RIGHT_SHOULDER), (sk.LEFT_KNEE, sk.RIGHT_KNEE)):
        assert (((joints[:, left] - joints[:, right]) * to_left).sum(axis=1) > 0).all()


@pytest.mark.parametrize("order", ["ZXY", "XYZ", "YXZ", "ZYX"])
def test_forward_kinematics_is_that_of_bvhio(tmp_path, order):
    motion = np.random.default_rng(3).uniform(-170, 170, (5, len(CMU), 3))
    places = np.random.default_rng(4).uniform(-2, 2, (5, 3))
    write_bvh(tmp_path / "a.bvh", motion, order=order, places_m=places, six=(3, 12))
    expected, _ = read_with_bvhio(tmp_path / "a.bvh")
    bvh = read_bvh(tmp_path / "a.bvh")
    ours, turns = bvh.forward()
    for name, positions in expected.items():
        assert np.abs(ours[:, bvh.names.index(name)] - positions).max() < 1e-3, name
    assert np.allclose(np.linalg.det(turns), 1)


@pytest.mark.parametrize("unit_m", [1.0, 0.01, 0.0254 / 0.45])
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_names_and_units_of_many_bvh(tmp_path, convention, unit_m):
    motion = still(2)
    motion[1, 0, 1] = 90  # turned to the left: what was front is then +x
    places = [(0, 0.95, 0), (0.5, 0.95, -1)]
    write_bvh(tmp_path / "a.bvh", motion, rename=CONVENTIONS[convention], unit_m=unit_m, places_m=places)
    (capture,) = read_captures(tmp_path)
    assert capture.fps == pytest.approx(120, rel=1e-4)
    rest = np.zeros((len(CMU), 3))
    for joint in range(1, len(CMU)):
        rest[joint] = rest[PARENTS[joint]] + OFFSETS_M[joint]
    named = dict(zip(CMU, rest, strict=True)) | {"Head" + END: rest[CMU.index("Head")] + HEAD_TIP_M}
    quarter = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    for joint, name in SAME.items():
        assert np.allclose(capture.joints_m[0, joint], named[name] + places[0], atol=2e-4), name
        assert np.allclose(capture.joints_m[1, joint], quarter @ named[name] + places[1], atol=2e-4), name
    assert np.allclose(capture.joints_m[0, sk.PELVIS], [0, 0.90, 0], atol=2e-4), "between the hips, below CMU's root"
    assert np.allclose(capture.joints_m[0, sk.SPINE], [0, 0.90 + 0.45 * 0.63, 0], atol=2e-4)
    nose = capture.joints_m[:, sk.NOSE] - capture.joints_m[:, sk.HEAD_TOP]
    assert np.allclose(nose[0], [0, -0.119, 0.1105], atol=1e-3) and np.allclose(nose[1], quarter @ nose[0], atol=1e-3)
    assert_upright(capture.joints_m)
    assert np.isnan(capture.joints_m[:, 17:]).all(), "toes, hands and ears are not read"


def test_the_nose_turns_with_the_head_whatever_its_axes(tmp_path):
    """As in LAFAN1, the head's own axes are turned against the body's; only the clip tells where its front is."""
    motion = still(3)
    motion[:, CMU.index("Head"), 0] = 90  # the rest pose of this head lies on its back
    motion[:, CMU.index("Neck1"), 1] = 0, 60, -60
    write_bvh(tmp_path / "a.bvh", motion, order="YXZ")
    path, tip = tmp_path / "a.bvh", "End Site\n{\nOFFSET 0.000000 "
    path.write_text(path.read_text().replace(tip + "17.000000 0.000000", tip + "0.000000 -17.000000"))
    (capture,) = read_captures(tmp_path)
    nose = capture.joints_m[:, sk.NOSE] - capture.joints_m[:, sk.HEAD_TOP]
    yaw = np.degrees(np.arctan2(nose[:, 0], nose[:, 2]))
    assert np.allclose(yaw, [0, 60, -60], atol=0.1) and np.allclose(nose[:, 1], -0.119, atol=1e-3)


def test_a_file_without_a_neck_has_its_thorax_between_the_shoulders(tmp_path):
    write_bvh(tmp_path / "a.bvh", still(), rename=lambda name: name.replace("Neck", "Bone"))
    (capture,) = read_captures(tmp_path)
    assert np.allclose(capture.joints_m[0, sk.THORAX], [0, 0.48, 0], atol=1e-5)
    assert np.allclose(capture.joints_m[0, sk.HEAD_TOP, 1], 0.48 + 0.33 * 0.85, atol=1e-5), "its tip lies too high"


def test_a_head_bowed_all_the_time_has_its_top_at_its_tip(tmp_path):
    motion = still(2)
    motion[:, CMU.index("Head"), 0] = 40
    write_bvh(tmp_path / "a.bvh", motion)
    (capture,) = read_captures(tmp_path)
    angle = np.radians(40)
    expected = [0, 0.68 + 0.17 * np.cos(angle), 0.17 * np.sin(angle)]
    assert np.allclose(capture.joints_m[:, sk.HEAD_TOP], expected, atol=1e-4)


def test_a_root_below_the_hips_changes_nothing(tmp_path):
    """As in Bandai Namco's files, whose first joint stays on the floor."""
    write_bvh(tmp_path / "a.bvh", still(), places_m=[(0, 0.95, 0)])
    (plain,) = read_captures(tmp_path)
    hierarchy, motion = (tmp_path / "a.bvh").read_text().split("MOTION\n")
    root = "ROOT joint_Root\n{\nOFFSET 0 0 0\nCHANNELS 3 Zrotation Xrotation Yrotation\nJOINT Hips"
    hierarchy = hierarchy.replace("ROOT Hips", root).replace("OFFSET 0.000000 0.000000 0.000000", "OFFSET 0 95 0", 1)
    *head, row = motion.splitlines()
    (tmp_path / "a.bvh").write_text("\n".join([hierarchy + "}", "MOTION", *head, "0 0 0 " + row]))
    (rooted,) = read_captures(tmp_path)
    assert np.array_equal(rooted.joints_m, plain.joints_m, equal_nan=True)


def test_the_scale_may_be_given_and_must_be_human(tmp_path):
    write_bvh(tmp_path / "a.bvh", still(), unit_m=7.0)
    with pytest.raises(UaoError, match="give the scale in metres a unit"):
        list(read_captures(tmp_path))
    (capture,) = read_captures(tmp_path, scale=7.0)
    assert np.linalg.norm(capture.joints_m[0, sk.LEFT_KNEE] - capture.joints_m[0, sk.LEFT_HIP]) == pytest.approx(
        0.42, abs=1e-4
    )


def test_people_are_told_from_names_and_folders(tmp_path):
    (tmp_path / "anna").mkdir()
    for name in ("01_03", "walk1_subject5", "Male1_A10_Crouch", "bow_active_001", "anna/jump", "anna/02_01"):
        write_bvh(tmp_path / f"{name}.bvh", still())
    people = {capture.name: capture.subject.partition("/")[2] for capture in read_captures(tmp_path)}
    assert people == {
        "01_03": "01",
        "walk1_subject5": "subject5",
        "Male1_A10_Crouch": "Male1",
        "bow_active_001": "unknown",
        "anna/jump": "anna",
        "anna/02_01": "02",
    }
    assert next(read_captures(tmp_path / "01_03.bvh")).subject == f"{tmp_path.name}/01", "a single file, too"


@pytest.mark.parametrize(
    "old, new, reason",
    [
        ("MOTION", "", "it has no MOTION"),
        ("Frames: 2", "Frames: 3", "3 frames"),
        ("Xrotation", "Wrotation", "no channel wrotation"),
        ("LeftForeArm", "Something", "no joint for the left elbow"),
        ("JOINT Head\n", "JOINT Hat\n", "no joint for the head"),
        ("CHANNELS 6", "CHANNELS 5", "other channels than it counts"),
        ("0.000000", "nan", "no offset"),
        ("Frame Time: 0", "Frame Time: -0", "a frame lasts"),
        ("}\nMOTION", "MOTION", "not closed"),
    ],
)
def test_a_damaged_bvh_is_one_sentence(tmp_path, old, new, reason):
    write_bvh(tmp_path / "a.bvh", still(2))
    text = (tmp_path / "a.bvh").read_text()
    assert old in text
    (tmp_path / "a.bvh").write_text(text.replace(old, new, 1))
    with pytest.raises(UaoError, match=f"a.bvh .*{reason}"):
        list(read_captures(tmp_path))
