"""Opens the real window on a display and prints what the screen shows of it, in numbers; for `test_real_window`."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from app.detector import PoseModel
from app.options import BUNDLED_CLIP, parse_options
from app.qt_environment import forget_opencv_qt
from app.window.main_window import MainWindow
from app.window.session import Session
from app.window.theme import Appearance, apply_theme

SHOWN = 20


def main(settings: str, target: str) -> int:
    forget_opencv_qt()
    app = QApplication(sys.argv[:1])
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, settings)
    apply_theme(app, Appearance.DARK)
    session = Session(replace(parse_options(["--end", "1.5", "--device", "cpu"]), pose_model=PoseModel.LITE))
    window = MainWindow(session)
    window.show()

    def save() -> None:
        grabbed = window.screen().grabWindow(0)
        grabbed.save(target)
        screen = grabbed.toImage()
        figures = {
            name: _figures(screen, window, part) for name, part in (("video", window.video), ("view", window.viewport))
        }
        print(json.dumps({"platform": app.platformName(), "title": window.windowTitle(), **figures}))
        window.close()

    def look() -> None:
        if session.is_complete and window.viewport._drawn is not None and window.viewport._drawn.pose is not None:
            poll.stop()
            session.player.pause()
            session.player.seek(SHOWN)
            QTimer.singleShot(1500, save)

    poll = QTimer()
    poll.timeout.connect(look)
    poll.start(100)
    session.open_file(BUNDLED_CLIP)
    return app.exec()


def _figures(screen: QImage, window: QWidget, part: QWidget) -> dict[str, float]:
    """How varied a part of the window is on the screen, and how much of it has a colour of uncertainty."""
    corner = part.mapToGlobal(part.rect().topLeft())
    cut = screen.copy(corner.x(), corner.y(), part.width(), part.height()).convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(cut.constBits(), np.uint8).reshape(cut.height(), cut.bytesPerLine() // 4, 4)
    pixels = rows[:, : cut.width(), :3].astype(int)
    coloured = pixels.max(axis=2) - pixels.min(axis=2) > 60
    return {"spread": float(pixels.std()), "coloured": float(coloured.mean())}


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    sys.exit(main(*sys.argv[1:]))
