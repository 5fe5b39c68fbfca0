"""How long a live frame takes: detection and refinement, frame by frame and side by side. `python -m app.benchmark --help`.

Times of single machines say little; the ratio of the two, measured in one run, carries over.
"""

import argparse
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import torch

from app.capture import FileSource
from app.detector import Detector, PoseModel
from app.native_logs import silence_native_logs
from app.options import BUNDLED_CLIP, LIVE_WINDOW
from app.pipeline import live_config
from models.weights import DEFAULT_WEIGHTS, load_lifter
from uao_core.camera import DEFAULT_FOV_DEG, Intrinsics
from uao_core.errors import UaoError
from uao_core.optimize import UaoConfig
from uao_core.refiner import LiveRefiner, Refinement


def measure(clip: Path, weights: Path, model: PoseModel, iterations: int) -> tuple[list[float], list[float]]:
    """Milliseconds of every frame once the window is full: of the detector, and of the refinement."""
    torch.set_num_threads(1)  # as the program does
    detecting, refining = [], []
    with closing(FileSource(clip)) as source, Detector(model) as detector:
        intrinsics = Intrinsics.from_fov(DEFAULT_FOV_DEG, source.info.image_size)
        config = live_config(UaoConfig(iterations=iterations), torch.device("cpu"))
        refiner = LiveRefiner(Refinement(load_lifter(weights).network, intrinsics, config, LIVE_WINDOW))
        in_a_row = 0
        while (frame := source.read()) is not None:
            started = time.perf_counter()
            keypoints = detector.detect(frame).first
            detected = time.perf_counter()
            pose = refiner.push(keypoints).pose
            refined = time.perf_counter()
            in_a_row = in_a_row + 1 if pose is not None else 0
            if in_a_row > LIVE_WINDOW:
                detecting.append(1000 * (detected - started))
                refining.append(1000 * (refined - detected))
    return detecting, refining


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m app.benchmark", description=__doc__)
    parser.add_argument("clip", nargs="?", type=Path, default=BUNDLED_CLIP)
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS, metavar="FILE")
    parser.add_argument("--pose-model", choices=[m.value for m in PoseModel], default=PoseModel.FULL.value)
    parser.add_argument("--uao-iterations", type=int, default=UaoConfig().iterations, metavar="N")
    args = parser.parse_args()
    silence_native_logs()
    try:
        detecting, refining = measure(args.clip, args.weights, PoseModel(args.pose_model), args.uao_iterations)
        if not detecting:
            raise UaoError(f"{args.clip} shows nobody for more than {LIVE_WINDOW} frames in a row; choose another clip.")
    except UaoError as error:
        print(f"app.benchmark: {error}", file=sys.stderr)
        return 1
    for name, times in ((f"MediaPipe {args.pose_model}", detecting), (f"UAO, {args.uao_iterations} iterations", refining)):
        median, slow = np.percentile(times, (50, 99))
        print(f"{name:20} median {median:6.1f} ms, 99th percentile {slow:6.1f} ms, {len(times)} frames")
    print(f"Refinement takes {np.median(refining) / np.median(detecting):.2f} of the detector's time.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
