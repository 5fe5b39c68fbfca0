"""How sure each joint is in the frame that is shown: bars for right and left of the body, and the least sure by name."""

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.colours import UNSURE_MM, sigma_colours
from uao_core import skeleton as sk
from uao_core.packets import Pose

ROWS: tuple[tuple[str, int, int], ...] = (
    ("ear", sk.RIGHT_EAR, sk.LEFT_EAR),
    ("shoulder", sk.RIGHT_SHOULDER, sk.LEFT_SHOULDER),
    ("elbow", sk.RIGHT_ELBOW, sk.LEFT_ELBOW),
    ("wrist", sk.RIGHT_WRIST, sk.LEFT_WRIST),
    ("hand", sk.RIGHT_HAND, sk.LEFT_HAND),
    ("hip", sk.RIGHT_HIP, sk.LEFT_HIP),
    ("knee", sk.RIGHT_KNEE, sk.LEFT_KNEE),
    ("ankle", sk.RIGHT_ANKLE, sk.LEFT_ANKLE),
    ("toes", sk.RIGHT_TOES, sk.LEFT_TOES),
)
"""Name, right and left joint; the right is on the left, as of somebody who faces the camera."""
_SHOWN = [joint for _, *pair in ROWS for joint in pair]
_ROW_PX, _NAME_PX, _NUMBER_PX, _TOP_PX = 24, 74, 28, 34


def least_sure(pose: Pose) -> tuple[str, float]:
    """Name of the joint with the largest expected error, and that error in mm; of those that the panel shows."""
    joint = _SHOWN[int(pose.sigma_mm[_SHOWN].argmax())]
    return sk.JOINT_NAMES[joint].replace("_", " "), float(pose.sigma_mm[joint])


class JointPanel(QWidget):
    """Paints the bars of one pose; their length and colour are the expected error."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pose: Pose | None = None
        self.setMinimumWidth(210)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Expected error of every joint")
        self.setToolTip("How far off each joint may be, relative to the pelvis, in this frame.")

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(240, _TOP_PX + _ROW_PX * len(ROWS) + 60)

    def show_pose(self, pose: Pose | None) -> None:
        self._pose = pose
        self.setAccessibleDescription(self._summary())
        self.update()

    def _summary(self) -> str:
        if self._pose is None:
            return "Nobody in this frame"
        name, error_mm = least_sure(self._pose)
        return f"Least sure: {name}, {error_mm:.0f} mm"

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text, faint = self.palette().text().color(), self.palette().placeholderText().color()
        middle = self.width() / 2
        align = Qt.AlignmentFlag
        painter.setPen(faint)
        painter.drawText(QRectF(12, 8, middle - 12, 20), align.AlignLeft, "right")
        painter.drawText(QRectF(0, 8, self.width(), 20), align.AlignHCenter, "mm")
        painter.drawText(QRectF(middle, 8, middle - 12, 20), align.AlignRight, "left")
        for index, (name, right, left) in enumerate(ROWS):
            top = _TOP_PX + index * _ROW_PX
            painter.setPen(text if self._pose is not None else faint)
            painter.drawText(QRectF(middle - _NAME_PX / 2, top, _NAME_PX, _ROW_PX), align.AlignCenter, name)
            if self._pose is not None:
                self._bar(painter, float(self._pose.sigma_mm[right]), middle - _NAME_PX / 2, top, -1)
                self._bar(painter, float(self._pose.sigma_mm[left]), middle + _NAME_PX / 2, top, 1)
        painter.setPen(text if self._pose is not None else faint)
        below = QRectF(8, _TOP_PX + len(ROWS) * _ROW_PX + 10, self.width() - 16, 44)
        painter.drawText(below, align.AlignHCenter | Qt.TextFlag.TextWordWrap, self._summary())

    def _bar(self, painter: QPainter, sigma_mm: float, start: float, top: float, side: int) -> None:
        """A bar from the name outwards, to the right (`side` 1) or left (-1), and its number at the border."""
        room = self.width() / 2 - _NAME_PX / 2 - _NUMBER_PX - 8
        length = room * min(sigma_mm / UNSURE_MM, 1.0)
        bar = QRectF(start if side > 0 else start - length, top + 7, length, _ROW_PX - 14)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*(int(c) for c in sigma_colours(np.array([sigma_mm], dtype=np.float32))[0])))
        painter.drawRoundedRect(bar, 3, 3)
        painter.setPen(self.palette().text().color())
        border = self.width() - _NUMBER_PX - 4 if side > 0 else 4
        painter.drawText(QRectF(border, top, _NUMBER_PX, _ROW_PX), Qt.AlignmentFlag.AlignCenter, f"{sigma_mm:.0f}")
