"""Packed motion capture: the archives `mocap_*.npz`."""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uao_core.errors import UaoError

_JOINTS_IN_MOCAP = """
hip_center r_hip r_knee r_ankle l_hip l_knee l_ankle spine neck_base nose head_top
l_shoulder l_elbow l_wrist r_shoulder r_elbow r_wrist
r_toe_base l_toe_base l_hand r_hand l_ear r_ear
""".split()  # noqa: SIM905 (one line a joint would be no easier to read)
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
            columns = tuple(joint_names.index(name) for name in _JOINTS_IN_MOCAP)
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
