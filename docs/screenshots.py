"""Make the README's picture of the real window: `python docs/screenshot.py docs/window.png`, on a display or Xvfb."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.options import parse_options
from app.qt_environment import forget_opencv_qt
from app.window.main_window import MainWindow
from app.window.session import Session
from app.window.theme import Appearance, apply_theme

SHOWN_S = 6.3  # arms stretched to the border


def main(target: str) -> int:
    forget_opencv_qt()
    app = QApplication(sys.argv[:1])
    apply_theme(app, Appearance.DARK)
    options = parse_options([])
    session = Session(options)
    window = MainWindow(session)
    window.resize(1280, 760)
    window.show()

    def when_processed() -> None:
        if not session.is_complete:
            return
        poll.stop()
        session.player.pause()
        session.player.seek(next(r.index for r in session.results if r.time_s >= SHOWN_S))
        QTimer.singleShot(2500, save)

    def save() -> None:
        window.screen().grabWindow(window.winId()).save(target)
        window.close()

    poll = QTimer()
    poll.timeout.connect(when_processed)
    poll.start(200)
    assert options.clip is not None
    session.open_file(options.clip)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
