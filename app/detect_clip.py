"""A whole clip through the detector, for `python -m uao_core.evaluate`."""

from contextlib import closing
from pathlib import Path

from app.capture import FileSource
from app.detector import Detector, PoseModel
from app.native_logs import silence_native_logs
from uao_core.evaluate.sequences import Detect
from uao_core.packets import Keypoints


def mediapipe(size: str) -> Detect:
    """MediaPipe's pose landmarker of a size: lite, full or heavy."""
    model = PoseModel(size)

    def detect(video: Path) -> list[Keypoints]:
        silence_native_logs()
        with closing(FileSource(video)) as source, Detector(model) as detector:
            keypoints = []
            while (frame := source.read()) is not None:
                keypoints.append(detector.detect(frame).first)
            return keypoints

    return detect
