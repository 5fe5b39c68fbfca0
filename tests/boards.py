"""Chessboards as a known camera sees them."""

import cv2
import numpy as np

SQUARE_PX = 40
BOARD = (9, 6)


def texture(columns=BOARD[0], rows=BOARD[1]):
    """A printed board with a white margin; its first inner corner lies two squares from the paper's edges."""
    squares = np.indices((rows + 1, columns + 1)).sum(axis=0) % 2 * 215 + 20
    board = np.kron(squares, np.ones((SQUARE_PX, SQUARE_PX)))
    return np.pad(board, SQUARE_PX, constant_values=235).astype(np.uint8)


def rotation(facing_deg, leaning_deg, roll_deg=0.0):
    x, y, z = np.radians([leaning_deg, facing_deg, roll_deg])
    parts = [cv2.Rodrigues(np.array(axis, float))[0] for axis in ((x, 0, 0), (0, -y, 0), (0, 0, z))]
    return parts[2] @ parts[1] @ parts[0]


def see(focal_px, size, turn, middle, *, k1=0.0, noise=0.0, blur=0.0, seed=0, board=BOARD):
    """(height, width) grey: the board turned by `turn`, its middle at `middle`, both in squares and camera axes.

    In `rotation`, `facing_deg` is positive for a board that faces right, `leaning_deg` negative for one that leans back.
    """
    paper, (width, height), over = texture(*board), size, 2
    # From pixels of the paper to squares about the board's middle.
    to_board = np.array([[1 / SQUARE_PX, 0, 0], [0, 1 / SQUARE_PX, 0], [0, 0, 1.0]])
    corner = 2 - 0.5 / SQUARE_PX  # of the first inner corner; the middle of a pixel is its place
    to_board[:2, 2] = -corner - (np.array(board) - 1) / 2
    focal = focal_px * over
    centre = [(width * over - 1) / 2, (height * over - 1) / 2]
    camera = np.array([[focal, 0, centre[0]], [0, focal, centre[1]], [0, 0, 1.0]])
    pose = np.column_stack([turn[:, 0], turn[:, 1], middle])
    big = cv2.warpPerspective(paper, camera @ pose @ to_board, (width * over, height * over), borderValue=150)
    if k1:
        grid = (
            np.stack(np.meshgrid(np.arange(width * over), np.arange(height * over)), axis=-1).reshape(-1, 1, 2).astype(float)
        )
        straight = cv2.undistortPoints(grid, camera, np.array([k1, 0, 0, 0.0]), P=camera).reshape(
            height * over, width * over, 2
        )
        big = cv2.remap(big, straight.astype(np.float32), None, cv2.INTER_LINEAR, borderValue=150)
    grey = cv2.resize(big, size, interpolation=cv2.INTER_AREA).astype(float)
    if blur:
        grey = cv2.GaussianBlur(grey, (0, 0), blur)
    grey += noise * np.random.default_rng(seed).standard_normal(grey.shape)
    return grey.clip(0, 255).astype(np.uint8)


def tour(focal_px, size, **how):
    """A dozen pictures of a board that is moved about and tilted to all sides, as the program asks for."""
    distance, x, y = 24.0 * focal_px / size[0], 5.6, 2.2
    looks = [
        (-30, 0, 0, 0), (30, 0, 0, 0), (0, -30, 0, 0), (0, 30, 0, 0), (-25, 20, -x, 0), (25, -20, x, 0),
        (10, 25, 0, -y), (-10, -25, 0, y), (20, 20, -x, -y), (-20, -20, x, y), (0, 5, x, -y), (5, 0, -x, y),
    ]  # fmt: skip
    for i, (facing, leaning, right, down) in enumerate(looks):
        yield see(focal_px, size, rotation(facing, leaning, 3 * i - 15), [right, down, distance], seed=i, **how)
