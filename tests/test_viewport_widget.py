"""The 3D view's widget on Qt's offscreen platform: mouse, keys, pictures, failure and end."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QKeySequence, QMouseEvent, QShortcut, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.capture import Frame, PixelFormat
from app.moment import Moment
from app.orbit import Orbit
from app.qt_environment import forget_opencv_qt
from app.render_thread import RenderThread, RenderTurn, render_worker
from app.view import View
from app.viewport_widget import ViewportWidget
from tests.conftest import STANDING_M
from uao_core.errors import UaoError
from uao_core.packets import FrameResult, Keypoints, Pose

forget_opencv_qt()
PATIENCE_MS = 30_000
MIDDLE = QPoint(200, 150)
STANDING = Pose(
    (STANDING_M + np.float32([0, 0, 3])).astype(np.float32), np.full(23, 60, np.float32), STANDING_M.copy(), 0.0, 0.0
)


def moment(pose, time_s=0.0, **others):
    """A black frame in which a pose was found."""
    frame = Frame(np.zeros((90, 160, 3), np.uint8), PixelFormat.RGB, 0, time_s, 0.0)
    return Moment(frame, FrameResult(Keypoints(0, time_s, None), pose), **others)


class StubRenderer:
    """Plain pictures; remembers what was asked, and can be held up."""

    def __init__(self):
        self.views, self.threads, self.closed = [], set(), 0
        self.may_draw = threading.Event()
        self.may_draw.set()

    def render(self, view):
        self.threads.add(threading.get_ident())
        self.views.append(view)
        self.may_draw.wait(20)
        return np.full((view.size[1], view.size[0], 3), 90, np.uint8)

    def close(self):
        self.threads.add(threading.get_ident())
        self.closed += 1


@pytest.fixture
def stub():
    return StubRenderer()


@pytest.fixture
def widget(qtbot, stub):
    made = ViewportWidget(lambda: stub)
    qtbot.addWidget(made, before_close_func=ViewportWidget.shut_down)
    made.resize(400, 300)
    made.show()
    qtbot.waitUntil(lambda: not made._picture.isNull(), timeout=PATIENCE_MS)
    return made


def pixels(widget):
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), :3].astype(int)


def drag(qtbot, widget, button, modifier=Qt.KeyboardModifier.NoModifier):
    """From the middle right and down; returns the orbits before and after. (`qtbot.mouseMove` knows no modifiers.)"""
    before = widget.orbit
    qtbot.mousePress(widget, button, modifier, MIDDLE)
    end = QPointF(MIDDLE + QPoint(60, 30))
    kind, none = QEvent.Type.MouseMove, Qt.MouseButton.NoButton
    QApplication.sendEvent(widget, QMouseEvent(kind, end, widget.mapToGlobal(end), none, button, modifier))
    qtbot.mouseRelease(widget, button, modifier, end.toPoint())
    return before, widget.orbit


def test_the_real_renderer_draws_into_it(qtbot):
    widget = ViewportWidget()
    qtbot.addWidget(widget, before_close_func=ViewportWidget.shut_down)
    widget.resize(400, 300)
    widget.show()
    widget.show_moment(moment(STANDING))
    body = lambda: (np.ptp(pixels(widget)[90:], axis=2) > 60).mean()  # noqa: E731 (below the legend)
    qtbot.waitUntil(lambda: body() > 0.01, timeout=PATIENCE_MS)
    widget.show_moment(moment(None))
    qtbot.waitUntil(lambda: body() == 0, timeout=PATIENCE_MS)
    assert widget.accessibleName() and "orbit" in widget.toolTip()


def test_dragging_orbits_and_pans(qtbot, widget):
    before, after = drag(qtbot, widget, Qt.MouseButton.LeftButton)
    assert after.azimuth != before.azimuth and after.elevation > before.elevation and after.target_m == before.target_m
    for button, modifier in (
        (Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier),
        (Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier),
        (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier),
    ):
        before, after = drag(qtbot, widget, button, modifier)
        assert after.target_m != before.target_m and after.azimuth == before.azimuth, (button, modifier)
        assert after.target_m[1] > before.target_m[1], "the body follows the hand downwards"


def test_what_was_looked_at_last_is_drawn(qtbot, widget, stub):
    _, after = drag(qtbot, widget, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: stub.views[-1].orbit == after, timeout=PATIENCE_MS)


def test_wheel_and_double_click(qtbot, widget):
    delta, nothing = QPoint(0, 120), Qt.MouseButton.NoButton
    wheel = QWheelEvent(
        QPointF(MIDDLE),
        QPointF(MIDDLE),
        QPoint(),
        delta,
        nothing,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, wheel)
    assert widget.orbit.distance_m < Orbit().distance_m
    qtbot.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=MIDDLE)
    assert widget.orbit == Orbit()


def test_keys_also_where_the_window_steps_with_arrows(qtbot, stub):
    window = QWidget()
    qtbot.addWidget(window)
    stepped = []
    QShortcut(QKeySequence("Left"), window, lambda: stepped.append(True))
    widget = ViewportWidget(lambda: stub, window)
    window.show()
    window.activateWindow()
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus, timeout=PATIENCE_MS)

    def press(key, modifier=Qt.KeyboardModifier.NoModifier):
        before = widget.orbit
        qtbot.keyClick(window.windowHandle(), key, modifier)
        return widget.orbit != before

    assert not press(Qt.Key.Key_Left) and stepped == [True]
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
        assert press(key, Qt.KeyboardModifier.ShiftModifier), key
    assert press(Qt.Key.Key_Plus) and press(Qt.Key.Key_Minus) and press(Qt.Key.Key_Equal) and press(Qt.Key.Key_Home)
    assert widget.orbit == Orbit() and stepped == [True]
    widget.shut_down()


def test_an_empty_view_says_so(qtbot, widget):
    around_the_middle = np.s_[130:170, 60:340]
    assert pixels(widget)[around_the_middle].std() > 1
    widget.show_moment(moment(STANDING))
    assert pixels(widget)[around_the_middle].std() < 1


def test_a_large_widget_is_drawn_within_the_budget_and_in_its_shape(qtbot, widget, stub):
    widget.resize(1920, 1080)
    qtbot.waitUntil(lambda: stub.views[-1].size[0] > 500, timeout=PATIENCE_MS)
    width, height = stub.views[-1].size
    assert width * height < 500_000 and width / height == pytest.approx(16 / 9, rel=0.01)


def test_failure_is_said_in_the_view(qtbot):
    def no_renderer():
        raise UaoError("There is no OpenGL; install it.")

    widget = ViewportWidget(no_renderer)
    qtbot.addWidget(widget, before_close_func=ViewportWidget.shut_down)
    widget.resize(400, 300)
    widget.show()
    widget.show_moment(moment(STANDING))
    qtbot.waitUntil(lambda: bool(widget._problem), timeout=PATIENCE_MS)
    assert widget._problem == "There is no OpenGL; install it." and pixels(widget)[130:170].std() > 1


@pytest.mark.parametrize("kind", [RenderThread, RenderTurn])
def test_workers_draw_the_newest_view_and_end_cleanly(qtbot, stub, kind):
    worker, pictures = kind(lambda: stub), []
    worker.drawn.connect(lambda picture, view: pictures.append(picture))
    worker.start()
    stub.may_draw.clear()
    for width in range(10, 60):
        worker.request(View(Orbit(), (width, 20)))
    stub.may_draw.set()
    qtbot.waitUntil(lambda: bool(pictures) and pictures[-1].width() == 59, timeout=PATIENCE_MS)
    assert len(pictures) <= 3, "views that came meanwhile were dropped"
    assert pictures[-1].pixelColor(5, 5).red() == 90
    worker.shut_down()
    worker.shut_down()
    worker.request(View(Orbit(), (10, 10)))
    qtbot.wait(20)
    assert stub.closed == 1 and len(pictures) <= 3
    assert len(stub.threads) == 1, "drawn and closed in one thread"
    assert (threading.get_ident() in stub.threads) == (kind is RenderTurn)


@pytest.mark.parametrize("kind", [RenderThread, RenderTurn])
def test_workers_report_what_they_did_not_expect(qtbot, stub, kind):
    stub.render = lambda *_, **__: 1 / 0
    worker = kind(lambda: stub)
    with qtbot.waitSignal(worker.failed, timeout=PATIENCE_MS) as caught:
        worker.start()
        worker.request(View(Orbit(), (10, 10)))
    assert "division by zero" in caught.args[0]
    worker.shut_down()
    assert stub.closed == 1


@pytest.mark.parametrize(("platform", "kind"), [("linux", RenderThread), ("win32", RenderThread), ("darwin", RenderTurn)])
def test_macos_draws_on_the_first_thread(monkeypatch, stub, platform, kind):
    monkeypatch.setattr("sys.platform", platform)
    assert type(render_worker(lambda: stub)) is kind
