"""How a body moves: of a few frames as matrices, to compute with; of a whole take in a quarter of the memory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uao_core.body.rotations import matrices, quaternions
from uao_core.body.segments import SEGMENTS
from uao_core.packets import Doubles, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Poses:
    """Places of the root (F, 3) and local rotations (F, S, 3, 3)."""

    root: Doubles
    local: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Poses of a take.

    Attributes:
        root: (F, 3) places.
        turns: (F, S, 4) local rotations as quaternions x, y, z, w; in single precision they are off by 1e-5 degrees.
    """

    root: Doubles
    turns: Floats

    @classmethod
    def empty(cls, count: int) -> "Motion":
        """Of so many frames, to be set part by part."""
        return cls(np.empty((count, 3)), np.empty((count, len(SEGMENTS), 4), np.float32))

    def set(self, frames: slice, poses: Poses) -> None:
        self.root[frames], self.turns[frames] = poses.root, quaternions(poses.local)

    def at(self, frames: slice | NDArray[np.intp]) -> Poses:
        """Some of them, in order or by their indices."""
        return Poses(self.root[frames], matrices(self.turns[frames]))

    def moved(self, way_m: Doubles) -> "Motion":
        """The same turns elsewhere; `way_m` is (F, 3), or (3,) for all frames."""
        return Motion(self.root + way_m, self.turns)
