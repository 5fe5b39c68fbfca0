"""Lines of one pixel in the 3D view, such as the floor's grid."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from uao_core.packets import Floats


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines between points.

    Attributes:
        points: (P, 3).
        lines: (L, 2) indices of points.
        colours: (L, 3) RGB in 0..1.
    """

    points: Floats
    lines: NDArray[np.int32]
    colours: Floats


def floor_grid(background: Floats, line: Floats, half_m: float = 5.0, step_m: float = 0.5) -> Lines:
    """A grid on y = 0 around the origin; every second line is stronger, and all fade into the background with distance."""
    ticks = np.arange(-half_m, half_m + 1e-6, step_m)
    points: list[tuple[float, float, float]] = []
    lines: list[tuple[int, int]] = []
    colours: list[Floats] = []
    for i, a in enumerate(ticks):
        strength = 1.0 if i % 2 == 0 else 0.45
        for near, far in pairwise(ticks):
            fade = max(0.0, 1 - float(np.hypot(a, (near + far) / 2)) / half_m) ** 1.2
            if fade <= 0.02:
                continue
            for segment in (((a, 0, near), (a, 0, far)), ((near, 0, a), (far, 0, a))):
                lines.append((len(points), len(points) + 1))
                points.extend(segment)
                colours.append(background + strength * fade * (line - background))
    return Lines(np.array(points, np.float32), np.array(lines, np.int32), np.array(colours, np.float32))


def uniform_lines(points: Floats, lines: NDArray[np.int32], colour: tuple[float, float, float]) -> Lines:
    return Lines(points, lines, np.tile(np.array(colour, np.float32), (len(lines), 1)))
