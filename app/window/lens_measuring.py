"""What the lens dialog shows, without any widget: boards and places that were seen, and the lens they tell."""

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from app.capture import Frame
from app.lens.chessboard import Board
from app.lens.height import HeightCalibration, Stand, focal_from_stands, measure_stand
from app.lens.lens import Lens
from app.lens_store import LensStore
from app.window.crew import Crew
from app.window.lens_workers import BoardSearch, BoardWatcher, Look
from app.window.session import Session
from app.window.workers import Worker
from uao_core.errors import UaoError
from uao_core.packets import FrameResult, Keypoints

COUNTDOWN_S = 5
_STAND_MS = 2000


class LensMeasuring(QObject):
    """Measures the lens of what the session shows.

    Attributes:
        look: the newest look at a chessboard, or None.
        board_trouble: why the looking ended, in a sentence; None where it did not.
        stands: places in which the person was measured, each with its distance in metres.
        person: the lens by these places, or None.
        seconds_left: until the person is measured; None while nobody is waiting.
        trouble: of the person's measurement, in a sentence; None where there is none.
    """

    changed = Signal()
    looked = Signal(object)  # Look
    shown = Signal(object)  # Frame

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.camera = session.camera_name
        self.board = Board()
        self.look: Look | None = None
        self.board_trouble: str | None = None
        self._crew = Crew(self)
        self._crew.failed.connect(self._on_failed)
        self._crew.gone.connect(self._on_gone)
        self._worker: BoardWatcher | BoardSearch | None = None
        self.stands: list[tuple[float, Stand]] = []
        self.height_m, self.from_camera = session.options.height_m or 1.75, True
        self.person: HeightCalibration | None = None
        self.trouble: str | None = None
        self.seconds_left: int | None = None
        self._distance_m = 0.0
        self._gathered: list[Keypoints] | None = None
        self._is_stopped = False
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._count_down)
        session.frame_shown.connect(self._on_frame)
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(self.shut_down)

    # Chessboard

    @property
    def is_live(self) -> bool:
        return self.camera is not None

    @property
    def is_searching(self) -> bool:
        return isinstance(self._worker, BoardSearch)

    def watch(self, board: Board) -> None:
        """Look for this board in every picture that is shown, beginning anew."""
        self._begin(BoardWatcher(board), board)

    def search(self, board: Board) -> None:
        """Look for this board in the whole clip."""
        if self._session.path is not None:
            worker = BoardSearch(board, self._session.file_options, self._session.path)
            worker.searched.connect(self._on_searched)
            self._begin(worker, board)

    def _begin(self, worker: BoardWatcher | BoardSearch, board: Board) -> None:
        self._end()
        self.board, self.look, self.board_trouble = board, None, None
        worker.looked.connect(self._on_looked)
        self._worker = worker
        self._crew.start(worker)
        self.changed.emit()

    def _end(self) -> None:
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def _on_gone(self) -> None:
        if self._is_stopped and not self._crew.workers:
            self.deleteLater()

    def _on_looked(self, look: Look) -> None:
        if self.sender() is self._worker:
            self.look = look
            self.looked.emit(look)

    def _on_searched(self) -> None:
        if self.sender() is self._worker:
            self._worker = None
            self.changed.emit()

    def _on_failed(self, worker: Worker, message: str) -> None:
        if worker is self._worker:
            self._worker, self.board_trouble = None, message
            self.changed.emit()

    def _on_frame(self, frame: Frame, result: FrameResult | None) -> None:
        if self._is_stopped:
            return
        if isinstance(self._worker, BoardWatcher):
            self._worker.offer(frame)
        if self._gathered is not None and result is not None:
            self._gathered.append(result.keypoints)
        self.shown.emit(frame)

    # Person

    def measure_person(self, distance_m: float, countdown_s: int = COUNTDOWN_S) -> None:
        """Measure somebody who stands at a distance: in the clip at once, live after a countdown, for two seconds."""
        self._distance_m, self.trouble = distance_m, None
        if not self.is_live:
            self._measure([result.keypoints for result in self._session.results])
        else:
            self.seconds_left = countdown_s
            self._tick.start()
            if countdown_s == 0:
                self._count_down()
        self.changed.emit()

    def clear_stands(self) -> None:
        self.stands, self.person, self.trouble = [], None, None
        self.changed.emit()

    def set_person(self, height_m: float, *, from_camera: bool) -> None:
        """What is known of the person, and where distances are counted from."""
        self.height_m, self.from_camera = height_m, from_camera
        self._solve()

    def _count_down(self) -> None:
        self.seconds_left = max((self.seconds_left or 0) - 1, 0)
        if self.seconds_left == 0:
            self._tick.stop()
            self._gathered = []
            QTimer.singleShot(_STAND_MS, self, self._on_stood)
        self.changed.emit()

    def _on_stood(self) -> None:
        gathered, self._gathered, self.seconds_left = self._gathered or [], None, None
        self._measure(gathered)

    def _measure(self, keypoints: list[Keypoints]) -> None:
        info = self._session.info
        if info is None:
            return
        try:
            self.stands.append((self._distance_m, measure_stand(keypoints, info.image_size)))
            self._solve()
        except UaoError as error:
            self.trouble = str(error)
            self.changed.emit()

    def _solve(self) -> None:
        self.person, self.trouble = None, None
        if self.stands:
            distances, stands = zip(*self.stands, strict=True)
            try:
                self.person = focal_from_stands(stands, distances, self.height_m, from_camera=self.from_camera)
            except UaoError as error:
                self.trouble = str(error)
        self.changed.emit()

    # Both

    def use(self, lens: Lens) -> None:
        """Keep a camera's lens for ever, and use it; a clip's is used for what is opened from now on."""
        if self.camera is not None:
            LensStore().save(self.camera, lens)
        session, named = self._session, lens if self.camera is None else None
        options = replace(session.options, focal_px=None, fov_deg=None, lens=named)
        session.use(options, at_once=not session.is_recording)  # a recording is not cut: there from the next time on

    def stop(self) -> None:
        """Measure no more. Returns at once; this object goes when its thread has wound down, within one look."""
        self._is_stopped = True
        self._tick.stop()
        self._gathered = None
        self._end()
        if not self._crew.workers:
            self.deleteLater()

    def shut_down(self) -> None:
        """Stop and wait for the threads: for the end of the program only."""
        self.stop()
        self._crew.wait()


def forget_lens(session: Session) -> None:
    """Use no measured lens any more: not the one of the camera, not the one that was measured from a clip."""
    if session.camera_name is not None:
        LensStore().forget(session.camera_name)
    session.use(replace(session.options, lens=None))
