"""Takes as JSON, version 1 of the format `uao-pose`; its schema is `uao_core/schema/uao-pose-1.schema.json`."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from uao_core.atomic import atomic_text
from uao_core.errors import UaoError
from uao_core.packets import Floats, FrameResult, Pose, without_nan
from uao_core.skeleton import JOINT_NAMES, NUM_H36M, PARENTS
from uao_core.take import Take

SCHEMA_PATH = Path(__file__).parent / "schema" / "uao-pose-1.schema.json"
AXES = "x right, y down, z forward (camera)"
_METRES, _MILLIMETRES, _PIXELS, _SECONDS = 4, 1, 2, 6  # decimals: a tenth of a millimetre is beyond any camera


def take_to_dict(take: Take) -> dict[str, Any]:
    """The whole take as what `json.load` gives of its file.

    Raises:
        UaoError: as of `frame_to_dict`.
    """
    return {**_head(take), "frames": [frame_to_dict(frame) for frame in take.frames]}


def write_json(take: Take, path: Path) -> None:
    """Write a take, one frame a line, so that large takes can be compared and streamed.

    Raises:
        UaoError: a frame has a person and lacks one of the first 17 joints, or the file cannot be written.
    """
    head = json.dumps(_head(take), ensure_ascii=False, allow_nan=False, indent=1)
    with atomic_text(path) as file:
        file.write(head.removesuffix("\n}") + ',\n "frames": [\n')
        last = len(take.frames) - 1
        for i, frame in enumerate(take.frames):
            file.write(json.dumps(frame_to_dict(frame), allow_nan=False, separators=(",", ":")))
            file.write(",\n" if i < last else "\n")
        file.write(" ]\n}\n")


def _head(take: Take) -> dict[str, Any]:
    camera = take.intrinsics
    return {
        "format": "uao-pose",
        "version": 1,
        "source": {"name": take.source_name, "frames": len(take.frames)},
        "fps": take.fps,
        "image_size": list(take.image_size),
        "camera": {
            "focal_px": round(camera.focal_px, _PIXELS),
            "principal_point_px": list(camera.principal_point_px),
            "estimated": camera.estimated,
        },
        "axes": AXES,
        "units": "m",
        "skeleton": {
            "joints": list(JOINT_NAMES[:NUM_H36M]),
            "parents": list(PARENTS[:NUM_H36M]),
            "extremities": list(JOINT_NAMES[NUM_H36M:]),
            "extremity_parents": list(PARENTS[NUM_H36M:]),
        },
        "lifter": take.lifter,
        "uao": take.uao,
    }


def frame_to_dict(frame: FrameResult) -> dict[str, Any]:
    """One entry of "frames".

    Its schema has numbers for all joints or for none: where one of the six extremities is unknown, all six are null.

    Raises:
        UaoError: the frame has a person and lacks one of the first 17 joints, or its expected error.
    """
    pose, joints_px = frame.pose, frame.keypoints.joints_px
    if pose is not None:
        _check_known(frame.index, pose)
    edges_px = frame.keypoints.edges_px
    whole = pose if pose is not None and np.isfinite(pose.joints_m).all() and np.isfinite(pose.sigma_mm).all() else None
    return {
        "index": frame.index,
        "time_s": round(frame.time_s, _SECONDS),
        "joints_m": None if pose is None else _rounded(pose.joints_m[:NUM_H36M], _METRES),
        "sigma_mm": None if pose is None else _rounded(pose.sigma_mm[:NUM_H36M], _MILLIMETRES),
        "keypoints_px": None if joints_px is None else _rounded(without_nan(joints_px)[:NUM_H36M], _PIXELS),
        "extremities_m": None if whole is None else _rounded(whole.joints_m[NUM_H36M:], _METRES),
        "extremities_sigma_mm": None if whole is None else _rounded(whole.sigma_mm[NUM_H36M:], _MILLIMETRES),
        "extremities_px": None if joints_px is None else _rounded(without_nan(joints_px)[NUM_H36M:], _PIXELS),
        **({} if edges_px is None else {"edges_px": _rounded(edges_px, _PIXELS)}),
    }


def _check_known(index: int, pose: Pose) -> None:
    known = np.isfinite(pose.joints_m[:NUM_H36M]).all(axis=1) & np.isfinite(pose.sigma_mm[:NUM_H36M])
    if not known.all():
        raise UaoError(
            f"Frame {index} has no {JOINT_NAMES[int(known.argmin())]} or no expected error of it, for which JSON has no "
            "place; choose CSV or NPZ, which hold gaps."
        )


def _rounded(values: Floats, decimals: int) -> Any:
    return np.round(values.astype(np.float64), decimals).tolist()
