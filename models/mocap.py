"""Motion capture for training: poses by subject, split by person, weighed by rarity."""

import hashlib
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uao_core.errors import UaoError
from uao_core.skeleton import NUM_JOINTS, PELVIS, THORAX

_H36M_IN_MOCAP = """
hip_center r_hip r_knee r_ankle l_hip l_knee l_ankle spine neck_base nose head_top
l_shoulder l_elbow l_wrist r_shoulder r_elbow r_wrist
""".split()  # noqa: SIM905 (one line a joint would be no easier to read)
DEFAULT_FPS = 30.0
"""Frames a second of an archive that does not tell."""
UNSEEN_LABORATORY = "accad"
"""Never trained on: its licence is not verified, and it serves as the cross-domain test."""


@dataclass(frozen=True, slots=True)
class Poses:
    """Poses in metres, Y up, right-handed, y = 0 near the floor.

    Attributes:
        joints: (N, 17, 3) global joint positions.
        subject: (N,) "source/subject" of each pose.
    """

    joints: NDArray[np.float32]
    subject: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.joints)

    def __getitem__(self, index: NDArray[np.bool_] | slice) -> "Poses":
        return Poses(self.joints[index], self.subject[index])


@dataclass(frozen=True, slots=True)
class Archive:
    """One opened `mocap_*.npz`, its clips still packed.

    The archive holds, per clip, differences of positions in 16-bit units (`d16`, (84, F)), so that a cumulative sum along
    each clip gives 27 joints relative to the root and, as the 28th, the root itself.

    Attributes:
        source: what follows `mocap_` in the file's name.
        fps: frames a second of every clip.
        names: name of each clip; empty where the archive has none.
        subjects: "source/subject" of each clip.
        clips: where each clip lies among the F frames of the archive.
        valid: (F, 17) whether the joint was captured.
    """

    source: str
    fps: float
    names: tuple[str, ...]
    subjects: tuple[str, ...]
    clips: tuple[slice, ...]
    valid: NDArray[np.bool_]
    _differences: NDArray[np.int16]
    _columns: tuple[int, ...]
    _unit_m: float

    def joints(self, clip: int) -> NDArray[np.float32]:
        """(f, 17, 3) joints of one clip in metres, Y up, right-handed; where `valid` is false they mean nothing."""
        packed = self._differences[..., self.clips[clip]]
        relative = np.cumsum(packed[list(self._columns)], axis=-1, dtype=np.int32) * self._unit_m
        root = np.cumsum(packed[-1], axis=-1, dtype=np.int32) * self._unit_m
        return (relative.astype(np.float32) + root.astype(np.float32)).transpose(2, 0, 1)


def open_archive(path: Path) -> Archive:
    """Open one `mocap_*.npz`; a missing rate is 30 frames a second, that of all archives so far.

    Raises:
        UaoError: the file cannot be read or is no such archive.
    """
    source = path.stem.removeprefix("mocap_")
    try:
        with np.load(path) as archive:
            differences, unit = archive["d16"], float(archive["unit"])
            joint_names = [str(name) for name in archive["joint_names"]]
            columns = tuple(joint_names.index(name) for name in _H36M_IN_MOCAP)
            starts, lengths = archive["clip_start"], archive["clip_len"]
            frames = differences.shape[1]
            valid = np.unpackbits(archive["valid"])[: frames * len(joint_names)].reshape(frames, -1).astype(bool)
            subjects = tuple(f"{source}/{name}" for name in archive["clip_subject"])
            names = tuple(str(name) for name in archive["clip_name"]) if "clip_name" in archive else ()
            fps = float(archive["fps"]) if "fps" in archive else DEFAULT_FPS
            clips = tuple(slice(int(a), int(a) + int(n)) for a, n in zip(starts, lengths, strict=True))
            packed = differences.reshape(len(joint_names) + 1, 3, frames)
    except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile, zlib.error) as error:
        raise UaoError(f"{path} is no mocap archive that can be read ({error}); see the README beside it.") from error
    return Archive(source, fps, names, subjects, clips, valid[:, list(columns)], packed, columns, unit)


def read_archive(path: Path, stride: int = 1) -> Poses:
    """Read one `mocap_*.npz`, every `stride`-th frame, leaving out frames that lack a joint."""
    archive = open_archive(path)
    joints = np.empty((len(archive.valid), NUM_JOINTS, 3), dtype=np.float32)
    subjects = np.repeat(archive.subjects, [clip.stop - clip.start for clip in archive.clips])
    for index, clip in enumerate(archive.clips):
        joints[clip] = archive.joints(index)
    joints = joints[::stride]
    whole = archive.valid[::stride].all(axis=1) & np.isfinite(joints).all(axis=(1, 2))
    return Poses(np.ascontiguousarray(joints[whole]), subjects[::stride][whole])


def read_folder(folder: Path, stride: int = 1, *, unseen: bool = False) -> Poses:
    """Read all archives of a folder: those to train on, or (`unseen`) the laboratory kept for testing."""
    paths = [path for path in sorted(folder.glob("mocap_*.npz")) if path.stem.endswith(UNSEEN_LABORATORY) == unseen]
    if not paths:
        raise UaoError(f"{folder} holds no mocap_*.npz to {'test' if unseen else 'train'} on; name the folder that does.")
    parts = [read_archive(path, stride) for path in paths]
    return Poses(np.concatenate([p.joints for p in parts]), np.concatenate([p.subject for p in parts]))


def split_by_subject(poses: Poses, held_out: float = 0.08) -> tuple[Poses, Poses]:
    """Training and held-out poses; no subject is in both.

    The number alone decides (a hash of it), so CMU's two skeletons of one subject fall on the same side.
    """
    names, index = np.unique(poses.subject, return_inverse=True)
    numbers = [name.split("/")[1] for name in names]
    out = np.array([hashlib.sha256(n.encode()).digest()[0] < held_out * 256 for n in numbers])[index]
    return poses[~out], poses[out]


def rarity_weights(poses: Poses, centres: int = 256, seed: int = 0) -> NDArray[np.float32]:
    """(N,) sampling weights that even out a walk-heavy library.

    Poses, freed of place and heading, are assigned to the nearest of `centres` random poses; a pose weighs one over the
    square root of its cluster's size.
    """
    local = heading_free(poses.joints).reshape(len(poses), -1)
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


def trunk_length(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N,) distance from pelvis to thorax in metres."""
    return np.linalg.norm(joints[:, THORAX] - joints[:, PELVIS], axis=-1)
