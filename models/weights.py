"""Weights on disk: safetensors, with the architecture and the model card in the header. Never a pickle."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from models.gumlp import Gumlp, GumlpConfig
from uao_core.errors import UaoError

DEFAULT_WEIGHTS = Path(__file__).parent / "weights" / "gumlp.safetensors"
_ARCHITECTURE = "gumlp"


@dataclass(frozen=True, slots=True)
class Lifter:
    """A frozen network in evaluation mode, and what is known about it.

    Attributes:
        network: parameters need no gradient; `forward(points, confidence) -> (mu, log_sigma)`.
        card: the model card: data, licence, date, seed, figures.
        name: file name of the weights.
    """

    network: Gumlp
    card: dict[str, Any]
    name: str

    def to(self, device: torch.device) -> "Lifter":
        return Lifter(self.network.to(device), self.card, self.name)


def save_lifter(path: Path, network: Gumlp, card: dict[str, Any]) -> None:
    """Write weights and card; the file appears whole or not at all."""
    metadata = {"architecture": _ARCHITECTURE, "config": json.dumps(asdict(network.config)), "card": json.dumps(card)}
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    part = path.with_name(path.name + ".part")
    save_file(tensors, part, metadata)
    part.replace(path)


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
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
    except (SafetensorError, OSError) as error:
        raise UaoError(f"{path} is damaged or no safetensors file ({error}); get it again.") from error
    try:
        if metadata.get("architecture") != _ARCHITECTURE:
            raise ValueError(f"its architecture is {metadata.get('architecture')!r}, not {_ARCHITECTURE!r}")
        config: dict[str, Any] = json.loads(metadata["config"])
        if "joint_hidden" in config:
            config["joint_hidden"] = tuple(config["joint_hidden"])
        network = Gumlp(GumlpConfig(**config))
        network.load_state_dict(tensors)
        card = json.loads(metadata["card"])
    except (ValueError, TypeError, KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise UaoError(f"{path} holds weights that this version cannot use ({reason}); train or get others.") from error
    if not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
        raise UaoError(f"{path} holds weights that are not finite numbers; its training went wrong, get it again.")
    network.eval().requires_grad_(False)
    return Lifter(network, card, path.name)
