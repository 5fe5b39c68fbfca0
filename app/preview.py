"""Video and skeleton side by side, as a picture or a film."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from app.capture import FileSource, Frame
from app.display import Display
from app.follow import Follower
from app.moment import Moment, Past, view_of
from app.options import Options
from app.painting import frame_image, paint_legend, paint_overlay
from app.qt_environment import forget_opencv_qt
from app.view import DARK, Renderer
from app.viewport import Open3DRenderer
from uao_core.atomic import atomic_path
from uao_core.ground import find_ground
from uao_core.packets import FrameResult
from uao_core.take import Take

_HEIGHT = 640
_VIEW_WIDTH = 640


def write_preview(take: Take, options: Options, path: Path) -> None:
    """Write `.png` (the middle frame that shows a person) or `.mp4` (every frame).

    Raises:
        UaoError: the file cannot be written or nothing can be rendered.
    """
    forget_opencv_qt()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication.instance() or QGuiApplication([])  # kept alive: fonts need it
    with closing(Open3DRenderer()) as renderer, atomic_path(path) as part:
        composer = _Composer(take, options.display or Display(), renderer)
        if path.suffix.lower() == ".png":
            _write_picture(take, options, composer, part)
        else:
            _write_film(take, options, composer, part)
    del application


def _write_picture(take: Take, options: Options, composer: "_Composer", path: Path) -> None:
    posed = [result.index for result in take.frames if result.pose is not None]
    wanted = posed[len(posed) // 2] if posed else len(take.frames) // 2
    for frame, result in _frames(take, options):
        if frame.index == wanted:
            if not composer.compose(frame, result).save(str(path)):
                raise OSError("the picture could not be saved")
            return


def _write_film(take: Take, options: Options, composer: "_Composer", path: Path) -> None:
    writer: cv2.VideoWriter | None = None
    written = 0
    try:
        for frame, result in _frames(take, options):
            picture = _pixels(composer.compose(frame, result))
            if writer is None:
                size = (picture.shape[1], picture.shape[0])
                writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), take.fps, size)
                if not writer.isOpened():
                    raise OSError("no video can be begun there")
            writer.write(picture)
            written += 1
    finally:
        if writer is not None:
            writer.release()
    film = cv2.VideoCapture(str(path))
    found = int(film.get(cv2.CAP_PROP_FRAME_COUNT))
    film.release()
    if found < written:  # OpenCV does not say that it could not write
        raise OSError("the film was not written to its end")


def _frames(take: Take, options: Options) -> Iterator[tuple[Frame, FrameResult]]:
    """Read the clip a second time: frames are too large to be kept."""
    assert options.clip is not None
    with closing(FileSource(options.clip, options.start_s, options.end_s)) as source:
        for result in take.frames:
            frame = source.read()
            if frame is None:
                return
            yield frame, result


class _Composer:
    """Puts frames and 3D views of a take side by side; frames are to come in order, for the view follows the person."""

    def __init__(self, take: Take, display: Display, renderer: Renderer) -> None:
        self._take, self._display, self._renderer = take, display, renderer
        self._follower, self._past = Follower(), Past()
        self._ground = find_ground(take.frames)

    def compose(self, frame: Frame, result: FrameResult) -> QImage:
        take, display = self._take, self._display
        moment = Moment(frame, result, self._past.up_to(result, take.frames), take.intrinsics)
        width, height = frame.size
        shown = 2 * round(_HEIGHT * width / height / 2)  # video encoders want even sizes
        canvas = QImage(shown + _VIEW_WIDTH, _HEIGHT, QImage.Format.Format_RGB888)
        painter = QPainter(canvas)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        left, right = QRectF(0, 0, shown, _HEIGHT), QRectF(shown, 0, _VIEW_WIDTH, _HEIGHT)
        painter.drawImage(left, frame_image(frame))
        painter.setClipRect(left)
        paint_overlay(painter, left, moment, display)
        painter.setClipRect(right)
        self._follower.follow(moment.pose, result.time_s, self._ground)
        view = view_of(moment, display, self._follower, (_VIEW_WIDTH, _HEIGHT), DARK)
        pixels = self._renderer.render(view)
        painter.drawImage(right, QImage(pixels.data, _VIEW_WIDTH, _HEIGHT, 3 * _VIEW_WIDTH, QImage.Format.Format_RGB888))
        paint_legend(painter, right, display.scale, DARK)
        painter.end()
        return canvas


def _pixels(image: QImage) -> NDArray[np.uint8]:
    """(height, width, 3) BGR for OpenCV; rows of a QImage are padded to four bytes."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    rgb = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), dtype=np.uint8)
