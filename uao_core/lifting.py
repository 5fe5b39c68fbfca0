"""What a lifter is to the optimization: a frozen network that says where each joint is, and how sure it is of it."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from uao_core.camera import VirtualView
from uao_core.skeleton import MIRROR


class LifterOutput(NamedTuple):
    """Poses with their uncertainty, virtual camera axes, metres.

    Attributes:
        mu: (..., 23, 3) root-relative joints; the pelvis is the origin.
        log_sigma: (..., 23) logarithm of the expected error of each joint. The pelvis has no error of its own (it is the
            origin): it reports the mean of the hips, which is how well the origin is known.
        log_across: (..., 23) logarithm of the expected error across the view alone.
        log_depth: (..., 23) logarithm of the expected error along the line of sight alone.
    """

    mu: Tensor
    log_sigma: Tensor
    log_across: Tensor
    log_depth: Tensor


class LiftingNetwork(Protocol):
    """Lifts B windows of T frames: unit-size points (B, T, 23, 2), confidence (B, T, 23), `VirtualView.place` (B, T, 3) and
    time in seconds (B, T)."""

    def __call__(self, points: Tensor, confidence: Tensor, place: Tensor, time_s: Tensor, /) -> LifterOutput: ...


@dataclass(frozen=True, slots=True)
class Lifted:
    """A window as the lifter sees it, real camera axes for the joints, metres.

    Attributes:
        joints: (T, 23, 3) root-relative.
        sigma, sigma_across, sigma_depth: (T, 23) expected errors: as a whole, across the view, along the line of sight.
    """

    joints: Tensor
    sigma: Tensor
    sigma_across: Tensor
    sigma_depth: Tensor


_NEGATED_X = torch.tensor([-1.0, 1.0, 1.0])


def lift(
    network: LiftingNetwork, view: VirtualView, points: Tensor, confidence: Tensor, time_s: Tensor, *, mirrored: bool = True
) -> Lifted:
    """Lift one window of T frames; with `mirrored`, its mirror image too, and take the mean of both.

    Args:
        network: the lifter.
        view: the window's virtual cameras.
        points: (T, 23, 2) `view.points`, or the state that the optimization made of them.
        confidence: (T, 23) in 0..1.
        time_s: (T,) seconds.
        mirrored: a person and the mirror image of it are lifted alike; what differs is the network's error.
    """
    flip = _NEGATED_X.to(points)
    windows = [(points, confidence, view.place)]
    if mirrored:
        windows.append((points[:, MIRROR] * flip[:2], confidence[:, MIRROR], view.place * flip))
    seen, sure, place = (torch.stack(column) for column in zip(*windows, strict=True))
    mu, *logs = network(seen, sure, place, time_s.expand(len(windows), -1))
    joints = mu[0]
    if mirrored:
        joints = (joints + mu[1][:, MIRROR] * flip) / 2
        logs = [(log[:1] + log[1:, :, MIRROR]) / 2 for log in logs]
    sigma, across, depth = (log[0].exp() for log in logs)
    return Lifted(view.to_camera(joints), sigma, across, depth)
