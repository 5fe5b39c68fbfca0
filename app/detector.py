"""2D keypoints by MediaPipe's PoseLandmarker."""

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from app.capture import Frame
from uao_core.errors import UaoError
from uao_core.keypoints import MEDIAPIPE_COUNT, joints_from_mediapipe
from uao_core.packets import Keypoints

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
    """Finds one person in consecutive frames of one source.

    MediaPipe's VIDEO mode tracks and filters (a One-Euro filter inside), so frames must come in order and a new source
    wants a new detector. Use as a context manager.

    Raises:
        UaoError: the model's file is missing or damaged.
    """

    model: PoseModel = PoseModel.FULL

    def __enter__(self) -> Self:
        import mediapipe as mp  # slow to import, and not needed where a take is only exported
        from mediapipe.tasks.python import BaseOptions, vision

        path = self.model.path
        if not path.is_file():
            raise UaoError(
                f"The {self.model.value} pose model is not installed; put {path.name} into {path.parent} or choose another."
            )
        self._mp = mp
        options = vision.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=path.read_bytes()),
            running_mode=vision.RunningMode.VIDEO,
            num_poses=1,
        )
        try:
            self._landmarker = vision.PoseLandmarker.create_from_options(options)
        except (RuntimeError, ValueError) as error:
            raise UaoError(f"{path} is damaged or no pose model; get it again.") from error
        self._last_ms = -1
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._landmarker.close()

    def detect(self, frame: Frame) -> Keypoints:
        """Keypoints of one frame, in pixels of that frame."""
        image = self._mp.Image(image_format=self._mp.ImageFormat.SRGB, data=np.ascontiguousarray(frame.rgb()))
        self._last_ms = max(self._last_ms + 1, round(1000 * frame.time_s))  # must strictly increase
        result = self._landmarker.detect_for_video(image, self._last_ms)
        if not result.pose_landmarks:
            return Keypoints(frame.index, frame.time_s, None)
        width, height = frame.size
        landmarks = np.array([(p.x * width, p.y * height, p.visibility) for p in result.pose_landmarks[0]], dtype=np.float32)
        beyond = ((landmarks[:, :2] < 0) | (landmarks[:, :2] >= (width, height))).any(axis=1)
        landmarks[beyond, 2] = 0  # a guess of the model's, however sure it is: the image does not show what it does not show
        world = np.array([(p.x, p.y, p.z) for p in result.pose_world_landmarks[0]], dtype=np.float32)
        if landmarks.shape != (MEDIAPIPE_COUNT, 3) or not np.isfinite(landmarks).all():
            return Keypoints(frame.index, frame.time_s, None)
        return Keypoints(frame.index, frame.time_s, joints_from_mediapipe(landmarks), landmarks, world)
