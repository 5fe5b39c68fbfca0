"""The pictures of a video file as OpenCV decodes them, past the damaged ones, and what is missing of those promised."""

import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

Picture = NDArray[np.uint8]

_SOME_DAMAGED, _MOST_DAMAGED = 100, 10_000
"""So many pictures in a row may be damaged: the larger number where the file promises that others follow."""
_SHORT_SHARE, _SHORT_FRAMES = 0.05, 2
"""A file ends early where more than this share of its pictures, and of its time, and more than so many, are missing.
Headers are off by one or two, and most of them reckon the number from the duration."""


class Pictures:
    """Decodes a file from its beginning, or from where it is told to jump to.

    Attributes:
        stamp_ms: the file's own timestamp of the picture that was taken last.
        promised: how many pictures the header says there are; 0 where it does not say.
        damaged: pictures that could not be decoded, with others behind them.
    """

    def __init__(self, path: Path) -> None:
        self._path = str(path.absolute())  # FFmpeg takes what stands before a colon for a protocol
        self.stamp_ms = 0.0
        self.damaged = 0
        self._taken = 0  # a picture's number, if nothing was damaged
        self._open()
        self.promised = max(int(self.get(cv2.CAP_PROP_FRAME_COUNT)), 0)

    def _open(self) -> None:
        self._capture = cv2.VideoCapture(self._path)
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)  # phones note how they were held, and do not turn the pictures

    def get(self, which: int) -> float:
        """A property of OpenCV's, such as `cv2.CAP_PROP_FPS`; 0 where it is no number."""
        value = float(self._capture.get(which))
        return value if math.isfinite(value) else 0.0

    def take(self) -> Picture | None:
        """The next picture, (height, width, 3) BGR; None at the end."""
        if not self.skip():
            return None
        ok, pixels = self._capture.retrieve()
        if not ok:
            return None
        if pixels.ndim == 2:
            pixels = cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)
        return np.asarray(pixels, dtype=np.uint8)

    def skip(self) -> bool:
        """Pass over the next picture; False at the end.

        A decoder that meets a damaged picture says no more than at the end of the file: only what follows tells.
        """
        if not self._capture.isOpened():
            return False
        patience = min(max(self.promised - self._taken, _SOME_DAMAGED), _MOST_DAMAGED)
        for failed in range(patience):
            if self._capture.grab():
                self.stamp_ms = self.get(cv2.CAP_PROP_POS_MSEC)
                self.damaged += failed
                self._taken += failed + 1
                return True
        return False

    def jump(self, number: int) -> Picture | None:
        """Go to about this picture, as far as the container's index knows, and take it; None where there is no way to it."""
        self._capture.set(cv2.CAP_PROP_POS_FRAMES, number)
        self._taken = number
        return self.take()

    def restart(self) -> None:
        """Go back to before the first picture, also where the file cannot be searched."""
        self.close()
        self._taken, self.damaged = 0, 0
        self._open()

    def close(self) -> None:
        self._capture.release()

    def missing(self, last_s: float, fps: float, *, at_end: bool) -> int:
        """Pictures that were promised and not found: damaged ones and, `at_end`, those of a file that ends early.

        Args:
            last_s: time of the last picture, from the first.
            fps: frames a second as the header says.
        """
        lost = self.promised - self._taken
        unseen = self.promised - (last_s * fps + 1)
        ends_early = min(lost, unseen) > max(_SHORT_FRAMES, _SHORT_SHARE * self.promised)
        return self.damaged + (lost if at_end and ends_early else 0)


def shortfall(name: str, read: int, missing: int) -> str | None:
    """A sentence on pictures that are missing beside those that were read; None where there are none."""
    if not missing:
        return None
    text = QCoreApplication.translate(
        "FileSource",
        "{name} is damaged or cut off: {read} of its {promised} pictures could be read.",
    )
    return text.format(name=name, read=read, promised=read + missing)
