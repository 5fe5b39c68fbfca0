"""Pixels as images of Qt."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage


def image_of(pixels: NDArray[np.uint8], *, is_bgr: bool = False) -> QImage:
    """(H, W, 3) RGB or BGR as an image that owns its bytes, so that it may go to another thread, in the format in which Qt
    paints: any other is converted with every painting, at half a millisecond or more."""
    height, width = pixels.shape[:2]
    native = cv2.cvtColor(pixels, cv2.COLOR_BGR2BGRA if is_bgr else cv2.COLOR_RGB2BGRA)  # 0xffRRGGBB, little end first
    return QImage(native.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
