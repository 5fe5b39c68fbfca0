"""The optimization with the network's input as the state, as in the paper: gradient steps through the frozen network."""

from collections.abc import Callable

import torch
from torch import Tensor

from uao_core.camera import project
from uao_core.packets import Doubles
from uao_core.problem import Estimate, Window, as_array
from uao_core.root import solve_root


def move_input(
    window: Window,
    start: Estimate,
    weight: Doubles,
    scale: float,
    root_m: Doubles | None,
    steps: int,
    is_stopped: Callable[[], bool],
) -> Doubles:
    """(T, 23, 3) lifted from the moved input: the paper's optimization, by Adam.

    `weight` (T, 23) is what each keypoint counts for the root; `scale` turns the lifter's lengths into those of `start`.
    Steps that are left when `is_stopped` are not taken.
    """
    config, z = window.config, window.view.points.clone()

    def tensor(array: Doubles) -> Tensor:
        return torch.from_numpy(array).to(z)

    precision, origin, rays, seen = (
        tensor(array) for array in (window.precision(start), start.joints, window.rays, window.weight)
    )
    optimizer = _PooledAdam(config.step)
    for _ in range(steps):
        if is_stopped():
            break
        z.requires_grad_(True)
        joints = scale * window.lift(z).joints
        root = solve_root(as_array(joints), window.rays, weight, reweightings=0) if root_m is None else root_m
        placed = joints + tensor(root)[:, None]
        across_m = (project(placed) - rays) * placed[..., 2:].detach()
        evidence = seen * _doubted(_length(across_m) / tensor(window.sigma_2d(root[:, 2])), config.knee)
        moved = joints - origin
        prior = (moved[..., None, :] @ precision @ moved[..., None])[..., 0, 0] / 2
        (gradient,) = torch.autograd.grad(evidence.sum() + prior[:, 1:].sum(), z)
        z = z.detach() - optimizer.direction(_clip_joints(gradient, config.clip_ratio))
    with torch.no_grad():
        return scale * as_array(window.lift(z).joints)


class _PooledAdam:
    """Adam whose second moment is pooled over a frame's joints.

    Per-coordinate normalization would move a joint without evidence as far as the joint with most of it; pooled, a frame's
    step has a fixed length and the gradient's direction.
    """

    def __init__(self, step: float, beta1: float = 0.9, beta2: float = 0.999) -> None:
        self.step, self.beta1, self.beta2 = step, beta1, beta2
        self.count = 0
        self.mean: Tensor | float = 0.0
        self.square: Tensor | float = 0.0

    def direction(self, gradient: Tensor) -> Tensor:
        self.count += 1
        pooled = gradient.square().mean(dim=(1, 2), keepdim=True)
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * gradient
        self.square = self.beta2 * self.square + (1 - self.beta2) * pooled
        mean = self.mean / (1 - self.beta1**self.count)
        square = self.square / (1 - self.beta2**self.count)
        return self.step * mean / (square.sqrt() + 1e-8)


def _clip_joints(gradient: Tensor, ratio: float) -> Tensor:
    """Cut each joint's gradient (T, 23, 2) to `ratio` times the median length among the frame's joints."""
    length = gradient.norm(dim=2, keepdim=True)
    limit = ratio * length.median(dim=1, keepdim=True).values
    return gradient * (limit / length.clamp_min(1e-12)).clamp_max(1.0)


def _doubted(residual: Tensor, knee: float) -> Tensor:
    """Energy of Geman and McClure's weights, as `uao_core.settle` takes it: quadratic at first, and from `knee` standard
    deviations on hardly growing."""
    square = residual.square()
    return square / 2 / (1 + square / knee**2)


def _length(vectors: Tensor) -> Tensor:
    """Norm over the last axis with a gradient at zero."""
    return (vectors.square().sum(dim=-1) + 1e-12).sqrt()
