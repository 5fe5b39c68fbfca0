"""The yardstick for UAO: the algorithm as the paper has it, frame by frame, written anew from its description.

Wang et al., arXiv 2402.02339: the network's weights are frozen, its 2D input is the state, and Adam moves it by so many
steps on `w_proj mean|Pi(mu(z) + root) - x| + w_prior mean(|mu(z) - mu(x)| exp(-s))`; the picture and its mirror image are
optimized together and averaged. Camera and root are the true ones, as there.
"""

import torch

from models.gumlp import Gumlp, GumlpConfig
from uao_core.skeleton import MIRROR, NUM_H36M

PUBLISHED = GumlpConfig(channels=512, joint_hidden=(51, 102))
_STEP, _W_PROJECTION, _W_PRIOR = 1e-3, 1.0, 0.005
_MIRRORED_X = torch.tensor([-1.0, 1.0])


def published_network():
    """The network at its published size, with random weights: for its cost."""
    torch.manual_seed(0)
    network = Gumlp(PUBLISHED)
    return network.eval().requires_grad_(False)


def official(network, view, confidence, root_m, half_view, iterations=4):
    """(B, 17, 3) root-relative joints of B frames, each refined for itself.

    Args:
        network: a `Gumlp`.
        view: virtual cameras of the B frames; the network knows no other input.
        confidence: (B, 23).
        root_m: (B, 3) true roots, in the axes of the virtual cameras.
        half_view: (B,) half the picture's width as a ray: in the paper's units of 2D, pictures go from -1 to 1.
    """
    flip, mirror = torch.stack([torch.ones(2), _MIRRORED_X])[:, None, None], list(MIRROR)
    x = torch.stack([view.points, view.points[:, mirror]]) * flip  # (2, B, 23, 2)
    sure = torch.stack([confidence, confidence[:, mirror]])
    root = torch.stack([root_m, root_m * torch.tensor([-1.0, 1.0, 1.0])])[:, :, None]
    unit = (half_view[:, None, None] / view.scale)[None]  # the paper's unit of 2D in those of the network's input
    place, time_s = torch.zeros(*x.shape[:2], 3), torch.zeros(x.shape[:2])

    def lift(state):
        output = network(state.flatten(0, 1)[:, None], sure.flatten(0, 1)[:, None], place.flatten(0, 1)[:, None], time_s)
        mu, log_sigma = output.mu[:, 0, :NUM_H36M], output.log_sigma[:, 0, :NUM_H36M]
        return mu.unflatten(0, x.shape[:2]), log_sigma.unflatten(0, x.shape[:2])

    def projected(joints):
        placed = joints + root
        return placed[..., :2] / placed[..., 2:].clamp_min(0.1) / (unit * view.scale)

    seen = x[:, :, :NUM_H36M] / unit
    with torch.no_grad():
        first, log_sigma = lift(x)
    moved = torch.zeros_like(x, requires_grad=True)
    adam = torch.optim.Adam([moved], lr=_STEP)
    for _ in range(iterations):
        adam.zero_grad()
        joints, _ = lift(x + moved * unit)
        projection = (projected(joints) - seen).norm(dim=-1).mean()
        prior = ((joints - first + 1e-9).norm(dim=-1) * (-log_sigma).exp()).mean()
        (_W_PROJECTION * projection + _W_PRIOR * prior).backward()
        adam.step()
    with torch.no_grad():
        joints, _ = lift(x + moved * unit)
    back = joints[1][:, mirror[:NUM_H36M]] * torch.tensor([-1.0, 1.0, 1.0])
    return (joints[0] + back) / 2
