"""The live chain's stages on threads of their own: nothing queues, and nobody waits in vain."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from app import pipeline, refining
from app.capture import Frame, PixelFormat, SourceInfo
from app.mailbox import Mailbox, filling
from app.options import parse_options
from app.pace import Pace
from app.pipeline import Chain, process_file, process_live
from app.refining import is_out_of_memory
from tests.conftest import walk
from uao_core.errors import UaoError
from uao_core.packets import Detection, Keypoints
from uao_core.refiner import FileRefiner, LiveRefiner

JOINTS = walk(60, heading=0.4)
PATIENCE_S = 30


class Camera:
    """A live source that counts pictures as time goes by, and gives the newest."""

    def __init__(self, fps=200, count=None):
        self.info = SourceInfo("camera", (64, 48), 30.0, None, is_live=True)
        self._fps, self._left = fps, count
        self._closed = threading.Event()
        self._began_s = time.monotonic()
        self.closed = 0
        self._last = -1

    def read(self):
        if self._left is not None:
            if self._left == 0:
                return None
            self._left -= 1
        while (number := int((time.monotonic() - self._began_s) * self._fps)) == self._last:
            if self._closed.wait(0.5 / self._fps):
                return None
        if self._closed.is_set():
            return None
        self._last = number
        return Frame(np.zeros((48, 64, 3), np.uint8), PixelFormat.RGB, number, number / self._fps, time.monotonic())

    def close(self):
        self.closed += 1
        self._closed.set()


class Seer:
    """A detector that sees somebody walk, in the time that a test gives it."""

    takes_s = 0.0
    error = None

    def __init__(self, *_arguments, **_options):
        self.seen = []
        Seer.last = self

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.thread = threading.current_thread()

    def detect(self, frame):
        time.sleep(self.takes_s)
        if self.error is not None and len(self.seen) == 3:
            raise self.error
        self.seen.append(frame.index)
        return Detection(frame.index, frame.time_s, (Keypoints(frame.index, frame.time_s, JOINTS[frame.index % 60]),))


class Slow(LiveRefiner):
    """Takes its time, and remembers what it was given."""

    takes_s = 0.0

    def push(self, *keypoints):
        time.sleep(self.takes_s)
        Slow.given.append([each.index for each in keypoints])
        return super().push(*keypoints)


@pytest.fixture
def seer(monkeypatch):
    monkeypatch.setattr(pipeline, "Detector", Seer)
    monkeypatch.setattr(Seer, "takes_s", 0.0)
    return Seer


@pytest.fixture
def slow(monkeypatch):
    monkeypatch.setattr(refining, "LiveRefiner", Slow)
    monkeypatch.setattr(Slow, "given", [], raising=False)
    return Slow


@pytest.fixture(scope="module")
def chain():
    return Chain.from_options(parse_options(["--device", "cpu", "--uao-iterations", "0"]))


def run(camera, chain, frames, **how):
    """Lets the chain run until so many frames were published; gives them with their lag in seconds."""
    shown, lags = [], []

    def publish(frame, result):
        shown.append(result)
        lags.append(time.monotonic() - frame.grabbed_s)

    process_live(camera, chain, publish, lambda: len(shown) >= frames, **how)
    return shown, lags


def test_the_newer_item_replaces_the_older():
    box = Mailbox()
    assert box.poll() is None
    assert box.put(1) and not box.put(2)
    assert box.take() == 2 and box.poll() is None and box.put(3)
    box.close()
    assert box.take() == 3 and box.take() is None


def test_who_hands_over_waits_for_the_taker_and_for_nothing_else():
    box, handed = Mailbox(), []

    def give():
        handed.extend(box.hand_over(item) for item in "abc")

    giver = threading.Thread(target=give)
    giver.start()
    assert box.take() == "a" and box.take() == "b"
    until(lambda: len(handed) == 2)
    assert giver.is_alive() and handed == [True, True], "nobody has taken the third"
    box.close()
    giver.join(PATIENCE_S)
    assert handed == [True, True, False]

    box, taken = Mailbox(), []
    taker = threading.Thread(target=lambda: taken.append(box.take()))
    taker.start()
    until(lambda: box._awaited)
    assert box.hand_over(1)
    taker.join(PATIENCE_S)
    assert taken == [1]


def until(true):
    deadline = time.monotonic() + PATIENCE_S
    while not true() and time.monotonic() < deadline:
        time.sleep(0.002)
    assert true()


def test_a_failure_reaches_whoever_takes():
    box = Mailbox()

    def work():
        raise UaoError("no model")

    with pytest.raises(UaoError, match="no model"), filling(box, work, "test"):
        box.take()


def test_the_detector_is_never_more_than_one_picture_ahead(seer, slow, chain, monkeypatch):
    monkeypatch.setattr(slow, "takes_s", 0.03)
    camera = Camera()
    shown, _ = run(camera, chain, 12)
    given = [index for batch in slow.given for index in batch]
    assert given == Seer.last.seen[: len(given)] and len(Seer.last.seen) <= len(given) + 2
    assert [result.index for result in shown] == given[: len(shown)] and all(result.pose is not None for result in shown)
    assert max(np.diff(given)) > 1, "pictures that came meanwhile are left out"
    assert camera.closed == 1


@pytest.mark.alone
def test_the_lag_does_not_grow(seer, slow, chain, monkeypatch):
    monkeypatch.setattr(slow, "takes_s", 0.03)
    monkeypatch.setattr(seer, "takes_s", 0.01)
    _, lags = run(Camera(), chain, 60)
    early, late = np.median(lags[5:25]), np.median(lags[-20:])
    assert late < 3 * early, "a queue would be 1.2 s long by then, thirty times as much"


def test_a_finite_source_is_shown_to_its_end(seer, chain):
    camera = Camera(count=9)
    shown, _ = run(camera, chain, 1000)
    assert shown[-1].index == Seer.last.seen[-1] and camera.closed == 1


def test_what_fails_ends_the_run_with_its_sentence(seer, chain, monkeypatch):
    monkeypatch.setattr(seer, "error", UaoError("the detector has failed"))
    camera = Camera()
    with pytest.raises(UaoError, match="the detector has failed"):
        run(camera, chain, 1000)
    assert camera.closed == 1
    monkeypatch.setattr(seer, "error", None)

    def refuse(_frame, _result):
        raise UaoError("the disk is full")

    camera = Camera()
    with pytest.raises(UaoError, match="the disk is full"):
        process_live(camera, chain, refuse, lambda: False)
    assert camera.closed == 1 and not Seer.last.thread.is_alive()


def test_closing_the_source_ends_the_run(seer, chain):
    camera, shown = Camera(), []
    running = threading.Thread(target=process_live, args=(camera, chain, lambda *r: shown.append(r), lambda: False))
    running.start()
    until(lambda: shown)
    camera.close()
    running.join(PATIENCE_S)
    assert shown and not running.is_alive() and not Seer.last.thread.is_alive()


class Clock:
    now_s = 100.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


def live_through(pace, clock, seconds, cost_s, frame_s=1 / 30):
    """A detector that takes `frame_s` and a refinement that takes `cost_s(iterations)`; steps at its end."""
    end_s = clock.now_s + seconds
    while clock.now_s < end_s:
        cost = cost_s(pace.iterations)
        clock.now_s += max(cost, frame_s)
        pace.add(max(cost - frame_s, 0.0))
    return pace.iterations


def test_all_steps_are_made_where_there_is_time(clock):
    pace = Pace(4, clock)
    assert live_through(pace, clock, 60, lambda steps: 0.012 + 0.005 * steps) == 4 and not pace.is_reduced


def test_steps_are_given_up_before_frames_and_come_back(clock):
    pace = Pace(4, clock)
    assert live_through(pace, clock, 5, lambda steps: 0.02 + 0.01 * steps) == 1
    assert pace.is_reduced and pace.wanted == 4
    assert live_through(pace, clock, 5, lambda _steps: 0.1) == 0
    assert live_through(pace, clock, 20, lambda steps: 0.004 * steps) == 4 and not pace.is_reduced


def test_the_mirror_image_is_given_up_before_steps_and_comes_back_last(clock):
    pace, seen = Pace(2, clock), []

    def cost_s(steps):
        if (steps, pace.mirrored) not in seen[-1:]:
            seen.append((steps, pace.mirrored))
        return 0.01 if clock.now_s > 106 else 0.1

    live_through(pace, clock, 25, cost_s)
    assert seen == [(2, True), (2, False), (1, False), (0, False), (1, False), (2, False), (2, True)]


def test_trials_become_rare_where_there_never_is_time(clock):
    pace, levels = Pace(4, clock), []

    def cost_s(steps):
        levels.append(steps)
        return 0.02 + 0.006 * steps

    live_through(pace, clock, 300, cost_s)
    assert levels.count(4) < 0.1 * len(levels), "each trial leaves frames out"
    assert levels[-1] == 2


def test_the_first_second_is_not_judged(clock):
    pace = Pace(4, clock)
    pace.add(0.0)
    clock.now_s += 0.9
    pace.add(0.8)
    assert live_through(pace, clock, 3, lambda _steps: 0.0) == 4


@pytest.mark.parametrize("wanted, levels", [(4, [2, 1, 0]), (6, [3, 1, 0]), (1, [0]), (0, [0])])
def test_levels(clock, wanted, levels):
    pace, seen = Pace(wanted, clock), []
    for _ in levels:
        before = pace.iterations
        while pace.iterations == before and clock.now_s < 150:
            clock.now_s += 0.3
            pace.add(0.2)
        seen.append(pace.iterations)
    assert seen == levels
    while pace.iterations < wanted:
        before = pace.iterations
        clock.now_s += 1.1
        pace.add(0.0)
        assert pace.iterations in (before, *reversed(levels), wanted)
        assert clock.now_s < 300


class Starved:
    """Mixed into a refiner: a GPU whose memory is full at the twentieth frame."""

    def __init__(self, refinement):
        self.left = 20 if refinement.device.type == "cuda" else 10_000
        super().__init__(replace(refinement, device=torch.device("cpu")))

    def push(self, *keypoints):
        self.left -= 1
        if not self.left:
            raise self.error
        return super().push(*keypoints)

    error = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 MiB")


class StarvedFile(Starved, FileRefiner):
    pass


class StarvedLive(Starved, LiveRefiner):
    pass


@pytest.fixture
def starved(seer, chain, monkeypatch):
    """A chain on a GPU that has too little memory, and the sentences that it says."""
    said = []
    monkeypatch.setattr(refining, "FileRefiner", StarvedFile)
    monkeypatch.setattr(refining, "LiveRefiner", StarvedLive)
    return replace(chain, device=torch.device("cuda"), on_notice=said.append), said


def test_a_file_goes_on_without_the_gpu_and_loses_no_frame(starved):
    chain, said = starved
    results = list(process_file(Camera(count=50), chain))
    assert [r.index for r in results] == Seer.last.seen and all(r.pose is not None for r in results)
    assert chain.device.type == "cpu" and len(said) == 1 and "GPU" in said[0]


def test_a_camera_goes_on_without_the_gpu(starved):
    chain, said = starved
    shown, _ = run(Camera(), chain, 40)
    assert all(r.pose is not None for r in shown) and len(said) == 1
    assert [r.index for r in shown] == sorted({r.index for r in shown})


def test_another_error_is_no_lack_of_memory(starved, monkeypatch):
    chain, said = starved
    monkeypatch.setattr(Starved, "error", RuntimeError("CUDA error: an illegal memory access"))
    with pytest.raises(RuntimeError, match="illegal"):
        list(process_file(Camera(count=50), chain))
    assert not said and chain.device.type == "cuda"


def test_signs_of_too_little_memory():
    gpu, cpu = torch.device("cuda"), torch.device("cpu")
    assert is_out_of_memory(torch.OutOfMemoryError("x"), gpu) and not is_out_of_memory(torch.OutOfMemoryError("x"), cpu)
    assert is_out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"), torch.device("mps"))
    assert is_out_of_memory(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"), gpu)
