"""A lifter's training examples: bodies, cameras and what a detector reports of them."""

import torch

from models.detector_model import CLEAN, DetectorModel
from models.synthesis import synthesize
from tests.conftest import walkers
from uao_core.camera import project
from uao_core.keypoints import derive_trunk

FRAME_S = 1 / 30


def seen(joints, detector, seed=0):
    times = torch.full((len(joints),), FRAME_S)
    return synthesize(joints, times, torch.Generator().manual_seed(seed), detector, vary_body=False)


def placed(examples):
    """(B, T, 23, 3) true joints in real camera axes."""
    return examples.view.to_camera(examples.truth.flatten(0, 1)).view(examples.truth.shape) + examples.root_m[:, :, None]


def test_clean_examples_are_exact_projections():
    joints = walkers(64, 5, seed=1)
    examples = seen(joints, CLEAN)
    truth = placed(examples)
    assert torch.allclose(derive_trunk(project(truth)), examples.rays, atol=1e-5)
    assert truth[..., 2].min() > 0.29 and float(examples.root_m[..., 2].min()) > 0.5 and examples.root_m[..., 2].max() < 10
    size = (truth - truth[:, :, :1]).norm(dim=3).amax(dim=2)
    assert torch.allclose(size, (joints - joints[:, :, :1]).norm(dim=3).amax(dim=2), atol=1e-4), "a rigid motion"
    assert (examples.focal_ratio == 1).all()


def test_noisy_examples_tell_their_confidence():
    joints = walkers(400, 5, seed=2)
    clean, noisy = seen(joints, CLEAN), seen(joints, DetectorModel())
    limbs = [2, 3, 5, 6, 12, 13, 15, 16]
    assert noisy.rays.isfinite().all() and noisy.truth.isfinite().all()
    confidence = noisy.confidence[..., limbs]
    assert 0.02 < float((confidence == 0).float().mean()) < 0.3
    assert noisy.points[noisy.confidence == 0].abs().max() == 0
    # both draw the same camera; what differs is the detector and the focal length it is seen with
    offset = noisy.rays / noisy.focal_ratio[:, None, None, None] - clean.rays
    offset = offset[..., limbs, :].norm(dim=3) * clean.root_m[..., 2:]
    assert offset[(confidence > 0) & (confidence < 0.5)].mean() > 1.3 * offset[confidence > 0.9].mean()
