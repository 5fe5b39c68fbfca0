"""What a camera and a detector make of a motion-captured pose: the lifter's training examples.

Per example, all drawn at random: the body's proportions, the camera (any yaw, pitch from the floor to above the head,
some roll, 1.5 to 8 m, 35 to 90 degrees of view, a focal length assumed wrongly), joints that sit elsewhere than markers,
noise that grows as the confidence falls, gross errors, swapped sides, occlusion and truncation, mirror image.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from uao_core.camera import VirtualView, project, virtual_view
from uao_core.keypoints import derive_trunk
from uao_core.skeleton import HEAD_TOP, MIRROR, NOSE, NUM_JOINTS, PARENTS, PELVIS, SPINE, THORAX


@dataclass(frozen=True, slots=True)
class DetectorModel:
    """How far a detector is off. Lengths in metres on the body; noise as a fraction of the person's size in the image."""

    offset_m: float = 0.02  # its joints against the markers', constant in a pose
    trunk_offset_m: float = 0.035  # the same for hips and head top, which detectors place freely
    noise: float = 0.03  # of a sure joint
    unsure_noise: float = 0.25  # added as the confidence falls to zero
    gross_rate: float = 0.02  # joints that are somewhere else altogether, with any confidence
    swap_rate: float = 0.015  # people whose left and right legs or arms are exchanged
    occluded_rate: float = 0.07  # joints without evidence
    truncated_rate: float = 0.3  # people cut by the image border
    focal_log_sd: float = 0.12  # of the assumed over the true focal length


CLEAN = DetectorModel(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""Exact 2D of every joint from a known camera."""


@dataclass(frozen=True, slots=True)
class Examples:
    """B training or test examples, in the axes of their virtual camera where not said otherwise.

    Attributes:
        view: the virtual camera, with the detector's points.
        confidence: (B, 17) in 0..1.
        truth: (B, 17, 3) root-relative joints, metres.
        root_m: (B, 3) true pelvis in real camera axes.
        rays: (B, 17, 2) the detector's points as rays of the real camera, under the assumed focal length.
    """

    view: VirtualView
    confidence: Tensor
    truth: Tensor
    root_m: Tensor
    rays: Tensor


def synthesize(
    joints: Tensor, rng: torch.Generator, detector: DetectorModel = DetectorModel(), *, vary_body: bool = True
) -> Examples:
    """See B poses through random cameras and a random detector.

    Args:
        joints: (B, 17, 3) metres, Y up.
        rng: the only source of randomness.
        detector: how wrong the 2D is; `CLEAN` for exact points.
        vary_body: False keeps the captured proportions.
    """
    size = len(joints)
    if vary_body:
        joints = _vary_body(joints, rng)
        mirrored = _uniform(rng, size, 1, 1) < 0.5
        flipped = joints[:, list(MIRROR)] * joints.new_tensor([-1, 1, 1])
        joints = torch.where(mirrored, flipped, joints)
    camera_joints, fov = _place_camera(joints, rng)
    rays, confidence = _detect(camera_joints, fov, rng, detector)
    rays = rays * torch.exp(detector.focal_log_sd * _normal(rng, size, 1, 1))
    view = virtual_view(rays, confidence)
    root = camera_joints[:, PELVIS]
    truth = view.to_virtual(camera_joints - root[:, None])
    return Examples(view, confidence, truth, root, rays)


def _vary_body(joints: Tensor, rng: torch.Generator) -> Tensor:
    """Scale the whole body and, alike on both sides, its bones. One captured skeleton so becomes a population."""
    size = len(joints)
    spread = torch.full((NUM_JOINTS,), 0.05)
    spread[[1, 4, 11, 14]] = 0.08  # hips and shoulders: breadth varies most
    spread[[NOSE, HEAD_TOP]] = 0.08
    factor = 1 + spread * _normal(rng, size, NUM_JOINTS)
    factor[:, [4, 5, 6, 11, 12, 13]] = factor[:, [1, 2, 3, 14, 15, 16]]
    factor[:, THORAX] = factor[:, SPINE]
    factor = factor * (1.03 + 0.06 * _normal(rng, size, 1))
    factor = factor.clamp(0.6, 1.5)
    varied = [joints[:, PELVIS]]
    for child, parent in enumerate(PARENTS[1:], start=1):
        varied.append(varied[parent] + factor[:, child, None] * (joints[:, child] - joints[:, parent]))
    return torch.stack(varied, dim=1)


def _place_camera(joints: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """(B, 17, 3) joints in camera axes, and half the field of view (B, 1, 1) as a ray length."""
    size = len(joints)
    yaw = _uniform(rng, size) * 2 * math.pi
    distance = 1.5 + 6.5 * _uniform(rng, size) ** 1.3
    height = 0.1 + 2.4 * _uniform(rng, size)  # of the camera above the floor
    pitch = torch.atan2(height - 1.0, distance) + 0.12 * _normal(rng, size)  # looks down where it stands high
    wild_roll = _uniform(rng, size) < 0.15
    roll = torch.where(wild_roll, 0.35, 0.05) * _normal(rng, size)
    half_fov = torch.tan(torch.deg2rad(35 + 55 * _uniform(rng, size, 1, 1)) / 2)

    relative = (joints - joints[:, PELVIS : PELVIS + 1]) * joints.new_tensor([1, -1, -1])  # Y up to y down, z forward
    turned = relative @ (_rotation(roll, 2) @ _rotation(pitch, 0) @ _rotation(yaw, 1)).transpose(1, 2)
    direction = half_fov[:, 0] * (1.2 * _uniform(rng, size, 2) - 0.6)
    offset = torch.cat([direction, torch.ones(size, 1)], dim=1) * distance[:, None]
    too_near = (0.4 - (turned[..., 2].amin(dim=1) + distance)).clamp_min(0)
    offset = offset * (1 + too_near / distance)[:, None]
    return turned + offset[:, None], half_fov


def _detect(joints: Tensor, half_fov: Tensor, rng: torch.Generator, detector: DetectorModel) -> tuple[Tensor, Tensor]:
    """What the detector reports: rays (B, 17, 2) and confidence (B, 17)."""
    size = len(joints)
    offset = torch.full((NUM_JOINTS, 1), detector.offset_m)
    offset[[1, 4, HEAD_TOP]] = detector.trunk_offset_m
    placed = joints + offset * _normal(rng, size, NUM_JOINTS, 3)
    rays = project(placed)
    person = (rays - rays.mean(dim=1, keepdim=True)).square().sum(dim=2).mean(dim=1).sqrt()[:, None, None]

    confidence = 1 - 0.15 * _uniform(rng, size, NUM_JOINTS) ** 2
    if detector.unsure_noise > 0:
        unsure = _uniform(rng, size, NUM_JOINTS) < 0.15
        confidence = torch.where(unsure, 0.1 + 0.8 * _uniform(rng, size, NUM_JOINTS), confidence)
    cut = _truncate(rays, half_fov, rng, detector.truncated_rate)
    confidence = torch.where(cut, 0.3 * _uniform(rng, size, NUM_JOINTS) ** 2, confidence)
    lost = _uniform(rng, size, NUM_JOINTS) < detector.occluded_rate * 2 * _uniform(rng, size, 1)
    lost |= cut & (_uniform(rng, size, 1) < 0.5)
    confidence = torch.where(lost & (lost.sum(dim=1, keepdim=True) < NUM_JOINTS - 5), 0.0, confidence)

    shake = 0.4 + 1.2 * _uniform(rng, size, 1, 1)  # some images are worse than others
    sigma = shake * (detector.noise + detector.unsure_noise * (1 - confidence[..., None]) ** 2)
    gross = _uniform(rng, size, NUM_JOINTS, 1) < detector.gross_rate
    sigma = torch.where(gross, 10 * detector.noise, sigma)
    rays = rays + person * sigma * _normal(rng, size, NUM_JOINTS, 2)
    if detector.swap_rate > 0:
        rays = _swap_sides(rays, rng, detector.swap_rate)
    return derive_trunk(rays), derive_trunk(confidence[..., None])[..., 0]


def _truncate(rays: Tensor, half_fov: Tensor, rng: torch.Generator, rate: float) -> Tensor:
    """(B, 17) joints outside the image: below a webcam's lower edge, or beyond any side."""
    size = len(rays)
    low, high = rays.amin(dim=1), rays.amax(dim=1)  # (B, 2)
    edge = low + (high - low) * (0.35 + 0.6 * _uniform(rng, size, 2))
    below = (rays[..., 1] > edge[:, None, 1]) & (_uniform(rng, size, 1) < 0.75)
    right = (rays[..., 0] > edge[:, None, 0]) & (_uniform(rng, size, 1) < 0.12)
    left = (rays[..., 0] < (low + high - edge)[:, None, 0]) & (_uniform(rng, size, 1) < 0.12)
    chosen = _uniform(rng, size, 1) < rate
    outside = (rays.abs() > half_fov * 1.4).any(dim=2) & (rate > 0)
    return (chosen & (below | left | right)) | outside


def _swap_sides(rays: Tensor, rng: torch.Generator, rate: float) -> Tensor:
    swapped = rays[:, list(MIRROR)]
    legs = torch.zeros(NUM_JOINTS, dtype=torch.bool)
    legs[1:7] = True
    chosen = _uniform(rng, len(rays), 2) < rate
    which = (chosen[:, :1] & legs) | (chosen[:, 1:] & ~legs)
    return torch.where(which[..., None], swapped, rays)


def _rotation(angle: Tensor, axis: int) -> Tensor:
    """(B,) radians to (B, 3, 3) rotations about one axis."""
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    matrix = torch.eye(3).repeat(len(angle), 1, 1)
    matrix[:, i, i] = matrix[:, j, j] = angle.cos()
    matrix[:, j, i] = angle.sin()
    matrix[:, i, j] = -angle.sin()
    return matrix


def _uniform(rng: torch.Generator, *shape: int) -> Tensor:
    return torch.rand(*shape, generator=rng)


def _normal(rng: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=rng)
