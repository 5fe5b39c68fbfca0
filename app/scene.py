"""The body in the 3D view, as plain arrays: one coloured mesh.

World axes are y up; the person's camera axes (x, y, z) become (x, -y, -z). All lengths are metres.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.colours import Scale, sigma_colours
from uao_core import skeleton as sk
from uao_core.packets import Floats, Pose

_SIDES = 12  # of a bone's cross-section
_RADIUS_BY_SIGMA = 0.13
"""A joint's sphere grows by this share of its expected error: visible, yet no balloon."""
_HEAD = sk.HEAD_TOP  # the head is drawn once, as an ellipsoid between nose and crown
_HEAD_RADII_M = np.array([0.088, 0.122, 0.098], dtype=np.float32)  # across, along the neck, to the front
_NOSE_RADIUS_M = 0.027
_JOINT_RADIUS_M = np.full(sk.NUM_JOINTS, 0.056, dtype=np.float32)
_BONE_ENDS_M: dict[int, tuple[float, float]] = {sk.SPINE: (0.05, 0.052), sk.THORAX: (0.052, 0.052), _HEAD: (0.042, 0.036)}
"""Radii of the bone that ends at a joint, where it starts and where it ends: a body tapers towards hands and feet."""
for _right, _radii, _joint_radius in (
    (sk.RIGHT_HIP, (0.046, 0.048), 0.05),
    (sk.RIGHT_KNEE, (0.047, 0.036), 0.041),
    (sk.RIGHT_ANKLE, (0.037, 0.025), 0.033),
    (sk.RIGHT_SHOULDER, (0.042, 0.038), 0.043),
    (sk.RIGHT_ELBOW, (0.037, 0.029), 0.034),
    (sk.RIGHT_WRIST, (0.029, 0.022), 0.029),
    (sk.RIGHT_TOES, (0.031, 0.026), 0.026),
    (sk.RIGHT_HAND, (0.026, 0.024), 0.024),
):
    for _side in (_right, sk.MIRROR[_right]):
        _BONE_ENDS_M[_side] = _radii
        _JOINT_RADIUS_M[_side] = _joint_radius
_FACE = (sk.NOSE, sk.HEAD_TOP, sk.LEFT_EAR, sk.RIGHT_EAR)
_SHOWN_JOINTS = np.array([joint for joint in range(sk.NUM_JOINTS) if joint not in _FACE])
_NEXT, _AFTER = [1, 2, 0], [2, 0, 1]  # of an axis
_UP, _ASIDE = np.eye(3, dtype=np.float32)[[1, 0]]
_BONES = np.array([bone for bone in sk.BONES if bone[1] not in _FACE] + [(sk.THORAX, _HEAD)])
_SOLE_M, _BALL_M, _SKIN_M = 0.08, 0.02, 0.05  # height above the floor of an ankle, of toes, of any joint lying on it


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles with a colour and a normal at every vertex.

    Attributes:
        vertices, normals: (V, 3).
        colours: (V, 3) RGB in 0..1.
        triangles: (N, 3) indices, the same in every frame.
    """

    vertices: Floats
    normals: Floats
    colours: Floats
    triangles: NDArray[np.int32]


def _unit_sphere(rings: int = 9, sides: int = 14) -> tuple[Floats, NDArray[np.int32]]:
    polar = np.linspace(0, np.pi, rings + 1)
    around = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    p, a = (grid.ravel() for grid in np.meshgrid(polar, around, indexing="ij"))
    points = np.stack([np.sin(p) * np.cos(a), np.cos(p), np.sin(p) * np.sin(a)], axis=1)
    return points.astype(np.float32), _grid_triangles(rings + 1, sides)


def _grid_triangles(rows: int, columns: int) -> NDArray[np.int32]:
    """Triangles of a rolled-up grid of vertices, outside outwards."""
    i, j = (grid.ravel() for grid in np.meshgrid(np.arange(rows - 1), np.arange(columns), indexing="ij"))
    right = (j + 1) % columns
    a, b, c, d = i * columns + j, i * columns + right, (i + 1) * columns + j, (i + 1) * columns + right
    return np.concatenate([np.stack([a, b, c], axis=1), np.stack([b, d, c], axis=1)]).astype(np.int32)


_SPHERE, _SPHERE_TRIANGLES = _unit_sphere()
_RING_ANGLES = np.linspace(0, 2 * np.pi, _SIDES, endpoint=False)
_RING = np.stack([np.cos(_RING_ANGLES), np.sin(_RING_ANGLES)], axis=1).astype(np.float32)
_TUBE_SHARES = np.linspace(0, 1, 5, dtype=np.float32)  # rows of a bone; enough for its colour to blend
_TUBE_TRIANGLES = _grid_triangles(len(_TUBE_SHARES), _SIDES)
_ENDS = np.array([_BONE_ENDS_M[child] for _, child in _BONES.tolist()], dtype=np.float32)
_TUBE_RADII_M = (_ENDS[:, :1] + (_ENDS[:, 1:] - _ENDS[:, :1]) * _TUBE_SHARES) * (1 + 0.14 * np.sin(np.pi * _TUBE_SHARES))


def _stacked(triangles: NDArray[np.int32], vertices: int, copies: int) -> NDArray[np.int32]:
    return (triangles[None] + vertices * np.arange(copies, dtype=np.int32)[:, None, None]).reshape(-1, 3)


_SPHERES = len(_SHOWN_JOINTS) + 2  # and head and nose
_TUBE_VERTICES = len(_TUBE_SHARES) * _SIDES
_TRIANGLES = np.concatenate(
    [
        _stacked(_SPHERE_TRIANGLES, len(_SPHERE), _SPHERES),
        _stacked(_TUBE_TRIANGLES, _TUBE_VERTICES, len(_BONES)) + len(_SPHERE) * _SPHERES,
    ]
).astype(np.int32)


CAMERA_WORLD = np.diag([1.0, -1.0, -1.0])
"""Camera axes to the display's y-up axes, and back."""


def to_world(joints_m: Floats) -> Floats:
    """(..., 3) camera axes to the display's y-up axes."""
    return joints_m * np.array([1, -1, -1], dtype=np.float32)


def body_mesh(pose: Pose, scale: Scale) -> Mesh:
    """The pose as spheres and bones coloured by expected error; unsure joints are larger, the nose shows the front."""
    joints = to_world(pose.joints_m)
    colours = sigma_colours(pose.sigma_mm, scale).astype(np.float32) / 255
    head, head_axes = _head(joints)
    colours[_HEAD] = colours[sk.NOSE]
    radii = _JOINT_RADIUS_M + _RADIUS_BY_SIGMA * np.nan_to_num(pose.sigma_mm, nan=400).clip(0, 400) / 1000

    spheres = joints[_SHOWN_JOINTS][:, None] + radii[_SHOWN_JOINTS][:, None, None] * _SPHERE
    skull = head + (_SPHERE * _HEAD_RADII_M) @ head_axes
    skull_normals = unit(np.asarray((_SPHERE / _HEAD_RADII_M) @ head_axes, np.float32))
    nose = head + _HEAD_RADII_M[2] * head_axes[2] + _NOSE_RADIUS_M * _SPHERE
    sphere_colours = colours[[*_SHOWN_JOINTS, sk.NOSE, sk.NOSE]]

    ends = joints.copy()
    ends[_HEAD] = head
    tubes, tube_normals = _tubes(ends)
    blend = _TUBE_SHARES[None, :, None]
    tube_colours = (1 - blend) * colours[_BONES[:, 0]][:, None] + blend * colours[_BONES[:, 1]][:, None]
    round_normals = np.broadcast_to(_SPHERE, spheres.shape).reshape(-1, 3)
    return Mesh(
        np.concatenate([spheres.reshape(-1, 3), skull, nose, tubes], dtype=np.float32),
        np.concatenate([round_normals, skull_normals, _SPHERE, tube_normals], dtype=np.float32),
        np.concatenate(
            [np.repeat(sphere_colours, len(_SPHERE), axis=0), np.repeat(tube_colours.reshape(-1, 3), _SIDES, axis=0)]
        ),
        _TRIANGLES,
    )


def unit(vectors: Floats) -> Floats:
    """(..., 3) at length one; zero stays zero."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6), dtype=np.float32)


def cross(a: Floats, b: Floats) -> Floats:
    """(..., 3) cross products; for few vectors `np.cross` takes several times as long."""
    return np.asarray(a[..., _NEXT] * b[..., _AFTER] - a[..., _AFTER] * b[..., _NEXT], dtype=np.float32)


def _head(joints: Floats) -> tuple[Floats, Floats]:
    """Centre (3,) of the head and its axes as rows (3, 3): across, towards the crown, to the front."""
    crown, nose = joints[sk.HEAD_TOP], joints[sk.NOSE]
    up = unit(crown - joints[sk.THORAX])
    centre = crown - _HEAD_RADII_M[1] * up
    ahead = nose - centre
    ahead = ahead - (ahead @ up) * up
    if ahead @ ahead < 1e-6:  # a nose on the neck's line: face as the shoulders do
        ahead = cross(joints[sk.LEFT_SHOULDER] - joints[sk.RIGHT_SHOULDER], up)
    front = unit(ahead)
    return centre, np.stack([cross(up, front), up, front])


def _tubes(joints: Floats) -> tuple[Floats, Floats]:
    """(B * rows * sides, 3) vertices and normals of the bones."""
    start, end = joints[_BONES[:, 0]], joints[_BONES[:, 1]]
    along = end - start
    direction = unit(along)
    helper = np.where(np.abs(direction[:, 1:2]) < 0.9, _UP, _ASIDE)
    u = unit(cross(direction, helper))
    v = cross(direction, u)
    ring = _RING[None, :, :1] * u[:, None] + _RING[None, :, 1:] * v[:, None]  # (B, sides, 3)
    centres = start[:, None] + _TUBE_SHARES[None, :, None] * along[:, None]  # (B, rows, 3)
    vertices = centres[:, :, None] + _TUBE_RADII_M[:, :, None, None] * ring[:, None]
    normals = np.broadcast_to(ring[:, None], vertices.shape)
    return vertices.reshape(-1, 3), normals.reshape(-1, 3)


_AMBIENT, _DIFFUSE, _GLOSS = 0.64, 0.46, 0.16
_TO_LIGHT = unit(np.array([-0.45, -0.7, -0.75], dtype=np.float32))  # view axes: over the viewer's left shoulder
_GLOSSY = unit(_TO_LIGHT + np.array([0, 0, -1], dtype=np.float32))


def lit_colours(mesh: Mesh, view_axes: Floats) -> Floats:
    """(V, 3) the mesh's colours in soft light from over the viewer's shoulder.

    The light is so soft that a colour keeps its place in the legend: yellow in the shade does not become brown.

    Args:
        view_axes: (3, 3) unit vectors of the view in the world, as rows: right, down, forward.
    """
    lights = np.stack([_TO_LIGHT, _GLOSSY]) @ view_axes
    facing, shining = (mesh.normals @ lights.T).T
    wrapped = (facing * 0.6 + 0.4).clip(0, 1)
    lit = mesh.colours * (_AMBIENT + _DIFFUSE * wrapped)[:, None]
    shine = shining.clip(0, 1)
    for _ in range(4):  # to the power of 16
        shine = shine * shine
    lit += _GLOSS * shine[:, None]
    return np.asarray(lit.clip(0, 1), dtype=np.float32)


def lowest_point(joints_m: Floats) -> float:
    """Height of the lowest sole, or of whatever touches the ground first, of joints (23, 3) with y up."""
    height = joints_m[:, 1] - _SKIN_M
    height[[sk.RIGHT_ANKLE, sk.LEFT_ANKLE]] -= _SOLE_M - _SKIN_M
    height[[sk.RIGHT_TOES, sk.LEFT_TOES]] -= _BALL_M - _SKIN_M
    return float(height.min())
