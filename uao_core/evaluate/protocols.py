"""What is known of the camera and the person's place while poses are estimated.

a: camera and root are given (the paper's). b: the camera is given. c: the focal length is wrong by 20 %, once too long
    and once too short, and the root is estimated: what a user without a calibration gets.
"""

from dataclasses import dataclass, replace
from enum import Enum

import torch
from torch import Tensor

from models.weights import LifterNetwork
from uao_core.camera import Intrinsics
from uao_core.evaluate.figures import Tally, errors_of
from uao_core.evaluate.sequences import Sequence
from uao_core.optimize import UaoConfig
from uao_core.packets import FrameResult, Keypoints
from uao_core.refiner import FILE_WINDOW, LiveRefiner, Refinement, refine_all
from uao_core.skeleton import LEFT_HIP, NUM_H36M, NUM_JOINTS, PELVIS, RIGHT_HIP


class Protocol(Enum):
    """See the module's docstring."""

    A = "a"
    B = "b"
    C = "c"

    def cameras(self, true: Intrinsics) -> tuple[Intrinsics, ...]:
        if self is not Protocol.C:
            return (true,)
        return tuple(replace(true, focal_px=true.focal_px * wrong, estimated=True) for wrong in (1 / 1.2, 1.2))


@dataclass(frozen=True, slots=True)
class Method:
    """How poses are estimated.

    Attributes:
        config: of the optimization.
        window: frames refined together.
        is_live: every frame as a live view would have shown it, without its future.
    """

    config: UaoConfig
    window: int = FILE_WINDOW
    is_live: bool = False

    def results(self, refinement: Refinement, frames: list[Keypoints]) -> list[FrameResult]:
        if self.is_live:
            live = LiveRefiner(refinement)
            return [live.push(frame) for frame in frames]
        return list(refine_all(refinement, frames))


def run(network: LifterNetwork, sequence: Sequence, protocol: Protocol, method: Method, tally: Tally) -> None:
    """Estimate the poses of a sequence and add their errors to a tally; under a, only where the truth has hips, and under a
    and b only where the true lens can be given."""
    if protocol is not Protocol.C and not sequence.lens_known:
        return
    truth = torch.from_numpy(sequence.truth_m)
    roots = None
    if protocol is Protocol.A:
        root = torch.where(truth[:, PELVIS].isfinite(), truth[:, PELVIS], truth[:, [LEFT_HIP, RIGHT_HIP]].mean(dim=1))
        if not root.isfinite().all():
            return
        roots = {frame.index: place for frame, place in zip(sequence.keypoints, root.numpy(), strict=True)}
    for camera in protocol.cameras(sequence.intrinsics):
        refinement = Refinement(network, camera, method.config, method.window, known_roots=roots)
        results = method.results(refinement, sequence.keypoints)
        poses = [_pose(result) for result in results]
        joints, sigma = (torch.stack(column) for column in zip(*poses, strict=True))
        tally.add(errors_of(joints, truth, sigma, *_times(sequence)))
        tally.published.add(sequence.part, joints[:, :NUM_H36M], truth[:, :NUM_H36M])


def own_3d(sequence: Sequence, tally: Tally) -> None:
    """The same for the detector's own 3D."""
    if sequence.detector_m is not None:
        predicted = torch.from_numpy(sequence.detector_m)
        sigma = torch.ones(predicted.shape[:2])
        tally.add(errors_of(predicted, torch.from_numpy(sequence.truth_m), sigma, *_times(sequence)))


def _pose(result: FrameResult) -> tuple[Tensor, Tensor]:
    """Joints (23, 3) and sigma (23,) in mm; NaN where nobody was found."""
    if result.pose is None:
        return torch.full((NUM_JOINTS, 3), torch.nan), torch.full((NUM_JOINTS,), torch.nan)
    return torch.from_numpy(result.pose.joints_m), torch.from_numpy(result.pose.sigma_mm)


def _times(sequence: Sequence) -> tuple[Tensor, Tensor]:
    """(T,) seconds and numbers of the frames."""
    frames = sequence.keypoints
    return torch.tensor([frame.time_s for frame in frames]), torch.tensor([frame.index for frame in frames])
