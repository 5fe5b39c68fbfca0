"""Motion for training: unbroken takes, split by person, weighed by rarity."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.datasets import Capture, read_captures
from models.datasets.protocols import TEST_SUBJECTS
from models.limbs import straightened
from uao_core.errors import UaoError
from uao_core.keypoints import widened
from uao_core.skeleton import EXTREMITIES, NUM_H36M, PARENTS, PELVIS

UNSEEN_LABORATORY = "accad"
"""Never trained on: its licence is not verified, and it serves as the cross-domain test."""


FPS = 30.0


@dataclass(frozen=True, slots=True)
class Motion:
    """Captured motion in metres, Y up, right-handed, y = 0 near the floor, 30 frames a second.

    Attributes:
        joints: (N, 23, 3) global joint positions, take after take; toes, hands and ears that were not captured lie at the
            joint that bears them.
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
        """(B, frames, 23, 3) windows about `middle` (B,), `step` (B,) captured frames apart (fractions are interpolated).

        A window that reaches beyond its take is shifted; one that is longer than its take stands still at the end.
        """
        first, last = torch.from_numpy(self.first)[middle], torch.from_numpy(self.last)[middle]
        step = step.double()  # of millions of frames, single precision knows no parts
        span = (frames - 1) * step
        start = (middle - span / 2).minimum(last - span).maximum(first.to(span.dtype))
        at = (start[:, None] + step[:, None] * torch.arange(frames)).minimum(last[:, None].to(span.dtype))
        before = at.floor().long()
        after = (before + 1).minimum(last[:, None])
        share = (at - before)[..., None, None].float()
        joints = torch.from_numpy(self.joints)
        return torch.lerp(joints[before], joints[after], share)


def motion_of(captures: Iterable[Capture]) -> Motion:
    """All captures, at 30 frames a second; a frame that lacks a joint of Human3.6M's is left out and ends a take.

    Raises:
        UaoError: no capture has a whole frame.
    """
    parts = [part for capture in captures if len(part := _one(capture))]
    if not parts:
        raise UaoError("No clip there has a frame with all 17 joints; check that the folder is the one you mean.")
    return join(parts)


def _one(capture: Capture) -> Motion:
    joints = _resampled(widened(capture.joints_m, np.nan), capture.fps)
    whole = np.asarray(np.isfinite(joints[:, :NUM_H36M]).all(axis=(1, 2)))
    for joint in EXTREMITIES:
        joints[:, joint] = np.where(np.isfinite(joints[:, joint]), joints[:, joint], joints[:, PARENTS[joint]])
    gaps = np.cumsum(~whole, dtype=np.int64)
    return Motion(np.ascontiguousarray(joints[whole]), np.repeat(capture.subject, whole.sum()), *_ends(gaps[whole]))


def _resampled(joints: NDArray[np.float32], fps: float) -> NDArray[np.float32]:
    """(F', 23, 3) at `FPS`, interpolated linearly; a joint that is missing beside a moment is missing there."""
    if fps == FPS or len(joints) < 2:
        return joints
    at = np.arange(0, len(joints) - 1 + 1e-6, fps / FPS)
    before = np.minimum(at.astype(np.int64), len(joints) - 2)
    share = (at - before)[:, None, None].astype(np.float32)
    return (1 - share) * joints[before] + share * joints[before + 1]


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


def read_motion(path: Path, layout: str | None = None, *, unseen: bool = False, stretch: bool = True) -> Motion:
    """All motion of a data set (`models.datasets`), without the laboratory kept for testing; or (`unseen`) that one alone.

    With `stretch` the limbs of all but the latter are bent as people bend them (`models.limbs`).

    Raises:
        UaoError: nothing there can be read, or nothing is left.
    """
    kept = (c for c in read_captures(path, layout) if c.subject.startswith(UNSEEN_LABORATORY + "/") == unseen)
    try:
        motion = motion_of(kept)
        return motion if unseen or not stretch else replace(motion, joints=straightened(motion.joints, motion.subject))
    except UaoError as error:
        what = "test" if unseen else "train"
        raise UaoError(f"{path} has nothing to {what} on: {error}") from error


def split_by_subject(motion: Motion, held_out: float = 0.08) -> tuple[Motion, Motion]:
    """Training and held-out motion; no subject is in both.

    Human3.6M is split as its protocols do. Elsewhere the subject's number alone decides (a hash of it), so that CMU's two
    skeletons of one subject fall on the same side.

    Raises:
        UaoError: one side would be empty.
    """
    names, index = np.unique(motion.subject, return_inverse=True)
    out = np.array([_is_held_out(name, held_out) for name in names])[index]
    if out.all() or not out.any():
        raise UaoError(
            f"The {len(names)} subjects there cannot be split into some to train on and some to hold out; add more."
        )
    return _select(motion, ~out), _select(motion, out)


def _is_held_out(subject: str, share: float) -> bool:
    source, _, number = subject.partition("/")
    if source == "h36m":
        return number in TEST_SUBJECTS
    return hashlib.sha256(number.encode()).digest()[0] < share * 256


def _select(motion: Motion, chosen: NDArray[np.bool_]) -> Motion:
    """Whole takes only: a take has one subject."""
    return Motion(motion.joints[chosen], motion.subject[chosen], *_ends(motion.first[chosen]))


def rarity_weights(joints: NDArray[np.float32], centres: int = 256, seed: int = 0) -> NDArray[np.float32]:
    """(N,) sampling weights that even out a walk-heavy library.

    Poses, freed of place and heading, are assigned to the nearest of `centres` random poses; a pose weighs one over the
    square root of its cluster's size.
    """
    local = heading_free(joints[:, :NUM_H36M]).reshape(len(joints), -1)
    rng = np.random.default_rng(seed)
    chosen = local[rng.choice(len(local), min(centres, len(local)), replace=False)]
    nearest = np.empty(len(local), dtype=np.int64)
    for start in range(0, len(local), 65536):
        part = local[start : start + 65536]
        distance = (chosen**2).sum(axis=1) - 2 * part @ chosen.T
        nearest[start : start + 65536] = distance.argmin(axis=1)
    count = np.bincount(nearest, minlength=centres)
    weight = (1.0 / np.sqrt(count[nearest])).astype(np.float32)
    return weight / weight.sum()


def oddness(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N,) metres: how far each pose, freed of place and heading, is from the median one, as a mean over joints."""
    local = heading_free(joints[:, :NUM_H36M])
    return np.asarray(np.linalg.norm(local - np.median(local, axis=0), axis=-1).mean(axis=-1), dtype=np.float32)


def heading_free(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 17, 3) root-relative poses turned about the vertical so that the hips lie along x."""
    relative = joints - joints[:, PELVIS : PELVIS + 1]
    across = joints[:, 4] - joints[:, 1]  # left hip minus right hip
    angle = np.arctan2(across[:, 2], across[:, 0])
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y, z = relative[..., 0], relative[..., 1], relative[..., 2]
    return np.stack([cos * x + sin * z, y, cos * z - sin * x], axis=-1)
