"""Shared fixtures and helpers: the shipped weights, the bundled clip, a body seen by a known camera, motion archives."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import sys
import time
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from PySide6.QtCore import QTimer

from app import batch
from app.options import BUNDLED_CLIP
from app.window.garbage import Collector
from models.weights import Lifter, load_lifter
from tests.workers import (  # noqa: F401
    pytest_collection_finish,
    pytest_configure,
    pytest_runtest_protocol,
    pytest_runtest_teardown,
    pytest_terminal_summary,
    pytest_unconfigure,
)
from uao_core.camera import Intrinsics
from uao_core.evaluate.__main__ import main as evaluate
from uao_core.keypoints import derive_trunk
from uao_core.skeleton import LEFT_HAND, LEFT_TOES, MIRROR, RIGHT_HAND, RIGHT_TOES, RIGHT_WRIST

_ANY_PACE = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
hypothesis_settings.register_profile("fixed", derandomize=True, max_examples=120, **_ANY_PACE)
hypothesis_settings.register_profile("long", max_examples=5000, **_ANY_PACE)
hypothesis_settings.load_profile("fixed")  # `--hypothesis-profile long` takes its place
torch.set_num_threads(1)  # as the program does; and the other cores belong to other workers

STANDING_M = np.array(
    # x right, y down, z forward, facing the camera: the person's right is the image's left
    [
        [0.00, 0.00, 0.00],
        [-0.10, 0.01, 0.00],
        [-0.12, 0.43, -0.03],
        [-0.13, 0.84, 0.02],
        [0.10, 0.01, 0.00],
        [0.12, 0.43, -0.03],
        [0.13, 0.84, 0.02],
        [0.00, -0.25, 0.00],
        [0.00, -0.50, 0.01],
        [0.00, -0.61, -0.08],
        [0.00, -0.76, -0.02],
        [0.17, -0.49, 0.01],
        [0.30, -0.27, 0.03],
        [0.33, -0.08, -0.10],
        [-0.17, -0.49, 0.01],
        [-0.35, -0.35, -0.05],
        [-0.45, -0.50, -0.20],
        [-0.14, 0.90, -0.09],  # toes, hands, ears
        [0.14, 0.90, -0.09],
        [0.34, -0.01, -0.15],
        [-0.47, -0.58, -0.23],
        [0.075, -0.63, 0.02],
        [-0.075, -0.63, 0.02],
    ],
    dtype=np.float32,
)

MOCAP_NAMES = """
hip_center r_hip r_knee r_ankle r_toe_base r_toe_tip l_hip l_knee l_ankle l_toe_base l_toe_tip spine chest neck_base
head_base head_top nose l_ear r_ear l_shoulder l_elbow l_wrist l_hand r_shoulder r_elbow r_wrist r_hand
""".split()  # noqa: SIM905 (twenty-seven lines would hide what matters)
OURS = """
hip_center r_hip r_knee r_ankle l_hip l_knee l_ankle spine neck_base nose head_top
l_shoulder l_elbow l_wrist r_shoulder r_elbow r_wrist
r_toe_base l_toe_base l_hand r_hand l_ear r_ear
""".split()  # noqa: SIM905
UNIT_M = 0.0005


@dataclass(frozen=True)
class Scene:
    """A waving person before a known camera: truth (T, 23, 3) with root, keypoints (T, 23, 3) in pixels."""

    intrinsics: Intrinsics
    truth_m: torch.Tensor
    joints_px: np.ndarray


@pytest.fixture(scope="session", autouse=True)
def application(qapp):
    """There from the first test on: a preview that finds none makes one that no widget can live with."""
    return qapp


_collector = Collector()


@pytest.fixture(autouse=True)
def garbage_is_collected_on_the_main_thread():
    """As in the program: a window that a test has left behind must not be destroyed by the next one's threads."""
    yield
    _collector.collect()


def pytest_sessionfinish():
    """Qt aborts the process where threads still run at its end."""
    if (workers := sys.modules.get("app.window.workers")) is not None:
        workers.end_workers(workers.Worker.running(), most_s=60)


@pytest.fixture(scope="session")
def lifter() -> Lifter:
    return load_lifter()


@pytest.fixture(scope="session")
def clip():
    assert BUNDLED_CLIP.is_file()
    return BUNDLED_CLIP


@pytest.fixture(scope="session")
def scene() -> Scene:
    """Thirty frames at 30 fps; the pose sways and the right arm moves up and down."""
    intrinsics = Intrinsics.from_focal(900.0, (1280, 720))
    time_s = torch.arange(30) / 30
    body = torch.from_numpy(STANDING_M).repeat(30, 1, 1)
    body[:, [RIGHT_WRIST, RIGHT_HAND], 1] += 0.12 * torch.sin(2 * np.pi * time_s)[:, None]
    yaw = 0.4 * torch.sin(np.pi * time_s)
    cos, sin = yaw.cos()[:, None], yaw.sin()[:, None]
    body = torch.stack([cos * body[..., 0] + sin * body[..., 2], body[..., 1], cos * body[..., 2] - sin * body[..., 0]], -1)
    truth = body + torch.tensor([0.4, 0.1, 3.2])
    points = derive_trunk(intrinsics.project(truth))
    joints_px = torch.cat([points, torch.ones(30, 23, 1)], dim=2).numpy()
    return Scene(intrinsics, truth, joints_px)


@pytest.fixture
def processed(monkeypatch):
    """Names of the clips that are processed, as they are."""
    called, process = [], batch.process_clip
    monkeypatch.setattr(
        batch, "process_clip", lambda chain, clip, *rest: called.append(clip.name) or process(chain, clip, *rest)
    )
    return called


@pytest.fixture
def session(window):
    """Of the window that a module's own fixture makes."""
    return window._session


@pytest.fixture
def evaluated(monkeypatch, capsys):
    """Runs the evaluation command; gives its exit status, what it wrote, and its errors."""

    def call(*arguments):
        monkeypatch.setattr("sys.argv", ["uao_core.evaluate", *map(str, arguments)])
        try:
            status = evaluate()
        except SystemExit as end:
            status = end.code
        written = capsys.readouterr()
        return status, written.out, written.err

    return call


def captured(frames, seed):
    """(F, 23, 3) y-up metres: the standing body, its joints a little elsewhere in every frame, walking along z."""
    rng = np.random.default_rng(seed)
    body = STANDING_M * [-1, -1, 1] + [0, 0.92, 0]
    walk = np.arange(frames)[:, None, None] * np.array([0, 0, 0.02])
    return body + walk + 0.05 * rng.standard_normal((frames, 23, 3))


def walkers(count, frames, seed, fps=30):
    """(B, T, 23, 3) y-up metres: standing bodies, each with joints a little elsewhere, that walk along z without a jerk."""
    rng = np.random.default_rng(seed)
    pose = STANDING_M * [-1, -1, 1] + [0, 0.92, 0] + 0.05 * rng.standard_normal((count, 1, 23, 3))
    walk = np.arange(frames)[:, None, None] * np.array([0, 0, 0.6 / fps])
    return torch.from_numpy((pose + walk).astype(np.float32))


def walk(frames, fps=30, heading=0.0):
    """(T, 23, 3) pixels and confidence of somebody who walks on the spot, 4 m away; heading 0 is towards the camera.

    `heading` is in radians, for all frames or for each; pi / 2 shows the person from the side.
    """
    phase = 2 * np.pi * 0.9 * np.arange(frames) / fps
    body = np.repeat(STANDING_M[None].astype(np.float64), frames, axis=0)
    for hip, hand, sign in ((1, 11, 1), (4, 14, -1)):  # an arm swings with the leg of the other side
        for start, length, swing in ((hip, 0.42, 0.45), (hand, 0.28, 0.4)):
            forward = sign * swing * np.sin(phase)
            for joint, way in ((start + 1, length), (start + 2, 1.95 * length)):
                body[:, joint] = body[:, start]
                body[:, joint, 1] += way * np.cos(forward)
                body[:, joint, 2] -= way * np.sin(forward)
    for end, bearer in ((RIGHT_TOES, 3), (LEFT_TOES, 6), (LEFT_HAND, 13), (RIGHT_HAND, 16)):
        body[:, end] += body[:, bearer] - STANDING_M[bearer]
    yaw = np.broadcast_to(heading, frames)[:, None]
    x, y, z = body[..., 0], body[..., 1], body[..., 2]
    turned = np.stack([np.cos(yaw) * x + np.sin(yaw) * z, y, np.cos(yaw) * z - np.sin(yaw) * x + 4], axis=-1)
    points = 900 * turned[..., :2] / turned[..., 2:] + [640, 360]
    return derive_trunk(np.concatenate([points, np.ones((frames, 23, 1))], axis=2).astype(np.float32))


def exchanged(joints, first, last):
    """(T, 23, 3) with left and right exchanged from frame `first` on, before `last`."""
    joints = joints.copy()
    joints[first:last] = joints[first:last, list(MIRROR)]
    return joints


def write_archive(path, clips):
    """Clips {subject: (F, 23, 3)} in the archive's layout: 16-bit differences along each clip, the root as 28th joint."""
    differences, lengths, valid = [], [], []
    for joints in clips.values():
        everything = np.zeros((len(joints), 28, 3))
        root = joints[:, 0]
        for i, name in enumerate(OURS):
            everything[:, MOCAP_NAMES.index(name)] = joints[:, i] - root
        everything[:, 27] = root
        units = np.round(everything / UNIT_M).astype(np.int32).transpose(1, 2, 0).reshape(84, -1)
        differences.append(np.diff(units, axis=1, prepend=0).astype(np.int16))
        lengths.append(len(joints))
        valid.append(np.ones((len(joints), 27), bool))
    valid[0][3, MOCAP_NAMES.index("nose")] = False  # one frame lacks a joint
    np.savez(
        path,
        d16=np.concatenate(differences, axis=1),
        unit=UNIT_M,
        joint_names=np.array(MOCAP_NAMES),
        clip_start=np.cumsum([0, *lengths[:-1]]),
        clip_len=np.array(lengths),
        clip_subject=np.array(list(clips)),
        valid=np.packbits(np.concatenate(valid)),
    )


@pytest.fixture(scope="session")
def archive_folder(tmp_path_factory):
    """Thirty subjects of one laboratory, and one of the laboratory that is never trained on."""
    folder = tmp_path_factory.mktemp("mocap")
    subjects = [f"{i:02}" for i in range(1, 31)]
    write_archive(folder / "mocap_lab.npz", {s: captured(30, int(s)) for s in subjects})
    write_archive(folder / "mocap_accad.npz", {"Male1": captured(40, 99)})
    return folder


class EventLoopGaps:
    """Seconds between two turns of the event loop, from `start` to `stop`."""

    def __init__(self):
        self.seconds = []
        self._timer = QTimer()
        self._timer.timeout.connect(self._turn)

    def start(self):
        self._last = time.monotonic()
        self._timer.start(5)

    def stop(self):
        self._timer.stop()

    def _turn(self):
        now = time.monotonic()
        self.seconds.append(now - self._last)
        self._last = now
