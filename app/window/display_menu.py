"""What the user chooses to see: the part of the View menu that says it, and the one place that holds it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QIcon, QKeySequence, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QWidget

from app.colours import UNSURE_MM, ColourMap, Scale
from app.display import Display
from app.joint_labels import joint_label
from app.painting import paint_scale
from app.viewport_widget import ViewportWidget
from app.window.action import plain_text
from app.window.joint_panel import JointPanel
from app.window.settings import Settings
from app.window.timeline import Timeline
from app.window.video_view import VideoView
from uao_core.skeleton import NUM_JOINTS

_SWATCH_PX = 32


class DisplayMenu(QObject):
    """Switches, and menus of joints, colours and scales. All views follow the display that they choose.

    Attributes:
        display: what is chosen now.
        switches: the checkable actions, by the name of what they switch in `Display`.
        menus: of the joint with a trail, of the colour map, of the scale's upper end.
    """

    changed = Signal(object)  # Display
    pointed = Signal(int)  # the joint under the mouse in some view; -1: none

    def __init__(self, window: QWidget, settings: Settings, chosen: Display | None = None) -> None:
        """`chosen` is what the command line asks for; without it all is as it was the last time."""
        super().__init__(window)
        self._window, self._settings = window, settings
        self.display = chosen or Display.from_words(settings.words("display"))
        self.switches = {
            "ghost": self._switch(
                "G", self.tr("Pose before &UAO"), self.tr("Draw the lifter's estimate in 3D as thin lines")
            ),
            "frustum": self._switch("C", self.tr("C&amera in 3D"), self.tr("Draw the camera and what it sees in 3D")),
            "projected": self._switch(
                "P", self.tr("3D skeleton &over video"), self.tr("Project the 3D skeleton back into the video")
            ),
            "keypoints": self._switch(
                "K", self.tr("&Keypoints over video"), self.tr("Draw over the video what the detector found")
            ),
        }
        for name, switch in self.switches.items():
            switch.toggled.connect(lambda checked, name=name: self.choose(replace(self.display, **{name: checked})))
        joints = [(joint_label(joint), joint) for joint in range(NUM_JOINTS)]
        maps = [(colour_map.value.capitalize(), colour_map) for colour_map in ColourMap]
        ends = [(self.tr("Up to {error_mm} mm").format(error_mm=end), end) for end in UNSURE_MM]
        self._trails = self._group("trail_joint", [(self.tr("None"), None), *joints])
        self._maps, self._ends = self._group("map", maps), self._group("unsure_mm", ends)
        for action in self._maps.actions():
            action.setIcon(_swatch(Scale(action.data())))
        self.menus = (
            self._menu(self.tr("&Trail of a joint"), self._trails),
            self._menu(self.tr("Colou&rs"), self._maps),
            self._menu(self.tr("&Scale of the expected error"), self._ends),
        )
        self._check()

    def fill(self, menu: QMenu) -> None:
        """Add everything to the View menu."""
        menu.addSeparator()
        menu.addActions(list(self.switches.values()))
        for submenu in self.menus:
            menu.addMenu(submenu)

    def serve(self, video: VideoView, viewport: ViewportWidget, joints: JointPanel, timeline: Timeline) -> None:
        """Let the views follow, and let a joint that is pointed at in one of them be seen in all."""
        for view in (video, viewport, joints, timeline):
            self.changed.connect(view.show_display)
            view.show_display(self.display)
        for pointer in (viewport, joints):
            pointer.joint_clicked.connect(self.toggle_trail)
            pointer.joint_hovered.connect(self.pointed)
        for shows in (video, viewport, joints):
            self.pointed.connect(shows.highlight)

    def choose(self, display: Display) -> None:
        """Show this from now on, and remember it."""
        if display != self.display:
            self.display = display
            self._check()
            self._settings.set_words("display", display.as_words())
            self.changed.emit(display)

    def toggle_trail(self, joint: int) -> None:
        self.choose(self.display.toggled_trail(joint))

    def _switch(self, key: str, text: str, tip: str) -> QAction:
        action = QAction(text, self._window)
        action.setCheckable(True)
        action.setShortcut(QKeySequence(key))
        action.setIconText(plain_text(text))
        action.setToolTip(tip)
        return action

    def _group(self, field: str, choices: Iterable[tuple[str, Any]]) -> QActionGroup:
        """Actions of which one is checked; each gives `field` of the display, or of its scale, a value."""
        group = QActionGroup(self)
        for text, value in choices:
            action = group.addAction(text)
            action.setCheckable(True)
            action.setData(value)
        group.triggered.connect(lambda action: self.choose(_with(self.display, field, action.data())))
        return group

    def _menu(self, title: str, group: QActionGroup) -> QMenu:
        menu = QMenu(title, self._window)
        menu.addActions(group.actions())
        return menu

    def _check(self) -> None:
        """Let the actions say what is chosen."""
        for name, switch in self.switches.items():
            switch.setChecked(getattr(self.display, name))
        scale = self.display.scale
        chosen = ((self._trails, self.display.trail_joint), (self._maps, scale.map), (self._ends, scale.unsure_mm))
        for group, value in chosen:
            next(action for action in group.actions() if action.data() == value).setChecked(True)


def _with(display: Display, field: str, value: Any) -> Display:
    if hasattr(display.scale, field):
        return replace(display, scale=replace(display.scale, **{field: value}))
    return replace(display, **{field: value})


def _swatch(scale: Scale) -> QIcon:
    """The colours from sure to unsure."""
    pixmap = QPixmap(_SWATCH_PX, _SWATCH_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        paint_scale(painter, QRectF(0, _SWATCH_PX / 4, _SWATCH_PX, _SWATCH_PX / 2), 4, scale)
    return QIcon(pixmap)
