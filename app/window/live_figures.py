"""How a live camera is going: frames a second, and from grab to picture."""

import time

from app.capture import Frame

_MEMORY = 0.9
"""Share of the old value in the running means."""


class LiveFigures:
    """Running means over the pictures that were shown.

    Attributes:
        pictures: that were shown.
        fps: pictures shown a second; 0 before the second one.
        latency_ms: from the grab of a picture until it and its skeleton are painted; 0 before the first one.
    """

    def __init__(self) -> None:
        self.pictures, self.fps, self.latency_ms = 0, 0.0, 0.0
        self._shown_at: float | None = None

    def show(self) -> None:
        """A picture is handed to the views now."""
        now = time.monotonic()
        if self._shown_at is not None:
            rate = 1 / max(now - self._shown_at, 1e-3)
            self.fps = rate if self.fps == 0 else _MEMORY * self.fps + (1 - _MEMORY) * rate
        self._shown_at = now
        self.pictures += 1

    def paint(self, frame: Frame) -> None:
        """The picture of a frame has been painted now."""
        latency_ms = 1000 * (time.monotonic() - frame.grabbed_s)
        keep = _MEMORY if self.latency_ms else 0.0
        self.latency_ms = keep * self.latency_ms + (1 - keep) * latency_ms
