"""Layout "bvh": a folder of BVH files, Y up, as CMU, LAFAN1, Mixamo, Bandai Namco, Rokoko and others name their joints.

Limbs are the file's own joints. The rest is not the same point in any two skeletons, so it is made here:

- pelvis: the middle of the hips;
- thorax: the neck's joint, or the next one where that has lost its bone, or the middle of the shoulders without a neck;
- spine: 0.45 of the way from pelvis to thorax along the joints between, which lies between Human3.6M's and the archives';
- head top: the tip of the head where the file has one at a plausible height, else 0.33 leg lengths from the thorax;
- nose: 0.14 leg lengths below the head top and 0.13 before it. A file does not tell which of the head's axes is forward,
  so forward is what points to the chest's front on average over the clip.

The lengths are those of `mocap_cmu.npz`, so that both kinds of capture have the same head. What a file
lacks stays lacking: cgspeed's conversions of CMU lost the thorax bone (Neck lies in Spine1), which leaves their trunks
some 11 cm short.
"""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.datasets.bvh_file import END, Bvh, read_bvh
from models.datasets.capture import Capture
from uao_core import skeleton as sk
from uao_core.errors import UaoError

Places = NDArray[np.float64]

# What the parts are called without their side; the first that a file has counts. "Leg" is the shin of most and the thigh
# of some, "Shoulder" the collar bone of most and the upper arm of some.
_SYNONYMS = {
    "hip": ("upleg", "upperleg", "thigh", "buttock", "hip", "leg"),
    "knee": ("lowerleg", "lowleg", "shin", "calf", "knee", "leg"),
    "ankle": ("foot", "ankle"),
    "shoulder": ("arm", "upperarm", "uparm", "shldr", "shoulder"),
    "elbow": ("forearm", "lowerarm", "lowarm", "elbow"),
    "wrist": ("hand", "wrist"),
}
_NECK = ("neck", "neck1", "lowerneck")
_LIMBS = {
    ("right", "hip"): sk.RIGHT_HIP,
    ("right", "knee"): sk.RIGHT_KNEE,
    ("right", "ankle"): sk.RIGHT_ANKLE,
    ("left", "hip"): sk.LEFT_HIP,
    ("left", "knee"): sk.LEFT_KNEE,
    ("left", "ankle"): sk.LEFT_ANKLE,
    ("left", "shoulder"): sk.LEFT_SHOULDER,
    ("left", "elbow"): sk.LEFT_ELBOW,
    ("left", "wrist"): sk.LEFT_WRIST,
    ("right", "shoulder"): sk.RIGHT_SHOULDER,
    ("right", "elbow"): sk.RIGHT_ELBOW,
    ("right", "wrist"): sk.RIGHT_WRIST,
}
_PREFIX = re.compile(r"^(mixamorig\d*|bip\d*|model|character\d*)")
_PERSON = re.compile(r"(subject\d+)|^(\d{1,3})_\d+$|^((?:fe)?male\d+)(?![a-z0-9])", re.IGNORECASE)
_UNITS_M = (1.0, 0.1, 0.0254, 0.01, 0.001, 0.0254 / 0.45)  # the last is CMU's own, as Biovision files keep it
_LEG_M = 0.85
_TALLEST = 1.45
_SPINE, _THORAX_TO_TOP, _TOP_TO_NOSE, _FORWARD_TO_NOSE = 0.45, 0.33, 0.14, 0.13
_LOST, _PLAUSIBLE = 0.01, 0.08


def recognises(path: Path) -> bool:
    """Whether the path is a BVH file or a folder with some, at any depth."""
    return bool(_files(path))


def read(path: Path, scale: float | None = None) -> Iterator[Capture]:
    """One capture a file, in order of their names.

    A file is of the person that its name tells ("01_03" of CMU, "walk1_subject5" of LAFAN1), else of the one that the folder
    within `path` is named after. All others together are one person, so that a split cannot part what may be one.

    Args:
        scale: metres a unit; by default whichever of metre, decimetre, centimetre, millimetre, inch and CMU's unit gives
            legs nearest to 0.85 m.

    Raises:
        UaoError: a file is damaged, lacks a joint, or has legs of no human length in any unit.
    """
    folder = path if path.is_dir() else path.parent
    files = _files(path)
    if not files:
        raise UaoError(f"{path} holds no BVH file; name the folder that does.")
    for file in files:
        bvh = read_bvh(file)
        subject = f"{folder.resolve().name}/{_person(file, folder)}"
        name = file.relative_to(folder).with_suffix("").as_posix()
        yield Capture(name, subject, 1 / bvh.frame_time_s, joints_of(bvh, file, scale))


def joints_of(bvh: Bvh, path: Path, scale: float | None = None) -> NDArray[np.float32]:
    """(F, 23, 3) joints in metres, Y up; NaN for toes, hands and ears.

    Raises:
        UaoError: a joint is missing or the legs are of no human length.
    """
    found = _find_joints(bvh, path)
    head = found["", "head"]
    places, turns = bvh.forward()
    joints = np.full((len(places), sk.NUM_JOINTS, 3), np.nan)
    for part, joint in _LIMBS.items():
        joints[:, joint] = places[:, found[part]]
    leg = _leg_length(joints)
    chain = _chain(bvh, found["left", "hip"], head)
    _set_trunk(joints, places[:, chain], _neck(bvh, chain, leg))
    up, forward = _head_axes(bvh, head, joints, turns[:, head])
    above = leg * _THORAX_TO_TOP - _length(places[:, head] - joints[:, sk.THORAX])
    tip = _tip(bvh, head)
    if tip is not None and abs(np.linalg.norm(bvh.offsets[tip]) - above) < _PLAUSIBLE * leg:
        above = float(np.linalg.norm(bvh.offsets[tip]))
    joints[:, sk.HEAD_TOP] = places[:, head] + max(above, 0.0) * up
    joints[:, sk.NOSE] = joints[:, sk.HEAD_TOP] + leg * (_FORWARD_TO_NOSE * forward - _TOP_TO_NOSE * up)
    return (joints * (_unit_m(leg, path) if scale is None else scale)).astype(np.float32)


def _files(path: Path) -> list[Path]:
    candidates = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [file for file in candidates if file.suffix.lower() == ".bvh" and file.is_file()]


def _person(file: Path, folder: Path) -> str:
    told = _PERSON.search(file.stem)
    if told:
        return next(group for group in told.groups() if group)
    inside = file.relative_to(folder).parts
    return inside[0] if len(inside) > 1 else "unknown"


def _find_joints(bvh: Bvh, path: Path) -> dict[tuple[str, str], int]:
    """Indices of limbs by (side, part), of the head by ("", "head")."""
    known = {name for names in _SYNONYMS.values() for name in names}
    index: dict[tuple[str, str], int] = {}
    for i, name in enumerate(bvh.names):
        if name.endswith(END):
            continue
        plain = _plain(name)
        index.setdefault(("", plain), i)
        for side in ("left", "right"):
            for mark in (side, side[0]):
                for rest in {plain.removeprefix(mark), plain.removesuffix(mark)} - {plain}:
                    if rest in known:
                        index.setdefault((side, rest), i)
    wanted = {(side, part): _SYNONYMS[part] for side, part in _LIMBS} | {("", "head"): ("head",)}
    found = {}
    for (side, part), names in wanted.items():
        candidates = [index[side, name] for name in names if (side, name) in index]
        if not candidates:
            raise UaoError(f"{path} has no joint for the {side} {part}".replace("  ", " ") + "; rename it as CMU does.")
        found[side, part] = candidates[0]
    if len(set(found.values())) < len(found):
        raise UaoError(f"{path} names its joints in a way that gives two parts one joint; rename them as CMU does.")
    return found


def _plain(name: str) -> str:
    """A name without its namespace, in lower case, letters and digits only."""
    return _PREFIX.sub("", re.sub("[^a-z0-9]", "", name.rsplit(":", 1)[-1].lower()))


def _chain(bvh: Bvh, hip: int, head: int) -> list[int]:
    """The joints between hips and head, from the lowest, which bears both, to the head's parent."""
    below = set(_upwards(bvh, hip))
    chain: list[int] = []
    for joint in _upwards(bvh, bvh.parents[head]):
        chain.insert(0, joint)
        if joint in below:
            break
    return chain


def _upwards(bvh: Bvh, joint: int) -> Iterator[int]:
    """A joint, its parent, and so on to the root."""
    while joint >= 0:
        yield joint
        joint = bvh.parents[joint]


def _neck(bvh: Bvh, chain: list[int], leg: float) -> int | None:
    """Which of the chain's joints is at the bottom of the neck; None if none is called a neck."""
    for position, joint in enumerate(chain):
        if _plain(bvh.names[joint]) in _NECK:
            lost = np.linalg.norm(bvh.offsets[joint]) < _LOST * leg
            return position + 1 if lost and position + 1 < len(chain) else position
    return None


def _set_trunk(joints: Places, chain: Places, neck: int | None) -> None:
    """Pelvis, thorax and spine of joints (F, 23, 3), from hips, shoulders and the places (F, K, 3) of the chain between."""
    joints[:, sk.PELVIS] = (joints[:, sk.RIGHT_HIP] + joints[:, sk.LEFT_HIP]) / 2
    shoulders = (joints[:, sk.RIGHT_SHOULDER] + joints[:, sk.LEFT_SHOULDER]) / 2
    joints[:, sk.THORAX] = shoulders if neck is None else chain[:, neck]
    between = chain[:, :neck].swapaxes(0, 1)
    way = [joints[:, sk.PELVIS], *between, joints[:, sk.THORAX]]
    lengths = [_length(upper - lower) for lower, upper in itertools.pairwise(way)]
    left = _SPINE * sum(lengths)
    for (lower, upper), length in zip(itertools.pairwise(way), lengths, strict=True):
        if left <= length:
            joints[:, sk.SPINE] = lower + (left / max(length, 1e-12)) * (upper - lower)
            return
        left -= length


def _length(vectors: Places) -> float:
    """Median length of vectors (F, 3)."""
    return float(np.median(np.linalg.norm(vectors, axis=-1)))


def _leg_length(joints: Places) -> float:
    """Thigh and shin, mean of both legs, in the file's units."""
    bones = ((1, 2), (2, 3), (4, 5), (5, 6))
    return sum(_length(joints[:, lower] - joints[:, upper]) for upper, lower in bones) / 2


def _head_axes(bvh: Bvh, head: int, joints: Places, turns: Places) -> tuple[Places, Places]:
    """Unit vectors (F, 3) up and forward of the head, which are rigid in it."""
    trunk_up = joints[:, sk.THORAX] - joints[:, sk.PELVIS]
    to_left = joints[:, sk.LEFT_SHOULDER] - joints[:, sk.RIGHT_SHOULDER]
    front = _unit(np.cross(to_left, trunk_up))
    tip = _tip(bvh, head)
    up = _mean_in(turns, _unit(trunk_up)) if tip is None else _unit(bvh.offsets[tip])
    forward = _mean_in(turns, front)
    forward = _unit(forward - (forward @ up) * up)
    return turns @ up, turns @ forward


def _mean_in(turns: Places, directions: Places) -> Places:
    """(3,) mean of directions (F, 3), seen from a joint that is turned by (F, 3, 3)."""
    return _unit((directions[:, None] @ turns)[:, 0].mean(axis=0))


def _tip(bvh: Bvh, head: int) -> int | None:
    """The end of the head: an End Site, or a joint called so."""
    for joint, (name, parent) in enumerate(zip(bvh.names, bvh.parents, strict=True)):
        is_end = name.endswith(END) or re.search(r"head.*(end|top|nub)", name, re.IGNORECASE)
        if parent == head and is_end and np.linalg.norm(bvh.offsets[joint]) > 0:
            return joint
    return None


def _unit_m(leg: float, path: Path) -> float:
    if leg > 0:
        unit_m = min(_UNITS_M, key=lambda unit: abs(np.log(leg * unit / _LEG_M)))
        if 1 / _TALLEST < leg * unit_m / _LEG_M < _TALLEST:
            return unit_m
    raise UaoError(f"{path} has legs {leg:.3g} units long, human in no usual unit; give the scale in metres a unit.")


def _unit(vectors: Places) -> Places:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
