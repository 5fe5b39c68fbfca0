"""Short videos, cut from the bundled one."""

from functools import cache
from pathlib import Path

import cv2

from app.options import BUNDLED_CLIP


@cache
def _frames():
    capture = cv2.VideoCapture(str(BUNDLED_CLIP))
    frames = [cv2.resize(capture.read()[1], (320, 320)) for _ in range(60)]
    capture.release()
    return frames


def write_clip(path: Path, count: int = 8) -> Path:
    """A Motion JPEG of the first frames of the bundled clip, made small; over and over where there are no more."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_suffix(".avi")  # what OpenCV goes by; readers look into the file
    writer = cv2.VideoWriter(str(made), cv2.VideoWriter.fourcc(*"MJPG"), 20.0, (320, 320))
    for i in range(count):
        writer.write(_frames()[i % len(_frames())])
    writer.release()
    return made.rename(path)
