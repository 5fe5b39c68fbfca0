"""A take as a film: its video with the skeleton over it, beside the 3D view with the legend of its colours.

Who calls brings the drawing of the 3D view, since a renderer belongs to one thread.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QRectF
from PySide6.QtGui import QImage, QPainter

from app.capture import FileSource, Frame
from app.display import Display
from app.follow import Follower
from app.moment import Moment, Past, view_of
from app.mp4 import INDEX, boxes
from app.orbit import Orbit
from app.painting import frame_image, paint_legend, paint_overlay
from app.view import DARK, Image, Theme, View
from uao_core.atomic import atomic_path
from uao_core.errors import UaoError
from uao_core.ground import Ground, find_ground, some_of
from uao_core.packets import FrameResult
from uao_core.take import Take

FILM_SUFFIX = ".mp4"
_HEIGHT = 640
_VIEW_WIDTH = 640
_SAME_RATE = 0.005

Draw = Callable[[View], Callable[[], Image]]
"""Begins to draw a view; what it returns waits for the picture. Raises UaoError, or CancelledError where nobody wants it."""


@dataclass(frozen=True, slots=True)
class Footage:
    """The part of a video file that a take, or more than it, was made of: its frames are numbered from `start_s` on."""

    path: Path
    start_s: float = 0.0
    end_s: float = float("inf")


@dataclass(frozen=True, slots=True)
class Look:
    """What a film shows.

    Attributes:
        display: what is drawn.
        theme: colours of the 3D view.
        orbit: where the viewer stands; None is the usual place.
        ground: on which the person stands; None: it is looked for in the take.
    """

    display: Display = Display()
    theme: Theme = DARK
    orbit: Orbit | None = None
    ground: Ground | None = None


def write_film(
    take: Take,
    footage: Footage,
    look: Look,
    draw: Draw,
    path: Path,
    on_frame: Callable[[int], object] = lambda _done: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> bool:
    """Write every frame of a take, which may be trimmed, as MP4 at its mean rate; whole or not at all.

    Args:
        on_frame: told after every frame how many are written.
        is_stopped: asked before every frame.

    Returns:
        False where it was stopped; then nothing is written.

    Raises:
        UaoError: the video cannot be read any more, nothing can be drawn, or the file cannot be written.
    """
    if path.exists() and footage.path.exists() and path.samefile(footage.path):
        text = QCoreApplication.translate("Film", "{path} is the video that the film is made of; give another name.")
        raise UaoError(text.format(path=path))
    try:
        with atomic_path(path) as part:
            done = 0
            with closing(_Writer(part, path, film_fps(take))) as writer:
                for page in Pages(take, look, draw).of(_until(is_stopped, frames_of(take, footage))):
                    writer.write(page)
                    done += 1
                    on_frame(done)
            _check(part, path, done)
    except CancelledError:
        return False
    return True


def film_fps(take: Take) -> float:
    """The mean rate of a take's frames: a webcam keeps none, and its trimmed recording may have another than the whole."""
    times_s = [frame.time_s for frame in take.frames]
    if len(times_s) < 2 or times_s[-1] <= times_s[0]:
        return take.fps
    mean = (len(times_s) - 1) / (times_s[-1] - times_s[0])
    if abs(mean / take.fps - 1) <= _SAME_RATE:
        return take.fps
    return round(mean, 2)  # MPEG-4 cannot count finer ticks than a 65535th of a second


def frames_of(take: Take, footage: Footage) -> Iterator[tuple[Frame, FrameResult]]:
    """Read the video a second time, since frames are too large to be kept; ends where it does."""
    with closing(FileSource(footage.path, footage.start_s, footage.end_s)) as source:
        for result in take.frames:
            frame = source.read_at(result.index, result.time_s)
            if frame is None:
                return
            yield frame, result


class Pages:
    """Puts frames and 3D views of a take side by side; frames are to come in order, for the view follows the person."""

    def __init__(self, take: Take, look: Look, draw: Draw) -> None:
        self._take, self._look, self._draw = take, look, draw
        self._follower, self._past = Follower(), Past()
        self._ground = look.ground or find_ground(some_of(take.frames), take.intrinsics)

    def of(self, frames: Iterable[tuple[Frame, FrameResult]]) -> Iterator[QImage]:
        """One page a frame; the next 3D view is drawn while a page is finished and used."""
        begun: tuple[QImage, Callable[[], Image]] | None = None
        for frame, result in frames:
            following = self._begin(frame, result)
            if begun is not None:
                yield self._finish(*begun)
            begun = following
        if begun is not None:
            yield self._finish(*begun)

    def _begin(self, frame: Frame, result: FrameResult) -> tuple[QImage, Callable[[], Image]]:
        """A page with the video on its left, and what is to come on its right."""
        take, look = self._take, self._look
        moment = Moment(frame, result, self._past.up_to(result, take.frames), take.intrinsics)
        self._follower.follow(moment.pose, result.time_s, self._ground)
        view = view_of(moment, look.display, self._follower, (_VIEW_WIDTH, _HEIGHT), look.theme, look.orbit)
        picture = self._draw(view)
        width, height = frame.size
        shown = 2 * round(_HEIGHT * width / height / 2)  # video encoders want even sizes
        page = QImage(shown + _VIEW_WIDTH, _HEIGHT, QImage.Format.Format_RGB888)
        left = QRectF(0, 0, shown, _HEIGHT)
        with QPainter(page) as painter:
            _keep_to(painter, left)
            painter.drawImage(left, frame_image(frame))
            paint_overlay(painter, left, moment, look.display)
        return page, picture

    def _finish(self, page: QImage, picture: Callable[[], Image]) -> QImage:
        right = QRectF(page.width() - _VIEW_WIDTH, 0, _VIEW_WIDTH, _HEIGHT)
        pixels = picture()
        drawn = QImage(pixels.data, _VIEW_WIDTH, _HEIGHT, 3 * _VIEW_WIDTH, QImage.Format.Format_RGB888)
        with QPainter(page) as painter:
            _keep_to(painter, right)
            painter.drawImage(right, drawn)
            paint_legend(painter, right, self._look.display.scale, self._look.theme)
        return page


class _Writer:
    """An MP4 of pages that are all as large as the first."""

    def __init__(self, part: Path, path: Path, fps: float) -> None:
        self._part, self._path, self._fps = part, path, fps
        self._video: cv2.VideoWriter | None = None

    def write(self, page: QImage) -> None:
        if self._video is None:
            codec = cv2.VideoWriter.fourcc(*"mp4v")
            self._video = cv2.VideoWriter(str(self._part), codec, self._fps, (page.width(), page.height()))
            if not self._video.isOpened():
                text = QCoreApplication.translate(
                    "Film", "{path} cannot be written as a video; choose another place or make room."
                )
                raise UaoError(text.format(path=self._path))
        self._video.write(_pixels(page))

    def close(self) -> None:
        if self._video is not None:
            self._video.release()


def _until(
    is_stopped: Callable[[], bool], frames: Iterator[tuple[Frame, FrameResult]]
) -> Iterator[tuple[Frame, FrameResult]]:
    for each in frames:
        if is_stopped():
            raise CancelledError
        yield each


def _check(part: Path, path: Path, frames: int) -> None:
    """OpenCV does not tell what it could not write."""
    if frames == 0:
        raise UaoError(QCoreApplication.translate("Film", "The video has no frame any more; open it anew."))
    if not _is_whole_mp4(part) or _count(part) != frames:
        text = QCoreApplication.translate("Film", "{path} could not be written whole; choose another place or make room.")
        raise UaoError(text.format(path=path))


def _count(part: Path) -> int:
    """Frames that a file says it holds."""
    capture = cv2.VideoCapture(str(part))
    count = round(capture.get(cv2.CAP_PROP_FRAME_COUNT)) if capture.isOpened() else 0
    capture.release()
    return count


def _is_whole_mp4(path: Path) -> bool:
    """Whether a file is a chain of boxes up to its very end, with the index among them."""
    with path.open("rb") as file:
        found = tuple(boxes(file))
    return bool(found) and found[-1].end == path.stat().st_size and any(box.kind == INDEX for box in found)


def _keep_to(painter: QPainter, area: QRectF) -> None:
    """Paint smoothly, and nowhere else."""
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    painter.setClipRect(area)


def _pixels(image: QImage) -> NDArray[np.uint8]:
    """(height, width, 3) BGR for OpenCV; rows of a QImage are padded to four bytes."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    rgb = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), dtype=np.uint8)
