"""The video view with several people in the picture: who is not followed is outlined, and a click tells whom to follow."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage

from app.capture import Frame, PixelFormat
from app.moment import Moment
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
