"""Knees and elbows that captured skeletons bend too much.

Everybody stretches arms and legs now and then: who stands, who walks, who reaches. In the largest archive, with one skeleton
for all its subjects, knees are bent by more than 22 degrees in 95 of 100 frames, and elbows by 38, in the median of the
subjects; with each subject's own skeleton by 15 and 21, and where joint centres were measured (UI-PRMD) by 2 and 15. Walking
people come to some 3, 17 and 60 degrees (5, 50 and 95 % of a stride), those skeletons to 21, 39 and 75: too much by about
one angle while the leg stands, and by less where it swings. A lifter that learns from them sees standing people crouch.

So every subject's knees and elbows are bent less by what makes the straightest of them straight. The line from hip to ankle,
or from shoulder to wrist, keeps its direction, bones keep their lengths, and feet and hands go with ankles and wrists.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uao_core.body.rotations import unit
from uao_core.packets import Doubles
from uao_core.skeleton import (
    LEFT_ANKLE,
    LEFT_ELBOW,
    LEFT_HAND,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_TOES,
    LEFT_WRIST,
    RIGHT_ANKLE,
    RIGHT_ELBOW,
    RIGHT_HAND,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    RIGHT_TOES,
    RIGHT_WRIST,
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Legs, or arms.

    Attributes:
        limbs: start, middle, end, and what goes with the end.
        straight_deg: how far they are bent where they are straightest (5 % of the frames): by joints as detectors place
            them, knees and elbows lie a little outside of the bone's axis.
        most_deg: no more is taken off, for a subject may never stretch them.
    """

    limbs: tuple[tuple[int, int, int, int], ...]
    straight_deg: float
    most_deg: float


_KINDS = (
    _Kind(((LEFT_HIP, LEFT_KNEE, LEFT_ANKLE, LEFT_TOES), (RIGHT_HIP, RIGHT_KNEE, RIGHT_ANKLE, RIGHT_TOES)), 6.0, 20.0),
    _Kind(
        ((LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST, LEFT_HAND), (RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST, RIGHT_HAND)),
        12.0,
        30.0,
    ),
)
_STRAIGHTEST = 0.05
_SOFT_DEG = 3.0
"""Nothing is bent backwards: angles that come to less than this are eased into zero."""
_ALL_BELOW_DEG, _HALF_AT_DEG = 30.0, 90.0
"""Of stronger bends less is taken off: a swinging knee is bent too much by half of what a standing one is."""
_FEWEST = 300
"""Frames, below which a subject tells nothing."""


def straightened(joints: NDArray[np.float32], subject: NDArray[np.str_]) -> NDArray[np.float32]:
    """Joints (N, 23, 3) with knees and elbows bent as people bend them; `subject` (N,) is whose each frame is."""
    out = joints.copy()
    _, whose = np.unique(subject, return_inverse=True)
    order = np.argsort(whose, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(whose[order])) + 1):
        if len(rows) < _FEWEST:
            continue
        own = joints[rows].astype(np.float64)
        for kind in _KINDS:
            bends = [_bend_deg(own, limb) for limb in kind.limbs]
            excess = min(float(np.quantile(np.concatenate(bends), _STRAIGHTEST)) - kind.straight_deg, kind.most_deg)
            if excess <= 0:
                continue
            for limb, bend in zip(kind.limbs, bends, strict=True):
                out[rows[:, None], limb[1:]] = _bent(own, limb, _less(bend, excess) / bend.clip(1e-3))
    return out


def _bend_deg(joints: Doubles, limb: tuple[int, int, int, int]) -> Doubles:
    """(N,) angle between the limb's two bones: 0 where it is straight."""
    first, second = unit(joints[:, limb[1]] - joints[:, limb[0]]), unit(joints[:, limb[2]] - joints[:, limb[1]])
    return np.asarray(np.degrees(np.arccos((first * second).sum(axis=1).clip(-1, 1))))


def _less(bend_deg: Doubles, excess_deg: float) -> Doubles:
    share = (1 - 0.5 * (bend_deg - _ALL_BELOW_DEG) / (_HALF_AT_DEG - _ALL_BELOW_DEG)).clip(0.5, 1)
    left = bend_deg - excess_deg * share
    return np.minimum((left + np.sqrt(left**2 + _SOFT_DEG**2)) / 2, bend_deg)


def _bent(joints: Doubles, limb: tuple[int, int, int, int], share: Doubles) -> Doubles:
    """(N, 3, 3) middle, end and what goes with it, of a limb that is bent by `share` (N,) of its bend."""
    start, middle, end, beyond = (joints[:, joint] for joint in limb)
    axis = unit(end - start)
    aside = unit((middle - start) - ((middle - start) * axis).sum(axis=1)[:, None] * axis)

    def turned(bone: Doubles) -> Doubles:
        angle = share * np.arctan2((bone * aside).sum(axis=1), (bone * axis).sum(axis=1))
        length = np.linalg.norm(bone, axis=1)
        return (length * np.cos(angle))[:, None] * axis + (length * np.sin(angle))[:, None] * aside

    new_middle = start + turned(middle - start)
    new_end = new_middle + turned(end - middle)
    return np.stack([new_middle, new_end, beyond + new_end - end], axis=1)
