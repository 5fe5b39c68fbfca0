"""Bone lengths of one person, learned through a clip."""

from dataclasses import dataclass

from torch import Tensor

from uao_core.skeleton import BONES, MIRROR

_PARENT = [parent for parent, _ in BONES]
_CHILD = [child for _, child in BONES]
_TWIN = [_CHILD.index(MIRROR[child]) for child in _CHILD]
_MEMORY = 300.0
"""Frames after which older ones begin to be forgotten: the tracker may have gone over to somebody else."""


def bone_lengths(joints: Tensor) -> Tensor:
    """(..., 22) in the order of `skeleton.BONES`, of joints (..., 23, 3)."""
    return (joints[..., _CHILD, :] - joints[..., _PARENT, :]).norm(dim=-1)


@dataclass(frozen=True, slots=True)
class BoneEvidence:
    """What the frames so far say of each bone; left and right are one.

    Attributes:
        weight: (22,) sum of the frames' weights.
        log_sum: (22,) weighted sum of logarithms of lengths.
        frames: number of frames, forgotten ones not counted.
    """

    weight: Tensor
    log_sum: Tensor
    frames: float

    @classmethod
    def none(cls, like: Tensor) -> "BoneEvidence":
        return cls(like.new_zeros(len(BONES)), like.new_zeros(len(BONES)), 0.0)

    def add(self, joints: Tensor, across: Tensor, depth: Tensor) -> "BoneEvidence":
        """With T more frames: joints (T, 23, 3) and their expected errors (T, 23) across the view and along it.

        A bone that lies across the view shows its length; one that points at the camera does not, and its estimate is
        too short, as an unsure depth is estimated too small. So a frame weighs one over the square of the length's
        variance.
        """
        bones = joints[:, _CHILD] - joints[:, _PARENT]
        length = bones.norm(dim=-1).clamp_min(0.01)
        along = (bones / length[..., None]).square()
        variance = (
            along[..., :2].sum(dim=-1) * across[:, _CHILD].square() + along[..., 2] * depth[:, _CHILD].square()
        ) / length.square()
        weight = (variance + 0.02**2).pow(-2) * 1e-6
        log = weight * length.log()
        weight, log = ((side + side[:, _TWIN]).sum(dim=0) for side in (weight, log))
        keep = min(1.0, _MEMORY / max(self.frames, 1.0))
        frames = self.frames * keep + len(joints)
        return BoneEvidence(self.weight * keep + weight, self.log_sum * keep + log, frames)

    def lengths(self) -> Tensor:
        """(22,) metres."""
        return (self.log_sum / self.weight.clamp_min(1e-12)).exp()
