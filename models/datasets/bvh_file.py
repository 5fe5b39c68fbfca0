"""A BVH file as text: the hierarchy, the motion, and where the joints go."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uao_core.errors import UaoError

END = "/end"
"""End of the name of a tip ("End Site"), which follows its parent's name."""
_LARGEST = 1e9
_MOST_JOINTS = 4
"""For each channel; usual files have three channels a joint and none for tips."""
_AXES = {"x": 0, "y": 1, "z": 2}


@dataclass(frozen=True, slots=True)
class Bvh:
    """One file, in its own units.

    Attributes:
        names: of the J joints and tips; a parent comes before its children.
        parents: index of each joint's parent, -1 for a root.
        offsets: (J, 3) from the parent's place, in the parent's axes.
        channels: of each joint, in the order of the motion's columns, such as ("xposition", "zrotation"); lower case.
        motion: (F, C) one row a frame; angles in degrees.
        frame_time_s: seconds from frame to frame.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: NDArray[np.float64]
    channels: tuple[tuple[str, ...], ...]
    motion: NDArray[np.float64]
    frame_time_s: float

    def forward(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Places (F, J, 3) in the file's axes and units, and rotations (F, J, 3, 3) from joint to file axes.

        Rotations are applied in the order of the channels, each about the axes that the one before has turned. Position
        channels take the offset's place, axis by axis.
        """
        frames, column = len(self.motion), 0
        places = np.empty((frames, len(self.names), 3))
        turns = np.empty((frames, len(self.names), 3, 3))
        for joint, parent in enumerate(self.parents):
            step = np.tile(self.offsets[joint], (frames, 1))
            turn = np.tile(np.eye(3), (frames, 1, 1))
            for channel in self.channels[joint]:
                axis, values = _AXES[channel[0]], self.motion[:, column]
                if channel.endswith("position"):
                    step[:, axis] = values
                else:
                    turn = turn @ _about(axis, np.radians(values))
                column += 1
            if parent < 0:
                places[:, joint], turns[:, joint] = step, turn
            else:
                places[:, joint] = places[:, parent] + (turns[:, parent] @ step[..., None])[..., 0]
                turns[:, joint] = turns[:, parent] @ turn
        return places, turns


def _about(axis: int, angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """(F, 3, 3) rotations by (F,) radians about one axis."""
    i, j = (axis + 1) % 3, (axis + 2) % 3
    turn = np.tile(np.eye(3), (len(angle), 1, 1))
    turn[:, i, i] = turn[:, j, j] = np.cos(angle)
    turn[:, j, i] = np.sin(angle)
    turn[:, i, j] = -turn[:, j, i]
    return turn


def read_bvh(path: Path) -> Bvh:
    """Read a file of any hierarchy and channel order.

    Raises:
        UaoError: the file cannot be read, is cut off, or is no BVH.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        hierarchy, found, motion = text.partition("MOTION")
        if not found:
            raise ValueError("it has no MOTION")
        names, parents, offsets, channels = _hierarchy(hierarchy)
        columns = sum(len(of_joint) for of_joint in channels)
        if len(names) > _MOST_JOINTS * columns:  # a frame takes room on disk by its channels, in memory by its joints
            raise ValueError(f"{len(names)} joints have {columns} channels")
        rows, frame_time_s = _motion(motion, columns)
    except (OSError, ValueError, IndexError) as error:
        raise UaoError(f"{path} is no BVH that can be read ({error}); export it again.") from error
    return Bvh(tuple(names), tuple(parents), np.array(offsets), tuple(channels), rows, frame_time_s)


def _hierarchy(text: str) -> tuple[list[str], list[int], list[list[float]], list[tuple[str, ...]]]:
    names: list[str] = []
    parents: list[int] = []
    offsets: list[list[float]] = []
    channels: list[tuple[str, ...]] = []
    around = [-1]
    for line in text.replace("{", "\n{\n").replace("}", "\n}\n").splitlines():
        words = line.split()
        keyword = words[0].upper() if words else ""
        if keyword in ("ROOT", "JOINT", "END"):
            parents.append(around[-1])
            names.append(names[around[-1]] + END if keyword == "END" else " ".join(words[1:]))
            offsets.append([])
            channels.append(())
        elif keyword == "{":
            around.append(len(names) - 1)
        elif keyword == "}":
            around.pop()
        elif keyword == "OFFSET":
            offsets[around[-1]] = [float(word) for word in words[1:4]]
        elif keyword == "CHANNELS":
            channels[around[-1]] = tuple(word.lower() for word in words[2:])
            if len(words) != 2 + int(words[1]):
                raise ValueError(f"{names[around[-1]]} names other channels than it counts")
        elif keyword not in ("", "HIERARCHY"):
            raise ValueError(f"its hierarchy has a line {line.strip()!r}")
    if around != [-1] or not names:
        raise ValueError("its hierarchy is not closed")
    if any(len(offset) != 3 for offset in offsets) or not (np.abs(offsets) < _LARGEST).all():
        raise ValueError("a joint has no offset")
    kinds = {axis + kind for axis in _AXES for kind in ("position", "rotation")}
    unknown = {channel for of_joint in channels for channel in of_joint} - kinds
    if unknown:
        raise ValueError(f"there is no channel {min(unknown)}")
    return names, parents, offsets, channels


def _motion(text: str, columns: int) -> tuple[NDArray[np.float64], float]:
    words = text.split()
    if [word.lower() for word in words[0:1] + words[2:4]] != ["frames:", "frame", "time:"]:
        raise ValueError("its motion does not begin with Frames and Frame Time")
    frames, frame_time_s = int(words[1]), float(words[4])
    values = np.array(words[5:], dtype=np.float64)
    if frames < 1 or values.size != frames * columns:
        raise ValueError(f"{frames} frames of {columns} channels are not {values.size} numbers")
    if not (np.abs(values) < _LARGEST).all():
        raise ValueError("a number is not finite or larger than any that a body has")
    if not 0.001 <= frame_time_s <= 1:
        raise ValueError(f"a frame lasts {frame_time_s:g} s")
    return values.reshape(frames, columns), frame_time_s
