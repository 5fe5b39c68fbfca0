"""Errors on real video with 3D truth, beside MediaPipe's own 3D on the same frames: `python -m app.evaluate --help`.

The truth is an `.npz` with `joints_cam (T, 17, 3)` in metres and camera axes (NaN where unknown), `frame_index (T,)`,
`K (3, 3)` and `video`, the clip's path beside it. Scored are the limb joints that the truth has, about the middle of the
hips (or, where those are unknown, of the shoulders).
"""

import argparse
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from app.capture import FileSource
from app.detector import Detector, PoseModel
from app.native_logs import silence_native_logs
from models.weights import DEFAULT_WEIGHTS, load_lifter
from uao_core import metrics
from uao_core import skeleton as sk
from uao_core.camera import DEFAULT_FOV_DEG, Intrinsics
from uao_core.errors import UaoError
from uao_core.keypoints import DIRECT_LANDMARKS
from uao_core.optimize import UaoConfig
from uao_core.packets import FrameResult, Keypoints
from uao_core.refiner import FileRefiner, Refinement

_PAIRS = ((sk.LEFT_HIP, sk.RIGHT_HIP), (sk.LEFT_SHOULDER, sk.RIGHT_SHOULDER))


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip's keypoints and its truth (T, 17, 3) for the frames `rows` (T,)."""

    name: str
    keypoints: list[Keypoints]
    image_size: tuple[int, int]
    focal_px: float
    truth_m: Tensor
    rows: list[int]


def read_clip(path: Path, model: PoseModel) -> Clip:
    """Run the detector over a clip.

    Raises:
        UaoError: the file is no truth of the layout above, or its video cannot be read.
    """
    try:
        with np.load(path) as archive:
            truth, rows, camera = archive["joints_cam"], archive["frame_index"], archive["K"]
            video = path.parent / str(archive["video"])
    except (OSError, ValueError, KeyError) as error:
        raise UaoError(f"{path} is no clip with truth ({error}); see python -m app.evaluate --help.") from error
    keypoints = []
    with closing(FileSource(video)) as source, Detector(model) as detector:
        while (frame := source.read()) is not None:
            keypoints.append(detector.detect(frame))
    return Clip(path.stem, keypoints, source.info.image_size, float(camera[0, 0]), torch.from_numpy(truth), rows.tolist())


def poses_of(clip: Clip, refinement: Refinement) -> list[FrameResult]:
    refiner = FileRefiner(refinement)
    return [r for k in clip.keypoints for r in refiner.push(k)] + list(refiner.flush())


def detector_joints(keypoints: Keypoints) -> Tensor:
    """(17, 3) of the detector's own 3D; joints that it does not have are NaN."""
    joints = torch.full((sk.NUM_JOINTS, 3), torch.nan)
    assert keypoints.detector_world_m is not None
    for joint, landmark in DIRECT_LANDMARKS.items():
        joints[joint] = torch.from_numpy(keypoints.detector_world_m[landmark])
    return joints


def score(name: str, predicted: Tensor, truth: Tensor, sigma_mm: Tensor | None = None) -> str:
    """One row: errors of (T, 17, 3) against (T, 17, 3), over the limb joints that the truth mostly has."""
    finite = truth.isfinite().all(dim=2)
    known = finite.float().mean(dim=0) > 0.5
    left, right = next(pair for pair in _PAIRS if known[list(pair)].all())
    joints = [j for j in sk.LIMB_JOINTS if known[j]]

    def centred(points: Tensor) -> Tensor:
        return (points - (points[:, [left]] + points[:, [right]]) / 2)[:, joints]

    whole = finite[:, joints].all(dim=1)
    p, t = centred(predicted)[whole], centred(truth)[whole]
    row = (
        f"  {name:36} MPJPE {metrics.mpjpe_mm(p, t):6.1f}  N-MPJPE {metrics.n_mpjpe_mm(p, t):6.1f}  "
        f"PA-MPJPE {metrics.pa_mpjpe_mm(p, t):6.1f}  acceleration {metrics.acceleration_error_mm(p, t):5.1f} mm"
    )
    if sigma_mm is not None:
        honest = metrics.reliability(sigma_mm[whole][:, joints], metrics.joint_error_mm(p, t))
        row += f"  predicted {float(sigma_mm[:, joints].mean()):5.1f} mm, slope {honest.slope:.2f}, AUSE {honest.ause:.2f}"
    return row


def evaluate(clip: Clip, weights: Path, config: UaoConfig) -> list[str]:
    """The rows of one clip."""
    network = load_lifter(weights).network
    true = Intrinsics.from_focal(clip.focal_px, clip.image_size)
    guessed = Intrinsics.from_fov(DEFAULT_FOV_DEG, clip.image_size)
    alone = replace(config, iterations=0)
    found = [i for i, row in enumerate(clip.rows) if clip.keypoints[row].joints_px is not None]
    truth, rows = clip.truth_m[found], [clip.rows[i] for i in found]
    own = torch.stack([detector_joints(clip.keypoints[row]) for row in rows])
    lines = [f"{clip.name}: {len(found)} of {len(clip.rows)} frames with a person", score("MediaPipe's own 3D", own, truth)]
    for name, settings, intrinsics in (
        ("lifter, focal length known", alone, true),
        ("lifter + UAO, focal length known", config, true),
        ("lifter, field of view assumed", alone, guessed),
        ("lifter + UAO, field of view assumed", config, guessed),
    ):
        results = poses_of(clip, Refinement(network, intrinsics, settings))
        poses = [pose for row in rows if (pose := results[row].pose) is not None]
        joints = torch.from_numpy(np.stack([pose.joints_m for pose in poses]))
        lines.append(score(name, joints, truth, torch.from_numpy(np.stack([pose.sigma_mm for pose in poses]))))
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m app.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP.npz")
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS)
    parser.add_argument("--pose-model", choices=[m.value for m in PoseModel], default=PoseModel.FULL.value)
    parser.add_argument("--uao-iterations", type=int, default=UaoConfig().iterations)
    args = parser.parse_args()
    silence_native_logs()
    try:
        for path in args.clips:
            clip = read_clip(path, PoseModel(args.pose_model))
            print("\n".join(evaluate(clip, args.weights, UaoConfig(iterations=args.uao_iterations))), flush=True)
    except UaoError as error:
        print(f"app.evaluate: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
