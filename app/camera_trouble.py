"""Why a webcam gives no picture, in a sentence that says what to do. The system tells the cases apart, more or less."""

import errno
import os
import sys
from collections.abc import Mapping
from pathlib import Path

_VIDIOC_REQBUFS = 0xC0145608
"""`videodev2.h`: `_IOWR('V', 8, struct v4l2_requestbuffers)`, of 20 bytes: count, type, memory, capabilities, flags."""
_VIDEO_CAPTURE, _MMAP = 1, 1


def why_not_opened(index: int, names: Mapping[int, str]) -> str:
    """A sentence on a camera that could not be opened.

    Args:
        index: the number it was asked for by.
        names: of the webcams that are plugged in, by their numbers.
    """
    camera, device = _title(index, names), device_path(index)
    if index not in names and (device is None or not device.exists()):
        plugged = ", ".join(f"{number} ({name})" for number, name in sorted(names.items()))
        return f"There is no camera {index}; " + (f"plugged in are: {plugged}." if plugged else "no webcam is plugged in.")
    if device is not None:
        if not os.access(device, os.R_OK | os.W_OK):
            return (
                f"{camera} may not be used by you: {device} is for the group {_group(device)}; "
                f"join it (sudo usermod -aG {_group(device)} $USER) and log in again."
            )
        if is_busy(device):
            return f"{camera} is used by another program; end that one (a video call, a browser) and open the camera again."
        return f"{camera} cannot be opened; another program may use it, or it is stuck: unplug it and plug it in again."
    privacy = {
        "win32": "Windows may forbid it (Settings > Privacy & security > Camera, with a switch of its own for desktop apps)",
        "darwin": (
            "macOS may forbid it (System Settings > Privacy & Security > Camera: allow this program, or the terminal that "
            "it was started from, then start it again)"
        ),
    }.get(sys.platform, "the system may forbid it")
    return f"{camera} cannot be opened: another program may use it, or {privacy}."


def why_no_picture(index: int, names: Mapping[int, str], is_mode_chosen: bool) -> str:
    """A sentence on a camera that opened and then gave nothing."""
    camera, device = _title(index, names), device_path(index)
    if device is not None and device.exists() and is_busy(device):
        return f"{camera} gives no picture, for another program uses it; end that one and open the camera again."
    other = ", or choose another resolution or rate" if is_mode_chosen else ""
    return f"{camera} gives no picture; check its cover and its cable, end other programs that may use it{other}."


def device_path(index: int) -> Path | None:
    """The file that stands for a camera; None where the system has no such files."""
    return Path(f"/dev/video{index}") if sys.platform == "linux" else None


def is_busy(device: Path) -> bool:
    """Whether another program takes pictures from a V4L2 device: its buffers are refused then, even if none is asked for."""
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        handle = os.open(device, os.O_RDWR | os.O_NONBLOCK)
        try:
            fcntl.ioctl(handle, _VIDIOC_REQBUFS, _no_buffers())
        finally:
            os.close(handle)
    except OSError as error:
        return error.errno == errno.EBUSY
    return False


def _no_buffers() -> bytes:
    fields = (0, _VIDEO_CAPTURE, _MMAP, 0, 0)
    return b"".join(field.to_bytes(4, sys.byteorder) for field in fields)


def _title(index: int, names: Mapping[int, str]) -> str:
    return f"Camera {index} ({names[index]})" if index in names else f"Camera {index}"


def _group(device: Path) -> str:
    try:
        return device.group()
    except (KeyError, OSError, NotImplementedError):
        return "video"
