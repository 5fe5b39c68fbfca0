"""MP4 files as phones write them, made of plain ones: turned by a matrix, with frames that last unequally long."""

import struct

_TURN = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
"""a, b, c, d of the matrix in `tkhd` (ISO/IEC 14496-12) for pictures to be turned clockwise by so many degrees."""
_PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


def turned(mp4: bytes, degrees: int) -> bytes:
    """The file with the note that its pictures are to be turned clockwise; the pictures are not touched."""
    content = bytearray(mp4)
    matrix = content.index(b"tkhd") + 4 + 40
    a, b, c, d = (value * 0x10000 for value in _TURN[degrees])
    content[matrix : matrix + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 0x40000000)
    return bytes(content)


def with_durations(mp4: bytes, durations: list[int]) -> bytes:
    """The file with its frames lasting so many ticks each, in the order of decoding, and shown in that order.

    The index grows, so a new one goes to the end of the file and the old one becomes free space: no picture moves.
    """
    start = mp4.index(b"moov") - 4
    (size,) = struct.unpack(">I", mp4[start : start + 4])
    old = mp4[start : start + size]
    freed = mp4[: start + 4] + b"free" + mp4[start + 8 :]
    return freed + _with_times(old, durations)


def ticks_a_second(mp4: bytes) -> int:
    """Of the first track (`mdhd`, version 0)."""
    at = mp4.index(b"mdhd") + 4 + 12
    return struct.unpack(">I", mp4[at : at + 4])[0]


def _with_times(box: bytes, durations: list[int]) -> bytes:
    kind, inside = box[4:8], box[8:]
    if kind == b"stts":
        entries = b"".join(struct.pack(">II", 1, ticks) for ticks in durations)
        inside = struct.pack(">II", 0, len(durations)) + entries
    elif kind in (b"edts", b"ctts"):  # no delay, and no frame that is shown in another order than it is decoded in
        return b""
    elif kind in _PARENTS:
        inside = b"".join(_with_times(child, durations) for child in _children(inside))
    return struct.pack(">I", 8 + len(inside)) + kind + inside


def _children(inside: bytes) -> list[bytes]:
    children, at = [], 0
    while at < len(inside):
        (size,) = struct.unpack(">I", inside[at : at + 4])
        children.append(inside[at : at + size])
        at += size
    return children
