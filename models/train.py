"""Train the lifter on motion capture seen by random cameras: `python -m models.train --help`.

Deterministic by seed, also when stopped and resumed: every step draws from a generator seeded by (seed, step).
"""

import argparse
import copy
import json
import math
import time
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from models.card import model_card
from models.detector_model import DetectorModel
from models.evaluate import Figures, evaluate_motion
from models.motion import FPS, Motion, rarity_weights, read_motion, split_by_subject
from models.output import PLAIN_WEIGHT, laplace_loss
from models.publish import final_figures, publish
from models.shards import Shards
from models.synthesis import Examples, synthesize
from models.train_options import DETECTORS, identity, parse_arguments
from models.weights import build_lifter, load_lifter, sizes_of, write_tensors
from uao_core.errors import UaoError
from uao_core.skeleton import NUM_H36M

_STEPS = torch.tensor([0.5, 1.0, 1.0, 1.0, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0])
"""Captured frames between two frames of a window: cameras of 60, 30, 25, 20, 15, 10 and 6 frames a second."""
_ARMS_RATE = 0.3
"""Share of the windows whose arms are another window's."""
_PART_SEED = 500_009


def draw_windows(motion: Motion, middle: Tensor, frames: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Windows (B, frames, 23, 3) about `middle` (B,) at frame rates of cameras, and the seconds between frames (B,)."""
    step = _STEPS[torch.randint(len(_STEPS), (len(middle),), generator=rng)]
    return motion.windows(middle, frames, step), step / FPS


class Trainer:
    """Network, its moving average and the optimizer, with everything that a resumed run needs."""

    def __init__(self, args: argparse.Namespace, training: Motion) -> None:
        self.args = args
        self.motion = training
        self.middles = torch.arange(0, len(training), args.stride)
        rarity = (
            rarity_weights(training.joints[:: args.stride]) if "rarity" not in args.without else np.ones(len(self.middles))
        )
        self.cumulative = torch.from_numpy(rarity).double().cumsum(0)
        self.detector = replace(
            DetectorModel(), **{k: v for part in args.without for k, v in DETECTORS.get(part, {}).items()}
        )
        torch.manual_seed(args.seed)
        self.network = build_lifter(args.architecture, args.config)
        if args.start_from:
            self.start_from(args.start_from)
        self.average = copy.deepcopy(self.network)
        if args.bfloat16:  # not for what enters and leaves the network: a 256th of a metre would show
            for layer in self.network.layers:
                layer.forward = torch.autocast("cpu", torch.bfloat16)(layer.forward)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=args.lr, weight_decay=0.01, betas=(0.9, 0.98))
        self.rng = torch.Generator()
        self.step = self.frames_seen = 0
        self.shards = Shards(self.network, self.gradients, args.workers, figures=3)

    def start_from(self, path: Path) -> None:
        """Take over the weights of a file.

        Raises:
            UaoError: they cannot be read, or are of another architecture or size.
        """
        network = load_lifter(path).network
        architecture, sizes = sizes_of(network)
        if (architecture, sizes) != sizes_of(self.network):
            fitting = f"--architecture {architecture} --config '{json.dumps(sizes)}'"
            raise UaoError(f"{path} holds weights of another network; start with {fitting}, or from other weights.")
        self.network.load_state_dict(network.state_dict())

    def train_step(self) -> tuple[float, float]:
        """One batch; returns the loss and the training MPJPE in mm."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.args.lr * self.schedule()
        figures = self.shards.step(self.step)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        loss, error_mm, frames = figures.T.tolist()
        self.frames_seen += round(sum(frames))
        decay = min(0.999, self.step / (self.step + 10))
        for kept, new in zip(self.average.parameters(), self.network.parameters(), strict=True):
            kept.data.lerp_(new.data, 1 - decay)
        return sum(loss) / len(loss), sum(error_mm) / len(error_mm)

    def gradients(self, step: int, part: int) -> Tensor:
        """Leave the gradients of one part of a step's batch in the network; returns loss, MPJPE in mm, number of frames."""
        examples = self.draw(step, part)
        self.network.train()
        with sdpa_kernel(SDPBackend.MATH):  # twice as fast backwards as what PyTorch takes for windows this short
            output = self.network(examples.points, examples.confidence, examples.place, examples.time_s)
        loss = laplace_loss(output, examples.truth, plain_weight=0.0 if "plain" in self.args.without else PLAIN_WEIGHT)
        self.network.zero_grad()
        loss.backward()
        error_m = (output.mu.detach() - examples.truth)[..., 1:NUM_H36M, :].norm(dim=-1).mean()
        return torch.tensor([float(loss.detach()), 1000 * float(error_m), examples.time_s.numel()])

    def draw(self, step: int, part: int) -> Examples:
        """A part of a step's batch: a quarter of the batches is of shorter windows, as a live stream begins with."""
        frames, rng, without = self.args.frames, self.rng, self.args.without
        seed = self.args.seed * 1_000_003 + step
        rng.manual_seed(seed)
        if frames > 1 and torch.rand((), generator=rng) < 0.25:
            frames = int(torch.randint(1, frames, (), generator=rng))
        if part:
            rng.manual_seed(seed + _PART_SEED * part)
        torch.manual_seed(seed + _PART_SEED * part)  # stochastic depth
        size = self.args.batch // self.args.workers
        at = torch.rand(size, generator=rng, dtype=torch.float64) * self.cumulative[-1]
        middle = self.middles[torch.searchsorted(self.cumulative, at).clamp_max(len(self.middles) - 1)]
        windows = draw_windows(self.motion, middle, frames, rng)
        arms_rate = 0.0 if "arms" in without else _ARMS_RATE
        return synthesize(*windows, rng, self.detector, vary_body="bodies" not in without, arms_rate=arms_rate)

    def schedule(self) -> float:
        """Linear warm-up, then a cosine down to one percent."""
        warm_up = min(500, self.args.steps // 10 + 1)
        if self.step < warm_up:
            return (self.step + 1) / warm_up
        progress = (self.step - warm_up) / max(1, self.args.steps - warm_up)
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))

    def save(self, path: Path) -> None:
        """Write a checkpoint: safetensors too, so a resumed run trusts no pickle."""
        tensors: dict[str, Tensor] = {}
        for prefix, network in (("network", self.network), ("average", self.average)):
            tensors |= {f"{prefix}.{name}": value.contiguous() for name, value in network.state_dict().items()}
        for index, state in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in state.items()}
        counts = {"step": str(self.step), "frames_seen": str(self.frames_seen)}
        write_tensors(path, tensors, counts | {"run": json.dumps(identity(self.args))})

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            UaoError: it cannot be read, or is of a run with other settings.
        """
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
            if json.loads(metadata["run"]) != identity(self.args):
                raise UaoError(f"{path} is from a run with other settings; give another --out or the same settings.")
            self._restore(metadata, tensors)
        except (SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
            reason = str(error).partition("\n")[0]
            raise UaoError(f"{path} is no checkpoint to go on from ({reason}); delete it or give another --out.") from error

    def _restore(self, metadata: dict[str, str], tensors: dict[str, Tensor]) -> None:
        for prefix, network in (("network", self.network), ("average", self.average)):
            network.load_state_dict({k.removeprefix(prefix + "."): v for k, v in tensors.items() if k.startswith(prefix)})
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            if name.startswith("optimizer."):
                _, index, key = name.split(".")
                state.setdefault(int(index), {})[key] = value
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})
        self.step = int(metadata["step"])
        expected = self.step * self.args.batch * self.args.frames * 7 // 8  # what older checkpoints do not tell
        self.frames_seen = int(metadata.get("frames_seen", expected))

    def publish(self, figures: list[Figures]) -> None:
        """Write the averaged weights with their card, and the card as a page."""
        args = self.args
        settings = identity(args) | {"start_from": args.start_from.name if args.start_from else None}
        card = model_card(args.architecture, settings, self.motion, self.frames_seen, figures, args.out / "log.jsonl")
        publish(args.out, self.average, card)


def _open_log(out: Path) -> TextIO:
    """The log in a folder, which is made where there is none."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        return (out / "log.jsonl").open("a", encoding="utf-8")
    except OSError as error:
        raise UaoError(f"{out} cannot be written to ({error.strerror}); choose another --out.") from error


def train(args: argparse.Namespace) -> None:
    if args.threads:
        torch.set_num_threads(args.threads)
    training, held_out = split_by_subject(read_motion(args.data, stretch="limbs" not in args.without))
    trainer = Trainer(args, training)
    checkpoint = args.out / "checkpoint.safetensors"
    if args.resume and checkpoint.exists():
        trainer.resume(checkpoint)
    print(f"{len(training):,} frames to train on, {len(held_out):,} held out; from step {trainer.step}", flush=True)

    losses: list[tuple[float, float]] = []
    started, first = time.monotonic(), trainer.frames_seen
    with _open_log(args.out) as log, closing(trainer.shards):

        def note(record: dict[str, Any]) -> None:
            line = json.dumps({"step": trainer.step} | record)
            print(line, flush=True)
            log.write(line + "\n")
            log.flush()

        while trainer.step < args.steps:
            losses.append(trainer.train_step())
            if trainer.step % args.log_every == 0:
                loss, error = (sum(column) / len(losses) for column in zip(*losses, strict=True))
                rate = (trainer.frames_seen - first) / (time.monotonic() - started)
                note({"loss": round(loss, 4), "train_mpjpe_mm": round(error, 1), "frames_per_s": round(rate)})
                losses.clear()
            if trainer.step % args.evaluate_every == 0 or trainer.step == args.steps:
                trainer.average.eval()
                figures = evaluate_motion(trainer.average, held_out, "held-out subjects")
                note({"held_out": [asdict(f) for f in figures]})
                trainer.save(checkpoint)
                trainer.publish(figures)
    trainer.average.eval()
    trainer.publish(final_figures(trainer.average, held_out, args.data))
    print(f"Wrote {args.out / args.architecture}.safetensors and its card.")


def main() -> int:
    try:
        train(parse_arguments())
    except UaoError as error:
        print(f"models.train: {error}")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
