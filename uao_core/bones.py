"""Bone lengths of one person, learned through a clip."""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from uao_core.packets import Doubles
from uao_core.skeleton import BONES, MIRROR

_PARENT = [parent for parent, _ in BONES]
_CHILD = [child for _, child in BONES]
_TWIN = [_CHILD.index(MIRROR[child]) for child in _CHILD]
_MEMORY = 300.0
"""Frames after which older ones begin to be forgotten: the tracker may have gone over to somebody else."""

Numbers = TypeVar("Numbers", NDArray[Any], Tensor)


def bone_lengths(joints: Numbers) -> Numbers:
    """(..., 22) in the order of `skeleton.BONES`, of joints (..., 23, 3)."""
    bones: Numbers = joints[..., _CHILD, :] - joints[..., _PARENT, :]
    lengths: Numbers = (bones**2).sum(-1) ** 0.5
    return lengths


@dataclass(frozen=True, slots=True, eq=False)
class BoneEvidence:
    """What the frames so far say of each bone; left and right are one.

    Attributes:
        weight: (22,) sum of the frames' weights.
        log_sum: (22,) weighted sum of logarithms of lengths.
        frames: number of frames, forgotten ones not counted.
    """

    weight: Doubles
    log_sum: Doubles
    frames: float

    @classmethod
    def none(cls) -> "BoneEvidence":
        return cls(np.zeros(len(BONES)), np.zeros(len(BONES)), 0.0)

    def add(self, joints: Doubles, across: Doubles, depth: Doubles) -> "BoneEvidence":
        """With T more frames: joints (T, 23, 3) and their expected errors (T, 23) across the view and along it.

        A bone that lies across the view shows its length; one that points at the camera does not, and its estimate is
        too short, as an unsure depth is estimated too small. So a frame weighs one over the square of the length's
        variance.
        """
        bones = joints[:, _CHILD] - joints[:, _PARENT]
        square = bones**2
        length = np.maximum(np.sqrt(square.sum(axis=-1)), 0.01)
        along = square / length[..., None] ** 2
        variance = (
            (along[..., 0] + along[..., 1]) * across[:, _CHILD] ** 2 + along[..., 2] * depth[:, _CHILD] ** 2
        ) / length**2
        weight = (variance + 0.02**2) ** -2 * 1e-6
        log = weight * np.log(length)
        weight, log = ((side + side[:, _TWIN]).sum(axis=0) for side in (weight, log))
        keep = min(1.0, _MEMORY / max(self.frames, 1.0))
        frames = self.frames * keep + len(joints)
        return BoneEvidence(self.weight * keep + weight, self.log_sum * keep + log, frames)

    def lengths(self) -> Doubles:
        """(22,) metres."""
        return np.asarray(np.exp(self.log_sum / np.maximum(self.weight, 1e-12)))
