"""How far off the vertical is that a take tells: python -m uao_core.evaluate.vertical SET...

A set is a motion archive (mocap_*.npz): bodies of a population move as its people do, before random cameras and a detector
with MediaPipe's mistakes, and are lifted. Or a clip with truth (.npz with its video beside it), whose calibrated world has a
known axis upright (--world-up). A detector of real pictures tells edges too; these are left out once, and used once.
"""

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from models.bodies import vary_bodies
from models.cameras import place_cameras
from models.datasets.mocap_file import Archive, open_archive
from models.detector_model import DetectorModel, detect
from models.weights import DEFAULT_WEIGHTS, Lifter, load_lifter
from uao_core.camera import Intrinsics
from uao_core.errors import UaoError
from uao_core.evaluate.sequences import is_clip, read_detected
from uao_core.ground import Ground, find_ground
from uao_core.packets import Doubles, Floats, FrameResult, Keypoints
from uao_core.refiner import Refinement, refine_all
from uao_core.skeleton import PELVIS

_IMAGE = (1280, 720)
_FPS = 15.0
_MOST_ROLL_DEG = 12.0
_MOVED_M = 1.5
_SEEN = replace(
    DetectorModel(), gap_rate=0.0, missing_rate=0.0, gross_rate=0.02, swap_rate=0.0, truncated_rate=0.0, bare_rate=0.0
)
"""The training's detector before one person who is not lost."""


@dataclass(frozen=True, slots=True, eq=False)
class _Filmed:
    """Frames of a lifted take, the true vertical in its camera's axes (3,), and how far the person got."""

    frames: tuple[FrameResult, ...]
    up: Doubles
    way_m: float


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m uao_core.evaluate.vertical",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET")
    parser.add_argument("--count", type=int, default=50, metavar="N", help="takes of each motion archive (default: 50)")
    parser.add_argument("--seconds", type=float, default=4.0, metavar="S", help="length of these (default: 4)")
    parser.add_argument("--world-up", choices=("x", "y", "z"), default="z", help="axis of a clip's world (default: z)")
    parser.add_argument("--detector", default="mediapipe-full", help="2D of clips, as in python -m uao_core.evaluate")
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS, metavar="FILE")
    args = parser.parse_args()
    if args.count < 1 or not 0.5 <= args.seconds <= 600:
        parser.error("--count must be at least 1, and --seconds 0.5 to 600")
    torch.set_num_threads(1)
    try:
        lifter = load_lifter(args.weights)
        for path in args.sets:
            if is_clip(path):
                _print_clip(path, lifter, args.detector, "xyz".index(args.world_up))
            else:
                _print_motion(path, list(_filmed(open_archive(path), lifter, args.seconds, args.count)))
    except UaoError as error:
        print(f"uao_core.evaluate.vertical: {error}", file=sys.stderr)
        return 1
    return 0


def _print_clip(path: Path, lifter: Lifter, detector: str, axis: int) -> None:
    with np.load(path) as archive:
        if "R" not in archive.files or archive["R"].shape != (3, 3):
            raise UaoError(f"{path} does not say how its camera is turned (R); give a clip of calibrated cameras.")
        up = archive["R"][:, axis].astype(np.float64)
    sequence = read_detected(path, detector)
    frames = _lifted(sequence.keypoints, sequence.intrinsics, lifter)
    for title, intrinsics in (("body and feet", None), ("and edges", sequence.intrinsics)):
        ground = find_ground(frames, intrinsics)
        told = (
            "nothing is told"
            if ground is None
            else f"{_off_deg(ground, up):5.1f} degrees off, expected {ground.up_sd_deg:.1f}"
        )
        print(f"{path.stem:24} {title:16} {told}", flush=True)


def _print_motion(path: Path, filmed: list[_Filmed]) -> None:
    found = [(take, ground) for take in filmed if (ground := find_ground(take.frames)) is not None]
    if not found:
        raise UaoError(f"{path} has no take as long as that, with feet in the picture; give smaller --seconds.")
    off = np.array([_off_deg(ground, take.up) for take, ground in found])
    ratio = math.sqrt(float(np.mean((off / [ground.up_sd_deg for _, ground in found]) ** 2)))
    moved = np.array([take.way_m > _MOVED_M for take, _ in found])
    parts = {"all": off, f"moved by {_MOVED_M} m": off[moved], "stayed": off[~moved]}
    told = [f"{name} {_spread(values)}" for name, values in parts.items() if len(values)]
    print(
        f"{path.stem:24} {len(found):4} takes, degrees off, median (90 %): {', '.join(told)}; over expected {ratio:.2f}",
        flush=True,
    )


def _spread(values: Doubles) -> str:
    return f"{np.median(values):.1f} ({np.percentile(values, 90):.1f})"


def _off_deg(ground: Ground, up: Doubles) -> float:
    return math.degrees(math.acos(min(max(float(ground.up @ up), -1.0), 1.0)))


def _filmed(archive: Archive, lifter: Lifter, seconds: float, count: int) -> Iterator[_Filmed]:
    """So many takes of an archive at some 15 frames a second, of clips that are drawn anew for each; fewer of few clips."""
    rng, draw = torch.Generator().manual_seed(0), np.random.default_rng(0)
    step = max(round(archive.fps / _FPS), 1)
    frames, fps = round(seconds * archive.fps), archive.fps / step
    usable = [i for i, clip in enumerate(archive.clips) if clip.stop - clip.start >= frames and archive.valid[clip].all()]
    made = 0
    for _ in range(4 * count if usable else 0):
        clip = archive.joints(int(draw.choice(usable)))
        start = int(draw.integers(len(clip) - frames + 1))
        take = _film(clip[start : start + frames : step], fps, lifter, rng)
        if take is not None:
            yield take
            made += 1
        if made == count:
            return


def _film(joints_m: Floats, fps: float, lifter: Lifter, rng: torch.Generator) -> _Filmed | None:
    """A take of joints (T, 23, 3), y up; None where the camera is rolled more than anybody rolls one."""
    body = vary_bodies(torch.from_numpy(joints_m.copy())[None].float(), rng)
    seen = place_cameras(body, rng)
    before, after = (points[0].reshape(-1, 3).double() for points in (body, seen.joints_m))
    turn = torch.linalg.lstsq(before - before.mean(0), after - after.mean(0)).solution  # a rotation, for it is exact
    up = np.asarray(turn[1])
    if abs(math.degrees(math.asin(min(max(float(up[0]), -1.0), 1.0)))) > _MOST_ROLL_DEG:
        return None
    rays, confidence = detect(seen, torch.tensor([1 / fps]), rng, _SEEN)
    focal = _IMAGE[0] / 2 / float(seen.half_view)
    assumed = focal * math.exp(_SEEN.focal_log_sd * float(torch.randn(1, generator=rng)))
    points = rays[0].numpy() * focal + np.array(_IMAGE) / 2
    inside = ((points >= 0) & (points < _IMAGE)).all(axis=2)
    rows = np.concatenate([points, (confidence[0].numpy() * inside)[..., None]], axis=2).astype(np.float32)
    keypoints = [Keypoints(i, i / fps, row) for i, row in enumerate(rows)]
    way = float(np.linalg.norm(np.ptp(joints_m[:, PELVIS], axis=0)))
    return _Filmed(_lifted(keypoints, Intrinsics.from_focal(assumed, _IMAGE), lifter), up, way)


def _lifted(keypoints: list[Keypoints], intrinsics: Intrinsics, lifter: Lifter) -> tuple[FrameResult, ...]:
    return refine_all(Refinement(lifter.network, intrinsics), keypoints)


if __name__ == "__main__":
    sys.exit(main())
