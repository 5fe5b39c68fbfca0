"""The bundled clip in memory, in the size that is wanted, so that nothing waits for a decoder; and who is in it."""

import gc
import itertools
import time
from contextlib import closing
from dataclasses import replace
from functools import cache

import numpy as np

from app.camera import fit
from app.capture import FileSource, SourceInfo
from app.detector import Detector, PoseModel
from app.options import BUNDLED_CLIP, parse_options
from app.pipeline import Chain
from uao_core.packets import Detection

SIZES = ((640, 360), (1280, 720))


@cache
def frames(size, count=120):
    """The first frames of the clip, as tuple; black is added where its shape differs."""
    source = FileSource(BUNDLED_CLIP)
    read = [source.read() for _ in range(count)]
    source.close()
    return tuple(replace(frame, pixels=np.ascontiguousarray(fit(frame.pixels, size))) for frame in read)


@cache
def keypoints(count=120):
    """What the full model sees of the one person in them, at 1280x720; no picture is kept."""
    source, size = FileSource(BUNDLED_CLIP), (1280, 720)
    with closing(source), Detector(PoseModel.FULL) as detector:
        read = (source.read() for _ in range(count))
        return tuple(detector.detect(replace(frame, pixels=fit(frame.pixels, size))).first for frame in read)


@cache
def chain(model=PoseModel.FULL, iterations=4):
    """The program's, on the CPU; as the program does, the garbage collector lets what is imported be."""
    gc.freeze()
    return Chain.from_options(replace(parse_options(["--device", "cpu"]), pose_model=model, uao_iterations=iterations))


class MemorySource:
    """Frames that are there at once.

    Args:
        held: the frames.
        is_live: whether it is taken for a webcam.
        count: how many to give, the held ones again and again; without it each once.

    Attributes:
        began_s: on the wall and of the processors, when the first was asked for: nothing is loaded after that.
    """

    def __init__(self, held, *, is_live=False, count=None):
        self._held, self._count = held, len(held) if count is None else count
        self.info = SourceInfo("memory", held[0].size, 20.0, self._count, is_live=is_live)
        self._numbers = itertools.count()
        self.began_s = None

    def read(self):
        if self.began_s is None:
            self.began_s = (time.perf_counter(), time.process_time())
        number = next(self._numbers)
        if number >= self._count:
            return None
        frame = self._held[number % len(self._held)]
        return replace(frame, index=number, time_s=number / 20, grabbed_s=time.monotonic())

    def seek(self, index, time_s=None):
        self._numbers = itertools.count(index)

    def close(self):
        self._count = 0


class KnownDetector:
    """Stands for the detector where the rest is measured: who was seen in the clip is seen again, in no time."""

    def __init__(self, *_arguments, **_options):
        self._known = keypoints()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    def detect(self, frame):
        person = self._known[_to_and_fro(frame.index, len(self._known))]
        person = replace(person, index=frame.index, time_s=frame.time_s)
        return Detection(frame.index, frame.time_s, (person,))


def _to_and_fro(index, count):
    """0, 1, ..., count - 1, count - 2, ..., 1, 0, 1, ...: motion without a leap."""
    at = index % (2 * count - 2)
    return min(at, 2 * count - 2 - at)
