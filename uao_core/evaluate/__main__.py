"""Figures of a lifter and of the optimization on sets with truth.

A set is a clip with truth (.npz with its video beside it, see docs/benchmarks.md), a motion archive (mocap_*.npz), or a
folder of archives, of which the subjects held out of training are taken; or Human3.6M or the test set of MPI-INF-3DHP
(models/datasets), for which the figures of papers follow below the table: protocols 1 and 2, or MPJPE, PCK and AUC.
"""

import argparse
import json
import math
import platform
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from models.weights import DEFAULT_WEIGHTS, load_lifter
from uao_core.atomic import atomic_text
from uao_core.errors import UaoError
from uao_core.evaluate.figures import Tally
from uao_core.evaluate.plots import draw_plots
from uao_core.evaluate.protocols import Method, Protocol, own_3d, run
from uao_core.evaluate.sequences import read_set
from uao_core.optimize import State, UaoConfig
from uao_core.refiner import FILE_WINDOW, LIVE_WINDOW

_OWN = "detector's own 3D"
_PARTS: dict[str, dict[str, Any]] = {
    "bones": {"bone_log_sd": 0.0},
    "clipping": {"clip_ratio": math.inf},
    "doubt": {"knee": 1e6},
    "mirror": {"mirrored": False},
    "smoothing": {"smoothing_s": 0.0},
    "sides": {"sides": False},
}
_COLUMNS = {
    "mpjpe_mm": "MPJPE",
    "n_mpjpe_mm": "N-MPJPE",
    "pa_mpjpe_mm": "PA-MPJPE",
    "acceleration_mm": "acc",
    "still_jitter_mm": "still",
    "bone_variation": "bones",
    "flips": "flips",
    "sigma_mm": "sigma",
    "slope": "slope",
    "slope_low": "lowest",
    "slope_high": "highest",
    "ause": "AUSE",
    "ause_worst": "worst",
}
Key = tuple[str, str, str, str]  # data, points, protocol, method


def main() -> int:
    args = _arguments()
    torch.set_num_threads(1)
    config = UaoConfig(iterations=args.uao_iterations, state=args.state, height_m=args.height)
    for part in args.without:
        config = replace(config, **_PARTS[part])
    method = Method(config, args.window or (LIVE_WINDOW if args.live else FILE_WINDOW), args.live)
    methods = {"lifter": replace(method, config=replace(config, iterations=0)), "lifter + UAO": method}
    tallies: dict[Key, Tally] = {}
    try:
        lifter = load_lifter(args.weights)
        for path in args.sets:
            for sequence in read_set(path, args.detector, args.count, stress=args.stress):
                own_3d(sequence, tallies.setdefault((sequence.data, sequence.points, "-", _OWN), Tally()))
                for protocol in args.protocol:
                    for name, how in methods.items():
                        key = (sequence.data, sequence.points, protocol.value, name)
                        tally = tallies.setdefault(key, Tally())
                        run(lifter.network, sequence, protocol, how, tally)
        rows = {key: tally.figures() for key, tally in tallies.items() if tally.errors}
        if not rows:
            raise UaoError("No frame can be compared: truth lacks hips and shoulders, or nobody is found; try other sets.")
        print(_table(rows))
        for key in rows:
            if published := tallies[key].published.figures():
                print("{:24} {:25} {:1} {:18} ".format(*key) + "  ".join(f"{n} {f:.1f}" for n, f in published.items()))
        if args.report is not None:
            _write_report(args.report, lifter.name, rows, {key: tallies[key] for key in rows})
    except UaoError as error:
        print(f"uao_core.evaluate: {error}", file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m uao_core.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET")
    parser.add_argument("--protocol", type=_protocols, default=list(Protocol), help="a, b, c (default: a,b,c)")
    parser.add_argument(
        "--detector",
        default="mediapipe-full",
        help="2D of clips: mediapipe-lite, -full, -heavy, each perhaps with -unfiltered, or MODULE:FUNCTION",
    )
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS, metavar="FILE")
    parser.add_argument("--uao-iterations", type=int, default=UaoConfig().iterations, metavar="N")
    parser.add_argument("--state", choices=[state.value for state in State], help="default: both; live pose")
    parser.add_argument("--live", action="store_true", help="what a live view shows: no frame has seen its future")
    window_help = f"frames refined together (default: {FILE_WINDOW}; live {LIVE_WINDOW})"
    parser.add_argument("--window", type=int, metavar="N", help=window_help)
    parser.add_argument(
        "--without", choices=sorted(_PARTS), nargs="+", default=[], help="leave parts out, to see what they bring"
    )
    parser.add_argument("--height", type=float, metavar="M", help="the person's height")
    parser.add_argument("--count", type=int, default=150, metavar="N", help="windows of each motion set (default: 150)")
    parser.add_argument("--stress", action="store_true", help="motion sets: occlusion, truncation, blur, and so on, too")
    parser.add_argument("--report", type=Path, metavar="FILE.json", help="write all figures, and plots beside them")
    args = parser.parse_args()
    args.state = State(args.state or ("pose" if args.live else "both"))
    if args.count < 1 or args.uao_iterations < 0 or (args.window is not None and args.window < 1):
        parser.error("--count and --window must be at least 1 and --uao-iterations at least 0")
    if args.report is not None and (args.report.is_dir() or not _nearest(args.report.parent).is_dir()):
        parser.error(f"--report: {args.report} cannot be a file there; choose another place")
    return args


def _nearest(folder: Path) -> Path:
    """The folder, or what there is of the way to it."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _protocols(text: str) -> list[Protocol]:
    try:
        return [Protocol(letter.strip()) for letter in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of a, b and c") from None


def _table(rows: dict[Key, dict[str, float]]) -> str:
    """All rows; a gain is against the lifter alone in the row above."""
    lines = [
        f"{'data':24} {'2D':25} {'':1} {'method':18} " + " ".join(f"{title:>8}" for title in _COLUMNS.values()) + "   gain"
    ]
    for (data, points, protocol, method), figures in rows.items():
        line = f"{data:24} {points:25} {protocol:1} {method:18} " + " ".join(f"{figures[name]:8.2f}" for name in _COLUMNS)
        before = rows.get((data, points, protocol, "lifter"))
        if method == "lifter + UAO" and before:
            line += f" {100 * (_ratio(figures, before, 'mpjpe_mm') - 1):+6.1f} %"
        own = rows.get((data, points, "-", _OWN))
        if own and method != _OWN:
            ratios = [_ratio(figures, own, name) for name in ("mpjpe_mm", "pa_mpjpe_mm", "acceleration_mm")]
            line += "   of the detector's own: " + " / ".join(f"{ratio:.2f}" for ratio in ratios)
        lines.append(line)
    return "\n".join(lines)


def _ratio(figures: dict[str, float], others: dict[str, float], name: str) -> float:
    """NaN against a figure without error."""
    return figures[name] / others[name] if others[name] else math.nan


def _write_report(path: Path, weights: str, rows: dict[Key, dict[str, float]], tallies: dict[Key, Tally]) -> None:
    machine = {
        "processor": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }
    names = ("data", "points", "protocol", "method")
    content: dict[str, Any] = {"weights": weights, "machine": machine}
    content["rows"] = [
        dict(zip(names, key, strict=True)) | figures | tallies[key].published.figures() for key, figures in rows.items()
    ]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UaoError(f"{path.parent} cannot be made ({error.strerror}); choose another place for --report.") from error
    with atomic_text(path) as file:
        json.dump(content, file, indent=1)
    for plot in draw_plots(tallies, path.with_suffix("")):
        print(f"Wrote {plot}")


if __name__ == "__main__":
    raise SystemExit(main())
