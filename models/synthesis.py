"""A lifter's training examples: captured motion as other bodies, seen by cameras and reported by a detector."""

from dataclasses import dataclass

import torch
from torch import Tensor

from models.bodies import vary_bodies
from models.cameras import place_cameras
from models.crossover import exchange_arms
from models.detector_model import DetectorModel, detect
from uao_core.camera import VirtualView, virtual_view
from uao_core.skeleton import EXTREMITIES, MIRROR, PARENTS, PELVIS


@dataclass(frozen=True, slots=True)
class Examples:
    """B windows of T frames, in the axes of their virtual cameras where not said otherwise; views are flat, (B * T, ...).

    Attributes:
        view: the virtual cameras, with the detector's points.
        confidence: (B, T, 23) in 0..1.
        truth: (B, T, 23, 3) root-relative joints, metres; NaN where they are not known.
        root_m: (B, T, 3) true pelvis in real camera axes.
        rays: (B, T, 23, 2) the detector's points as rays of the real camera, under the assumed focal length.
        time_s: (B, T).
        focal_ratio: (B,) true over assumed focal length.
    """

    view: VirtualView
    confidence: Tensor
    truth: Tensor
    root_m: Tensor
    rays: Tensor
    time_s: Tensor
    focal_ratio: Tensor

    @property
    def points(self) -> Tensor:
        """(B, T, 23, 2) of the virtual cameras."""
        return self.view.points.view(self.rays.shape)

    @property
    def place(self) -> Tensor:
        """(B, T, 3) of the virtual cameras."""
        return self.view.place.view(self.root_m.shape)


def synthesize(
    joints: Tensor,
    frame_time_s: Tensor,
    rng: torch.Generator,
    detector: DetectorModel = DetectorModel(),
    *,
    vary_body: bool = True,
    arms_rate: float = 0.0,
) -> Examples:
    """See B windows of motion through random cameras and a random detector.

    Args:
        joints: (B, T, 23, 3) metres, Y up; an extremity that lies at the joint which bears it is unknown.
        frame_time_s: (B,) seconds between frames.
        rng: the only source of randomness.
        detector: how wrong the 2D is; `detector_model.CLEAN` for exact points.
        vary_body: False keeps the captured proportions.
        arms_rate: share of the windows whose arms move as another window's do.
    """
    size, frames = joints.shape[:2]
    if arms_rate:
        joints = exchange_arms(joints, rng, arms_rate)
    if vary_body:
        joints = vary_bodies(joints, rng)
        mirrored = torch.rand(size, 1, 1, 1, generator=rng) < 0.5
        joints = torch.where(mirrored, joints[:, :, list(MIRROR)] * joints.new_tensor([-1, 1, 1]), joints)
    unknown = _unknown(joints)
    seen = place_cameras(joints, rng)
    rays, confidence = detect(seen, frame_time_s, rng, detector)
    confidence = confidence.masked_fill(unknown, 0.0)
    ratio = torch.exp(detector.focal_log_sd * torch.randn(size, generator=rng))
    rays = rays * ratio[:, None, None, None]
    view = virtual_view(rays.flatten(0, 1), confidence.flatten(0, 1))
    root = seen.joints_m[:, :, PELVIS]
    truth = view.to_virtual((seen.joints_m - root[:, :, None]).flatten(0, 1)).view(seen.joints_m.shape)
    truth = truth.masked_fill(unknown[..., None], torch.nan)
    time = torch.arange(frames) * frame_time_s[:, None]
    return Examples(view, confidence, truth, root, rays, time, ratio)


def _unknown(joints: Tensor) -> Tensor:
    """(B, T, 23) True for extremities that lie at their parents."""
    unknown = torch.zeros(joints.shape[:3], dtype=torch.bool)
    for joint in EXTREMITIES:
        unknown[..., joint] = (joints[:, :, joint] == joints[:, :, PARENTS[joint]]).all(dim=-1)
    return unknown
