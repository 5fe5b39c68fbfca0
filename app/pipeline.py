"""The whole chain, from top to bottom: capture, detect, lift, refine, smooth, publish.

`Chain` is what a run needs beside its source; `process_file` drops no frame, `process_live` never falls behind. In both
detector and refinement have a thread each, and where cores are short the detector goes first.
Lifting, refining and smoothing of a window are one step, `uao_core.optimize.refine`.
"""

import logging
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace

import cv2
import torch

from app.ahead import ahead
from app.capture import ClipSource, Frame, FrameSource, PixelFormat, SourceInfo
from app.detector import Detector, PoseModel
from app.lens.lens import InUse, Lens, choose
from app.mailbox import Mailbox, filling
from app.options import FILE_WINDOW, LIVE_WINDOW, Options
from app.pace import Pace
from app.priority import step_back
from app.refining import FileStage, LiveStage, free_gpu, is_out_of_memory
from models.weights import Lifter, load_lifter
from uao_core.camera import Intrinsics
from uao_core.errors import UaoError
from uao_core.optimize import State, UaoConfig
from uao_core.packets import Detection, FrameResult, Keypoints
from uao_core.people import Choice, Follower, follow
from uao_core.refiner import Refinement
from uao_core.take import Take

AHEAD_FRAMES, DECODED_FRAMES = 16, 2
SWITCH_S = 0.0001
"""After so long a thread hands on the interpreter to one that waits. Detector and window need it for moments only; at
Python's 5 ms they wait that long, many times a picture, for the threads that compute."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Chain:
    """Everything that is loaded or decided before the first frame. Nothing changes later but the device, once at most.

    Attributes:
        on_notice: is told in a sentence what the user should know, on the thread where it happens.
    """

    lifter: Lifter
    pose_model: PoseModel
    people: int
    unfiltered: bool
    follow: Choice | None
    config: UaoConfig
    window: int | None
    focal_px: float | None
    fov_deg: float | None
    lens: Lens | None
    device: torch.device
    on_notice: Callable[[str], None] = _log.warning

    @classmethod
    def from_options(cls, options: Options, on_notice: Callable[[str], None] = _log.warning) -> "Chain":
        """Load the weights, choose the device, and let every stage have one core: MediaPipe uses one as it is.

        Raises:
            UaoError: the weights cannot be used or the device is not there.
        """
        torch.set_num_threads(1)  # the lifter's tensors are too small to share
        sys.setswitchinterval(SWITCH_S)
        cv2.setNumThreads(1)  # for a picture of a webcam's size its helpers wait longer than they work
        lifter = load_lifter(options.weights)
        config = UaoConfig(iterations=options.uao_iterations, height_m=options.height_m, smoothing_s=options.smoothing_s)
        chain = cls(
            lifter=lifter,
            pose_model=options.pose_model,
            people=options.people,
            unfiltered=options.unfiltered,
            follow=options.follow,
            config=config,
            window=options.window,
            focal_px=options.focal_px,
            fov_deg=options.fov_deg,
            lens=options.lens,
            device=choose_device(options.device),
            on_notice=on_notice,
        )
        try:
            chain.lifter = lifter.to(chain.device)
        except RuntimeError as error:
            chain.leave_gpu(error)
        return chain

    def leave_gpu(self, error: RuntimeError) -> None:
        """Go on with the CPU where the GPU has no memory left, with a word to the user; any other error is raised."""
        if not is_out_of_memory(error, self.device):
            raise error
        self.device = torch.device("cpu")
        self.lifter = self.lifter.to(self.device)
        free_gpu()
        self.on_notice("The GPU has too little free memory; the CPU goes on instead, more slowly.")

    def detector(self, *, is_live: bool) -> Detector:
        """A live view always takes the filter: without it a frame costs 60 % more."""
        return Detector(self.pose_model, self.people, unfiltered=self.unfiltered and not is_live)

    def intrinsics(self, info: SourceInfo) -> Intrinsics:
        """The camera, as the user gave it, as it was measured, or with a common field of view."""
        return self.camera(info).intrinsics

    def camera(self, info: SourceInfo) -> InUse:
        """The camera, and where its focal length comes from."""
        return choose(info.image_size, focal_px=self.focal_px, fov_deg=self.fov_deg, lens=self.lens, of_source=info.lens)

    def with_lens(self, info: SourceInfo) -> SourceInfo:
        """The source with the lens that is in force as its own, for a recording of it; none where it is assumed."""
        camera = self.intrinsics(info)
        return replace(info, lens=None if camera.estimated else Lens(camera.focal_px, info.image_size, "recording"))

    def refinement(self, info: SourceInfo) -> Refinement:
        config = live_config(self.config, self.device) if info.is_live else self.config
        window = self.window or (LIVE_WINDOW if info.is_live else FILE_WINDOW)
        return Refinement(self.lifter.network, self.intrinsics(info), config, window, self.device)

    def take(self, info: SourceInfo, frames: list[FrameResult]) -> Take:
        """Results, with all that is needed to read them later."""
        card, refinement = self.lifter.card, self.refinement(info)
        return Take(
            source_name=info.name,
            fps=info.fps,
            image_size=info.image_size,
            intrinsics=self.intrinsics(info),
            lifter={"weights": self.lifter.name, "name": card.get("name", ""), "date": card.get("date", "")},
            uao={
                "iterations": self.config.iterations,
                "state": refinement.config.state.value,
                "window": refinement.window,
                "height_m": self.config.height_m,
                "mirrored": self.config.mirrored,
                "pose_model": self.pose_model.value,
                "people": self.people,
                "unfiltered": self.unfiltered and not info.is_live,
            },
            frames=tuple(frames),
        )


def live_config(config: UaoConfig, device: torch.device) -> UaoConfig:
    """Without a GPU only the pose is moved: gradients through the network take longer than a frame does in the detector."""
    return replace(config, state=State.POSE) if device.type == "cpu" else config


@dataclass
class Detections:
    """What the detector has found in a file so far, so that a file that is processed anew is not looked through anew.

    Attributes:
        found: of the first frames of the file, without a gap.
        is_complete: whether these are all frames.
        shortfall: what was missing of the file when its end was reached, in a sentence.
    """

    found: list[Detection] = field(default_factory=list)
    is_complete: bool = False
    shortfall: str | None = None


def process_file(
    source: ClipSource, chain: Chain, known: Detections | None = None, is_stopped: Callable[[], bool] = lambda: False
) -> Iterator[FrameResult]:
    """Every frame of a file, once and in order. The detector works ahead on its own thread while another refines windows.

    Frames that are `known` are not detected again, and those that are detected are added to it; without it none is kept.
    When it `is_stopped` the window that is refined ends at once; what comes then is good for nothing.
    """
    refining = FileStage(chain, source.info, is_stopped)
    others: dict[int, tuple[Keypoints, ...]] = {}

    def finished(results: Iterable[FrameResult]) -> Iterator[FrameResult]:
        return (replace(result, others=others.pop(result.index)) for result in results)

    def refined() -> Generator[FrameResult, None, None]:
        with ahead(_detected(source, chain, known), AHEAD_FRAMES) as detections:
            step_back()
            for person, rest in follow(detections, chain.follow):
                others[person.index] = rest if chain.people > 1 else ()
                yield from finished(refining.push(person))
            yield from finished(refining.flush())

    with ahead(refined(), AHEAD_FRAMES) as results:
        yield from results


def _detected(source: ClipSource, chain: Chain, known: Detections | None) -> Generator[Detection, None, None]:
    if known is not None:
        is_complete, found = known.is_complete, tuple(known.found)  # who worked before may yet be adding a last frame
        yield from found
        if is_complete:
            return
        if found:
            last = found[-1]
            source.seek(last.index, last.time_s)  # by its time, since a number alone may lead to a neighbour
            source.read()
    with chain.detector(is_live=False) as detector, ahead(_read(source), DECODED_FRAMES) as frames:
        for frame in frames:
            detection = detector.detect(frame)
            if known is not None and len(known.found) == frame.index:
                known.found.append(detection)
            yield detection
    if known is not None:
        known.is_complete = True


def _read(source: ClipSource) -> Generator[Frame, None, None]:
    """The rest of a file, in the colours that the detector takes, so that it need not wait for them."""
    while (frame := source.read()) is not None:
        yield replace(frame, pixels=frame.rgb(), pixel_format=PixelFormat.RGB)


def process_live(
    source: FrameSource,
    chain: Chain,
    publish: Callable[[Frame, FrameResult], None],
    is_stopped: Callable[[], bool],
    follower: Follower | None = None,
    pace: Pace | None = None,
) -> None:
    """The newest frame of a webcam, again and again, until stopped or unplugged; the source is closed then.

    Detector and refinement have a thread each. The detector looks at the next picture as soon as the refinement has begun
    with the last one: sooner would make it old before anybody could show it, and take its core from those who do.
    """
    follower, pace = follower or Follower(chain.follow), pace or Pace(chain.config.iterations)
    refining = LiveStage(chain, source.info, pace, is_stopped)
    seen, refined = Mailbox[tuple[Frame, Detection]](), Mailbox[tuple[Frame, FrameResult]]()

    def detect() -> None:
        with chain.detector(is_live=True) as detector:
            while not is_stopped() and (frame := source.read()) is not None:
                detection = detector.detect(frame)
                found_s = time.monotonic()
                if not seen.hand_over((frame, detection)):
                    return
                pace.add(time.monotonic() - found_s)

    def refine() -> None:
        step_back()
        try:
            while (newest := seen.take()) is not None and not is_stopped():
                frame, detection = newest
                person, others = follower.push(detection)
                refined.put((frame, replace(refining.push(person), others=others)))
        finally:
            seen.close()

    with filling(seen, detect, "detector"), filling(refined, refine, "refinement"), closing(source):
        while (result := refined.take()) is not None and not is_stopped():
            publish(*result)


def choose_device(name: str) -> torch.device:
    """`auto` takes the GPU where there is one.

    Raises:
        UaoError: the named device is not available.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(device for device, there in available.items() if there))
    if not available[name]:
        raise UaoError(f"There is no {name} device that PyTorch can use here; choose --device auto or cpu.")
    return torch.device(name)
