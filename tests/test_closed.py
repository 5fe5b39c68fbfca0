"""Nothing goes out and nothing is left behind: the whole program under a watch of the kernel's, in a fresh home."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from uao_core.export import FORMATS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
ROOT = Path(__file__).parent.parent
SHORT = ["--end", "0.6", "--pose-model", "lite", "--device", "cpu"]

DEVICES = re.compile(r"/dev/(null|dri/\w+|nvidia[\w-]*)")
"""Opened for writing and no files: where the words of native libraries go, and graphics cards where there are any."""

FORBIDDEN = """
import ctypes, os, pickle, socket, subprocess, sys, threading, urllib.request
folder = sys.argv[1]
os.chdir(folder)
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
    try:
        socket.socket(family).close()
    except OSError:  # no IPv6
        pass
subprocess.run(["true"])
fopen = ctypes.CDLL(None).fopen  # as a C++ library would
threading.Thread(target=fopen, args=(b"by_c", b"w")).start()
os.mkdir("made"); os.rename("made", "moved"); os.symlink("moved", "linked"); os.remove("linked"); os.rmdir("moved")
pickle.loads(pickle.dumps(ArithmeticError()))
try:
    urllib.request.urlopen("http://127.0.0.1:9/")
except OSError:
    pass
sys.exit(7)
"""


@dataclass
class Watched:
    """What became of a script: its status and errors, what it did, and what it left in a fresh home and beside it."""

    status: int
    errors: str
    kernel: list[tuple[str, str]]
    python: list[tuple[str, str]]
    home: Path
    out: Path

    def calls(self, *names):
        return [told for name, told in self.kernel if name in names]

    def touched_outside(self, *folders):
        """Paths that were written, made, moved or deleted, less what lies in the folders, and devices."""
        paths = {Path(told) for name, told in self.kernel if name not in ("socket", "execve", "execveat", "io_uring_setup")}
        within = {path for path in paths if {path, *path.parents} & {*folders}}
        return sorted(str(path) for path in paths - within if not DEVICES.fullmatch(str(path)))

    @property
    def left(self):
        """Files in the home folder, of which the working folder and the folder for temporary files are part."""
        return sorted(str(path.relative_to(self.home)) for path in self.home.rglob("*") if path.is_file())


@pytest.fixture
def watched(tmp_path):
    """Runs a script, with arguments, in an environment of its own."""
    home, out = tmp_path / "home", tmp_path / "out"
    for folder in (home / "tmp", home / "here", out):
        folder.mkdir(parents=True)

    def call(script, *arguments, **environment):
        report = tmp_path / "report.json"
        keep = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        keep |= {"HOME": str(home), "TMPDIR": str(home / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, ROOT / "tests" / "watched.py", report, script, *map(str, arguments)],
            env=keep | environment, cwd=home / "here", capture_output=True, text=True, timeout=180,
        )  # fmt: skip
        if not report.is_file():
            pytest.fail(done.stderr)
        told = json.loads(report.read_text())
        return Watched(done.returncode, done.stderr, told["kernel"], told["python"], home, out)

    return call


def test_the_watch_sees_what_is_forbidden(watched, tmp_path):
    script = tmp_path / "forbidden.py"
    script.write_text(FORBIDDEN)
    seen = watched(script, tmp_path / "home" / "here")
    here = tmp_path / "home" / "here"
    assert seen.status == 7, seen.errors
    assert {"AF_INET", "AF_UNIX"} <= set(seen.calls("socket"))
    assert any(path.endswith("/true") for path in seen.calls("execve"))
    assert seen.left == ["here/by_c"]
    assert {str(here / name) for name in ("by_c", "made", "moved", "linked")} <= set(seen.touched_outside(seen.out))
    assert seen.touched_outside(seen.home) == []
    assert {"socket.__new__", "subprocess.Popen", "pickle.find_class", "urllib.Request"} <= {
        event for event, _ in seen.python
    }


def assert_closed(seen):
    assert seen.status == 0, seen.errors
    assert seen.calls("socket") == [], "no socket, of whatever family"
    assert seen.calls("execve", "execveat") == [], "no other program"
    assert seen.calls("io_uring_setup") == [], "the way past all of this"
    assert seen.python == [], "nothing unpickled, no URL asked for"


def test_the_command_line_keeps_to_itself(watched, tmp_path):
    """A clip, every format and a film of the skeleton: detector, lifter, refinement, renderer, and all writers."""
    targets = [tmp_path / "out" / f"take{kind.suffix}" for kind in FORMATS]
    exports = [part for target in targets for part in ("--export", target)]
    film = tmp_path / "out" / "take.mp4"
    seen = watched(ROOT / "run_demo.py", "--headless", *SHORT, *exports, "--preview", film)
    assert_closed(seen)
    assert seen.touched_outside(seen.out) == []
    assert seen.left == []
    assert sorted(seen.out.iterdir()) == sorted([*targets, film])


def test_the_window_keeps_to_itself(watched, tmp_path):
    """The same in the window, which besides writes its settings where Qt keeps them."""
    settings = tmp_path / "home" / ".config"
    clip = ROOT / "assets" / "demo.mp4"
    seen = watched(ROOT / "tests" / "watched_window.py", tmp_path / "out", *SHORT, clip, QT_QPA_PLATFORM="offscreen")
    assert_closed(seen)
    assert seen.touched_outside(seen.out, settings) == []
    assert seen.left == [".config/uao-pose/window.ini"]
    assert {path.suffix for path in seen.out.iterdir()} == {kind.suffix for kind in FORMATS}
