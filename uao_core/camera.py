"""Pinhole camera, and the virtual camera through which the lifter sees every person alike.

Axes are the camera's: x right, y down, z forward, metres. "Rays" are image points freed of the lens: a ray (x, y) is the
direction (x, y, 1).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from uao_core.errors import UaoError
from uao_core.skeleton import LEFT_HIP, LEFT_SHOULDER, NUM_H36M, PELVIS, RIGHT_HIP, RIGHT_SHOULDER, SPINE, THORAX

DEFAULT_FOV_DEG = 60.0
"""Field of view across the longer side of the image when the user gives none: between a phone's video mode (about
65 degrees) and a laptop's webcam (55 to 65 degrees)."""

_TRUNK = (PELVIS, RIGHT_HIP, LEFT_HIP, SPINE, THORAX, LEFT_SHOULDER, RIGHT_SHOULDER)
_MIN_DEPTH = 0.05


@dataclass(frozen=True, slots=True)
class Intrinsics:
    """A pinhole camera without distortion and with square pixels.

    Attributes:
        focal_px: focal length in pixels.
        principal_point_px: (x, y) where the optical axis meets the image.
        estimated: True where the focal length is a guess from a field of view, not the user's word.
    """

    focal_px: float
    principal_point_px: tuple[float, float]
    estimated: bool

    def __post_init__(self) -> None:
        if not (math.isfinite(self.focal_px) and self.focal_px > 0):
            raise UaoError(f"The focal length must be a positive number of pixels, not {self.focal_px}.")

    @classmethod
    def from_focal(cls, focal_px: float, image_size: tuple[int, int]) -> "Intrinsics":
        """Known focal length, optical axis through the middle of an image of (width, height) pixels."""
        width, height = image_size
        return cls(focal_px, (width / 2, height / 2), estimated=False)

    @classmethod
    def from_fov(cls, fov_deg: float, image_size: tuple[int, int], *, estimated: bool = True) -> "Intrinsics":
        """Focal length from the field of view across the longer side of an image of (width, height) pixels."""
        if not 1 <= fov_deg <= 170:
            raise UaoError(f"The field of view must lie between 1 and 170 degrees, not {fov_deg}.")
        width, height = image_size
        focal_px = max(width, height) / 2 / math.tan(math.radians(fov_deg) / 2)
        return cls(focal_px, (width / 2, height / 2), estimated)

    def rays(self, points_px: Tensor) -> Tensor:
        """Image points (..., 2) in pixels to rays (..., 2)."""
        return (points_px - points_px.new_tensor(self.principal_point_px)) / self.focal_px

    def project(self, points_m: Tensor) -> Tensor:
        """Points (..., 3) in metres, camera axes, to pixels (..., 2)."""
        return project(points_m) * self.focal_px + points_m.new_tensor(self.principal_point_px)


def project(points_m: Tensor) -> Tensor:
    """Points (..., 3) in camera axes to rays (..., 2); what lies behind the camera is held just before it."""
    return points_m[..., :2] / points_m[..., 2:].clamp_min(_MIN_DEPTH)


@dataclass(frozen=True, slots=True)
class VirtualView:
    """B people, each as a camera that looks straight at the pelvis would see them, scaled to unit size.

    Attributes:
        points: (B, 23, 2) rays of the virtual camera over `scale`; zero where the confidence is zero.
        rotation: (B, 3, 3) takes directions of the real camera to directions of the virtual one.
        scale: (B, 1, 1) size of the person in rays: the confidence-weighted RMS distance of the first 17 joints.
    """

    points: Tensor
    rotation: Tensor
    scale: Tensor

    @property
    def place(self) -> Tensor:
        """(B, 3): x and y of the direction in which the person is seen, and the logarithm of the size."""
        return torch.cat([self.rotation[:, 2, :2], self.scale[:, 0].log()], dim=1)

    def to_camera(self, joints: Tensor) -> Tensor:
        """Root-relative joints (B, 23, 3) from virtual to real camera axes."""
        return joints @ self.rotation

    def to_virtual(self, joints: Tensor) -> Tensor:
        """Root-relative joints (B, 23, 3) from real to virtual camera axes."""
        return joints @ self.rotation.transpose(1, 2)


def virtual_view(rays: Tensor, confidence: Tensor) -> VirtualView:
    """Turn the camera to the pelvis and scale the person to unit size.

    The lifter so gets the same input wherever the person stands in the image and whatever the lens. Where the pelvis is
    unsure the centre leans on the rest of the trunk, continuously in the confidence.

    Args:
        rays: (B, 23, 2), `Intrinsics.rays` of the keypoints.
        confidence: (B, 23) in 0..1.
    """
    centre = _centre(rays, confidence)
    rotation = _rotation_to_axis(centre)
    directions = torch.cat([rays, torch.ones_like(rays[..., :1])], dim=-1) @ rotation.transpose(1, 2)
    points = directions[..., :2] / directions[..., 2:].clamp_min(0.1)
    weight = confidence[:, :NUM_H36M, None]  # a source without hands and toes shows nobody smaller
    square = (weight * points[:, :NUM_H36M].square()).sum(dim=(1, 2), keepdim=True)
    scale = (square / weight.sum(dim=1, keepdim=True).clamp_min(1e-6)).sqrt().clamp_min(1e-4)
    return VirtualView(torch.where(confidence[..., None] > 0, points / scale, 0.0), rotation, scale)


def _centre(rays: Tensor, confidence: Tensor) -> Tensor:
    """(B, 2): the pelvis as far as it is sure, the weighted trunk (or all joints) for the rest."""
    trunk = torch.full_like(confidence, 1e-3)
    trunk[:, list(_TRUNK)] = 1.0
    weight = (trunk * confidence)[..., None]
    mean = (weight * rays).sum(dim=1) / weight.sum(dim=1).clamp_min(1e-9)
    sure = confidence[:, PELVIS, None].clamp(0, 1)
    return sure * rays[:, PELVIS] + (1 - sure) * mean


def _rotation_to_axis(centre: Tensor) -> Tensor:
    """(B, 2) rays to the (B, 3, 3) smallest rotations that bring them to (0, 0, 1) (Rodrigues' formula)."""
    direction = torch.nn.functional.normalize(torch.cat([centre, torch.ones_like(centre[:, :1])], dim=1), dim=1)
    a, b, c = direction.unbind(dim=1)
    k = 1 / (1 + c)
    rows = [1 - a * a * k, -a * b * k, -a, -a * b * k, 1 - b * b * k, -b, a, b, c]
    return torch.stack(rows, dim=1).reshape(-1, 3, 3)
