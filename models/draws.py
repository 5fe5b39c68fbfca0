"""Random numbers of a given generator, the only source of randomness in synthesis."""

import torch
from torch import Tensor


def uniform(rng: torch.Generator, *shape: int) -> Tensor:
    """From 0 to 1."""
    return torch.rand(*shape, generator=rng)


def normal(rng: torch.Generator, *shape: int) -> Tensor:
    """Standard normal."""
    return torch.randn(*shape, generator=rng)
