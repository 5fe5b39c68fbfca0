"""Webcams: which there are, the newest picture of one, and what it really delivers.

A thread grabs as fast as the camera delivers and one frame is kept, so that a slow reader sees the present and not a queue
of the past. A camera that goes away is waited for.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from cv2_enumerate_cameras import enumerate_cameras
from numpy.typing import NDArray

from app.camera_device import BACKEND, CameraDevice
from app.camera_device import CameraMode as CameraMode  # of this module's interface
from app.camera_trouble import why_no_picture, why_not_opened
from app.capture import Frame, PixelFormat, SourceInfo, sane_fps
from uao_core.errors import UaoError

_STALL_S = 2.0
"""Without a picture for so long, a camera counts as away; the darkest room leaves them 3 a second."""
_RETRY_S = 1.0
_MEASURED_S = 3.0
_STILL_S = 3.0
_SAMPLED = 16
"""Every so many pixels one is looked at, to tell whether a picture differs from the last."""
_BLACK = 16
_SAME_ASPECT = 0.01


@dataclass(frozen=True, slots=True)
class Camera:
    """A webcam.

    Attributes:
        index: the number that opens it; it changes when others are plugged in or out.
        name: as its maker calls it; two may have the same.
        path: what tells it from its twins, as long as it stays in its socket.
    """

    index: int
    name: str
    path: str | None = None


class CameraState(Enum):
    """What a `CameraSource` is about."""

    OPENING = "opening"
    DELIVERING = "delivering"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was asked of a camera, and what it gives.

    Attributes:
        asked: the mode it was opened with.
        size: (width, height) of its newest picture in pixels.
        fps: pictures per second over the last seconds; None until there are enough.
        is_still: the pictures have been equal to the last bit for seconds, as no real sensor's are.
        is_black: the newest picture is black everywhere.
    """

    asked: CameraMode
    size: tuple[int, int]
    fps: float | None
    is_still: bool
    is_black: bool


def list_cameras() -> list[Camera]:
    """The webcams the system knows of, by their numbers. None is opened: no light goes on."""
    found = [Camera(camera.index, camera.name, camera.path) for camera in enumerate_cameras(BACKEND)]
    return sorted(found, key=lambda camera: camera.index)


class CameraSource:
    """The newest frame of a webcam, through unplugging and plugging in again.

    Indices and times go on over a gap, and grow: the clock of the first picture is the clock of all. All frames have the
    size of the first; what comes in another size is fitted into it, so that pixels, and with them the focal length, keep
    their meaning. `open` and `read` are for one thread; `close` may be called on any, and returns at once.

    Attributes:
        info: known once `open` has returned True.
        watcher: is given every frame, on the camera's thread; it must return at once.
    """

    info: SourceInfo

    def __init__(
        self, index: int, mode: CameraMode = CameraMode(), on_state: Callable[[CameraState], None] = lambda _: None
    ) -> None:
        self._camera, self._mode, self._on_state = Camera(index, f"Camera {index}"), mode, on_state
        self._state = CameraState.OPENING
        self._twins: frozenset[str | None] | None = None
        self._ready = threading.Condition()
        self._device: CameraDevice | None = None
        self._newest: Frame | None = None
        self._is_closed = False
        self._size: tuple[int, int] | None = None
        self._first_s = 0.0
        self._count = 0
        self._grabs_s: deque[float] = deque()
        self._raw_size = (0, 0)
        self._sample = np.empty(0, dtype=np.uint8)
        self._changed_s = 0.0
        self.watcher: Callable[[Frame], None] | None = None

    @property
    def index(self) -> int:
        """The number that opens the camera; another one may be after it was plugged in again."""
        return self._camera.index

    @property
    def state(self) -> CameraState:
        return self._state

    @property
    def delivery(self) -> Delivery | None:
        """What really comes; None before the first picture."""
        with self._ready:
            if self._size is None:
                return None
            now = time.monotonic()
            grabs_s = [grab_s for grab_s in self._grabs_s if grab_s > now - _MEASURED_S]
            span_s = grabs_s[-1] - grabs_s[0] if grabs_s else 0.0
            fps = (len(grabs_s) - 1) / span_s if span_s > _MEASURED_S / 3 else None
            is_still = self._state is CameraState.DELIVERING and now - self._changed_s > _STILL_S
            return Delivery(self._mode, self._raw_size, fps, is_still, bool(self._sample.max(initial=0) < _BLACK))

    def open(self) -> bool:
        """Open the camera and wait for its first picture; False where it was closed meanwhile.

        Raises:
            UaoError: it is absent, busy, forbidden, or gives no picture.
        """
        cameras = {camera.index: camera for camera in list_cameras()}
        names = {index: camera.name for index, camera in cameras.items()}
        if self.index in cameras:
            self._camera = cameras.pop(self.index)
            self._twins = frozenset(other.path for other in cameras.values() if other.name == self._camera.name)
        device = self._start(self.index)
        with self._ready:
            while not (self._has_news() or device is None or device.is_stuck):
                self._ready.wait(0.5)
            if self._is_closed or device is None:
                return False
            has_picture = self._newest is not None
        if not has_picture:
            self.close()
            chosen = self._mode != CameraMode()
            raise UaoError(why_no_picture(self.index, names, chosen) if device.opened else why_not_opened(self.index, names))
        assert self._size is not None  # of the first picture
        self.info = SourceInfo(self._camera.name, self._size, sane_fps(device.nominal_fps), None, is_live=True)
        self._tell(CameraState.DELIVERING)
        return True

    def read(self) -> Frame | None:
        """The newest frame that was not read yet, however long it takes to come; None once the source is closed."""
        patience_s = _STALL_S
        while True:
            with self._ready:
                self._ready.wait_for(self._has_news, patience_s)
                if self._is_closed:
                    return None
                frame, self._newest = self._newest, None
            if frame is not None:
                self._tell(CameraState.DELIVERING)
                return frame
            self._tell(CameraState.WAITING)
            self._try_again()
            patience_s = _RETRY_S

    def close(self) -> None:
        """Let the camera go, as soon as its driver allows; who reads it is woken."""
        with self._ready:
            self._is_closed = True
            self._ready.notify_all()
            if self._device is not None:
                self._device.stop()

    def _has_news(self) -> bool:
        return self._newest is not None or self._is_closed or self._device is None or self._device.ended

    def _tell(self, state: CameraState) -> None:
        if state is not self._state:
            self._state = state
            self._on_state(state)

    def _start(self, index: int) -> CameraDevice | None:
        """Begin to open the camera; None where the source was closed meanwhile."""
        device = CameraDevice(index, self._mode, self._on_picture, self._wake)
        with self._ready:
            if self._is_closed:
                return None
            self._device = device
        device.start()
        return device

    def _try_again(self) -> None:
        """Open the camera anew where it is there again, after a pause; leave alone a driver that may yet go on."""
        device = self._device
        if device is not None and not device.ended and not device.is_stuck:
            return
        if device is not None:
            device.stop()
        with self._ready:
            self._ready.wait_for(lambda: self._is_closed, _RETRY_S)
        camera = self._find()
        if camera is not None and self._start(camera.index) is not None:
            self._camera = camera

    def _find(self) -> Camera | None:
        """The camera where it is now: by its name, since number and socket change. One that was beside it is another one."""
        if self._twins is None:
            return self._camera
        same = [c for c in list_cameras() if c.name == self._camera.name and c.path not in self._twins]
        return next((c for c in same if c.path == self._camera.path), same[0] if same else None)

    def _wake(self) -> None:
        with self._ready:
            self._ready.notify_all()

    def _on_picture(self, device: CameraDevice, pixels: NDArray[np.uint8], now: float) -> None:
        """Take a picture, on the camera's thread."""
        if pixels.ndim == 2:
            pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
        size = (pixels.shape[1], pixels.shape[0])
        fitted = fit(pixels, self._size or size)
        sample = pixels[::_SAMPLED, ::_SAMPLED]
        with self._ready:
            if device is not self._device or self._is_closed:
                return
            if self._size is None:
                self._size, self._first_s = size, now
            if not np.array_equal(sample, self._sample):
                self._sample, self._changed_s = sample.copy(), now
            self._raw_size = size
            self._grabs_s.append(now)
            while self._grabs_s[0] < now - _MEASURED_S:
                self._grabs_s.popleft()
            self._newest = frame = Frame(fitted, PixelFormat.BGR, self._count, now - self._first_s, now)
            self._count += 1
            self._ready.notify_all()
        if (watcher := self.watcher) is not None:
            watcher(frame)


def fit(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture in another size, (width, height), undistorted: black is added where the aspect differs.

    A camera that changes its size keeps its lens. With the same aspect its pixels have only become finer or coarser, and
    scaling keeps the intrinsics exactly. With another aspect nobody can tell what was cut; borders keep at least angles and
    the optical axis as they are, and one size is what recordings need.
    """
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    scale = min(size[0] / width, size[1] / height)
    if abs(size[0] * height / (size[1] * width) - 1) < _SAME_ASPECT:
        inner = size
    else:
        inner = (min(round(scale * width), size[0]), min(round(scale * height), size[1]))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = np.asarray(cv2.resize(pixels, inner, interpolation=how), dtype=np.uint8)
    if inner == size:
        return scaled
    canvas = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = scaled
    return canvas
