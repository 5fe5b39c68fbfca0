"""Takes to measure exports on: clips with truth, captured motion, and takes that were saved as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.datasets.mocap_file import open_archive
from models.weights import Lifter
from uao_core.camera import Intrinsics
from uao_core.errors import UaoError
from uao_core.evaluate.sequences import is_clip, read_detected
from uao_core.import_json import read_take
from uao_core.packets import Floats, FrameResult, Keypoints, Pose
from uao_core.refiner import Refinement, refine_all
from uao_core.take import Take

_MOCAP_SIGMA_MM, _MOCAP_DISTANCE_M = 5.0, 5.0
_SHORTEST = 60
"""Frames; shorter clips of captured motion are passed over."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A take and what is known of it.

    Attributes:
        name: of the clip.
        take: as the program makes it, or captured motion as if it were one.
        truth_m: (F, 23, 3) camera axes, NaN where unknown; None where nothing is known.
        exact: whether the take's joints are the truth.
    """

    name: str
    take: Take
    truth_m: Floats | None = None
    exact: bool = False


def read_takes(path: Path, lifter: Lifter, detector: str, count: int) -> Iterator[Measured]:
    """What a path holds: a clip with truth, a motion archive (evenly `count` of its clips), or a take as JSON.

    Raises:
        UaoError: it is none of these.
    """
    if path.suffix == ".json":
        yield Measured(path.stem, read_take(path))
    elif is_clip(path):
        yield _clip(path, lifter, detector)
    elif path.suffix == ".npz":
        yield from _motion(path, count)
    else:
        raise UaoError(f"{path} is no clip with truth, no motion archive and no take as JSON; name one of these.")


def _clip(path: Path, lifter: Lifter, detector: str) -> Measured:
    sequence = read_detected(path, detector)
    frames = refine_all(Refinement(lifter.network, sequence.intrinsics), sequence.keypoints)
    times = np.array([frame.time_s for frame in frames])
    fps = 1 / float(np.median(np.diff(times)))
    return Measured(path.stem, _take(path.stem, fps, frames, sequence.intrinsics), sequence.truth_m)


def _motion(path: Path, count: int) -> Iterator[Measured]:
    archive = open_archive(path)
    lengths = np.array([clip.stop - clip.start for clip in archive.clips])
    whole = [i for i in np.flatnonzero(lengths >= _SHORTEST) if archive.valid[archive.clips[i]].all()]
    for i in np.array(whole)[np.linspace(0, len(whole) - 1, min(count, len(whole))).astype(int)] if whole else ():
        joints = archive.joints(int(i)) * np.array([1, -1, -1], np.float32)
        joints += np.array([0, 1, _MOCAP_DISTANCE_M], np.float32)
        joints[..., 2] += max(0.0, 1.0 - float(joints[..., 2].min()))  # nobody walks behind the camera
        sigma = np.full(joints.shape[1], _MOCAP_SIGMA_MM, np.float32)
        frames = tuple(
            FrameResult(Keypoints(f, f / archive.fps, None), Pose(pose, sigma, pose, 0.0, 0.0))
            for f, pose in enumerate(joints)
        )
        name = archive.names[i] if archive.names else f"{archive.source}/{i:04}"
        yield Measured(name, _take(name, archive.fps, frames, Intrinsics.from_fov(60, (1280, 720))), joints, exact=True)


def _take(name: str, fps: float, frames: tuple[FrameResult, ...], intrinsics: Intrinsics) -> Take:
    size = tuple(round(2 * centre) for centre in intrinsics.principal_point_px)
    return Take(name, fps, (size[0], size[1]), intrinsics, {}, {}, frames)
