"""How long a job will still take, from how it went of late."""

from collections import deque

_MEMORY_S = 15.0
_FIRST_S = 2.0


class Remaining:
    """Watches a count grow. The rate is that of the last 15 seconds, so a slow beginning is soon forgotten."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def seconds(self, done: int, total: int, now_s: float) -> float | None:
        """Expected time until `done` is `total`; None as long as two seconds have not been watched or nothing moves.

        A count that falls is another job, and begins anew.
        """
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()
        if not self._seen or done > self._seen[-1][1]:
            self._seen.append((now_s, done))
        while len(self._seen) > 2 and now_s - self._seen[0][0] > _MEMORY_S:
            self._seen.popleft()
        (began_s, before), (_, last) = self._seen[0], self._seen[-1]
        watched_s = now_s - began_s
        if watched_s < _FIRST_S or last == before:
            return None
        return max(total - done, 0) * watched_s / (last - before)
