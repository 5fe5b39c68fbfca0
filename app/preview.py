"""Video and skeleton side by side, as a picture or a film, without a window."""

import os
from contextlib import closing
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray
from PySide6.QtGui import QGuiApplication, QImageWriter

from app.display import Display
from app.file_names import check_encodable
from app.film import Draw, Footage, Look, Pages, frames_of, write_film
from app.options import Options
from app.qt_environment import forget_opencv_qt
from app.viewport import Open3DRenderer
from uao_core.atomic import atomic_path
from uao_core.take import Take


def write_preview(take: Take, options: Options, path: Path) -> None:
    """Write `.png` (the middle frame that shows a person) or `.mp4` (every frame).

    Raises:
        UaoError: the file cannot be written or nothing can be rendered.
    """
    assert options.clip is not None
    check_encodable(path)
    forget_opencv_qt()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication.instance() or QGuiApplication([])  # kept alive: fonts need it
    footage, look = Footage(options.clip, options.start_s, options.end_s), Look(options.display or Display())
    with closing(Open3DRenderer()) as renderer:
        draw = partial(partial, renderer.render)  # when the picture is asked for
        if path.suffix.lower() == ".png":
            _write_picture(take, footage, look, draw, path)
        else:
            write_film(take, footage, look, draw, path)
    del application


def _write_picture(take: Take, footage: Footage, look: Look, draw: Draw, path: Path) -> None:
    posed = [result.index for result in take.frames if result.pose is not None]
    wanted = posed[len(posed) // 2] if posed else len(take.frames) // 2
    shown = (each for each in frames_of(take, footage) if each[0].index == wanted)
    with atomic_path(path) as part:
        for page in Pages(take, look, draw).of(shown):
            encoded = QBuffer()
            encoded.open(QBuffer.OpenModeFlag.WriteOnly)
            QImageWriter(encoded, QByteArray(b"png")).write(page)
            part.write_bytes(encoded.data().data())  # not by Qt, which keeps to itself that the last bytes had no room
            return
