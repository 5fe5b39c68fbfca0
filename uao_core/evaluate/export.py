"""Figures of the exported body: python -m uao_core.evaluate.export SET...

A set is a clip with truth (.npz with its video beside it), a motion archive (mocap_*.npz), or a take that the program saved
as JSON. For each take: the written BVH against the fitted body, the body against the joints it was fitted to and against the
truth, its steps (of a frame, and of a thirtieth of a second), bones, feet (free, held softly, held fully) and lean; for
captured motion also the angles by which bones and twists come back wrong. With --frames: what the export of a long take
costs.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from models.weights import DEFAULT_WEIGHTS, Lifter, load_lifter
from uao_core.errors import UaoError
from uao_core.evaluate.export_figures import export_figures
from uao_core.evaluate.export_long import export_cost, long_take
from uao_core.evaluate.takes import read_takes
from uao_core.packets import Doubles
from uao_core.take import Take

COLUMNS = {
    "fk_mm": "FK", "fit_mm": "fit", "joints_mpjpe_mm": "joints", "mpjpe_off_mm": "body", "mpjpe_soft_mm": "soft",
    "mpjpe_full_mm": "full", "step_deg": "step", "step_99_deg": "99 %", "step_30th_deg": "1/30 s",
    "flips": "flips", "bone_mm": "bones", "contacts": "standing", "slide_off_mm": "slide", "slide_soft_mm": "soft",
    "slide_full_mm": "full", "slide_most_full_mm": "most", "lean_deg": "lean",
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m uao_core.evaluate.export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET")
    parser.add_argument("--detector", default="mediapipe-full", help="2D of clips, as in python -m uao_core.evaluate")
    parser.add_argument("--count", type=int, default=40, metavar="N", help="clips of each motion archive (default: 40)")
    parser.add_argument(
        "--frames",
        type=int,
        nargs="+",
        metavar="N",
        help="time and memory of so many frames instead: the first take is played there and back, as 10000 100000",
    )
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS, metavar="FILE")
    args = parser.parse_args()
    if args.count < 1:
        parser.error("--count must be at least 1")
    if args.frames and min(args.frames) < 1:
        parser.error("--frames must be at least 1")
    torch.set_num_threads(1)
    try:
        lifter = load_lifter(args.weights)
        if args.frames:
            _print_costs(next(read_takes(args.sets[0], lifter, args.detector, 1)).take, args.frames)
        else:
            _print_figures(args.sets, lifter, args.detector, args.count)
    except UaoError as error:
        print(f"uao_core.evaluate.export: {error}", file=sys.stderr)
        return 1
    return 0


def _print_costs(take: Take, counts: list[int]) -> None:
    print(f"{'frames':>8} {'seconds':>8} {'peak MB':>8} {'BVH MB':>8}")
    for count in sorted(counts):
        cost = export_cost(long_take(take, count))
        peak = "-" if cost.peak_bytes is None else f"{cost.peak_bytes / 1e6:.0f}"
        print(f"{count:8} {cost.seconds:8.2f} {peak:>8} {cost.file_bytes / 1e6:8.1f}", flush=True)


def _print_figures(sets: list[Path], lifter: Lifter, detector: str, count: int) -> None:
    angles: dict[str, list[Doubles]] = {}
    print(f"{'take':30} " + " ".join(f"{title:>7}" for title in COLUMNS.values()))
    for path in sets:
        for measured in read_takes(path, lifter, detector, count):
            figures, of_take = export_figures(measured)
            row = (f"{figures[key]:7.2f}" if np.isfinite(figures.get(key, np.nan)) else f"{'-':>7}" for key in COLUMNS)
            print(f"{measured.name[:30]:30} " + " ".join(row), flush=True)
            for name, values in of_take.items():
                angles.setdefault(name, []).append(values)
    if angles:
        print(f"\n{'degrees off':32} {'median':>8} {'90 %':>8}")
        for name, parts in angles.items():
            values = np.concatenate(parts)
            if len(values):
                print(f"{name:32} {np.median(values):8.2f} {np.percentile(values, 90):8.2f}")


if __name__ == "__main__":
    sys.exit(main())
