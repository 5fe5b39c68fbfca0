"""The focal length from rendered chessboards, of which it is known."""

from dataclasses import replace

import numpy as np
import pytest

from app.lens.chessboard import Board, BoardCollector, Need, Verdict, calibrate, find_board
from tests.boards import rotation, see, tour
from uao_core.errors import UaoError

SIZE = (960, 540)
BOARD = Board(9, 6)


def collected(pictures, board=BOARD):
    collector = BoardCollector(board)
    verdicts = [collector.add(find_board(picture, board)) for picture in pictures]
    return collector, verdicts


@pytest.mark.parametrize("focal_px", [650.0, 1100.0])
def test_the_focal_length_comes_back(focal_px):
    collector, verdicts = collected(tour(focal_px, SIZE))
    assert verdicts == [Verdict.KEPT] * 12 and collector.needs == () and collector.progress == 1
    found = calibrate(collector.kept, BOARD)
    assert found.lens.focal_px == pytest.approx(focal_px, rel=0.005)
    assert found.lens.image_size == SIZE and found.lens.how == "chessboard" and found.lens.rms_px < 0.2
    assert found.lens.focal_sd_px < 0.01 * focal_px and not found.is_bent


def test_noise_and_large_pictures_cost_little():
    collector, _ = collected(tour(1500.0, (1920, 1080), noise=12.0, blur=1.0))
    found = calibrate(collector.kept, BOARD)
    assert found.lens.focal_px == pytest.approx(1500.0, rel=0.01)
    assert abs(found.lens.focal_px - 1500.0) < 5 * found.lens.focal_sd_px


def test_the_standard_error_tells_how_far_off_the_focal_length_is():
    kept = collected(tour(800.0, SIZE))[0].kept
    rng, off, said = np.random.default_rng(3), [], []
    for _ in range(25):
        shaken = [
            replace(v, corners_px=v.corners_px + rng.normal(0, 0.5, v.corners_px.shape).astype(np.float32)) for v in kept
        ]
        lens = calibrate(shaken, BOARD).lens
        off.append(lens.focal_px - 800)
        said.append(lens.focal_sd_px)
    assert np.sqrt(np.mean(np.square(off))) == pytest.approx(np.mean(said), rel=0.4)
    assert np.mean(said) > 1.5 * calibrate(kept, BOARD).lens.focal_sd_px
    few = calibrate(shaken[:5], BOARD).lens
    assert few.focal_sd_px > 1.2 * np.mean(said), "fewer boards tell less"


def test_boards_that_all_face_the_camera_are_refused():
    def pictures():
        for i, (x, y, z) in enumerate(
            [(0, 0, 16), (-4, -2, 20), (4, 2, 20), (-4, 2, 24), (4, -2, 24), (0, 0, 32), (2, 1, 28)]
        ):
            yield see(800.0, SIZE, rotation(0, 0, 5 * i), [x, y, z], noise=3.0, seed=i)

    collector, _ = collected(pictures())
    assert len(collector.kept) >= 6 and Need.FACING_LEFT in collector.needs and Need.LEANING_BACK in collector.needs
    with pytest.raises(UaoError, match="tilt it by 20 to 45"):
        calibrate(collector.kept, BOARD)


def test_a_lens_that_bends_is_said_to():
    collector, _ = collected(tour(650.0, SIZE, k1=-0.18))
    found = calibrate(collector.kept, BOARD)
    assert found.is_bent
    corner = np.hypot(*SIZE) / 2
    assert found.bend_px == pytest.approx(0.18 * corner * (corner / 650.0) ** 2, rel=0.15)
    assert 0.88 * 650 < found.lens.focal_px < 650, "barrel distortion makes the picture as a whole wider"


def test_too_few_and_other_boards_are_refused():
    collector, _ = collected(list(tour(800.0, SIZE))[:3])
    with pytest.raises(UaoError, match="too few"):
        calibrate(collector.kept, BOARD)
    assert find_board(next(tour(800.0, SIZE)), Board(8, 5)) is None, "a part of a board is no board"
    assert find_board(np.full((540, 960), 128, np.uint8), BOARD) is None
    with pytest.raises(UaoError, match="inner corners"):
        Board(2, 6)


def test_what_shows_nothing_new_or_is_blurred_is_not_kept():
    near, moved = rotation(20, 0), rotation(20, 0)
    sharp = see(800.0, SIZE, near, [0, 0, 16])
    again = see(800.0, SIZE, moved, [0.2, 0, 16])
    smeared = see(800.0, SIZE, near, [3, 0, 16], blur=4.0)
    _, verdicts = collected([sharp, again, smeared, np.zeros((540, 960), np.uint8)])
    assert verdicts[:2] == [Verdict.KEPT, Verdict.KNOWN]
    assert verdicts[2] in (Verdict.BLURRED, Verdict.NO_BOARD) and verdicts[3] is Verdict.NO_BOARD


@pytest.mark.parametrize(
    ("facing", "leaning", "met"),
    [
        (-30, 0, Need.FACING_LEFT),
        (30, 0, Need.FACING_RIGHT),
        (0, -30, Need.LEANING_BACK),
        (0, 30, Need.LEANING_FORWARD),
    ],
)
def test_needs_are_named_as_the_board_is_turned(facing, leaning, met):
    collector, _ = collected([see(800.0, SIZE, rotation(facing, leaning), [0, 0, 16])])
    tilts = {Need.FACING_LEFT, Need.FACING_RIGHT, Need.LEANING_BACK, Need.LEANING_FORWARD}
    assert tilts - set(collector.needs) == {met}


def test_another_size_of_pictures_begins_anew():
    collector, _ = collected(list(tour(800.0, SIZE))[:3])
    collector.add(find_board(next(tour(500.0, (640, 480))), BOARD))
    assert [view.image_size for view in collector.kept] == [(640, 480)]
