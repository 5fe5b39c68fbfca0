"""The exported skeleton: its segments, how far each turns, and which of the 23 joints it carries.

Axes are the export's: x to the character's left, y up, z forward, metres. The rest pose is a T-pose that faces +z, palms
down. In it every segment's own axes are the world's, so that elbows bend about y, knees about x, and a bone's twist is a
turn about the axis along which it lies.
"""

from dataclasses import dataclass

import numpy as np

from uao_core import skeleton as sk

Axis = tuple[float, float, float]

_LEFT, _RIGHT, _UP, _DOWN = (1.0, 0.0, 0.0), (-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, -1.0, 0.0)
_TO_TOES = (0.0, -0.36, 0.93295)
"""From an ankle 75 mm above the floor to toes 20 mm above it."""
_FREE = 400.0
"""Degrees of an axis about which nothing is presumed."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A rigid part of the body; it turns about its start.

    Attributes:
        name: Mixamo's.
        joint: Human3.6M's name of the point about which it turns.
        parent: index into `SEGMENTS`, -1 for the root.
        rest: unit direction of its bone in the T-pose.
        twist: index of the axis along which the bone lies.
        spread_deg: standard deviation of its rotation vector about x, y, z; `_FREE` where nothing is presumed. Of a hinge,
            how far the bone leaves the plane in which it bends.
        twist_sd_deg: of balls (hip, shoulder), which swing freely, and of hinges the standard deviation of the twist. 0
            elsewhere.
        hinge: of knees and elbows, the axis about which they bend, with its sign; None elsewhere.
        channels: order in which a BVH turns it about its own axes, chosen so that common poses keep away from the pole,
            where the middle angle is 90 degrees.
    """

    name: str
    joint: str
    parent: int
    rest: Axis
    twist: int
    spread_deg: Axis
    twist_sd_deg: float = 0.0
    hinge: tuple[int, float] | None = None
    channels: str = "YZX"


def _arm(side: str, bone: Axis, first: int) -> tuple[Segment, ...]:
    """Collar bone, upper arm, forearm, hand. Twist of a hand is the forearm's; one knuckle cannot tell them apart."""
    low, bend = side.lower(), -bone[0]
    return (
        Segment(f"{side}Shoulder", f"{low}_clavicle", 1, bone, 0, (3, 12, 12)),
        Segment(f"{side}Arm", f"{low}_shoulder", first, bone, 0, (_FREE,) * 3, 45, channels="YXZ"),
        Segment(f"{side}ForeArm", f"{low}_elbow", first + 1, bone, 0, (_FREE, _FREE, 5), 40, hinge=(1, bend)),
        Segment(f"{side}Hand", f"{low}_wrist", first + 2, bone, 0, (5, 20, 30)),
    )


def _leg(side: str, first: int) -> tuple[Segment, ...]:
    low = side.lower()
    return (
        Segment(f"{side}UpLeg", f"{low}_hip", 0, _DOWN, 1, (_FREE,) * 3, 25, channels="XZY"),
        Segment(f"{side}Leg", f"{low}_knee", first, _DOWN, 1, (_FREE, _FREE, 4), 8, hinge=(0, 1.0), channels="XZY"),
        Segment(f"{side}Foot", f"{low}_ankle", first + 1, _TO_TOES, 2, (25, 12, 8), channels="XZY"),
    )


SEGMENTS: tuple[Segment, ...] = (
    Segment("Hips", "pelvis", -1, _UP, 1, (_FREE,) * 3),
    Segment("Spine", "spine", 0, _UP, 1, (30, 25, 20)),
    Segment("Neck", "thorax", 1, _UP, 1, (30, 25, 20)),
    Segment("Head", "head", 2, _UP, 1, (30, 35, 25)),
    *_arm("Left", _LEFT, 4),
    *_arm("Right", _RIGHT, 8),
    *_leg("Left", 12),
    *_leg("Right", 15),
)
NAMES: tuple[str, ...] = tuple(segment.name for segment in SEGMENTS)
PARENTS: tuple[int, ...] = tuple(segment.parent for segment in SEGMENTS)
HINGE_RANGE_DEG = (0.0, 155.0)
"""How far elbows and knees bend."""

HIPS, SPINE, NECK, HEAD = range(4)
START_OF: dict[int, int] = {
    sk.PELVIS: HIPS,
    sk.SPINE: SPINE,
    sk.THORAX: NECK,
    **{getattr(sk, f"{side.upper()}_{joint}"): NAMES.index(side + name) for side in ("Left", "Right")
       for joint, name in (("SHOULDER", "Arm"), ("ELBOW", "ForeArm"), ("WRIST", "Hand"), ("HIP", "UpLeg"),
                           ("KNEE", "Leg"), ("ANKLE", "Foot"))},
}  # fmt: skip
"""Joints that are the start of a segment."""
TIP_OF: dict[int, int] = {
    sk.LEFT_HAND: NAMES.index("LeftHand"),
    sk.RIGHT_HAND: NAMES.index("RightHand"),
    sk.LEFT_TOES: NAMES.index("LeftFoot"),
    sk.RIGHT_TOES: NAMES.index("RightFoot"),
}
"""Joints that are the tip of a segment on which nothing else hangs."""
ON_HEAD: tuple[int, ...] = (sk.NOSE, sk.HEAD_TOP, sk.LEFT_EAR, sk.RIGHT_EAR)
"""Joints that are fixed to the head, which turns about the middle of the ears."""
FEET: tuple[int, ...] = (sk.LEFT_ANKLE, sk.LEFT_TOES, sk.RIGHT_ANKLE, sk.RIGHT_TOES)
FEET_REST_M = np.array([sk.ANKLE_REST_M, sk.TOES_REST_M, sk.ANKLE_REST_M, sk.TOES_REST_M])
"""Of the joints of `FEET` above the floor on which the foot stands."""


def ancestors(segment: int) -> list[int]:
    """A segment and all above it, the root last."""
    chain = [segment]
    while SEGMENTS[chain[-1]].parent >= 0:
        chain.append(SEGMENTS[chain[-1]].parent)
    return chain
