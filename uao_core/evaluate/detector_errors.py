"""How a 2D detector errs on clips with truth: what `models.detector_model` was fitted to.

For every joint: how far its middle error lies from zero (the detector means another place), how much errors vary about
it, and how long an error lasts. Lengths are on the body, at the joint's true depth.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.datasets.capture import project_px
from uao_core.errors import UaoError
from uao_core.evaluate.sequences import Sequence, read_clip
from uao_core.sides import resolve_sides
from uao_core.skeleton import JOINT_NAMES, LIMB_JOINTS

_UNSURE = 0.6


@dataclass(frozen=True, slots=True)
class JointErrors:
    """Of one joint in one clip.

    Attributes:
        offset_mm: (2,) median error to the right and downwards.
        unrest_mm: root of the mean squared deviation from it, of one axis; the largest percent left out.
        lasts_s: time after which the correlation of the deviations has fallen to 1/e.
        unsure: share of frames with a confidence below 0.6.
    """

    offset_mm: NDArray[np.float64]
    unrest_mm: float
    lasts_s: float
    unsure: float


def errors_of_clip(sequence: Sequence) -> tuple[dict[int, JointErrors], float]:
    """Errors by joint, with sides put right first, and the share of frames whose sides the detector had exchanged.

    Raises:
        UaoError: in some frame the detector found nobody.
    """
    if any(frame.joints_px is None for frame in sequence.keypoints):
        raise UaoError(
            f"{sequence.data}: the detector misses the person in some frames; its errors there cannot be measured."
        )
    joints = np.stack([frame.joints_px for frame in sequence.keypoints if frame.joints_px is not None])
    time_s = np.array([frame.time_s for frame in sequence.keypoints])
    sides = resolve_sides(joints, time_s, np.empty(0, dtype=np.int64))
    joints = sides.apply(joints)
    truth, camera = sequence.truth_m, sequence.intrinsics
    error = 1000 * (joints[..., :2] - project_px(truth, camera)) / camera.focal_px * truth[..., 2:]
    error[sides.passed] = np.nan
    found = {}
    for joint in LIMB_JOINTS:
        known = np.isfinite(error[:, joint, 0])
        if known.sum() < 10:
            continue
        offset = np.median(error[known, joint], axis=0)
        deviation = error[:, joint] - offset
        length = np.linalg.norm(deviation, axis=1)
        kept = known & (length <= np.nanquantile(length, 0.99))
        unrest = float(np.sqrt((deviation[kept] ** 2).mean()))
        unsure = float((joints[known, joint, 2] < _UNSURE).mean())
        found[joint] = JointErrors(offset, unrest, _lasts_s(deviation, kept, time_s), unsure)
    return found, float((sides.reading > 0).mean())


def _lasts_s(deviation: NDArray[np.float64], kept: NDArray[np.bool_], time_s: NDArray[np.float64]) -> float:
    """Seconds until the autocorrelation is below 1/e; the clip's length if it never is."""
    power = (deviation[kept] ** 2).mean()
    for lag in range(1, len(deviation)):
        both = kept[lag:] & kept[:-lag]
        if both.any() and (deviation[lag:][both] * deviation[:-lag][both]).mean() < power / np.e:
            return float(np.median(time_s[lag:] - time_s[:-lag]))
    return float(time_s[-1] - time_s[0])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m uao_core.evaluate.detector_errors", description=__doc__)
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP.npz")
    parser.add_argument("--detector", default="mediapipe-full")
    args = parser.parse_args()
    try:
        for path in args.clips:
            sequence = next(s for s in read_clip(path, args.detector) if s.points == args.detector)
            found, exchanged = errors_of_clip(sequence)
            print(f"{sequence.data}, {args.detector}: sides exchanged in {100 * exchanged:.0f} % of the frames")
            for joint, e in found.items():
                offset = f"offset {e.offset_mm[0]:+4.0f} {e.offset_mm[1]:+4.0f} mm"
                unrest = f"unrest {e.unrest_mm:4.0f} mm, lasts {e.lasts_s:.2f} s"
                print(f"  {JOINT_NAMES[joint]:15} {offset}   {unrest}   unsure in {100 * e.unsure:3.0f} % of the frames")
    except UaoError as error:
        print(f"uao_core.evaluate.detector_errors: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
