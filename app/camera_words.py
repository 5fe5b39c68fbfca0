"""What a webcam was asked for and what it gives, in words."""

from PySide6.QtCore import QCoreApplication

from app.camera import CameraMode, Delivery

_DIM_SHARE = 0.7
"""Of the rate asked for: exposure that is halved in dim light brings half of it."""
_SLOWEST_FPS = 5.5
"""The lifter knows motion from 6 frames a second on."""


def mode_text(mode: CameraMode) -> str:
    """What is asked for, in words."""
    translate = QCoreApplication.translate
    if mode.size is not None and mode.fps is not None:
        text = translate("CameraPanel", "{width}x{height} at {fps} fps")
    elif mode.size is not None:
        text = translate("CameraPanel", "{width}x{height}")
    elif mode.fps is not None:
        text = translate("CameraPanel", "{fps} fps")
    else:
        return translate("CameraPanel", "for the camera's own choice")
    return text.format(width=mode.width, height=mode.height, fps=f"{mode.fps or 0:g}")


def delivery_text(delivery: Delivery | None) -> str:
    """What was asked of a camera, what it gives, and what may be done where the two differ."""
    if delivery is None:
        return ""
    translate = QCoreApplication.translate
    (width, height), fps = delivery.size, delivery.fps
    given = (
        translate("CameraPanel", "{width}x{height}")
        if fps is None
        else translate("CameraPanel", "{width}x{height} at {fps} fps")
    )
    given = given.format(width=width, height=height, fps=f"{fps or 0:.1f}")
    text = translate("CameraPanel", "asked {asked}, getting {given}").format(asked=mode_text(delivery.asked), given=given)
    return "\n".join(filter(None, (text, delivery_warning(delivery))))


def delivery_warning(delivery: Delivery) -> str:
    """What is wrong with what a camera gives, and what may be done about it; empty where all is well."""
    translate = QCoreApplication.translate
    fps, asked_fps = delivery.fps, delivery.asked.fps
    if delivery.is_black:
        return translate(
            "CameraPanel", "The picture is black: is the lens covered, or the camera forbidden to this program?"
        )
    if delivery.is_still:
        return translate("CameraPanel", "The picture does not change: the camera is frozen. Plug it in again.")
    if fps is not None and fps < _SLOWEST_FPS:
        return translate(
            "CameraPanel",
            "Motion is lost between so few pictures: more light, a smaller picture or another socket may bring more.",
        )
    if fps is not None and asked_fps is not None and fps < _DIM_SHARE * asked_fps:
        return translate("CameraPanel", "In dim light cameras halve their rate: more light may bring it back.")
    return ""
