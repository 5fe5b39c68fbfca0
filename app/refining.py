"""The stage that refines, on the chain's device, and from the moment on at which a GPU has no memory left on the CPU."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

import torch

from app.capture import SourceInfo
from app.pace import Pace
from uao_core.packets import FrameResult, Keypoints
from uao_core.refiner import FileRefiner, LiveRefiner, Refinement

_SIGNS = ("out of memory", "alloc_failed")
"""Of errors that are no `torch.OutOfMemoryError`: Apple's allocator, and cuBLAS and cuDNN where they are given none."""


class OnDevice(Protocol):
    """What the stages need of the chain."""

    def refinement(self, info: SourceInfo) -> Refinement: ...

    def leave_gpu(self, error: RuntimeError) -> None:
        """Go on with the CPU where that helps, or raise the error."""
        ...


class FileStage:
    """Refines every frame of a file. Frames that a GPU could not finish are refined anew on the CPU: none is lost.

    When it `is_stopped` what is under way ends at once, and results are good for nothing.
    """

    def __init__(self, chain: OnDevice, info: SourceInfo, is_stopped: Callable[[], bool] = lambda: False) -> None:
        self._chain, self._info, self._is_stopped = chain, info, is_stopped
        self._refiner = self._new_refiner()
        self._waiting: list[Keypoints] = []  # taken, and not handed out yet

    def push(self, keypoints: Keypoints) -> list[FrameResult]:
        """Take the next frame; gives the frames that are finished by it."""
        results = self._try(lambda refiner: refiner.push(keypoints))
        self._waiting = [*self._waiting, keypoints][len(results) :]
        return results

    def flush(self) -> list[FrameResult]:
        """Finish all frames taken so far."""
        results, self._waiting = self._try(lambda refiner: refiner.flush()), []
        return results

    def _try(self, step: Callable[[FileRefiner], Iterable[FrameResult]]) -> list[FrameResult]:
        try:
            return list(step(self._refiner))
        except RuntimeError as error:
            self._chain.leave_gpu(error)
        self._refiner = self._new_refiner()
        again = [result for keypoints in self._waiting for result in self._refiner.push(keypoints)]
        return again + list(step(self._refiner))

    def _new_refiner(self) -> FileRefiner:
        return FileRefiner(replace(self._chain.refinement(self._info), is_stopped=self._is_stopped))


class LiveStage:
    """Refines the newest frame of a stream, with as much of the method as there is time for; is stopped as `FileStage`."""

    def __init__(
        self, chain: OnDevice, info: SourceInfo, pace: Pace, is_stopped: Callable[[], bool] = lambda: False
    ) -> None:
        self._chain, self._info, self._pace, self._is_stopped = chain, info, pace, is_stopped
        self._refinement = self._new_refinement()
        self._refiner = LiveRefiner(self._refinement)
        self._window: deque[Keypoints] = deque(maxlen=self._refinement.window)

    def push(self, keypoints: Keypoints) -> FrameResult:
        """Take the next frame; gives it refined."""
        self._window.append(keypoints)
        mirrored = self._pace.mirrored and self._refinement.config.mirrored
        self._refiner.config = replace(self._refinement.config, iterations=self._pace.iterations, mirrored=mirrored)
        try:
            return self._refiner.push(keypoints)
        except RuntimeError as error:
            self._chain.leave_gpu(error)
        self._refinement = self._new_refinement()
        self._refiner = LiveRefiner(self._refinement)
        return self._refiner.push(*self._window)

    def _new_refinement(self) -> Refinement:
        return replace(self._chain.refinement(self._info), is_stopped=self._is_stopped)


def is_out_of_memory(error: RuntimeError, device: torch.device) -> bool:
    """Whether a device that the CPU can stand in for has no memory left."""
    if device.type == "cpu":
        return False
    return isinstance(error, torch.OutOfMemoryError) or any(sign in str(error).lower() for sign in _SIGNS)


def free_gpu() -> None:
    """Give back what the allocator keeps for later."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
