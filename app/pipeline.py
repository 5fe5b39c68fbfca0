"""The whole chain, from top to bottom: capture, detect, lift, refine, smooth, publish.

`Chain` is what a run needs beside its source; `process_file` drops no frame, `process_live` never falls behind.
Lifting, refining and smoothing of a window are one step, `uao_core.optimize.refine`.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace

import torch

from app.ahead import ahead
from app.capture import Frame, FrameSource, SourceInfo
from app.detector import Detector, PoseModel
from app.options import FILE_WINDOW, LIVE_WINDOW, Options
from models.weights import Lifter, load_lifter
from uao_core.camera import DEFAULT_FOV_DEG, Intrinsics
from uao_core.errors import UaoError
from uao_core.optimize import State, UaoConfig
from uao_core.packets import FrameResult, Keypoints
from uao_core.refiner import FileRefiner, LiveRefiner, Refinement
from uao_core.take import Take

AHEAD_FRAMES = 16


@dataclass(frozen=True, slots=True)
class Chain:
    """Everything that is loaded or decided before the first frame."""

    lifter: Lifter
    pose_model: PoseModel
    config: UaoConfig
    window: int | None
    focal_px: float | None
    fov_deg: float | None
    device: torch.device

    @classmethod
    def from_options(cls, options: Options) -> "Chain":
        """Load the weights and choose the device.

        Raises:
            UaoError: the weights cannot be used or the device is not there.
        """
        device = choose_device(options.device)
        torch.set_num_threads(1)  # the lifter's tensors are too small to share; the other cores belong to detector and view
        lifter = load_lifter(options.weights).to(device)
        config = UaoConfig(iterations=options.uao_iterations, height_m=options.height_m, smoothing_s=options.smoothing_s)
        return cls(lifter, options.pose_model, config, options.window, options.focal_px, options.fov_deg, device)

    def intrinsics(self, info: SourceInfo) -> Intrinsics:
        """The user's focal length or field of view; a common field of view where there is neither."""
        if self.focal_px is not None:
            return Intrinsics.from_focal(self.focal_px, info.image_size)
        if self.fov_deg is not None:
            return Intrinsics.from_fov(self.fov_deg, info.image_size, estimated=False)
        return Intrinsics.from_fov(DEFAULT_FOV_DEG, info.image_size)

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
            },
            frames=tuple(frames),
        )


def live_config(config: UaoConfig, device: torch.device) -> UaoConfig:
    """Without a GPU only the pose is moved: gradients through the network take longer than a frame does in the detector."""
    return replace(config, state=State.POSE) if device.type == "cpu" else config


def process_file(source: FrameSource, chain: Chain) -> Iterator[FrameResult]:
    """Every frame of a file, once and in order. The detector works ahead on its own thread while windows are refined."""
    refiner = FileRefiner(chain.refinement(source.info))
    with ahead(_detected(source, chain.pose_model), AHEAD_FRAMES) as keypoints:
        for found in keypoints:
            yield from refiner.push(found)
        yield from refiner.flush()


def _detected(source: FrameSource, pose_model: PoseModel) -> Generator[Keypoints, None, None]:
    with Detector(pose_model) as detector:
        while (frame := source.read()) is not None:
            yield detector.detect(frame)


def process_live(
    source: FrameSource,
    chain: Chain,
    publish: Callable[[Frame, FrameResult], None],
    is_stopped: Callable[[], bool],
) -> None:
    """The newest frame of a webcam, again and again, until stopped or unplugged."""
    refiner = LiveRefiner(chain.refinement(source.info))
    with Detector(chain.pose_model) as detector:
        while not is_stopped() and (frame := source.read()) is not None:
            publish(frame, refiner.push(detector.detect(frame)))


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
