"""Ctrl-C and SIGTERM while a file is processed: the work ends between two frames, in a sentence, and leaves no file."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from app.interrupts import stoppable
from tests.short_clips import write_clip
from tests.test_headless import ROOT


def test_a_signal_is_asked_about_and_the_second_one_is_as_ever():
    def other(*_):
        raise InterruptedError

    before = signal.signal(signal.SIGTERM, other)
    try:
        with stoppable() as is_stopped:
            assert not is_stopped()
            os.kill(os.getpid(), signal.SIGTERM)
            assert is_stopped()
            with pytest.raises(InterruptedError):
                os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is other
        with stoppable() as is_stopped:
            assert not is_stopped(), "another piece of work"
        assert signal.getsignal(signal.SIGTERM) is other
    finally:
        signal.signal(signal.SIGTERM, before)


def test_on_another_thread_nobody_asks():
    told = []

    def work():
        with stoppable() as is_stopped:
            told.append(is_stopped())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert told == [False]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a program could answer")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_clip_that_is_stopped_leaves_nothing(tmp_path, number):
    write_clip(tmp_path / "long.avi", 4000)
    target = tmp_path / "take.json"
    command = [
        sys.executable,
        "run_demo.py",
        tmp_path / "long.avi",
        "--headless",
        "--export",
        target,
        "--pose-model",
        "lite",
    ]
    running = subprocess.Popen(list(map(str, command)), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(12)  # well into its frames, also on a slow machine
    running.send_signal(number)
    _, told = running.communicate(timeout=60)
    assert running.returncode == 130 and "stopped" in told and "Traceback" not in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["long.avi"]
