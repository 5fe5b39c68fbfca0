"""Figures of a lifter on captured poses: `python -m models.evaluate --help`."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from models.gumlp import Gumlp
from models.mocap import Poses, read_folder, split_by_subject
from models.synthesis import CLEAN, DetectorModel, synthesize
from models.weights import DEFAULT_WEIGHTS, load_lifter
from uao_core.errors import UaoError
from uao_core.metrics import joint_error_mm, mpjpe_mm, pa_mpjpe_mm, reliability
from uao_core.optimize import UaoConfig, refine


@dataclass(frozen=True, slots=True)
class Figures:
    """Errors of one set of poses under one kind of 2D points; 16 joints, relative to the pelvis."""

    data: str
    points: str
    mpjpe_mm: float
    pa_mpjpe_mm: float
    mean_sigma_mm: float
    reliability_slope: float
    ause: float


@torch.no_grad()
def evaluate_poses(network: Gumlp, poses: Poses, name: str, count: int = 6000, seed: int = 7) -> list[Figures]:
    """Figures with exact and with noisy 2D, over up to `count` poses and random cameras, the same for every network."""
    chosen = np.random.default_rng(seed).permutation(len(poses))[:count]
    joints = torch.from_numpy(poses.joints[chosen])
    figures = []
    for points, detector in (("exact", CLEAN), ("noisy", DetectorModel())):
        rng = torch.Generator().manual_seed(seed)
        mus, sigmas, truths = [], [], []
        for part in joints.split(512):
            batch = synthesize(part, rng, detector, vary_body=False)
            mu, log_sigma = network(batch.view.points, batch.confidence)
            mus.append(mu[:, 1:])
            sigmas.append(1000 * log_sigma.exp()[:, 1:])
            truths.append(batch.truth[:, 1:])
        mu, sigma, truth = torch.cat(mus), torch.cat(sigmas), torch.cat(truths)
        honest = reliability(sigma, joint_error_mm(mu, truth))
        errors = (mpjpe_mm(mu, truth), pa_mpjpe_mm(mu, truth))
        figures.append(Figures(name, points, *errors, float(sigma.mean()), honest.slope, honest.ause))
    return figures


UNRELATED_S = 1.0
"""Time between poses that do not follow each other: too long to smooth one into the next."""


def evaluate_uao(network: Gumlp, poses: Poses, name: str, count: int = 600, seed: int = 7) -> list[str]:
    """MPJPE in mm before and after four steps of the optimization, with the true root and with an estimated one.

    Every pose stands for itself: no smoothing and no prior on accelerations.
    """
    chosen = np.random.default_rng(seed).permutation(len(poses))[:count]
    lines = []
    for points, detector in (("exact", CLEAN), ("noisy", DetectorModel())):
        rng = torch.Generator().manual_seed(seed)
        batch = synthesize(torch.from_numpy(poses.joints[chosen]), rng, detector, vary_body=False)
        truth = batch.view.to_camera(batch.truth)[:, 1:]
        for root_name, root_m in (("true", batch.root_m), ("estimated", None)):
            errors = []
            for iterations in (0, 4):
                config = UaoConfig(iterations=iterations, time_weight=0, smoothing_s=0)
                refined = refine(network, batch.rays, batch.confidence, config, frame_time_s=UNRELATED_S, root_m=root_m)
                relative = refined.joints_m - refined.joints_m[:, :1]
                errors.append(mpjpe_mm(relative[:, 1:], truth))
            before, after = errors
            lines.append(
                f"{name:26} {points:6} {root_name:9} root: lifter {before:6.1f} mm, with UAO {after:6.1f} mm "
                f"({100 * (after / before - 1):+.1f} %)"
            )
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m models.evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with mocap_*.npz")
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS)
    args = parser.parse_args()
    try:
        network = load_lifter(args.weights).network
        _, held_out = split_by_subject(read_folder(args.data, stride=3))
        sets = {"held-out subjects": held_out, "unseen laboratory (ACCAD)": read_folder(args.data, unseen=True)}
        figures = [f for name, poses in sets.items() for f in evaluate_poses(network, poses, name)]
        refined = [line for name, poses in sets.items() for line in evaluate_uao(network, poses, name)]
    except UaoError as error:
        print(f"models.evaluate: {error}")
        return 1
    for f in figures:
        print(
            f"{f.data:26} {f.points:6} MPJPE {f.mpjpe_mm:6.1f} mm  PA-MPJPE {f.pa_mpjpe_mm:6.1f} mm  "
            f"predicted {f.mean_sigma_mm:6.1f} mm  slope {f.reliability_slope:.2f}  AUSE {f.ause:.2f}"
        )
    print("\n".join(refined))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
