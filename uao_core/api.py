"""From keypoints of any detector to a take, in one call."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike

from uao_core.camera import DEFAULT_FOV_DEG, Intrinsics
from uao_core.errors import UaoError
from uao_core.import_json import LARGEST_SIDE_PX, MOST_FPS
from uao_core.keypoints import widened
from uao_core.lifting import LiftingNetwork
from uao_core.optimize import UaoConfig
from uao_core.packets import Floats, Keypoints
from uao_core.refiner import Refinement, refine_all
from uao_core.skeleton import NUM_H36M, NUM_JOINTS
from uao_core.take import Take


class LoadedLifter(Protocol):
    """A lifting network and what is known of it, as `models.weights.load_lifter` gives it."""

    @property
    def network(self) -> LiftingNetwork: ...
    @property
    def card(self) -> dict[str, Any]: ...
    @property
    def name(self) -> str: ...


def lift(
    keypoints_px: ArrayLike | Iterable[ArrayLike | None],
    fps: float,
    image_size: tuple[int, int],
    *,
    lifter: LoadedLifter,
    focal_px: float | None = None,
    times_s: Sequence[float] | None = None,
    height_m: float | None = None,
    config: UaoConfig | None = None,
    window: int = 27,
    source_name: str = "keypoints",
) -> Take:
    """Lift one person's keypoints to 3D and refine them against what was seen, as a file is.

    Args:
        keypoints_px: (T, 23, 3) x, y in pixels and confidence in 0..1 of the joints of `uao_core.skeleton`, NaN or
            confidence 0 where a joint was not seen. Or, frame by frame, (23, 3), or None where nobody is: a detector's
            results may come from a generator, so that a video never lies in memory. (17, 3), Human3.6M's joints alone,
            will do.
        fps: frames a second, 10 000 at most.
        image_size: (width, height) in pixels.
        lifter: `models.weights.load_lifter()`, on the CPU.
        focal_px: focal length in pixels; without it 60 degrees across the longer side are assumed.
        times_s: of each frame, increasing, by any clock: the take's times count from the first. Else they follow from `fps`.
        height_m: the person's height, which one camera cannot see.
        config: of the optimization; `height_m` is then part of it.
        window: frames refined together.
        source_name: what the take is called in exports.

    Returns:
        One result a frame; `frame.pose` is None where nobody was found, else it has `joints_m` and `sigma_mm`.

    Raises:
        UaoError: a value is wrong; says which.
    """
    _check_numbers(fps, image_size)
    fps, image_size, window = float(fps), (int(image_size[0]), int(image_size[1])), int(window)  # JSON knows no NumPy
    if config is not None and height_m is not None:
        raise UaoError("Give height_m in the config where there is one.")
    settings = config or UaoConfig(height_m=None if height_m is None else float(height_m))
    intrinsics = (
        Intrinsics.from_fov(DEFAULT_FOV_DEG, image_size)
        if focal_px is None
        else Intrinsics.from_focal(float(focal_px), image_size)
    )
    refinement = Refinement(lifter.network, intrinsics, settings, window, torch.device("cpu"))
    results = refine_all(refinement, _frames(keypoints_px, fps, times_s))
    if not results:
        raise UaoError("There are no keypoints to lift; give one frame at least.")
    return Take(
        source_name=source_name,
        fps=fps,
        image_size=image_size,
        intrinsics=intrinsics,
        lifter={"weights": lifter.name, "name": lifter.card.get("name", ""), "date": lifter.card.get("date", "")},
        uao={
            "iterations": int(settings.iterations),
            "state": settings.state.value,
            "window": window,
            "height_m": None if settings.height_m is None else float(settings.height_m),
            "mirrored": bool(settings.mirrored),
        },
        frames=results,
    )


def _check_numbers(fps: float, image_size: tuple[int, int]) -> None:
    """By the reader's limits: what is lifted can be written and read again."""
    if not 0 < fps <= MOST_FPS:
        raise UaoError(f"The frame rate must be a number above 0 and at most {MOST_FPS}, not {fps}.")
    if len(image_size) != 2 or not all(
        isinstance(side, int | np.integer) and 0 < side <= LARGEST_SIDE_PX for side in image_size
    ):
        raise UaoError(
            f"The image size must be (width, height) in whole pixels, {LARGEST_SIDE_PX} at most, not {image_size}."
        )


def _frames(
    keypoints_px: ArrayLike | Iterable[ArrayLike | None], fps: float, times_s: Sequence[float] | None
) -> Iterable[Keypoints]:
    before = -math.inf
    index = -1
    for index, joints in enumerate(keypoints_px):  # type: ignore[arg-type]  # ArrayLike has no __iter__
        if times_s is not None and index >= len(times_s):
            raise UaoError(f"There are {len(times_s)} times for more frames; give one for each.")
        time_s = index / fps if times_s is None else float(times_s[index]) - float(times_s[0])
        if not before < time_s < math.inf:
            given = time_s if times_s is None else times_s[index]
            raise UaoError(f"The time of frame {index} must be a number and later than that before it, not {given}.")
        before = time_s
        yield Keypoints(index, time_s, None if joints is None else _joints(joints, index))
    if times_s is not None and len(times_s) != index + 1:
        raise UaoError(f"There are {len(times_s)} times for {index + 1} frames; give one for each.")


def _joints(values: ArrayLike, index: int) -> Floats | None:
    """(23, 3) of what was given for a frame."""
    try:
        joints = np.asarray(values, dtype=np.float32)
    except (TypeError, ValueError):
        joints = np.empty(0, dtype=np.float32)
    if joints.shape not in ((NUM_JOINTS, 3), (NUM_H36M, 3)):
        raise UaoError(
            f"The keypoints of frame {index} must be {NUM_JOINTS} (or {NUM_H36M}) times x, y and confidence, "
            f"not of shape {joints.shape}."
        )
    confidence = joints[:, 2]
    if bool(((confidence < 0) | (confidence > 1)).any()):
        raise UaoError(f"Confidences lie between 0 and 1; frame {index} has others.")
    return widened(joints, missing=0.0)
