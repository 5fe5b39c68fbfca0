"""The View menu's choices, and the views that follow them."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMenu, QWidget

from app.capture import Frame, PixelFormat
from app.colours import ColourMap, Scale
from app.display import Display
from app.moment import Moment
from app.viewport_widget import ViewportWidget
from app.window.display_menu import DisplayMenu
from app.window.joint_panel import JointPanel
from app.window.settings import Settings
from app.window.timeline import Timeline
from app.window.video_view import VideoView
from tests.conftest import STANDING_M
from uao_core.camera import Intrinsics
from uao_core.packets import FrameResult, Keypoints, Pose
from uao_core.skeleton import LEFT_WRIST, NUM_JOINTS, RIGHT_EAR, RIGHT_SHOULDER

SIGMA_MM = np.linspace(30, 190, 23).astype(np.float32)
POSE = Pose((STANDING_M + np.float32([0, 0, 3])).astype(np.float32), SIGMA_MM, STANDING_M.copy(), 0.0, 0.0)


@pytest.fixture(autouse=True)
def kept_apart(tmp_path):
    """The user's own settings are neither read nor written."""
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


class Nothing:
    """A renderer of empty pictures."""

    def render(self, view):
        return np.zeros((view.size[1], view.size[0], 3), np.uint8)

    def close(self):
        pass


@pytest.fixture
def parent(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def menu(parent):
    return DisplayMenu(parent, Settings())


@pytest.fixture
def views(menu, parent):
    """Side by side."""
    made = VideoView(parent), ViewportWidget(Nothing, parent), JointPanel(parent), Timeline(parent)
    parent.resize(1200, 320)
    for place, view in enumerate(made):
        view.setGeometry(300 * place, 0, 300, 320)
    parent.show()
    menu.serve(*made)
    pixels = np.full((180, 320, 3), 40, np.uint8)
    points = np.concatenate([np.random.default_rng(0).uniform(40, 140, (23, 2)), np.ones((23, 1))], axis=1)
    result = FrameResult(Keypoints(0, 0.0, points.astype(np.float32)), POSE)
    moment = Moment(Frame(pixels, PixelFormat.RGB, 0, 0, 0), result, (result,), Intrinsics.from_fov(60, (320, 180)))
    made[0].show_moment(moment)
    made[1].show_moment(moment)
    made[2].show_pose(POSE)
    made[3].set_state([result] * 3 + [FrameResult(Keypoints(3, 0.1, None), None)], 4, 0)
    yield made
    made[1].shut_down()


def pixels_of(view):
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


def action(menu, index, text):
    return next(action for action in menu.menus[index].actions() if action.text() == text)


def test_every_choice_is_in_the_menu_and_says_what_is_chosen(menu, parent):
    view = QMenu(parent)
    menu.fill(view)
    texts = [a.text().replace("&", "") for a in view.actions() if a.text()]
    assert texts[:4] == ["Pose before UAO", "Camera in 3D", "3D skeleton over video", "Keypoints over video"]
    assert len(texts) == 7
    assert len(menu.menus[0].actions()) == NUM_JOINTS + 1 and all(not a.icon().isNull() for a in menu.menus[1].actions())
    assert len({a.shortcut().toString() for a in menu.switches.values()} - {""}) == 4
    changes = []
    menu.changed.connect(changes.append)
    menu.switches["projected"].trigger()
    action(menu, 0, "left wrist").trigger()
    action(menu, 1, "Cividis").trigger()
    action(menu, 2, "Up to 400 mm").trigger()
    assert len(changes) == 4, "each once"
    assert menu.display == changes[-1] == Display(False, LEFT_WRIST, False, True, True, Scale(ColourMap.CIVIDIS, 400))
    assert [a.text() for group in menu.menus for a in group.actions() if a.isChecked()] == [
        "left wrist",
        "Cividis",
        "Up to 400 mm",
    ]
    menu.toggle_trail(LEFT_WRIST)
    assert menu.display.trail_joint is None and action(menu, 0, "None").isChecked()


def test_it_is_remembered_unless_the_command_line_asks_for_something(menu, parent):
    menu.choose(Display(ghost=True, trail_joint=4, keypoints=False, scale=Scale(ColourMap.VIRIDIS, 100)))
    again = DisplayMenu(parent, Settings())
    assert again.display == Display(ghost=True, keypoints=False, scale=Scale(ColourMap.VIRIDIS, 100))
    assert again.switches["ghost"].isChecked() and action(again, 1, "Viridis").isChecked()
    assert DisplayMenu(parent, Settings(), Display(frustum=True)).display == Display(frustum=True)


@pytest.mark.parametrize("scale", [Scale(ColourMap.VIRIDIS), Scale(unsure_mm=400)])
def test_all_views_change_their_colours_at_once(menu, views, scale):
    before = [pixels_of(view) for view in views]
    menu.choose(Display(scale=scale))
    assert all((pixels_of(view) != old).any() for view, old in zip(views, before, strict=True))
    menu.choose(Display())
    assert all((pixels_of(view) == old).all() for view, old in zip(views, before, strict=True))


def test_nobody_stays_grey_in_every_map(menu, views):
    timeline = views[3]
    menu.choose(Display(scale=Scale(ColourMap.CIVIDIS)))
    middle = pixels_of(timeline)[timeline.height() // 2].astype(int)
    assert np.ptp(middle[-60:-12, :3], axis=1).max() < 25 < np.ptp(middle[60:200, :3], axis=1).min()


def test_a_joint_that_is_pointed_at_in_the_panel_is_seen_in_all_views(qtbot, menu, views):
    video, viewport, panel, _ = views
    qtbot.waitUntil(lambda: viewport._drawn is not None and viewport._drawn.pose is POSE, timeout=20_000)
    before = [pixels_of(view) for view in (video, viewport, panel)]
    qtbot.mouseMove(panel, QPoint(280, round(34 + 3.5 * panel.row_px)))
    assert all((pixels_of(view) != old).any() for view, old in zip((video, viewport, panel), before, strict=True))
    assert panel.accessibleDescription().startswith(f"left wrist: {SIGMA_MM[LEFT_WRIST]:.0f} mm")
    qtbot.mouseMove(panel, QPoint(150, 5))
    assert all((pixels_of(view) == old).all() for view, old in zip((video, viewport, panel), before, strict=True))


def test_the_panel_is_worked_with_mouse_and_keys(qtbot, menu, views):
    panel = views[2]
    qtbot.mouseClick(panel, Qt.MouseButton.LeftButton, pos=QPoint(280, round(34 + 3.5 * panel.row_px)))
    assert menu.display.trail_joint == LEFT_WRIST
    qtbot.mouseClick(panel, Qt.MouseButton.LeftButton, pos=QPoint(280, round(34 + 3.5 * panel.row_px)))
    qtbot.mouseClick(panel, Qt.MouseButton.LeftButton, pos=QPoint(280, 5))
    assert menu.display.trail_joint is None
    qtbot.keyClick(panel, Qt.Key.Key_Down)
    qtbot.keyClick(panel, Qt.Key.Key_Return)
    assert menu.display.trail_joint == RIGHT_EAR
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(panel, key)
    assert menu.display.trail_joint == RIGHT_SHOULDER
