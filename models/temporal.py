"""Temporal lifter: a window of 2D poses to the 3D pose of every frame of it, with the uncertainty of every joint.

One token a frame: a two-layer encoder makes a token of a frame's joints, a transformer lets the frames of a window see
each other, two heads read pose and uncertainty off every token. Motion and speed tell front from back where a single
image cannot. The window's length is free, and times are given in seconds, so that any frame rate and a live stream's
first frames fit.

Shapes in the comments: B windows, T frames, J = 23 joints, W channels.
"""

import math
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.output import lifter_output
from uao_core.lifting import LifterOutput
from uao_core.skeleton import NUM_JOINTS

_PLACE = 3
_FREQUENCIES = 16


@dataclass(frozen=True, slots=True)
class TemporalConfig:
    """Size of the network."""

    width: int = 256
    layers: int = 4
    heads: int = 8
    feedforward: int = 512
    min_sigma_m: float = 0.003
    max_sigma_m: float = 1.5

    @property
    def least_weights(self) -> int:
        """So many has a network of this size at least, within a few of what it has."""
        return self.width * (self.width + self.layers * (4 * self.width + 2 * self.feedforward))


class Layer(nn.Module):
    """Pre-norm transformer layer without dropout: the training data never repeat."""

    def __init__(self, config: TemporalConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.norm_attention = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.norm_mlp = nn.LayerNorm(width)
        self.out = nn.Linear(width, config.feedforward)
        self.back = nn.Linear(config.feedforward, width)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            self.qkv(self.norm_attention(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        )  # (B, heads, T, .)
        seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = x + self.merge(seen)
        return x + self.back(F.gelu(self.out(self.norm_mlp(x))))


class TemporalLifter(nn.Module):
    """The lifter. See the module's docstring."""

    frequencies: Tensor

    def __init__(self, config: TemporalConfig = TemporalConfig()) -> None:
        super().__init__()
        if config.width % config.heads:
            raise ValueError(f"{config.heads} heads do not divide a width of {config.width}")
        self.config = config
        width = config.width
        self.encoder = nn.Sequential(
            nn.Linear(NUM_JOINTS * 3 + _PLACE, 2 * width), nn.GELU(), nn.Linear(2 * width, width), nn.LayerNorm(width)
        )
        self.time = nn.Linear(2 * _FREQUENCIES, width, bias=False)
        frequencies = 2 * math.pi * torch.logspace(math.log10(0.1), math.log10(20), _FREQUENCIES)
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.pose_head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, NUM_JOINTS * 3))
        self.sigma_head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, NUM_JOINTS * 3))
        for parameter, value in zip(self.sigma_head[1].parameters(), (0.0, math.log(0.15)), strict=True):
            nn.init.constant_(parameter, value)

    def forward(self, points: Tensor, confidence: Tensor, place: Tensor, time_s: Tensor) -> LifterOutput:
        """Lift B windows of T frames.

        Args:
            points: (B, T, 23, 2) of `virtual_view`, unit size.
            confidence: (B, T, 23) in 0..1.
            place: (B, T, 3) `VirtualView.place`: where in the image the person stands, and how large.
            time_s: (B, T) seconds; only differences count.
        """
        frame = torch.cat([points.flatten(2), confidence, place], dim=-1)
        phase = (time_s - time_s.mean(dim=1, keepdim=True))[..., None] * self.frequencies
        x = self.encoder(frame) + self.time(torch.cat([phase.sin(), phase.cos()], dim=-1))  # (B, T, W)
        for layer in self.layers:
            x = layer(x)
        mu = self.pose_head(x).unflatten(-1, (NUM_JOINTS, 3))
        spread = self.sigma_head(x).unflatten(-1, (NUM_JOINTS, 3))
        return lifter_output(mu, spread, math.log(self.config.min_sigma_m), math.log(self.config.max_sigma_m))

    @torch.no_grad()
    def scale_sigma(self, factors: Tensor) -> None:
        """Multiply the expected errors by (23, 3) factors: of the whole error, across the view, in depth."""
        cast(nn.Linear, self.sigma_head[1]).bias.add_(factors.log().flatten())
