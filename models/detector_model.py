"""What a 2D detector reports of a seen sequence: MediaPipe's mistakes as measured, and harsher.

Fitted to real clips with 3D truth (docs/benchmarks.md, "The detector's mistakes"): a joint is off by 5 to 30 mm that
stay the same through a clip, plus 10 to 20 mm that change with a time constant of 0.14 s; the first is where the
detector believes the joint to be, the second its unrest. Visibility hardly tells them. What goes wrong in earnest goes
wrong for many frames: sides are exchanged, a limb is lost behind the body or another thing, a joint jumps elsewhere.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from models.cameras import Seen
from models.crossover import trunk_axes
from models.draws import normal, uniform
from uao_core.camera import project
from uao_core.keypoints import derive_trunk
from uao_core.skeleton import (
    EXTREMITIES,
    HEAD_TOP,
    LEFT_ANKLE,
    LEFT_EAR,
    LEFT_ELBOW,
    LEFT_HAND,
    LEFT_HIP,
    LEFT_SHOULDER,
    LEFT_TOES,
    LEFT_WRIST,
    MIRROR,
    NOSE,
    NUM_JOINTS,
    PELVIS,
    RIGHT_ANKLE,
    RIGHT_EAR,
    RIGHT_ELBOW,
    RIGHT_HAND,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    RIGHT_TOES,
    RIGHT_WRIST,
    THORAX,
)

_HIDING_MM, _BEHIND_MM = 75.0, 60.0


@dataclass(frozen=True, slots=True)
class DetectorModel:
    """How far a detector is off. Rates are shares of sequences of one second or so; lengths in mm on the body."""

    bias_mm: float = 14.0  # a joint's constant offset; hips, shoulders, nose and head top have more
    unrest_mm: float = 13.0  # what changes, with `unrest_s`
    unrest_s: float = 0.14
    pixel_noise: float = 0.0012  # in rays: a pixel or so, whatever the distance
    lag_s: float = 0.02  # MediaPipe's own filter follows late, by up to twice this
    hidden_noise: float = 3.0  # a hidden joint's unrest is so many times larger
    occluded_rate: float = 0.25  # sequences with some joints behind a thing for a while
    gross_rate: float = 0.15  # sequences with a joint that is somewhere else for a few frames
    swap_rate: float = 0.05  # sequences with sides exchanged for a while: arms, legs or all
    gap_rate: float = 0.05  # sequences with frames that have no keypoints
    missing_rate: float = 0.3  # of the people who are occluded, have no keypoints there at all
    bare_rate: float = 0.2  # sequences of a source that has no toes, hands and ears
    truncated_rate: float = 0.15  # people cut by an edge, besides those who leave the field of view: no keypoints there
    focal_log_sd: float = 0.12  # of the assumed over the true focal length


CLEAN = DetectorModel(*(0.0,) * 14)
"""Exact 2D of every joint from a known camera."""


def detect(seen: Seen, frame_time_s: Tensor, rng: torch.Generator, model: DetectorModel) -> tuple[Tensor, Tensor]:
    """Rays (B, T, 23, 2) under the true focal length, and confidence (B, T, 23).

    Args:
        seen: sequences in camera axes.
        frame_time_s: (B,) seconds between frames.
        rng: the only source of randomness.
        model: how wrong the detector is.
    """
    joints = seen.joints_m
    size, frames = joints.shape[:2]
    style = torch.exp(0.35 * normal(rng, size, 1, 1, 1))  # some detectors and images are worse than others
    rays = project(joints + _bias(joints, rng, model) * style)
    hidden = _self_occluded(joints) & (model.hidden_noise > 0)
    occluded = _episodes(rng, size, frames, model.occluded_rate, 0.3) & (uniform(rng, size, 1, NUM_JOINTS) < 0.35)
    cut = _outside(rays, seen.half_view, rng, model)
    confidence = 1 - 0.12 * uniform(rng, size, 1, NUM_JOINTS) ** 3 - 0.04 * uniform(rng, size, frames, NUM_JOINTS) ** 2
    doubt = 0.15 + 0.8 * uniform(rng, size, 1, NUM_JOINTS)
    told = uniform(rng, size, 1, NUM_JOINTS) < 0.6  # the rest of the time a hidden joint looks sure
    confidence = torch.where((hidden & told) | occluded, doubt * confidence, confidence)
    missing = cut | (occluded & (uniform(rng, size, 1, 1) < model.missing_rate))
    confidence = torch.where(missing, 0.0, confidence)

    unsure = torch.where(hidden | occluded, model.hidden_noise, 1.0)
    scale = style * (1 + _LIMB_UNREST.view(1, 1, -1, 1) * 0.5) * unsure[..., None]
    metres = 1e-3 * model.unrest_mm / joints[..., 2:].clamp_min(0.3)
    slow = _red_noise(rng, size, frames, frame_time_s, 3 * model.unrest_s) if model.unrest_s else 0.0
    fast = _red_noise(rng, size, frames, frame_time_s, model.unrest_s) if model.unrest_s else 0.0
    rays = rays + scale * metres * torch.where(unsure[..., None] > 1, slow, fast)
    rays = rays + model.pixel_noise * style * normal(rng, size, frames, NUM_JOINTS, 2)
    if frames > 1 and model.lag_s:
        speed = torch.cat([rays[:, :1], rays[:, :-1]], dim=1).sub(rays).neg() / frame_time_s[:, None, None, None]
        rays = rays - (2 * model.lag_s * uniform(rng, size, 1, 1, 1)).minimum(frame_time_s[:, None, None, None]) * speed
    gross = _episodes(rng, size, frames, model.gross_rate, 0.15) & (uniform(rng, size, 1, NUM_JOINTS) < 0.1)
    elsewhere = 0.25 / joints[..., 2:].clamp_min(0.5) * normal(rng, size, 1, NUM_JOINTS, 2)
    rays = rays + gross[..., None] * elsewhere
    if model.swap_rate:
        rays, confidence = _swap(rays, confidence, rng, model.swap_rate)
    gap = _episodes(rng, size, frames, model.gap_rate, 0.2)
    bare = (uniform(rng, size, 1, 1) < model.bare_rate) & _EXTREMITY
    confidence = torch.where(gap | bare, 0.0, confidence)
    return derive_trunk(rays), derive_trunk(confidence[..., None])[..., 0]


_BIAS_SHARE = torch.ones(NUM_JOINTS)
_BIAS_SHARE[[LEFT_HIP, RIGHT_HIP, LEFT_SHOULDER, RIGHT_SHOULDER]] = 1.4
_BIAS_SHARE[[NOSE, HEAD_TOP]] = torch.tensor([1.6, 2.5])
_BIAS_SHARE[[LEFT_EAR, RIGHT_EAR, LEFT_HAND, RIGHT_HAND, LEFT_TOES, RIGHT_TOES]] = 1.5  # not measured: no truth has them
_EXTREMITY = torch.zeros(NUM_JOINTS, dtype=torch.bool)
_EXTREMITY[list(EXTREMITIES)] = True
_LIMB_UNREST = torch.zeros(NUM_JOINTS)
_LIMB_UNREST[[LEFT_WRIST, RIGHT_WRIST, LEFT_ELBOW, RIGHT_ELBOW, RIGHT_ANKLE, LEFT_ANKLE]] = 1.0
_LIMB_UNREST[[LEFT_HAND, RIGHT_HAND, LEFT_TOES, RIGHT_TOES]] = 1.0


def _bias(joints: Tensor, rng: torch.Generator, model: DetectorModel) -> Tensor:
    """(B, T, 23, 3) metres: constant in the axes of the trunk, so it turns with the body."""
    constant = 1e-3 * model.bias_mm * _BIAS_SHARE[:, None] * normal(rng, len(joints), NUM_JOINTS, 3)
    return torch.einsum("btij,bnj->btni", trunk_axes(joints), constant)


_SEGMENTS = torch.tensor(
    [(14, 11), (11, 4), (4, 1), (1, 14), (8, 0), (8, 10), (1, 2), (2, 3), (4, 5), (5, 6), (14, 15), (15, 16)]
)
_MIDDLES = torch.tensor([0.25, 0.5, 0.75])


def _self_occluded(joints: Tensor) -> Tensor:
    """(B, T, 23) limb joints that lie behind another part of the body."""
    start, end = joints[:, :, _SEGMENTS[:, 0]], joints[:, :, _SEGMENTS[:, 1]]
    along = _MIDDLES.view(-1, 1, 1, 1, 1)
    body = (start + along * (end - start)).permute(1, 2, 0, 3, 4).flatten(2, 3)  # (B, T, 3 * segments, 3)
    scale = joints[:, :, :1, 2:].clamp_min(0.5)
    away = torch.cdist((project(joints) * scale).flatten(0, 1), (project(body) * scale).flatten(0, 1)).unflatten(
        0, joints.shape[:2]
    )
    behind = joints[..., 2, None] - body[:, :, None, :, 2] > 1e-3 * _BEHIND_MM
    hidden = (behind & (away < 1e-3 * _HIDING_MM)).any(dim=-1)
    hidden[..., [PELVIS, THORAX]] = False
    return hidden


def _outside(rays: Tensor, half_view: Tensor, rng: torch.Generator, model: DetectorModel) -> Tensor:
    """(B, T, 23) joints beyond the image: its field of view, upright or lying, or an edge that cuts the person."""
    if not model.truncated_rate:
        return torch.zeros(rays.shape[:3], dtype=torch.bool)
    size = len(rays)
    upright = (uniform(rng, size, 1, 1, 1) < 0.35).float()
    ratio = 9 / 16 + uniform(rng, size, 1, 1, 1) * (3 / 4 - 9 / 16)
    sides = half_view * torch.cat([1 - upright * (1 - ratio), ratio + upright * (1 - ratio)], dim=-1)
    beyond = (rays.abs() > sides).any(dim=-1)
    low, high = rays.amin(dim=(1, 2)), rays.amax(dim=(1, 2))
    edge = (low + (high - low) * (0.35 + 0.6 * uniform(rng, size, 2)))[:, None, None]
    which = uniform(rng, size, 1, 1)
    below = (rays[..., 1] > edge[..., 1]) & (which < 0.7)
    right = (rays[..., 0] > edge[..., 0]) & (which >= 0.7) & (which < 0.85)
    left = (rays[..., 0] < (low + high)[:, None, None, 0] - edge[..., 0]) & (which >= 0.85)
    return beyond | ((below | right | left) & (uniform(rng, size, 1, 1) < model.truncated_rate))


def _swap(rays: Tensor, confidence: Tensor, rng: torch.Generator, rate: float) -> tuple[Tensor, Tensor]:
    """Exchange left and right of legs, of arms, or of all, for a while."""
    legs = torch.zeros(NUM_JOINTS, dtype=torch.bool)
    legs[[*range(1, 7), LEFT_TOES, RIGHT_TOES]] = True
    kind = uniform(rng, len(rays), 1, 1)
    part = ((kind < 0.3) & legs) | ((kind >= 0.3) & (kind < 0.5) & ~legs) | (kind >= 0.5)
    which = _episodes(rng, len(rays), rays.shape[1], rate, 0.4) & part
    mirror = list(MIRROR)
    return torch.where(which[..., None], rays[:, :, mirror], rays), torch.where(which, confidence[:, :, mirror], confidence)


def _episodes(rng: torch.Generator, size: int, frames: int, rate: float, share: float) -> Tensor:
    """(B, T, 1) True in one stretch of up to twice `share` of the window, in `rate` of the sequences."""
    length = (2 * share * frames * uniform(rng, size, 1, 1)).clamp_min(1)
    first = uniform(rng, size, 1, 1) * (frames + length) - length
    index = torch.arange(frames).view(1, -1, 1)
    return (index >= first) & (index < first + length) & (uniform(rng, size, 1, 1) < rate)


def _red_noise(rng: torch.Generator, size: int, frames: int, frame_time_s: Tensor, time_constant_s: float) -> Tensor:
    """(B, T, 23, 2) of unit variance with correlation exp(-t / time constant) (first-order autoregressive)."""
    keep = torch.exp(-frame_time_s / time_constant_s).view(-1, 1, 1)
    fresh = normal(rng, frames, size, NUM_JOINTS, 2)
    values = [fresh[0]]
    for noise in fresh[1:]:
        values.append(keep * values[-1] + (1 - keep**2).sqrt() * noise)
    return torch.stack(values, dim=1)
