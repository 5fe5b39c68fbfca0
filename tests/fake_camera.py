"""Webcams that behave as badly as real ones: a test says what `cv2.VideoCapture` and the list of cameras do."""

import threading
import time
from collections import namedtuple
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from app import camera, camera_trouble

_real_capture = cv2.VideoCapture
_FOREVER_S = 60
Listed = namedtuple("Listed", "index name path")


@dataclass
class FakeCamera:
    """A webcam. A test changes its attributes, or calls its methods, while somebody reads it.

    Attributes:
        index, name: as the system lists it; unplugged and plugged in again, it may have another index.
        path: what the system tells it from its twins by; without one, its number as on Linux.
        size: (width, height) of the pictures it gives.
        fps: their rate.
        clip: whose pictures it gives, again and again; without one they are grey, each of another brightness.
        open_s: how long the driver takes to open it.
        is_plugged, is_busy: whether it is there; whether another program has it.
        is_frozen, is_black: gives the same picture again; gives black ones.
        opened, released: how often it was; at most one program, and one thread, may have it.
        asked: what it was set to, by OpenCV's property.
    """

    index: int = 0
    name: str = "Front camera"
    path: str = ""
    size: tuple[int, int] = (64, 48)
    fps: float = 100.0
    clip: Path | None = None
    open_s: float = 0.0
    is_plugged: bool = True
    is_busy: bool = False
    is_frozen: bool = False
    is_black: bool = False
    opened: int = 0
    released: int = 0
    asked: dict[int, float] = field(default_factory=dict)

    def __post_init__(self):
        self._goes_on = threading.Event()
        self._goes_on.set()
        self._to_drop, self._due_s = 0, 0.0
        self.given = 0

    @property
    def is_held(self):
        return self.opened > self.released

    def unplug(self):
        self.is_plugged = False

    def plug_in(self, index=None):
        self.index = self.index if index is None else index
        self.is_plugged = True

    def stall(self):
        """Every read blocks from now on, as drivers do."""
        self._goes_on.clear()

    def go_on(self):
        self._goes_on.set()

    def drop(self, count):
        """The next reads fail."""
        self._to_drop = count

    def picture(self):
        """The next picture and whether there was one; blocks as long as the camera is stalled."""
        self._goes_on.wait(_FOREVER_S)
        now = time.monotonic()
        self._due_s = max(self._due_s + 1 / self.fps, now)  # its clock goes on while pictures are decoded
        time.sleep(self._due_s - now)
        if not self.is_plugged:
            return False, None
        if self._to_drop > 0:
            self._to_drop -= 1
            return False, None
        self.given += not self.is_frozen
        if self.is_black:
            return True, self._grey(0)
        return True, self._grey(40 + self.given % 200) if self.clip is None else self._of_clip()

    def _grey(self, value):
        return np.full((self.size[1], self.size[0], 3), value, np.uint8)

    def _of_clip(self):
        if not hasattr(self, "_file"):
            self._file = _real_capture(str(self.clip))
        ok, pixels = self._file.read()
        if not ok:
            self._file.set(cv2.CAP_PROP_POS_FRAMES, 0)
            ok, pixels = self._file.read()
        return pixels


class FakeCameras:
    """The webcams of a system; files are opened as ever."""

    def __init__(self, *cameras):
        self.cameras = list(cameras)

    def install(self, monkeypatch, folder):
        """Take the place of the real ones; `folder` stands for `/dev`."""
        self._folder = folder
        monkeypatch.setattr(cv2, "VideoCapture", self._capture)
        monkeypatch.setattr(
            camera,
            "enumerate_cameras",
            lambda _backend: [Listed(c.index, c.name, c.path or f"/dev/video{c.index}") for c in self._plugged()],
        )
        monkeypatch.setattr(camera_trouble, "device_path", self._device)
        monkeypatch.setattr(camera_trouble, "is_busy", lambda path: self._at(int(path.name[5:])).is_busy)
        return self

    def end(self):
        """Let every blocked thread go."""
        for device in self.cameras:
            device.unplug()
            device.go_on()

    def _plugged(self):
        return [c for c in self.cameras if c.is_plugged]

    def _at(self, index):
        return next((c for c in self._plugged() if c.index == index), None)

    def _device(self, index):
        path = self._folder / f"video{index}"
        if self._at(index) is not None:
            path.touch()
        else:
            path.unlink(missing_ok=True)
        return path

    def _capture(self, source, *rest):
        return _FakeCapture(self._at(source)) if isinstance(source, int) else _real_capture(source, *rest)


class _FakeCapture:
    """`cv2.VideoCapture` of a fake camera, or of none."""

    def __init__(self, device):
        self._device = device
        if device is not None:
            time.sleep(device.open_s)
        self._is_open = device is not None and device.is_plugged and not device.is_busy
        if self._is_open:
            assert not device.is_held, "two threads have one camera"
            device.opened += 1

    def isOpened(self):  # noqa: N802 (OpenCV's name)
        return self._is_open

    def read(self):
        return self._device.picture()

    def set(self, which, value):
        self._device.asked[which] = value
        return True

    def get(self, which):
        return self._device.fps if which == cv2.CAP_PROP_FPS else 0.0

    def release(self):
        if self._is_open:
            self._is_open = False
            self._device.released += 1
