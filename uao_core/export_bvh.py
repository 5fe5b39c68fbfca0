"""Takes as BVH: y up, facing +z, T-pose rest, six channels at the root, three elsewhere."""

from pathlib import Path
from typing import TextIO

import numpy as np

from uao_core.atomic import atomic_text
from uao_core.body import BodyOptions, FittedBody, fit_body
from uao_core.euler import euler_deg
from uao_core.packets import Doubles
from uao_core.take import Take

_CHUNK = 1024


def write_bvh(take: Take, path: Path, options: BodyOptions = BodyOptions()) -> None:
    """Write the take as the motion of a body with constant bones.

    Raises:
        UaoError: nobody was found in the take, or the file cannot be written.
    """
    write_body_bvh(fit_body(take, options), path, options.unit_scale)


def write_body_bvh(body: FittedBody, path: Path, scale: float = 1.0) -> None:
    """Write a fitted body, in so many units a metre.

    Raises:
        UaoError: the file cannot be written.
    """
    with atomic_text(path) as file:
        file.write("HIERARCHY\n")
        _write_joint(file, body, scale, 0, depth=0)
        _write_motion(file, body, scale)


def _write_joint(file: TextIO, body: FittedBody, scale: float, index: int, depth: int) -> None:
    pad = "\t" * depth
    children = _children(body, index)
    # a name with a space would end there for most readers
    file.write(f"{pad}{'ROOT' if index == 0 else 'JOINT'} {'_'.join(body.names[index].split())}\n{pad}{{\n")
    file.write(f"{pad}\tOFFSET {_numbers(scale * body.offsets_m[index], 6)}\n")
    position = "6 Xposition Yposition Zposition" if index == 0 else "3"
    turns = " ".join(f"{axis}rotation" for axis in body.channels[index])
    file.write(f"{pad}\tCHANNELS {position} {turns}\n")
    for child in children:
        _write_joint(file, body, scale, child, depth + 1)
    if not children:
        file.write(f"{pad}\tEnd Site\n{pad}\t{{\n{pad}\t\tOFFSET {_numbers(scale * body.tips_m[index], 6)}\n{pad}\t}}\n")
    file.write(f"{pad}}}\n")


def _write_motion(file: TextIO, body: FittedBody, scale: float) -> None:
    """All frames, some at a time, so that memory does not grow with them."""
    count, order, before = len(body.root_m), _depth_first(body, 0), None
    file.write(f"MOTION\nFrames: {count}\nFrame Time: {1 / body.fps:.8f}\n")
    pattern = " ".join(["%.5f"] * (3 + 3 * len(order))) + "\n"
    for first in range(0, count, _CHUNK):
        some = slice(first, first + _CHUNK)
        angles = euler_deg(body.rotations_of(some), body.channels, before)
        before = angles[-1]
        rows = np.concatenate([scale * body.root_m[some], angles[:, order].reshape(len(angles), -1)], axis=1)
        file.writelines(pattern % tuple(row) for row in (np.round(rows, 5) + 0.0).tolist())  # never "-0.00000"


def _children(body: FittedBody, index: int) -> list[int]:
    return [i for i, parent in enumerate(body.parents) if parent == index]


def _depth_first(body: FittedBody, index: int) -> list[int]:
    """The order in which a hierarchy's channels follow each other."""
    return [index, *(i for child in _children(body, index) for i in _depth_first(body, child))]


def _numbers(values: Doubles, decimals: int) -> str:
    rounded = np.round(values, decimals) + 0.0
    return " ".join(f"{value:.{decimals}f}" for value in rounded)
