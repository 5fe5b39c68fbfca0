"""Figures of a lifter on captured motion."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.detector_model import CLEAN, DetectorModel
from models.motion import FPS, Motion, oddness
from models.synthesis import Examples, synthesize
from models.weights import LifterNetwork
from uao_core.metrics import joint_error_mm, mpjpe_mm, pa_mpjpe_mm, reliability
from uao_core.skeleton import NUM_H36M


@dataclass(frozen=True, slots=True)
class Figures:
    """Errors of one set of motion under one kind of 2D points; Human3.6M's 16 joints relative to the pelvis."""

    data: str
    points: str
    mpjpe_mm: float
    pa_mpjpe_mm: float
    mean_sigma_mm: float
    reliability_slope: float
    ause: float


def test_windows(
    motion: Motion,
    detector: DetectorModel,
    *,
    count: int,
    frames: int,
    seed: int = 7,
    vary_body: bool = False,
    odd: bool = False,
) -> Examples:
    """Windows at 30 frames a second, spread evenly over the set, before random cameras: the same for every network.

    With `odd` they are spread over the tenth of the frames whose poses are least like the others.
    """
    rng = torch.Generator().manual_seed(seed)
    among = np.arange(len(motion))
    if odd:
        among = np.sort(oddness(motion.joints).argsort()[-max(len(among) // 10, 1) :])
    middle = torch.from_numpy(among[np.linspace(0, len(among) - 1, count).astype(np.int64)])
    joints = motion.windows(middle, frames, torch.ones(count))
    return synthesize(joints, torch.full((count,), 1 / FPS), rng, detector, vary_body=vary_body)


@torch.no_grad()
def evaluate_motion(network: LifterNetwork, motion: Motion, name: str, count: int = 400, frames: int = 27) -> list[Figures]:
    """Figures with exact and with noisy 2D, over `count` windows."""
    figures = []
    for points, detector in (("exact", CLEAN), ("noisy", DetectorModel())):
        examples = test_windows(motion, detector, count=count, frames=frames)
        output = network(examples.points, examples.confidence, examples.place, examples.time_s)
        mu, truth = output.mu[..., 1:NUM_H36M, :], examples.truth[..., 1:NUM_H36M, :]
        sigma: Tensor = 1000 * output.log_sigma.exp()[..., 1:NUM_H36M]
        honest = reliability(sigma, joint_error_mm(mu, truth))
        errors = (mpjpe_mm(mu, truth), pa_mpjpe_mm(mu, truth))
        figures.append(Figures(name, points, *errors, float(sigma.mean()), honest.slope, honest.ause))
    return figures
