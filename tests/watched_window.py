"""The real program with its window, which opens a clip, shows it, exports it and closes: `... FOLDER OPTIONS...`"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.cli import main
from app.window import application
from app.window.main_window import MainWindow
from uao_core.export import FORMATS

FOLDER = Path(sys.argv[1])


class Driven(MainWindow):
    """Does as a user would: the next thing when the one before is done."""

    def show(self) -> None:
        super().show()
        self._targets = [FOLDER / f"window{kind.suffix}" for kind in FORMATS]
        self._session.exports.written.connect(lambda _: self._export())
        QTimer.singleShot(120_000, lambda: QApplication.exit(9))
        self._poll = QTimer()
        self._poll.timeout.connect(self._look)
        self._poll.start(50)

    def _look(self) -> None:
        drawn = self.viewport._drawn
        if self._session.is_complete and drawn is not None and drawn.pose is not None:
            self._poll.stop()
            self._export()

    def _export(self) -> None:
        if self._targets:
            self._session.exports.write(self._targets.pop())
        else:
            self.close()


application.MainWindow = Driven
sys.exit(main(sys.argv[2:]))
