"""One body for a whole take: the constant lengths of its bones, left as right, and where the joints sit on the head."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uao_core import skeleton as sk
from uao_core.body.rotations import frame
from uao_core.body.segments import NAMES, ON_HEAD, SEGMENTS, START_OF, TIP_OF
from uao_core.packets import Doubles

_LEAST_SD_M = 0.001
"""No joint is known better: the expected errors of ground truth are 0, and one over them would be infinite."""
_LEAST_M = 0.01
"""No bone is shorter: importers drop bones without a length."""
_TYPICAL_HEAD_M = np.array([(0.0, -0.051, 0.094), (0.0, 0.103, 0.038), (0.075, 0.0, 0.0), (-0.075, 0.0, 0.0)])
"""Joints `ON_HEAD` from the middle of the ears, of a head held level: medians of standing people in captured motion."""
_TYPICAL_M = {
    "Hips": 0.22, "Spine": 0.30, "Neck": 0.17, "Head": 0.11, "Shoulder": 0.18, "Arm": 0.30, "ForeArm": 0.25, "Hand": 0.09,
    "UpLeg": 0.41, "Leg": 0.43, "Foot": 0.126, "hips": 0.09,
}  # fmt: skip
"""Lengths of bones that were never seen."""
_HEADS = (0.6, 1.6)
"""How far a head may be from the typical one, in proportion; beyond, the joints on it tell nothing."""
_MOST_FRAMES = 5000
"""Of a long take so many, evenly spread, tell the lengths as well as all."""


@dataclass(frozen=True, slots=True, eq=False)
class Proportions:
    """The body at rest.

    Attributes:
        offsets_m: (S, 3) of each segment's start from its parent's start; the root's is zero.
        tips_m: (S, 3) of each bone's end from its start.
        joints_m: (23, 3) of each joint of `JOINT_SEGMENT` from that segment's start.
    """

    offsets_m: Doubles
    tips_m: Doubles
    joints_m: Doubles


JOINT_SEGMENT: tuple[int, ...] = tuple(
    START_OF.get(joint, TIP_OF.get(joint, NAMES.index("Head"))) for joint in range(sk.NUM_JOINTS)
)
"""The segment that carries each of the 23 joints."""


def middle_of_ears(joints: Doubles) -> Doubles:
    """(..., 3): where neck and head meet, near enough."""
    return (joints[..., sk.LEFT_EAR, :] + joints[..., sk.RIGHT_EAR, :]) / 2


def measure(joints: NDArray[np.floating], sigma_m: NDArray[np.floating]) -> Proportions:
    """Proportions of a take.

    Args:
        joints: (P, 23, 3) of all frames with a person; what is unknown is NaN.
        sigma_m: (P, 23) their expected errors; below 1 mm they count as 1 mm.
    """
    few = np.linspace(0, len(joints) - 1, min(len(joints), _MOST_FRAMES)).astype(int)
    ruler = _Ruler(joints[few].astype(np.float64), sigma_m[few].astype(np.float64))
    tips = np.zeros((len(SEGMENTS), 3))
    for i, segment in enumerate(SEGMENTS):
        tips[i] = np.array(segment.rest) * ruler.bone(segment.name)
    tips[NAMES.index("LeftShoulder")] = ruler.beside("Shoulder", sk.THORAX, sk.LEFT_SHOULDER, sk.RIGHT_SHOULDER)
    tips[NAMES.index("RightShoulder")] = tips[NAMES.index("LeftShoulder")] * (-1, 1, 1)
    hip = ruler.beside("hips", sk.PELVIS, sk.LEFT_HIP, sk.RIGHT_HIP)
    on_head = ruler.head()
    tips[NAMES.index("Head")] = on_head[ON_HEAD.index(sk.HEAD_TOP)]
    offsets = np.zeros_like(tips)
    for i, segment in enumerate(SEGMENTS):
        if segment.name.endswith("UpLeg"):
            offsets[i] = hip * ((1, 1, 1) if segment.name == "LeftUpLeg" else (-1, 1, 1))
        elif segment.parent >= 0:
            offsets[i] = tips[segment.parent]
    places = np.zeros((sk.NUM_JOINTS, 3))
    for joint, segment_of in TIP_OF.items():
        places[joint] = tips[segment_of]
    places[list(ON_HEAD)] = on_head
    return Proportions(offsets, tips, places)


_BONES = {
    "Hips": ((sk.PELVIS, sk.SPINE),),
    "Spine": ((sk.SPINE, sk.THORAX),),
    "UpLeg": ((sk.LEFT_HIP, sk.LEFT_KNEE), (sk.RIGHT_HIP, sk.RIGHT_KNEE)),
    "Leg": ((sk.LEFT_KNEE, sk.LEFT_ANKLE), (sk.RIGHT_KNEE, sk.RIGHT_ANKLE)),
    "Foot": ((sk.LEFT_ANKLE, sk.LEFT_TOES), (sk.RIGHT_ANKLE, sk.RIGHT_TOES)),
    "Arm": ((sk.LEFT_SHOULDER, sk.LEFT_ELBOW), (sk.RIGHT_SHOULDER, sk.RIGHT_ELBOW)),
    "ForeArm": ((sk.LEFT_ELBOW, sk.LEFT_WRIST), (sk.RIGHT_ELBOW, sk.RIGHT_WRIST)),
    "Hand": ((sk.LEFT_WRIST, sk.LEFT_HAND), (sk.RIGHT_WRIST, sk.RIGHT_HAND)),
}


class _Ruler:
    """Measures joints (P, 23, 3) with sigma (P, 23) in metres."""

    def __init__(self, joints: Doubles, sigma_m: Doubles) -> None:
        self._joints, self._variance = joints, sigma_m.clip(_LEAST_SD_M) ** 2

    def bone(self, name: str) -> float:
        """Length of a bone, both sides alike: the median over the take, weighted by one over the variance."""
        part = name.removeprefix("Left").removeprefix("Right")
        if part == "Neck":
            length = np.linalg.norm(middle_of_ears(self._joints) - self._joints[:, sk.THORAX], axis=1)
            variance = (
                self._variance[:, sk.LEFT_EAR] / 2 + self._variance[:, sk.RIGHT_EAR] / 2 + self._variance[:, sk.THORAX]
            )
            return self._length(part, length, variance)
        pairs = _BONES.get(part, ())
        length = np.concatenate([[], *(np.linalg.norm(self._joints[:, b] - self._joints[:, a], axis=1) for a, b in pairs)])
        variance = np.concatenate([[], *(self._variance[:, a] + self._variance[:, b] for a, b in pairs)])
        return self._length(part, length, variance)

    def _length(self, part: str, length: Doubles, variance: Doubles) -> float:
        found = _weighted_median(length, variance)
        return _TYPICAL_M[part] if found is None else max(found, _LEAST_M)

    def beside(self, name: str, middle: int, left: int, right: int) -> Doubles:
        """(3,) from the middle to the left one, in axes of the line between both and of the trunk above or below."""
        below, above = (sk.PELVIS, sk.SPINE) if middle == sk.PELVIS else (sk.SPINE, sk.THORAX)
        axes = frame(self._joints[:, above] - self._joints[:, below], self._joints[:, left] - self._joints[:, right], "yx")
        to_left, to_right = (
            np.einsum("fji,fj->fi", axes, self._joints[:, joint] - self._joints[:, middle]) for joint in (left, right)
        )
        both = np.concatenate([to_left, to_right * (-1, 1, 1)])
        variance = np.concatenate([self._variance[:, left], self._variance[:, right]]) + np.tile(
            self._variance[:, middle], 2
        )
        found = [_weighted_median(both[:, k], variance) for k in range(3)]
        if any(value is None for value in found):
            return np.array([_TYPICAL_M[name], 0.0, 0.0])
        return np.array([max(found[0] or 0.0, _LEAST_M), found[1], found[2]], dtype=np.float64)

    def head(self) -> Doubles:
        """(4, 3) joints `ON_HEAD` from the middle of the ears, symmetric, held as level as a typical head.

        Frames are laid upon the mean of all, which they then make anew (generalized Procrustes).
        """
        places = self._joints[:, ON_HEAD] - middle_of_ears(self._joints)[:, None]
        weight = 1 / self._variance[:, ON_HEAD].sum(axis=1)
        seen = np.isfinite(places).all(axis=(1, 2)) & np.isfinite(weight)
        typical = _TYPICAL_HEAD_M
        if not seen.any():
            return typical.copy()
        places, weight = places[seen], weight[seen] / weight[seen].sum()
        mean = typical
        for _ in range(3):
            laid = places @ laying(places, mean)
            mean = np.einsum("f,fij->ij", weight, laid)
            mean = (mean + mean[[0, 1, 3, 2]] * (-1, 1, 1)) / 2
            mean = mean @ laying(mean[None], typical)[0]
        size = np.linalg.norm(mean, axis=1) / np.linalg.norm(typical, axis=1)
        return mean if (_HEADS[0] < size.min()) and (size.max() < _HEADS[1]) else typical * self._scale()

    def _scale(self) -> float:
        """How large the person is, by the bones that show it best."""
        return (self.bone("Leg") + self.bone("UpLeg") + self.bone("Spine")) / 1.14


def laying(places: Doubles, onto: Doubles) -> Doubles:
    """(F, 3, 3) by which rows (F, N, 3) are multiplied from the right to lie upon (N, 3) as near as can be (Kabsch)."""
    u, _, vt = np.linalg.svd(places.swapaxes(-1, -2) @ onto)
    turn = np.linalg.det(u @ vt)
    u[..., -1] *= np.sign(turn)[..., None]
    return u @ vt


def _weighted_median(values: Doubles, variance: Doubles) -> float | None:
    """None where no value is known."""
    known = np.isfinite(values) & np.isfinite(variance)
    if not known.any():
        return None
    order = np.argsort(values[known])
    share = np.cumsum(1 / variance[known][order])
    return float(values[known][order][np.searchsorted(share, share[-1] / 2)])
