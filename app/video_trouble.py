"""Why a file gives no pictures, in a sentence that says what to do."""

import errno
import stat
from pathlib import Path
from typing import BinaryIO

from PySide6.QtCore import QCoreApplication

from app.mp4 import INDEX, boxes
from uao_core.errors import UaoError

_HEAD_BYTES = 64
_TAKE = b'"uao-pose"'  # in the first line of a take that was exported as JSON
_MOST_INDEX_BYTES = 1 << 24
"""More of an MP4's index is not searched; kinds of tracks stand at the beginning of each."""


def is_folder(path: Path) -> bool:
    """Whether it is a folder for sure: what may not be looked at, or has too long a name, is none here."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """The same for a file."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_there(path: Path) -> bool:
    """The same for anything: what may not be looked at is told when it is to be read or written."""
    try:
        return path.exists()
    except OSError:
        return False


def check_video_file(path: Path) -> None:
    """Refuse what cannot be a video without asking a decoder, which would wait for a pipe for ever.

    Raises:
        UaoError: there is nothing, or it is a folder, a pipe or a device, or empty, or may not be read.
    """
    translate = QCoreApplication.translate
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            text = translate("FileSource", "{path} is a folder; give the name of a video file.")
            raise UaoError(text.format(path=path))
        if not stat.S_ISREG(mode):
            text = translate("FileSource", "{path} is a pipe or a device; save the video in a file and give its name.")
            raise UaoError(text.format(path=path))
        with path.open("rb") as file:
            is_empty = not file.read(1)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            text = translate("FileSource", "There is no file {path}; check the name.")
            raise UaoError(text.format(path=path)) from error
        text = translate(
            "FileSource", "{path} cannot be opened ({reason}); check its permissions, and that its disk is connected."
        )
        raise UaoError(text.format(path=path, reason=error.strerror or error)) from error
    if is_empty:
        text = translate("FileSource", "{path} is empty; copy the video again.")
        raise UaoError(text.format(path=path))


def why_unreadable(path: Path) -> str:
    """A sentence on a file in which the decoder finds no picture."""
    translate = QCoreApplication.translate
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            index = _mp4_index(file) if head[4:8] == b"ftyp" else None
            is_sound = head[:4] == b"RIFF" and head[8:12] == b"WAVE" if index is None else b"soun" in index
    except OSError:
        index, is_sound, head = None, False, b""
    if head[4:8] == b"ftyp" and index is None:
        text = translate(
            "FileSource",
            "{path} is cut off: the index that is written last (moov) is missing; copy it again, or repair it.",
        )
    elif is_sound and b"vide" not in (index or b""):
        text = translate("FileSource", "{path} holds sound and no pictures; give the name of a video file.")
    elif _TAKE in head:
        text = translate(
            "FileSource", "{path} is a take and no video; with --headless and --export it is written in other formats."
        )
    else:
        text = translate("FileSource", "{path} cannot be read as a video; try to play it, or convert it to MP4 (H.264).")
    return text.format(path=path)


def _mp4_index(file: BinaryIO) -> bytes | None:
    """What is in an MP4's index; None where there is none, or not all of it."""
    for box in boxes(file):
        if box.kind == INDEX:
            wanted = min(box.end - box.start, _MOST_INDEX_BYTES)
            file.seek(box.start)
            content = file.read(wanted)
            return content if len(content) == wanted else None
    return None
