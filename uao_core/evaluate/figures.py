"""Figures of poses against truth: limb joints, about the middle of the hips (of the shoulders, where hips are unknown)."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from models.datasets import Published
from uao_core import metrics
from uao_core import skeleton as sk
from uao_core.bones import bone_lengths

_PAIRS = ((sk.LEFT_HIP, sk.RIGHT_HIP), (sk.LEFT_SHOULDER, sk.RIGHT_SHOULDER))
_STILL_M_PER_S = 0.1


@dataclass(frozen=True, slots=True)
class Worst:
    """One frame, about the middle of the hips or shoulders.

    Attributes:
        index: of the frame.
        predicted_m, truth_m: (23, 3) camera axes.
        sigma_mm: (23,) predicted.
    """

    index: int
    predicted_m: Tensor
    truth_m: Tensor
    sigma_mm: Tensor


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors of one sequence, joint by joint, in mm.

    Attributes:
        joint_mm: (T', J) of the frames whose truth is whole.
        sigma_mm: (T', J) predicted.
        joints: which joints these are.
        angle_deg: (T',) between the way the person faces and the way to the camera; NaN where the hips are unknown.
        sums: sums over frames of MPJPE, N-MPJPE, PA-MPJPE, acceleration error, jitter of still joints, bone variation.
        counts: by how much to divide each of these.
        flips: frames in which the mirrored pose fits better.
        worst: the frame with the largest mean error.
    """

    joint_mm: Tensor
    sigma_mm: Tensor
    joints: tuple[int, ...]
    angle_deg: Tensor
    sums: Tensor
    counts: Tensor
    flips: int
    worst: Worst


@dataclass
class Tally:
    """Errors of many sequences of one kind, and the figures that papers make of them."""

    errors: list[Errors] = field(default_factory=list)
    published: Published = field(default_factory=Published)

    def add(self, errors: Errors | None) -> None:
        if errors is not None:
            self.errors.append(errors)

    def figures(self) -> dict[str, float]:
        """MPJPE and the like in mm, over all frames; slope and AUSE of the uncertainty, with the
        lowest and highest slope and the worst AUSE of a joint; flips as a share of the frames."""
        sums = torch.stack([e.sums for e in self.errors]).sum(dim=0)
        counts = torch.stack([e.counts for e in self.errors]).sum(dim=0)
        means = [round(float(s / n), 3) if n else float("nan") for s, n in zip(sums, counts, strict=True)]
        names = ("mpjpe_mm", "n_mpjpe_mm", "pa_mpjpe_mm", "acceleration_mm", "still_jitter_mm", "bone_variation")
        honest = metrics.reliability(*self.pairs())
        joints = [metrics.reliability(*pairs) for pairs in self.by_joint().values()]
        slopes = [part.slope for part in joints]
        frames = sum(len(e.joint_mm) for e in self.errors)
        return dict(zip(names, means, strict=True)) | {
            "sigma_mm": round(float(self.pairs()[0].mean()), 1),
            "slope": round(honest.slope, 3),
            "ause": round(honest.ause, 3),
            "slope_low": round(min(slopes), 3),
            "slope_high": round(max(slopes), 3),
            "ause_worst": round(max(part.ause for part in joints), 3),
            "flips": round(sum(e.flips for e in self.errors) / frames, 4),
            "frames": frames,
        }

    def pairs(self) -> tuple[Tensor, Tensor]:
        """Predicted and true errors of all joints, each flat."""
        return torch.cat([e.sigma_mm.flatten() for e in self.errors]), torch.cat([e.joint_mm.flatten() for e in self.errors])

    def by_joint(self) -> dict[int, tuple[Tensor, Tensor]]:
        """Predicted and true errors of each joint."""
        found: dict[int, list[tuple[Tensor, Tensor]]] = {}
        for e in self.errors:
            for column, joint in enumerate(e.joints):
                found.setdefault(joint, []).append((e.sigma_mm[:, column], e.joint_mm[:, column]))
        return {
            j: (torch.cat([s for s, _ in parts]), torch.cat([t for _, t in parts])) for j, parts in sorted(found.items())
        }


def errors_of(predicted: Tensor, truth: Tensor, sigma_mm: Tensor, time_s: Tensor, index: Tensor) -> Errors | None:
    """Compare (T, 23, 3) with (T, 23, 3); None where the truth has neither hips nor shoulders, or no whole frame.

    `time_s` and `index` (T,) are the frames' times and numbers: motion is compared between consecutive frames alone.
    """
    finite = truth.isfinite().all(dim=2)
    known = finite.float().mean(dim=0) > 0.5
    pair = next((pair for pair in _PAIRS if known[list(pair)].all()), None)
    joints = tuple(j for j in sk.LIMB_JOINTS if known[j])
    whole = finite[:, joints].all(dim=1) & predicted[:, joints].isfinite().all(dim=2).all(dim=1)
    if pair is None or not whole.any():
        return None

    def centred(points: Tensor) -> Tensor:
        return points - points[:, pair].mean(dim=1, keepdim=True)

    p, t = (centred(points)[whole][:, joints] for points in (predicted, truth))
    error = metrics.joint_error_mm(p, t)
    frames = len(p)
    steps, follows = time_s[whole].diff(), index[whole].diff() == 1
    acceleration = metrics.acceleration_error_mm(p, t, index[whole])
    still = 1000 * (follows[:, None] & (t.diff(dim=0).norm(dim=-1) < _STILL_M_PER_S * steps[:, None]))
    moved = (p - t).diff(dim=0).norm(dim=-1) * still
    mirrored = centred(predicted[:, sk.MIRROR])[whole][:, joints]
    turned = mirrored[..., 0].sub(t[..., 0]).abs().mean(dim=1) < 0.8 * p[..., 0].sub(t[..., 0]).abs().mean(dim=1)
    bones = bone_lengths(predicted[whole])
    parts = [
        (float(error.mean()) * frames, frames),
        (metrics.n_mpjpe_mm(p, t) * frames, frames),
        (metrics.pa_mpjpe_mm(p, t) * frames, frames),
        (float(acceleration.mean(dim=1).sum()), len(acceleration)),
        (float(moved.sum()), float(still.sum()) / 1000),
        (float((bones.std(dim=0) / bones.mean(dim=0)).nanmean()) * frames, frames) if frames > 2 else (0.0, 0),
    ]
    sums, counts = torch.tensor(parts, dtype=torch.float64).T
    at = whole.nonzero()[error.mean(dim=1).argmax(), 0]
    worst = Worst(int(index[at]), centred(predicted)[at], centred(truth)[at], sigma_mm[at])
    return Errors(error, sigma_mm[whole][:, joints], joints, _angle(truth[whole]), sums, counts, int(turned.sum()), worst)


def _angle(truth: Tensor) -> Tensor:
    """(T,) degrees between the way a person faces and the way to the camera: 0 from the front, 180 from behind."""
    across = truth[:, sk.LEFT_SHOULDER] - truth[:, sk.RIGHT_SHOULDER]
    up = (truth[:, [sk.LEFT_SHOULDER, sk.RIGHT_SHOULDER]] - truth[:, [sk.LEFT_HIP, sk.RIGHT_HIP]]).mean(dim=1)
    facing = torch.linalg.cross(across, up)
    towards = -truth[:, [sk.LEFT_SHOULDER, sk.RIGHT_SHOULDER]].mean(dim=1)
    return torch.rad2deg(torch.acos(torch.nn.functional.cosine_similarity(facing, towards).clamp(-1, 1)))
