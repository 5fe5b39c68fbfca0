"""In the status bar: the film that is being written, how far it is, and a way to give it up."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from app.window.exports import Exports
from app.window.icons import icon
from app.window.queue_model import duration_text

_LETTERS = 26  # of a file's name


class ExportProgress(QWidget):
    """Shown while there is a film to wait for."""

    def __init__(self, exports: Exports, status: QStatusBar) -> None:
        super().__init__(status)
        self._exports, self._status = exports, status
        self.label, self.bar, self.cancel = QLabel(), QProgressBar(), QToolButton()
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setMinimumWidth(1)  # rather cut than a narrow window made wider
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(8 * self.fontMetrics().averageCharWidth())
        self.bar.setAccessibleName(self.tr("Written frames of the video"))
        self.cancel.setIcon(icon("close"))
        self.cancel.setAccessibleName(self.tr("Cancel the video"))
        self.cancel.setToolTip(self.tr("Give the video up; nothing of it is kept"))
        self.cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.cancel.clicked.connect(exports.cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for part in (self.label, self.bar, self.cancel):
            row.addWidget(part)
        exports.changed.connect(self._on_changed)
        exports.cancelled.connect(self._on_cancelled)
        self._on_changed()

    def _on_cancelled(self, path: str) -> None:
        self._status.showMessage(self.tr("{path} was not written").format(path=path), 6000)

    def _on_changed(self) -> None:
        films, left_s = self._exports.films, self._exports.seconds_left
        self.setVisible(bool(films))
        self.bar.setValue(round(1000 * self._exports.share))
        if not films:
            return
        if len(films) == 1:
            width = _LETTERS * self.fontMetrics().averageCharWidth()
            name = self.fontMetrics().elidedText(films[0].path.name, Qt.TextElideMode.ElideMiddle, width)
            text = self.tr("Writing {name}").format(name=name)
        else:
            text = self.tr("Writing {count} videos").format(count=len(films))
        if left_s is not None:
            text += self.tr(", {time} left").format(time=duration_text(left_s))
        self.label.setText(text)
        self.label.setToolTip("\n".join([text, *(str(film.path) for film in films)]))
