"""Measures what the program costs, mostly as ratios to MediaPipe's own detection of the same frames in the same run.

Times of single machines say little; ratios of what took turns in one run carry over. Five minutes on two quiet cores.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import torch

from app.native_logs import silence_native_logs
from tests.benchmark import endurance, headless, profile, scaling, starting, uao, window
from tests.benchmark.about import machine
from tests.benchmark.report import Row, as_dict, head, markdown

ROWS = {
    "headless": ("Throughput without a window, over the detector's", headless.throughput),
    "window": ("Throughput of the window, over the detector's", window.throughput),
    "lag": ("From grab to picture, in detector times", window.lag),
    "uao": ("UAO, a live frame, 4 iterations, against the paper's loop", uao.against_the_paper),
    "batched": ("UAO, a file's windows batched, against frame by frame", uao.window_batched),
    "pauses": ("Pauses of the window's thread", window.pauses),
    "start": ("Start", starting.start),
    "memory": ("Memory of a live chain", endurance.memory),
    "length": ("Cost against length", endurance.length),
}


def main():
    args = _arguments()
    silence_native_logs()
    torch.set_num_threads(1)  # as the program does
    about, rows = machine(), []
    print(head(about), flush=True)
    if args.scaling:
        for table in scaling.tables():
            print("\n" + table, flush=True)
    if args.profile_picture:
        found = profile.parts()
        print("\n" + profile.words(found), flush=True)
        profile.draw(found, args.profile_picture)
    keys = args.only or ([] if args.scaling or args.profile_picture else ROWS)
    for key in keys:
        title, measure = ROWS[key]
        began = time.perf_counter()
        rows.append(Row(key, title, measure(), time.perf_counter() - began))
        print("\n" + rows[-1].text(), flush=True)
    if args.markdown and rows:
        print("\n" + markdown(about, rows))
    if args.json and rows:
        args.json.write_text(json.dumps(as_dict(about, rows), indent=2) + "\n", encoding="utf-8")
    return 0


def _arguments():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", nargs="+", choices=ROWS, metavar="ROW", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--scaling", action="store_true", help="how cost grows with persons, window, iterations, resolution")
    parser.add_argument("--profile-picture", type=Path, metavar="FILE", help="draw there where a live frame's time goes")
    parser.add_argument("--markdown", action="store_true", help="print the table of docs/performance.md too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
