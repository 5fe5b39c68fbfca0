"""From a network's heads to what every lifter hands back, and the loss that teaches it."""

import torch
from torch import Tensor

from uao_core.lifting import LifterOutput
from uao_core.skeleton import BONES, LEFT_HIP, PELVIS, RIGHT_HIP

PLAIN_WEIGHT = 4.0
"""Of the plain errors in the loss, beside the likelihood."""


def lifter_output(mu: Tensor, spread: Tensor, low: float, high: float) -> LifterOutput:
    """From a network's raw heads: mu (..., 23, 3) and three log-scales (..., 23, 3), kept between `low` and `high`."""
    spread = spread.clamp(low, high)
    hips = spread[..., [RIGHT_HIP, LEFT_HIP], :].mean(dim=-2, keepdim=True)
    spread = torch.cat([hips, spread[..., PELVIS + 1 :, :]], dim=-2)
    return LifterOutput(mu - mu[..., PELVIS : PELVIS + 1, :], *spread.unbind(dim=-1))


def laplace_loss(output: LifterOutput, truth: Tensor, plain_weight: float = PLAIN_WEIGHT) -> Tensor:
    """mean(e exp(-s) + s) for the whole error and for its parts across and along the view; without the pelvis, the origin,
    and without joints whose truth is NaN.

    The likelihood alone lets go of joints that it has once found unsure (Seitzer et al., ICLR 2022), so the errors of
    joints and of bones are added as they are, times `plain_weight`.

    At its minimum exp(s) is the mean of the error e that it stands for (Wang et al. 2025, eq. of the training loss).
    """
    known = truth[..., 1:, :].isfinite().all(dim=-1)
    share = known / known.sum()
    difference = torch.where(known[..., None], (output.mu - truth)[..., 1:, :], 0.0)
    errors = (_norm(difference), _norm(difference[..., :2]), difference[..., 2].abs())
    logs = (output.log_sigma, output.log_across, output.log_depth)
    terms = [(share * (error * torch.exp(-s[..., 1:]) + s[..., 1:])).sum() for error, s in zip(errors, logs, strict=True)]
    bones = torch.where(known[..., None], difference_of_bones(output.mu, truth), 0.0)
    return torch.stack(terms).mean() + plain_weight * (share * (errors[0] + _norm(bones))).sum()


_CHILDREN, _PARENTS = [child for _, child in BONES], [parent for parent, _ in BONES]


def difference_of_bones(mu: Tensor, truth: Tensor) -> Tensor:
    """(..., 22, 3) by how much each bone, as a vector, is off."""
    difference = mu - truth
    return difference[..., _CHILDREN, :] - difference[..., _PARENTS, :]


def _norm(vectors: Tensor) -> Tensor:
    return (vectors.square().sum(dim=-1) + 1e-12).sqrt()
