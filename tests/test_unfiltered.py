"""Keypoints without the detector's own filter: they do not lag, and the one person is still one."""

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from app import pipeline
from app.capture import FileSource, Frame, PixelFormat, SourceInfo
from app.detect_clip import mediapipe
from app.detector import Detector, PoseModel
from app.options import parse_options
from app.pipeline import Chain, process_file, process_live
from uao_core import skeleton as sk
from uao_core.packets import Detection, Keypoints

STEP_PX = 10


@pytest.fixture(scope="module")
def frames(clip):
    with closing(FileSource(clip, 6.0, 7.0)) as source:
        return list(iter(source.read, None))


def leap(frame, *, unfiltered):
    """By how many pixels the trunk moves when the picture leaps by `STEP_PX` after half a second of rest."""
    moved = np.roll(frame.pixels, STEP_PX, axis=1)
    with Detector(PoseModel.LITE, unfiltered=unfiltered) as detector:
        for i in range(15):
            before = detector.detect(replace(frame, index=i, time_s=i / 30)).first.joints_px
        after = detector.detect(replace(frame, pixels=moved, index=15, time_s=0.5)).first.joints_px
    trunk = [sk.LEFT_SHOULDER, sk.RIGHT_SHOULDER, sk.LEFT_HIP, sk.RIGHT_HIP]
    return float((after - before)[trunk, 0].mean())


def test_a_leap_is_followed_at_once_where_the_filter_lags(frames):
    assert leap(frames[-1], unfiltered=False) < 0.7 * STEP_PX
    assert leap(frames[-1], unfiltered=True) == pytest.approx(STEP_PX, abs=2)


def test_it_sees_the_same_backward_and_forward_in_time(frames):
    def seen(some):
        with Detector(PoseModel.FULL, unfiltered=True) as detector:
            found = [detector.detect(replace(frame, time_s=i / 20)).first for i, frame in enumerate(some)]
        return np.stack([keypoints.landmarks_px for keypoints in found])

    assert len(frames) == 20
    assert np.abs(seen(frames) - seen(frames[::-1])[::-1])[..., :2].max() < 1


def test_the_evaluation_takes_it_as_a_detector_of_its_own(clip, monkeypatch):
    asked = []

    class Counting(Detector):
        def __enter__(self):
            asked.append((self.model, self.unfiltered))
            return super().__enter__()

        def detect(self, frame):
            return Detection(frame.index, frame.time_s, ())

    monkeypatch.setattr("app.detect_clip.Detector", Counting)
    monkeypatch.setattr("app.detect_clip.FileSource", lambda path: Still(5))
    for kind in ("lite", "lite-unfiltered"):
        assert [keypoints.index for keypoints in mediapipe(kind)(clip)] == list(range(5))
    assert asked == [(PoseModel.LITE, False), (PoseModel.LITE, True)]
    with pytest.raises(ValueError, match="lite-raw"):
        mediapipe("lite-raw")


class Two:
    """A detector that finds a large and a small person in every frame, in changing order."""

    asked: list[tuple[int, bool]]

    def __init__(self, model, people=1, unfiltered=False):
        self.asked.append((people, unfiltered))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def detect(self, frame):
        large = np.concatenate([200 * BODY + (300, 240), np.ones((sk.NUM_JOINTS, 1))], axis=1).astype(np.float32)
        small = large * (0.3, 0.3, 1) + (5, 5, 0)
        people = [Keypoints(frame.index, frame.time_s, joints.astype(np.float32)) for joints in (large, small)]
        return Detection(frame.index, frame.time_s, tuple(people[:: 1 if frame.index % 2 else -1]))


BODY = np.random.default_rng(4).uniform(-1, 1, (sk.NUM_JOINTS, 2))


class Still:
    """Grey pictures from a file or, as `is_live`, from a webcam."""

    def __init__(self, count, *, is_live=False):
        self.info = SourceInfo("still", (640, 480), 30.0, count, is_live=is_live)
        self._frames = (Frame(np.zeros((480, 640, 3), np.uint8), PixelFormat.RGB, i, i / 30, 0.0) for i in range(count))

    def read(self):
        return next(self._frames, None)

    def seek(self, index):
        raise AssertionError("nothing is known of this file")

    def close(self):
        pass


@pytest.fixture
def two(monkeypatch):
    monkeypatch.setattr(Two, "asked", [], raising=False)
    monkeypatch.setattr(pipeline, "Detector", Two)
    return Two


def chain_of(*arguments):
    return Chain.from_options(parse_options(["--device", "cpu", "--uao-iterations", "0", *arguments]))


def test_who_asks_for_one_person_gets_one(two):
    results = list(process_file(Still(30), chain_of("--unfiltered")))
    assert [result.index for result in results] == list(range(30))
    assert all(np.ptp(result.keypoints.joints_px[:, 0]) > 200 and not result.others for result in results)
    assert all(len(result.others) == 1 for result in process_file(Still(30), chain_of("--unfiltered", "--people", "2")))
    assert two.asked == [(1, True), (2, True)]


def test_a_live_view_keeps_the_filter(two):
    chain, shown = chain_of("--unfiltered"), []
    process_live(Still(3, is_live=True), chain, lambda frame, result: shown.append(result), lambda: False)
    assert shown[-1].index == 2 and two.asked == [(1, False)]


def test_the_take_says_so():
    source = Still(1)
    assert chain_of("--unfiltered").take(source.info, []).uao["unfiltered"] is True
    assert chain_of().take(source.info, []).uao["unfiltered"] is False
    assert chain_of("--unfiltered").take(Still(1, is_live=True).info, []).uao["unfiltered"] is False
