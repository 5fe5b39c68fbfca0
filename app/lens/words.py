"""What the calibration needs and finds, in words, for command line and window."""

from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from app.lens.chessboard import Calibration, Need, Verdict
from app.lens.lens import InUse, Known

_NEEDS: dict[Need, Any] = {  # of the type that the marker claims to return, which is none
    Need.FACING_LEFT: QT_TRANSLATE_NOOP("Lens", "turn the board by 30 degrees, so that it faces the left of the picture."),
    Need.FACING_RIGHT: QT_TRANSLATE_NOOP("Lens", "turn the board by 30 degrees, so that it faces the right of the picture."),
    Need.LEANING_BACK: QT_TRANSLATE_NOOP("Lens", "lean the board back by 30 degrees, so that it faces up."),
    Need.LEANING_FORWARD: QT_TRANSLATE_NOOP("Lens", "lean the board forward by 30 degrees, so that it faces down."),
    Need.LEFT: QT_TRANSLATE_NOOP("Lens", "move the board to the left of the picture."),
    Need.RIGHT: QT_TRANSLATE_NOOP("Lens", "move the board to the right of the picture."),
    Need.TOP: QT_TRANSLATE_NOOP("Lens", "move the board to the top of the picture."),
    Need.BOTTOM: QT_TRANSLATE_NOOP("Lens", "move the board to the bottom of the picture."),
    Need.MORE: QT_TRANSLATE_NOOP("Lens", "show the board in other places, nearer and farther, tilted in other ways."),
}
_VERDICTS: dict[Verdict, Any] = {
    Verdict.NO_BOARD: QT_TRANSLATE_NOOP("Lens", "The board is not seen as a whole."),
    Verdict.BLURRED: QT_TRANSLATE_NOOP("Lens", "The picture is blurred: hold the board still, or make more light."),
    Verdict.KNOWN: QT_TRANSLATE_NOOP("Lens", "Seen like this before."),
    Verdict.KEPT: QT_TRANSLATE_NOOP("Lens", "This one is new."),
}
_MIRRORED = {
    Need.FACING_LEFT: Need.FACING_RIGHT,
    Need.FACING_RIGHT: Need.FACING_LEFT,
    Need.LEFT: Need.RIGHT,
    Need.RIGHT: Need.LEFT,
}


def need_in_words(need: Need, *, mirrored: bool = False) -> str:
    """What to do next; sides are those of the picture as it is shown."""
    return QCoreApplication.translate("Lens", _NEEDS[_MIRRORED.get(need, need) if mirrored else need])


def verdict_in_words(verdict: Verdict) -> str:
    return QCoreApplication.translate("Lens", _VERDICTS[verdict])


def bend_in_words(calibration: Calibration) -> str:
    """That the lens bends, and what follows."""
    return QCoreApplication.translate(
        "Lens",
        "This lens bends straight lines: points in the corners lie {bend} pixels off. Poses are found as if it did not; "
        "keep people near the middle, or switch the camera to a narrower view.",
    ).format(bend=f"{abs(calibration.bend_px):.0f}")


def in_use_in_words(camera: InUse, camera_name: str | None = None) -> str:
    """Where the focal length that is in force comes from."""
    translate = QCoreApplication.translate
    numbers = {
        "focal": f"{camera.intrinsics.focal_px:.0f}",
        "camera": camera_name or "",
        "date": "",
        "width": "",
        "height": "",
    }
    if camera.lens is not None:
        width, height = camera.lens.image_size
        numbers |= {"date": camera.lens.date, "width": str(width), "height": str(height)}
    if camera.known is Known.ASSUMED:
        text = translate("Lens", "Assumed: 60° across the longer side.")
        if camera.lens is not None:
            text += translate(
                "Lens", " The measured lens is of {width} x {height} pictures, which are cut otherwise, and is not used."
            )
    elif camera.known in (Known.FOCAL, Known.FOV):
        text = translate("Lens", "Given: {focal} px.")
    elif camera.lens is not None and camera.lens.how == "recording":
        text = translate("Lens", "{focal} px, as when it was recorded.")
    elif camera.known is Known.SOURCE:
        text = translate("Lens", "{focal} px, measured on {date} for {camera}.")
    else:
        text = translate("Lens", "{focal} px, measured on {date}.")
    return text.format(**numbers)
