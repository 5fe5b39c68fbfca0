"""What may stand after each option of the command line, and how it is read.

Each function takes the text and gives the value, or raises `argparse.ArgumentTypeError` with what is expected.
"""

import argparse
import math
import re
from pathlib import Path

from app.lens.chessboard import Board
from app.lens.lens import Lens, read_lens
from uao_core.errors import UaoError
from uao_core.export import SUFFIXES
from uao_core.people import Choice

MOST_PEOPLE, MOST_ITERATIONS, MOST_PROCESSES = 4, 1000, 256
PREVIEW_SUFFIXES = (".mp4", ".png")


def number(text: str, low: float, high: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:  # also refuses NaN
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return value


def whole(text: str, low: int, what: str, high: int = 1_000_000) -> int:
    value = number(text, low, high, what)
    if value != int(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return int(value)


def tilt(text: str) -> float:
    return number(text, -90, 90, "an angle from -90 to 90 degrees, above 0 where the camera looks down")


def index(text: str) -> int:
    return whole(text, 0, "the number of a camera (0, 1, ...)")


def count(text: str) -> int:
    return whole(text, 0, "a whole number, 0 or more")


def iterations(text: str) -> int:
    return whole(text, 0, f"a number of steps from 0 to {MOST_ITERATIONS}", MOST_ITERATIONS)


def people(text: str) -> int:
    return whole(text, 1, f"a whole number of people from 1 to {MOST_PEOPLE}", MOST_PEOPLE)


def choice(text: str) -> Choice:
    what = "a pixel X,Y and perhaps a second: 320,200 or 320,200,4.5"
    numbers = [number(part, 0, 1e6, what) for part in text.split(",")]
    if len(numbers) not in (2, 3):
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return Choice(*numbers)


def frames(text: str) -> int:
    return whole(text, 1, "a number of frames, 1 or more")


def processes(text: str) -> int:
    return whole(text, 1, f"a whole number of processes from 1 to {MOST_PROCESSES}", MOST_PROCESSES)


def size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{2,5})[xX\u00d7](\d{2,5})", text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a resolution such as 1280x720")
    return int(found[1]), int(found[2])


def rate(text: str) -> float:
    return number(text, 1, 480, "a number of frames a second from 1 to 480")


def duration(text: str) -> float:
    return number(text, 0.1, 1e6, "a time of 0.1 seconds or more")


def seconds(text: str) -> float:
    return number(text, 0, 1e7, "a time in seconds")


def constant(text: str) -> float:
    return number(text, 0, 2, "a time constant from 0 to 2 seconds")


def positive(text: str) -> float:
    return number(text, 1, 1e6, "a focal length in pixels")


def degrees(text: str) -> float:
    return number(text, 5, 170, "an angle between 5 and 170 degrees")


def millimetres(text: str) -> float:
    return number(text, 1, 1e4, "an expected error of 1 mm or more")


def share(text: str) -> float:
    return number(text, 0, 1, "a number from 0 to 1")


def height(text: str) -> float:
    return number(text, 0.4, 2.6, "a height between 0.4 and 2.6 metres")


def distance(text: str) -> float:
    return number(text, 0.0, 100, "a distance up to 100 metres")


def board(text: str) -> Board:
    columns, _, rows = text.lower().partition("x")
    if not (columns.isdecimal() and rows.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not CxR, such as 9x6")
    try:
        return Board(int(columns), int(rows))
    except UaoError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def lens(text: str) -> Lens:
    try:
        return read_lens(Path(text))
    except UaoError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def file(text: str, suffixes: tuple[str, ...]) -> Path:
    path = Path(text)
    if path.suffix.lower() not in suffixes:
        raise argparse.ArgumentTypeError(f"{text!r} does not end in {', '.join(suffixes[:-1])} or {suffixes[-1]}")
    return path


def export(text: str) -> Path:
    return file(text, SUFFIXES)


def preview(text: str) -> Path:
    return file(text, PREVIEW_SUFFIXES)
