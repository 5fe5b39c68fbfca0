"""What `python -m models.train` may be asked for."""

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.detector_model import CLEAN, DetectorModel
from models.weights import ARCHITECTURES, build_lifter

_DESCRIPTION = """Train the lifter on motion capture seen by random cameras.

Deterministic by seed, also when stopped and resumed: every step draws from a generator seeded by (seed, step).
"""
DETECTORS: dict[str, dict[str, float]] = {
    "mistakes": asdict(CLEAN) | {"focal_log_sd": DetectorModel().focal_log_sd},
    "lasting": {"occluded_rate": 0.0, "gross_rate": 0.0, "swap_rate": 0.0, "gap_rate": 0.0, "truncated_rate": 0.0},
    "extremities": {"bare_rate": 1.0},
}
_PARTS = ("arms", "bodies", "limbs", "rarity", "plain", *DETECTORS)
"""What `--without` leaves out: arms of others, bodies of a population, limbs bent as people bend them, drawing by rarity,
the plain errors in the loss; all mistakes of the detector, those that last; toes, hands and ears in the input."""


_MOTION = 2
"""Counted up when the same archives become other motion: 2 since limbs are bent as people bend them."""


def identity(args: argparse.Namespace) -> dict[str, Any]:
    """The settings that a run may not change between two starts."""
    return {"motion": _MOTION} | {
        name: getattr(args, name)
        for name in (
            "architecture",
            "config",
            "frames",
            "batch",
            "steps",
            "lr",
            "seed",
            "stride",
            "bfloat16",
            "workers",
            "without",
        )
    }


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.train", description=_DESCRIPTION)
    parser.add_argument("--data", type=Path, required=True, help="data set in any layout of models.datasets")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoint, log, weights and card")
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--architecture", choices=sorted(ARCHITECTURES), default="temporal")
    parser.add_argument("--config", type=_sizes, default={}, help="sizes that differ from the defaults: '{\"width\": 128}'")
    parser.add_argument("--frames", type=int, default=27, help="frames a window; a batch has --batch windows")
    parser.add_argument("--start-from", type=Path, help="weights to start from, instead of random ones")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--stride", type=int, default=3, help="use every n-th captured frame")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: PyTorch's choice)")
    parser.add_argument("--workers", type=int, default=1, help="processes that share a batch; fastest is one a core")
    parser.add_argument("--bfloat16", action="store_true", help="multiply in bfloat16: twice as fast on processors that can")
    parser.add_argument(
        "--without", choices=_PARTS, nargs="+", default=[], help="leave parts of the training out, to see what they bring"
    )
    parser.add_argument("--log-every", type=int, default=100, help="steps between log lines")
    parser.add_argument("--evaluate-every", type=int, default=1000, help="steps between held-out figures and saves")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    args = parser.parse_args(argv)
    for name in ("steps", "batch", "frames", "stride", "workers", "log_every", "evaluate_every"):
        if getattr(args, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1")
    if args.batch % args.workers:
        parser.error(f"--batch must be a multiple of --workers, {args.workers}")
    if not (0 <= args.lr < math.inf and args.threads >= 0 and 0 <= args.seed < 10**12):
        parser.error("--lr and --threads must be at least 0, and --seed from 0 to 10^12")
    try:
        build_lifter(args.architecture, args.config)
    except ValueError as error:
        parser.error(f"--config: {error}")
    except (RuntimeError, TypeError):  # PyTorch's, of what it cannot allocate
        parser.error("--config: a network of these sizes does not fit into memory")
    return args


def _sizes(text: str) -> dict[str, Any]:
    try:
        sizes = json.loads(text)
    except ValueError:
        sizes = None
    if not isinstance(sizes, dict):
        raise argparse.ArgumentTypeError(f"{text!r} names no sizes; write them as in '{{\"width\": 128}}'")
    return sizes
