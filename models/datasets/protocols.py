"""Who is tested on, and by which figures papers compare."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from models.datasets.capture import Capture
from uao_core.metrics import joint_error_mm, mpjpe_mm, pa_mpjpe_mm
from uao_core.skeleton import HEAD_TOP, LIMB_JOINTS, PELVIS, THORAX

TEST_SUBJECTS = ("S9", "S11")
_DAMAGED = ("S11", "Directions")
"""Its video is damaged in one camera; VideoPose3D leaves it out, so that figures compare only without it."""


def is_tested(capture: Capture) -> bool:
    """Whether a capture belongs to its set's test part; sets without a split are all test.

    Of Human3.6M every frame of S9 and S11 from all four cameras is tested, as Martinez et al. (ICCV 2017) and Pavllo et al.
    (CVPR 2019) do. An older second protocol, every 64th frame of S11 or of S9 and S11 in the frontal camera, is not offered:
    its figures do not compare with these.
    """
    source, _, subject = capture.subject.partition("/")
    return source != "h36m" or (subject in TEST_SUBJECTS and (subject, capture.name) != _DAMAGED)


def _centred(poses_m: Tensor) -> Tensor:
    return poses_m - poses_m[..., PELVIS : PELVIS + 1, :]


def _relative_mm(predicted_m: Tensor, truth_m: Tensor) -> float:
    return mpjpe_mm(_centred(predicted_m), _centred(truth_m))


_PCK_MM = 150.0
_PCK_JOINTS = [HEAD_TOP, THORAX, *LIMB_JOINTS]


def _pck(predicted_m: Tensor, truth_m: Tensor, within_mm: Tensor) -> float:
    """Percentage of joints within a distance, mean over all distances (N,)."""
    error = joint_error_mm(_centred(predicted_m), _centred(truth_m))[..., _PCK_JOINTS]
    return 100 * float((error[..., None] < within_mm).double().mean())


_FIGURES: dict[str, dict[str, Callable[[Tensor, Tensor], float]]] = {
    "h36m": {"h36m_1_mm": _relative_mm, "h36m_2_mm": pa_mpjpe_mm},
    "mpi-inf-3dhp": {
        "mpjpe_17_mm": _relative_mm,
        "pck_percent": lambda p, t: _pck(p, t, torch.tensor([_PCK_MM])),
        "auc_percent": lambda p, t: _pck(p, t, torch.arange(0, _PCK_MM + 1, 5)),
    },
}


def part_of(capture: Capture) -> str:
    """ "source/part": what papers average over first, of Human3.6M an action; other sets are one part."""
    source = capture.subject.partition("/")[0]
    return f"{source}/{capture.name.partition(' ')[0] if source == 'h36m' else ''}"


@dataclass
class Published:
    """The figures by which papers compare, of many sequences of one data set; none for sets that have no such figures.

    Human3.6M: protocol 1 (error relative to the pelvis) and 2 (error after Procrustes) over all 17 joints, the pelvis among
    them, a mean of every action's mean (Pavllo et al., CVPR 2019).
    MPI-INF-3DHP: MPJPE of all 17 joints, and of head top, neck and limbs the share within 150 mm (PCK) and its mean over
    0, 5 ... 150 mm (AUC), over all valid frames (Mehta et al., 3DV 2017).
    """

    _parts: dict[str, list[tuple[int, dict[str, float]]]] = field(default_factory=dict, init=False)

    def add(self, part: str, predicted_m: Tensor, truth_m: Tensor) -> None:
        """Count the frames of (F, 17, 3) in which all joints are known; `part` is that of `part_of`."""
        whole = (predicted_m.isfinite() & truth_m.isfinite()).all(dim=2).all(dim=1)
        figures = _FIGURES.get(part.partition("/")[0], {})
        if figures and whole.any():
            found = {name: figure(predicted_m[whole], truth_m[whole]) for name, figure in figures.items()}
            self._parts.setdefault(part, []).append((int(whole.sum()), found))

    def figures(self) -> dict[str, float]:
        """Means over the parts, whatever their number of frames."""
        means = []
        for counted in self._parts.values():
            frames = sum(count for count, _ in counted)
            means.append({name: sum(n * found[name] for n, found in counted) / frames for name in counted[0][1]})
        return {name: round(sum(mean[name] for mean in means) / len(means), 2) for name in means[0]} if means else {}
