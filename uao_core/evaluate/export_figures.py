"""What an exported body is measured by."""

import tempfile
from pathlib import Path

import numpy as np

from models.datasets.bvh_file import END, Bvh, read_bvh
from uao_core import skeleton as sk
from uao_core.body import SEGMENTS, BodyOptions, FittedBody, FootLock, fit_body
from uao_core.body.proportions import laying
from uao_core.body.rotations import log, unit
from uao_core.body.segments import FEET
from uao_core.evaluate.lean import lean_deg
from uao_core.evaluate.takes import Measured
from uao_core.export_bvh import write_body_bvh
from uao_core.packets import Doubles

NAMES = [segment.name for segment in SEGMENTS]
_FLIP_DEG = 120.0
_STEP_S = 1 / 30
"""In which turns are compared: what one frame of a slow clip shows is an angular speed all the same."""
_BENT_DEG = 25.0
"""An elbow or knee bent less does not show in which plane it bends."""
_LIMBS = {
    "LeftArm": (sk.LEFT_SHOULDER, sk.LEFT_ELBOW, sk.LEFT_WRIST),
    "RightArm": (sk.RIGHT_SHOULDER, sk.RIGHT_ELBOW, sk.RIGHT_WRIST),
    "LeftUpLeg": (sk.LEFT_HIP, sk.LEFT_KNEE, sk.LEFT_ANKLE),
    "RightUpLeg": (sk.RIGHT_HIP, sk.RIGHT_KNEE, sk.RIGHT_ANKLE),
}
_SWUNG = [(a, b) for a, b in sk.BONES if a not in (sk.PELVIS, sk.THORAX, sk.NOSE) or b in (sk.SPINE,)]


def export_figures(measured: Measured) -> tuple[dict[str, float], dict[str, Doubles]]:
    """Figures of a take's export, and for captured motion the angles in degrees by which each bone and twist is off."""
    bodies = {lock: fit_body(measured.take, BodyOptions(foot_lock=lock)) for lock in FootLock}
    body = bodies[BodyOptions().foot_lock]
    read = _written(body)
    places, _ = read.forward()
    named = [i for i, name in enumerate(read.names) if not name.endswith(END)]
    order = [NAMES.index(read.names[i]) for i in named]
    figures = {
        "fk_mm": 1000 * float(np.abs(places[:, named] - body.positions()[:, order]).max()),
        "bone_mm": 1000 * _bone_change(read, places),
        **_steps(body),
        **_against_joints(measured, bodies),
        **_slides(bodies),
        "lean_deg": lean_deg(body, measured.take),
    }
    return figures, _angles(measured, body) if measured.exact else {}


def _written(body: FittedBody) -> Bvh:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "body.bvh"
        write_body_bvh(body, path)
        return read_bvh(path)


def _bone_change(read: Bvh, places: Doubles) -> float:
    """Metres by which the length of any bone of a file changes."""
    child = [i for i, parent in enumerate(read.parents) if parent >= 0]
    parent = [read.parents[i] for i in child]
    return float(np.ptp(np.linalg.norm(places[:, child] - places[:, parent], axis=-1), axis=0).max())


def _steps(body: FittedBody) -> dict[str, float]:
    """The greatest turns of any segment against its parent while it is seen: from frame to frame, and in 1/30 s."""
    step = _turns_deg(body, 1)
    if not step.size:
        return {"step_deg": 0.0, "step_99_deg": 0.0, "step_30th_deg": 0.0, "flips": 0.0}
    apart = max(round(body.fps * _STEP_S), 1)
    in_a_30th = _turns_deg(body, apart) * (body.fps * _STEP_S / apart)
    return {
        "step_deg": float(step.max()),
        "step_99_deg": float(np.percentile(step.max(axis=1), 99)),
        "step_30th_deg": float(in_a_30th.max()) if in_a_30th.size else 0.0,
        "flips": float((step > _FLIP_DEG).any(axis=1).sum()),
    }


def _turns_deg(body: FittedBody, apart: int) -> Doubles:
    """(N, S) by how much segments turn over so many frames, where somebody is seen all the while."""
    gaps = np.concatenate([[0], np.cumsum(~body.observed)])
    seen = gaps[apart + 1 :] == gaps[: -apart - 1]
    local = body.rotations
    turns = log(local[:-apart].swapaxes(-1, -2) @ local[apart:])[seen]
    return np.asarray(np.degrees(np.linalg.norm(turns, axis=-1)))


def _against_joints(measured: Measured, bodies: dict[FootLock, FittedBody]) -> dict[str, float]:
    """Distances of the body to the take's own joints, and of both to the truth about the pelvis, however feet are held."""
    frames = [
        (i, frame.time_s, frame.pose.joints_m) for i, frame in enumerate(measured.take.frames) if frame.pose is not None
    ]
    rows, joints = np.array([row for row, _, _ in frames]), np.stack([pose for _, _, pose in frames]).astype(np.float64)
    lock = BodyOptions().foot_lock
    body = bodies[lock]
    at = np.round((np.array([time for _, time, _ in frames]) - measured.take.frames[0].time_s) * body.fps).astype(int)
    inside = at < len(body.root_m)
    joints, at, rows = joints[inside], at[inside], rows[inside]
    placed = {how: _laid_on(found.joints()[at], joints) for how, found in bodies.items()}
    out = {"fit_mm": 1000 * float(np.median(np.linalg.norm(placed[lock] - (joints - joints[:, :1]), axis=-1)))}
    if measured.truth_m is not None and not measured.exact:
        truth = measured.truth_m[rows].astype(np.float64)
        out["joints_mpjpe_mm"] = _mpjpe(joints, truth)
        out.update({f"mpjpe_{how.value}_mm": _mpjpe(found, truth) for how, found in placed.items()})
    return out


def _laid_on(fitted: Doubles, joints: Doubles) -> Doubles:
    """Joints (F, 23, 3) about the pelvis, turned as a whole from the export's room into the camera's, as most frames say."""
    fitted, joints = fitted - fitted[:, :1], joints - joints[:, :1]
    near = np.ones(len(joints), dtype=bool)
    for _ in range(4):  # frames that the body passed over are turned anyhow
        turn = laying(fitted[near].reshape(1, -1, 3), joints[near].reshape(-1, 3))[0]
        off = np.linalg.norm(fitted @ turn - joints, axis=-1).mean(axis=1)
        near = off <= 2 * np.median(off)
    return np.asarray(fitted @ turn)


def _mpjpe(joints: Doubles, truth: Doubles) -> float:
    """Millimetres over the known joints of Human3.6M, about the hips, or the shoulders where there are none."""
    for pair in ((sk.LEFT_HIP, sk.RIGHT_HIP), (sk.LEFT_SHOULDER, sk.RIGHT_SHOULDER)):
        base = truth[:, pair].mean(axis=1, keepdims=True)
        if np.isfinite(base).all(axis=-1).mean() > 0.5:
            break
    error = np.linalg.norm((joints - joints[:, pair].mean(axis=1, keepdims=True)) - (truth - base), axis=-1)
    return 1000 * float(np.nanmean(error[:, : sk.NUM_H36M]))


def _slides(bodies: dict[FootLock, FittedBody]) -> dict[str, float]:
    """How far standing feet move from their places, of each contact the farthest; and what holding them costs in turns."""
    intervals = bodies[FootLock.FULL].contact_intervals()
    if not any(intervals):
        return {"contacts": 0.0}
    out = {"contacts": float(sum(map(len, intervals)))}
    for lock, body in bodies.items():
        feet = body.joints()[:, FEET]
        slides = [
            1000 * float(np.linalg.norm(feet[a : b + 1, k] - np.median(feet[a : b + 1, k], axis=0), axis=-1).max())
            for k, found in enumerate(intervals)
            for a, b in found
        ]
        out[f"slide_{lock.value}_mm"], out[f"slide_most_{lock.value}_mm"] = float(np.median(slides)), max(slides)
        out[f"step_{lock.value}_deg"] = _steps(body)["step_deg"]
    return out


def _angles(measured: Measured, body: FittedBody) -> dict[str, Doubles]:
    """Angles (F,) between true and fitted bones, and between the true plane of a bent limb and the one it is turned to."""
    assert measured.truth_m is not None
    fitted = body.joints()
    truth = measured.truth_m[: len(fitted)].astype(np.float64)
    fitted = fitted[: len(truth)]
    flat, true = fitted - fitted[:, :1], truth - truth[:, :1]
    turn = laying(flat.reshape(1, -1, 3), true.reshape(-1, 3))[0]
    out = {
        f"{sk.JOINT_NAMES[a]} - {sk.JOINT_NAMES[b]}": _angle((fitted[:, b] - fitted[:, a]) @ turn, truth[:, b] - truth[:, a])
        for a, b in _SWUNG
    }
    local = body.rotations_of(slice(len(truth)))
    world = np.empty_like(local)
    for i, parent in enumerate(body.parents):
        world[:, i] = local[:, i] if parent < 0 else world[:, parent] @ local[:, i]
    for name, (first, second, third) in _LIMBS.items():
        hinge = SEGMENTS[NAMES.index(name) + 1].hinge
        assert hinge is not None
        bent = _bend(truth, first, second, third) > _BENT_DEG
        plane = np.cross(truth[:, second] - truth[:, first], truth[:, third] - truth[:, second])
        out[f"twist of {name}"] = _angle(hinge[1] * world[bent, NAMES.index(name), :, hinge[0]] @ turn, plane[bent])
    ears = truth[:, sk.LEFT_EAR] - truth[:, sk.RIGHT_EAR]
    out["twist of Head"] = _angle(world[:, NAMES.index("Head"), :, 0] @ turn, ears)
    return out


def _bend(joints: Doubles, first: int, second: int, third: int) -> Doubles:
    return _angle(joints[:, second] - joints[:, first], joints[:, third] - joints[:, second])


def _angle(a: Doubles, b: Doubles) -> Doubles:
    return np.asarray(np.degrees(np.arccos((unit(a) * unit(b)).sum(axis=-1).clip(-1, 1))))
