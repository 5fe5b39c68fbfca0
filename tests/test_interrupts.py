"""Ctrl-C and SIGTERM while a file is processed: the work ends between two frames, in a sentence, and leaves no file."""

import os
import signal
import sys
import threading
import time

import pytest

from app.cli import main
from app.detector import Detector
from app.interrupts import stoppable
from tests.short_clips import write_clip
from uao_core.latent import _PooledAdam


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


def test_what_waits_is_woken():
    woken = []
    with stoppable(lambda: woken.append(True)) as is_stopped:
        assert not woken
        signal.raise_signal(signal.SIGINT)
        assert woken == [True] and is_stopped()
    with stoppable(lambda: woken.append(True)):
        pass
    assert woken == [True]


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
def test_a_clip_that_is_stopped_leaves_nothing(tmp_path, monkeypatch, capfd, number):
    """The signal comes while the detector looks at its fourth frame, on a thread of its own."""
    clip, detect, seen = write_clip(tmp_path / "clip.avi", 60), Detector.detect, []

    def interrupted(detector, frame):
        seen.append(frame.index)
        if frame.index == 3:
            signal.pthread_kill(threading.main_thread().ident, number)
        return detect(detector, frame)

    monkeypatch.setattr(Detector, "detect", interrupted)
    target = tmp_path / "take.json"
    status = main([str(clip), "--headless", "--device", "cpu", "--export", str(target), "--pose-model", "lite"])
    told = capfd.readouterr().err
    assert status == 130 and "stopped" in told and "Traceback" not in told
    assert [path.name for path in tmp_path.iterdir()] == ["clip.avi"] and len(seen) < 30, "it ends at once"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a program could answer")
def test_a_window_of_many_steps_is_stopped_between_two(tmp_path, monkeypatch, capfd):
    """The signal comes in the third step of five hundred."""
    clip, step, steps = write_clip(tmp_path / "clip.avi", 12), _PooledAdam.direction, []

    def interrupted(optimizer, gradient):
        steps.append(optimizer.count)
        if len(steps) == 3:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            time.sleep(0.5)  # the main thread hears it meanwhile
        return step(optimizer, gradient)

    monkeypatch.setattr(_PooledAdam, "direction", interrupted)
    quick = ["--device", "cpu", "--pose-model", "lite", "--uao-iterations", "1000"]
    status = main([str(clip), "--headless", *quick, "--export", str(tmp_path / "take.json")])
    assert status == 130 and "stopped" in capfd.readouterr().err and len(steps) < 10
    assert [path.name for path in tmp_path.iterdir()] == ["clip.avi"]
