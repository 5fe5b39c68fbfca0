"""Figures of the exported body: python -m uao_core.evaluate.export SET...

A set is a clip with truth (.npz with its video beside it), a motion archive (mocap_*.npz), or a take that the program saved
as JSON. For each take: the written BVH against the fitted body, the body against the joints it was fitted to and against the
truth, its steps, bones, feet and lean; for captured motion also the angles by which bones and twists come back wrong.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from models.weights import DEFAULT_WEIGHTS, load_lifter
from uao_core.body import Doubles
from uao_core.errors import UaoError
from uao_core.evaluate.export_figures import export_figures
from uao_core.evaluate.takes import read_takes

COLUMNS = {
    "fk_mm": "FK", "fit_mm": "fit", "joints_mpjpe_mm": "joints", "mpjpe_off_mm": "body", "mpjpe_soft_mm": "soft",
    "mpjpe_full_mm": "full", "step_deg": "step", "step_99_deg": "99 %", "flips": "flips", "bone_mm": "bones",
    "contacts": "standing", "slide_off_mm": "slide", "slide_soft_mm": "soft", "slide_full_mm": "full",
    "slide_most_full_mm": "most", "lean_deg": "lean",
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m uao_core.evaluate.export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET")
    parser.add_argument("--detector", default="mediapipe-full", help="2D of clips, as in python -m uao_core.evaluate")
    parser.add_argument("--count", type=int, default=40, metavar="N", help="clips of each motion archive (default: 40)")
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS, metavar="FILE")
    args = parser.parse_args()
    if args.count < 1:
        parser.error("--count must be at least 1")
    torch.set_num_threads(1)
    angles: dict[str, list[Doubles]] = {}
    print(f"{'take':30} " + " ".join(f"{title:>7}" for title in COLUMNS.values()))
    try:
        lifter = load_lifter(args.weights)
        for path in args.sets:
            for measured in read_takes(path, lifter, args.detector, args.count):
                figures, of_take = export_figures(measured)
                row = (f"{figures[key]:7.2f}" if np.isfinite(figures.get(key, np.nan)) else f"{'-':>7}" for key in COLUMNS)
                print(f"{measured.name[:30]:30} " + " ".join(row), flush=True)
                for name, values in of_take.items():
                    angles.setdefault(name, []).append(values)
    except UaoError as error:
        print(f"uao_core.evaluate.export: {error}", file=sys.stderr)
        return 1
    if angles:
        print(f"\n{'degrees off':32} {'median':>8} {'90 %':>8}")
        for name, parts in angles.items():
            values = np.concatenate(parts)
            if len(values):
                print(f"{name:32} {np.median(values):8.2f} {np.percentile(values, 90):8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
