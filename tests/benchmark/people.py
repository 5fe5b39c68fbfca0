"""People with known poses, for errors: bodies that walk, wave and bend, seen as the evaluation sees captured motion.

They are made, not captured, so that the benchmark needs no data; how good poses are on captured motion and real video stands
in docs/benchmarks.md.
"""

import math
from dataclasses import replace

import numpy as np
import torch

from models.detector_model import DetectorModel
from models.synthesis import synthesize
from tests.conftest import STANDING_M
from uao_core.skeleton import (
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_KNEE,
    LEFT_SHOULDER,
    PARENTS,
    RIGHT_ELBOW,
    RIGHT_HIP,
    RIGHT_KNEE,
    RIGHT_SHOULDER,
    SPINE,
)

FPS = 30
_WHOLE = replace(DetectorModel(), truncated_rate=0.0, focal_log_sd=0.0)
"""The training's detector before a whole person and a known lens."""


def examples(count, length, seed=1):
    """`models.synthesis.Examples` of `count` people through `length` frames."""
    rng = np.random.default_rng(seed)
    joints = torch.from_numpy(np.stack([_motion(length, rng) for _ in range(count)]))
    return synthesize(joints, torch.full((count,), 1 / FPS), torch.Generator().manual_seed(seed), _WHOLE)


def _motion(length, rng):
    """(T, 23, 3) metres, Y up, at first towards -Z: somebody who does something for a while; limbs turn forward about X."""
    time_s = np.arange(length) / FPS
    body = np.repeat((STANDING_M * [-1, -1, 1])[None], length, axis=0)
    rate = rng.uniform(0.5, 1.1)
    stride, bent, lean = rng.uniform(0, 0.6), rng.uniform(0, 0.9) * (rng.random() < 0.4), rng.uniform(-0.1, 0.5)

    def wave(amplitude, phase):
        return amplitude * np.sin(2 * math.pi * rate * time_s + phase)

    start = rng.uniform(0, 2 * math.pi)
    for phase, hip, knee, shoulder, elbow, side in (
        (0.0, RIGHT_HIP, RIGHT_KNEE, LEFT_SHOULDER, LEFT_ELBOW, 1),
        (math.pi, LEFT_HIP, LEFT_KNEE, RIGHT_SHOULDER, RIGHT_ELBOW, -1),
    ):
        leg = wave(stride, start + phase)
        _turn(body, knee, 0, -np.maximum(0, 0.8 * wave(stride, start + phase + 1.4)) - 1.6 * bent)
        _turn(body, hip, 0, leg + bent)
        raised, swung = rng.uniform(0, 1.6) * (rng.random() < 0.5), rng.uniform(-0.3, 1.2)
        _turn(body, elbow, 0, rng.uniform(0.1, 1.6) + wave(0.3, rng.uniform(0, 6)))
        _turn(body, shoulder, 0, swung + leg + wave(0.2, rng.uniform(0, 6)))
        _turn(body, shoulder, 2, -side * raised + wave(0.2, rng.uniform(0, 6)))
    _turn(body, SPINE, 0, -lean + wave(0.1, rng.uniform(0, 6)))
    _turn(body, 0, 1, rng.uniform(0, 2 * math.pi) + rng.uniform(-1, 1) * time_s)
    body -= body[..., 1].min(axis=1)[:, None, None] * [0, 1, 0]
    return body.astype(np.float32)


def _turn(body, joint, axis, angle):
    """Turn what hangs on a joint about it, by (T,) radians about an axis of the room."""
    moved = [each for each in range(len(PARENTS)) if _hangs_on(each, joint)]
    angle = np.broadcast_to(angle, len(body))
    i, j = ((1, 2), (2, 0), (0, 1))[axis]
    arm = body[:, moved] - body[:, joint, None]
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    turned = arm.copy()
    turned[..., i], turned[..., j] = cos * arm[..., i] - sin * arm[..., j], sin * arm[..., i] + cos * arm[..., j]
    body[:, moved] = body[:, joint, None] + turned


def _hangs_on(joint, bearer):
    """Whether a joint is moved by a turn about another; the trunk's are borne by the spine."""
    while joint >= 0:
        if joint == bearer:
            return True
        joint = PARENTS[joint]
    return False
