"""2D keypoints by MediaPipe's PoseLandmarker."""

import io
import os
import zipfile
import zlib
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from app.capture import Frame
from app.edges import EdgeFinder
from uao_core import skeleton as sk
from uao_core.errors import UaoError
from uao_core.keypoints import MEDIAPIPE_COUNT, joints_from_mediapipe
from uao_core.packets import Detection, Floats, Keypoints
from uao_core.refiner import MIN_CONFIDENCE

os.environ.setdefault("GLOG_minloglevel", "2")  # read when MediaPipe is imported; its banner says nothing to users

MODELS_FOLDER = Path(__file__).parent.parent / "assets" / "pose_models"


class PoseModel(Enum):
    """MediaPipe's three sizes: the larger, the steadier and the slower."""

    LITE = "lite"
    FULL = "full"
    HEAVY = "heavy"

    @property
    def path(self) -> Path:
        return MODELS_FOLDER / f"pose_landmarker_{self.value}.task"


@dataclass
class Detector:
    """Finds people in consecutive frames of one source.

    MediaPipe's VIDEO mode tracks, and filters where it looks for one person (a One-Euro filter inside, which lags), so
    frames must come in order and a new source wants a new detector. Use as a context manager.

    Attributes:
        model: which of MediaPipe's models.
        people: how many to look for at most; with more than one their colours are measured too.
        unfiltered: go without the filter. MediaPipe leaves it out only where it looks for several, so with one person
            to look for a second may be found; `uao_core.people` tells which is meant.

    Raises:
        UaoError: the model's file is missing or damaged.
    """

    model: PoseModel = PoseModel.FULL
    people: int = 1
    unfiltered: bool = False

    def __enter__(self) -> Self:
        from app.quiet_mediapipe import BaseOptions, mp, vision  # slow, and not needed where a take is only exported

        path = self.model.path
        if not path.is_file():
            raise UaoError(
                f"The {self.model.value} pose model is not installed; put {path.name} into {path.parent} or choose another."
            )
        self._mp = mp
        damaged = f"{path} is damaged or no pose model; get it again."
        try:
            content = path.read_bytes()
            if not _is_whole(content):
                raise UaoError(damaged)
        except OSError as error:
            raise UaoError(f"{path} cannot be read ({error.strerror}); check who may read it.") from error
        options = vision.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=content),
            running_mode=vision.RunningMode.VIDEO,
            num_poses=self._most,
        )
        try:
            self._landmarker = vision.PoseLandmarker.create_from_options(options)
        except (RuntimeError, ValueError, OSError) as error:
            raise UaoError(damaged) from error
        self._last_ms, self._edges = -1, EdgeFinder()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._landmarker.close()

    @property
    def _most(self) -> int:
        return max(self.people, 2) if self.unfiltered else self.people

    def detect(self, frame: Frame) -> Detection:
        """Everybody in a frame, in pixels of that frame; in few frames, what else is upright too."""
        pixels = np.ascontiguousarray(frame.rgb())
        image = self._mp.Image(image_format=self._mp.ImageFormat.SRGB, data=pixels)
        self._last_ms = max(self._last_ms + 1, round(1000 * frame.time_s))  # must strictly increase
        result = self._landmarker.detect_for_video(image, self._last_ms)
        width, height = frame.size
        people = []
        for found, found_world in zip(result.pose_landmarks, result.pose_world_landmarks, strict=True):
            landmarks = np.array([(p.x * width, p.y * height, p.visibility) for p in found], dtype=np.float32)
            if landmarks.shape != (MEDIAPIPE_COUNT, 3) or not np.isfinite(landmarks).all():
                continue
            beyond = ((landmarks[:, :2] < 0) | (landmarks[:, :2] >= (width, height))).any(axis=1)
            landmarks[beyond, 2] = 0  # a guess of the model's, however sure it is: the image does not show it
            joints = joints_from_mediapipe(landmarks)
            world = np.array([(p.x, p.y, p.z) for p in found_world], dtype=np.float32)
            colours = _colours(pixels, joints) if self._most > 1 else None
            people.append(Keypoints(frame.index, frame.time_s, joints, landmarks, world, colours))
        edges = self._edges.look(
            pixels, frame.time_s, [person.joints_px for person in people if person.joints_px is not None]
        )
        if edges is not None:
            people = [replace(person, edges_px=edges) for person in people]
        return Detection(frame.index, frame.time_s, tuple(people), edges)


def _is_whole(content: bytes) -> bool:
    """A bundle is an archive without compression, of which MediaPipe checks no sum: it computes with what is there."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            return bundle.testzip() is None
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, RuntimeError, OSError):
        return False


_PATCHES = (
    (sk.LEFT_SHOULDER, sk.RIGHT_SHOULDER, sk.RIGHT_HIP, sk.LEFT_HIP),
    (sk.LEFT_HIP, sk.RIGHT_HIP, sk.RIGHT_KNEE, sk.LEFT_KNEE),
)


def _colours(pixels: NDArray[np.uint8], joints: Floats) -> Floats:
    """(6,) mean colour in CIELAB (0 to 255) between shoulders and hips, and between hips and knees; NaN where unseen."""
    height, width = pixels.shape[:2]
    means = np.full((len(_PATCHES), 3), np.nan, np.float32)
    for row, corners in enumerate(_PATCHES):
        points = joints[list(corners)]
        if (points[:, 2] < MIN_CONFIDENCE).any():
            continue
        low = np.floor(points[:, :2].min(axis=0)).clip(0).astype(int)
        high = np.ceil(points[:, :2].max(axis=0)).clip(0, (width, height)).astype(int)
        cut = pixels[low[1] : high[1], low[0] : high[0]]
        if min(cut.shape[:2]) < 2:
            continue
        mask = np.zeros(cut.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round(points[:, :2] - low).astype(np.int32)], 1)
        if mask.any():
            mean = np.array(cv2.mean(cut, mask)[:3]).round().astype(np.uint8)
            means[row] = cv2.cvtColor(mean.reshape(1, 1, 3), cv2.COLOR_RGB2LAB).reshape(3)
    return means.reshape(-1)
