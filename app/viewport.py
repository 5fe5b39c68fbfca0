"""The 3D view, rendered off screen: one small protocol, and Open3D behind it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from app.orbit import Orbit, intrinsic
from app.quiet_open3d import o3d
from app.scene import Lines, Mesh, body_mesh, floor_grid, ghost_lines, lit_colours, lowest_point, to_world
from uao_core.errors import UaoError
from uao_core.packets import Pose
from uao_core.skeleton import PELVIS

Image = NDArray[np.uint8]
_FLOOR_MEMORY = 0.95
_CENTRE_MEMORY = 0.9


@dataclass(frozen=True, slots=True)
class Theme:
    """What stands behind the body, as RGB in 0..1."""

    background: tuple[float, float, float]
    grid_line: tuple[float, float, float]
    ghost: tuple[float, float, float] = (0.66, 0.71, 0.76)


DARK = Theme((0.078, 0.09, 0.114), (0.36, 0.40, 0.47))
LIGHT = Theme((0.93, 0.94, 0.95), (0.60, 0.64, 0.69))


class Renderer(Protocol):
    """Draws a pose. Made, used and closed in one thread."""

    def render(self, pose: Pose | None, orbit: Orbit, size: tuple[int, int], *, ghost: bool = False) -> Image:
        """(height, width, 3) RGB of the pose, or of the empty floor, for a size of (width, height) pixels; with `ghost`
        the pose before the optimization, as thin lines, too."""
        ...

    def close(self) -> None: ...


class Open3DRenderer:
    """Open3D's visualizer on a hidden framebuffer: the GPU where there is one, software where there is none.

    The floor lies under the feet and the view follows the person, both slowly, so that steps do not shake the picture.
    `render` raises UaoError where no OpenGL context can be made. Have one per thread at a time: when one is closed, Open3D
    leaves any other of its thread without a context, and its pictures are black from then on.

    Args:
        supersampling: the picture is drawn larger by this factor and scaled down, since the hidden framebuffer has no
            antialiasing. Reading it back takes most of the time, with the interpreter's lock held.
    """

    def __init__(self, theme: Theme = DARK, supersampling: float = 2.0) -> None:
        self._theme, self._supersampling = theme, supersampling
        o3d.utility.set_verbosity_level(o3d.utility.VerbosityLevel.Error)
        self._window: o3d.visualization.Visualizer | None = None
        self._size = (0, 0)
        self._floor_m: float | None = None
        self._centre_m: NDArray[np.float64] | None = None

    def render(self, pose: Pose | None, orbit: Orbit, size: tuple[int, int], *, ghost: bool = False) -> Image:
        self._follow(pose)
        window = self._window_of(size)
        centre = np.zeros(3) if self._centre_m is None else self._centre_m
        extrinsic = orbit.extrinsic(centre)
        self._show_body(window, body_mesh(pose) if pose is not None else None, extrinsic[:3, :3])
        self._show_ghost(window, ghost_lines(pose, self._theme.ghost) if ghost and pose is not None else None)
        self._move_grid(window, centre)
        control = window.get_view_control()
        parameters = o3d.camera.PinholeCameraParameters()
        parameters.extrinsic = extrinsic
        parameters.intrinsic = o3d.camera.PinholeCameraIntrinsic(*self._size, intrinsic(self._size))
        control.convert_from_pinhole_camera_parameters(parameters, allow_arbitrary=True)
        control.set_constant_z_near(0.1)
        control.set_constant_z_far(60.0)
        window.poll_events()
        window.update_renderer()
        pixels = np.asarray(window.capture_screen_float_buffer(do_render=False))
        picture = cv2.resize(cv2.convertScaleAbs(pixels, alpha=255), size, interpolation=cv2.INTER_AREA)
        return np.asarray(picture, dtype=np.uint8)

    def close(self) -> None:
        if self._window is not None:
            self._window.destroy_window()
            self._window = None

    def _follow(self, pose: Pose | None) -> None:
        if pose is None:
            return
        floor, pelvis = lowest_point(pose), to_world(pose.joints_m[PELVIS]).astype(np.float64)
        if self._floor_m is None or self._centre_m is None or abs(pelvis - self._centre_m)[[0, 2]].max() > 1.5:
            self._floor_m, self._centre_m = floor, pelvis
        else:
            self._floor_m = min(_FLOOR_MEMORY * self._floor_m + (1 - _FLOOR_MEMORY) * floor, floor)
            self._centre_m = _CENTRE_MEMORY * self._centre_m + (1 - _CENTRE_MEMORY) * pelvis
        self._centre_m[1] = self._floor_m

    def _window_of(self, size: tuple[int, int]) -> o3d.visualization.Visualizer:
        """The window, made anew where the size has changed: a framebuffer cannot grow."""
        wanted = (max(round(self._supersampling * size[0]), 2), max(round(self._supersampling * size[1]), 2))
        if self._window is not None and wanted == self._size:
            return self._window
        self.close()
        window = o3d.visualization.Visualizer()
        with _without_display():
            made = window.create_window("UAO Pose", *wanted, visible=False)
        if not made or window.get_render_option() is None:
            raise UaoError("The 3D view needs OpenGL; on Debian and Ubuntu: apt-get install libegl1 libgl1 libgl1-mesa-dri.")
        option = window.get_render_option()
        option.background_color = self._theme.background
        option.mesh_show_back_face = True
        option.line_width = self._supersampling
        option.light_on = False  # its lamps cannot be set, and turn the legend's yellow brown in the shade: see lit_colours
        self._window, self._size = window, wanted
        self._body = o3d.geometry.TriangleMesh()
        self._has_body = False
        self._ghost: o3d.geometry.LineSet | None = None
        self._grid = floor_grid(np.array(self._theme.background, np.float32), np.array(self._theme.grid_line, np.float32))
        self._lines = _line_set(self._grid)
        window.add_geometry(self._lines)
        return window

    def _show_body(self, window: o3d.visualization.Visualizer, mesh: Mesh | None, view_axes: NDArray[np.float64]) -> None:
        if mesh is None:
            if self._has_body:
                window.remove_geometry(self._body, reset_bounding_box=False)
                self._has_body = False
            return
        self._body.vertices = o3d.utility.Vector3dVector(mesh.vertices.astype(np.float64))
        colours = lit_colours(mesh, view_axes.astype(np.float32))
        self._body.vertex_colors = o3d.utility.Vector3dVector(colours.astype(np.float64))
        if self._has_body:
            window.update_geometry(self._body)
        else:
            self._body.triangles = o3d.utility.Vector3iVector(mesh.triangles)
            window.add_geometry(self._body, reset_bounding_box=False)
            self._has_body = True

    def _show_ghost(self, window: o3d.visualization.Visualizer, lines: Lines | None) -> None:
        if lines is None:
            if self._ghost is not None:
                window.remove_geometry(self._ghost, reset_bounding_box=False)
                self._ghost = None
        elif self._ghost is None:
            self._ghost = _line_set(lines)
            window.add_geometry(self._ghost, reset_bounding_box=False)
        else:
            self._ghost.points = o3d.utility.Vector3dVector(lines.points.astype(np.float64))
            window.update_geometry(self._ghost)

    def _move_grid(self, window: o3d.visualization.Visualizer, centre: NDArray[np.float64]) -> None:
        """The grid stays where it is and goes along in whole squares, so that it reads as the floor of a room."""
        offset = np.array([np.round(centre[0]), centre[1], np.round(centre[2])])
        self._lines.points = o3d.utility.Vector3dVector(self._grid.points.astype(np.float64) + offset)
        window.update_geometry(self._lines)


def _line_set(grid: Lines) -> o3d.geometry.LineSet:
    lines = o3d.geometry.LineSet()
    lines.points = o3d.utility.Vector3dVector(grid.points.astype(np.float64))
    lines.lines = o3d.utility.Vector2iVector(grid.lines)
    lines.colors = o3d.utility.Vector3dVector(grid.colours.astype(np.float64))
    return lines


@contextmanager
def _without_display() -> Iterator[None]:
    """Hide the display while the window is made, so that Open3D takes its off-screen path: captures of a hidden X window
    come out black."""
    hidden = {name: os.environ.pop(name) for name in ("DISPLAY", "WAYLAND_DISPLAY") if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)
