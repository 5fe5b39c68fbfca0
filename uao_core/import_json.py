"""Read takes back from JSON, version 1 of the format `uao-pose` (`uao_core.export_json`).

A file may come from anywhere, so nothing in it is believed: sizes, kinds and numbers are checked before they are used.

Frames are made while the file is parsed: the lists that JSON has for their numbers take several times as much memory, and of
a long take only one frame's are there at a time.
"""

import json
import math
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from uao_core.camera import Intrinsics
from uao_core.errors import UaoError
from uao_core.packets import Floats, FrameResult, Keypoints, Pose
from uao_core.skeleton import JOINT_NAMES, NUM_H36M, PARENTS
from uao_core.take import Take

MOST_FPS, LARGEST_SIDE_PX = 10_000, 65_536
_MOST_BYTES = 512 * 2**20
"""About 300 000 frames."""
_MOST_GRID = 2_000_000
_MOST_EDGES = 1000
_LARGEST = 1e6
"""Of any length in metres, millimetres or pixels: what is larger is no measurement, and would overflow on its way."""
_UNKNOWN = np.full((len(JOINT_NAMES), 3), np.nan, dtype=np.float32)
_UNKNOWN.flags.writeable = False  # shared by all poses


class _NewerError(ValueError):
    """A later program wrote the file."""


class _WrongError(ValueError):
    """What is wrong with a file, in a few words."""


def read_take(path: Path | str) -> Take:
    """Read a take.

    The file does not hold what the pose was before the optimization, nor how far it reprojects: these are NaN in the
    poses. Files without toes, hands and ears have NaN there.

    Raises:
        UaoError: the file cannot be read, is no take of this version, or holds what no take holds.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UaoError(f"{path} is larger than any take that this program writes; give another file.")
        text = path.read_bytes().decode("utf-8")
        return _take(json.loads(text, parse_constant=_no_constant, object_hook=_Frames()))
    except OSError as error:
        raise UaoError(f"{path} cannot be read ({error.strerror}); give another file.") from error
    except _NewerError as error:
        raise UaoError(f"{path} was written by a newer UAO Pose; update this one, or export the video anew.") from error
    except (_WrongError, json.JSONDecodeError, UnicodeDecodeError, RecursionError, OverflowError, ValueError) as error:
        reason = str(error) if isinstance(error, _WrongError) else "it is no JSON"
        raise UaoError(f"{path} is no take of UAO Pose ({reason}); give a .json that this program wrote.") from error


def _no_constant(name: str) -> NoReturn:
    raise _WrongError(f"{name} is no number")


class _Frames:
    """Of the objects in a file, makes those that are frames into results; what is wrong with one is told in its turn, after
    what is wrong with the file as a whole."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, entry: dict[str, Any]) -> Any:
        if "index" not in entry or "time_s" not in entry:
            return entry
        place, self._count = self._count, self._count + 1
        try:
            return _frame(entry, place)
        except _WrongError as error:
            return error


def _take(content: Any) -> Take:
    _check(isinstance(content, dict) and content.get("format") == "uao-pose", 'its format is not "uao-pose"')
    version = content.get("version")
    if type(version) is int and 1 < version < 1000:
        raise _NewerError
    _check(version == 1 and not isinstance(version, bool), f"its version is {version!r}, not 1"[:80])
    fps = _number(content, "fps", above=0, most=MOST_FPS)
    size = _numbers(content.get("image_size"), (2,), "image_size")
    _check(
        bool((size == size.round()).all() and (size >= 1).all() and (size <= LARGEST_SIDE_PX).all()), "image_size is none"
    )
    camera = _dict(content, "camera")
    principal = _numbers(camera.get("principal_point_px"), (2,), "principal_point_px")
    estimated = camera.get("estimated")
    _check(isinstance(estimated, bool), "camera.estimated is neither true nor false")
    skeleton = _dict(content, "skeleton")
    _check(skeleton.get("joints") == list(JOINT_NAMES[:NUM_H36M]), "its joints are others")
    _check(skeleton.get("parents") == list(PARENTS[:NUM_H36M]), "its joints hang together otherwise")
    extremities = skeleton.get("extremities", list(JOINT_NAMES[NUM_H36M:]))
    _check(extremities == list(JOINT_NAMES[NUM_H36M:]), "its extremities are others")
    entries = content.get("frames")
    _check(isinstance(entries, list), "it has no frames")
    frames = tuple(_made(entry, place) for place, entry in enumerate(entries))
    _check_order(frames, fps)
    name = _dict(content, "source").get("name")
    _check(isinstance(name, str) and len(name) <= 4096, "its source has no name")
    return Take(
        source_name=str(name),
        fps=fps,
        image_size=(int(size[0]), int(size[1])),
        intrinsics=Intrinsics(
            focal_px=_number(camera, "focal_px", above=0, most=_LARGEST),
            principal_point_px=(float(principal[0]), float(principal[1])),
            estimated=bool(estimated),
        ),
        lifter=_finite_dict(content, "lifter"),
        uao=_finite_dict(content, "uao"),
        frames=frames,
    )


def _made(entry: Any, place: int) -> FrameResult:
    if isinstance(entry, _WrongError):
        raise entry
    _check(not isinstance(entry, dict), f"frame {place} lacks its index or time")
    _check(isinstance(entry, FrameResult), f"frame {place} is none")
    assert isinstance(entry, FrameResult)
    return entry


def _frame(entry: dict[str, Any], place: int) -> FrameResult:
    index: Any = entry.get("index")
    _check(isinstance(index, int) and not isinstance(index, bool) and 0 <= index < 2**53, f"frame {place} has no index")
    time_s = _number(entry, "time_s", above=-1e-9, most=1e7)
    joints_px = _rows(entry, place, "keypoints_px", "extremities_px", 3, missing=0.0)
    joints_m = _rows(entry, place, "joints_m", "extremities_m", 3, missing=np.nan)
    sigma_mm = _rows(entry, place, "sigma_mm", "extremities_sigma_mm", 1, missing=np.nan)
    _check((joints_m is None) == (sigma_mm is None), f"frame {place} has joints without errors, or errors without joints")
    keypoints = Keypoints(int(index), time_s, joints_px, edges_px=_edges(entry, place))
    if joints_m is None or sigma_mm is None:
        return FrameResult(keypoints, None)
    has_both = bool((np.isfinite(joints_m).all(axis=1) == np.isfinite(sigma_mm[:, 0])).all())
    _check(has_both, f"frame {place} has extremities without errors, or errors without extremities")
    sigma = sigma_mm[:, 0]
    _check(not bool((sigma < 0).any()), f"an expected error of frame {place} is below 0")
    return FrameResult(keypoints, Pose(joints_m, sigma, _UNKNOWN, math.nan, math.nan))


def _rows(entry: dict[str, Any], place: int, first: str, second: str, columns: int, missing: float) -> Floats | None:
    """(23, columns) of a frame's two keys; None where there is nobody. What lacks the second is filled with `missing`."""
    if entry.get(first) is None:
        _check(entry.get(second) is None, f"{first} of frame {place} are missing")
        return None
    tail = (columns,) if columns > 1 else ()
    values = np.full((len(JOINT_NAMES), columns), missing, dtype=np.float32)
    where = f"{first} of frame {place}"
    values[:NUM_H36M] = _numbers(entry[first], (NUM_H36M, *tail), where).reshape(NUM_H36M, columns)
    if entry.get(second) is not None:
        rest = len(JOINT_NAMES) - NUM_H36M
        values[NUM_H36M:] = _numbers(entry[second], (rest, *tail), f"{second} of frame {place}").reshape(rest, columns)
    return values


def _edges(entry: dict[str, Any], place: int) -> Floats | None:
    edges = entry.get("edges_px")
    if edges is None:
        return None
    _check(
        isinstance(edges, list) and len(edges) <= _MOST_EDGES,
        f"edges_px of frame {place} are no list of at most {_MOST_EDGES}",
    )
    return _numbers(edges, (len(edges), 4), f"edges_px of frame {place}")


def _check_order(frames: tuple[FrameResult, ...], fps: float) -> None:
    for before, after in pairwise(frames):
        in_order = before.index < after.index and before.time_s <= after.time_s
        _check(in_order, f"frame {after.index} comes after frame {before.index}")
    if frames:
        _check((frames[-1].time_s - frames[0].time_s) * fps < _MOST_GRID, "it lasts longer than its frames do")


def _numbers(values: Any, shape: tuple[int, ...], what: str) -> Floats:
    _check(isinstance(values, list) and len(values) == shape[0], f"{what} are not {shape[0]}")
    if len(shape) == 2:
        _check(
            all(isinstance(row, list) and len(row) == shape[1] for row in values), f"{what} are not of {shape[1]} numbers"
        )
        values = list(chain.from_iterable(values))
    _check({int, float}.issuperset(map(type, values)), f"{what} are no such numbers")  # true and false are none
    try:
        numbers = np.array(values, dtype=np.float64)
    except OverflowError:
        raise _WrongError(f"{what} are no such numbers") from None
    _check(bool((np.abs(numbers) <= _LARGEST).all()), f"{what} are no such numbers")
    return numbers.astype(np.float32).reshape(shape)


def _number(content: dict[str, Any], key: str, *, above: float, most: float) -> float:
    value = content.get(key)
    _check(type(value) in (int, float), f"{key} is no number")
    assert isinstance(value, int | float)
    _check(above < value <= most, f"{key} cannot be {value!r}"[:80])
    return float(value)


def _dict(content: dict[str, Any], key: str) -> dict[str, Any]:
    value = content.get(key)
    _check(isinstance(value, dict), f"{key} is missing")
    assert isinstance(value, dict)
    return value


def _finite_dict(content: dict[str, Any], key: str) -> dict[str, Any]:
    """One that can be written again: 1e999 is JSON, and infinite."""
    value = _dict(content, key)
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:  # a type that JSON lacks: of something made like a frame
        raise _WrongError(f"{key} holds what is no number") from error
    return value


def _check(condition: bool, reason: str) -> None:
    if not condition:
        raise _WrongError(reason)
