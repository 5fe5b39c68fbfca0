"""A webcam for an hour, at twice its speed: `python -m tests.soak --minutes 60 --speed 2`.

The real window shows a fake camera, which plays the bundled clip again and again and is unplugged ten times; detector and
refinement are the real ones. What would grow in a day's use is noted every few seconds: memory, threads, open files, and the
time from a picture's grab to its showing. A first part of the samples is of libraries that warm up and is left out; what is
compared then is the beginning and the end of the rest. Lag in ms is noted and not judged, since it tells who else uses the
machine; judged are the lag in pictures and the processor time of each.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication
from pytest import MonkeyPatch

from app import pipeline
from app.detector import PoseModel
from app.options import BUNDLED_CLIP, parse_options
from app.qt_environment import forget_opencv_qt
from app.window.application import be_responsive
from app.window.main_window import MainWindow
from app.window.session import Session
from app.window.theme import Appearance, apply_theme
from tests.conftest import walk
from tests.fake_camera import FakeCamera, FakeCameras
from uao_core.packets import Detection, Keypoints

CAMERA_FPS = 30
UNPLUGGED, AWAY_S = 10, 2.5
WARM_UP = 0.2
"""Share of the samples that are not judged."""
MOST_MB_PER_HOUR, MOST_MB = 60, 25
"""Memory grows if it does so by more than both; allocators keep some of what they were lent."""
MOST_HANDLES = 2
MOST_FACTOR = 1.5
MOST_PICTURES, MOST_CPU_MS = 1, 20
PATIENCE_S = 120


@dataclass(frozen=True)
class Sample:
    """One look at the process.

    Attributes:
        at_s: seconds since the first picture was shown.
        rss_mb: memory that is resident; NaN where the system does not tell.
        threads: of the process, those of libraries included; of Python where the system does not tell.
        handles: open files; 0 where the system does not tell.
        lag_ms: from the grab of a picture to its showing, median since the last sample; NaN if none was shown.
        slowest_ms: the same of the slowest picture.
        shown_fps: pictures shown a second since the last sample.
        cpu_ms: processor time of the whole process for each of them, the camera's own included.
    """

    at_s: float
    rss_mb: float
    threads: int
    handles: int
    lag_ms: float
    slowest_ms: float
    shown_fps: float
    cpu_ms: float = float("nan")

    @property
    def lag_pictures(self):
        """The lag, counted in pictures that are shown meanwhile: who else uses the machine slows both; a queue grows."""
        return self.lag_ms * self.shown_fps / 1000


@dataclass(frozen=True)
class Verdict:
    """Of one quantity: its slope an hour, its medians in the first and the last quarter of what is judged, what it means."""

    name: str
    per_hour: float
    begins: float
    ends: float
    is_flat: bool

    def __str__(self):
        word = "flat" if self.is_flat else "GROWS"
        return f"{self.name:<13}{self.begins:10.1f} ->{self.ends:9.1f}   {self.per_hour:+9.1f} an hour   {word}"


def judge(samples):
    """A verdict on every quantity, by the samples after the warm-up; at least eight of them."""
    judged = samples[round(WARM_UP * len(samples)) :]
    if len(judged) < 8:
        raise ValueError(f"{len(samples)} samples are too few; run longer or sample more often.")

    def verdict(name, is_flat):
        values = np.array([getattr(sample, name) for sample in judged], float)
        known = np.isfinite(values)
        if known.sum() < 8:
            return Verdict(name, float("nan"), float("nan"), float("nan"), True)
        hours, values = np.array([sample.at_s for sample in judged])[known] / 3600, values[known]
        slope = float(np.polyfit(hours, values, 1)[0])
        quarter = len(values) // 4
        begins, ends = median(values[:quarter].tolist()), median(values[-quarter:].tolist())
        return Verdict(name, slope, begins, ends, bool(is_flat(slope, begins, ends)))

    return [
        verdict("rss_mb", lambda slope, a, b: slope <= MOST_MB_PER_HOUR or b - a <= MOST_MB),
        verdict("threads", lambda _, a, b: b <= a),
        verdict("handles", lambda _, a, b: b <= a + MOST_HANDLES),
        verdict("lag_pictures", lambda _, a, b: b <= MOST_FACTOR * a + MOST_PICTURES),
        verdict("cpu_ms", lambda _, a, b: b <= MOST_FACTOR * a + MOST_CPU_MS),
    ]


class FakeDetector:
    """Finds somebody who walks on the spot, at once: for the plumbing alone."""

    _people = walk(60)

    def __init__(self, *_args, **_options):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def detect(self, frame):
        joints = self._people[frame.index % len(self._people)].copy()
        joints[:, :2] *= np.array(frame.size, np.float32) / (1280, 720)
        person = Keypoints(frame.index, frame.time_s, joints)
        return Detection(frame.index, frame.time_s, (person,))


class Watch:
    """Notes what is shown, and samples the process."""

    def __init__(self):
        self.samples, self.shown, self._lags_ms = [], 0, []
        self.start()

    def start(self):
        self._started = self._last = time.monotonic()
        self._cpu_s = time.process_time()
        self._lags_ms.clear()

    def see(self, frame, _result):
        self.shown += 1
        self._lags_ms.append(1000 * (time.monotonic() - frame.grabbed_s))

    def sample(self):
        now, cpu_s, lags = time.monotonic(), time.process_time(), self._lags_ms
        nan = float("nan")
        made = Sample(
            round(now - self._started, 2),
            *_process(),
            round(median(lags), 1) if lags else nan,
            round(max(lags), 1) if lags else nan,
            round(len(lags) / max(now - self._last, 1e-3), 1),
            round(1000 * (cpu_s - self._cpu_s) / len(lags), 1) if lags else nan,
        )
        self.samples.append(made)
        self._last, self._cpu_s = now, cpu_s
        lags.clear()
        return made


def _process():
    """Memory in MB, threads and open files of this process."""
    status, files = Path("/proc/self/status"), Path("/proc/self/fd")
    if not status.exists():
        return float("nan"), threading.active_count(), 0
    told = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return round(int(told["VmRSS"].split()[0]) / 1024, 1), int(told["Threads"]), len(list(files.iterdir()))


def soak(minutes, speed, every_s, *, unplugged=UNPLUGGED, fake_detector=False, tell=lambda _: None):
    """Samples of a window that shows a webcam for so many of the webcam's minutes; a QApplication must be there.

    Args:
        minutes: of the camera's own time, at 30 pictures a second.
        speed: how many times as fast it gives them.
        every_s: real seconds from one sample to the next.
        unplugged: how often the camera goes away, for some seconds.
        fake_detector: in place of MediaPipe.
        tell: given every sample.

    Returns:
        The samples, and how many pictures a second the camera gave.
    """
    length_s = 60 * minutes / speed
    watch = Watch()
    with ExitStack() as stack:
        patch = stack.enter_context(MonkeyPatch.context())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "settings"))
        if fake_detector:
            patch.setattr(pipeline, "Detector", FakeDetector)
        camera = FakeCamera(3, size=(640, 360), fps=speed * CAMERA_FPS, clip=None if fake_detector else BUNDLED_CLIP)
        cameras = FakeCameras(camera).install(patch, folder)
        stack.callback(cameras.end)
        session = Session(replace(parse_options(["--device", "cpu"]), pose_model=PoseModel.LITE))
        session.recordings_folder = folder / "takes"
        window = MainWindow(session)
        stack.callback(window.close)
        failures = []
        session.failed.connect(failures.append)
        session.frame_shown.connect(watch.see)
        window.resize(1100, 640)
        window.show()
        session.open_camera(3)
        loop = QEventLoop()

        def pass_until(condition, patience_s):
            end = time.monotonic() + patience_s
            poll = QTimer()
            poll.timeout.connect(lambda: (condition() or time.monotonic() > end) and loop.quit())
            poll.start(20)
            loop.exec()
            if failures:
                raise RuntimeError(failures[0])
            return condition()

        def every(seconds, what):
            timer = QTimer(window)
            timer.timeout.connect(what)
            timer.start(round(1000 * seconds))

        def unplug():
            camera.unplug()
            QTimer.singleShot(round(1000 * AWAY_S), window, camera.plug_in)

        if not pass_until(lambda: watch.shown > 3, PATIENCE_S):
            raise TimeoutError(f"no picture was shown within {PATIENCE_S} s")
        watch.start()
        begun, given = time.monotonic(), camera.given
        every(every_s, lambda: tell(watch.sample()))
        every(length_s / (unplugged + 0.5), unplug)
        pass_until(lambda: time.monotonic() - begun > length_s, length_s + PATIENCE_S)
        fps = (camera.given - given) / (time.monotonic() - begun)
    return watch.samples, fps


def _as_json(record):
    """JSON knows no NaN."""
    unknown = {name for name, value in asdict(record).items() if isinstance(value, float) and np.isnan(value)}
    return {name: None if name in unknown else value for name, value in asdict(record).items()}


def _print(sample):
    print(
        f"{sample.at_s:8.0f} s{sample.rss_mb:9.1f} MB{sample.threads:5} threads{sample.handles:5} files"
        f"{sample.lag_ms:8.1f} ms lag, slowest {sample.slowest_ms:7.1f}, {sample.shown_fps:5.1f} fps shown",
        flush=True,
    )


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60, help="of the camera's time (60)")
    parser.add_argument("--speed", type=float, default=2, help="times as fast as a camera of 30 pictures a second (2)")
    parser.add_argument("--every", type=float, default=10, metavar="S", help="seconds between two samples (10)")
    parser.add_argument("--fake-detector", action="store_true", help="the plumbing alone, without MediaPipe")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write samples and verdicts there")
    options = parser.parse_args(argv)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    forget_opencv_qt()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    be_responsive(app)
    apply_theme(app, Appearance.DARK)
    samples, fps = soak(
        options.minutes,
        options.speed,
        options.every,
        fake_detector=options.fake_detector,
        tell=_print,
    )
    verdicts = judge(samples)
    print(f"the camera gave {fps:.1f} pictures a second", *verdicts, sep="\n")
    if options.json:
        content = {
            "minutes": options.minutes,
            "speed": options.speed,
            "fake_detector": options.fake_detector,
            "camera_fps": round(fps, 1),
            "samples": [_as_json(sample) for sample in samples],
            "verdicts": [_as_json(verdict) for verdict in verdicts],
        }
        options.json.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n")
    return 0 if all(verdict.is_flat for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
