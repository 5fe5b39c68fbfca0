"""Model cards, and the measurement of a detector's mistakes."""

import json

import numpy as np
import pytest

from models.card import card_markdown, model_card
from models.evaluate import Figures
from models.motion import Motion
from models.weights import build_lifter
from tests.conftest import STANDING_M
from uao_core.camera import Intrinsics
from uao_core.errors import UaoError
from uao_core.evaluate.detector_errors import errors_of_clip
from uao_core.evaluate.sequences import Sequence
from uao_core.packets import Keypoints
from uao_core.skeleton import LEFT_KNEE, MIRROR, RIGHT_WRIST

FOCAL_PX, DEPTH_M = 1000.0, 4.0


def a_motion(*subjects):
    ends = np.arange(len(subjects))
    return Motion(np.zeros((len(subjects), 23, 3), np.float32), np.array(subjects), ends, ends)


def test_a_card_names_the_licence_of_every_source(tmp_path):
    log = tmp_path / "log.jsonl"
    held_out = [{"mpjpe_mm": 61.0}, {"mpjpe_mm": 84.0}]
    log.write_text("\n".join(json.dumps(r) for r in ({"step": 5, "loss": 1.0}, {"step": 10, "held_out": held_out})))
    figures = [Figures("held-out subjects", "exact", 61.0, 50.0, 70.0, 0.9, 0.1)]
    card = model_card("temporal", {"seed": 3}, a_motion("cmu/01", "mylab/7"), 123, figures, log)
    assert card["sources"] == ["cmu", "mylab"] and card["subjects"] == 2 and card["curve"] == [(10, 61.0, 84.0)]
    page = card_markdown(card, build_lifter("temporal", {"width": 32, "heads": 4, "layers": 1, "feedforward": 32}))
    assert "NSF EIA-0196217" in page and "mylab: see the data's own licence" in page and "| 10 | 61.0 | 84.0 |" in page


def a_clip(offsets_mm, unrest_mm, swapped=slice(0, 0), frames=90):
    """A standing person whose joints the detector puts elsewhere by (23, 2) mm, with white noise on top."""
    rng = np.random.default_rng(0)
    truth = (STANDING_M + [0, 0, DEPTH_M])[None].repeat(frames, axis=0).astype(np.float32)
    camera = Intrinsics(FOCAL_PX, (500.0, 400.0), estimated=False)
    shift = offsets_mm + unrest_mm * rng.standard_normal((frames, 23, 2))
    points = (truth[..., :2] + shift / 1000) / truth[..., 2:] * FOCAL_PX + [500, 400]
    joints = np.concatenate([points, np.full((frames, 23, 1), 0.9)], axis=2).astype(np.float32)
    joints[swapped] = joints[swapped][:, list(MIRROR)]
    return Sequence("clip", "fake", [Keypoints(i, i / 30, frame) for i, frame in enumerate(joints)], camera, truth)


def test_a_detectors_offsets_and_unrest_are_found_again():
    offsets = np.zeros((23, 2))
    offsets[RIGHT_WRIST] = [25, -10]
    found, exchanged = errors_of_clip(a_clip(offsets, unrest_mm=8.0))
    assert exchanged == 0
    assert found[RIGHT_WRIST].offset_mm == pytest.approx([25, -10], abs=4)
    assert found[LEFT_KNEE].offset_mm == pytest.approx([0, 0], abs=4)
    assert 6 < found[LEFT_KNEE].unrest_mm < 9 and found[LEFT_KNEE].lasts_s == pytest.approx(1 / 30, abs=1e-3)


def test_exchanged_sides_are_counted_and_taken_out():
    found, exchanged = errors_of_clip(a_clip(np.zeros((23, 2)), unrest_mm=5.0, swapped=slice(30, 60)))
    assert exchanged == pytest.approx(1 / 3, abs=0.03)
    assert all(e.unrest_mm < 10 for e in found.values())


def test_a_clip_with_frames_without_a_person_is_refused():
    clip = a_clip(np.zeros((23, 2)), unrest_mm=5.0)
    clip.keypoints[3] = Keypoints(3, 0.1, None)
    with pytest.raises(UaoError, match="misses the person"):
        errors_of_clip(clip)


@pytest.mark.parametrize(
    ("subjects", "words"),
    [
        (["cmu/01", "uiprmd/2"], "MIT, in half precision."),
        (["cmu/01", "h36m/S1"], "for research alone and not to be passed on, as data they were trained on (h36m), in half"),
        (["cmu/01", "mylab/7"], "under the terms of the data they were trained on (mylab), in half precision."),
    ],
)
def test_weights_are_as_free_as_their_data(tmp_path, subjects, words):
    card = model_card("temporal", {}, a_motion(*subjects), 1, [], tmp_path / "log.jsonl")
    page = card_markdown(card, build_lifter("temporal", {"width": 32, "heads": 4, "layers": 1, "feedforward": 32}))
    assert f"- Weights: {words}" in page and ("MIT" in page) == words.startswith("MIT")
