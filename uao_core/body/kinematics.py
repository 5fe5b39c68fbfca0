"""Forward kinematics of many frames, and how joints move when segments turn."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from uao_core import skeleton as sk
from uao_core.body.proportions import JOINT_SEGMENT
from uao_core.body.segments import SEGMENTS, START_OF, ancestors
from uao_core.packets import Doubles

ROOT_COLUMNS = slice(0, 3)
COLUMNS = 3 + 3 * len(SEGMENTS)
"""Unknowns of a frame: the root's place, and a small turn of each segment about its own axes."""


def forward(parents: Sequence[int], offsets_m: Doubles, root: Doubles, local: Doubles) -> tuple[Doubles, Doubles]:
    """Starts (F, S, 3) and world rotations (F, S, 3, 3) of all segments.

    Args:
        parents: of the S segments, -1 for the root; a parent comes before its children.
        offsets_m: (S, 3) of each segment's start from its parent's start, in the parent's axes.
        root: (F, 3) the root's place.
        local: (F, S, 3, 3) rotations relative to the parent.
    """
    world, starts = np.empty_like(local), np.empty(local.shape[:3])
    for i, parent in enumerate(parents):
        if parent < 0:
            world[:, i], starts[:, i] = local[:, i], root
        else:
            world[:, i] = world[:, parent] @ local[:, i]
            starts[:, i] = starts[:, parent] + world[:, parent] @ offsets_m[i]
    return starts, world


def place_joints(carried: Sequence[int] | NDArray[np.intp], joints_m: Doubles, starts: Doubles, world: Doubles) -> Doubles:
    """(F, J, 3) of J joints, each of which a segment carries at a place (J, 3) in its axes."""
    of_joint = np.asarray(carried)
    return starts[:, of_joint] + np.einsum("fjab,jb->fja", world[:, of_joint], joints_m)


def jacobian(joints: Doubles, starts: Doubles, world: Doubles) -> Doubles:
    """(F, 23, 3, C): a turn w of segment i, in its own axes, moves what hangs on it by (W_i w) x (joint - start_i)."""
    on, turning = _levers()
    lever = joints[:, on] - starts[:, turning]
    axes = world[:, turning]  # columns are the segment's axes
    out = np.zeros((len(joints), sk.NUM_JOINTS, 3, COLUMNS))
    out[..., ROOT_COLUMNS] = np.eye(3)
    moved = np.cross(axes.swapaxes(-1, -2), lever[:, :, None, :])  # (F, pairs, turn axis, 3)
    for k in range(3):
        out[:, on, :, 3 + 3 * turning + k] = moved[:, :, k].swapaxes(0, 1)
    return out


@cache
def _levers() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of a joint and a segment that moves it by turning."""
    pairs = [
        (joint, segment)
        for joint in range(sk.NUM_JOINTS)
        for segment in ancestors(JOINT_SEGMENT[joint])
        if START_OF.get(joint) != segment
    ]
    return np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
