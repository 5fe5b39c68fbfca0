"""A first guess of all rotations, segment by segment from the root outwards; `solve` makes it better."""

import itertools

import numpy as np

from uao_core import skeleton as sk
from uao_core.body.proportions import Proportions, laying, middle_of_ears
from uao_core.body.rotations import frame, shortest_arc, unit
from uao_core.body.segments import HEAD, HIPS, NAMES, NECK, ON_HEAD, SEGMENTS, SPINE
from uao_core.packets import Doubles

_DEFAULT_SHARE = {"Arm": 0.25, "UpLeg": 0.5}
"""Say of the direction in which a limb bends when nothing shows it, beside the sine of how much it is bent: a thigh can
hardly twist, and a knee that seems to bend forward is a mistake."""
_CHAINS = {
    "LeftArm": (sk.LEFT_SHOULDER, sk.LEFT_ELBOW, sk.LEFT_WRIST, sk.LEFT_HAND),
    "RightArm": (sk.RIGHT_SHOULDER, sk.RIGHT_ELBOW, sk.RIGHT_WRIST, sk.RIGHT_HAND),
    "LeftUpLeg": (sk.LEFT_HIP, sk.LEFT_KNEE, sk.LEFT_ANKLE, sk.LEFT_TOES),
    "RightUpLeg": (sk.RIGHT_HIP, sk.RIGHT_KNEE, sk.RIGHT_ANKLE, sk.RIGHT_TOES),
}


def first_guess(joints: Doubles, proportions: Proportions) -> Doubles:
    """(F, S, 3, 3) local rotations for joints (F, 23, 3), all of them finite.

    Limbs swing by the shortest arc and twist so that elbow or knee bend about their hinge; where a limb is straight, it
    keeps the twist of that arc.
    """
    world = np.empty((len(joints), len(SEGMENTS), 3, 3))
    hips = joints[:, sk.LEFT_HIP] - joints[:, sk.RIGHT_HIP]
    shoulders = joints[:, sk.LEFT_SHOULDER] - joints[:, sk.RIGHT_SHOULDER]
    world[:, HIPS] = frame(hips, joints[:, sk.SPINE] - joints[:, sk.PELVIS], "xy")
    world[:, SPINE] = frame(joints[:, sk.THORAX] - joints[:, sk.SPINE], shoulders, "yx")
    ears = middle_of_ears(joints)
    world[:, NECK] = _swung(world[:, SPINE], NECK, ears - joints[:, sk.THORAX])
    on_head = joints[:, ON_HEAD] - ears[:, None]
    world[:, HEAD] = laying(on_head, proportions.joints_m[list(ON_HEAD)])
    for side in ("Left", "Right"):
        world[:, NAMES.index(f"{side}Shoulder")] = world[:, SPINE]
    for name, chain in _CHAINS.items():
        i = NAMES.index(name)
        first, second, third = (joints[:, b] - joints[:, a] for a, b in itertools.pairwise(chain))
        world[:, i] = _limb(world[:, SEGMENTS[i].parent], i, first, second)
        world[:, i + 1] = _swung(world[:, i], i + 1, second)
        world[:, i + 2] = _swung(world[:, i + 1], i + 2, third)
    local = world.copy()
    for i, segment in enumerate(SEGMENTS):
        if segment.parent >= 0:
            local[:, i] = world[:, segment.parent].swapaxes(-1, -2) @ world[:, i]
    return local


def _swung(parent: Doubles, i: int, bone: Doubles) -> Doubles:
    """World rotations (F, 3, 3) of a segment that follows its parent but for the swing of its bone."""
    return parent @ shortest_arc(np.array(SEGMENTS[i].rest), np.einsum("fji,fj->fi", parent, bone))


def _limb(parent: Doubles, i: int, first: Doubles, second: Doubles) -> Doubles:
    """World rotations (F, 3, 3) of an upper arm or thigh, twisted so that what follows bends about the hinge."""
    swung = _swung(parent, i, first)
    hinge = SEGMENTS[i + 1].hinge
    assert hinge is not None  # elbows and knees follow
    axis, sign = hinge
    bent = (
        sign * np.cross(unit(first), unit(second))
        + _DEFAULT_SHARE[SEGMENTS[i].name.removeprefix("Left").removeprefix("Right")] * swung[..., axis]
    )
    along = np.array(SEGMENTS[i].rest)[SEGMENTS[i].twist]
    return frame(along * first, bent, "xyz"[SEGMENTS[i].twist] + "xyz"[axis])
