"""The field's error measures. Poses are (..., J, 3) in metres; results are in millimetres."""

from dataclasses import dataclass

import torch
from torch import Tensor


def joint_error_mm(predicted: Tensor, truth: Tensor) -> Tensor:
    """(..., J) distance of every joint."""
    return 1000 * (predicted - truth).norm(dim=-1)


def mpjpe_mm(predicted: Tensor, truth: Tensor) -> float:
    """Mean per-joint position error, both poses relative to their root."""
    return float(joint_error_mm(predicted, truth).mean())


def n_mpjpe_mm(predicted: Tensor, truth: Tensor) -> float:
    """MPJPE after one least-squares scale for the whole sequence (after Rhodin et al., CVPR 2018, who take one a pose)."""
    return mpjpe_mm((predicted * truth).sum() / predicted.square().sum().clamp_min(1e-12) * predicted, truth)


def pa_mpjpe_mm(predicted: Tensor, truth: Tensor) -> float:
    """MPJPE after the best rotation, scale and translation of every pose (Procrustes; Umeyama, PAMI 1991)."""
    a = predicted - predicted.mean(dim=-2, keepdim=True)
    b = truth - truth.mean(dim=-2, keepdim=True)
    u, s, vt = torch.linalg.svd(a.transpose(-1, -2) @ b)
    sign = torch.ones_like(s)
    sign[..., -1] = torch.det(u @ vt).sign()
    rotation = (u * sign[..., None, :]) @ vt
    scale = (s * sign).sum(dim=-1) / a.square().sum(dim=(-2, -1)).clamp_min(1e-12)
    return mpjpe_mm(scale[..., None, None] * a @ rotation, b)


def acceleration_error_mm(predicted: Tensor, truth: Tensor, index: Tensor) -> Tensor:
    """(N, J) difference of second differences in time, mm a frame squared, of sequences (T, J, 3).

    `index` (T,) are the frames' numbers: only three consecutive ones, of which there are N, have a second difference.
    """
    follows = index.diff() == 1
    return joint_error_mm(predicted.diff(n=2, dim=0), truth.diff(n=2, dim=0))[follows[1:] & follows[:-1]]


@dataclass(frozen=True, slots=True)
class Reliability:
    """How predicted uncertainty compares with the error that occurred.

    Attributes:
        predicted_mm, actual_mm: (bins,) means of groups of equal count, by predicted uncertainty.
        slope: least-squares slope through the origin of actual over predicted; 1 is honest, above 1 is too sure.
        ause: area between the error curves when joints are removed by predicted and by true error, over the mean error; 0
            orders joints as the truth does (Ilg et al., ECCV 2018).
    """

    predicted_mm: Tensor
    actual_mm: Tensor
    slope: float
    ause: float


def reliability(sigma_mm: Tensor, error_mm: Tensor, bins: int = 10) -> Reliability:
    """Compare predicted uncertainty with error; both of any one shape."""
    sigma, error = sigma_mm.flatten().double(), error_mm.flatten().double()
    order = sigma.argsort()
    predicted = torch.stack([part.mean() for part in sigma[order].tensor_split(bins)])
    actual = torch.stack([part.mean() for part in error[order].tensor_split(bins)])
    slope = float((predicted * actual).sum() / predicted.square().sum())
    count = torch.arange(1, len(error) + 1, dtype=torch.float64)
    by_sigma = error[order].cumsum(0) / count
    by_error = error.sort().values.cumsum(0) / count
    return Reliability(predicted, actual, slope, float((by_sigma - by_error).mean() / error.mean()))
