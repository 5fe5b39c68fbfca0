"""The 3D view's widget on Qt's offscreen platform: mouse, keys, pictures, failure and end."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QKeySequence, QMouseEvent, QPainter, QPalette, QShortcut, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.capture import Frame, PixelFormat
from app.colours import ColourMap, Scale
from app.display import Display
from app.moment import Moment
from app.orbit import Orbit
from app.painting import paint_legend
from app.picking import joints_in
from app.qt_environment import forget_opencv_qt
from app.render_thread import RenderThread, RenderTurn, render_worker
from app.view import DARK, LIGHT, View
from app.viewport_widget import ViewportWidget
from tests.conftest import STANDING_M
from uao_core.camera import Intrinsics
from uao_core.errors import UaoError
from uao_core.packets import FrameResult, Keypoints, Pose
from uao_core.skeleton import LEFT_KNEE

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


@pytest.mark.parametrize("width", [400, 473, 560, 900])
def test_the_legend_leaves_the_middle_to_the_person(width):
    picture = QImage(width, 100, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.black)
    painter = QPainter(picture)
    paint_legend(painter, QRectF(picture.rect()), Scale(), DARK)
    painter.end()
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(100, width, 4)[:, :, :3]
    inked = np.flatnonzero((rows > 40).any(axis=(0, 2)))
    assert inked.min() > 0.51 * width and inked.max() < width and len(inked) > 120


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


def joint_place(widget, joint):
    """Where a joint is in the widget."""
    x, y = joints_in(widget._drawn)[joint]
    fitted = widget._fitted()
    scale = fitted.width() / widget._drawn.size[0]
    return QPoint(round(fitted.left() + x * scale), round(fitted.top() + y * scale))


@pytest.fixture
def posed(qtbot, widget):
    widget.show_moment(moment(STANDING))
    qtbot.waitUntil(lambda: widget._drawn.pose is STANDING, timeout=PATIENCE_MS)
    return widget


def test_pointing_at_a_joint_names_it(qtbot, posed):
    pointed = []
    posed.joint_hovered.connect(pointed.append)
    before = pixels(posed)
    qtbot.mouseMove(posed, joint_place(posed, LEFT_KNEE))
    assert pointed == [LEFT_KNEE] and (pixels(posed) != before).any()
    qtbot.mouseMove(posed, QPoint(5, 290))
    assert pointed == [LEFT_KNEE, -1] and (pixels(posed) == before).all()
    posed.highlight(LEFT_KNEE)
    assert pointed[-1] == -1, "only the mouse points"
    QApplication.sendEvent(posed, QEvent(QEvent.Type.Leave))
    assert pointed == [LEFT_KNEE, -1, -1]


def test_a_click_on_a_joint_is_one_and_a_drag_or_a_double_click_is_none(qtbot, posed):
    clicked, knee = [], joint_place(posed, LEFT_KNEE)
    posed.joint_clicked.connect(clicked.append)
    qtbot.mouseClick(posed, Qt.MouseButton.LeftButton, pos=knee + QPoint(3, -2))
    qtbot.waitUntil(lambda: clicked == [LEFT_KNEE], timeout=PATIENCE_MS)
    qtbot.mouseClick(posed, Qt.MouseButton.LeftButton, pos=QPoint(5, 290))
    qtbot.mouseClick(posed, Qt.MouseButton.RightButton, pos=knee)
    qtbot.mousePress(posed, Qt.MouseButton.LeftButton, pos=knee)
    qtbot.mouseMove(posed, knee + QPoint(30, 0))
    qtbot.mouseMove(posed, knee)
    qtbot.mouseRelease(posed, Qt.MouseButton.LeftButton, pos=knee)
    assert posed.orbit == Orbit().turned(0, 0) and posed._own_orbit is not None
    qtbot.waitUntil(lambda: posed._drawn.orbit == posed.orbit, timeout=PATIENCE_MS)
    qtbot.mouseClick(posed, Qt.MouseButton.LeftButton, pos=knee)
    qtbot.mouseDClick(posed, Qt.MouseButton.LeftButton, pos=knee)
    qtbot.mouseRelease(posed, Qt.MouseButton.LeftButton, pos=knee)
    qtbot.wait(posed._click.interval() + 100)
    assert clicked == [LEFT_KNEE]


def test_the_theme_follows_the_palette(qtbot, posed, stub):
    light = QPalette(QColor("#f0f0f0"))
    posed.setPalette(light)
    qtbot.waitUntil(lambda: stub.views[-1].theme is LIGHT, timeout=PATIENCE_MS)
    posed.setPalette(QPalette(QColor("#20242b")))
    qtbot.waitUntil(lambda: stub.views[-1].theme is DARK, timeout=PATIENCE_MS)


def test_what_is_chosen_is_drawn(qtbot, widget, stub):
    results = [FrameResult(Keypoints(i, i / 30, None), STANDING) for i in range(9)]
    lens = Intrinsics.from_fov(60, (160, 90))
    display = Display(ghost=True, trail_joint=LEFT_KNEE, frustum=True, scale=Scale(ColourMap.VIRIDIS, 400))
    widget.show_display(display)
    widget.show_moment(Moment(moment(None).frame, results[-1], results, lens))
    qtbot.waitUntil(lambda: stub.views[-1].pose is STANDING, timeout=PATIENCE_MS)
    view = stub.views[-1]
    assert view.ghost and len(view.trail.points_m) == 9 and view.camera.intrinsics is lens and view.scale == display.scale
    assert view.orbit == widget.orbit != Orbit(), "the usual view shows the camera too"
    widget.show_display(Display())
    qtbot.waitUntil(lambda: stub.views[-1].camera is None, timeout=PATIENCE_MS)
    assert stub.views[-1].trail is None and not stub.views[-1].ghost and widget.orbit == Orbit()


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


@pytest.mark.parametrize("kind", [RenderThread, RenderTurn])
def test_commissioned_pictures_all_come_by_turns_with_the_windows(qtbot, stub, kind):
    worker, shown = kind(lambda: stub), []
    worker.drawn.connect(lambda _picture, view: shown.append(view.size[0]))
    stub.may_draw.clear()
    worker.start()
    pictures = []

    def commission():  # as a film does, on a thread of its own
        pictures.extend(worker.draw(View(Orbit(), (100 + i, 20))) for i in range(6))

    thread = threading.Thread(target=commission)
    thread.start()
    thread.join()
    pictures[2].cancel()
    worker.request(View(Orbit(), (50, 20)))
    stub.may_draw.set()
    qtbot.waitUntil(lambda: all(picture.done() for picture in pictures) and bool(shown), timeout=PATIENCE_MS)
    assert [picture.result().shape for i, picture in enumerate(pictures) if i != 2] == [
        (20, 100 + i, 3) for i in range(6) if i != 2
    ]
    assert shown == [50] and len(stub.threads) == 1
    place = [view.size for view in stub.views].index((50, 20))
    assert place <= 1, "the window waits for one picture at most"
    stub.render = lambda *_, **__: 1 / 0
    broken = worker.draw(View(Orbit(), (10, 10)))
    qtbot.waitUntil(broken.done, timeout=PATIENCE_MS)
    with pytest.raises(UaoError, match="division by zero"):
        broken.result()
    del stub.render
    worker.request(View(Orbit(), (51, 20)))
    qtbot.waitUntil(lambda: shown == [50, 51], timeout=PATIENCE_MS)
    stub.may_draw.clear()
    waiting = worker.draw(View(Orbit(), (10, 10))) if kind is RenderTurn else None
    stub.may_draw.set()
    worker.shut_down()
    for late in (waiting, worker.draw(View(Orbit(), (10, 10)))):
        if late is not None:
            with pytest.raises(UaoError, match="has been closed"):
                late.result(0)
    assert stub.closed == 3, "as it failed, as it was made anew and failed again, and at the end"


def test_a_view_that_has_come_to_rest_is_drawn_once_more_with_smooth_edges(qtbot, widget, stub):
    widget.show_moment(moment(STANDING))
    qtbot.waitUntil(lambda: stub.views[-1].pose is STANDING and not stub.views[-1].moving, timeout=PATIENCE_MS)
    assert next(view for view in stub.views if view.pose is STANDING).moving
