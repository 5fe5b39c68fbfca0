"""Adaptive quality of a live view: where time is short, steps of the method are given up before frames, and come back."""

import time
from collections.abc import Callable

_MEASURED_S = 1.0
_MOST_WAITING = 0.1
"""A refinement for which the detector waits during no more of the time follows it."""
_PATIENCE_S, _MOST_PATIENCE_S = 3.0, 48.0
"""After so long without trouble more is tried; each trial that fails doubles the wait for the next."""


class Pace:
    """How much of the method there is time for. First the mirror image is given up, which costs more than the optimization
    and brings less (docs/benchmarks.md), then half of the iterations, a quarter, ..., all.

    Attributes:
        wanted: iterations where there is time.
    """

    def __init__(self, wanted: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.wanted = wanted
        self._levels = _levels(wanted)
        self._level = 0
        self._clock = clock
        self._patience_s = _PATIENCE_S
        self._is_trial = False
        self._is_warm = False
        self._calm_since_s = 0.0
        self._since_s: float | None = None
        self._waited_s = 0.0

    @property
    def iterations(self) -> int:
        """Those of the next frame."""
        return self._levels[self._level][0]

    @property
    def mirrored(self) -> bool:
        """Whether the mirror image of the next frame is lifted too."""
        return self._levels[self._level][1]

    @property
    def is_reduced(self) -> bool:
        """Whether anything is being given up."""
        return self._level > 0

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
            self._go_to(min(self._level + 1, len(self._levels) - 1), now, is_trial=False)
        elif now - self._calm_since_s >= self._patience_s:
            if not self.is_reduced:
                self._patience_s = _PATIENCE_S
            self._go_to(max(self._level - 1, 0), now, is_trial=self.is_reduced)

    def _go_to(self, level: int, now: float, *, is_trial: bool) -> None:
        self._level, self._calm_since_s, self._is_trial = level, now, is_trial


def _levels(wanted: int) -> list[tuple[int, bool]]:
    """Iterations, and whether the mirror image is lifted, from all that is wanted to nothing."""
    levels = [(wanted, True), (wanted, False)]
    while (iterations := levels[-1][0]) > 0:
        levels.append((iterations // 2, False))
    return levels
