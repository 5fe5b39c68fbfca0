"""How the source is processed: detector, optimization, what the user knows of person and lens."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.detector import PoseModel
from app.lens.lens import InUse
from app.lens.words import in_use_in_words
from app.option_kinds import MOST_PEOPLE
from app.options import FILE_WINDOW, LIVE_WINDOW, Options
from app.quality import best_quality
from app.window.layout import add_row, scrolled
from uao_core.ground import Ground

_STEADIEST_S, _SLIDER_STEPS = 0.3, 20


class ProcessingPanel(QWidget):
    """A form; nothing is processed anew before *Apply* is pressed."""

    applied = Signal(object)  # Options
    lens_asked = Signal()
    lens_forgotten = Signal()

    def __init__(self, options: Options, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options = options
        self.model = QComboBox()
        sizes = {PoseModel.LITE: self.tr("Lite"), PoseModel.FULL: self.tr("Full"), PoseModel.HEAVY: self.tr("Heavy")}
        for model, size in sizes.items():
            if model.path.is_file():
                self.model.addItem(size, model)
        self.model.setToolTip(self.tr("The 2D detector: larger ones are steadier and slower."))
        self.iterations = QSpinBox()
        self.iterations.setRange(0, 32)
        self.iterations.setSpecialValueText(self.tr("off"))
        self.iterations.setToolTip(self.tr("Steps of the optimization against what the camera saw; off leaves it out."))
        self.window_frames = QSpinBox()
        self.window_frames.setRange(0, 243)
        self.window_frames.setSpecialValueText(self.tr("as usual"))
        self.window_frames.setToolTip(
            self.tr("Frames refined together: {file} of a file and {live} of a webcam as usual.").format(
                file=FILE_WINDOW, live=LIVE_WINDOW
            )
        )
        self.stature = self._number(
            0.39, 2.6, 0.01, self.tr(" m"), self.tr("One camera cannot see size: tell it, if you know.")
        )
        fov_help = self.tr("Field of view of your lens across the longer side, if it is not measured.")
        self.fov = self._number(4, 170, 1, "°", fov_help)
        self._build_lens()
        self.ground = QLabel()
        self.ground.setWordWrap(True)
        self.ground.setAccessibleName(self.tr("Where the ground is"))
        self.show_ground(None)
        self.people = QSpinBox()
        self.people.setRange(1, MOST_PEOPLE)
        self.people.setToolTip(
            self.tr("How many people to tell apart; click the one to follow in the video. More than one takes longer.")
        )
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, _SLIDER_STEPS)
        self.smoothing.setToolTip(
            self.tr("Left: every movement as it was seen. Right: calm, and quick movements are rounded off.")
        )
        self.apply = QPushButton(self.tr("Apply"))
        self.apply.clicked.connect(self._apply)

        fields = QWidget()
        form = QFormLayout(fields)
        form.setContentsMargins(12, 8, 12, 8)
        for text, field in (
            (self.tr("&Detector"), self.model),
            (self.tr("&People"), self.people),
            (self.tr("&UAO steps"), self.iterations),
            (self.tr("&Window"), self.window_frames),
            (self.tr("&Height"), self.stature),
            (self.tr("Field of &view"), self.fov),
            (self.tr("&Steadiness"), self.smoothing),
        ):
            add_row(form, text, field)
            if field is self.fov:
                form.addRow(self.lens)
                form.addRow(self._lens_buttons)
                form.addRow(self.ground)
        column, foot = QVBoxLayout(self), QHBoxLayout()  # the button stays in sight while the fields scroll
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        foot.setContentsMargins(12, 4, 12, 8)
        foot.addWidget(self.apply)
        column.addWidget(scrolled(fields), 1)
        column.addLayout(foot)
        self._is_recording = False
        self._shown: dict[str, Any] = {}  # what the fields were filled with, by the names of the options
        self._fill(self._content())
        self.show_recording(False)
        self.model.currentIndexChanged.connect(self._on_edited)
        self.smoothing.valueChanged.connect(self._on_edited)
        for spin in (self.people, self.iterations, self.window_frames, self.stature, self.fov):
            spin.valueChanged.connect(self._on_edited)

    def _number(self, unknown: float, high: float, step: float, unit: str, help_text: str) -> QDoubleSpinBox:
        """A field whose lowest value stands for what is not known."""
        field = QDoubleSpinBox()
        field.setDecimals(2 if step < 1 else 0)
        field.setRange(unknown, high)
        field.setSingleStep(step)
        field.setSuffix(unit)
        field.setSpecialValueText(self.tr("not known"))
        field.setToolTip(help_text)
        return field

    def _build_lens(self) -> None:
        self.lens = QLabel()
        self.lens.setWordWrap(True)
        self.lens.setAccessibleName(self.tr("Where the focal length comes from"))
        self.measure_lens = QPushButton(self.tr("Measure the &lens…"))
        self.measure_lens.setToolTip(self.tr("With a chessboard, or with a person of known height; kept for every camera."))
        self.measure_lens.clicked.connect(self.lens_asked)
        self.forget_lens = QPushButton(self.tr("Forget"))
        self.forget_lens.clicked.connect(self.lens_forgotten)
        self._lens_buttons = QHBoxLayout()
        self._lens_buttons.addWidget(self.measure_lens, 1)
        self._lens_buttons.addWidget(self.forget_lens)
        self.show_camera(None, None)

    def show_ground(self, ground: Ground | None) -> None:
        """Say how the camera stands to the ground; None where it is not known."""
        text = ""
        if ground is not None:
            tilt = round(ground.camera_tilt_deg)
            looks = self.tr("looks down {angle}°") if tilt >= 0 else self.tr("looks up {angle}°")
            text = (
                self.tr("The camera {looks} (±{error}°), by upright edges in the picture; no feet tell its height.")
                if ground.offset_m is None
                else self.tr("Camera {height} m above the ground, {looks} (±{error}°).")
            ).format(
                height=f"{ground.offset_m or 0:.1f}", looks=looks.format(angle=abs(tilt)), error=round(ground.up_sd_deg)
            )
        self.ground.setVisible(bool(text))
        if text != self.ground.text():
            self.ground.setText(text)

    def show_recording(self, is_recording: bool) -> None:
        """Let nothing be asked for that opens the camera anew while it is recorded: the recording would end there."""
        self._is_recording = is_recording
        first = self.tr("Stop the recording first: this would cut it.")
        self.apply.setToolTip(first if is_recording else self.tr("Process the source anew with these settings."))
        self.forget_lens.setToolTip(first if is_recording else self.tr("Assume a common lens again."))
        self.forget_lens.setEnabled(not is_recording)
        self._on_edited()

    def show_camera(self, camera: InUse | None, camera_name: str | None) -> None:
        """Say where the focal length of what is open comes from; None where nothing is open."""
        self.lens.setText(in_use_in_words(camera, camera_name) if camera is not None else "")
        self.lens.setVisible(camera is not None)
        self.measure_lens.setEnabled(camera is not None)
        measured = camera is not None and camera.lens is not None and camera.lens.how != "recording"
        self.forget_lens.setVisible(measured)

    def show_options(self, options: Options) -> None:
        """Take over what is in force. What was typed and not yet applied stays, where its option is as it was."""
        before, self._options = self._options, options
        self._fill(name for name in self._shown if getattr(options, name) != getattr(before, name))

    def forget_typed_fov(self) -> None:
        """Let a field of view go that was typed and not yet applied: it would win over a lens that is now measured."""
        self._fill(["fov_deg"])

    def _fill(self, names: Iterable[str]) -> None:
        """Let the fields of these options say what is in force."""
        options, names = self._options, tuple(names)
        fill: dict[str, Callable[[], None]] = {
            "pose_model": lambda: self.model.setCurrentIndex(max(self.model.findData(options.pose_model), 0)),
            "people": lambda: self.people.setValue(options.people),
            "uao_iterations": lambda: self.iterations.setValue(options.uao_iterations),
            "window": lambda: self.window_frames.setValue(options.window or 0),
            "height_m": lambda: self.stature.setValue(options.height_m or self.stature.minimum()),
            "fov_deg": lambda: self.fov.setValue(options.fov_deg or self.fov.minimum()),
            "smoothing_s": lambda: self.smoothing.setValue(round(_SLIDER_STEPS * options.smoothing_s / _STEADIEST_S)),
        }
        for name in names:
            fill[name]()
        content = self._content()
        self._shown |= {name: content[name] for name in names}
        self.fov.setEnabled(options.focal_px is None)
        self._on_edited()

    @property
    def in_force(self) -> Options:
        """The options that were taken over last."""
        return self._options

    def options(self) -> Options:
        """What the form says. A field that was not touched stands for what was in force, however it is rounded."""
        edited = {name: value for name, value in self._content().items() if value != self._shown[name]}
        return replace(self._options, **edited)

    def _content(self) -> dict[str, Any]:
        """The fields, by the names of the options."""
        return {
            "pose_model": self.model.currentData(),
            "people": self.people.value(),
            "uao_iterations": self.iterations.value(),
            "window": self.window_frames.value() or None,
            "height_m": self._known(self.stature),
            "fov_deg": self._known(self.fov),
            "smoothing_s": _STEADIEST_S * self.smoothing.value() / _SLIDER_STEPS,
        }

    def _known(self, field: QDoubleSpinBox) -> float | None:
        return None if field.value() == field.minimum() else round(field.value(), 2)

    def _on_edited(self) -> None:
        self.apply.setEnabled(self.options() != self._options and not self._is_recording)

    def _apply(self) -> None:
        self._use(self.options())

    @property
    def is_best(self) -> bool:
        """Whether what is in force is the best quality, and the form says nothing else."""
        return best_quality(self.options()) == self._options

    def apply_best(self) -> None:
        """Process anew at the best quality, with whatever else the form says."""
        self._use(best_quality(self.options()))

    def _use(self, options: Options) -> None:
        if options != self._options:
            self.show_options(options)
            self.applied.emit(options)
