"""The dialog that measures a lens: with a chessboard, or with a person of known height."""

from datetime import date
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.capture import Frame
from app.lens.chessboard import Board
from app.lens.lens import Lens, write_lens
from app.lens.words import bend_in_words, need_in_words, verdict_in_words
from app.window.action import plain_text
from app.window.export_dialog import may_replace
from app.window.lens_measuring import LensMeasuring
from app.window.lens_view import LensView
from app.window.lens_workers import Look
from app.window.session import Session
from uao_core.errors import UaoError


class LensDialog(QDialog):
    """Two ways to a focal length, beside the picture of what is open."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Measure the lens"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.measuring = LensMeasuring(session, session)  # lives on while its thread winds down
        self.view = LensView(mirrored=self.measuring.is_live)
        self.tabs = QTabWidget()
        self.tabs.addTab(self._board_tab(), self.tr("&Chessboard"))
        self.tabs.addTab(self._person_tab(), self.tr("&Person"))
        self.tabs.setMinimumWidth(330)
        self._build_buttons()
        row = QHBoxLayout()
        row.addWidget(self.view, 3)
        row.addWidget(self.tabs, 2)
        layout = QVBoxLayout(self)
        layout.addLayout(row, 1)
        layout.addWidget(self.buttons)
        self.resize(920, 480)
        self.measuring.changed.connect(self._on_changed)
        self.measuring.looked.connect(self._on_look)
        self.measuring.shown.connect(self._on_frame)
        self.tabs.currentChanged.connect(self._on_changed)
        self.tabs.currentChanged.connect(self.view.forget_board)
        self._on_changed()

    # Building

    def _board_tab(self) -> QWidget:
        self.columns, self.rows = QSpinBox(), QSpinBox()
        for spin, name in ((self.columns, self.tr("Inner corners across")), (self.rows, self.tr("Inner corners down"))):
            spin.setRange(3, 50)
            spin.setAccessibleName(name)
            spin.setToolTip(self.tr("Where four squares meet: a board of 10 by 7 squares has 9 by 6 inner corners."))
        self.columns.setValue(self.measuring.board.columns)
        self.rows.setValue(self.measuring.board.rows)
        corners = QHBoxLayout()
        corners.addWidget(self.columns)
        corners.addWidget(QLabel("x"))
        corners.addWidget(self.rows)
        corners.addStretch(1)
        form = QFormLayout()
        label = QLabel(self.tr("&Inner corners"))
        label.setBuddy(self.columns)
        form.addRow(label, corners)
        self.begin = QPushButton()
        self.begin.clicked.connect(self._begin)
        self.advice, self.verdict, self.board_result = _words(), _words(), _words()
        self.coverage = QProgressBar()
        self.coverage.setRange(0, 100)
        self.coverage.setTextVisible(False)
        self.coverage.setStyleSheet("QProgressBar { max-width: 16777215px; }")  # the theme's is as short as a status bar's
        self.coverage.setAccessibleName(self.tr("How much of what is needed has been seen"))
        tab = QWidget()
        layout = QVBoxLayout(tab)
        help_text = self.tr("Print a chessboard, stick it to something flat, and show it in many places and tilts.")
        layout.addWidget(_words(help_text))
        layout.addLayout(form)
        for widget in (self.begin, self.coverage, self.advice, self.verdict, self.board_result):
            layout.addWidget(widget)
        layout.addStretch(1)
        return tab

    def _person_tab(self) -> QWidget:
        measuring = self.measuring
        self.stature = _metres(0.4, 2.6, measuring.height_m, self.tr("With shoes, if they are worn."))
        self.distance = _metres(0.0, 50.0, 3.0, self.tr("From below the camera to the heels, on the floor."))
        self.origin = QComboBox()
        self.origin.addItem(self.tr("from the camera"), True)
        self.origin.addItem(self.tr("from a mark before it"), False)
        self.origin.setToolTip(self.tr("From a mark, two places are needed, one behind the other; their step counts."))
        form = QFormLayout()
        for text, field in (
            (self.tr("&Height of the person"), self.stature),
            (self.tr("&Distance"), self.distance),
            (self.tr("&Measured"), self.origin),
        ):
            form.addRow(text, field)
            field.setAccessibleName(plain_text(text))
        self.stature.valueChanged.connect(self._on_person)
        self.origin.currentIndexChanged.connect(self._on_person)
        self.measure, self.clear = QPushButton(), QPushButton(self.tr("Start again"))
        self.measure.clicked.connect(lambda: measuring.measure_person(self.distance.value()))
        self.clear.clicked.connect(measuring.clear_stands)
        buttons = QHBoxLayout()
        buttons.addWidget(self.measure, 1)
        buttons.addWidget(self.clear)
        self.places, self.person_result = _words(), _words()
        tab = QWidget()
        layout = QVBoxLayout(tab)
        help_text = self.tr(
            "Stand upright and still before the middle of the picture, seen from crown to soles, the camera level. "
            "A second place makes it better."
        )
        layout.addWidget(_words(help_text))
        layout.addLayout(form)
        layout.addLayout(buttons)
        layout.addWidget(self.places)
        layout.addWidget(self.person_result)
        layout.addStretch(1)
        return tab

    def _build_buttons(self) -> None:
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        live = self.measuring.is_live
        self.save = self.buttons.addButton(
            self.tr("Save for this camera") if live else self.tr("Use"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.save.setToolTip(
            self.tr("Used whenever {camera} is opened.").format(camera=self.measuring.camera)
            if live
            else self.tr("Used for this video, and for what is opened after it; a batch does without it.")
        )
        self.save_file = self.buttons.addButton(self.tr("Save as file…"), QDialogButtonBox.ButtonRole.ActionRole)
        self.save_file.setToolTip(self.tr("For the command line's --lens."))
        self.buttons.rejected.connect(self.reject)
        self.save.clicked.connect(self._save)
        self.save_file.clicked.connect(self._save_file)

    # What happens

    @property
    def _is_board(self) -> bool:
        return self.tabs.currentIndex() == 0

    @property
    def lens(self) -> Lens | None:
        """The lens that the open tab has measured."""
        if not self._is_board:
            return self.measuring.person.lens if self.measuring.person is not None else None
        look = self.measuring.look
        return look.calibration.lens if look is not None and look.calibration is not None else None

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt's name)
        super().showEvent(event)
        if self.measuring.is_live and self.measuring.look is None:
            self._begin()

    def done(self, result: int) -> None:
        """Closed, in whatever way."""
        self.measuring.stop()
        super().done(result)

    def _begin(self) -> None:
        board = Board(self.columns.value(), self.rows.value())
        if self.measuring.is_live:
            self.measuring.watch(board)
        else:
            self.measuring.search(board)

    def _on_frame(self, frame: Frame) -> None:
        look = self.measuring.look  # a search takes longer than a picture is shown: its corners stay until the next one
        self.view.show_frame(frame, look.view if look is not None and self._is_board else None)

    def _on_look(self, look: Look) -> None:
        if self._is_board:
            self.view.show_frame(look.frame, look.view)
        self._on_changed()

    def _on_person(self) -> None:
        self.measuring.set_person(self.stature.value(), from_camera=bool(self.origin.currentData()))

    def _on_changed(self) -> None:
        self._show_board()
        self._show_person()
        for button in (self.save, self.save_file):
            button.setEnabled(self.lens is not None)

    def _show_board(self) -> None:
        measuring, look = self.measuring, self.measuring.look
        self.begin.setText(self.tr("Start again") if measuring.is_live else self.tr("Search the video"))
        self.begin.setEnabled(not measuring.is_searching)
        self.coverage.setValue(round(100 * look.progress) if look is not None else 0)
        if look is None:
            self.advice.setText(self.tr("Searching…") if measuring.is_searching else "")
            self.verdict.clear()
            self.board_result.setText(measuring.board_trouble or "")
            return
        need = need_in_words(look.needs[0], mirrored=measuring.is_live) if look.needs else ""
        enough = self.tr("There is enough. More makes it better.")
        self.advice.setText(self.tr("Now {what}").format(what=need) if need else enough)
        kept = self.tr("Pictures kept: {count}.").format(count=look.kept)
        self.verdict.setText(f"{kept} {verdict_in_words(look.verdict)}".strip())
        texts = [look.trouble, measuring.board_trouble]
        if (found := look.calibration) is not None:
            texts = [self._result(found.lens), bend_in_words(found) if found.is_bent else None, *texts]
        self.board_result.setText("\n\n".join(text for text in texts if text))

    def _show_person(self) -> None:
        measuring = self.measuring
        if measuring.seconds_left is None:
            self.measure.setText(self.tr("Measure"))
        elif measuring.seconds_left > 0:
            self.measure.setText(self.tr("Stand there… {seconds}").format(seconds=measuring.seconds_left))
        else:
            self.measure.setText(self.tr("Stand still…"))
        self.measure.setEnabled(measuring.seconds_left is None)
        self.clear.setEnabled(bool(measuring.stands))
        line = self.tr("{distance} m: {height} px high")
        rows = [line.format(distance=f"{d:.2f}", height=f"{stand.height_px:.0f}") for d, stand in measuring.stands]
        self.places.setText("\n".join(rows))
        result = self._result(measuring.person.lens) if measuring.person is not None else ""
        self.person_result.setText(measuring.trouble or result)

    def _result(self, lens: Lens) -> str:
        text = self.tr("Focal length {focal} px, within {error} %\nField of view {fov}°").format(
            focal=f"{lens.focal_px:.0f}",
            error=f"{lens.error_percent:.1f}",
            fov=f"{lens.fov_deg:.1f}",
        )
        if lens.rms_px is None:
            return text
        return text + "\n" + self.tr("Corners within {rms} px").format(rms=f"{lens.rms_px:.2f}")

    def _save(self) -> None:
        if self.lens is not None:
            self.measuring.use(self.lens)
            self.accept()

    def _save_file(self) -> None:
        suggestion = f"lens {date.today().isoformat()}.json"
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Save lens"), suggestion, self.tr("Lens (*.json)"))
        if not name or self.lens is None:
            return
        typed = Path(name)  # "Cam 1.5m" has no suffix, though it has a dot
        path = typed if typed.suffix.lower() == ".json" else typed.with_name(f"{typed.name}.json")
        if may_replace(self, self.windowTitle(), typed, path):
            try:
                write_lens(self.lens, path)
            except UaoError as error:
                QMessageBox.warning(self, self.windowTitle(), str(error))


def _words(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    return label


def _metres(low: float, high: float, value: float, help_text: str) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setRange(low, high)
    field.setDecimals(2)
    field.setSingleStep(0.01 if high < 3 else 0.1)
    field.setSuffix(QCoreApplication.translate("LensDialog", " m"))
    field.setValue(value)
    field.setToolTip(help_text)
    return field
