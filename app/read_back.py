"""Reads a finished picture back from OpenGL, and lets other threads have the interpreter meanwhile.

Open3D keeps the interpreter's lock until everything is drawn, read back and turned into floats: with software rendering
tens of milliseconds a picture, in which the window can do nothing.
"""

import ctypes
import sys
from functools import cache

import cv2
import numpy as np

from app.quiet_open3d import o3d
from app.view import Image

_BGRA, _UNSIGNED_BYTE, _RENDERER = 0x80E1, 0x1401, 0x1F01
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader", "software", "gdi generic", "basic render")
"""Of names of renderers without a GPU: Mesa's, Chrome's, Apple's and Microsoft's."""
_LIBRARIES = {
    "win32": ("opengl32",),
    "darwin": ("/System/Library/Frameworks/OpenGL.framework/OpenGL",),
}
_OTHER_LIBRARIES = ("libOpenGL.so.0", "libGL.so.1")
_MOST_APART = 1  # of 255: roundings differ


class ReadBack:
    """Reads the pictures of one renderer, on the thread that draws them.

    The first picture is also read by Open3D. Where the two differ, as where another library serves the window than the
    system's OpenGL, all are read by Open3D.

    Attributes:
        is_software: whether the pictures are drawn without a GPU, which is assumed until it is known.
    """

    def __init__(self) -> None:
        self._library: ctypes.CDLL | None = None
        self._is_first = self.is_software = True

    def know_renderer(self) -> None:
        """Ask the context that was made who draws in it; where nobody can tell it counts as a GPU."""
        library = _opengl()
        name = library.glGetString(_RENDERER) if library is not None else None
        self.is_software = name is not None and any(word in name.decode(errors="replace").lower() for word in _SOFTWARE)

    def read(self, window: o3d.visualization.Visualizer, size: tuple[int, int]) -> Image:
        """(H, W, 3) RGB of what a window of `size` (width, height) has drawn."""
        if self._library is not None:
            return _read(self._library, size)
        floats = np.asarray(window.capture_screen_float_buffer(do_render=False))
        picture = np.asarray(cv2.convertScaleAbs(floats, alpha=255), dtype=np.uint8)
        if self._is_first:
            library, self._is_first = _opengl(), False
            if library is not None and int(cv2.absdiff(_read(library, size), picture).max()) <= _MOST_APART:
                self._library = library
        return picture


def _read(library: ctypes.CDLL, size: tuple[int, int]) -> Image:
    width, height = size
    rows = np.zeros((height, width, 4), np.uint8)  # as framebuffers keep them: Mesa takes ten times as long for RGB
    library.glReadPixels(0, 0, width, height, _BGRA, _UNSIGNED_BYTE, rows.ctypes.data_as(ctypes.c_void_p))
    picture = cv2.cvtColor(rows, cv2.COLOR_BGRA2RGB)
    return np.asarray(cv2.flip(picture, 0, dst=picture), dtype=np.uint8)  # OpenGL begins at the bottom


@cache
def _opengl() -> ctypes.CDLL | None:
    """The system's OpenGL; functions of a `CDLL` are called without the interpreter's lock."""
    for name in _LIBRARIES.get(sys.platform, _OTHER_LIBRARIES):
        try:
            library = ctypes.CDLL(name)
            library.glReadPixels.restype = None
            library.glGetString.restype = ctypes.c_char_p
        except (OSError, AttributeError):
            continue
        return library
    return None
