"""A simple body around the bones of a T-pose: capsules for limbs and trunk, ellipsoids for the head, weighted for skinning.

Thicknesses are shares of the stature, about those of an adult; lengths are the bones'. At a joint the skin changes over
from one bone to the next within a length that both share, so that elbows and knees bend smoothly.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uao_core.body.kinematics import forward
from uao_core.body.segments import PARENTS, SEGMENTS
from uao_core.packets import Doubles

Indices = NDArray[np.uint32]

_THICKNESS: dict[str, tuple[float, float, float]] = {
    "Hips": (0.085, 0.074, 0.68),
    "Spine": (0.074, 0.086, 0.66),
    "Neck": (0.030, 0.026, 1.0),
    "Shoulder": (0.040, 0.033, 1.0),
    "Arm": (0.030, 0.024, 1.0),
    "ForeArm": (0.024, 0.016, 1.0),
    "Hand": (0.019, 0.017, 0.6),
    "UpLeg": (0.048, 0.033, 1.0),
    "Leg": (0.033, 0.021, 1.0),
    "Foot": (0.023, 0.019, 0.8),
}
"""Radius at the bone's start and end as shares of the stature, and how flat from front to back, by name without side."""
_OTHER = (0.020, 0.016, 1.0)
_NOSE_LENGTH = 0.2
"""From the face, as a share of the way from the ears to the crown."""
_AROUND, _ALONG, _CAP = 16, 8, 4
_CHANGE_OVER = 1.2
"""Half the length over which the skin changes from bone to bone, in radii at the joint."""


@dataclass(frozen=True, slots=True)
class BodyMesh:
    """V vertices in the axes of the T-pose, its root at the origin.

    Attributes:
        vertices_m: (V, 3).
        normals: (V, 3) unit.
        joints: (V, 2) indices into `SEGMENTS`.
        weights: (V, 2) of these joints; they sum to 1.
        along: (V,) 0..1, from the start to the end of the vertex's own bone, `joints[:, 0]`.
        triangles: (T, 3) counter-clockwise from outside.
    """

    vertices_m: Doubles
    normals: Doubles
    joints: NDArray[np.int64]
    weights: Doubles
    along: Doubles
    triangles: Indices


def rest_positions(offsets_m: Doubles) -> Doubles:
    """(S, 3) start of every segment in the T-pose, the root at the origin."""
    unturned = np.tile(np.eye(3), (1, len(SEGMENTS), 1, 1))
    return forward(PARENTS, offsets_m, np.zeros((1, 3)), unturned)[0][0]


def body_mesh(offsets_m: Doubles, tips_m: Doubles, nose_m: Doubles) -> BodyMesh:
    """The skin of a body in its T-pose.

    Args:
        offsets_m, tips_m: (S, 3) of its bones, as of `FittedBody`.
        nose_m: (3,) the tip of its nose from the start of its head.
    """
    starts = rest_positions(offsets_m)
    heights = np.concatenate([starts, starts + tips_m])[:, 1]
    stature = float(np.ptp(heights))
    parts = []
    for i, segment in enumerate(SEGMENTS):
        if segment.name == "Head":
            parts += _head(i, starts[i], tips_m[i], nose_m)
        else:
            parts.append(_limb(i, starts, tips_m[i], stature))
    firsts = np.cumsum([0, *(len(part.vertices_m) for part in parts[:-1])])
    triangles = [part.triangles + first for part, first in zip(parts, firsts, strict=True)]
    return BodyMesh(
        vertices_m=np.concatenate([part.vertices_m for part in parts]),
        normals=np.concatenate([part.normals for part in parts]),
        joints=np.concatenate([part.joints for part in parts]),
        weights=np.concatenate([part.weights for part in parts]),
        along=np.concatenate([part.along for part in parts]),
        triangles=np.concatenate(triangles).astype(np.uint32),
    )


def _thickness(index: int) -> tuple[float, float, float]:
    return _THICKNESS.get(SEGMENTS[index].name.removeprefix("Left").removeprefix("Right"), _OTHER)


def _limb(index: int, starts: Doubles, tip: Doubles, stature: float) -> BodyMesh:
    """A capsule from a bone's start to its end."""
    thick, thin, flatness = _thickness(index)
    first, last, length = stature * thick, stature * thin, float(np.linalg.norm(tip))
    rise = np.linspace(0, np.pi / 2, _CAP + 1)
    along = np.concatenate([-first * np.cos(rise), np.linspace(0, length, _ALONG + 1)[1:-1], length + last * np.sin(rise)])
    width = np.concatenate([first * np.sin(rise), np.linspace(first, last, _ALONG + 1)[1:-1], last * np.cos(rise)])
    axis = tip / max(length, 1e-9)
    front = np.array([0.0, 0.0, 1.0]) if abs(axis[2]) < 0.9 else np.array([0.0, 1.0, 0.0])
    side = np.cross(axis, front)
    side /= np.linalg.norm(side)
    vertices, normals, triangles = _revolved(along, width, np.stack([axis, side, np.cross(axis, side)]), flatness)
    reach = vertices @ axis
    neighbours, share = _shares(index, starts, tip, reach, length, stature)
    return BodyMesh(
        vertices + starts[index],
        normals,
        np.stack([np.full(len(reach), index), neighbours], axis=1),
        np.stack([1 - share, share], axis=1),
        np.clip(reach / max(length, 1e-9), 0, 1),
        triangles,
    )


def _shares(
    index: int, starts: Doubles, tip: Doubles, reach: Doubles, length: float, stature: float
) -> tuple[NDArray[np.int64], Doubles]:
    """Of vertices that lie `reach` along a bone: the bone that has a part in each, and how large a part."""
    neighbours, share = np.full(len(reach), index), np.zeros(len(reach))
    end = starts[index] + tip
    following = [i for i, s in enumerate(SEGMENTS) if s.parent == index and np.allclose(starts[i], end, atol=1e-6)]
    for neighbour, past in ((SEGMENTS[index].parent, -reach), (following[0] if following else -1, reach - length)):
        if neighbour < 0:
            continue
        joint = index if neighbour == SEGMENTS[index].parent else neighbour
        half = _CHANGE_OVER * stature * _thickness(joint)[0]
        part = np.clip((past + half) / (2 * half), 0, 1)
        part = part * part * (3 - 2 * part)
        stronger = part > share
        neighbours[stronger], share[stronger] = neighbour, part[stronger]
    return neighbours, share


def _head(index: int, start: Doubles, tip: Doubles, nose: Doubles) -> list[BodyMesh]:
    """A skull from the crown, which is the bone's end, to a chin, and a nose, so that one sees where it looks.

    The head turns about the middle of its ears. The skull is as deep as leaves the nose outside by what is usual.
    """
    size = float(np.linalg.norm(tip))
    chin = min(nose[1], 0.0) - 0.4 * size
    height = (tip[1] - chin) / 2
    middle = np.array([0.0, chin + height, 0.0])
    level = (nose[1] - middle[1]) / height
    depth = max((nose[2] - _NOSE_LENGTH * size) / np.sqrt(max(1 - level**2, 0.1)), 0.5 * size)
    bridge = nose - _NOSE_LENGTH * size * np.array([0.0, 0.0, 1.0])
    return [
        _ellipsoid(index, start + middle, np.array([0.62 * size, height, depth])),
        _ellipsoid(index, start + bridge, size * np.array([0.10, 0.16, _NOSE_LENGTH])),
    ]


def _ellipsoid(index: int, centre: Doubles, radii: Doubles) -> BodyMesh:
    polar = np.linspace(0, np.pi, 2 * _CAP + 5)
    turn = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
    ball, normals, triangles = _revolved(-np.cos(polar), np.sin(polar), turn, 1.0)
    normals = normals / radii
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    count = len(ball)
    return BodyMesh(
        centre + ball * radii,
        normals,
        np.full((count, 2), index),
        np.tile([1.0, 0.0], (count, 1)),
        np.clip((ball[:, 1] + 1) / 2, 0, 1),
        triangles,
    )


def _revolved(along: Doubles, width: Doubles, frame: Doubles, flatness: float) -> tuple[Doubles, Doubles, Indices]:
    """A closed surface of revolution: vertices and unit normals (V, 3), and triangles (T, 3).

    Args:
        along, width: (R,) the profile, whose width is zero at both ends.
        frame: rows are the axis, the side, and the direction in which the surface is flattened; right-handed.
    """
    angle = np.arange(_AROUND) * 2 * np.pi / _AROUND
    circle = np.outer(np.cos(angle), frame[1]) + flatness * np.outer(np.sin(angle), frame[2])
    normal_circle = flatness * np.outer(np.cos(angle), frame[1]) + np.outer(np.sin(angle), frame[2])
    slope = np.stack([np.gradient(along), np.gradient(width)], axis=1)
    slope /= np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-12)
    rings = along[1:-1, None, None] * frame[0] + width[1:-1, None, None] * circle
    normals = slope[1:-1, :1, None] * normal_circle - slope[1:-1, 1:, None] * frame[0]
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    vertices = np.concatenate([along[:1, None] * frame[0], rings.reshape(-1, 3), along[-1:, None] * frame[0]])
    unit = np.concatenate([-frame[:1], normals.reshape(-1, 3), frame[:1]])
    here = np.arange(_AROUND)
    there = (here + 1) % _AROUND
    last = len(vertices) - 1
    faces = [np.stack([np.zeros_like(here), 1 + there, 1 + here], axis=1)]
    for ring in range(len(along) - 3):
        low, high = 1 + ring * _AROUND, 1 + (ring + 1) * _AROUND
        faces.append(np.stack([low + here, low + there, high + there], axis=1))
        faces.append(np.stack([low + here, high + there, high + here], axis=1))
    faces.append(np.stack([np.full_like(here, last), last - _AROUND + here, last - _AROUND + there], axis=1))
    return vertices, unit, np.concatenate(faces).astype(np.uint32)
