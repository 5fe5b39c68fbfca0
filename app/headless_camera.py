"""Record a webcam without a window, then process the recording as any file."""

import math
import sys
import time
from dataclasses import replace
from pathlib import Path

from app.camera import CameraSource, CameraState
from app.camera_words import delivery_warning
from app.capture import Frame
from app.headless import check_lens, check_targets, run_headless
from app.interrupts import stoppable
from app.lens_store import with_saved_lens
from app.options import Options
from app.pipeline import Chain, process_live
from app.recording import Recorder, Recording
from uao_core.errors import UaoError
from uao_core.packets import FrameResult


def run_headless_camera(options: Options) -> None:
    """Record until the time is over, the camera goes away, or Ctrl-C or SIGTERM come; then write all exports.

    What is found live is on disk with the pictures, as the window does it; exports are made of every picture, not only of
    those that there was time for. Another Ctrl-C ends that too: the recording is whole by then.

    Raises:
        UaoError: the camera cannot be opened, the lens that was named does not fit its pictures, nothing was recorded, or
            something cannot be written.
    """
    check_targets(options)
    recording = _Take(options).record()
    if recording.path is None or recording.frames == 0:
        raise UaoError(recording.trouble or "Nothing was recorded; the camera was stopped before its first picture.")
    print(f"wrote {recording.path}")
    if recording.trouble is not None:
        print(f"uao-pose: {recording.trouble}", file=sys.stderr)
    if options.export or options.preview:
        file = replace(options, clip=recording.path, camera=None, out=None, start_s=0.0, end_s=math.inf)
        run_headless(file)


class _Take:
    """One recording, and when it is over."""

    def __init__(self, options: Options) -> None:
        assert options.camera is not None
        self._options = options
        self._source = CameraSource(options.camera, options.camera_mode, self._on_state)
        self._recorder: Recorder | None = None
        self._is_over = False
        self._poses = 0
        self._warned = ""

    def record(self) -> Recording:
        chain = Chain.from_options(self._options)  # what is wrong with it is said before the camera's light goes on
        recording = Recording(None, 0, 0, None)
        with stoppable(self.end):
            try:
                if self._source.open():
                    info = self._source.info = with_saved_lens(self._source.info)
                    check_lens(chain, info)
                    self._recorded_info = chain.with_lens(info)
                    process_live(self._source, chain, self._publish, lambda: self._is_over)
            finally:
                self.end()
                if self._recorder is not None:
                    recording = self._recorder.close()
        if self._recorder is not None:
            self._report(recording, self._recorder.seconds)
        return recording

    def _report(self, recording: Recording, seconds: float) -> None:
        fps = (recording.frames - 1) / seconds if seconds > 0 else 0.0
        left_out = f", {recording.left_out} left out by a slow disk" if recording.left_out else ""
        print(
            f"recorded {recording.frames} pictures in {seconds:.1f} s, {fps:.1f} fps{left_out}; "
            f"{self._poses / seconds if seconds > 0 else 0:.1f} poses a second were found live"
        )

    def end(self) -> None:
        """End it with what is on disk; may be called by a signal."""
        self._is_over = True
        self._source.watcher = None
        self._source.close()

    def _publish(self, frame: Frame, result: FrameResult) -> None:
        if self._is_over:  # a camera goes away on another thread
            return
        if self._recorder is None:
            folder, name = self._place()
            self._recorder = Recorder(folder, name, self._recorded_info)
            self._source.watcher = self._recorder.add
            self._until_s = frame.time_s + self._options.seconds
            print(f"recording {self._source.info.name} to {self._recorder.path}; Ctrl-C ends it", flush=True)
            return
        self._recorder.add(result)
        self._poses += 1
        self._warn()
        if frame.time_s >= self._until_s or self._recorder.trouble is not None:
            self.end()

    def _warn(self) -> None:
        """Say what is wrong with the pictures, when it begins and when it becomes something else."""
        delivery = self._source.delivery
        warning = delivery_warning(delivery) if delivery is not None else ""
        if warning and warning != self._warned:
            print(f"uao-pose: {warning}", file=sys.stderr)
            self._warned = warning

    def _place(self) -> tuple[Path, str]:
        """Folder and name of the recording: in `--out`, or beside the first export, whose name it takes."""
        exports = self._options.export
        name = exports[0].stem if exports else time.strftime("take %Y-%m-%d %H.%M.%S")
        return self._options.out or exports[0].absolute().parent, name

    def _on_state(self, state: CameraState) -> None:
        """Nobody is there to plug a camera in again: a take ends where its pictures end."""
        if state is CameraState.WAITING:
            print(f"uao-pose: {self._source.info.name} has stopped giving pictures; the take ends there.", file=sys.stderr)
            self.end()
