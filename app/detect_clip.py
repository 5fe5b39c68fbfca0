"""A whole clip through the detector, for `python -m uao_core.evaluate`."""

from contextlib import closing
from pathlib import Path

from app.capture import FileSource
from app.detector import Detector, PoseModel
from app.native_logs import silence_native_logs
from uao_core.evaluate.sequences import Detect
from uao_core.packets import Keypoints
from uao_core.people import follow


def mediapipe(kind: str) -> Detect:
    """MediaPipe's pose landmarker of a size: lite, full or heavy; with `-unfiltered` behind it, without its filter."""
    size = kind.removesuffix("-unfiltered")
    detector = Detector(PoseModel(size), unfiltered=kind != size)

    def detect(video: Path) -> list[Keypoints]:
        silence_native_logs()
        with closing(FileSource(video)) as source, detector:
            detections = (detector.detect(frame) for frame in iter(source.read, None))
            return [person for person, _ in follow(detections, None)]

    return detect
