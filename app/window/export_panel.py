"""How takes are exported: what the user may ask of bodies and of measured points, and how Blender reads a BVH."""

from enum import Enum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QLabel, QWidget

from app.window.layout import add_row
from uao_core.body import BodyOptions, FootLock, Gaps, Names
from uao_core.export_options import ExportOptions

_FOUND_TILT = -91
"""Below all tilts there are: none is given."""


class ExportPanel(QWidget):
    """A form; what it says is used for the next export."""

    changed = Signal(object)  # ExportOptions

    def __init__(self, exporting: ExportOptions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.foot_lock = _choice(
            (self.tr("Off"), FootLock.OFF), (self.tr("Soft"), FootLock.SOFT), (self.tr("Full"), FootLock.FULL)
        )
        self.foot_lock.setToolTip(self.tr("Holds feet that stand in their place, so that they do not slide."))
        self.gaps = _choice(
            (self.tr("Hold the last pose"), Gaps.HOLD),
            (self.tr("Pass smoothly"), Gaps.INTERPOLATE),
            (self.tr("Longest stretch only"), Gaps.LONGEST),
        )
        self.gaps.setToolTip(self.tr("What stands where nobody was seen."))
        self.confidence = _number(0, 1, 0.05, "", self.tr("all"))
        self.confidence.setToolTip(self.tr("Frames whose keypoints are less sure count as if nobody was seen."))
        self.names = _choice(("Mixamo", Names.MIXAMO), ("Human3.6M", Names.H36M))
        self.names.setToolTip(self.tr("What joints are called in BVH and glTF."))
        self.units = _choice((self.tr("Metres"), "m"), (self.tr("Centimetres"), "cm"))
        self.units.setToolTip(self.tr("Lengths in BVH; Blender counts in metres."))
        self.order = _choice(("ZXY", "ZXY"), (self.tr("Best for each joint"), "by joint"))
        self.order.setToolTip(
            self.tr("Order of a BVH's rotations. Sitting thighs are at the pole of ZXY, where curves jump.")
        )
        self.most = _number(0, 1000, 10, " mm", self.tr("any"))
        self.most.setToolTip(self.tr("TRC, C3D, CSV and NPZ leave joints out that may be farther off."))
        self.tilt = _number(_FOUND_TILT, 90, 1, "°", self.tr("by the take"))
        self.tilt.setToolTip(
            self.tr(
                "How far the camera looked down, if you know it; 0 is level. Else edges of the room, feet and body tell."
            )
        )
        note = QLabel(
            self.tr("Blender: File > Import > Motion Capture (.bvh), as it is; set the scene's frame rate to the clip's.")
        )
        note.setWordWrap(True)

        form = QFormLayout(self)
        form.setContentsMargins(12, 8, 12, 12)
        for text, field in (
            (self.tr("&Foot lock"), self.foot_lock),
            (self.tr("&Gaps"), self.gaps),
            (self.tr("Least &confidence"), self.confidence),
            (self.tr("&Names"), self.names),
            (self.tr("BVH &units"), self.units),
            (self.tr("BVH &order"), self.order),
            (self.tr("&Largest error"), self.most),
            (self.tr("Camera &tilt"), self.tilt),
        ):
            add_row(form, text, field)
        form.addRow(note)
        self._show(exporting)
        for box in (self.foot_lock, self.gaps, self.names, self.units, self.order):
            box.currentIndexChanged.connect(self._on_edited)
        for field in (self.confidence, self.most, self.tilt):
            field.valueChanged.connect(self._on_edited)

    def exporting(self) -> ExportOptions:
        """What the form says."""
        body = BodyOptions(
            foot_lock=self.foot_lock.currentData(),
            gaps=self.gaps.currentData(),
            min_confidence=round(self.confidence.value(), 2),
            names=self.names.currentData(),
            units=self.units.currentData(),
            channels=self.order.currentData(),
            camera_tilt_deg=None if self.tilt.value() == _FOUND_TILT else self.tilt.value(),
        )
        return ExportOptions(body, self.most.value() or None)

    def _show(self, exporting: ExportOptions) -> None:
        body = exporting.body
        for box, value in (
            (self.foot_lock, body.foot_lock),
            (self.gaps, body.gaps),
            (self.names, body.names),
            (self.units, body.units),
            (self.order, body.channels),
        ):
            box.setCurrentIndex(box.findData(value))
        self.confidence.setValue(body.min_confidence)
        self.most.setValue(exporting.max_sigma_mm or 0)
        self.tilt.setValue(_FOUND_TILT if body.camera_tilt_deg is None else body.camera_tilt_deg)

    def _on_edited(self) -> None:
        self.changed.emit(self.exporting())


def _choice(*entries: tuple[str, Enum | str]) -> QComboBox:
    box = QComboBox()
    for text, data in entries:
        box.addItem(text, data)
    return box


def _number(low: float, high: float, step: float, unit: str, lowest: str) -> QDoubleSpinBox:
    """A field whose lowest value stands for no limit."""
    field = QDoubleSpinBox()
    field.setDecimals(2 if step < 1 else 0)
    field.setRange(low, high)
    field.setSingleStep(step)
    field.setSuffix(unit)
    field.setSpecialValueText(lowest)
    return field
