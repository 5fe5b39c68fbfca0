"""Arms of another person: combinations of trunk and arms that nobody was captured in.

Captured arms come with captured trunks: who walks swings them. A webcam shows arms that do anything on any trunk. Limbs
exchanged between captured poses close part of the gap to other laboratories (Li et al., CVPR 2020, "evolution").
"""

import torch
from torch import Tensor
from torch.nn.functional import normalize

from models.draws import uniform
from uao_core.skeleton import (
    LEFT_ELBOW,
    LEFT_HAND,
    LEFT_HIP,
    LEFT_SHOULDER,
    LEFT_WRIST,
    PARENTS,
    PELVIS,
    RIGHT_ELBOW,
    RIGHT_HAND,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    THORAX,
)

_ARMS = (
    (LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST, LEFT_HAND),
    (RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST, RIGHT_HAND),
)  # from the trunk outwards, so that parents are placed before their children
_BOTH = 0.6
"""Of the exchanges, how many are of both arms, which so keep what they do together."""


def trunk_axes(joints: Tensor) -> Tensor:
    """(B, T, 3, 3) axes of the trunks of (B, T, 23, 3) as columns: to the left, up, forward, orthonormal."""
    across = joints[:, :, LEFT_SHOULDER] - joints[:, :, RIGHT_SHOULDER] + joints[:, :, LEFT_HIP] - joints[:, :, RIGHT_HIP]
    x = normalize(across, dim=-1)
    z = normalize(torch.linalg.cross(x, joints[:, :, THORAX] - joints[:, :, PELVIS], dim=-1), dim=-1)
    return torch.stack([x, torch.linalg.cross(z, x, dim=-1), z], dim=-1)


def exchange_arms(joints: Tensor, rng: torch.Generator, rate: float) -> Tensor:
    """Give `rate` of the sequences (B, T, 23, 3) the motion of another one's arms, relative to the trunk.

    Bones keep their lengths; a hand that was not captured, on either side, lies at its wrist.
    """
    turn = trunk_axes(joints) @ trunk_axes(joints).roll(1, dims=0).transpose(-1, -2)
    both, which = uniform(rng, len(joints)) < _BOTH, uniform(rng, len(joints)) < 0.5
    chosen = uniform(rng, len(joints)) < rate
    mixed = list(joints.unbind(dim=2))
    for arm, alone in zip(_ARMS, (which, ~which), strict=True):
        exchanged = (chosen & (both | alone))[:, None, None]
        for child in arm:
            parent = PARENTS[child]
            own = joints[:, :, child] - joints[:, :, parent]
            others = (turn @ normalize(own, dim=-1).roll(1, dims=0)[..., None])[..., 0]
            bone = torch.where(exchanged, own.norm(dim=-1, keepdim=True) * others, own)
            mixed[child] = torch.where(exchanged, mixed[parent] + bone, mixed[child])
    return torch.stack(mixed, dim=2)
