"""Motion capture for training: motion by subject, split by person, weighed by rarity."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from uao_core.errors import UaoError
from uao_core.skeleton import NUM_JOINTS, PELVIS

_H36M_IN_MOCAP = """
hip_center r_hip r_knee r_ankle l_hip l_knee l_ankle spine neck_base nose head_top
l_shoulder l_elbow l_wrist r_shoulder r_elbow r_wrist
""".split()  # noqa: SIM905 (one line a joint would be no easier to read)

UNSEEN_LABORATORY = "accad"
"""Never trained on: its licence is not verified, and it serves as the cross-domain test."""


FPS = 30.0


@dataclass(frozen=True, slots=True)
class Motion:
    """Captured motion in metres, Y up, right-handed, y = 0 near the floor, 30 frames a second.

    Attributes:
        joints: (N, 17, 3) global joint positions, take after take.
        subject: (N,) "source/subject" of each frame.
        first, last: (N,) first and last frame of the unbroken take that a frame belongs to.
    """

    joints: NDArray[np.float32]
    subject: NDArray[np.str_]
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.joints)

    def windows(self, middle: Tensor, frames: int, step: Tensor) -> Tensor:
        """(B, frames, 17, 3) windows about `middle` (B,), `step` (B,) captured frames apart (fractions are interpolated).

        A window that reaches beyond its take is shifted; one that is longer than its take stands still at the end.
        """
        first, last = torch.from_numpy(self.first)[middle], torch.from_numpy(self.last)[middle]
        span = (frames - 1) * step
        start = (middle - span / 2).minimum(last - span).maximum(first.to(span.dtype))
        at = (start[:, None] + step[:, None] * torch.arange(frames)).minimum(last[:, None].to(span.dtype))
        before = at.floor().long()
        after = (before + 1).minimum(last[:, None])
        share = (at - before)[..., None, None].float()
        joints = torch.from_numpy(self.joints)
        return torch.lerp(joints[before], joints[after], share)


def read_archive(path: Path) -> Motion:
    """Read one `mocap_*.npz`.

    The archive holds, per clip, differences of positions in 16-bit units (`d16`, (84, F)), so that a cumulative sum
    along each clip gives 27 joints relative to the root and, as the 28th, the root itself. A frame that lacks one of
    the 17 joints is left out and ends a take.
    """
    source = path.stem.removeprefix("mocap_")
    try:
        with np.load(path) as archive:
            differences, unit = archive["d16"], float(archive["unit"])
            names = [str(name) for name in archive["joint_names"]]
            starts, lengths = archive["clip_start"], archive["clip_len"]
            frames = differences.shape[1]
            valid = np.unpackbits(archive["valid"])[: frames * len(names)].reshape(frames, -1).astype(bool)
            subjects = np.repeat([f"{source}/{name}" for name in archive["clip_subject"]], lengths)
    except (OSError, ValueError, KeyError) as error:
        raise UaoError(f"{path} is no mocap archive that can be read ({error}); see the README beside it.") from error
    columns = [names.index(name) for name in _H36M_IN_MOCAP]
    positions = np.empty((NUM_JOINTS, 3, frames), dtype=np.float32)
    relative = differences.reshape(-1, 3, frames)
    root = np.empty((3, frames), dtype=np.float32)
    for start, length in zip(starts, lengths, strict=True):
        clip = slice(start, start + length)
        positions[..., clip] = np.cumsum(relative[columns, :, clip], axis=-1, dtype=np.int32) * unit
        root[:, clip] = np.cumsum(relative[-1, :, clip], axis=-1, dtype=np.int32) * unit
    joints = (positions + root).transpose(2, 0, 1)
    whole = valid[:, columns].all(axis=1) & np.isfinite(joints).all(axis=(1, 2))
    opens = np.zeros(frames, dtype=bool)
    opens[starts] = True
    opens[1:] |= ~whole[:-1]
    take = np.cumsum(opens)[whole]
    return Motion(np.ascontiguousarray(joints[whole]), subjects[whole], *_ends(take))


def _ends(take: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last index of each element's run of equal values."""
    _, first, inverse, count = np.unique(take, return_index=True, return_inverse=True, return_counts=True)
    return first[inverse], (first + count - 1)[inverse]


def join(parts: Sequence[Motion]) -> Motion:
    """One after another."""
    offsets = np.cumsum([0, *(len(part) for part in parts[:-1])])
    return Motion(
        np.concatenate([p.joints for p in parts]),
        np.concatenate([p.subject for p in parts]),
        np.concatenate([p.first + offset for p, offset in zip(parts, offsets, strict=True)]),
        np.concatenate([p.last + offset for p, offset in zip(parts, offsets, strict=True)]),
    )


def read_folder(folder: Path, *, unseen: bool = False) -> Motion:
    """Read all archives of a folder: those to train on, or (`unseen`) the laboratory kept for testing."""
    paths = [path for path in sorted(folder.glob("mocap_*.npz")) if path.stem.endswith(UNSEEN_LABORATORY) == unseen]
    if not paths:
        raise UaoError(f"{folder} holds no mocap_*.npz to {'test' if unseen else 'train'} on; name the folder that does.")
    return join([read_archive(path) for path in paths])


def split_by_subject(motion: Motion, held_out: float = 0.08) -> tuple[Motion, Motion]:
    """Training and held-out motion; no subject is in both.

    The number alone decides (a hash of it), so CMU's two skeletons of one subject fall on the same side.
    """
    names, index = np.unique(motion.subject, return_inverse=True)
    numbers = [name.split("/")[1] for name in names]
    out = np.array([hashlib.sha256(n.encode()).digest()[0] < held_out * 256 for n in numbers])[index]
    return _select(motion, ~out), _select(motion, out)


def _select(motion: Motion, chosen: NDArray[np.bool_]) -> Motion:
    """Whole takes only: a take has one subject."""
    return Motion(motion.joints[chosen], motion.subject[chosen], *_ends(motion.first[chosen]))


def rarity_weights(joints: NDArray[np.float32], centres: int = 256, seed: int = 0) -> NDArray[np.float32]:
    """(N,) sampling weights that even out a walk-heavy library.

    Poses, freed of place and heading, are assigned to the nearest of `centres` random poses; a pose weighs one over the
    square root of its cluster's size.
    """
    local = heading_free(joints).reshape(len(joints), -1)
    rng = np.random.default_rng(seed)
    chosen = local[rng.choice(len(local), centres, replace=False)]
    nearest = np.empty(len(local), dtype=np.int64)
    for start in range(0, len(local), 65536):
        part = local[start : start + 65536]
        distance = (chosen**2).sum(axis=1) - 2 * part @ chosen.T
        nearest[start : start + 65536] = distance.argmin(axis=1)
    count = np.bincount(nearest, minlength=centres)
    weight = (1.0 / np.sqrt(count[nearest])).astype(np.float32)
    return weight / weight.sum()


def heading_free(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 17, 3) root-relative poses turned about the vertical so that the hips lie along x."""
    relative = joints - joints[:, PELVIS : PELVIS + 1]
    across = joints[:, 4] - joints[:, 1]  # left hip minus right hip
    angle = np.arctan2(across[:, 2], across[:, 0])
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y, z = relative[..., 0], relative[..., 1], relative[..., 2]
    return np.stack([cos * x + sin * z, y, cos * z - sin * x], axis=-1)
