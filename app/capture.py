"""Frames from a video file, and the interface that files and webcams (`app.camera`) share.

A file gives every frame and waits for its reader; a webcam gives the newest frame and forgets the rest.
"""

import math
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from app.lens.lens import Lens
from app.recorded import recorded_lens, recorded_times
from uao_core.errors import UaoError

_PAUSE_S = 1.0
_SAME_STAMP_MS = 0.5
"""Nearer to each other no two frames are, and no rounding is as coarse."""


class PixelFormat(Enum):
    """Order of an image's channels."""

    BGR = "bgr"
    RGB = "rgb"


@dataclass(frozen=True, slots=True)
class Frame:
    """An image and when it was grabbed.

    Attributes:
        pixels: (height, width, 3) bytes.
        pixel_format: order of the channels.
        index: number of the frame in its source, from 0.
        time_s: seconds since the source's first frame.
        grabbed_s: `time.monotonic()` at the grab, to measure latency with.
    """

    pixels: NDArray[np.uint8]
    pixel_format: PixelFormat
    index: int
    time_s: float
    grabbed_s: float

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    def rgb(self) -> NDArray[np.uint8]:
        if self.pixel_format is PixelFormat.RGB:
            return self.pixels
        return np.asarray(cv2.cvtColor(self.pixels, cv2.COLOR_BGR2RGB), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source before it has been read.

    Attributes:
        name: file name without its folder, or a webcam's name.
        image_size: (width, height) of its frames in pixels, upright.
        fps: nominal frames per second.
        frame_count: frames that a file claims to hold; None for a webcam or where the file does not say.
        is_live: frames come as they happen and are dropped rather than queued.
        lens: what was measured of the camera that made the frames; None where nothing was.
    """

    name: str
    image_size: tuple[int, int]
    fps: float
    frame_count: int | None
    is_live: bool = False
    lens: Lens | None = None


class FrameSource(Protocol):
    """Where frames come from."""

    @property
    def info(self) -> SourceInfo: ...

    def read(self) -> Frame | None:
        """The next frame (file) or the newest unread one (webcam); None at the end."""
        ...

    def close(self) -> None: ...


class ClipSource(FrameSource, Protocol):
    """A source that can be read from any of its frames on."""

    def seek(self, index: int, time_s: float | None = None) -> None:
        """Go on with the frame that was, or would be, given as number `index`; at `time_s`, where that is known."""
        ...


class FileSource:
    """Every frame of a video file between two times, upright, each at the time that the file says.

    Raises:
        UaoError: the file is missing, no video, or has no frame in the range.
    """

    info: SourceInfo

    def __init__(self, path: Path, start_s: float = 0.0, end_s: float = math.inf) -> None:
        if not path.exists():
            text = QCoreApplication.translate("FileSource", "There is no file {path}; check the name.")
            raise UaoError(text.format(path=path))
        if path.is_dir():
            text = QCoreApplication.translate("FileSource", "{path} is a folder; give the name of a video file.")
            raise UaoError(text.format(path=path))
        if start_s < 0 or end_s <= start_s:
            raise UaoError(f"The range from {start_s:g} s to {end_s:g} s is empty; --end must lie after --start.")
        self._capture = cv2.VideoCapture(str(path))
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)  # phones note how they were held, and do not turn the pictures
        first = self._grab() if self._capture.isOpened() else None
        if first is None:
            self._capture.release()
            text = QCoreApplication.translate(
                "FileSource", "{path} cannot be read as a video; try to play it, or convert it to MP4 (H.264)."
            )
            raise UaoError(text.format(path=path))
        self._fps = sane_fps(self._capture.get(cv2.CAP_PROP_FPS))
        self._times_s = recorded_times(path) or []
        if len(self._times_s) > 1:
            self._fps = _rate(self._times_s)
        self._first_s = self._times_s[0] if self._times_s else self._stamp_ms / 1000
        self._next: NDArray[np.uint8] | None = first
        self._size = (first.shape[1], first.shape[0])
        self._start_s, self._end_s = start_s, end_s
        self._read_count, self._given, self._skipped = 0, 0, 0
        self._has_begun = False
        self._last_time_s = -1.0
        claimed = len(self._times_s) or int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.info = SourceInfo(
            path.name, self._size, self._fps, self._frames_in_range(claimed), lens=recorded_lens(path, self._size)
        )

    def read(self) -> Frame | None:
        while (pixels := self._next) is not None:
            time_s = self._next_time()
            self._next = self._grab()
            self._read_count += 1
            if time_s >= self._end_s:
                break
            if time_s >= self._start_s - 1e-6:
                index, self._given, self._has_begun = self._given, self._given + 1, True
                if (pixels.shape[1], pixels.shape[0]) != self._size:  # a stream may change size in mid-file
                    pixels = np.asarray(cv2.resize(pixels, self._size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
                return Frame(pixels, PixelFormat.BGR, index, time_s - self._start_s, time.monotonic())
            self._skipped += 1
        if self._given == 0:
            raise UaoError(f"{self.info.name} has no frame after {self._start_s:g} s; it ends at {self._last_time_s:.2f} s.")
        return None

    def seek(self, index: int, time_s: float | None = None) -> None:
        """Go on with the frame that was, or would be, given as number `index`.

        Args:
            index: of the frame.
            time_s: the frame's time, as given with it before. Containers are searched by time: where frames last unequally
                long, their number alone leads to a neighbour.
        """
        if not self._has_begun:
            self.read()  # how many frames lie before the start is known when the first has been found
        number = self._skipped + index
        if time_s is None or self._times_s:
            self._jump(number)
        else:
            self._jump_to_time(self._start_s + time_s, number)
        self._read_count, self._given = number, index
        self._last_time_s = self._start_s + (index / self._fps if time_s is None else time_s) - 1 / self._fps

    def close(self) -> None:
        self._capture.release()

    def _jump(self, number: int) -> None:
        self._capture.set(cv2.CAP_PROP_POS_FRAMES, number)
        self._next = self._grab()

    def _jump_to_time(self, since_first_s: float, number: int) -> None:
        """Make the frame of a time the next one; by its number where the file's timestamps are of no use."""
        wanted_ms = 1000 * (self._first_s + since_first_s)
        near, back = round(since_first_s * self._fps), 0
        self._jump(near)
        while back < near and (self._next is None or self._stamp_ms > wanted_ms + _SAME_STAMP_MS):
            back = min(near, 2 * back or 16)
            self._jump(near - back)
        while self._next is not None and self._stamp_ms < wanted_ms - _SAME_STAMP_MS:
            before_ms = self._stamp_ms
            self._next = self._grab()
            if self._stamp_ms <= before_ms:
                self._jump(number)
                return

    def _grab(self) -> NDArray[np.uint8] | None:
        ok, pixels = self._capture.read()
        if not ok:
            return None
        self._stamp_ms = self._capture.get(cv2.CAP_PROP_POS_MSEC)
        if pixels.ndim == 2:
            pixels = cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)
        return np.asarray(pixels, dtype=np.uint8)

    def _next_time(self) -> float:
        """The frame's own timestamp, or one frame time after the last where stamps repeat or run backwards."""
        recorded = self._read_count < len(self._times_s)
        time_s = self._times_s[self._read_count] if recorded else self._stamp_ms / 1000
        time_s -= self._first_s
        if time_s <= self._last_time_s or not math.isfinite(time_s):
            time_s = self._last_time_s + 1 / self._fps
        self._last_time_s = time_s
        return time_s

    def _frames_in_range(self, claimed: int) -> int | None:
        if claimed <= 0:
            return None
        last_s = min(self._end_s, claimed / self._fps)
        return max(1, round((last_s - self._start_s) * self._fps))


def _rate(times_s: list[float]) -> float:
    """Frames a second of a recording, pauses aside: after a computer's sleep its camera goes on where it was."""
    steps_s = np.diff(times_s)
    steps_s = steps_s[steps_s < _PAUSE_S]
    return sane_fps(len(steps_s) / max(float(steps_s.sum()), 1e-6)) if len(steps_s) else sane_fps(math.nan)


def sane_fps(fps: float) -> float:
    """Containers and drivers that do not know say 0, NaN or 90000."""
    return fps if math.isfinite(fps) and 1 <= fps <= 480 else 30.0
