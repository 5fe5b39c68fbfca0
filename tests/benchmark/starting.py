"""How long the program takes to start: each time a process of its own."""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmark.report import Figure, Target

ROOT = Path(__file__).parent.parent.parent
_PATIENCE_S = 120
_IMPORT = """
import app.cli
from app.importing import importing

with importing():
    import app.options, app.window.application
print("imported", flush=True)
"""
_FIRST_PICTURE = """
import sys, tempfile
from app.importing import importing

with importing():  # as `app.cli` does it
    from app.options import BUNDLED_CLIP, parse_options
    from app.window import application, main_window
from PySide6.QtCore import QSettings

class Window(main_window.MainWindow):
    def __init__(self, session):
        super().__init__(session)
        self.video.painted.connect(self._say)

    def _say(self, _frame):
        print("painted", flush=True)
        self.close()

application.MainWindow = Window
with tempfile.TemporaryDirectory() as folder:
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
    sys.exit(application.run_window(parse_options([str(BUNDLED_CLIP), "--device", "cpu"])))
"""


def start():
    """From the start of the process to the first painted picture with its skeleton, and to where all is imported that the
    window needs to be shown; warm."""
    first, imported = _median_of(_until_first_picture), _median_of(_import)
    return [
        Figure("first picture of a file", first[0], Target("<", 4), "s", {"CPU s": first[1]}),
        Figure("import, warm", imported[0], Target("<", 2.5), "s", {"CPU s": imported[1]}),
    ]


def _median_of(measure, rounds=3):
    measure()  # files are in memory from here on
    return sorted(measure() for _ in range(rounds))[rounds // 2]


def _until_first_picture():
    return _until_said("painted", _FIRST_PICTURE, "the window has painted no picture")


def _import():
    return _until_said("imported", _IMPORT, "the program cannot be imported")


def _until_said(word, code, problem):
    """Seconds until a process says a word, and the CPU time of the whole process."""
    before, began = _children_s(), time.perf_counter()
    with _python(code) as process:
        said = process.stdout.readline()
        seconds = time.perf_counter() - began
        process.wait(_PATIENCE_S)
    if said.strip() != word or process.returncode:
        raise RuntimeError(problem)
    return seconds, _children_s() - before


def _python(code):
    environment = {"QT_QPA_PLATFORM": "offscreen"} | os.environ
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def _children_s():
    """CPU time of all processes that have ended and were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
