"""GUMLP: one frame of 2D joints to a 3D pose and the uncertainty of every joint.

After Wang et al., "Uncertainty-Aware Testing-Time Optimization for 3D Human Pose Estimation" (IEEE TMM 2025,
arXiv 2402.02339): blocks of a graph convolution followed by two U-shaped MLPs in parallel, one over channels and one over
joints. Here the input carries the detector's confidence as a third channel and comes from a virtual camera
(`uao_core.camera.virtual_view`), and the width is a matter of configuration.

Shapes in the comments: B frames, J = 17 joints, C channels.
"""

import math
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.output import lifter_output
from uao_core.lifting import LifterOutput
from uao_core.skeleton import EXTREMITIES, MIRROR, NUM_H36M, PARENTS

_UNKNOWN_M = 0.2
"""Expected error of toes, hands and ears, which the published network does not have: they are put where they are borne."""


@dataclass(frozen=True, slots=True)
class GumlpConfig:
    """Size of the network. The published one is `channels=512, joint_hidden=(51, 102)`."""

    channels: int = 64  # width C of every block
    embed: int = 64  # first layer of the encoder
    blocks: int = 3
    joint_hidden: tuple[int, int] = (34, 51)  # the U over joints: 17 -> 34 -> 51 -> 51 -> 34 -> 17
    drop_path: float = 0.2  # stochastic depth, in training only
    min_sigma_m: float = 0.003  # exp(s) is kept in this range
    max_sigma_m: float = 1.5

    @property
    def least_weights(self) -> int:
        """So many has a network of this size at least, within a few of what it has."""
        middle, inner = self.joint_hidden
        mixed, over_joints = 4 * self.channels**2, (middle + inner) * (NUM_H36M + inner)
        return self.embed * self.channels + self.blocks * (mixed + over_joints)


def skeleton_partitions() -> Tensor:
    """(4, J, J) adjacency by kind of neighbour: self, towards the pelvis, away from it, mirror image; rows sum to one."""
    parts = torch.zeros(4, NUM_H36M, NUM_H36M)
    parts[0] = torch.eye(NUM_H36M)
    for child, parent in enumerate(PARENTS[:NUM_H36M]):
        if parent >= 0:
            parts[1, child, parent] = 1
            parts[2, parent, child] = 1
        if MIRROR[child] != child:
            parts[3, child, MIRROR[child]] = 1
    return parts / parts.sum(dim=2, keepdim=True).clamp_min(1)


class GraphConv(nn.Module):
    """Joints gather from their neighbours, with weights of their own for each kind of neighbour."""

    partitions: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("partitions", skeleton_partitions(), persistent=False)
        self.mix = nn.Linear(channels, 4 * channels)
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        by_kind = self.mix(x).unflatten(-1, (4, -1)).permute(0, 2, 1, 3)  # (B, 4, J, C)
        gathered = torch.matmul(self.partitions, by_kind).sum(dim=1)  # (B, J, C)
        return F.gelu(self.norm(gathered))


class UMlp(nn.Module):
    """Two layers out and two back, each way back adding what it met on the way out."""

    def __init__(self, outer: int, middle: int, inner: int) -> None:
        super().__init__()
        self.down = nn.Linear(outer, middle)
        self.bottom_in = nn.Linear(middle, inner)
        self.bottom_out = nn.Linear(inner, inner)
        self.up = nn.Linear(inner, middle)
        self.out = nn.Linear(middle, outer)

    def forward(self, x: Tensor) -> Tensor:
        wide = F.gelu(self.down(x))
        deep = F.gelu(self.bottom_in(wide))
        deep = F.gelu(self.bottom_out(deep)) + deep
        return self.out(F.gelu(self.up(deep)) + wide)


class Block(nn.Module):
    """Graph convolution, then the two U-shaped MLPs side by side; a residual around each step."""

    def __init__(self, config: GumlpConfig, drop_path: float) -> None:
        super().__init__()
        channels, (joint_middle, joint_inner) = config.channels, config.joint_hidden
        self.drop_path = drop_path
        self.norm_graph = nn.LayerNorm(channels)
        self.graph = GraphConv(channels)
        self.norm_mlp = nn.LayerNorm(channels)
        self.over_channels = UMlp(channels, channels // 2, channels // 2)
        self.over_joints = UMlp(NUM_H36M, joint_middle, joint_inner)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self._drop(self.graph(self.norm_graph(x)))
        y = self.norm_mlp(x)  # (B, J, C)
        across = self.over_joints(y.transpose(1, 2)).transpose(1, 2)
        return x + self._drop(self.over_channels(y)) + self._drop(across)

    def _drop(self, branch: Tensor) -> Tensor:
        """Stochastic depth: a frame skips the branch with probability `drop_path` (Huang et al., 2016)."""
        if not self.training or self.drop_path == 0:
            return branch
        keep = 1 - self.drop_path
        return branch * branch.new_empty(len(branch), 1, 1).bernoulli_(keep) / keep


class Gumlp(nn.Module):
    """The lifter. See the module's docstring."""

    def __init__(self, config: GumlpConfig = GumlpConfig()) -> None:
        super().__init__()
        if not 0 <= config.drop_path < 1:
            raise ValueError(f"a drop_path of {config.drop_path} leaves nothing to learn from; it must be below 1")
        self.config = config
        channels = config.channels
        self.encoder = nn.Sequential(
            nn.Linear(3, config.embed), nn.GELU(), nn.Linear(config.embed, channels), nn.LayerNorm(channels)
        )
        self.joint_embedding = nn.Parameter(torch.zeros(NUM_H36M, channels))
        nn.init.normal_(self.joint_embedding, std=0.02)
        depths = [config.drop_path * i / max(config.blocks - 1, 1) for i in range(config.blocks)]
        self.layers = nn.ModuleList(Block(config, depth) for depth in depths)
        self.pose_head = nn.Sequential(nn.LayerNorm(channels), nn.Linear(channels, 3))
        self.sigma_head = nn.Sequential(nn.LayerNorm(channels), nn.Linear(channels, 3))

    def forward(self, points: Tensor, confidence: Tensor, place: Tensor, time_s: Tensor) -> LifterOutput:
        """Lift B windows of T frames, each frame for itself: `place` and `time_s` are what other lifters use.

        Args:
            points: (B, T, 23, 2) of `virtual_view`, unit size.
            confidence: (B, T, 23) in 0..1.
            place: (B, T, 3), unused.
            time_s: (B, T), unused.
        """
        x = torch.cat([points, confidence[..., None]], dim=-1)[..., :NUM_H36M, :].flatten(0, 1)
        x = self.encoder(x) + self.joint_embedding  # (B * T, J, C)
        for block in self.layers:
            x = block(x)
        shape = (*points.shape[:2], NUM_H36M, 3)
        low, high = math.log(self.config.min_sigma_m), math.log(self.config.max_sigma_m)
        mu, spread = self.pose_head(x).view(shape), self.sigma_head(x).view(shape)
        bearers = [PARENTS[joint] for joint in EXTREMITIES]
        unknown = spread.new_full((*shape[:2], len(bearers), 3), math.log(_UNKNOWN_M))
        return lifter_output(torch.cat([mu, mu[:, :, bearers]], 2), torch.cat([spread, unknown], 2), low, high)

    @torch.no_grad()
    def scale_sigma(self, factors: Tensor) -> None:
        """Multiply the expected errors by the means over joints of (23, 3) factors: the head is one for all joints."""
        cast(nn.Linear, self.sigma_head[1]).bias.add_(factors[1:NUM_H36M].log().mean(dim=0))
