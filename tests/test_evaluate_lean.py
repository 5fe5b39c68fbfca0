"""Of whom the lean of an export is measured."""

from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import STANDING_M
from tests.test_export import take_of
from uao_core.body import BodyOptions, fit_body
from uao_core.evaluate.lean import lean_deg, standing
from uao_core.skeleton import LEFT_ANKLE, LEFT_KNEE, RIGHT_ANKLE, RIGHT_KNEE

LEVEL = BodyOptions(camera_tilt_deg=0)


def leaning(degrees, count=20):
    """Somebody whose trunk leans towards the camera."""
    body, angle = STANDING_M.astype(float), np.radians(degrees)
    upper = body[:, 1] < -0.05
    y, z = body[upper, 1].copy(), body[upper, 2].copy()
    body[upper, 1], body[upper, 2] = np.cos(angle) * y - np.sin(angle) * z, np.sin(angle) * y + np.cos(angle) * z
    return [body + (0, 0, 4)] * count


def unseen(take):
    frames = []
    for frame in take.frames:
        points = np.ones((23, 3), np.float32)
        points[[LEFT_KNEE, RIGHT_KNEE, LEFT_ANKLE, RIGHT_ANKLE], 2] = 0.1
        frames.append(replace(frame, keypoints=replace(frame.keypoints, joints_px=points)))
    return replace(take, frames=tuple(frames))


def test_who_stands_and_leans_counts():
    upright, leans = (lean_deg(fit_body(take, LEVEL), take) for take in (take_of(leaning(0)), take_of(leaning(12))))
    assert leans - upright == pytest.approx(12, abs=2.5)


def test_legs_that_nobody_sees_do_not_stand():
    take = unseen(take_of(leaning(0)))
    assert np.isnan(lean_deg(fit_body(take, LEVEL), take))


def test_who_walks_or_bends_a_knee_does_not_stand():
    still = np.repeat(STANDING_M[None].astype(float) * (1, -1, -1), 20, axis=0)
    assert standing(still, 30).all()
    bent, walks = still.copy(), still + np.linspace(0, 1, 20)[:, None, None] * (1, 0, 0)
    bent[:, LEFT_KNEE, 2] += 0.25
    assert not standing(bent, 30).any() and not standing(walks, 30).any()
    assert standing(still[:1], 30).all()
