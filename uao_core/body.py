"""A body of constant bones fitted to joints that stretch: its proportions, and every joint's rotation in every frame.

Axes are the export's: x to the character's left, y up, z forward, metres; camera axes (x, y, z) become (x, -y, -z), so a
person who faces the camera faces +z. The rest pose is a T-pose facing +z.

Hips and chest are full frames (hip line and spine; spine and shoulder line). Limbs, neck and head swing by the shortest
arc from their rest direction in the parent's frame: a single camera's joints hardly show the twist about a bone, and none
is invented.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from uao_core import skeleton as sk
from uao_core.errors import UaoError
from uao_core.take import Take

Doubles = NDArray[np.float64]
_ANKLE_HEIGHT_M = 0.08


@dataclass(frozen=True, slots=True)
class Segment:
    """A joint of the exported body and the bone that starts there.

    Attributes:
        name: Mixamo's name.
        parent: index into `SEGMENTS`, -1 for the root.
        start, end: joints at both ends of the bone.
        rest: unit direction of the bone in the T-pose.
        mirror: index of the segment of the other side that has the same length, or its own.
    """

    name: str
    parent: int
    start: int
    end: int
    rest: tuple[float, float, float]
    mirror: int


_LEFT, _RIGHT, _UP, _DOWN = (1.0, 0.0, 0.0), (-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, -1.0, 0.0)
_TO_NOSE, _TO_CROWN, _TO_TOES = (0.0, 0.8, 0.6), (0.0, 0.9, -0.43589), (0.0, -0.5, 0.86603)

SEGMENTS: tuple[Segment, ...] = (
    Segment("Hips", -1, sk.PELVIS, sk.SPINE, _UP, 0),
    Segment("Spine", 0, sk.SPINE, sk.THORAX, _UP, 1),
    Segment("Neck", 1, sk.THORAX, sk.NOSE, _TO_NOSE, 2),
    Segment("Head", 2, sk.NOSE, sk.HEAD_TOP, _TO_CROWN, 3),
    Segment("LeftShoulder", 1, sk.THORAX, sk.LEFT_SHOULDER, _LEFT, 8),
    Segment("LeftArm", 4, sk.LEFT_SHOULDER, sk.LEFT_ELBOW, _LEFT, 9),
    Segment("LeftForeArm", 5, sk.LEFT_ELBOW, sk.LEFT_WRIST, _LEFT, 10),
    Segment("LeftHand", 6, sk.LEFT_WRIST, sk.LEFT_HAND, _LEFT, 11),
    Segment("RightShoulder", 1, sk.THORAX, sk.RIGHT_SHOULDER, _RIGHT, 4),
    Segment("RightArm", 8, sk.RIGHT_SHOULDER, sk.RIGHT_ELBOW, _RIGHT, 5),
    Segment("RightForeArm", 9, sk.RIGHT_ELBOW, sk.RIGHT_WRIST, _RIGHT, 6),
    Segment("RightHand", 10, sk.RIGHT_WRIST, sk.RIGHT_HAND, _RIGHT, 7),
    Segment("LeftUpLeg", 0, sk.LEFT_HIP, sk.LEFT_KNEE, _DOWN, 15),
    Segment("LeftLeg", 12, sk.LEFT_KNEE, sk.LEFT_ANKLE, _DOWN, 16),
    Segment("LeftFoot", 13, sk.LEFT_ANKLE, sk.LEFT_TOES, _TO_TOES, 17),
    Segment("RightUpLeg", 0, sk.RIGHT_HIP, sk.RIGHT_KNEE, _DOWN, 12),
    Segment("RightLeg", 15, sk.RIGHT_KNEE, sk.RIGHT_ANKLE, _DOWN, 13),
    Segment("RightFoot", 16, sk.RIGHT_ANKLE, sk.RIGHT_TOES, _TO_TOES, 14),
)
_HIP_SEGMENTS = {"LeftUpLeg": _LEFT, "RightUpLeg": _RIGHT}


@dataclass(frozen=True, slots=True)
class FittedBody:
    """A take as an animated body.

    Attributes:
        offsets_m: (S, 3) of each segment's start from its parent's start, in the T-pose; the root's is zero.
        tips_m: (S, 3) of each bone's end from its start, in the T-pose.
        rotations: (F, S, 3, 3) local, relative to the parent.
        root_m: (F, 3) of the pelvis; feet stand on y = 0 and the first frame at x = z = 0.
        fps: constant rate of the F frames.
    """

    offsets_m: Doubles
    tips_m: Doubles
    rotations: Doubles
    root_m: Doubles
    fps: float

    def positions(self) -> Doubles:
        """Forward kinematics: (F, S, 3) start of every segment."""
        world = np.empty_like(self.rotations)
        starts = np.empty(self.rotations.shape[:3])
        for i, segment in enumerate(SEGMENTS):
            if segment.parent < 0:
                world[:, i], starts[:, i] = self.rotations[:, i], self.root_m
            else:
                world[:, i] = world[:, segment.parent] @ self.rotations[:, i]
                starts[:, i] = starts[:, segment.parent] + world[:, segment.parent] @ self.offsets_m[i]
        return starts


def fit_body(take: Take) -> FittedBody:
    """Fit constant bones to a take, at its constant frame rate.

    Raises:
        UaoError: nobody was found in any frame.
    """
    poses = [frame.pose for frame in take.frames if frame.pose is not None]
    if not poses:
        raise UaoError("Nobody was found in this take, so there is no motion to export to BVH.")
    joints = np.stack([pose.joints_m for pose in poses]).astype(np.float64) * (1, -1, -1)
    sigma_mm = np.stack([pose.sigma_mm for pose in poses]).astype(np.float64)
    lengths = _bone_lengths(joints, sigma_mm)
    half_hips = _distance(joints, sigma_mm, sk.LEFT_HIP, sk.RIGHT_HIP) / 2
    tips = np.array([segment.rest for segment in SEGMENTS]) * lengths[:, None]
    offsets = np.zeros_like(tips)
    for i, segment in enumerate(SEGMENTS):
        if segment.name in _HIP_SEGMENTS:
            offsets[i] = half_hips * np.array(_HIP_SEGMENTS[segment.name])
        elif segment.parent >= 0:
            offsets[i] = tips[segment.parent]
    motion = _resampled(take, joints)
    body = FittedBody(offsets, tips, _local_rotations(motion), motion[:, sk.PELVIS], take.fps)
    return replace(body, root_m=body.root_m + _stand_on_floor(body))


def _resampled(take: Take, joints: Doubles) -> Doubles:
    """Joints (P, 23, 3) of the frames with a person to (F, 23, 3) on a uniform time grid; the other frames are held."""
    last_posed = np.cumsum([frame.pose is not None for frame in take.frames]) - 1
    joints = joints[np.maximum(last_posed, 0)]  # before the first pose the first one is held backwards
    times = np.array([frame.time_s for frame in take.frames])
    count = round((times[-1] - times[0]) * take.fps) + 1
    at = times[0] + np.arange(count) / take.fps
    left = np.clip(np.searchsorted(times, at, side="right") - 1, 0, max(len(times) - 2, 0))
    right = np.minimum(left + 1, len(times) - 1)
    span = np.maximum(times[right] - times[left], 1e-9)
    share = np.clip((at - times[left]) / span, 0, 1)
    return joints[left] + share[:, None, None] * (joints[right] - joints[left])


def _bone_lengths(joints: Doubles, sigma_mm: Doubles) -> Doubles:
    """(S,) metres, left and right alike; only frames that show a person count."""
    measured = np.array([_distance(joints, sigma_mm, segment.start, segment.end) for segment in SEGMENTS])
    mirror = [segment.mirror for segment in SEGMENTS]
    return np.maximum((measured + measured[mirror]) / 2, 0.01)


def _distance(joints: Doubles, sigma_mm: Doubles, start: int, end: int) -> float:
    """Metres between two joints: the median over the take, weighted by one over sigma."""
    length = np.linalg.norm(joints[:, end] - joints[:, start], axis=1)
    order = np.argsort(length)
    share = np.cumsum(1 / (sigma_mm[:, start] + sigma_mm[:, end])[order])
    return float(length[order][np.searchsorted(share, share[-1] / 2)])


def _local_rotations(joints: Doubles) -> Doubles:
    """(F, S, 3, 3) rotations relative to the parent that turn the rest pose's bones along the joints."""
    frames = len(joints)
    world = np.empty((frames, len(SEGMENTS), 3, 3))
    local = np.empty_like(world)
    hips = joints[:, sk.LEFT_HIP] - joints[:, sk.RIGHT_HIP]
    shoulders = joints[:, sk.LEFT_SHOULDER] - joints[:, sk.RIGHT_SHOULDER]
    for i, s in enumerate(SEGMENTS):
        bone = joints[:, s.end] - joints[:, s.start]
        if s.parent < 0:
            world[:, i] = local[:, i] = _frame_xy(hips, bone)
            continue
        parent = world[:, s.parent]
        if s.name == "Spine":
            world[:, i] = _frame_yx(bone, shoulders)
            local[:, i] = parent.transpose(0, 2, 1) @ world[:, i]
            continue
        local[:, i] = _shortest_arc(np.array(s.rest), np.einsum("fji,fj->fi", parent, bone))
        world[:, i] = parent @ local[:, i]
    return local


def _unit(vectors: Doubles) -> Doubles:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def _frame_xy(x: Doubles, y: Doubles) -> Doubles:
    """(F, 3, 3) frames with the given x, and y as near to the given one as can be."""
    x = _unit(x)
    z = _unit(np.cross(x, y))
    return np.stack([x, np.cross(z, x), z], axis=-1)


def _frame_yx(y: Doubles, x: Doubles) -> Doubles:
    """(F, 3, 3) frames with the given y, and x as near to the given one as can be."""
    y = _unit(y)
    z = _unit(np.cross(x, y))
    return np.stack([np.cross(y, z), y, z], axis=-1)


def _shortest_arc(rest: Doubles, target: Doubles) -> Doubles:
    """(F, 3, 3) smallest rotations of one direction (3,), not z, to others (F, 3) (Rodrigues' formula).

    Exactly against `rest` every half turn is as short; the one that a hip or shoulder can make is taken: about the axis
    across `rest` and z.
    A target of no length says nothing: the bone keeps its rest direction.
    """
    target = np.where(np.linalg.norm(target, axis=-1, keepdims=True) < 1e-6, rest, _unit(target))
    axis = np.cross(np.broadcast_to(rest, target.shape), target)
    cosine = target @ rest
    k = np.zeros((len(target), 3, 3))
    k[:, 0, 1], k[:, 0, 2], k[:, 1, 2] = -axis[:, 2], axis[:, 1], -axis[:, 0]
    k -= k.transpose(0, 2, 1)
    hinge = _unit(np.cross(rest, (0.0, 0.0, 1.0)))
    half_turn = 2 * np.outer(hinge, hinge) - np.eye(3)
    arc = np.eye(3) + k + k @ k / np.maximum(1 + cosine, 1e-8)[:, None, None]
    return np.where((1 + cosine < 1e-8)[:, None, None], half_turn, arc)


def _stand_on_floor(body: FittedBody) -> Doubles:
    """(3,) translation that puts the feet on y = 0 (the lowest ankle of most frames) and the start at x = z = 0."""
    feet = [i for i, segment in enumerate(SEGMENTS) if segment.name.endswith("Foot")]
    lowest = np.percentile(body.positions()[:, feet, 1].min(axis=1), 5)
    first = body.root_m[0]
    return np.array([-first[0], _ANKLE_HEIGHT_M - lowest, -first[2]])
