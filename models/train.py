"""Train the lifter on motion capture seen by random cameras: `python -m models.train --help`.

Deterministic by seed, also when stopped and resumed: every step draws from a generator seeded by (seed, step).
"""

import argparse
import copy
import json
import math
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from models.card import card_markdown, model_card
from models.evaluate import Figures, evaluate_motion
from models.motion import FPS, Motion, rarity_weights, read_motion, split_by_subject
from models.output import laplace_loss
from models.synthesis import Examples, synthesize
from models.weights import ARCHITECTURES, build_lifter, load_lifter, save_lifter
from uao_core.errors import UaoError

_STEPS = torch.tensor([0.5, 1.0, 1.0, 1.0, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0])
"""Captured frames between two frames of a window: cameras of 60, 30, 25, 20, 15, 10 and 6 frames a second."""


def draw_windows(motion: Motion, middle: Tensor, frames: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Windows (B, frames, 17, 3) about `middle` (B,) at frame rates of cameras, and the seconds between frames (B,)."""
    step = _STEPS[torch.randint(len(_STEPS), (len(middle),), generator=rng)]
    return motion.windows(middle, frames, step), step / FPS


class Trainer:
    """Network, its moving average and the optimizer, with everything that a resumed run needs."""

    def __init__(self, args: argparse.Namespace, training: Motion) -> None:
        self.args = args
        self.motion = training
        self.middles = torch.arange(0, len(training), args.stride)
        self.cumulative = torch.from_numpy(rarity_weights(training.joints[:: args.stride])).double().cumsum(0)
        torch.manual_seed(args.seed)
        self.network = build_lifter(args.architecture, args.config)
        if args.start_from:
            self.network.load_state_dict(load_lifter(args.start_from).network.state_dict())
        self.average = copy.deepcopy(self.network)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=args.lr, weight_decay=0.01, betas=(0.9, 0.98))
        self.rng = torch.Generator()
        self.step = 0

    def train_step(self) -> tuple[float, float]:
        """One batch; returns the loss and the training MPJPE in mm."""
        step_seed = self.args.seed * 1_000_003 + self.step
        self.rng.manual_seed(step_seed)
        torch.manual_seed(step_seed)  # stochastic depth
        examples = self.draw()
        for group in self.optimizer.param_groups:
            group["lr"] = self.args.lr * self.schedule()
        self.network.train()
        output = self.network(examples.points, examples.confidence, examples.place, examples.time_s)
        loss = laplace_loss(output, examples.truth)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        decay = min(0.999, self.step / (self.step + 10))
        for kept, new in zip(self.average.parameters(), self.network.parameters(), strict=True):
            kept.data.lerp_(new.data, 1 - decay)
        error_m = (output.mu.detach() - examples.truth)[..., 1:, :].norm(dim=-1).mean()
        return float(loss.detach()), 1000 * float(error_m)

    def draw(self) -> Examples:
        """A batch of windows: a quarter of the batches is of shorter windows, as a live stream begins with."""
        frames, rng = self.args.frames, self.rng
        if frames > 1 and torch.rand((), generator=rng) < 0.25:
            frames = int(torch.randint(1, frames, (), generator=rng))
        at = torch.rand(self.args.batch, generator=rng, dtype=torch.float64) * self.cumulative[-1]
        middle = self.middles[torch.searchsorted(self.cumulative, at).clamp_max(len(self.middles) - 1)]
        return synthesize(*draw_windows(self.motion, middle, frames, rng), rng)

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
        part = path.with_name(path.name + ".part")
        save_file(tensors, part, {"step": str(self.step), "run": json.dumps(_identity(self.args))})
        part.replace(path)

    def resume(self, path: Path) -> None:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
        if json.loads(metadata["run"]) != _identity(self.args):
            raise UaoError(f"{path} is from a run with other settings; give another --out or the same settings.")
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

    def publish(self, figures: list[Figures]) -> None:
        """Write the averaged weights with their card, and the card as a page."""
        args, seen = self.args, self.step * self.args.batch * self.args.frames
        settings = _identity(args) | {"start_from": args.start_from.name if args.start_from else None}
        card = model_card(args.architecture, settings, self.motion, seen, figures, args.out / "log.jsonl")
        save_lifter(args.out / f"{args.architecture}.safetensors", self.average, card)
        (args.out / f"{args.architecture}.md").write_text(card_markdown(card, self.average), encoding="utf-8")


def _identity(args: argparse.Namespace) -> dict[str, Any]:
    """The settings that a run may not change between two starts."""
    return {
        name: getattr(args, name) for name in ("architecture", "config", "frames", "batch", "steps", "lr", "seed", "stride")
    }


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="data set in any layout of models.datasets")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoint, log, weights and card")
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--architecture", choices=sorted(ARCHITECTURES), default="temporal")
    parser.add_argument(
        "--config", type=json.loads, default={}, help="sizes that differ from the defaults: '{\"width\": 128}'"
    )
    parser.add_argument("--frames", type=int, default=27, help="frames a window; a batch has --batch windows")
    parser.add_argument("--start-from", type=Path, help="weights to start from, instead of random ones")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--stride", type=int, default=3, help="use every n-th captured frame")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: PyTorch's choice)")
    parser.add_argument("--log-every", type=int, default=100, help="steps between log lines")
    parser.add_argument("--evaluate-every", type=int, default=1000, help="steps between held-out figures and saves")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    args = parser.parse_args(argv)
    for name in ("steps", "batch", "frames", "stride", "log_every", "evaluate_every"):
        if getattr(args, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1")
    return args


def train(args: argparse.Namespace) -> None:
    if args.threads:
        torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    training, held_out = split_by_subject(read_motion(args.data))
    trainer = Trainer(args, training)
    checkpoint = args.out / "checkpoint.safetensors"
    if args.resume and checkpoint.exists():
        trainer.resume(checkpoint)
    print(f"{len(training):,} frames to train on, {len(held_out):,} held out; from step {trainer.step}", flush=True)

    losses: list[tuple[float, float]] = []
    figures: list[Figures] = []
    started, first = time.monotonic(), trainer.step
    with (args.out / "log.jsonl").open("a", encoding="utf-8") as log:

        def note(record: dict[str, Any]) -> None:
            line = json.dumps({"step": trainer.step} | record)
            print(line, flush=True)
            log.write(line + "\n")
            log.flush()

        while trainer.step < args.steps:
            losses.append(trainer.train_step())
            if trainer.step % args.log_every == 0:
                loss, error = (sum(column) / len(losses) for column in zip(*losses, strict=True))
                rate = (trainer.step - first) * args.batch * args.frames / (time.monotonic() - started)
                note({"loss": round(loss, 4), "train_mpjpe_mm": round(error, 1), "frames_per_s": round(rate)})
                losses.clear()
            if trainer.step % args.evaluate_every == 0 or trainer.step == args.steps:
                trainer.average.eval()
                figures = evaluate_motion(trainer.average, held_out, "held-out subjects")
                note({"held_out": [asdict(f) for f in figures]})
                trainer.save(checkpoint)
                trainer.publish(figures)
    trainer.average.eval()
    if not figures:  # a run resumed at its end
        figures = evaluate_motion(trainer.average, held_out, "held-out subjects")
    try:
        figures += evaluate_motion(trainer.average, read_motion(args.data, unseen=True), "unseen laboratory (ACCAD)")
    except UaoError as error:
        print(f"No cross-domain figures: {error}")
    trainer.publish(figures)
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
