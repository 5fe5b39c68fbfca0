"""Bodies of a population: captured motion retargeted to other proportions.

One captured skeleton would teach the lifter one body's size; and detectors put hips and shoulders elsewhere than
markers do, which shows as another ratio of trunk to legs. Lengths here are between joints as detectors place them, as
shares of the stature.
"""

import torch
from torch import Tensor

from models.draws import normal, uniform
from uao_core.skeleton import LEFT_HIP, LEFT_SHOULDER, NUM_JOINTS, PARENTS, PELVIS, RIGHT_HIP, RIGHT_SHOULDER

STATURE_M, STATURE_SD = 1.71, 0.055
"""Adults of both sexes; the spread is of the logarithm."""

# Share of the stature and spread of its logarithm. Means: between the anthropometry of Winter (Biomechanics and Motor
# Control of Human Movement, table 4.1), the subjects' skeletons in the motion capture, and triangulated detections of
# two people.
_THIGH, _SHANK = (0.240, 0.05), (0.238, 0.06)
_TRUNK = (0.299, 0.05)  # middle of the hips to middle of the shoulders
_UPPER_ARM, _FOREARM = (0.173, 0.06), (0.150, 0.06)
_SHOULDERS, _HIPS = (0.206, 0.08), (0.113, 0.10)  # breadths, joint to joint
_FOOT, _HAND = (0.080, 0.08), (0.054, 0.10)  # ankle to base of the toes, wrist to knuckles
_HEAD_SD = 0.08
_OWN = 0.35
"""How much of its own proportions a captured body keeps, at most."""


def vary_bodies(joints: Tensor, rng: torch.Generator) -> Tensor:
    """Give every sequence a body of its own, the same in all frames and on both sides.

    Args:
        joints: (B, T, 23, 3) metres, Y up.
        rng: the only source of randomness.

    Returns:
        (B, T, 23, 3); the pelvis stays where it was, scaled with the legs above y = 0.
    """
    size = len(joints)

    def length(a: int, b: int) -> Tensor:
        return (joints[:, :, a] - joints[:, :, b]).norm(dim=-1).mean(dim=1)

    def sides(left: tuple[int, int], right: tuple[int, int]) -> Tensor:
        return (length(*left) + length(*right)) / 2

    shoulders = (joints[:, :, LEFT_SHOULDER] + joints[:, :, RIGHT_SHOULDER]) / 2
    hips = (joints[:, :, LEFT_HIP] + joints[:, :, RIGHT_HIP]) / 2
    trunk = (shoulders - hips).norm(dim=-1).mean(dim=1)
    stature = STATURE_M * torch.exp(STATURE_SD * normal(rng, size))
    keep = _OWN * uniform(rng, size)

    def factor(share: tuple[float, float], captured: Tensor) -> Tensor:
        wanted = stature * share[0] * torch.exp(share[1] * normal(rng, size))
        return ((wanted / captured.clamp_min(0.02)).log() * (1 - keep)).exp().clamp(0.6, 1.6)

    factors = joints.new_ones(size, NUM_JOINTS)
    factors[:, [1, 4]] = factor(_HIPS, length(LEFT_HIP, RIGHT_HIP))[:, None]
    thigh, shank = factor(_THIGH, sides((4, 5), (1, 2))), factor(_SHANK, sides((5, 6), (2, 3)))
    factors[:, [2, 5]], factors[:, [3, 6]] = thigh[:, None], shank[:, None]
    factors[:, [7, 8]] = factor(_TRUNK, trunk)[:, None]
    factors[:, [9, 10]] = (stature / STATURE_M)[:, None] * torch.exp(_HEAD_SD * normal(rng, size, 2))
    factors[:, [21, 22]] = (stature / STATURE_M * torch.exp(_HEAD_SD * normal(rng, size)))[:, None]
    factors[:, [11, 14]] = factor(_SHOULDERS, length(LEFT_SHOULDER, RIGHT_SHOULDER))[:, None]
    factors[:, [12, 15]] = factor(_UPPER_ARM, sides((11, 12), (14, 15)))[:, None]
    factors[:, [13, 16]] = factor(_FOREARM, sides((12, 13), (15, 16)))[:, None]
    factors[:, [17, 18]] = factor(_FOOT, sides((6, 18), (3, 17)))[:, None]
    factors[:, [19, 20]] = factor(_HAND, sides((13, 19), (16, 20)))[:, None]

    varied = [joints[:, :, PELVIS] * ((thigh + shank) / 2)[:, None, None]]
    for child, parent in enumerate(PARENTS[1:], start=1):
        varied.append(varied[parent] + factors[:, child, None, None] * (joints[:, :, child] - joints[:, :, parent]))
    return torch.stack(varied, dim=2)
