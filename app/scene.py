"""What the viewport shows, as plain arrays: the body as one coloured mesh, and the floor's grid.

World axes are y up; the person's camera axes (x, y, z) become (x, -y, -z). All lengths are metres.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.colours import sigma_colours
from uao_core import skeleton as sk
from uao_core.packets import Pose

Floats = NDArray[np.float32]

_SIDES = 14  # of a bone's cross-section
_JOINT_RADIUS_M, _BONE_RADIUS_M = 0.031, 0.026
_RADIUS_BY_SIGMA = 0.22
"""A joint's sphere grows by this share of its expected error: visible, yet no balloon."""
_SHOWN_JOINTS = np.array([j for j in range(sk.NUM_JOINTS) if j not in (sk.NOSE, sk.HEAD_TOP)])  # these two are the head
_HEAD_RADIUS_M = 0.1
_THIN = {sk.SPINE: 1.5, sk.THORAX: 1.5, sk.RIGHT_KNEE: 1.25, sk.LEFT_KNEE: 1.25}  # bone ending here: share of the radius


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


def _unit_sphere(rings: int = 12, sides: int = 18) -> tuple[Floats, NDArray[np.int32]]:
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
_BULGE = (1 + 0.35 * np.sin(np.pi * _TUBE_SHARES)).astype(np.float32)
_TUBE_TRIANGLES = _grid_triangles(len(_TUBE_SHARES), _SIDES)
_BONES = np.array(sk.BONES)
_BONE_WIDTH = np.array([_THIN.get(child, 1.0) for _, child in sk.BONES], dtype=np.float32)


def _stacked(triangles: NDArray[np.int32], vertices: int, copies: int) -> NDArray[np.int32]:
    return (triangles[None] + vertices * np.arange(copies, dtype=np.int32)[:, None, None]).reshape(-1, 3)


_SPHERES = len(_SHOWN_JOINTS) + 1  # and the head
_TUBE_VERTICES = len(_TUBE_SHARES) * _SIDES
_TRIANGLES = np.concatenate(
    [
        _stacked(_SPHERE_TRIANGLES, len(_SPHERE), _SPHERES),
        _stacked(_TUBE_TRIANGLES, _TUBE_VERTICES, len(_BONES)) + len(_SPHERE) * _SPHERES,
    ]
).astype(np.int32)


def to_world(joints_m: Floats) -> Floats:
    """(..., 3) camera axes to the display's y-up axes."""
    return joints_m * np.array([1, -1, -1], dtype=np.float32)


def body_mesh(pose: Pose) -> Mesh:
    """The pose as spheres and bones coloured by expected error; unsure joints are larger."""
    joints = to_world(pose.joints_m)
    colours = sigma_colours(pose.sigma_mm).astype(np.float32) / 255
    radii = _JOINT_RADIUS_M + _RADIUS_BY_SIGMA * np.clip(pose.sigma_mm, 0, 400) / 1000 * 0.6
    head = (joints[sk.NOSE] + joints[sk.HEAD_TOP]) / 2
    centres = np.concatenate([joints[_SHOWN_JOINTS], head[None]])
    sphere_radii = np.append(radii[_SHOWN_JOINTS], _HEAD_RADIUS_M).astype(np.float32)
    sphere_colours = np.concatenate([colours[_SHOWN_JOINTS], colours[sk.NOSE][None]])

    sphere_vertices = centres[:, None] + sphere_radii[:, None, None] * _SPHERE
    sphere_normals = np.broadcast_to(_SPHERE, sphere_vertices.shape)
    tube_vertices, tube_normals = _tubes(joints)
    start, end = colours[_BONES[:, 0]], colours[_BONES[:, 1]]
    blend = _TUBE_SHARES[None, :, None]
    tube_colours = np.repeat((1 - blend) * start[:, None] + blend * end[:, None], _SIDES, axis=1)
    return Mesh(
        np.concatenate([sphere_vertices.reshape(-1, 3), tube_vertices.reshape(-1, 3)]).astype(np.float32),
        np.concatenate([sphere_normals.reshape(-1, 3), tube_normals.reshape(-1, 3)]).astype(np.float32),
        np.concatenate([np.repeat(sphere_colours, len(_SPHERE), axis=0), tube_colours.reshape(-1, 3)]).astype(np.float32),
        _TRIANGLES,
    )


def _tubes(joints: Floats) -> tuple[Floats, Floats]:
    """(B, rows * sides, 3) vertices and normals of the bones, a little thicker in the middle."""
    start, end = joints[_BONES[:, 0]], joints[_BONES[:, 1]]
    along = end - start
    direction = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    helper = np.where(np.abs(direction[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    u = np.cross(direction, helper)
    u /= np.maximum(np.linalg.norm(u, axis=1, keepdims=True), 1e-6)
    v = np.cross(direction, u)
    ring = _RING[None, :, :1] * u[:, None] + _RING[None, :, 1:] * v[:, None]  # (B, sides, 3)
    radius = _BONE_RADIUS_M * _BONE_WIDTH[:, None] * _BULGE[None]
    centres = start[:, None] + _TUBE_SHARES[None, :, None] * along[:, None]  # (B, rows, 3)
    vertices = centres[:, :, None] + radius[:, :, None, None] * ring[:, None]
    normals = np.broadcast_to(ring[:, None], vertices.shape)
    return vertices.reshape(len(_BONES), -1, 3), normals.reshape(len(_BONES), -1, 3)


def lowest_point(pose: Pose) -> float:
    """Height of the lower ankle's sole in world axes: where the floor is drawn."""
    return float(to_world(pose.joints_m)[[sk.RIGHT_ANKLE, sk.LEFT_ANKLE], 1].min()) - 0.08


@dataclass(frozen=True, slots=True)
class Grid:
    """Lines of the floor.

    Attributes:
        points: (P, 3).
        lines: (L, 2) indices of points.
        colours: (L, 3) RGB in 0..1.
    """

    points: Floats
    lines: NDArray[np.int32]
    colours: Floats


def floor_grid(background: Floats, line: Floats, half_m: float = 5.0, step_m: float = 0.5) -> Grid:
    """A grid on y = 0 around the origin; every second line is stronger, and all fade into the background with distance."""
    ticks = np.arange(-half_m, half_m + 1e-6, step_m)
    points: list[tuple[float, float, float]] = []
    lines: list[tuple[int, int]] = []
    colours: list[Floats] = []
    for i, a in enumerate(ticks):
        strength = 1.0 if i % 2 == 0 else 0.45
        for near, far in pairwise(ticks):
            fade = max(0.0, 1 - float(np.hypot(a, (near + far) / 2)) / half_m) ** 1.2
            if fade <= 0.02:
                continue
            for segment in (((a, 0, near), (a, 0, far)), ((near, 0, a), (far, 0, a))):
                lines.append((len(points), len(points) + 1))
                points.extend(segment)
                colours.append(background + strength * fade * (line - background))
    return Grid(np.array(points, np.float32), np.array(lines, np.int32), np.array(colours, np.float32))
