"""Cameras as people set them up: a webcam on a desk, a phone on a tripod, a camera on a shelf; none moves while it runs."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from uao_core.skeleton import PELVIS

_NEAREST_M = 0.3
_FITTING = 1.5
"""A person of 1.7 m fits into an image of 16:9 from about this distance over the ray to its edge."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Sequences before their cameras.

    Attributes:
        joints_m: (B, T, 23, 3) camera axes (x right, y down, z forward).
        half_view: (B, 1, 1, 1) half the field of view across the longer side, as a ray.
    """

    joints_m: Tensor
    half_view: Tensor


def place_cameras(joints: Tensor, rng: torch.Generator) -> Seen:
    """Put a camera before each sequence (B, T, 23, 3), metres, Y up.

    Distances go from a desk (one in five, the body cut by the image) to 9 m, heights from the floor to a high shelf. Two in
    five cameras are level within a few degrees, so that where a person stands in the image tells how it is looked at; the
    others are tilted towards the person; on desks both are off by as much as a laptop's lid is. One in four is rolled.
    """
    size = len(joints)

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(size, generator=rng)

    def normal(sd: float) -> Tensor:
        return sd * torch.randn(size, generator=rng)

    root = joints[:, joints.shape[1] // 2, PELVIS]
    floor = joints[..., 1].amin(dim=(1, 2))
    above_floor = root[:, 1] - floor

    desk = torch.rand(size, generator=rng) < 0.2
    distance = torch.where(desk, uniform(0.7, 1.6), 1.6 + 7.4 * uniform(0, 1) ** 1.5)
    height = torch.where(desk, above_floor + uniform(0.0, 0.6), (1.3 + normal(0.6)).clamp(0.1, 3.0))
    half_view = torch.tan(torch.deg2rad(uniform(40, 80)) / 2)
    fitting = _FITTING * uniform(0.75, 1.3) / half_view  # people step back until they are seen whole
    distance = torch.where(desk, distance, distance.maximum(fitting))
    sideways = distance * half_view * uniform(-0.45, 0.45)

    level = torch.rand(size, generator=rng) < 0.4
    towards = torch.atan2(height - above_floor, distance) * uniform(0.4, 1.1)
    pitch = torch.where(level, normal(0.06), towards + normal(0.1)) + torch.where(desk, normal(0.12), 0.0)
    roll = torch.where(torch.rand(size, generator=rng) < 0.25, normal(0.2), normal(0.03))
    yaw = uniform(0, 2 * math.pi)

    # Around the person, Y up; then into axes with y down and z away from the camera.
    relative = joints - root[:, None, None]
    turned = _apply(_rotation(yaw, 1), relative)
    placed = turned + torch.stack([sideways, above_floor - height, -distance], dim=1)[:, None, None]
    camera = _apply(_rotation(roll, 2) @ _rotation(pitch, 0), placed * joints.new_tensor([1, -1, -1]))
    too_near = (_NEAREST_M - camera[..., 2].amin(dim=(1, 2))).clamp_min(0)
    camera = camera + (too_near[:, None] * joints.new_tensor([0, 0, 1.0]))[:, None, None]
    return Seen(camera, half_view[:, None, None, None])


def _rotation(angle: Tensor, axis: int) -> Tensor:
    """(B,) radians to (B, 3, 3) rotations about one axis."""
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    matrix = torch.eye(3).repeat(len(angle), 1, 1)
    matrix[:, i, i] = matrix[:, j, j] = angle.cos()
    matrix[:, j, i] = angle.sin()
    matrix[:, i, j] = -angle.sin()
    return matrix


def _apply(rotation: Tensor, points: Tensor) -> Tensor:
    """(B, 3, 3) times (B, T, 23, 3)."""
    return (points.flatten(1, 2) @ rotation.transpose(1, 2)).view_as(points)
