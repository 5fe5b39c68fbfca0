"""Recordings: a webcam's pictures and what was found in them, on disk as they happen.

`NAME.avi` holds every picture that the camera gave (Motion JPEG, which a reader can follow to the last whole picture
however the writing ended); `NAME.jsonl`, beside it, begins with a line about the recording, and then has a line for every
picture's time and one for every pose. Nothing is rewritten at the end: what is on disk stays good, whatever fails.
"""

import json
import logging
import queue
import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import cv2
import numpy as np

from app.capture import Frame, SourceInfo
from app.file_names import check_encodable
from app.recorded import RECORDING_FORMAT
from uao_core.errors import UaoError
from uao_core.export_json import frame_to_dict
from uao_core.packets import FrameResult

_log = logging.getLogger(__name__)
_WAITING_FRAMES = 32
"""So many pictures wait for a slow disk; then the newest ones are left out, and counted."""
_LEAST_ROOM_BYTES = 200_000_000
_GROWS_WITHIN = 60
"""Pictures: the smallest JPEG has some 700 bytes, and OpenCV's writer gathers 32 kB."""
_QUALITY = 90
_NOTHING = "Nothing was recorded: the camera gave no pictures in that time."
_REMEMBERED = 300
"""Pictures back that a result may still come for: ten seconds."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A finished recording.

    Attributes:
        path: of the video; None where it could not be begun, or nothing came.
        frames: pictures in it.
        left_out: pictures that the disk was too slow for.
        trouble: why it ended before it was asked to; None where it did not.
        is_cut: the camera went away in its middle; what is there is whole.
    """

    path: Path | None
    frames: int
    left_out: int
    trouble: str | None
    is_cut: bool = False


class Recorder:
    """Writes one recording on a thread of its own.

    Args:
        folder: where to; made where there is none.
        name: of the files, without ending; a number is added where there is one of that name.
        info: of the camera; its lens, where one is known, goes on with the pictures.

    Raises:
        UaoError: nothing can be written there.
    """

    def __init__(self, folder: Path, name: str, info: SourceInfo) -> None:
        check_encodable(folder / name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.path = free_path(folder, name)
            self._lines: TextIO = self.path.with_suffix(".jsonl").open("x", encoding="utf-8", newline="\n")
        except OSError as error:
            raise UaoError(f"{folder} cannot be recorded to ({error.strerror}); choose another folder.") from error
        fourcc = cv2.VideoWriter.fourcc(*"MJPG")
        self._video = cv2.VideoWriter(str(self.path), cv2.CAP_OPENCV_MJPEG, fourcc, info.fps, info.image_size)
        self._video.set(cv2.VIDEOWRITER_PROP_QUALITY, _QUALITY)
        self._size = info.image_size
        self._waiting: queue.Queue[Frame | FrameResult | None] = queue.Queue(_WAITING_FRAMES)
        self._frames = self._left_out = 0
        self._first_s = self._last_s = 0.0
        self._video_bytes = 0
        self._step_s = 1 / info.fps
        self._places: dict[
            int, dict[str, int | float]
        ] = {}  # in the recording, of the newest pictures by the camera's number
        self._trouble: str | None = None
        head = {
            "format": RECORDING_FORMAT,
            "version": 1,
            "recorded": datetime.now().astimezone().isoformat(timespec="seconds"),
            "source": info.name,
            "fps": info.fps,
            "image_size": list(info.image_size),
        }
        if info.lens is not None and (focal_px := info.lens.focal_for(info.image_size)) is not None:
            head["focal_px"] = round(focal_px, 3)
        try:
            self._write_line(head)
            if not self._video.isOpened():
                raise OSError("no video can be begun there")
        except OSError as error:
            self._take_back()
            reason = error.strerror or error
            raise UaoError(f"{self.path} cannot be written to ({reason}); choose another folder.") from error
        self._thread = threading.Thread(target=self._write_all, name="recorder", daemon=True)
        self._thread.start()

    @property
    def seconds(self) -> float:
        """Length of what is on disk."""
        return self._last_s

    @property
    def trouble(self) -> str | None:
        """Why nothing is written any more, in a sentence; None while all is well."""
        return self._trouble

    def add(self, item: Frame | FrameResult) -> None:
        """Take a picture, or what was found in one taken before; returns at once."""
        if self._trouble is None:
            try:
                self._waiting.put_nowait(item)
            except queue.Full:
                self._left_out += isinstance(item, Frame)

    def close(self) -> Recording:
        """Finish the files; where no picture has come there are none."""
        if self._thread.is_alive():
            self._waiting.put(None)
        self._thread.join()
        self._video.release()
        with suppress(OSError):  # what could not be written is tried once more, and has been told
            self._lines.close()
        if self._frames == 0:
            self._take_back()
            return Recording(None, 0, self._left_out, self._trouble or _NOTHING)
        return Recording(self.path, self._frames, self._left_out, self._trouble)

    def _write_all(self) -> None:
        while self._trouble is None and (item := self._waiting.get()) is not None:
            try:
                if isinstance(item, Frame):
                    self._write_frame(item)
                elif item.index in self._places:
                    with suppress(UaoError):  # a pose that is no number; pictures matter more
                        self._write_line(frame_to_dict(item) | self._places[item.index])
            except OSError as error:
                self._trouble = (
                    f"The recording ended: {self.path.parent} cannot be written to ({error.strerror or error}). "
                    "What was recorded is kept."
                )
            except Exception as error:  # whoever records is told, and does not find out afterwards
                _log.exception("the recording failed")
                self._trouble = f"The recording ended: something went wrong that should not have ({error})."
        while not self._waiting.empty():  # so that nobody waits for room in it
            self._waiting.get_nowait()

    def _write_frame(self, frame: Frame) -> None:
        if self._frames % 30 == 0 and shutil.disk_usage(self.path.parent).free < _LEAST_ROOM_BYTES:
            self._trouble = f"The recording ended: there is no room left in {self.path.parent}. What was recorded is kept."
            return
        if self._frames % _GROWS_WITHIN == 0:
            before, self._video_bytes = self._video_bytes, self.path.stat().st_size
            if self._frames > 0 and self._video_bytes <= before:  # OpenCV does not say that it could not write
                raise OSError("the video grows no more; a limit on files or a quota may be reached")
        pixels = frame.pixels
        if frame.size != self._size:  # a camera may change its size in the middle
            pixels = np.asarray(cv2.resize(pixels, self._size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        self._video.write(pixels)
        if self._frames == 0:
            self._first_s = frame.time_s
        elif frame.time_s - self._first_s < self._last_s:  # the clock was put back: go on where it was
            self._first_s = frame.time_s - self._last_s - self._step_s
        self._last_s = frame.time_s - self._first_s
        place = {"index": self._frames, "time_s": round(self._last_s, 6)}
        self._places[frame.index] = place
        self._places.pop(frame.index - _REMEMBERED, None)
        self._write_line({"frame": self._frames, "time_s": place["time_s"]})
        self._frames += 1

    def _take_back(self) -> None:
        """Leave nothing of a recording that could not be begun."""
        self._video.release()
        with suppress(OSError):
            self._lines.close()
        for path in (self.path, self.path.with_suffix(".jsonl")):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _write_line(self, content: dict[str, Any]) -> None:
        self._lines.write(json.dumps(content, allow_nan=False, separators=(",", ":")) + "\n")
        self._lines.flush()


def free_path(folder: Path, name: str) -> Path:
    """For a recording's video: a name of which there is no file yet."""
    path, number = folder / f"{name}.avi", 2
    while path.exists() or path.with_suffix(".jsonl").exists():
        path, number = folder / f"{name} {number}.avi", number + 1
    return path
