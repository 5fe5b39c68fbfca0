"""The real detector on real frames."""

import numpy as np
import pytest

from app import detector as module
from app.capture import FileSource, Frame, PixelFormat
from app.detector import Detector, PoseModel
from uao_core import skeleton as sk
from uao_core.errors import UaoError


@pytest.fixture(scope="module")
def frames(clip):
    source = FileSource(clip, 6.2, 6.6)
    found = []
    while (frame := source.read()) is not None:
        found.append(frame)
    source.close()
    return found


@pytest.mark.parametrize("model", list(PoseModel), ids=lambda m: m.value)
def test_it_finds_the_man_with_his_arms_stretched(frames, model):
    with Detector(model) as detector:
        keypoints = [detector.detect(frame).first for frame in frames]
    joints = keypoints[-1].joints_px
    assert joints is not None and keypoints[-1].landmarks_px.shape == (33, 3)
    assert joints[sk.HEAD_TOP, 1] < joints[sk.NOSE, 1] < joints[sk.THORAX, 1] < joints[sk.PELVIS, 1]
    assert joints[sk.PELVIS, 1] < joints[sk.LEFT_KNEE, 1] < joints[sk.LEFT_ANKLE, 1]
    assert joints[sk.RIGHT_WRIST, 0] < joints[sk.RIGHT_SHOULDER, 0] < joints[sk.LEFT_SHOULDER, 0] < joints[sk.LEFT_WRIST, 0]
    assert joints[[sk.LEFT_KNEE, sk.RIGHT_KNEE], 2].min() > 0.5
    assert [k.index for k in keypoints] == [f.index for f in frames]


def test_what_lies_beyond_the_image_is_no_evidence(frames):
    """The detector guesses legs below a picture that ends at the hips."""
    with Detector(PoseModel.FULL) as detector:
        whole = detector.detect(frames[0]).first.joints_px
        edge = int(whole[sk.PELVIS, 1]) + 10
        cut = [Frame(np.ascontiguousarray(f.pixels[:edge]), f.pixel_format, f.index, f.time_s + 1, 0.0) for f in frames]
        joints = [detector.detect(frame).first for frame in cut][-1].joints_px
    legs = [sk.LEFT_KNEE, sk.RIGHT_KNEE, sk.LEFT_ANKLE, sk.RIGHT_ANKLE, sk.LEFT_TOES, sk.RIGHT_TOES]
    assert (joints[legs, 1] > edge).all() and (joints[legs, 2] == 0).all() and joints[sk.NOSE, 2] > 0.9


def test_an_empty_picture_has_nobody():
    with Detector(PoseModel.LITE) as detector:
        keypoints = detector.detect(Frame(np.full((240, 320, 3), 90, np.uint8), PixelFormat.RGB, 0, 0.0, 0.0)).first
    assert keypoints.joints_px is None and keypoints.landmarks_px is None


def test_some_frames_have_edges_whoever_is_in_them(frames):
    empty = Frame(np.full((240, 320, 3), 90, np.uint8), PixelFormat.RGB, 0, 0.0, 0.0)
    with Detector(PoseModel.LITE) as detector:
        found = detector.detect(frames[0]), detector.detect(frames[1])
    assert len(found[0].edges_px) > 5, "shelves and a door"
    assert all(person.edges_px is found[0].edges_px for person in found[0].people) and found[0].people
    assert found[1].edges_px is None and found[1].first.edges_px is None
    with Detector(PoseModel.LITE) as detector:
        assert detector.detect(empty).nobody.edges_px.shape == (0, 4)


def test_repeated_and_backward_times_do_no_harm(frames):
    with Detector(PoseModel.LITE) as detector:
        for time_s in (0.0, 0.0, 0.5, 0.2):
            detector.detect(Frame(frames[0].pixels, PixelFormat.BGR, 0, time_s, 0.0))


def test_a_missing_or_damaged_model_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "MODELS_FOLDER", tmp_path)
    with pytest.raises(UaoError, match="heavy"), Detector(PoseModel.HEAVY):
        pass
    (tmp_path / "pose_landmarker_heavy.task").write_bytes(b"no model")
    with pytest.raises(UaoError, match="damaged"), Detector(PoseModel.HEAVY):
        pass
