"""The camera in the 3D view: its four corner rays, and the frame it took on a plane between them."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from app.capture import Frame, PixelFormat
from app.lines import Lines, uniform_lines
from app.scene import to_world
from uao_core.camera import Intrinsics
from uao_core.packets import Floats

PLANE_M = 0.7
"""Depth of the picture before the camera: nearer than anybody stands."""
_TEXTURE_SIDE_PX = 320
_EDGES = np.array([(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (2, 3), (3, 4), (4, 1), (5, 6), (6, 7)], dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class CameraPicture:
    """A frame and the lens that it was seen through."""

    frame: Frame
    intrinsics: Intrinsics

    def corners(self) -> Floats:
        """(4, 3) corners of the picture in the world, around from the upper left."""
        width, height = self.frame.size
        corners_px = torch.tensor([(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)])
        rays = self.intrinsics.rays(corners_px)
        return to_world((PLANE_M * torch.nn.functional.pad(rays, (0, 1), value=1.0)).numpy())

    def lines(self, colour: tuple[float, float, float]) -> Lines:
        """The pyramid from the camera to the picture's corners, and a roof over its upper edge: this way is up."""
        corners = self.corners()
        left, right = corners[0], corners[1]
        inset, up = 0.3 * (right - left), 0.16 * (corners[0] - corners[3])
        roof = np.stack([left + inset, (left + right) / 2 + up, right - inset])
        return uniform_lines(np.concatenate([np.zeros((1, 3), np.float32), corners, roof]), _EDGES, colour)

    def texture(self) -> NDArray[np.uint8]:
        """(height, width, 3) RGB of the frame, small enough to be handed over for every picture."""
        pixels = self.frame.pixels
        shrink = min(1.0, _TEXTURE_SIDE_PX / max(self.frame.size))
        small = cv2.resize(pixels, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        if self.frame.pixel_format is PixelFormat.BGR:
            small = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
        return np.ascontiguousarray(small, dtype=np.uint8)
