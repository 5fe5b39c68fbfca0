"""Who is trained on and who is tested on in Human3.6M, and by which error."""

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor

from models.datasets.capture import Capture
from uao_core.errors import UaoError
from uao_core.metrics import mpjpe_mm, pa_mpjpe_mm
from uao_core.skeleton import PELVIS

TRAIN_SUBJECTS = ("S1", "S5", "S6", "S7", "S8")
TEST_SUBJECTS = ("S9", "S11")
_DAMAGED = ("S11", "Directions")
"""Its video is damaged in one camera; VideoPose3D leaves it out, so that figures compare only without it."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """A split and an error, as Martinez et al. (ICCV 2017) and Pavllo et al. (CVPR 2019) use them.

    Attributes:
        name: "h36m-1" or "h36m-2".
        train, test: captures of the training and of the test subjects; every frame and every camera counts.
        aligned: whether every predicted pose is first brought to the truth by rotation, shift and scale (Procrustes).
    """

    name: str
    train: tuple[Capture, ...]
    test: tuple[Capture, ...]
    aligned: bool

    def error_mm(self, predicted_m: Tensor, truth_m: Tensor) -> float:
        """Mean error of poses (..., 17, 3) over all 17 joints, the pelvis among them, in millimetres."""
        if self.aligned:
            return pa_mpjpe_mm(predicted_m, truth_m)
        pelvis = slice(PELVIS, PELVIS + 1)
        return mpjpe_mm(predicted_m - predicted_m[..., pelvis, :], truth_m - truth_m[..., pelvis, :])


def protocol(captures: Iterable[Capture], name: str) -> Protocol:
    """Human3.6M's protocol "h36m-1" (error relative to the pelvis) or "h36m-2" (error after Procrustes).

    Both test on every frame of S9 and S11 from all four cameras. An older second protocol, every 64th frame of S11 or of
    S9 and S11 in the frontal camera, is not offered: its figures do not compare with these.

    Raises:
        UaoError: another name, or a capture of none of the seven subjects.
    """
    if name not in ("h36m-1", "h36m-2"):
        raise UaoError(f"There is no protocol {name}; choose h36m-1 or h36m-2.")
    train, test = split_h36m(captures)
    return Protocol(name, train, test, aligned=name == "h36m-2")


def split_h36m(captures: Iterable[Capture]) -> tuple[tuple[Capture, ...], tuple[Capture, ...]]:
    """Captures of S1, S5, S6, S7 and S8, and those of S9 and S11 without the damaged S11 "Directions".

    Raises:
        UaoError: a capture is of none of these subjects.
    """
    train, test = [], []
    for capture in captures:
        source, _, subject = capture.subject.partition("/")
        if source != "h36m" or subject not in TRAIN_SUBJECTS + TEST_SUBJECTS:
            raise UaoError(f"{capture.subject} is no subject of Human3.6M's split; leave it out.")
        if subject in TRAIN_SUBJECTS:
            train.append(capture)
        elif is_tested(capture):
            test.append(capture)
    return tuple(train), tuple(test)


def is_tested(capture: Capture) -> bool:
    """Whether a capture belongs to its set's test part; sets without a split are all test."""
    source, _, subject = capture.subject.partition("/")
    return source != "h36m" or (subject in TEST_SUBJECTS and (subject, capture.name) != _DAMAGED)
