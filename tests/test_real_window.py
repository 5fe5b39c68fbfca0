"""A real window under a virtual screen, once: through Qt's X11 plugin, with the real renderer, as the screen shows it."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.test_headless import ROOT

XVFB = shutil.which("Xvfb")


@pytest.fixture
def display():
    """The name of a virtual screen."""
    if XVFB is None:
        pytest.skip("there is no Xvfb here")
    read, write = os.pipe()
    server = subprocess.Popen(
        [XVFB, "-displayfd", str(write), "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)


def test_the_screen_shows_video_and_skeleton(display, tmp_path):
    environment = {name: value for name, value in os.environ.items() if name not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")}
    command = [sys.executable, "-m", "tests.real_window", str(tmp_path / "settings"), str(tmp_path / "screen.png")]
    done = subprocess.run(
        command, env=environment | {"DISPLAY": display}, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    shown = json.loads(done.stdout.strip().splitlines()[-1])
    assert shown["platform"] == "xcb" and shown["title"] == "demo.mp4 - UAO Pose"
    assert shown["video"]["spread"] > 30, "the film"
    assert 0.01 < shown["view"]["coloured"] < 0.3, "the body, in colours of uncertainty, before a plain background"
    assert (tmp_path / "screen.png").stat().st_size > 50_000
