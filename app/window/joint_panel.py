"""How sure each joint is in the frame that is shown: bars for right and left of the body, and the least sure by name."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.colours import sigma_colours
from app.display import Display
from app.joint_labels import joint_label
from uao_core import skeleton as sk
from uao_core.packets import Pose

ROWS: tuple[tuple[int, int], ...] = (
    (sk.RIGHT_EAR, sk.LEFT_EAR),
    (sk.RIGHT_SHOULDER, sk.LEFT_SHOULDER),
    (sk.RIGHT_ELBOW, sk.LEFT_ELBOW),
    (sk.RIGHT_WRIST, sk.LEFT_WRIST),
    (sk.RIGHT_HAND, sk.LEFT_HAND),
    (sk.RIGHT_HIP, sk.LEFT_HIP),
    (sk.RIGHT_KNEE, sk.LEFT_KNEE),
    (sk.RIGHT_ANKLE, sk.LEFT_ANKLE),
    (sk.RIGHT_TOES, sk.LEFT_TOES),
)
"""Right and left joint; the right is on the left, as of somebody who faces the camera."""
_SHOWN = [joint for pair in ROWS for joint in pair]
_NAME_PX, _NUMBER_PX, _TOP_PX, _BELOW_PX = 74, 28, 34, 50
_LOWEST_ROW_PX, _ROW_PX = 13, 24


def least_sure(pose: Pose) -> tuple[int, float]:
    """The joint with the largest expected error, and that error in mm; of those that the panel shows."""
    joint = _SHOWN[int(pose.sigma_mm[_SHOWN].argmax())]
    return joint, float(pose.sigma_mm[joint])


class JointPanel(QWidget):
    """Paints the bars of one pose; their length and colour are the expected error.

    Pointing at a bar, or going to it with the arrow keys, highlights its joint; a click or Enter asks for its trail.
    """

    joint_clicked = Signal(int)
    joint_hovered = Signal(int)  # -1: none

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pose: Pose | None = None
        self._has_frame = False
        self._display = Display()
        self._highlighted = -1
        self.setMinimumSize(210, _TOP_PX + _LOWEST_ROW_PX * len(ROWS) + _BELOW_PX)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Expected error of every joint"))
        self.setToolTip(
            self.tr(
                "How far off each joint may be, relative to the pelvis, in this frame. Click one to see its trail in 3D."
            )
        )

    @property
    def row_px(self) -> float:
        """Height of a joint's row: rows close up where there is little room, so that none is cut off."""
        return min(_ROW_PX, max(_LOWEST_ROW_PX, (self.height() - _TOP_PX - _BELOW_PX) / len(ROWS)))

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(240, _TOP_PX + _ROW_PX * len(ROWS) + _BELOW_PX)

    def show_pose(self, pose: Pose | None) -> None:
        """Show what was found in a frame; None where nobody was."""
        self._pose, self._has_frame = pose, True
        self._describe()
        self.update()

    def clear(self) -> None:
        """Nothing is open."""
        self._pose, self._has_frame = None, False
        self._describe()
        self.update()

    def show_display(self, display: Display) -> None:
        """Colour as the user chose, and mark the joint whose trail is drawn."""
        self._display = display
        self.update()

    def highlight(self, joint: int) -> None:
        """Mark a joint; -1 none."""
        self._highlighted = joint
        self._describe()
        self.update()

    def _describe(self) -> None:
        """What a screen reader says."""
        description = self._summary()
        if self._pose is not None and self._highlighted >= 0:
            error_mm = round(float(self._pose.sigma_mm[self._highlighted]))
            pointed = self.tr("{joint}: {error_mm} mm").format(joint=joint_label(self._highlighted), error_mm=error_mm)
            description = f"{pointed}. {description}"
        self.setAccessibleDescription(description)

    def _summary(self) -> str:
        if self._pose is None:
            return self.tr("Nobody in this frame") if self._has_frame else ""
        joint, error_mm = least_sure(self._pose)
        return self.tr("Least sure: {joint}, {error_mm} mm").format(joint=joint_label(joint), error_mm=round(error_mm))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            text, faint = self.palette().text().color(), self.palette().placeholderText().color()
            middle = self.width() / 2
            align = Qt.AlignmentFlag
            painter.setPen(faint)
            painter.drawText(QRectF(12, 8, middle - 12, 20), align.AlignLeft, self.tr("right"))
            painter.drawText(QRectF(0, 8, self.width(), 20), align.AlignHCenter, self.tr("mm"))
            painter.drawText(QRectF(middle, 8, middle - 12, 20), align.AlignRight, self.tr("left"))
            names = self._row_names()
            colours = sigma_colours(self._pose.sigma_mm, self._display.scale).tolist() if self._pose is not None else []
            sigmas_mm = self._pose.sigma_mm.tolist() if self._pose is not None else []
            row_px = self.row_px
            edge = QColor(text)
            edge.setAlphaF(0.35)  # a bright bar stands out on a light palette, a dark one on a dark palette
            edge_pen = QPen(edge, 1)
            for joint in _SHOWN:
                if joint in (self._display.trail_joint, self._highlighted):
                    self._mark(painter, joint)
            painter.setPen(text if self._pose is not None else faint)
            for index, name in enumerate(names):
                place = QRectF(middle - _NAME_PX / 2, _TOP_PX + index * row_px, _NAME_PX, row_px)
                painter.drawText(place, align.AlignCenter, name)
            for index, pair in enumerate(ROWS if self._pose is not None else ()):
                for joint, side in zip(pair, (-1, 1), strict=True):
                    painter.setPen(edge_pen)
                    painter.setBrush(QColor(*colours[joint]))
                    self._bar(painter, sigmas_mm[joint], _TOP_PX + index * row_px, row_px, side)
                    painter.setPen(text)
                    border = self.width() - _NUMBER_PX - 4 if side > 0 else 4
                    number = QRectF(border, _TOP_PX + index * row_px, _NUMBER_PX, row_px)
                    painter.drawText(number, align.AlignCenter, f"{sigmas_mm[joint]:.0f}")
            painter.setPen(text if self._pose is not None else faint)
            below = QRectF(8, _TOP_PX + len(ROWS) * self.row_px + 6, self.width() - 16, 44)
            painter.drawText(below, align.AlignHCenter | Qt.TextFlag.TextWordWrap, self._summary())

    def _row_names(self) -> tuple[str, ...]:
        """Joints without their side, one a row."""
        upper = (self.tr("ear"), self.tr("shoulder"), self.tr("elbow"), self.tr("wrist"), self.tr("hand"))
        return (*upper, self.tr("hip"), self.tr("knee"), self.tr("ankle"), self.tr("toes"))

    def _mark(self, painter: QPainter, joint: int) -> None:
        """What lies behind the bar of a joint that is pointed at, and a frame around that of the joint with the trail."""
        accent = self.palette().highlight().color()
        half = self._place_of(joint)
        beside_name = half.width() - _NAME_PX / 2 - 2
        left = half.left() + 2 if half.left() == 0 else half.right() - beside_name
        place = QRectF(left, half.top() + 1, beside_name - 2, half.height() - 2)
        if joint == self._display.trail_joint:
            painter.setPen(QPen(accent, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place, 5, 5)
        if joint == self._highlighted:
            accent.setAlphaF(0.25)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(accent)
            painter.drawRoundedRect(place, 5, 5)

    def _bar(self, painter: QPainter, sigma_mm: float, top: float, row_px: float, side: int) -> None:
        """A bar from the name outwards, to the right (`side` 1) or left (-1)."""
        start = self.width() / 2 + side * _NAME_PX / 2
        room = self.width() / 2 - _NAME_PX / 2 - _NUMBER_PX - 8
        length = room * min(sigma_mm / self._display.scale.unsure_mm, 1.0)
        bar = QRectF(start if side > 0 else start - length, top + 0.29 * row_px, length, 0.42 * row_px)
        painter.drawRoundedRect(bar, 3, 3)

    # Mouse and keys

    def _place_of(self, joint: int) -> QRectF:
        """A joint's half of its row."""
        row, side = divmod(_SHOWN.index(joint), 2)
        return QRectF(side * self.width() / 2, _TOP_PX + row * self.row_px, self.width() / 2, self.row_px)

    def _joint_at(self, place: QPointF) -> int:
        return next((joint for joint in _SHOWN if self._place_of(joint).contains(place)), -1)

    def _hover(self, joint: int) -> None:
        if joint != self._highlighted:
            self.highlight(joint)
            self.joint_hovered.emit(joint)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        self._hover(self._joint_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        self._hover(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        joint = self._joint_at(event.position())
        if joint >= 0 and event.button() is Qt.MouseButton.LeftButton:
            self.joint_clicked.emit(joint)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Up and down go through the joints; left and right belong to the window, which steps through the clip."""
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if key == Qt.Key.Key_Down else -1
            at = _SHOWN.index(self._highlighted) + step if self._highlighted in _SHOWN else 0
            self._hover(_SHOWN[at % len(_SHOWN)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._highlighted >= 0:
            self.joint_clicked.emit(self._highlighted)
        else:
            super().keyPressEvent(event)
