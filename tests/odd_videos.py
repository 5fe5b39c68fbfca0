"""Videos as nobody wants them: odd, broken, or no videos at all, a few kilobytes each.

Every picture bears its number in six squares at its lower border, so that a test knows which one it sees.
"""

import struct
import wave
from pathlib import Path

import cv2
import numpy as np

SIZE, FPS, COUNT = (96, 64), 20.0, 20


def picture(number, size=SIZE):
    """Black, with a white upper left quarter, and the number in squares."""
    width, height = size
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = 255
    for bit in range(6):
        pixels[3 * height // 4 :, width * bit // 6 : width * (bit + 1) // 6] = 255 * (number >> bit & 1)
    return pixels


def number_of(pixels):
    """What the squares say."""
    height, width = pixels.shape[:2]
    return sum(int(pixels[7 * height // 8, width * (2 * bit + 1) // 12, 0] > 127) << bit for bit in range(6))


def video(folder, suffix, count=COUNT, size=SIZE, fps=FPS, colour=True):
    """Bytes of a numbered video in the container of a suffix."""
    codec = {".avi": "MJPG", ".mkv": "MJPG", ".mp4": "mp4v", ".webm": "VP80"}[suffix]
    path = folder / f"made{suffix}"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, size, colour)
    for number in range(count):
        pixels = picture(number, size)
        writer.write(pixels if colour else pixels[..., 0])
    writer.release()
    content = path.read_bytes()
    path.unlink()
    return content


def jpeg(number, size=SIZE):
    return cv2.imencode(".jpg", picture(number, size))[1].tobytes()


def index_first(mp4):
    """An MP4 with its index before the pictures, as for the web: what is cut off of it then are pictures."""
    boxes = dict(_boxes(mp4))
    index = bytearray(boxes.pop(b"moov"))
    at = index.index(b"stco") + 4
    (count,) = struct.unpack_from(">I", index, at + 4)
    for place in range(at + 8, at + 8 + 4 * count, 4):
        struct.pack_into(">I", index, place, struct.unpack_from(">I", index, place)[0] + len(index))
    kinds = list(boxes)
    before = kinds.index(b"mdat")
    return b"".join([*(boxes[kind] for kind in kinds[:before]), bytes(index), *(boxes[kind] for kind in kinds[before:])])


def _boxes(mp4):
    at = 0
    while at < len(mp4):
        (size,) = struct.unpack_from(">I", mp4, at)
        yield mp4[at + 4 : at + 8], mp4[at : at + size]
        at += size


def avi_header(avi, *, frame_us=None, rate=None, count=None):
    """An AVI with other words in its header: microseconds a frame, frames a second of the stream, number of frames."""
    content = bytearray(avi)
    main, stream = avi.index(b"avih") + 8, avi.index(b"strh") + 8
    for value, *places in ((frame_us, main), (rate, stream + 24), (count, main + 16, stream + 32)):
        for place in places if value is not None else ():
            struct.pack_into("<I", content, place, value)
    return bytes(content)


def with_stamps(mkv, stamps_ms):
    """A Matroska file whose pictures bear other timestamps, up to half a minute away from their own."""
    content, stamps = bytearray(mkv), iter(stamps_ms)
    for at, cluster_ms in _blocks(mkv, 0, len(mkv), 0):
        struct.pack_into(">h", content, at + 1, next(stamps) - cluster_ms)  # behind the number of the track
    assert next(stamps, None) is None
    return bytes(content)


_SEGMENT, _CLUSTER, _TIMESTAMP, _GROUP, _SIMPLE_BLOCK, _BLOCK = 0x18538067, 0x1F43B675, 0xE7, 0xA0, 0xA3, 0xA1  # RFC 9559


def _blocks(mkv, at, end, cluster_ms):
    """Where the pictures are, and the time of the cluster that each is in."""
    while at < end:
        kind, at = _number(mkv, at, keep_marker=True)
        size, at = _number(mkv, at)
        if kind in (_SEGMENT, _CLUSTER, _GROUP):
            yield from _blocks(mkv, at, at + size, cluster_ms)
        elif kind == _TIMESTAMP:
            cluster_ms = int.from_bytes(mkv[at : at + size])
        elif kind in (_SIMPLE_BLOCK, _BLOCK):
            yield at, cluster_ms
        at += size


def _number(mkv, at, keep_marker=False):
    length = 9 - mkv[at].bit_length()
    value = int.from_bytes(mkv[at : at + length])
    return value if keep_marker else value & ~(1 << (7 * length)), at + length


def ten_bit(count=COUNT, size=SIZE):
    """A YUV4MPEG2 stream with ten bits a sample, two bytes each."""
    width, height = size
    chroma = np.full(width * height // 2, 512, "<u2").tobytes()
    pictures = (np.clip(4 * picture(number, size)[..., 0].astype("<u2"), 64, 940).tobytes() for number in range(count))
    head = f"YUV4MPEG2 W{width} H{height} F20:1 Ip A1:1 C420p10 XYSCSS=420P10\n".encode()
    return head + b"".join(b"FRAME\n" + luma + chroma for luma in pictures)


def sound(path):
    """A second of silence as WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000))
    return path


def longest_name(suffix):
    """A name of 255 bytes."""
    return "ü" * ((255 - len(suffix)) // 2) + "x" * ((255 - len(suffix)) % 2) + suffix


def damaged(content, first, last):
    """Zeros between two shares of the file."""
    start, stop = round(first * len(content)), round(last * len(content))
    return content[:start] + bytes(stop - start) + content[stop:]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
