"""Which webcam is opened, what it is asked for, and what it gives."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from app.camera import CameraMode, list_cameras
from app.camera_words import delivery_text
from app.window.layout import add_row
from app.window.session import Session
from app.window.settings import Settings

SIZES: tuple[tuple[int, int], ...] = ((640, 360), (640, 480), (1280, 720), (1920, 1080))
RATES_FPS: tuple[float, ...] = (15.0, 30.0, 60.0)


class CameraPanel(QWidget):
    """A form. What is open comes from the session; cameras are asked as they were the last time, by their names."""

    opened = Signal(int, object)  # number of the camera, CameraMode
    closed = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._open: tuple[int, CameraMode] | None = None  # as the session said last
        self._is_opening = False
        self._told = ""  # of what is open
        self.camera, self.size_box, self.rate = QComboBox(), QComboBox(), QComboBox()
        self.camera.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.camera.setMinimumContentsLength(12)
        self.refresh_button = QToolButton()
        self.refresh_button.setText(self.tr("Refresh"))
        self.refresh_button.setToolTip(self.tr("Look for webcams again"))
        self.refresh_button.setAccessibleName(self.tr("Look for webcams again"))
        self.size_box.addItem(self.tr("camera's own"), None)
        for width, height in SIZES:
            self.size_box.addItem(f"{width} x {height}", (width, height))
        self.size_box.setToolTip(self.tr("Finer pictures cost time; the detector sees hardly more than 640 x 480."))
        self.rate.addItem(self.tr("camera's own"), None)
        for fps in RATES_FPS:
            self.rate.addItem(self.tr("{fps} fps").format(fps=f"{fps:g}"), fps)
        self.rate.setToolTip(self.tr("What the camera gives may differ; it is shown below."))
        self.button = QPushButton(self.tr("Open"))
        self.report = QLabel()
        self.report.setWordWrap(True)
        self.report.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.report.setMinimumHeight(4 * self.fontMetrics().lineSpacing())
        self.report.setAccessibleName(self.tr("What the camera gives"))

        chooser = QHBoxLayout()
        chooser.addWidget(self.camera, 1)
        chooser.addWidget(self.refresh_button)
        form = QFormLayout(self)
        form.setContentsMargins(12, 8, 12, 12)
        add_row(form, self.tr("&Camera"), self.camera, chooser)
        add_row(form, self.tr("&Resolution"), self.size_box)
        add_row(form, self.tr("Frame r&ate"), self.rate)
        form.addRow(self.button)
        form.addRow(self.report)
        self.refresh_button.clicked.connect(self.refresh)
        self.camera.currentIndexChanged.connect(self._on_camera)
        for box in (self.size_box, self.rate):
            box.currentIndexChanged.connect(self._show_button)
        self.button.clicked.connect(self._on_button)
        self._show_button()

    @property
    def mode(self) -> CameraMode:
        """What the form asks for."""
        width, height = self.size_box.currentData() or (None, None)
        return CameraMode(width, height, self.rate.currentData())

    def refresh(self) -> None:
        """List the webcams that are plugged in; the one that was chosen stays so where it is still there."""
        chosen = self.camera.currentText()
        self.camera.blockSignals(True)
        self.camera.clear()
        for camera in list_cameras():
            self.camera.addItem(camera.name, camera.index)
        if self.camera.count() == 0:
            self.camera.addItem(self.tr("No webcam"), None)  # more would not fit; the report says the rest
        self.camera.setCurrentIndex(max(self.camera.findText(chosen), 0))
        self.camera.blockSignals(False)
        self._on_camera()

    def show_session(self, session: Session) -> None:
        """Show what is open, and what comes from it."""
        webcam = session.webcam
        is_open = webcam.camera if webcam is not None else None
        if is_open is not None and is_open != self._open:
            self._choose(*is_open)
        self._open, self._is_opening = is_open, session.is_live and session.info is None
        self._show_button()
        if webcam is not None and webcam.is_waiting:
            self._told = self.tr("The camera has gone away. It is opened again as soon as it is back.")
        else:
            self._told = delivery_text(webcam.delivery if webcam is not None else None)
        self._show_report()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        if self.camera.count() == 0:
            self.refresh()
        super().showEvent(event)

    def _choose(self, camera: int, mode: CameraMode) -> None:
        """Make the form say what was asked for elsewhere: in the menu, or on the command line."""
        if self.camera.findData(camera) < 0:
            self.refresh()
        self.camera.blockSignals(True)
        self.camera.setCurrentIndex(max(self.camera.findData(camera), 0))
        self.camera.blockSignals(False)
        self._show_mode(mode)

    def _on_camera(self) -> None:
        is_there = self.camera.currentData() is not None
        for widget in (self.camera, self.size_box, self.rate):
            widget.setEnabled(is_there)
        if is_there:
            self._show_mode(self._settings.camera_mode(self.camera.currentText()))
        self._show_button()
        self._show_report()

    def _show_report(self) -> None:
        """What is open, or that there is nothing to open; the list has room for the beginning of a name only."""
        self.camera.setToolTip(self.camera.currentText())
        is_none = self.camera.count() > 0 and self.camera.currentData() is None
        nothing = self.tr("No webcam is plugged in. Plug one in, then press Refresh.") if is_none else ""
        self.report.setText(self._told or nothing)

    def _show_mode(self, mode: CameraMode) -> None:
        """Choose a size and a rate, also such as are in no list of ours."""
        size, fps = mode.size, mode.fps
        if size is not None and self.size_box.findData(size) < 0:
            self.size_box.addItem(f"{size[0]} x {size[1]}", size)
        if fps is not None and self.rate.findData(fps) < 0:
            self.rate.addItem(self.tr("{fps} fps").format(fps=f"{fps:g}"), fps)
        self.size_box.setCurrentIndex(max(self.size_box.findData(size), 0))
        self.rate.setCurrentIndex(max(self.rate.findData(fps), 0))

    def _shows_what_is_open(self) -> bool:
        return self._open is not None and self._open == (self.camera.currentData(), self.mode)

    def _show_button(self) -> None:
        if self._shows_what_is_open():
            self.button.setText(self.tr("Cancel") if self._is_opening else self.tr("Close"))
        else:
            self.button.setText(self.tr("Open"))
        self.button.setEnabled(self.camera.currentData() is not None or self._open is not None)

    def _on_button(self) -> None:
        if self._shows_what_is_open():
            self.closed.emit()
        elif self.camera.currentData() is not None:
            self._settings.remember_camera(self.camera.currentText(), self.mode)
            self.opened.emit(self.camera.currentData(), self.mode)
