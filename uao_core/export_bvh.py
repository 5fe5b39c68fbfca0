"""Takes as BVH: Y up, facing +Z, T-pose rest, rotation order ZXY, six channels at the root, three elsewhere."""

from pathlib import Path
from typing import Literal, TextIO

import numpy as np

from uao_core.atomic import atomic_text
from uao_core.body import SEGMENTS, Doubles, FittedBody, fit_body
from uao_core.take import Take

_UNITS = {"m": 1.0, "cm": 100.0}


def write_bvh(take: Take, path: Path, *, units: Literal["m", "cm"] = "m") -> None:
    """Write the take as the motion of a body with constant bones.

    Raises:
        UaoError: nobody was found in the take, or the file cannot be written.
    """
    body, scale = fit_body(take), _UNITS[units]
    with atomic_text(path) as file:
        file.write("HIERARCHY\n")
        _write_joint(file, body, scale, 0, depth=0)
        _write_motion(file, body, scale)


def _write_joint(file: TextIO, body: FittedBody, scale: float, index: int, depth: int) -> None:
    pad = "\t" * depth
    children = [i for i, segment in enumerate(SEGMENTS) if segment.parent == index]
    file.write(f"{pad}{'ROOT' if index == 0 else 'JOINT'} {SEGMENTS[index].name}\n{pad}{{\n")
    file.write(f"{pad}\tOFFSET {_numbers(scale * body.offsets_m[index], 6)}\n")
    position = "6 Xposition Yposition Zposition" if index == 0 else "3"
    file.write(f"{pad}\tCHANNELS {position} Zrotation Xrotation Yrotation\n")
    for child in children:
        _write_joint(file, body, scale, child, depth + 1)
    if not children:
        file.write(f"{pad}\tEnd Site\n{pad}\t{{\n{pad}\t\tOFFSET {_numbers(scale * body.tips_m[index], 6)}\n{pad}\t}}\n")
    file.write(f"{pad}}}\n")


def _write_motion(file: TextIO, body: FittedBody, scale: float) -> None:
    angles = euler_zxy_deg(body.rotations)[:, _depth_first(0)]
    rows = np.concatenate([scale * body.root_m, angles.reshape(len(angles), -1)], axis=1)
    file.write(f"MOTION\nFrames: {len(rows)}\nFrame Time: {1 / body.fps:.8f}\n")
    for row in rows:
        file.write(_numbers(row, 5) + "\n")


def _depth_first(index: int) -> list[int]:
    """The order in which a hierarchy's channels follow each other."""
    children = [i for i, segment in enumerate(SEGMENTS) if segment.parent == index]
    return [index, *(i for child in children for i in _depth_first(child))]


def euler_zxy_deg(rotations: Doubles) -> Doubles:
    """Rotations (F, ..., 3, 3) = Rz Rx Ry to degrees (F, ..., 3) in the order z, x, y, continuous over the F frames.

    Every rotation has two triples, (z, x, y) and (z + 180, 180 - x, y + 180), and each angle is known up to full turns:
    the triple nearest to the previous frame's is taken.
    """
    x = np.arcsin(np.clip(rotations[..., 2, 1], -1, 1))
    z = np.arctan2(-rotations[..., 0, 1], rotations[..., 1, 1])
    y = np.arctan2(-rotations[..., 2, 0], rotations[..., 2, 2])
    first = np.stack([z, x, y], axis=-1)
    second = np.stack([z + np.pi, np.pi - x, y + np.pi], axis=-1)
    out = np.empty_like(first)
    out[0] = first[0]
    turn = 2 * np.pi
    for f in range(1, len(out)):
        near = [c[f] - turn * np.round((c[f] - out[f - 1]) / turn) for c in (first, second)]
        distance = [np.abs(c - out[f - 1]).sum(axis=-1, keepdims=True) for c in near]
        out[f] = np.where(distance[0] <= distance[1], near[0], near[1])
    return np.degrees(out)


def _numbers(values: Doubles, decimals: int) -> str:
    rounded = np.round(values, decimals) + 0.0  # never "-0.00000"
    return " ".join(f"{value:.{decimals}f}" for value in rounded)
