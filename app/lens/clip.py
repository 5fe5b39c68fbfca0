"""A lens from clips, without a window: a chessboard that is moved about, or somebody who stands still in each clip."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from app.capture import FileSource, Frame
from app.detector import Detector, PoseModel
from app.lens.chessboard import Board, BoardCollector, BoardView, Verdict, find_board
from app.lens.height import Stand, measure_stand
from uao_core.packets import Keypoints

_LOOKS_A_SECOND = 5.0


def grey(frame: Frame) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """(height, width) brightness of a frame."""
    return np.asarray(cv2.cvtColor(frame.rgb(), cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def collect_boards(
    clip: Path,
    board: Board,
    *,
    start_s: float = 0.0,
    end_s: float = float("inf"),
    looked: Callable[[Frame, BoardView | None, Verdict, BoardCollector], bool] = lambda *_: True,
) -> BoardCollector:
    """Look for the chessboard in a clip, five times a second.

    `looked` is told of every look; the search ends where it says no.

    Raises:
        UaoError: the clip cannot be read.
    """
    collector, next_s = BoardCollector(board), 0.0
    with closing(FileSource(clip, start_s, end_s)) as source:
        while not collector.is_full and (frame := source.read()) is not None:
            if frame.time_s < next_s:
                continue
            next_s = frame.time_s + 1 / _LOOKS_A_SECOND
            view = find_board(grey(frame), board)
            verdict = collector.add(view)
            if not looked(frame, view, verdict, collector):
                break
    return collector


def stand_in_clip(clip: Path, model: PoseModel, start_s: float = 0.0, end_s: float = float("inf")) -> Stand:
    """The height in pixels of somebody who stands still in a clip.

    Raises:
        UaoError: the clip cannot be read, or nobody stands in it as is needed.
    """
    keypoints: list[Keypoints] = []
    with closing(FileSource(clip, start_s, end_s)) as source, Detector(model) as detector:
        while (frame := source.read()) is not None:
            keypoints.append(detector.detect(frame).first)
        return measure_stand(keypoints, source.info.image_size)
