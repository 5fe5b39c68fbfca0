"""Sequences with truth: real clips with a detector's keypoints, captured motion seen by synthetic cameras."""

import importlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
import torch

from models.datasets import Capture, is_tested, part_of, read_captures
from models.datasets.npz import DAMAGE, members
from models.detector_model import CLEAN, DetectorModel
from models.evaluate import test_windows
from models.motion import UNSEEN_LABORATORY, Motion, read_motion, split_by_subject
from uao_core.camera import Intrinsics
from uao_core.errors import UaoError
from uao_core.keypoints import DIRECT_LANDMARKS, MEDIAPIPE_COUNT, derive_trunk, widened
from uao_core.packets import Floats, Keypoints
from uao_core.skeleton import NUM_H36M, NUM_JOINTS

_SYNTHETIC_FOCAL_PX = 1000.0
_NOISY = replace(DetectorModel(), truncated_rate=0.0, focal_log_sd=0.0)
"""The training's detector before a whole person and a known lens."""
STRESSES: dict[str, DetectorModel] = {
    "occluded": replace(_NOISY, occluded_rate=1.0),
    "truncated": replace(_NOISY, truncated_rate=1.0),
    "blurred": replace(_NOISY, unrest_mm=4 * DetectorModel().unrest_mm, pixel_noise=0.006),
    "sides exchanged": replace(_NOISY, swap_rate=1.0),
    "unknown lens": replace(_NOISY, focal_log_sd=0.35),
    "odd poses": _NOISY,
}
"""What should make the lifter less sure; odd poses are those least like the others of the set."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """One person through consecutive frames.

    Attributes:
        data: name of the set.
        points: where the 2D comes from: "exact", "noisy", or a detector's name.
        keypoints: T frames.
        intrinsics: the true camera.
        truth_m: (T, 23, 3) camera axes, NaN where unknown.
        detector_m: (T, 23, 3) the detector's own 3D, NaN where it has none; None where no detector was asked.
        part: of a data set on which papers compare (`models.datasets.part_of`); empty elsewhere.
        lens_known: False where the points were made with another lens than `intrinsics`; no true camera can then be given.
    """

    data: str
    points: str
    keypoints: list[Keypoints]
    intrinsics: Intrinsics
    truth_m: Floats
    detector_m: Floats | None = None
    part: str = ""
    lens_known: bool = True


def read_set(path: Path, detector: str, count: int, *, stress: bool = False) -> Iterator[Sequence]:
    """A clip with truth, or a data set of `models.datasets`.

    Where cameras saw the set, every view is a sequence, with the set's own 2D; of Human3.6M only the test subjects.
    Motion without cameras is seen by synthetic ones; of a folder of motion archives only the subjects that were held
    out of training.

    Args:
        path: the set.
        detector: for clips, name of the 2D detector.
        count: for motion, number of windows a kind of 2D.
        stress: for motion, the kinds of `STRESSES` too.

    Raises:
        UaoError: it is none of these, or a part of it cannot be read.
    """
    if is_clip(path):
        yield from read_clip(path, detector)
        return
    captures = read_captures(path)
    first = next(captures, None)
    if first is None:
        raise UaoError(f"{path} holds no clip.")
    if first.views:
        yield from _seen(path.stem, chain([first], captures))
    elif path.is_dir():
        _, held_out = split_by_subject(read_motion(path))
        yield from _synthetic(held_out, "held-out subjects", count, stress=stress)
    else:
        name = first.subject.split("/")[0]
        yield from _synthetic(read_motion(path, unseen=name == UNSEEN_LABORATORY), name, count, stress=stress)


def _seen(name: str, captures: Iterable[Capture]) -> Iterator[Sequence]:
    """The views of a set that has cameras."""
    for capture in captures:
        if not is_tested(capture):
            continue
        for view in capture.views:
            joints = widened(np.concatenate([view.points_px, view.confidence[..., None]], axis=-1), 0)
            keypoints = [Keypoints(i, i / capture.fps, frame) for i, frame in enumerate(joints)]
            truth = widened(view.joints_m, np.nan)
            yield Sequence(name, view.points, keypoints, view.intrinsics, truth, part=part_of(capture))


def _synthetic(motion: Motion, name: str, count: int, *, stress: bool) -> Iterator[Sequence]:
    """Windows of 27 frames as seen with exact and with noisy 2D; the lens is known, so that the protocols can unknow it."""
    kinds = {"exact": CLEAN, "noisy": _NOISY} | (STRESSES if stress else {})
    intrinsics = Intrinsics(_SYNTHETIC_FOCAL_PX, (0.0, 0.0), estimated=False)
    for points, detector in kinds.items():
        examples = test_windows(motion, detector, count=count, frames=27, odd=points == "odd poses")
        truth = (
            examples.view.to_camera(examples.truth.flatten(0, 1)).view(examples.truth.shape) + examples.root_m[:, :, None]
        )
        joints = torch.cat([examples.rays * _SYNTHETIC_FOCAL_PX, examples.confidence[..., None]], dim=-1)
        for window, true, time in zip(joints.numpy(), truth.numpy(), examples.time_s.tolist(), strict=True):
            keypoints = [Keypoints(i, t, frame) for i, (t, frame) in enumerate(zip(time, window, strict=True))]
            yield Sequence(name, points, keypoints, intrinsics, true, lens_known=detector.focal_log_sd == 0)


Detect = Callable[[Path], list[Keypoints]]
"""What a detector makes of a video: one entry a frame."""


def find_detector(name: str) -> Detect:
    """A detector by its name, MODULE:FUNCTION(:ARGUMENT). Detectors live outside of this package, which imports none of
    them.

    Raises:
        UaoError: there is no such detector.
    """
    module, _, rest = _KNOWN_DETECTORS.get(name, name).partition(":")
    function, _, argument = rest.partition(":")
    try:
        found = getattr(importlib.import_module(module), function)
        made: Detect = found(argument) if argument else found
        if not callable(made):
            raise TypeError(f"{function} is {made!r}")
    except UaoError:
        raise
    except Exception as error:  # other people's modules fail in every way there is
        known = ", ".join(_KNOWN_DETECTORS)
        raise UaoError(f"There is no 2D detector {name!r} ({_line(error)}); choose {known}, or MODULE:FUNCTION.") from error
    return made


def _detect(name: str, video: Path) -> list[Keypoints]:
    """What a detector finds in a video.

    Raises:
        UaoError: there is no such detector, it fails, or it hands back something else.
    """
    detect = find_detector(name)
    try:
        found = detect(video)
    except UaoError:
        raise
    except Exception as error:  # as above
        raise UaoError(f"The 2D detector {name!r} fails on {video.name} ({_line(error)}); take another.") from error
    if not (isinstance(found, list) and all(_is_frame(frame) for frame in found)):
        raise UaoError(f"The 2D detector {name!r} hands back no list of Keypoints (uao_core/packets.py); take another.")
    return found


def _is_frame(frame: object) -> bool:
    if not isinstance(frame, Keypoints):
        return False
    arrays = ((frame.joints_px, NUM_JOINTS), (frame.detector_world_m, MEDIAPIPE_COUNT))
    return all(array is None or np.shape(array) == (rows, 3) for array, rows in arrays)


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


_KNOWN_DETECTORS = {
    f"mediapipe-{kind}": f"app.detect_clip:mediapipe:{kind}"
    for size in ("lite", "full", "heavy")
    for kind in (size, f"{size}-unfiltered")
}


def is_clip(path: Path) -> bool:
    """Whether a file is a clip with truth, by its name and what it holds."""
    return path.suffix == ".npz" and path.is_file() and "joints_cam" in members(path)


def read_detected(path: Path, detector: str) -> Sequence:
    """A real clip with a detector's 2D alone."""
    _exact, detected = read_clip(path, detector)
    return detected


def read_clip(path: Path, detector: str) -> Iterator[Sequence]:
    """A real clip, with exact 2D (the projected truth) and with a detector's.

    The `.npz` holds `joints_cam (T, 17, 3)` in metres, camera axes, NaN where unknown; `joints_2d_gt (T, 17, 2)` pixels;
    `frame_index (T,)`; `K (3, 3)`; and `video`, the clip's path beside it.
    """
    try:
        with np.load(path) as archive:
            truth, points = (archive[name].astype(np.float32) for name in ("joints_cam", "joints_2d_gt"))
            index, camera = archive["frame_index"], archive["K"].astype(np.float64)
            video = path.parent / str(archive["video"])
        shapes = (truth.shape, points.shape, camera.shape)
        if not index.size or shapes != ((index.size, NUM_H36M, 3), (index.size, NUM_H36M, 2), (3, 3)):
            raise ValueError(f"arrays of {shapes} for {index.size} frames")
        if index.dtype.kind not in "iu" or index.min() < 0 or (np.diff(index.astype(np.int64).ravel()) <= 0).any():
            raise ValueError("its frame_index does not count up from 0 or later")
        if not np.isfinite(truth).all(axis=2).any():
            raise ValueError("it knows the place of no joint in any frame")
    except (*DAMAGE, TypeError) as error:
        raise UaoError(f"{path} is no clip with truth ({error}); see python -m uao_core.evaluate --help.") from error
    rows: list[int] = index.ravel().tolist()
    truth, points = widened(truth, np.nan), widened(points, np.nan)
    found = _detect(detector, video)
    if rows[-1] >= len(found):
        raise UaoError(f"{path} has truth for frame {rows[-1]}, but {video.name} has only {len(found)} frames.")
    intrinsics = Intrinsics(float(camera[0, 0]), (float(camera[0, 2]), float(camera[1, 2])), estimated=False)
    seen = [found[row] for row in rows]
    exact = [replace(frame, joints_px=_exact(row)) for frame, row in zip(seen, points, strict=True)]
    yield Sequence(path.stem, "exact", exact, intrinsics, truth)
    own = np.stack([_detector_joints(frame) for frame in seen])
    yield Sequence(path.stem, detector, seen, intrinsics, truth, own)


def _exact(points: Floats) -> Floats:
    """(23, 2) to (23, 3): what is unknown has no confidence; the trunk is made as it is of a detector's points."""
    known = np.isfinite(points).all(axis=1, keepdims=True)
    joints = np.where(known, np.concatenate([points, np.ones_like(points[:, :1])], axis=1), 0.0).astype(np.float32)
    return derive_trunk(joints)


def _detector_joints(keypoints: Keypoints) -> Floats:
    """(23, 3) of the detector's own 3D; joints that it does not have are NaN."""
    joints = np.full((NUM_JOINTS, 3), np.nan, dtype=np.float32)
    if keypoints.detector_world_m is not None:
        for joint, landmark in DIRECT_LANDMARKS.items():
            joints[joint] = keypoints.detector_world_m[landmark]
    return joints
