"""Make the pictures of the real window in docs/pictures, on a display or Xvfb.

`xvfb-run -a -s "-screen 0 1400x900x24" .venv/bin/python docs/screenshots.py [NAME ...]`; without a name, all of them. The
user's own settings are neither read nor changed.
"""

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEventLoop, QSettings, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytest import MonkeyPatch

from app import camera
from app.capture import FileSource
from app.options import BUNDLED_CLIP, parse_options
from app.orbit import Orbit
from app.qt_environment import forget_opencv_qt
from app.recording import Recorder
from app.takes import TakeNote, write_note
from app.window.main_window import MainWindow
from app.window.queue_job import JobState
from app.window.session import Session
from app.window.theme import Appearance, apply_theme
from app.window.trim import Trim
from tests.boards import tour
from tests.fake_camera import FakeCamera, FakeCameras
from uao_core.skeleton import LEFT_HAND

PICTURES = Path(__file__).parent / "pictures"
SIZE = (1280, 760)
SHOWN_S = 6.3  # arms stretched to the border
MOVING_FROM_S, MOVING_S, MOVING_FPS, MOVING_WIDTH = 4.3, 5.0, 12.5, 640
CAMERA, CAMERA_NAME = 3, "Front camera"
PATIENCE_S, SETTLE_S = 240, 2.5

Pixels = NDArray[np.uint8]


def wait_until(condition: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Let the event loop run until something is true; raises TimeoutError where it never is."""
    loop, poll, end = QEventLoop(), QTimer(), time.monotonic() + patience_s
    poll.timeout.connect(lambda: (condition() or time.monotonic() > end) and loop.quit())
    poll.start(20)
    loop.exec()
    if not condition():
        raise TimeoutError("the window has not come to the state that was to be shown")


def settle(seconds: float = SETTLE_S) -> None:
    """Let everything be drawn, by software too."""
    end = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > end)


def pixels_of(widget: QWidget) -> Pixels:
    """(H, W, 3) blue, green, red: as it is on the screen, menus and all."""
    image = widget.screen().grabWindow(widget.winId()).toImage().convertToFormat(QImage.Format.Format_BGR888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def save(widget: QWidget, name: str) -> None:
    target = PICTURES / f"{name}.png"
    cv2.imwrite(str(target), pixels_of(widget), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(f"{target.name}: {target.stat().st_size / 1024:.0f} KB")


def clip_frames() -> list[Pixels]:
    source, frames = FileSource(BUNDLED_CLIP), []
    while (frame := source.read()) is not None:
        frames.append(frame.pixels)
    source.close()
    return frames


def write_video(path: Path, frames: list[Pixels], fps: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = frames[0].shape[:2]
    video = cv2.VideoWriter(str(path), cv2.CAP_OPENCV_MJPEG, cv2.VideoWriter.fourcc(*"MJPG"), fps, (width, height))
    for frame in frames:
        video.write(frame)
    video.release()
    return path


def record_take(folder: Path, name: str, first: int, count: int, recorded: str, note: TakeNote) -> Path:
    """A part of the bundled clip, as if a webcam had seen it."""
    source = FileSource(BUNDLED_CLIP)
    recorder = Recorder(folder, name, replace(source.info, name=CAMERA_NAME))
    for index in range(first + count):
        frame = source.read()
        if frame is not None and index >= first:
            recorder.add(frame)
            time.sleep(0.01)  # a slow disk would leave pictures out
    source.close()
    path = recorder.close().path
    assert path is not None
    lines = path.with_suffix(".jsonl")
    head, rest = lines.read_text().split("\n", 1)
    lines.write_text(json.dumps(json.loads(head) | {"recorded": recorded}) + "\n" + rest)
    write_note(path, note)
    return path


class BoardCamera(FakeCamera):
    """Somebody shows a chessboard to it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._boards = [cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR) for grey in tour(820.0, self.size)]

    def picture(self) -> tuple[bool, Pixels | None]:
        ok, pixels = super().picture()
        return ok, self._boards[self.given // 6 % len(self._boards)] if ok else pixels


class Studio:
    """Puts windows into their states and takes pictures of them.

    Args:
        folder: for settings, takes and results; the caller removes it.
    """

    def __init__(self, app: QApplication, folder: Path) -> None:
        self._app, self._folder, self._opened = app, folder, 0

    def welcome(self) -> None:
        with self._window() as (window, _):
            settle(1)
            save(window, "welcome")

    def window(self) -> None:
        """The README's picture."""
        with self._at_moment() as (window, _):
            save(window, "window")

    def light(self) -> None:
        with self._at_moment(Appearance.LIGHT) as (window, _):
            save(window, "light")

    def review(self) -> None:
        """Everything that can be drawn: a trail, the camera in 3D, the 3D skeleton over the video; and a trim."""
        with self._at_moment() as (window, session):
            session.set_trim(Trim(session.player.current - 60, session.player.current + 40), "trim")
            shown = window.display.display
            window.display.choose(replace(shown, frustum=True, projected=True, trail_joint=LEFT_HAND))
            settle()
            save(window, "review")

    def batch(self) -> None:
        """Some videos are done, one is being processed, one is none."""
        frames, study = clip_frames(), self._folder / "study"
        for name, first, count in (
            ("squat", 0, 30),
            ("wave", 60, 30),
            ("turn", 90, 150),
            ("walk", 20, 60),
            ("reach", 110, 40),
        ):
            write_video(study / "monday" / f"{name}.avi", (2 * frames)[first : first + count], 20.0)
        (study / "monday" / "notes.mp4").write_text("no video")
        with self._window() as (window, _):
            queue = window._queue
            queue.set_target(self._folder / "results")
            window.commands.batch.trigger()
            names = ("squat.avi", "wave.avi", "notes.mp4", "turn.avi", "walk.avi", "reach.avi")
            queue.add([study / "monday" / name for name in names])
            wait_until(lambda: len(queue.jobs) == len(names) and not queue._crew.workers)
            window.resizeDocks([window._batch_dock], [300], Qt.Orientation.Vertical)
            queue.start()
            wait_until(lambda: queue.jobs[3].state is JobState.RUNNING and (queue.jobs[3].share or 0) > 0.4)
            save(window, "batch")

    def takes(self) -> None:
        folder = self._folder / "UAO Pose"
        walk = TakeNote("Stretch to the sides", "Second try; the left hand leaves the picture at 4 s.")
        record_take(folder, "take 2024-05-03 10.12.40", 0, 60, "2024-05-03T10:12:40", TakeNote("Warm-up"))
        path = record_take(folder, "take 2024-05-03 10.15.02", 60, 90, "2024-05-03T10:15:02", walk)
        with self._window() as (window, session):
            session.recordings_folder = folder
            window.takes.toggleViewAction().trigger()
            session.open_file(path)
            wait_until(lambda: session.is_complete)
            session.player.pause()
            session.player.seek(45)
            settle()
            save(window, "takes")

    def lens(self) -> None:
        with self._cameras(BoardCamera(CAMERA, CAMERA_NAME, size=(960, 540), fps=12)), self._window() as (window, session):
            session.open_camera(CAMERA)
            wait_until(window.processing.measure_lens.isEnabled)
            window.processing.measure_lens.click()
            dialog = window._lens_link.dialog
            wait_until(dialog.save.isEnabled)
            settle(1)
            save(dialog, "lens")

    def waiting(self) -> None:
        """A camera that takes its time, and one that has gone away."""
        webcam = FakeCamera(CAMERA, CAMERA_NAME, size=(640, 640), fps=20, clip=BUNDLED_CLIP, open_s=4)
        with self._cameras(webcam), self._window() as (window, session):
            window.commands.cameras.aboutToShow.emit()
            session.open_camera(CAMERA)
            settle(1)
            save(window, "waiting")
            wait_until(lambda: session.webcam is not None and session.webcam.figures.latency_ms > 0)
            settle()
            webcam.unplug()
            wait_until(lambda: session.webcam is not None and session.webcam.is_waiting)
            settle(1)
            save(window, "unplugged")

    def error(self) -> None:
        with self._window() as (window, session), chdir(self._folder):  # so that no temporary folder is named
            Path("holiday.mp4").write_text("no video")
            session.open_file(Path("holiday.mp4"))
            wait_until(window.banners.shown)
            settle(1)
            save(window, "error")

    def moving(self) -> None:
        """The middle of the window, while the viewer walks slowly around the person."""
        with self._at_moment() as (window, session):
            window.resize(SIZE[0], 600)  # the clip is square
            settle()
            middle, results = window.video.parentWidget(), session.results
            frames, count = [], round(MOVING_S * MOVING_FPS)
            for number in range(count):
                time_s = MOVING_FROM_S + number / MOVING_FPS
                orbit = Orbit().turned(math.radians(32) * math.sin(2 * math.pi * number / count), 0)
                window.viewport._look(orbit)
                session.player.seek(max((r.index for r in results if r.time_s <= time_s), default=0))
                wanted = results[session.player.current].pose
                wait_until(partial(_is_drawn, window, wanted, orbit))
                settle(0.05)
                pixels = pixels_of(middle)
                height = round(pixels.shape[0] * MOVING_WIDTH / pixels.shape[1])
                frames.append(cv2.resize(pixels, (MOVING_WIDTH, height), interpolation=cv2.INTER_AREA))
        animation = cv2.Animation()
        animation.frames, animation.durations = frames, [round(1000 / MOVING_FPS)] * len(frames)
        target = PICTURES / "live.webp"
        cv2.imwriteanimation(str(target), animation, [cv2.IMWRITE_WEBP_QUALITY, 72])
        print(f"{target.name}: {target.stat().st_size / 1024:.0f} KB")

    # How

    @contextmanager
    def _window(self, appearance: Appearance = Appearance.DARK) -> Iterator[tuple[MainWindow, Session]]:
        """A window as it is when the program is started for the first time."""
        self._opened += 1
        settings = str(self._folder / f"settings {self._opened}")
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, settings)
        apply_theme(self._app, appearance)
        session = Session(parse_options([]))
        session.recordings_folder = self._folder / "UAO Pose"
        window = MainWindow(session)
        window.resize(*SIZE)
        window.show()
        window.activateWindow()
        try:
            yield window, session
        finally:
            window.close()

    @contextmanager
    def _at_moment(self, appearance: Appearance = Appearance.DARK) -> Iterator[tuple[MainWindow, Session]]:
        """The bundled clip has been processed, and stands still where there is something to see."""
        with self._window(appearance) as (window, session):
            session.open_file(BUNDLED_CLIP)
            wait_until(lambda: session.is_complete)
            session.player.pause()
            session.player.seek(next(r.index for r in session.results if r.time_s >= SHOWN_S))
            settle()
            yield window, session

    @contextmanager
    def _cameras(self, webcam: FakeCamera) -> Iterator[None]:
        with MonkeyPatch.context() as patch:
            patch.setattr(camera, "_STALL_S", 0.5)
            system = FakeCameras(webcam).install(patch, self._folder)
            try:
                yield
            finally:
                system.end()


def _is_drawn(window: MainWindow, pose: object, orbit: Orbit) -> bool:
    moment, drawn = window.video._moment, window.viewport._drawn
    return moment is not None and moment.pose is pose and drawn is not None and drawn.pose is pose and drawn.orbit == orbit


STATES = [name for name in vars(Studio) if not name.startswith("_")]


def main() -> None:
    parser = argparse.ArgumentParser(prog="docs/screenshots.py", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(STATES)} (default: all)")
    names = parser.parse_args().names or STATES
    if unknown := set(names) - set(STATES):
        parser.error(f"there is no picture {', '.join(sorted(unknown))}; there are {', '.join(STATES)}")
    forget_opencv_qt()
    app = QApplication(sys.argv[:1])
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        studio = Studio(app, Path(name))
        for state in names:
            getattr(studio, state)()


if __name__ == "__main__":
    main()
