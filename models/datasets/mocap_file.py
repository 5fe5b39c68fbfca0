"""Packed motion capture: the archives `mocap_*.npz`."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.datasets.npz import DAMAGE, members, read_arrays
from uao_core.errors import UaoError

_JOINTS_IN_MOCAP = """
hip_center r_hip r_knee r_ankle l_hip l_knee l_ankle spine neck_base nose head_top
l_shoulder l_elbow l_wrist r_shoulder r_elbow r_wrist
r_toe_base l_toe_base l_hand r_hand l_ear r_ear
""".split()  # noqa: SIM905 (one line a joint would be no easier to read)
_ARRAYS = ("d16", "unit", "joint_names", "clip_start", "clip_len", "valid", "clip_subject")
DEFAULT_FPS = 30.0
"""Frames a second of an archive that does not tell."""


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
        valid: (F, 23) whether the joint was captured.
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
        """(f, 23, 3) joints of one clip in metres, Y up, right-handed; where `valid` is false they mean nothing."""
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
        names_in = members(path)
        differences, unit, joint_names, starts, lengths, bits, people = read_arrays(path, _ARRAYS)
        unit_m = float(unit)
        joints = joint_names.tolist()
        columns = tuple(joints.index(name) for name in _JOINTS_IN_MOCAP)
        frames = differences.shape[1]
        packed = differences.reshape(len(joints) + 1, 3, frames)
        valid = np.unpackbits(bits)[: frames * len(joints)].reshape(frames, -1).astype(bool)
        subjects = tuple(f"{source}/{name}" for name in people.tolist())
        names = tuple(map(str, read_arrays(path, ["clip_name"])[0].tolist())) if "clip_name" in names_in else ()
        fps = float(read_arrays(path, ["fps"])[0]) if "fps" in names_in else DEFAULT_FPS
        clips = tuple(slice(int(a), int(a) + int(n)) for a, n in zip(starts, lengths, strict=True))
        _check(clips, frames, fps)
        if not len(subjects) == len(clips) == (len(names) or len(clips)):
            raise ValueError(f"{len(clips)} clips of {len(subjects)} subjects")
    except (*DAMAGE, TypeError, OverflowError) as error:
        raise UaoError(f"{path} is no mocap archive that can be read ({error}); see the README beside it.") from error
    return Archive(source, fps, names, subjects, clips, valid[:, list(columns)], packed, columns, unit_m)


def _check(clips: tuple[slice, ...], frames: int, fps: float) -> None:
    """Clips follow each other: if they could lie upon each other, a small archive would hold any number of frames."""
    ends = [0, *(clip.stop for clip in clips)]
    if not all(end <= clip.start <= clip.stop <= frames for end, clip in zip(ends, clips, strict=False)):
        raise ValueError("its clips do not follow each other")
    if not 1 <= fps <= 1000:
        raise ValueError(f"a rate of {fps}")
