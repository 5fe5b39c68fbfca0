"""Shared fixtures: the shipped weights, the bundled clip, a body seen by a known camera."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from app.options import BUNDLED_CLIP
from models.weights import Lifter, load_lifter
from uao_core.camera import Intrinsics
from uao_core.keypoints import derive_trunk

STANDING_M = np.array(
    # Human3.6M order; x right, y down, z forward, facing the camera: the person's right is the image's left
    [
        [0.00, 0.00, 0.00],
        [-0.10, 0.01, 0.00],
        [-0.12, 0.43, -0.03],
        [-0.13, 0.84, 0.02],
        [0.10, 0.01, 0.00],
        [0.12, 0.43, -0.03],
        [0.13, 0.84, 0.02],
        [0.00, -0.25, 0.00],
        [0.00, -0.50, 0.01],
        [0.00, -0.61, -0.08],
        [0.00, -0.76, -0.02],
        [0.17, -0.49, 0.01],
        [0.30, -0.27, 0.03],
        [0.33, -0.08, -0.10],
        [-0.17, -0.49, 0.01],
        [-0.35, -0.35, -0.05],
        [-0.45, -0.50, -0.20],
    ],
    dtype=np.float32,
)


@dataclass(frozen=True)
class Scene:
    """A waving person before a known camera: truth (T, 17, 3) with root, keypoints (T, 17, 3) in pixels."""

    intrinsics: Intrinsics
    truth_m: torch.Tensor
    joints_px: np.ndarray


@pytest.fixture(scope="session")
def lifter() -> Lifter:
    torch.set_num_threads(2)
    return load_lifter()


@pytest.fixture(scope="session")
def clip():
    assert BUNDLED_CLIP.is_file()
    return BUNDLED_CLIP


@pytest.fixture(scope="session")
def scene() -> Scene:
    """Thirty frames at 30 fps; the pose sways and the right arm moves up and down."""
    intrinsics = Intrinsics.from_focal(900.0, (1280, 720))
    time_s = torch.arange(30) / 30
    body = torch.from_numpy(STANDING_M).repeat(30, 1, 1)
    body[:, 16, 1] += 0.12 * torch.sin(2 * np.pi * time_s)
    yaw = 0.4 * torch.sin(np.pi * time_s)
    cos, sin = yaw.cos()[:, None], yaw.sin()[:, None]
    body = torch.stack([cos * body[..., 0] + sin * body[..., 2], body[..., 1], cos * body[..., 2] - sin * body[..., 0]], -1)
    truth = body + torch.tensor([0.4, 0.1, 3.2])
    points = derive_trunk(intrinsics.project(truth))
    joints_px = torch.cat([points, torch.ones(30, 17, 1)], dim=2).numpy()
    return Scene(intrinsics, truth, joints_px)
