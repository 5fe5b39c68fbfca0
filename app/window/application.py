"""Start Qt and the window."""

import signal
import sys

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from app.ending import end
from app.native_logs import silence_native_logs
from app.options import Options, program_version
from app.pipeline import SWITCH_S
from app.qt_environment import forget_opencv_qt
from app.window.garbage import Collector
from app.window.main_window import MainWindow
from app.window.session import Session
from app.window.settings import Settings
from app.window.theme import apply_theme
from app.window.translation import install_translation
from app.window.workers import Worker

_COLLECT_MS = 200


def be_responsive(app: QApplication) -> None:
    """Let neither threads nor the garbage collector keep the window waiting."""
    sys.setswitchinterval(SWITCH_S)
    collector, turn = Collector(), QTimer(app)

    def collect() -> None:  # a connection to a method would not keep the collector
        collector.pass_over_imports()
        collector.collect()

    turn.timeout.connect(collect)
    turn.start(_COLLECT_MS)


def close_when_told(window: QWidget) -> None:
    """Let Ctrl-C and SIGTERM close a window, which ends a recording whole.

    Python calls its handlers wherever it happens to be, also in the midst of a painting: what is painted would be gone.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: QTimer.singleShot(0, window, window.close))


def run_window(options: Options) -> int:
    """Open the window on the clip or camera of the command line; returns the exit status."""
    forget_opencv_qt()
    app = QApplication(sys.argv[:1])
    be_responsive(app)  # its timer also lets signals be handled: Python does so only between its own instructions
    app.setApplicationName("UAO Pose")
    app.setApplicationVersion(program_version())
    if options.wants_quiet:
        silence_native_logs()  # not before: where Qt cannot open a window it says why on its own and ends the program
    settings = Settings()
    install_translation(app, settings.language())
    apply_theme(app, settings.appearance())
    app.styleHints().colorSchemeChanged.connect(lambda _scheme: apply_theme(app, settings.appearance()))
    session = Session(options)
    window = MainWindow(session)
    window.show()
    if options.camera is not None:
        session.open_camera(options.camera, options.camera_mode)
    elif options.clips:
        session.open_file(options.clips[0])
    close_when_told(window)
    status = app.exec()
    settings.flush()
    return end(status, has_left_threads=bool(Worker.running()))
