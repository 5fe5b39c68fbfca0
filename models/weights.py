"""Weights on disk: safetensors, with the architecture and the model card in the header. Never a pickle."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from models.gumlp import Gumlp, GumlpConfig
from models.temporal import TemporalConfig, TemporalLifter
from uao_core.atomic import atomic_path
from uao_core.errors import UaoError

DEFAULT_WEIGHTS = Path(__file__).parent.parent / "assets" / "lifters" / "temporal.safetensors"

LifterNetwork = Gumlp | TemporalLifter
ARCHITECTURES: dict[str, tuple[type[Any], type[Any]]] = {
    "gumlp": (Gumlp, GumlpConfig),
    "temporal": (TemporalLifter, TemporalConfig),
}


def build_lifter(architecture: str, sizes: dict[str, Any]) -> LifterNetwork:
    """A network with random weights; `sizes` are fields of its configuration that differ from the defaults.

    Raises:
        ValueError: there is no such architecture, it has no such size, or a size cannot be that.
    """
    config = _configured(architecture, sizes)
    built: LifterNetwork = ARCHITECTURES[architecture][0](config)
    return built


def _configured(architecture: str, sizes: dict[str, Any]) -> Any:
    """The configuration of such a network."""
    if architecture not in ARCHITECTURES:
        raise ValueError(f"its architecture is {architecture!r}, not one of {', '.join(sorted(ARCHITECTURES))}")
    _, config = ARCHITECTURES[architecture]
    defaults = asdict(config())
    for name, value in sizes.items():
        if name not in defaults:
            raise ValueError(f"{architecture} has no {name}, only {', '.join(defaults)}")
        if not _can_be(value, defaults[name]):
            raise ValueError(f"{name} cannot be {value!r}; the default is {defaults[name]!r}")
    chosen = config(**{name: type(defaults[name])(value) for name, value in sizes.items()})
    if not 0 < chosen.min_sigma_m < chosen.max_sigma_m:
        raise ValueError("min_sigma_m must be above 0 and below max_sigma_m")
    return chosen


def _can_be(value: Any, default: Any) -> bool:
    """Whether a value is of its default's kind: a whole number from 1 on, several of these, or another positive number."""
    if isinstance(default, tuple):
        alike = isinstance(value, list | tuple) and len(value) == len(default)
        return alike and all(_can_be(v, d) for v, d in zip(value, default, strict=True))
    kinds = int if isinstance(default, int) else (int, float)
    least = 1 if kinds is int else 0
    return isinstance(value, kinds) and not isinstance(value, bool) and least <= value < math.inf


def sizes_of(network: LifterNetwork) -> tuple[str, dict[str, Any]]:
    """Architecture and sizes of a network, without what has no part in the shape of its weights: limits and rates."""
    sizes = {name: value for name, value in asdict(network.config).items() if not isinstance(value, float)}
    return _architecture_of(network), sizes


def _architecture_of(network: nn.Module) -> str:
    return next(name for name, (kind, _) in ARCHITECTURES.items() if isinstance(network, kind))


@dataclass(frozen=True, slots=True)
class Lifter:
    """A frozen network in evaluation mode, and what is known about it.

    Attributes:
        network: parameters need no gradient; takes points, confidence, place and time, as `LiftingNetwork`, and gives a
            `LifterOutput`: mu, and the logarithms of three expected errors.
        card: the model card: data, licence, date, seed, figures.
        name: file name of the weights.
    """

    network: LifterNetwork
    card: dict[str, Any]
    name: str

    def to(self, device: torch.device) -> "Lifter":
        return Lifter(self.network.to(device), self.card, self.name)


def save_lifter(path: Path, network: LifterNetwork, card: dict[str, Any]) -> None:
    """Write weights, in half precision, and card, as by `write_tensors`."""
    metadata = {
        "architecture": _architecture_of(network),
        "config": json.dumps(asdict(network.config)),
        "card": json.dumps(card),
    }
    write_tensors(path, {name: tensor.half().contiguous() for name, tensor in network.state_dict().items()}, metadata)


def write_tensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write safetensors; the file appears whole or not at all.

    Raises:
        UaoError: the file cannot be written.
    """
    with atomic_path(path) as part:
        try:
            save_file(tensors, part, metadata)
        except SafetensorError as error:
            raise UaoError(f"{path} cannot be written ({error}); choose another place or make room.") from error


def load_lifter(path: Path = DEFAULT_WEIGHTS) -> Lifter:
    """Read weights for inference on the CPU.

    Raises:
        UaoError: the file is missing, damaged, of another architecture, or holds values that are not finite.
    """
    if not path.is_file():
        raise UaoError(f"There are no lifter weights at {path}; give a .safetensors file with --weights.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (not a mapping)
    except (SafetensorError, OSError) as error:
        reason = " ".join(str(error).split())[:200]  # which quotes the file
        raise UaoError(f"{path} is damaged or no safetensors file ({reason}); get it again.") from error
    try:
        sizes, card = json.loads(metadata["config"]), json.loads(metadata["card"])
        if not isinstance(sizes, dict) or not isinstance(card, dict):
            raise ValueError("its header is not as it should be")
        network = _built(metadata.get("architecture", "none"), sizes, tensors)
    except (ValueError, TypeError, KeyError, RuntimeError) as error:  # RecursionError is a RuntimeError
        reason = (str(error) or "its header is not as it should be").splitlines()[0][:200]
        raise UaoError(f"{path} holds weights that this version cannot use ({reason}); train or get others.") from error
    if not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
        raise UaoError(f"{path} holds weights that are not finite numbers; its training went wrong, get it again.")
    network.eval().requires_grad_(False)
    return Lifter(network, card, path.name)


def _built(architecture: str, sizes: dict[str, Any], tensors: dict[str, Tensor]) -> LifterNetwork:
    """A network with these weights.

    A header of a few bytes can ask for a network of any size: one that has more weights than there are is not even made.

    Raises:
        ValueError, RuntimeError: the weights are of another network.
    """
    if _configured(architecture, sizes).least_weights > sum(tensor.numel() for tensor in tensors.values()):
        raise ValueError(f"it has fewer than a {architecture} network of its sizes")
    network = build_lifter(architecture, sizes)
    network.load_state_dict(tensors)
    return network
