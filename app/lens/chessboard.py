"""The focal length from pictures of a chessboard, by OpenCV.

Pictures come one by one to a `BoardCollector`, which keeps those that are sharp and show the board in a new place or at a
new tilt, and says what is missing; `calibrate` makes a lens of what was kept.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from app.lens.lens import Lens
from uao_core.camera import DEFAULT_FOV_DEG, Intrinsics
from uao_core.errors import UaoError

Points = NDArray[np.float32]

_SEARCH_WIDTH_PX = 960
"""A board is looked for in pictures of at most this width, then found exactly in the whole ones."""
_BLURRED_PX = 3.5
"""Rise of an edge from black to white, in pixels, above which a picture is blurred; of a 960 pixel wide picture."""
_NEW_SHARE, _NEW_TILT_DEG = 0.06, 15.0
"""A board whose corners moved by less than this share of the picture's width, and turned by less, shows nothing new."""
_MOST_BOARDS, _LEAST_BOARDS = 30, 10
_TILT_DEG = 15.0
_LEAST_SPREAD_DEG = 12.0
_MOST_ERROR = 0.02
"""Standard error over focal length above which the pictures do not tell the lens."""
_MOST_RMS = 1 / 500
"""RMS over the picture's width above which the board is bent, or another than was said."""
_BENDS = 0.01
"""Of half the picture's diagonal: a corner that distortion moves farther is worth a word."""


@dataclass(frozen=True, slots=True)
class Board:
    """A chessboard by its inner corners: a board of 10 x 7 squares has 9 x 6."""

    columns: int = 9
    rows: int = 6

    def __post_init__(self) -> None:
        if not (3 <= self.rows <= 50 and 3 <= self.columns <= 50):
            raise UaoError(f"A chessboard needs 3 to 50 inner corners each way, not {self.columns} x {self.rows}.")

    @property
    def corners(self) -> Points:
        """(N, 3) in squares, on z = 0: the focal length does not depend on their size."""
        grid = np.mgrid[: self.columns, : self.rows].T.reshape(-1, 2)
        return np.pad(grid, ((0, 0), (0, 1))).astype(np.float32)


@dataclass(frozen=True, slots=True)
class BoardView:
    """A board as one picture shows it.

    Attributes:
        corners_px: (N, 2), row by row; the middle of the first pixel is (0, 0).
        image_size: (width, height) in pixels.
        blur_px: rise of the edges between its squares, in pixels of a 960 pixel wide picture.
    """

    corners_px: Points
    image_size: tuple[int, int]
    blur_px: float


class Verdict(Enum):
    """What became of a picture."""

    NO_BOARD = "no board"
    BLURRED = "blurred"
    KNOWN = "known"
    KEPT = "kept"


class Need(Enum):
    """What pictures are missing: of a board that faces left, right, up (it leans back) or down, or that reaches into a part
    of the picture."""

    FACING_LEFT = "facing left"
    FACING_RIGHT = "facing right"
    LEANING_BACK = "leaning back"
    LEANING_FORWARD = "leaning forward"
    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Calibration:
    """A lens from a chessboard, and what a lens without distortion leaves out.

    Attributes:
        lens: with its standard error and RMS.
        boards: pictures that it is made of.
        bend_px: by how much the real lens moves a point in the picture's corner towards the middle (or away from it:
            negative).
        is_bent: whether that is worth a word.
    """

    lens: Lens
    boards: int
    bend_px: float
    is_bent: bool


def find_board(grey: NDArray[np.uint8], board: Board) -> BoardView | None:
    """The board in a grey picture (height, width); None where it is not seen whole."""
    height, width = grey.shape
    size, scale = (board.columns, board.rows), min(1.0, _SEARCH_WIDTH_PX / width)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    found, corners = cv2.findChessboardCornersSB(small, size, flags=cv2.CALIB_CB_NORMALIZE_IMAGE)
    if not found:
        return None
    blur = float(cv2.estimateChessboardSharpness(small, size, corners)[0][0]) * _SEARCH_WIDTH_PX / small.shape[1]
    corners = corners.reshape(-1, 2)
    if scale < 1:
        corners = (corners + 0.5) / scale - 0.5
        step = float(np.linalg.norm(np.diff(corners.reshape(board.rows, board.columns, 2), axis=1), axis=2).min())
        reach = max(2, min(11, int(step / 4)))
        stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 40, 0.005)
        refined = np.ascontiguousarray(corners, dtype=np.float32)
        corners = cv2.cornerSubPix(grey, refined, (reach, reach), (-1, -1), stop).reshape(-1, 2)
    return BoardView(np.asarray(corners, dtype=np.float32), (width, height), blur)


class BoardCollector:
    """Keeps the boards that teach something new about one camera."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._kept: list[BoardView] = []
        self._tilts: list[tuple[float, float]] = []

    @property
    def kept(self) -> tuple[BoardView, ...]:
        return tuple(self._kept)

    @property
    def is_full(self) -> bool:
        return len(self._kept) >= _MOST_BOARDS

    def add(self, view: BoardView | None) -> Verdict:
        """Judge a picture, and keep its board if it is good. A picture of another size begins anew."""
        if view is None:
            return Verdict.NO_BOARD
        if view.blur_px > _BLURRED_PX:
            return Verdict.BLURRED
        if self._kept and self._kept[0].image_size != view.image_size:
            self._kept, self._tilts = [], []
        near, tilt = _NEW_SHARE * view.image_size[0], _tilt_deg(view, self.board)
        for kept, other in zip(self._kept, self._tilts, strict=True):
            if _distance(view, kept) < near and math.dist(tilt, other) < _NEW_TILT_DEG:
                return Verdict.KNOWN
        if self.is_full:
            return Verdict.KNOWN
        self._kept.append(view)
        self._tilts.append(tilt)
        return Verdict.KEPT

    @property
    def needs(self) -> tuple[Need, ...]:
        """What is missing, the most useful first; empty when there is enough. Sides are the picture's."""
        right, down = ([tilt[axis] for tilt in self._tilts] or [0.0] for axis in (0, 1))
        x, y = self._reach()
        checks = (
            (Need.FACING_LEFT, min(right) < -_TILT_DEG),
            (Need.FACING_RIGHT, max(right) > _TILT_DEG),
            (Need.LEANING_BACK, min(down) < -_TILT_DEG),
            (Need.LEANING_FORWARD, max(down) > _TILT_DEG),
            (Need.LEFT, x[0] < 0.25),
            (Need.RIGHT, x[1] > 0.75),
            (Need.TOP, y[0] < 0.3),
            (Need.BOTTOM, y[1] > 0.7),
            (Need.MORE, len(self._kept) >= _LEAST_BOARDS),
        )
        return tuple(need for need, is_met in checks if not is_met)

    @property
    def progress(self) -> float:
        """0..1: how much of what is needed is there."""
        count = min(len(self._kept) / _LEAST_BOARDS, 1.0)
        met = 1 - len([need for need in self.needs if need is not Need.MORE]) / (len(Need) - 1)
        return (count + met) / 2

    def _reach(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """How far the corners reach, as shares of width and height."""
        if not self._kept:
            return (0.5, 0.5), (0.5, 0.5)
        shares = np.concatenate([view.corners_px / view.image_size for view in self._kept])
        (left, top), (right, bottom) = shares.min(axis=0), shares.max(axis=0)
        return (float(left), float(right)), (float(top), float(bottom))


def calibrate(views: Sequence[BoardView], board: Board) -> Calibration:
    """The focal length, with square pixels and the optical axis in the middle.

    A lens bends: the picture is fitted with a distortion of k1 r^2, and the focal length is the one of a lens without
    distortion that meets it best over the whole picture (least squares over its area), which is the kind of lens that poses
    are found with. Where k1 is not told from zero, none is fitted.

    Raises:
        UaoError: there are too few boards, or they do not tell the lens: boards that all face the camera look the same to a
            long lens far away and a short one near by.
    """
    if len(views) < 4:
        raise UaoError(
            f"{len(views)} pictures of the chessboard are too few; show it in at least {_LEAST_BOARDS} places and tilts."
        )
    size = views[0].image_size
    straight = _fit(views, board, size, with_k1=False)
    bent = _fit(views, board, size, with_k1=True)
    use = bent if abs(bent.k1) > 3 * bent.k1_sd and bent.rms_px < straight.rms_px else straight
    if straight.spread_deg < _LEAST_SPREAD_DEG or not use.focal_sd_px < _MOST_ERROR * use.focal_px:
        raise UaoError(
            "The chessboard was tilted too little between the pictures, which leaves the focal length open; tilt it by 20 "
            "to 45 degrees, to each side."
        )
    if use.rms_px > max(1.0, _MOST_RMS * size[0]):
        raise UaoError(
            f"The corners lie {use.rms_px:.1f} pixels beside where a flat chessboard of {board.columns} x {board.rows} "
            "inner corners has them; stick it to something flat, hold it still, and count again."
        )
    focal_px = use.focal_px * _best_scale(use.focal_px, use.k1, size)
    corner = math.hypot(*size) / 2
    bend_px = -corner * use.k1 * (corner / use.focal_px) ** 2
    lens = Lens(focal_px, size, "chessboard", date.today().isoformat(), use.focal_sd_px, use.rms_px)
    return Calibration(lens, len(views), bend_px, abs(bend_px) > _BENDS * corner)


@dataclass(frozen=True, slots=True)
class _Fit:
    focal_px: float
    focal_sd_px: float
    k1: float
    k1_sd: float
    rms_px: float
    spread_deg: float  # of the boards' tilts


def _fit(views: Sequence[BoardView], board: Board, size: tuple[int, int], *, with_k1: bool) -> _Fit:
    flags = (
        cv2.CALIB_USE_INTRINSIC_GUESS
        | cv2.CALIB_FIX_PRINCIPAL_POINT
        | cv2.CALIB_FIX_ASPECT_RATIO
        | cv2.CALIB_ZERO_TANGENT_DIST
        | cv2.CALIB_FIX_K2
        | cv2.CALIB_FIX_K3
        | (0 if with_k1 else cv2.CALIB_FIX_K1)
    )
    corners = [board.corners] * len(views)
    try:
        rms, matrix, distortion, turns, _, sd, _, _ = cv2.calibrateCameraExtended(
            corners, [view.corners_px for view in views], size, _guess(size), np.zeros(5), flags=flags
        )
    except cv2.error as error:
        raise UaoError(
            "These pictures of the chessboard do not tell the lens; take new ones, tilted to each side."
        ) from error
    sd = np.nan_to_num(np.ravel(sd), nan=math.inf, posinf=math.inf)
    normals = np.stack([cv2.Rodrigues(turn)[0][:, 2] for turn in turns])
    normals *= np.sign(normals[:, 2:])
    mean = normals.mean(axis=0)
    away = np.degrees(np.arccos(np.clip(normals @ mean / np.linalg.norm(mean), -1, 1)))
    k1 = float(np.ravel(distortion)[0])  # with the aspect fixed, only the second focal length is free and has an error
    return _Fit(float(matrix[1, 1]), float(sd[1]), k1, float(sd[4]), float(rms), float(away.max()))


def _guess(size: tuple[int, int]) -> NDArray[np.float64]:
    focal = Intrinsics.from_fov(DEFAULT_FOV_DEG, size).focal_px
    return np.array([[focal, 0, (size[0] - 1) / 2], [0, focal, (size[1] - 1) / 2], [0, 0, 1]])


def _best_scale(focal_px: float, k1: float, size: tuple[int, int]) -> float:
    """c of least integral of (r (1 + k1 r^2) - c r)^2 over the picture: 1 + k1 (mean of r^4) / (mean of r^2)."""
    x, y = (np.linspace(-side / 2, side / 2, 101) / focal_px for side in size)
    square = x[None] ** 2 + y[:, None] ** 2
    return 1 + k1 * float((square**2).mean() / square.mean())


def _tilt_deg(view: BoardView, board: Board) -> tuple[float, float]:
    """Where a board faces, if the lens were a common one: to the picture's right (positive) and down (positive)."""
    found, turn, _ = cv2.solvePnP(board.corners, view.corners_px, _guess(view.image_size), None, flags=cv2.SOLVEPNP_IPPE)
    if not found:
        return 0.0, 0.0
    normal = cv2.Rodrigues(turn)[0][:, 2]
    normal = normal if normal[2] < 0 else -normal  # towards the camera
    right, down = (math.degrees(math.atan2(float(side), -float(normal[2]))) for side in normal[:2])
    return right, down


def _distance(a: BoardView, b: BoardView) -> float:
    """Mean distance of the corners; a board and the same one upside down are one."""
    return float(min(np.linalg.norm(a.corners_px - other, axis=1).mean() for other in (b.corners_px, b.corners_px[::-1])))
