"""Adaptive quality of a live view: where time is short, iterations are given up before frames, and come back."""

import time
from collections.abc import Callable

_MEASURED_S = 1.0
_MOST_WAITING = 0.1
"""A refinement for which the detector waits during no more of the time follows it."""
_PATIENCE_S, _MOST_PATIENCE_S = 3.0, 48.0
"""After so long without trouble more iterations are tried; each trial that fails doubles the wait for the next."""


class Pace:
    """How many iterations there is time for: all, half of them, a quarter, ..., none.

    Attributes:
        wanted: iterations where there is time.
        iterations: those of the next frame.
    """

    def __init__(self, wanted: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.wanted = self.iterations = wanted
        self._clock = clock
        self._patience_s = _PATIENCE_S
        self._is_trial = False
        self._is_warm = False
        self._calm_since_s = 0.0
        self._since_s: float | None = None
        self._waited_s = 0.0

    @property
    def is_reduced(self) -> bool:
        """Whether iterations are being given up."""
        return self.iterations < self.wanted

    def add(self, waited_s: float) -> None:
        """A frame has been handed over, for which the detector waited so long."""
        now = self._clock()
        if self._since_s is None:
            self._since_s = self._calm_since_s = now
        self._waited_s += waited_s
        if now - self._since_s < _MEASURED_S:
            return
        follows = self._waited_s <= _MOST_WAITING * (now - self._since_s) or not self._is_warm  # first, libraries load
        self._since_s, self._waited_s, self._is_warm = now, 0.0, True
        if not follows:
            if self._is_trial:
                self._patience_s = min(2 * self._patience_s, _MOST_PATIENCE_S)
            self._go_to(self.iterations // 2, now, is_trial=False)
        elif now - self._calm_since_s >= self._patience_s:
            if not self.is_reduced:
                self._patience_s = _PATIENCE_S
            self._go_to(self._more(), now, is_trial=self.is_reduced)

    def _go_to(self, iterations: int, now: float, *, is_trial: bool) -> None:
        self.iterations, self._calm_since_s, self._is_trial = iterations, now, is_trial

    def _more(self) -> int:
        """The next level above this one."""
        level = self.wanted
        while level // 2 > self.iterations:
            level //= 2
        return level
