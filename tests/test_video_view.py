"""The video view with several people in the picture: who is not followed is outlined, and a click tells whom to follow."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage

from app.capture import Frame, PixelFormat
from app.moment import Moment
from app.window import video_view
from app.window.video_view import VideoView
from tests.test_people import person
from uao_core.packets import FrameResult

SIZE = (600, 400)


@pytest.fixture
def view(qtbot):
    made = VideoView()
    qtbot.addWidget(made)
    made.resize(600, 500)  # the picture is fitted with bars above and below
    return made


def moment(*others, mirrored=False):
    frame = Frame(np.full((SIZE[1], SIZE[0], 3), 30, np.uint8), PixelFormat.BGR, 0, 0.0, 0.0)
    return Moment(frame, FrameResult(person(0, 150), None, others), mirrored=mirrored)


def bright(view):
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()
    rows[:51], rows[449:] = 0, 0  # beside the picture
    return np.nonzero((rows[..., :3] > 150).all(axis=2))


def test_everybody_else_is_outlined(view):
    view.show_moment(moment())
    assert len(bright(view)[0]) == 0 and view.cursor().shape() == Qt.CursorShape.ArrowCursor
    view.show_moment(moment(person(0, 420)))
    rows, columns = bright(view)
    assert abs(columns.mean() - 420) < 20 and abs(rows.mean() - 240 - 50) < 60
    assert view.cursor().shape() == Qt.CursorShape.PointingHandCursor


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_click_gives_the_pixel_of_the_frame(qtbot, view, mirrored):
    clicked = []
    view.person_clicked.connect(lambda x, y: clicked.append((x, y)))
    view.show_moment(moment(person(0, 420), mirrored=mirrored))
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(420, 250))
    assert clicked[0] == pytest.approx((180 if mirrored else 420, 200), abs=1)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(420, 20))
    assert len(clicked) == 1, "beside the picture"
    view.show_moment(replace(moment(), mirrored=mirrored))
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(420, 250))
    assert len(clicked) == 1, "nobody else is there to be followed"


def test_a_frame_is_said_to_be_painted_once_and_when_it_is(view):
    painted, shown = [], moment()
    view.painted.connect(painted.append)
    view.show_moment(shown)
    assert painted == []
    view.grab()
    view.grab()
    assert painted == [shown.frame]


@pytest.mark.parametrize("size", [(600, 500), (300, 200), (1000, 900)])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_frame_is_painted_whole_in_every_size(view, size, mirrored):
    pixels = np.zeros((400, 600, 3), np.uint8)
    pixels[:200, :300], pixels[200:, 300:] = (0, 0, 255), (255, 0, 0)
    view.resize(*size)
    view.show_moment(Moment(Frame(pixels, PixelFormat.BGR, 0, 0.0, 0.0), None, mirrored=mirrored))
    image, target = view.grab().toImage(), view._fitted()

    def colour(x, y):
        point = image.pixelColor(round(target.left() + x * target.width()), round(target.top() + y * target.height()))
        return point.red() > 200, point.blue() > 200

    left, right = (0.98, 0.02) if mirrored else (0.02, 0.98)
    assert colour(left, 0.02) == (True, False) and colour(right, 0.98) == (False, True)
    assert colour(right, 0.02) == colour(left, 0.98) == (False, False)


def test_a_painting_that_fails_is_ended(qtbot, view, monkeypatch):
    painters = []

    def fail(painter, *_):
        painters.append(painter)  # as the traceback does
        raise ValueError

    monkeypatch.setattr(video_view, "paint_overlay", fail)
    view.show_moment(moment())
    with qtbot.captureExceptions() as caught:
        view.show()
        qtbot.waitUntil(lambda: bool(painters))
    assert caught and not any(painter.isActive() for painter in painters)
