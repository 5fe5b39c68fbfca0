"""What a renderer is asked to draw, and the protocol of renderers."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.colours import Scale
from app.frustum import CameraPicture
from app.orbit import Orbit, intrinsic
from app.trail import Trail
from uao_core.packets import Pose

Image = NDArray[np.uint8]
Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Theme:
    """What surrounds the body, as RGB in 0..1.

    Attributes:
        background, grid_line, ghost, camera: of the scene.
        text, faint: of what is written over it.
    """

    background: Colour
    grid_line: Colour
    ghost: Colour
    camera: Colour
    text: Colour
    faint: Colour


DARK = Theme(
    background=(0.078, 0.09, 0.114),
    grid_line=(0.36, 0.40, 0.47),
    ghost=(0.66, 0.71, 0.76),
    camera=(0.55, 0.66, 0.76),
    text=(0.90, 0.91, 0.93),
    faint=(0.62, 0.66, 0.71),
)
LIGHT = Theme(
    background=(0.93, 0.94, 0.95),
    grid_line=(0.60, 0.64, 0.69),
    ghost=(0.42, 0.46, 0.51),
    camera=(0.32, 0.42, 0.52),
    text=(0.12, 0.13, 0.15),
    faint=(0.36, 0.39, 0.44),
)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One picture of the 3D view.

    Attributes:
        orbit: where the viewer stands, around `centre_m`.
        size: (width, height) in pixels.
        centre_m: (3,) upright axes; the floor below the person.
        pose: the skeleton, or None for the empty floor.
        ghost: whether the pose before the optimization is drawn too.
        trail: the last way of a joint.
        camera: the camera and what it sees.
        scale: colours of the expected error.
        theme: all other colours.
        upright: (3, 3) from world axes, in which everything is drawn, to upright ones, in which viewer and floor are level:
            a camera may be tilted.
        moving: whether another picture follows at once, so that being quick counts for more than smooth edges.
    """

    orbit: Orbit
    size: tuple[int, int]
    centre_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    pose: Pose | None = None
    ghost: bool = False
    trail: Trail | None = None
    camera: CameraPicture | None = None
    scale: Scale = Scale()
    theme: Theme = DARK
    upright: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    moving: bool = False

    @property
    def extrinsic(self) -> NDArray[np.float64]:
        """(4, 4) world to view (x right, y down, z forward)."""
        extrinsic = self.orbit.extrinsic(np.array(self.centre_m))
        extrinsic[:3, :3] = extrinsic[:3, :3] @ self.upright
        return extrinsic

    def project(self, points_m: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Points (N, 3) of the world to (N, 2) pixels of the picture and (N,) depths in metres; behind the viewer, NaN."""
        extrinsic = self.extrinsic
        seen = points_m @ extrinsic[:3, :3].T + extrinsic[:3, 3]
        depth = np.where(seen[:, 2] > 0.05, seen[:, 2], np.nan)
        image = seen @ intrinsic(self.size).T
        return image[:, :2] / depth[:, None], depth


class Renderer(Protocol):
    """Draws views; what it draws depends on the view alone. Made, used and closed in one thread."""

    def render(self, view: View) -> Image:
        """(height, width, 3) RGB."""
        ...

    def close(self) -> None: ...
