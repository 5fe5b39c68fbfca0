"""The joints' names as people read them, to be translated."""

from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

_LABELS: tuple[Any, ...] = (  # of the type that the marker claims to return, which is none
    QT_TRANSLATE_NOOP("Joint", "pelvis"),
    QT_TRANSLATE_NOOP("Joint", "right hip"),
    QT_TRANSLATE_NOOP("Joint", "right knee"),
    QT_TRANSLATE_NOOP("Joint", "right ankle"),
    QT_TRANSLATE_NOOP("Joint", "left hip"),
    QT_TRANSLATE_NOOP("Joint", "left knee"),
    QT_TRANSLATE_NOOP("Joint", "left ankle"),
    QT_TRANSLATE_NOOP("Joint", "spine"),
    QT_TRANSLATE_NOOP("Joint", "thorax"),
    QT_TRANSLATE_NOOP("Joint", "nose"),
    QT_TRANSLATE_NOOP("Joint", "head top"),
    QT_TRANSLATE_NOOP("Joint", "left shoulder"),
    QT_TRANSLATE_NOOP("Joint", "left elbow"),
    QT_TRANSLATE_NOOP("Joint", "left wrist"),
    QT_TRANSLATE_NOOP("Joint", "right shoulder"),
    QT_TRANSLATE_NOOP("Joint", "right elbow"),
    QT_TRANSLATE_NOOP("Joint", "right wrist"),
    QT_TRANSLATE_NOOP("Joint", "right toes"),
    QT_TRANSLATE_NOOP("Joint", "left toes"),
    QT_TRANSLATE_NOOP("Joint", "left hand"),
    QT_TRANSLATE_NOOP("Joint", "right hand"),
    QT_TRANSLATE_NOOP("Joint", "left ear"),
    QT_TRANSLATE_NOOP("Joint", "right ear"),
)


def joint_label(joint: int) -> str:
    """Of a joint's index in `uao_core.skeleton`, in the user's language."""
    return QCoreApplication.translate("Joint", _LABELS[joint])
