"""Why a webcam gives no picture, in a sentence that says what to do. The system tells the cases apart, more or less."""

import errno
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication

_VIDIOC_REQBUFS = 0xC0145608
"""`videodev2.h`: `_IOWR('V', 8, struct v4l2_requestbuffers)`, of 20 bytes: count, type, memory, capabilities, flags."""
_VIDEO_CAPTURE, _MMAP = 1, 1


def why_not_opened(index: int, names: Mapping[int, str]) -> str:
    """A sentence on a camera that could not be opened.

    Args:
        index: the number it was asked for by.
        names: of the webcams that are plugged in, by their numbers.
    """
    translate = QCoreApplication.translate
    camera, device = _title(index, names), device_path(index)
    if index not in names and (device is None or not device.exists()):
        plugged = ", ".join(f"{number} ({name})" for number, name in sorted(names.items()))
        if not plugged:
            return translate("CameraTrouble", "There is no camera {index}; no webcam is plugged in.").format(index=index)
        text = translate("CameraTrouble", "There is no camera {index}; plugged in are: {plugged}.")
        return text.format(index=index, plugged=plugged)
    if device is not None:
        if not os.access(device, os.R_OK | os.W_OK):
            text = translate(
                "CameraTrouble",
                "{camera} may not be used by you: {device} is for the group {group}; "
                "join it (sudo usermod -aG {group} $USER) and log in again.",
            )
        elif is_busy(device):
            text = translate(
                "CameraTrouble",
                "{camera} is used by another program; end that one (a video call, a browser) and open the camera again.",
            )
        else:
            text = translate(
                "CameraTrouble",
                "{camera} cannot be opened; another program may use it, or it is stuck: unplug it and plug it in again.",
            )
        return text.format(camera=camera, device=device, group=_group(device))
    if sys.platform == "win32":
        privacy = translate(
            "CameraTrouble",
            "Windows may forbid it (Settings > Privacy & security > Camera, with a switch of its own for desktop apps)",
        )
    elif sys.platform == "darwin":
        privacy = translate(
            "CameraTrouble",
            "macOS may forbid it (System Settings > Privacy & Security > Camera: allow this program, or the terminal that "
            "it was started from, then start it again)",
        )
    else:
        privacy = translate("CameraTrouble", "the system may forbid it")
    text = translate("CameraTrouble", "{camera} cannot be opened: another program may use it, or {privacy}.")
    return text.format(camera=camera, privacy=privacy)


def why_no_picture(index: int, names: Mapping[int, str], is_mode_chosen: bool) -> str:
    """A sentence on a camera that opened and then gave nothing."""
    translate = QCoreApplication.translate
    camera, device = _title(index, names), device_path(index)
    if device is not None and device.exists() and is_busy(device):
        text = translate(
            "CameraTrouble",
            "{camera} gives no picture, for another program uses it; end that one and open the camera again.",
        )
    elif is_mode_chosen:
        text = translate(
            "CameraTrouble",
            "{camera} gives no picture; check its cover and its cable, end other programs that may use it, "
            "or choose another resolution or rate.",
        )
    else:
        text = translate(
            "CameraTrouble",
            "{camera} gives no picture; check its cover and its cable, end other programs that may use it.",
        )
    return text.format(camera=camera)


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
    camera = QCoreApplication.translate("CameraTrouble", "Camera {index}").format(index=index)
    return f"{camera} ({names[index]})" if index in names else camera


def _group(device: Path) -> str:
    try:
        return device.group()
    except (KeyError, OSError, NotImplementedError):
        return "video"
