"""Threads that look for chessboards: in the pictures that are shown, or in a whole clip."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.capture import Frame
from app.lens.chessboard import Board, BoardCollector, BoardView, Calibration, Need, Verdict, calibrate, find_board
from app.lens.clip import collect_boards, grey
from app.mailbox import Mailbox
from app.options import Options
from app.window.workers import Worker
from uao_core.errors import UaoError


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a picture brought.

    Attributes:
        frame, view: the picture, and the board in it.
        verdict: what became of it.
        kept: so many boards are kept.
        progress: 0..1, how much of what is needed is there.
        needs: what is missing, the most useful first.
        calibration: the lens by what is kept, None while there is none.
        trouble: why there is none although boards were kept; None otherwise.
    """

    frame: Frame
    view: BoardView | None
    verdict: Verdict
    kept: int
    progress: float
    needs: tuple[Need, ...]
    calibration: Calibration | None
    trouble: str | None


class _BoardWorker(Worker):
    looked = Signal(object)  # Look

    def __init__(self, board: Board, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._board = board
        self._calibration: Calibration | None = None
        self._trouble: str | None = None

    def _report(self, frame: Frame, view: BoardView | None, verdict: Verdict, collector: BoardCollector) -> bool:
        """Tell of a look; whether to go on."""
        if verdict is Verdict.KEPT and not collector.needs:
            self._measure(collector)
        self.looked.emit(
            Look(
                frame,
                view,
                verdict,
                len(collector.kept),
                collector.progress,
                collector.needs,
                self._calibration,
                self._trouble,
            )
        )
        return not self.is_stopped()

    def _measure(self, collector: BoardCollector) -> None:
        try:
            self._calibration, self._trouble = calibrate(collector.kept, self._board), None
        except UaoError as error:
            self._calibration, self._trouble = None, str(error)


class BoardWatcher(_BoardWorker):
    """Looks at the newest picture that was offered; others are forgotten."""

    def __init__(self, board: Board, parent: QObject | None = None) -> None:
        super().__init__(board, parent)
        self._offered: Mailbox[Frame] = Mailbox()

    def offer(self, frame: Frame) -> None:
        self._offered.put(frame)

    def stop(self) -> None:
        super().stop()
        self._offered.close()

    def work(self) -> None:
        collector = BoardCollector(self._board)
        while (frame := self._offered.take()) is not None and not self.is_stopped():
            view = find_board(grey(frame), self._board)
            self._report(frame, view, collector.add(view), collector)


class BoardSearch(_BoardWorker):
    """Looks through a whole clip, and then measures with whatever was found."""

    searched = Signal()

    def __init__(self, board: Board, options: Options, path: Path, parent: QObject | None = None) -> None:
        super().__init__(board, parent)
        self._options, self._path = options, path

    def work(self) -> None:
        last: list[tuple[Frame, BoardView | None, Verdict]] = []

        def looked(frame: Frame, view: BoardView | None, verdict: Verdict, collector: BoardCollector) -> bool:
            last[:] = [(frame, view, verdict)]
            return self._report(frame, view, verdict, collector)

        start_s, end_s = self._options.start_s, self._options.end_s
        collector = collect_boards(self._path, self._board, start_s=start_s, end_s=end_s, looked=looked)
        if last and self._calibration is None and not self.is_stopped():
            self._measure(collector)
            self._report(*last[0], collector)
        self.searched.emit()
