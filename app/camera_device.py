"""One opening of a webcam: a thread that opens it, grabs every picture, and lets it go on its own."""

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

BACKEND = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}.get(sys.platform, cv2.CAP_ANY)
"""Of listing and opening alike, so that numbers mean the same; DirectShow opens far sooner than Media Foundation."""
_PREDECESSOR_S = 3.0
_FIRST_PICTURE_S, _NEXT_PICTURE_S = 5.0, 0.5
"""For how long reads may fail at once: drivers need a while for the first picture, and drop one now and then."""
_OPENING_S, _SILENCE_S = 30.0, 10.0
"""After so long without a sign of life a call into the driver is taken never to come back; Windows may need 20 s to open."""


@dataclass(frozen=True, slots=True)
class CameraMode:
    """What a camera is asked for; None leaves the choice to the camera.

    Attributes:
        width: in pixels; only together with `height`.
        height: in pixels.
        fps: frames per second.
    """

    width: int | None = None
    height: int | None = None
    fps: float | None = None

    @property
    def size(self) -> tuple[int, int] | None:
        """(width, height) in pixels."""
        return (self.width, self.height) if self.width and self.height else None

    @property
    def needs_compression(self) -> bool:
        """Whether plain pictures would not fit through USB 2; cameras then give fewer instead of compressing them."""
        width, height = self.size or (0, 0)
        return width * height > 640 * 480 or (self.fps or 0) > 30


class CameraDevice(threading.Thread):
    """A call into a camera's driver may last for seconds, or for ever, so nobody waits for this thread.

    Attributes:
        opened: the driver has taken the camera.
        ended: the camera has been let go of, or could not be opened; nothing more comes.
        nominal_fps: as the driver says, which may be nonsense.
    """

    _newest: dict[int, "CameraDevice"] = {}  # noqa: RUF012 (one for the process: cameras are the system's)

    def __init__(
        self,
        index: int,
        mode: CameraMode,
        deliver: Callable[["CameraDevice", NDArray[np.uint8], float], None],
        tell_ended: Callable[[], None],
    ) -> None:
        super().__init__(name=f"camera {index}", daemon=True)
        self.index, self._mode = index, mode
        self._deliver, self._tell_ended = deliver, tell_ended
        self._stop_asked = threading.Event()
        self._alive_s = time.monotonic()
        self.opened = self.ended = False
        self.nominal_fps = 0.0

    @classmethod
    def is_any_running(cls) -> bool:
        """Whether some driver still has a thread."""
        return any(isinstance(thread, cls) for thread in threading.enumerate())

    def start(self) -> None:
        self._before = self._newest.get(self.index)
        self._newest[self.index] = self
        super().start()

    def stop(self) -> None:
        """Ask it to let the camera go; returns at once."""
        self._stop_asked.set()

    @property
    def is_stuck(self) -> bool:
        """Whether the driver has kept the thread for so long that it is to be given up."""
        return time.monotonic() - self._alive_s > (_SILENCE_S if self.opened else _OPENING_S)

    def run(self) -> None:
        capture = None
        try:
            if self._before is not None:  # most systems give a camera to one at a time
                self._before.join(_PREDECESSOR_S)
            self._before = None
            if not self._stop_asked.is_set():
                capture = cv2.VideoCapture(self.index, BACKEND)
                if capture.isOpened() and not self._stop_asked.is_set():
                    _set_mode(capture, self._mode)
                    self.nominal_fps = capture.get(cv2.CAP_PROP_FPS)
                    self._alive_s = time.monotonic()
                    self.opened = True
                    self._grab_all(capture)
        except cv2.error:
            pass  # as good as unplugged
        finally:
            if capture is not None:
                capture.release()
            self.ended = True
            if self._newest.get(self.index) is self:
                del self._newest[self.index]
            self._tell_ended()

    def _grab_all(self, capture: cv2.VideoCapture) -> None:
        patience_s = _FIRST_PICTURE_S
        while not self._stop_asked.is_set():
            ok, pixels = capture.read()
            now = time.monotonic()  # stamped at the grab, before anything else is done with the picture
            if ok:
                self._alive_s, patience_s = now, _NEXT_PICTURE_S
                self._deliver(self, np.asarray(pixels, dtype=np.uint8), now)
            elif now - self._alive_s > patience_s:
                return
            else:
                self._stop_asked.wait(0.02)


def _set_mode(capture: cv2.VideoCapture, mode: CameraMode) -> None:
    """Ask; a driver that cannot takes what is nearest, and what it gives is seen by its pictures."""
    if mode.needs_compression and BACKEND in (cv2.CAP_V4L2, cv2.CAP_DSHOW):
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    if mode.size is not None:
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, mode.size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, mode.size[1])
    if mode.fps is not None:
        capture.set(cv2.CAP_PROP_FPS, mode.fps)
