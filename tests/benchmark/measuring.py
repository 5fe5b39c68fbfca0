"""Times of things that are compared: in turns, so that what else the machine does meets all of them alike."""

import time
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median


@dataclass
class Cost:
    """Of something done `count` times: seconds on the wall, and of all threads on processors."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    count: int = 1

    @property
    def wall_ms(self):
        return 1000 * self.wall_s / self.count

    @property
    def cpu_ms(self):
        return 1000 * self.cpu_s / self.count


@contextmanager
def timed(count=1):
    """Fills in the cost of what is done in the context."""
    cost = Cost(count=count)
    wall, cpu = time.perf_counter(), time.process_time()
    yield cost
    cost.wall_s, cost.cpu_s = time.perf_counter() - wall, time.process_time() - cpu


def in_turns(rounds, *contenders):
    """Runs functions that give a `Cost` one after the other, several rounds of it; costs by contender, by round."""
    costs = [[contender() for contender in contenders] for _ in range(rounds)]
    return list(zip(*costs, strict=True))


def ratio(above, below, of="wall_ms"):
    """Median over the rounds of one contender's cost over that of another in the same round."""
    return median(getattr(a, of) / getattr(b, of) for a, b in zip(above, below, strict=True))


def middle(costs, of="wall_ms"):
    """Median over the rounds."""
    return round(median(getattr(cost, of) for cost in costs), 2)
