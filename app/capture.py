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

from app.file_names import check_encodable
from app.lens.lens import Lens
from app.pictures import Picture, Pictures, shortfall
from app.recorded import recorded_lens, recorded_times
from app.video_trouble import check_video_file, why_unreadable
from uao_core.errors import UaoError

_PAUSE_S = 1.0
_SAME_STAMP_MS = 0.005
"""Roundings of the same stamp differ by less."""
_BESIDE_S = 2e-5
_FAR_BACK_S = 1.0
"""Stamps that fall back by more have begun anew."""
_READ_ON = 30
"""Within this many frames reading on is quicker than seeking, which starts again at a key frame."""


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

    A picture that cannot be decoded is left out, and its time stays empty.

    Raises:
        UaoError: the file is missing, no video, or has no frame in the range.
    """

    info: SourceInfo

    def __init__(self, path: Path, start_s: float = 0.0, end_s: float = math.inf) -> None:
        check_encodable(path)
        check_video_file(path)
        if start_s < 0 or end_s <= start_s:
            raise UaoError(f"The range from {start_s:g} s to {end_s:g} s is empty; --end must lie after --start.")
        self._pictures = Pictures(path)
        first = self._pictures.take()
        if first is None:
            self._pictures.close()
            raise UaoError(why_unreadable(path))
        self._fps = sane_fps(self._pictures.get(cv2.CAP_PROP_FPS))
        self._recorded_s = recorded_times(path) or []
        if len(self._recorded_s) > 1:
            self._fps = _rate(self._recorded_s)
        self._first_s = self._recorded_s[0] if self._recorded_s else self._pictures.stamp_ms / 1000
        self._clock = Clock(self._fps)
        self._next: Picture | None = first
        self._size = (first.shape[1], first.shape[0])
        self._start_s, self._end_s = start_s, end_s
        self._read_count, self._given, self._skipped = 0, 0, 0
        self._has_begun = self._is_past_end = False
        claimed = len(self._recorded_s) or self._pictures.promised
        self.info = SourceInfo(
            path.name, self._size, self._fps, self._frames_in_range(claimed), lens=recorded_lens(path, self._size)
        )

    @property
    def shortfall(self) -> str | None:
        """When the last frame has been read: what is missing of the file, in a sentence; None where nothing is."""
        at_end = self._next is None and not self._is_past_end
        missing = self._pictures.missing(self._clock.last_s, self._fps, at_end=at_end)
        return shortfall(self.info.name, self._read_count, missing)

    def read(self) -> Frame | None:
        while (pixels := self._next) is not None:
            time_s = self._next_time()
            self._next = self._pictures.take()
            self._read_count += 1
            if time_s >= self._end_s:
                self._is_past_end = True
                break
            if time_s >= self._start_s - 1e-6:
                index, self._given, self._has_begun = self._given, self._given + 1, True
                if (pixels.shape[1], pixels.shape[0]) != self._size:  # a stream may change size in mid-file
                    pixels = np.asarray(cv2.resize(pixels, self._size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
                return Frame(pixels, PixelFormat.BGR, index, time_s - self._start_s, time.monotonic())
            self._skipped += 1
        if self._given == 0:
            end_s = max(self._clock.last_s, 0.0)
            raise UaoError(f"{self.info.name} has no frame after {self._start_s:g} s; it ends at {end_s:.2f} s.")
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
        number, self._is_past_end = self._skipped + index, False
        if time_s is None or self._recorded_s:
            self._next = self._pictures.jump(number)
            is_there = self._next is not None
        else:
            is_there = self._jump_to_time(self._start_s + time_s)
        if is_there:
            self._clock.set_before(self._start_s + (index / self._fps if time_s is None else time_s))
        else:
            self._count_to(number)
        self._read_count, self._given = number, index

    def read_at(self, index: int, time_s: float) -> Frame | None:
        """The frame that was, or would be, given as number `index` at `time_s`; None where there is none any more."""
        if not 0 <= index - self._given <= _READ_ON:
            self.seek(index, time_s)
        frame = self.read()
        while frame is not None and frame.index < index:
            frame = self.read()
        return frame

    def close(self) -> None:
        self._pictures.close()

    def _jump_to_time(self, since_first_s: float) -> bool:
        """Make the frame of a time the next one; False where none has that time by its own stamp."""
        pictures, wanted_ms = self._pictures, 1000 * (self._first_s + since_first_s)
        near, back = max(round(since_first_s * self._fps) - 2, 0), 0  # before it: others may have the same stamp
        self._next = pictures.jump(near)
        while back < near and (self._next is None or pictures.stamp_ms > wanted_ms - _SAME_STAMP_MS):
            back = min(near, 2 * back or 16)
            self._next = pictures.jump(near - back)
        while self._next is not None and pictures.stamp_ms < wanted_ms - _SAME_STAMP_MS:
            before_ms = pictures.stamp_ms
            self._next = pictures.take()
            if pictures.stamp_ms <= before_ms:
                return False
        return self._next is not None and pictures.stamp_ms <= wanted_ms + _SAME_STAMP_MS

    def _count_to(self, number: int) -> None:
        """Make a frame the next one by reading the file from its beginning: slow, and always right."""
        self._pictures.restart()
        self._clock, self._read_count = Clock(self._fps), 0
        while self._read_count < number and self._pictures.skip():
            self._next_time()
            self._read_count += 1
        self._next = self._pictures.take()

    def _next_time(self) -> float:
        recorded = self._read_count < len(self._recorded_s)
        stamp_s = self._recorded_s[self._read_count] if recorded else self._pictures.stamp_ms / 1000
        return self._clock.time_of(stamp_s - self._first_s)

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


class Clock:
    """Makes of a file's timestamps times that increase, whatever the file says.

    Most stamps are taken as they are. Where one repeats or runs backwards, the frame is put one frame time after the last;
    while the next ones have not caught up, half a frame time. Where stamps fall back far, as in files put one behind the
    other, those that follow are counted from there. Times that are not the file's own lie `_BESIDE_S` beside it, so that
    nobody looks for them among the stamps.
    """

    def __init__(self, fps: float) -> None:
        self._frame_s = 1 / fps
        self.last_s = -1.0  # the time that was given last
        self._stamp_s = -math.inf
        self._shift_s = 0.0

    def set_before(self, time_s: float) -> None:
        """Go on with a frame of this time, which is its own stamp."""
        self.last_s, self._stamp_s, self._shift_s = time_s - self._frame_s, -math.inf, 0.0

    def time_of(self, stamp_s: float) -> float:
        """Seconds of the next frame, whose stamp this is; both from the first frame."""
        fell_s, self._stamp_s = self._stamp_s - stamp_s, stamp_s
        last_s = self.last_s
        if last_s + 2 * _BESIDE_S < stamp_s < math.inf:
            self._shift_s, self.last_s = 0.0, stamp_s
            return self.last_s
        if fell_s > _FAR_BACK_S:
            self._shift_s = last_s + self._frame_s - stamp_s
        shifted_s = stamp_s + self._shift_s
        if not last_s + 2 * _BESIDE_S < shifted_s < math.inf:
            shifted_s = last_s + (0.5 if fell_s < 0 else 1) * self._frame_s
        self.last_s = shifted_s
        return self.last_s + _BESIDE_S


def sane_fps(fps: float) -> float:
    """Containers and drivers that do not know say 0, NaN or 90000."""
    return fps if math.isfinite(fps) and 1 <= fps <= 480 else 30.0
