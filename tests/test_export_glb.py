"""glTF by the rules of its specification, through an independent reader, and by forward kinematics of its own."""

import json
import math
import struct

import numpy as np
import pytest
import trimesh

from tests.test_export import take_of, walking
from uao_core.body import SEGMENTS, fit_body
from uao_core.body.rotations import quaternions
from uao_core.body_mesh import body_mesh, rest_positions
from uao_core.errors import UaoError
from uao_core.export import write_take
from uao_core.export_glb import on_one_side
from uao_core.skeleton import NOSE, NUM_H36M

TYPES = {5126: np.dtype("<f4"), 5121: np.dtype("u1"), 5125: np.dtype("<u4")}
COLUMNS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class Glb:
    """A reader by the specification, which refuses what the specification forbids."""

    def __init__(self, data):
        magic, version, length = struct.unpack_from("<4sII", data)
        assert (magic, version, length) == (b"glTF", 2, len(data))
        size, kind = struct.unpack_from("<I4s", data, 12)
        assert kind == b"JSON" and size % 4 == 0
        self.json = json.loads(data[20 : 20 + size].decode(), parse_constant=pytest.fail)
        binary_size, kind = struct.unpack_from("<I4s", data, 20 + size)
        assert kind == b"BIN\0" and binary_size % 4 == 0 and 28 + size + binary_size == len(data)
        self.binary = data[28 + size :]
        (buffer,) = self.json["buffers"]
        assert "uri" not in buffer and 0 <= len(self.binary) - buffer["byteLength"] < 4
        self.used = set()

    def array(self, index):
        self.used.add(index)
        accessor = self.json["accessors"][index]
        view = self.json["bufferViews"][accessor["bufferView"]]
        dtype, columns = TYPES[accessor["componentType"]], COLUMNS[accessor["type"]]
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        count = accessor["count"] * columns
        assert accessor["count"] > 0 and start % dtype.itemsize == 0 and "byteStride" not in view
        assert accessor.get("byteOffset", 0) + count * dtype.itemsize <= view["byteLength"]
        assert view.get("byteOffset", 0) + view["byteLength"] <= len(self.binary)
        values = np.frombuffer(self.binary, dtype, count, start).reshape(-1, columns)
        assert np.isfinite(values).all()
        for key, limit in (("min", values.min(axis=0)), ("max", values.max(axis=0))):
            if key in accessor:
                assert accessor[key] == limit.tolist()
        return values

    def positions(self):
        """(F, S, 3) by matrices, down the tree of nodes."""
        nodes, (animation,) = self.json["nodes"], self.json["animations"]
        tracks = {
            (c["target"]["node"], c["target"]["path"]): animation["samplers"][c["sampler"]] for c in animation["channels"]
        }
        assert len(tracks) == len(animation["channels"])
        frames = len(self.array(animation["samplers"][0]["input"]))
        out = np.full((frames, len(nodes), 3), np.nan)

        def visit(index, above):
            node = nodes[index]
            local = np.tile(np.eye(4), (frames, 1, 1))
            local[:, :3, 3] = node.get("translation", [0, 0, 0])
            if (index, "translation") in tracks:
                local[:, :3, 3] = self.array(tracks[index, "translation"]["output"])
            if (index, "rotation") in tracks:
                local[:, :3, :3] = matrices(self.array(tracks[index, "rotation"]["output"]).astype(float))
            world = above @ local
            out[:, index] = world[:, :3, 3]
            for child in node.get("children", []):
                visit(child, world)

        for root in self.json["scenes"][self.json["scene"]]["nodes"]:
            visit(root, np.tile(np.eye(4), (frames, 1, 1)))
        return out


def matrices(q):
    x, y, z, w = q.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.array(rows).transpose(2, 0, 1)


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    poses = walking()
    poses[7] = None
    take, path = take_of(poses), tmp_path_factory.mktemp("glb") / "Gang 步行 ü.glb"
    write_take(take, path)
    return take, path, Glb(path.read_bytes())


def test_joints_stand_where_the_fitted_body_has_them(walk):
    take, _, glb = walk
    names = [node["name"] for node in glb.json["nodes"]]
    assert names[: len(SEGMENTS)] == [segment.name for segment in SEGMENTS]
    assert np.abs(glb.positions()[:, : len(SEGMENTS)] - fit_body(take).positions()).max() < 1e-3


def test_samplers_are_as_gltf_demands(walk):
    take, _, glb = walk
    (animation,) = glb.json["animations"]
    for sampler in animation["samplers"]:
        times, values = glb.array(sampler["input"]), glb.array(sampler["output"])
        accessor = glb.json["accessors"][sampler["input"]]
        assert (np.diff(times[:, 0]) > 0).all() and len(times) == len(values) == len(take.frames)
        assert times[0] == 0 and {"min", "max"} <= accessor.keys() and sampler["interpolation"] == "LINEAR"
        if values.shape[1] == 4:
            assert np.abs(np.linalg.norm(values, axis=1) - 1).max() < 1e-5
            assert ((values[1:] * values[:-1]).sum(axis=1) > 0).all(), "between samples the shorter arc is taken"


def test_quaternions_never_change_sides_over_many_turns():
    angle = np.linspace(0, 9 * math.pi, 200)
    turns = np.tile(np.eye(3), (200, 2, 1, 1))
    turns[:, 1, 0, 0] = turns[:, 1, 2, 2] = np.cos(angle)
    turns[:, 1, 0, 2], turns[:, 1, 2, 0] = np.sin(angle), -np.sin(angle)
    quats = on_one_side(quaternions(turns))
    assert np.abs(matrices(quats[:, 1]) - turns[:, 1]).max() < 1e-12
    assert np.linalg.norm(np.diff(quats, axis=0), axis=-1).max() < 0.1


def test_the_skin_is_bound_in_the_t_pose(walk):
    _, _, glb = walk
    (skin,), nodes = glb.json["skins"], glb.json["nodes"]
    binds = glb.array(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
    assert len(binds) == len(skin["joints"]) == len(SEGMENTS)
    assert np.allclose(binds[:, 3], [0, 0, 0, 1])
    rest = np.zeros((len(SEGMENTS), 3))
    for i, segment in enumerate(SEGMENTS):
        if segment.parent >= 0:
            rest[i] = rest[segment.parent] + nodes[i]["translation"]
    assert np.abs(binds[:, :3, 3] + rest).max() < 1e-6
    assert nodes[0]["translation"][1] > 0.5, "unposed, the body stands on the floor"


def test_vertices_hang_on_one_or_two_joints(walk):
    _, _, glb = walk
    (primitive,) = glb.json["meshes"][0]["primitives"]
    arrays = {name: glb.array(index) for name, index in primitive["attributes"].items()}
    indices = glb.array(primitive["indices"])[:, 0]
    count = len(arrays["POSITION"])
    assert {len(values) for values in arrays.values()} == {count} and indices.max() == count - 1 and len(indices) % 3 == 0
    assert {"min", "max"} <= glb.json["accessors"][primitive["attributes"]["POSITION"]].keys()
    weights, joints = arrays["WEIGHTS_0"], arrays["JOINTS_0"]
    assert np.abs(weights.sum(axis=1) - 1).max() < 1e-6 and (weights >= 0).all() and joints.max() < len(SEGMENTS)
    assert (joints[weights == 0] == 0).all() and ((weights > 0).sum(axis=1) <= 2).all()
    assert ((weights > 0).sum(axis=1) == 2).sum() > 200
    assert np.abs(np.linalg.norm(arrays["NORMAL"], axis=1) - 1).max() < 1e-5
    assert arrays["COLOR_0"].min() >= 0 and arrays["COLOR_0"].max() <= 1


def test_an_elbow_bends_without_a_crease():
    """At a joint both capsules give the same share to the two bones, so the skin stays in one piece."""
    body = fit_body(take_of(walking(3)))
    mesh = body_mesh(body.offsets_m, body.tips_m, body.joints_in_segment_m[NOSE])
    names = [segment.name for segment in SEGMENTS]
    arm, forearm = names.index("LeftArm"), names.index("LeftForeArm")
    elbow_x = sum(body.offsets_m[i][0] for i in (names.index("LeftShoulder"), arm, forearm))
    share = np.zeros(len(mesh.vertices_m))
    for column in range(2):
        share += np.where(mesh.joints[:, column] == forearm, mesh.weights[:, column], 0)
    for bone in (arm, forearm):
        own = mesh.joints[:, 0] == bone
        near = own & (np.abs(mesh.vertices_m[:, 0] - elbow_x) < 0.06)
        order = np.argsort(mesh.vertices_m[near, 0])
        assert (np.diff(share[near][order]) >= -1e-9).all(), "the share of the forearm grows towards the hand"
        at = np.abs(mesh.vertices_m[near, 0] - elbow_x) < 1e-6
        assert np.allclose(share[near][at], 0.5, atol=1e-6)


def test_uncertainty_travels_along(walk):
    take, _, glb = walk
    for node in glb.json["nodes"][: len(SEGMENTS)]:
        assert node["extras"]["sigma_mm"] == 40.0
    extras = glb.json["animations"][0]["extras"]
    sigma = glb.array(extras["sigma_mm_accessor"]).reshape(len(take.frames), len(extras["joints"]))
    assert np.allclose(sigma, 40), "a frame without anybody is bridged"
    assert glb.json["asset"]["extras"]["source"] == "walk ü.mp4"


def test_where_nobody_was_seen_the_error_is_not_known(tmp_path):
    write_take(take_of([*walking(8), *[None] * 20, *walking(8)]), tmp_path / "gap.glb")
    glb = Glb((tmp_path / "gap.glb").read_bytes())
    extras = glb.json["animations"][0]["extras"]
    sigma = glb.array(extras["sigma_mm_accessor"]).reshape(36, -1)
    assert (sigma[10:26] == -1).all() and np.allclose(sigma[:8], 40) and np.allclose(sigma[28:], 40)


def brightness(take, path):
    """Of the skin's vertices, by the name of the segment each hangs on: brighter is less sure."""
    write_take(take, path)
    glb = Glb(path.read_bytes())
    attributes = glb.json["meshes"][0]["primitives"][0]["attributes"]
    light, joints = glb.array(attributes["COLOR_0"]) @ [0.2126, 0.7152, 0.0722], glb.array(attributes["JOINTS_0"])[:, 0]
    return {segment.name: light[joints == i] for i, segment in enumerate(SEGMENTS)}


def test_joints_that_no_frame_has_are_as_unsure_as_can_be(tmp_path):
    """Takes of the first version have no toes, hands and ears."""
    take = take_of(walking(3))
    for frame in take.frames:
        frame.pose.joints_m[NUM_H36M:] = frame.pose.sigma_mm[NUM_H36M:] = np.nan
    light = brightness(take, tmp_path / "old.glb")
    assert light["LeftFoot"].max() > 4 * light["LeftArm"].max()


def test_colours_tell_sure_from_unsure(tmp_path):
    take = take_of(walking(3))
    for frame in take.frames:
        frame.pose.sigma_mm[13] = 190  # the left wrist
    light = brightness(take, tmp_path / "a.glb")
    assert light["LeftHand"].max() > 4 * light["RightHand"].max()


def test_nothing_in_the_file_is_without_use(walk):
    _, _, glb = walk
    glb.positions()
    test_vertices_hang_on_one_or_two_joints(walk)
    test_uncertainty_travels_along(walk)
    glb.array(glb.json["skins"][0]["inverseBindMatrices"])
    assert glb.used == set(range(len(glb.json["accessors"])))


def test_trimesh_reads_a_closed_body_of_a_persons_size(walk):
    _, path, _ = walk
    scene = trimesh.load(path)
    (mesh,) = scene.geometry.values()
    height = np.ptp(mesh.vertices[:, 1])
    assert 1.4 < height < 1.9 and 0.03 < mesh.volume < 0.12, "outside is outside, and a person weighs 30 to 120 kg"
    assert mesh.is_watertight and mesh.is_winding_consistent
    given = mesh.vertex_normals[mesh.faces].sum(axis=1)
    assert ((given * mesh.face_normals).sum(axis=1) > 0).mean() > 0.99
    assert set(scene.graph.nodes) >= {segment.name for segment in SEGMENTS}


def test_one_frame_is_a_pose(tmp_path):
    write_take(take_of(walking(2)[:1]), tmp_path / "one.glb")
    assert Glb((tmp_path / "one.glb").read_bytes()).positions().shape[0] == 1


def test_nobody_is_no_motion_and_an_old_file_stays(tmp_path):
    target = tmp_path / "take.glb"
    target.write_text("precious")
    with pytest.raises(UaoError, match="Nobody"):
        write_take(take_of([None, None]), target)
    assert target.read_text() == "precious" and list(tmp_path.iterdir()) == [target]


def test_the_nose_sticks_out_of_the_face():
    body = fit_body(take_of(walking(6)))
    head = [segment.name for segment in SEGMENTS].index("Head")
    mesh = body_mesh(body.offsets_m, body.tips_m, body.joints_in_segment_m[NOSE])
    own = mesh.vertices_m[mesh.joints[:, 0] == head] - rest_positions(body.offsets_m)[head]
    skull, nose = own[: len(own) // 2], own[len(own) // 2 :]
    tip = nose[nose[:, 2].argmax()]
    assert np.abs(tip - body.joints_in_segment_m[NOSE]).max() < 1e-6 and tip[2] > 0.08
    middle, radii = (skull.max(axis=0) + skull.min(axis=0)) / 2, np.ptp(skull, axis=0) / 2
    face = middle[2] + radii[2] * np.sqrt(1 - ((tip[1] - middle[1]) / radii[1]) ** 2)
    assert face + 0.01 < tip[2] < face + 0.04, "it sticks out by as much as a nose does"
    assert nose[:, 2].min() < face and skull[:, 2].max() < tip[2], "it hangs on the face, and nothing is farther in front"
    assert skull[:, 1].max() == pytest.approx(body.tips_m[head][1]), "the crown is the bone's end"
