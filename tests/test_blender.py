"""Blender's own importers, with their default settings, as the judges of BVH and glTF.

Blender is a package (`pip install bpy==5.0.1`, Python 3.11) that wants an older NumPy than the program, so it lives in an
environment of its own, whose Python UAO_BLENDER_PYTHON names; `.ci/run` makes one. Without it these tests are skipped.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.test_export import take_of
from tests.test_export_bvh import articulated, stroll
from uao_core.body import BodyOptions, FootLock, Names, fit_body
from uao_core.export_bvh import write_bvh
from uao_core.export_glb import write_glb

PYTHON = os.environ.get("UAO_BLENDER_PYTHON") or (sys.executable if importlib.util.find_spec("bpy") else None)
pytestmark = pytest.mark.skipif(PYTHON is None, reason="Blender (bpy) is not installed, and UAO_BLENDER_PYTHON names none")


def read_scene(path, scale=1.0):
    script = Path(__file__).with_name("blender_scene.py")
    done = subprocess.run([PYTHON, script, path, str(scale)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(next(line for line in done.stdout.splitlines() if line.startswith("SCENE ")).removeprefix("SCENE "))


def scene_of(path, scale=1.0):
    """Frames a second, and bone names to (F, 3) heads in Blender's world: z up, the front is -y."""
    scene = read_scene(path, scale)
    return scene["fps"], heads_of(scene)


def heads_of(scene):
    return {name: np.array([frame[name] for frame in scene["frames"]]) for name in scene["frames"][0]}


def to_blender(points):
    return np.stack([points[..., 0], -points[..., 2], points[..., 1]], axis=-1)


@pytest.mark.parametrize(
    "options",
    [
        BodyOptions(),
        BodyOptions(channels="ZXY", foot_lock=FootLock.FULL),
        BodyOptions(names=Names.H36M, extremities=False),
        BodyOptions(units="cm"),
    ],
    ids=["by default", "ZXY", "Human3.6M", "cm"],
)
def test_joints_are_where_the_fitted_body_has_them(tmp_path, options):
    take = take_of(stroll(30), fps=25.0)
    write_bvh(take, tmp_path / "take.bvh", options)
    fps, heads = scene_of(tmp_path / "take.bvh", 1 / options.unit_scale)
    body = fit_body(take, options)
    assert fps == pytest.approx(25) and len(heads[body.names[0]]) == 30
    expected = to_blender(body.positions())
    for i, name in enumerate(body.names):
        assert np.linalg.norm(heads[name] - expected[:, i], axis=1).max() < 2e-3, name


def test_somebody_who_stands_before_a_camera_stands_life_size_and_faces_front(tmp_path):
    poses = [articulated(arm=(-60, -60), knee=0.5 * (i % 5), place=(0.5, 0.3, -4)) for i in range(10)]
    write_bvh(take_of(poses), tmp_path / "take.bvh", BodyOptions(camera_tilt_deg=0))
    _, heads = scene_of(tmp_path / "take.bvh")
    up, across = heads["Neck"] - heads["Hips"], heads["LeftArm"] - heads["RightArm"]
    assert (up[:, 2] / np.linalg.norm(up, axis=1)).min() > 0.999
    front = np.cross(across, up)
    assert (front[:, 1] / np.linalg.norm(front, axis=1)).max() < -0.999
    assert heads["LeftFoot"][:, 2] == pytest.approx(0.075, abs=0.02), "on the floor"
    assert heads["Hips"][0, :2] == pytest.approx((0, 0), abs=1e-5)
    assert 1.35 < heads["Head"][0, 2] < 1.7, "life size"


@pytest.mark.parametrize("options", [BodyOptions(), BodyOptions(names=Names.H36M)], ids=["by default", "Human3.6M"])
def test_a_glb_moves_as_the_fitted_body_does_and_its_skin_with_it(tmp_path, options):
    take = take_of(stroll(30), fps=25.0)
    write_glb(take, tmp_path / "take.glb", options)
    scene = read_scene(tmp_path / "take.glb")
    heads, body = heads_of(scene), fit_body(take, options)
    assert scene["fps"] == pytest.approx(25) and list(heads) == list(body.names)
    expected = to_blender(body.positions())
    for i, name in enumerate(body.names):
        assert heads[name].shape == (30, 3)
        assert np.linalg.norm(heads[name] - expected[:, i], axis=1).max() < 2e-3, name
    lowest_joint = np.min([heads[name][:, 2] for name in body.names], axis=0)
    below = lowest_joint - scene["skin_low"]
    assert below.min() > 0.02 and below.max() < 0.2, "soles are under the ankles, in every frame"
    assert scene["colours"], "vertices carry the expected error"
