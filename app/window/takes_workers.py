"""Threads of the takes: one reads their folder, one decodes a small picture of each."""

import threading
from datetime import date
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.capture import FileSource
from app.images import image_of
from app.takes import empty_trash, list_takes
from app.window.workers import Worker, end_workers
from uao_core.errors import UaoError

THUMBNAIL_PX = 192
"""The longer side, enough for a screen of double density."""


class TakesReader(Worker):
    """Reads a folder once, and lets go of what has lain in its trash for long enough."""

    listed = Signal(object, object)  # Path of the folder, tuple of TakeEntry

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder

    def work(self) -> None:
        self.listed.emit(self._folder, list_takes(self._folder))
        empty_trash(self._folder, date.today())


class _ThumbnailWorker(Worker):
    """Decodes first pictures; what was asked for last comes first, since that is what is looked at."""

    made = Signal(object, QImage)  # Path, an empty image where there is no picture

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted: list[Path] = []
        self._condition = threading.Condition()

    def request(self, path: Path) -> None:
        with self._condition:
            self._wanted.append(path)
            self._condition.notify()

    def stop(self) -> None:
        super().stop()
        with self._condition:
            self._condition.notify()

    def work(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._wanted or self.is_stopped())
                if self.is_stopped():
                    return
                path = self._wanted.pop()
            self.made.emit(path, first_picture(path))


def first_picture(path: Path) -> QImage:
    """The first picture of a video, made small; an empty image where there is none."""
    try:
        source = FileSource(path)
        try:
            frame = source.read()
        finally:
            source.close()
    except UaoError:
        return QImage()
    if frame is None:
        return QImage()
    share = min(THUMBNAIL_PX / max(frame.size), 1.0)
    pixels = cv2.resize(frame.rgb(), None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return image_of(np.asarray(pixels, dtype=np.uint8))


class Thumbnails(QObject):
    """Small pictures of takes, kept in memory; each is decoded when it is looked at first."""

    made = Signal(object)  # Path

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._images: dict[Path, QImage | None] = {}  # None: on its way
        self._worker: _ThumbnailWorker | None = None

    def image(self, path: Path) -> QImage | None:
        """None until it is there, which is told; empty where the video has no picture."""
        if path not in self._images:
            self._images[path] = None
            if self._worker is None:
                self._worker = _ThumbnailWorker()
                self._worker.made.connect(self._on_made)
                self._worker.start()
            self._worker.request(path)
        return self._images[path]

    def keep(self, paths: set[Path]) -> None:
        """Forget all but these."""
        self._images = {path: image for path, image in self._images.items() if path in paths}

    def shut_down(self) -> None:
        if self._worker is not None:
            self._worker.stop()
            end_workers([self._worker])
            self._worker = None

    def _on_made(self, path: Path, image: QImage) -> None:
        if path in self._images:
            self._images[path] = image
            self.made.emit(path)
