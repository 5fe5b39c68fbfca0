"""The boxes that an MP4 file is a chain of (ISO/IEC 14496-12)."""

import os
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

INDEX = b"moov"
"""The kind of the box without which nothing in the file can be found; most programs write it last."""


class Box(NamedTuple):
    """A box at the top: its kind, and where in the file its content begins and ends."""

    kind: bytes
    start: int
    end: int


def boxes(file: BinaryIO) -> Iterator[Box]:
    """In their order, as far as the chain goes; the last may promise more than the file holds."""
    size, at = file.seek(0, os.SEEK_END), 0
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length, kind, inside = int.from_bytes(head[:4]), head[4:8], 8
        if length == 1:  # a length of 64 bits follows
            length, inside = int.from_bytes(head[8:16]), 16
        if length == 0:  # up to the end
            length = size - at
        if length < inside:
            return
        yield Box(kind, at + inside, at + length)
        at += length
