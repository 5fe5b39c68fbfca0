"""Rotations as Euler angles that run on: no flips, no wraps."""

from collections.abc import Sequence

import numpy as np

from uao_core.packets import Doubles

_POLE = 1e-7
"""Cosine of the middle angle below which the outer two are one."""


def euler_deg(rotations: Doubles, orders: Sequence[str], before: Doubles | None = None) -> Doubles:
    """Rotations (F, S, 3, 3) to degrees (F, S, 3), in each segment's own order such as "ZXY": R = Rz Rx Ry.

    Every rotation has two triples, (a, b, c) and (a + 180, 180 - b, c + 180), and each angle is known up to full turns: the
    triple nearest to the previous frame's is taken.

    Args:
        before: (S, 3) degrees of the frame before, where these are the next part of a motion.
    """
    out = np.empty((*rotations.shape[:2], 3))
    for segment, order in enumerate(orders):
        angles, pole = _angles(rotations[:, segment], order)
        if before is None:
            out[:, segment] = _continuous(angles, pole)
        else:
            angles, pole = np.concatenate([np.radians(before[segment])[None], angles]), np.concatenate([[0.0], pole])
            out[:, segment] = _continuous(angles, pole)[1:]
    return np.degrees(out)


def _angles(rotations: Doubles, order: str) -> tuple[Doubles, Doubles]:
    """One triple (F, 3) for each rotation, and where (F,) only the sum (1) or difference (-1) of the outer two is known."""
    i, j, k = ("XYZ".index(axis) for axis in order)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    sine = sign * rotations[:, i, k]
    cosine = np.hypot(rotations[:, i, i], rotations[:, i, j])
    first = np.arctan2(-sign * rotations[:, j, k], rotations[:, k, k])
    last = np.arctan2(-sign * rotations[:, i, j], rotations[:, i, i])
    pole = cosine < _POLE
    joint = np.arctan2(sign * rotations[:, k, j], rotations[:, j, j])
    first, last = np.where(pole, joint, first), np.where(pole, 0.0, last)
    return np.stack([first, np.arctan2(sine, cosine), last], axis=-1), np.where(pole, sign * np.sign(sine), 0.0)


def _continuous(angles: Doubles, pole: Doubles) -> Doubles:
    """The angles (F, 3) as they run on from frame to frame."""
    out = np.unwrap(angles, axis=0)
    if not pole.any() and np.abs(np.diff(out, axis=0)).sum(axis=1).max(initial=0.0) < np.pi / 2:
        return out
    turn = 2 * np.pi
    for f in range(1, len(angles)):
        before, (a, b, c) = out[f - 1], angles[f]
        if pole[f]:  # the last angle stays, the first one takes what is left
            way = 1.0 if pole[f] > 0 else -1.0
            first = a - way * before[2]
            near = [np.array([first, b, before[2]])]
        else:
            near = [angles[f], np.array([a + np.pi, np.pi - b, c + np.pi])]
        near = [triple - turn * np.round((triple - before) / turn) for triple in near]
        out[f] = min(near, key=lambda triple: float(np.abs(triple - before).sum()))
    return out
