"""Where the time of a live frame goes, part by part, and a picture of it.

Every stage does its work for the same frames, one after the other on one thread with nothing beside it, and CPU time of the
whole process is read: helper threads of MediaPipe and of the software renderer count, and what other programs do does not.
"""

import importlib
import time
from contextlib import ExitStack
from unittest.mock import patch

from PySide6.QtWidgets import QApplication

from app.detector import Detector, PoseModel
from app.images import image_of
from app.pace import Pace
from app.refining import LiveStage
from app.viewport_widget import FAST_RENDERER
from tests.benchmark.frames import MemorySource, chain, frames
from tests.benchmark.window import open_window
from uao_core.ground import GroundEstimator
from uao_core.people import Follower

_SIZE, _FRAMES, _WARM = (1280, 720), 80, 20
STAGES = {
    "Detector": {
        "MediaPipe": (("mediapipe.tasks.python.vision", "PoseLandmarker.detect_for_video"),),
        "colours of the picture": (("app.capture", "Frame.rgb"),),
        "joints, who is who": (),
    },
    "Refinement": {
        "sides": (
            ("uao_core.sides", "SideReader.add"),
            ("uao_core.sides", "SideReader.read"),
        ),
        "lifter": (("uao_core.problem", "lift"), ("uao_core.problem", "Window.lift")),
        "Gauss-Newton steps": (("uao_core.optimize", "_settle"),),
        "root": (("uao_core.optimize", "steady_root"), ("uao_core.optimize", "robust_share")),
        "smoothing": (("uao_core.optimize", "_smooth"),),
        "ground": (("uao_core.ground", "GroundEstimator.add"),),
        "rest": (),
    },
    "3D view": {
        "meshes": (("app.viewport", "body_mesh"), ("app.viewport", "lit_colours")),
        "camera's picture": (("app.viewport", "_PictureOf.show"),),
        "reading back": (("app.viewport", "ReadBack.read"),),
        "clouds": (("app.viewport", "add_glow"),),
        "drawing": (),
    },
    "Window": {
        "video": (("app.window.video_view", "VideoView.paintEvent"), ("app.window.video_view", "VideoView.show_moment")),
        "3D picture": (("app.viewport_widget", "ViewportWidget.paintEvent"),),
        "panels and status": (),
    },
}
"""Stage by thread; of each, parts and the functions that do them. The part without any is what the others leave."""


class _Clock:
    """CPU time by part; what one function does within another counts for the inner one."""

    def __init__(self):
        self.seconds = {}
        self._running = []
        self._since_s = 0.0

    def wrap(self, function, part):
        def timed(*arguments, **named):
            self.begin(part)
            try:
                return function(*arguments, **named)
            finally:
                self.end()

        return timed

    def begin(self, part):
        self._count()
        self._running.append(part)

    def end(self):
        self._count()
        self._running.pop()

    def _count(self):
        now = time.process_time()
        if self._running:
            self.seconds[self._running[-1]] = self.seconds.get(self._running[-1], 0.0) + now - self._since_s
        self._since_s = now


def parts():
    """CPU ms of a live frame, by stage and part."""
    clock = _Clock()
    with ExitStack() as stack:
        for stage, of_stage in STAGES.items():
            for part, functions in of_stage.items():
                for module, name in functions:
                    _patch(stack, clock, (stage, part), module, name)
        _run(stack, clock)
    return {
        stage: {part: 1000 * clock.seconds.get((stage, part), 0.0) / (_FRAMES - _WARM) for part in of_stage}
        for stage, of_stage in STAGES.items()
    }


def _picture(renderer, view):
    """As the 3D view's thread draws it."""
    return image_of(renderer.render(view))


def _patch(stack, clock, part, module, name):
    owner, last, function = find(module, name)
    if function is not None:  # what is made otherwise now counts for the rest
        stack.enter_context(patch.object(owner, last, clock.wrap(function, part)))


def find(module, name):
    """Whose attribute a function is, its name there, and itself; None where there is no such function."""
    owner, (*path, last) = importlib.import_module(module), name.split(".")
    for step in path:
        owner = getattr(owner, step, None)
    return owner, last, getattr(owner, last, None)


def _run(stack, clock):
    """Every frame through all stages."""
    held = frames(_SIZE)[:_FRAMES]
    window, session = stack.enter_context(open_window(_SIZE, PoseModel.FULL))
    views = []
    window.viewport.shut_down()
    stack.enter_context(patch.object(window.viewport, "_renderer", _Requests(views)))
    source = MemorySource(held, is_live=True)
    detector = stack.enter_context(Detector(PoseModel.FULL))
    refining, follower, ground = (
        LiveStage(chain(), source.info, Pace(4)),
        Follower(),
        GroundEstimator(chain().intrinsics(source.info)),
    )
    renderer = FAST_RENDERER()
    stack.callback(renderer.close)
    session.chain, session.info = chain(), source.info
    window.pages.setCurrentWidget(window.pages._player)
    stack.enter_context(patch.object(window.pages, "show_session"))  # by whom no camera is open

    QApplication.processEvents()
    window.viewport._settle.stop()

    def stage(name, work):
        clock.begin((name, list(STAGES[name])[-1]))
        try:
            return work()
        finally:
            clock.end()

    def refine(person):
        result = refining.push(person)
        ground.add(result)
        session.ground = ground.ground
        return result

    def show(frame, result):
        window._on_frame(frame, result)
        session.changed.emit()
        QApplication.processEvents()

    for number, frame in enumerate(held):
        if number == _WARM:
            clock.seconds.clear()
        person, _ = stage("Detector", lambda f=frame: follower.push(detector.detect(f)))
        result = stage("Refinement", lambda p=person: refine(p))
        stage("Window", lambda f=frame, r=result: show(f, r))
        picture = stage("3D view", lambda: _picture(renderer, views[-1]))
        stage("Window", lambda p=picture: (window.viewport._on_drawn(p, views[-1]), QApplication.processEvents()))


class _Requests:
    """Stands for the thread of the 3D view: keeps what it is asked for."""

    def __init__(self, views):
        self.request = views.append

    def shut_down(self):
        pass


def words(found):
    """The same in words."""
    return "\n".join(
        f"{stage} {sum(of_stage.values()):.1f} ms: " + ", ".join(f"{part} {ms:.1f}" for part, ms in of_stage.items())
        for stage, of_stage in found.items()
    )


def draw(found, path):
    """One bar a thread, its parts side by side; readable on light and on dark pages."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    ink = "#7d8590"  # grey enough for both
    hues = ("#3b82c4", "#d9822b", "#3f9d5c", "#9467bd")
    figure, axes = plt.subplots(figsize=(9, 3.6), dpi=150)
    for row, (of_stage, hue) in enumerate(zip(found.values(), hues, strict=True)):
        left, total = 0.0, sum(of_stage.values())
        ordered = sorted(of_stage.items(), key=lambda part: -part[1])
        for rank, (part, value) in enumerate(ordered):
            shade = 1 - 0.6 * rank / max(len(ordered) - 1, 1)
            axes.barh(row, value, left=left, color=hue, alpha=shade, height=0.62, edgecolor="none")
            if shade > 0.5 and value > 0.042 * max(sum(each.values()) for each in found.values()) * (0.5 + 0.14 * len(part)):
                axes.text(left + value / 2, row, f"{part}\n{value:.1f}", ha="center", va="center", fontsize=7, color="white")
            left += value
        small = [f"{part} {value:.1f}" for part, value in ordered if value >= 0.05]
        axes.text(left + 0.4, row, f"{total:.1f} ms", va="center", fontsize=8, color=ink)
        axes.text(0, row - 0.4, ", ".join(small), va="bottom", fontsize=6, color=ink)
    axes.axvline(sum(found["Detector"].values()), color=ink, linewidth=0.8, linestyle=":")
    axes.set_yticks(range(len(found)), list(found))
    axes.invert_yaxis()
    axes.set_xlim(0, 1.15 * max(sum(each.values()) for each in found.values()))
    axes.set_xlabel("CPU time of a live frame, ms", color=ink)
    axes.tick_params(colors=ink)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_color(ink)
        axes.spines[side].set_visible(side == "bottom")
    figure.tight_layout()
    figure.savefig(path, transparent=True)
    plt.close(figure)
