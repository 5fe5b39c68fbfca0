"""The 3D view, rendered off screen by Open3D."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
from numpy.typing import NDArray

from app.capture import Frame
from app.frustum import CameraPicture
from app.ghost import add_ghost
from app.glow import add_glow
from app.lines import Lines, floor_grid
from app.orbit import intrinsic
from app.quiet_open3d import o3d
from app.read_back import ReadBack
from app.scene import Mesh, body_mesh, lit_colours
from app.trail import trail_mesh
from app.view import Image, Theme, View
from uao_core.errors import UaoError

_PICTURE_TRIANGLES = np.array([(0, 1, 2), (0, 2, 3)], dtype=np.int32)
_MOST_STAGES = 2
_ROOM_PX = 64
_AWAY_M = -1000.0  # beyond all that is drawn
_SPECK = Mesh(
    np.full((3, 3), _AWAY_M, np.float32),
    np.ones((3, 3), np.float32),
    np.ones((3, 3), np.float32),
    np.array([[0, 1, 2]], np.int32),
)
_JITTER_PX = ((-0.125, -0.375), (0.375, -0.125), (0.125, 0.375), (-0.375, 0.125))
"""Where in a pixel a picture at rest is sampled: a grid turned so that edges near to level or upright gain most."""
_PICTURE_UVS = np.array([(0, 0), (1, 0), (1, 1), (0, 0), (1, 1), (0, 1)], dtype=np.float64)


class Open3DRenderer:
    """Open3D's visualizer on hidden framebuffers: the GPU where there is one, software where there is none.

    `render` raises UaoError where no OpenGL context can be made. Have one per thread at a time: when one is closed, Open3D
    leaves any other of its thread without a context, and its pictures are black from then on. Two sizes in turn, as of the
    window and of a film that is made meanwhile, keep a framebuffer each.

    Args:
        supersampling: the picture is drawn larger by this factor and scaled down, since the hidden framebuffer has no
            antialiasing. Drawing it and reading it back takes most of the time.
        adaptive: where software draws, a picture is drawn in its own size instead: once while the view moves, and else
            several times, a part of a pixel apart, of which the mean is given. A second framebuffer for that would cost
            a pause whenever it is made.
    """

    def __init__(self, supersampling: float = 2.0, *, adaptive: bool = False) -> None:
        self._supersampling, self._adaptive = supersampling, adaptive
        o3d.utility.set_verbosity_level(o3d.utility.VerbosityLevel.Error)
        self._read_back = ReadBack()
        self._stages: dict[tuple[int, int], _Stage] = {}

    def render(self, view: View) -> Image:
        factor = 1.0 if self._is_frugal else self._supersampling
        size = (max(round(factor * view.size[0]), 2), max(round(factor * view.size[1]), 2))
        stage = self._stage_of(size, factor)
        drawn = stage.draw(view, size, is_smoothed=self._is_frugal and size == view.size and not view.moving)
        fits = drawn.shape[1::-1] == view.size
        picture = drawn if fits else np.asarray(cv2.resize(drawn, view.size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        add_glow(picture, view)
        add_ghost(picture, view)
        return picture

    def close(self) -> None:
        for stage in self._stages.values():
            stage.close()
        self._stages.clear()

    @property
    def _is_frugal(self) -> bool:
        return self._adaptive and self._read_back.is_software

    def _stage_of(self, size: tuple[int, int], factor: float) -> "_Stage":
        """The framebuffer for a size; a frugal one has room for somewhat larger views, and is made less often."""
        if self._is_frugal and (roomy := next((stage for stage in self._stages.values() if stage.suits(size)), None)):
            return roomy
        wanted = (size[0] + _ROOM_PX, size[1] + _ROOM_PX) if self._is_frugal else size
        if wanted not in self._stages:
            if len(self._stages) >= _MOST_STAGES:
                self.close()  # all of them: what stayed would be black
            self._stages[wanted] = _Stage(wanted, factor, self._read_back)
        return self._stages[wanted]


class _Stage:
    """A framebuffer of (width, height), which cannot grow, with all that stands in it.

    Raises:
        UaoError: no OpenGL context can be made.
    """

    def __init__(self, size: tuple[int, int], line_width: float, read_back: ReadBack) -> None:
        window = o3d.visualization.Visualizer()
        with _without_display():
            made = window.create_window("UAO Pose", *size, visible=False)
        if not made or window.get_render_option() is None:
            raise UaoError("The 3D view needs OpenGL; on Debian and Ubuntu: apt-get install libegl1 libgl1 libgl1-mesa-dri.")
        read_back.know_renderer()
        option = window.get_render_option()
        option.mesh_show_back_face = True
        option.line_width = line_width
        option.light_on = False  # its lamps cannot be set, and turn the legend's yellow brown in the shade: see lit_colours
        self._window, self.size, self._read_back = window, size, read_back
        self._body, self._trail = _MeshOf(window), _MeshOf(window)
        self._floor = _LinesOf(window, bounds=True)
        self._frustum = _LinesOf(window)
        self._picture = _PictureOf(window)
        self._floor_shown: tuple[Theme, tuple[float, ...], bytes] | None = None
        self._body.show(_SPECK)  # and out of sight: its shaders are compiled now, and not when the first person appears

    def suits(self, size: tuple[int, int]) -> bool:
        """Whether a picture of (width, height) can be cut from this one's, and most of it is used."""
        (width, height), (own_width, own_height) = size, self.size
        return width <= own_width and height <= own_height and own_width * own_height <= 2 * width * height

    def draw(self, view: View, size: tuple[int, int], *, is_smoothed: bool = False) -> Image:
        """(height, width, 3) RGB of the middle, of `size`; smoothed, the mean of several pictures."""
        self._show_floor(view)
        extrinsic = view.extrinsic
        self._show_body(view, extrinsic[:3, :3])
        eye = -extrinsic[:3, :3].T @ extrinsic[:3, 3]
        background = view.theme.background
        self._trail.show(trail_mesh(view.trail, eye, view.scale, background) if view.trail is not None else None)
        self._frustum.show(view.camera.lines(view.theme.camera) if view.camera is not None else None)
        self._picture.show(view.camera)
        if not is_smoothed:
            return self._shoot(extrinsic, size)
        total = np.zeros((size[1], size[0], 3), np.uint16)
        for aside_px in _JITTER_PX:
            total += self._shoot(_turned(extrinsic, aside_px, size), size)
        return np.asarray((total + len(_JITTER_PX) // 2) // len(_JITTER_PX), dtype=np.uint8)

    def _shoot(self, extrinsic: NDArray[np.float64], size: tuple[int, int]) -> Image:
        window, (width, height) = self._window, size
        lens = intrinsic(size)
        lens[:2, 2] += (np.array(self.size) - size) / 2
        control = window.get_view_control()
        parameters = o3d.camera.PinholeCameraParameters()
        parameters.extrinsic = extrinsic
        parameters.intrinsic = o3d.camera.PinholeCameraIntrinsic(*self.size, lens)
        control.convert_from_pinhole_camera_parameters(parameters, allow_arbitrary=True)
        control.set_constant_z_near(0.1)
        control.set_constant_z_far(60.0)
        window.poll_events()
        window.update_renderer()
        drawn = self._read_back.read(window, self.size)
        if not drawn.any():  # no theme is black throughout
            raise UaoError("The 3D view has lost its graphics context; the 2D view and exports go on without it.")
        left, top = (self.size[0] - width) // 2, (self.size[1] - height) // 2
        return np.ascontiguousarray(drawn[top : top + height, left : left + width])

    def close(self) -> None:
        self._window.destroy_window()

    def _show_body(self, view: View, view_axes: NDArray[np.float64]) -> None:
        if view.pose is None:
            self._body.show(None)
            return
        mesh = body_mesh(view.pose, view.scale)
        lit = lit_colours(mesh, view_axes.astype(np.float32))
        self._body.show(Mesh(mesh.vertices, mesh.normals, lit, mesh.triangles))

    def _show_floor(self, view: View) -> None:
        """The grid stays where it is and goes along in whole squares, so that it reads as the floor of a room."""
        x, height, z = view.centre_m
        wanted = (view.theme, (round(x), height, round(z)), view.upright.tobytes())
        if wanted == self._floor_shown:
            return
        if self._floor_shown is None or self._floor_shown[0] != view.theme:
            self._window.get_render_option().background_color = view.theme.background
            background, line = (np.array(colour, np.float32) for colour in (view.theme.background, view.theme.grid_line))
            self._grid = floor_grid(background, line)
        moved = (self._grid.points + np.array(wanted[1], np.float32)) @ view.upright.astype(np.float32)
        self._floor.show(Lines(moved, self._grid.lines, self._grid.colours))
        self._floor_shown = wanted


def _turned(extrinsic: NDArray[np.float64], aside_px: tuple[float, float], size: tuple[int, int]) -> NDArray[np.float64]:
    """A view turned by so little that its picture moves by less than a pixel."""
    x, y = (aside / intrinsic(size)[0, 0] for aside in aside_px)
    turn = np.eye(4)
    turn[:3, :3] = cv2.Rodrigues(np.array([-y, x, 0.0]))[0]
    return turn @ extrinsic


class _LinesOf:
    """A set of lines in a window, there while it has something to show.

    Args:
        bounds: whether they tell the window how large the scene is; without anything that does, it draws nothing.
    """

    def __init__(self, window: o3d.visualization.Visualizer, *, bounds: bool = False) -> None:
        self._window, self._bounds = window, bounds
        self._lines: o3d.geometry.LineSet | None = None
        self._pattern: tuple[NDArray[np.int32], NDArray[np.float32]] | None = None

    def show(self, lines: Lines | None) -> None:
        if lines is None:
            if self._lines is not None:
                self._window.remove_geometry(self._lines, reset_bounding_box=False)
                self._lines, self._pattern = None, None
            return
        shown = self._lines or o3d.geometry.LineSet()
        shown.points = o3d.utility.Vector3dVector(lines.points.astype(np.float64))
        if self._pattern is None or lines.lines is not self._pattern[0] or lines.colours is not self._pattern[1]:
            shown.lines = o3d.utility.Vector2iVector(lines.lines)  # the floor's never change, and are many
            shown.colors = o3d.utility.Vector3dVector(lines.colours.astype(np.float64))
            self._pattern = (lines.lines, lines.colours)
        _put(self._window, shown, is_new=self._lines is None, bounds=self._bounds)
        self._lines = shown


class _MeshOf:
    """A mesh in a window. With nothing to show it is out of sight, not removed: to add one again takes OpenGL so long that
    the window stalls, whenever somebody comes back into the picture."""

    def __init__(self, window: o3d.visualization.Visualizer) -> None:
        self._window = window
        self._mesh: o3d.geometry.TriangleMesh | None = None
        self._triangles: NDArray[np.int32] | None = None
        self._is_away = False

    def show(self, mesh: Mesh | None) -> None:
        if mesh is None or not len(mesh.triangles):
            if self._mesh is not None and not self._is_away:
                away = np.full((len(self._mesh.vertices), 3), _AWAY_M)
                self._mesh.vertices = o3d.utility.Vector3dVector(away)
                self._window.update_geometry(self._mesh)
                self._is_away = True
            return
        shown = self._mesh or o3d.geometry.TriangleMesh()
        shown.vertices = o3d.utility.Vector3dVector(mesh.vertices.astype(np.float64))
        shown.vertex_colors = o3d.utility.Vector3dVector(mesh.colours.astype(np.float64))
        if mesh.triangles is not self._triangles:  # the body's never change, and are many
            shown.triangles = o3d.utility.Vector3iVector(mesh.triangles)
            self._triangles = mesh.triangles
        _put(self._window, shown, is_new=self._mesh is None)
        self._mesh, self._is_away = shown, False


class _PictureOf:
    """The camera's picture in a window: two triangles with the frame as their texture, five times as sharp as a mesh
    of 64 by 36 coloured vertices and no dearer."""

    def __init__(self, window: o3d.visualization.Visualizer) -> None:
        self._window = window
        self._mesh: o3d.geometry.TriangleMesh | None = None
        self._shown: Frame | None = None

    def show(self, camera: CameraPicture | None) -> None:
        if camera is None:
            if self._mesh is not None:
                self._window.remove_geometry(self._mesh, reset_bounding_box=False)
                self._mesh, self._shown = None, None
            return
        if camera.frame is self._shown:  # an orbit turns often around the same frame
            return
        shown = self._mesh or o3d.geometry.TriangleMesh()
        shown.vertices = o3d.utility.Vector3dVector(camera.corners().astype(np.float64))
        shown.triangles = o3d.utility.Vector3iVector(_PICTURE_TRIANGLES)
        shown.triangle_uvs = o3d.utility.Vector2dVector(_PICTURE_UVS)
        shown.triangle_material_ids = o3d.utility.IntVector([0, 0])
        shown.textures = [o3d.geometry.Image(camera.texture())]  # type: ignore[call-overload]  # an array is a buffer
        _put(self._window, shown, is_new=self._mesh is None)
        self._mesh, self._shown = shown, camera.frame


def _put(
    window: o3d.visualization.Visualizer, geometry: o3d.geometry.Geometry, *, is_new: bool, bounds: bool = False
) -> None:
    if is_new:
        window.add_geometry(geometry, reset_bounding_box=bounds)
    else:
        window.update_geometry(geometry)


@contextmanager
def _without_display() -> Iterator[None]:
    """Hide the display while the window is made, so that Open3D takes its off-screen path: captures of a hidden X window
    come out black."""
    hidden = {name: os.environ.pop(name) for name in ("DISPLAY", "WAYLAND_DISPLAY") if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)
