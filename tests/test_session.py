"""What the window shows, without a window: a file stopped and continued, processed anew, trimmed; a person chosen."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from app.detector import Detector, PoseModel
from app.options import parse_options
from app.window.session import Session
from app.window.trim import Trim

PATIENCE_MS = 60_000


@pytest.fixture
def options():
    return replace(parse_options(["--end", "1.5", "--device", "cpu"]), pose_model=PoseModel.LITE)


@pytest.fixture
def session(qapp, options):
    made = Session(options)
    yield made
    made.shut_down()


@pytest.fixture
def looked_at(monkeypatch):
    """The frames that the detector was asked about."""
    frames, detect = [], Detector.detect
    monkeypatch.setattr(Detector, "detect", lambda self, frame: (frames.append(frame.index), detect(self, frame))[1])
    return frames


def joints(session):
    return np.stack([result.pose.joints_m for result in session.results])


def test_a_stopped_file_goes_on_where_it_was(qtbot, session, options, looked_at):
    session.use(replace(options, end_s=4.0))
    session.open_file(options.clip)
    qtbot.waitUntil(lambda: len(session.results) > 5, timeout=PATIENCE_MS)
    session.stop_processing()
    done = len(session.results)
    assert session.can_continue and session.can_export and not session.is_complete and session.seconds_left is None
    qtbot.waitUntil(lambda: len(session._crew.workers) == 1, timeout=PATIENCE_MS)  # the reader
    assert len(session.results) == done < 80
    session.continue_processing()
    assert session.is_growing and not session.can_export
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert [result.index for result in session.results] == list(range(80)) and not session.can_continue
    assert looked_at == list(range(80)), "no frame is looked at twice"


def test_settings_that_the_detector_does_not_know_are_quick_to_change(qtbot, session, options, looked_at):
    session.open_file(options.clip)
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    before = joints(session)
    session.use(replace(options, uao_iterations=0, height_m=2.1))
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert (
        looked_at == list(range(30))
        and joints(session).shape == before.shape
        and np.abs(joints(session) - before).max() > 0.02
    )
    session.use(options)
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert np.array_equal(joints(session), before)
    session.use(replace(options, people=2))
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert looked_at == 2 * list(range(30)), "another detection needs another look"


def test_the_time_left_is_told(qtbot, session, options):
    session.use(replace(options, end_s=float("inf")))
    session.open_file(options.clip)
    assert session.seconds_left is None
    qtbot.waitUntil(lambda: session.seconds_left is not None, timeout=PATIENCE_MS)
    assert 0 <= session.seconds_left < math.inf  # the first frames take long where the machine is busy


def test_a_trim_is_exported_and_undone(qtbot, session, options, tmp_path):
    session.open_file(options.clip)
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    session.set_trim(Trim(5), "start")
    session.set_trim(Trim(5, 12), "end")
    session.set_trim(Trim(5, 12), "the same again")
    assert session.undo_stack.count() == 2 and session.span == range(5, 12)
    with qtbot.waitSignal(session.exports.written, timeout=PATIENCE_MS):
        session.exports.write(tmp_path / "part.json")
    frames = json.loads((tmp_path / "part.json").read_text())["frames"]
    assert [frame["index"] for frame in frames] == list(range(5, 12))
    assert frames[0]["time_s"] == pytest.approx(session.results[5].time_s, abs=1e-5)
    assert len(frames[0]["edges_px"]) == len(session.results[0].keypoints.edges_px) > 0, "what the room told of the vertical"
    session.undo_stack.undo()
    assert session.trim == Trim(5)
    session.undo_stack.undo()
    assert session.trim == Trim() and session.span == range(30)
    session.undo_stack.redo()
    assert session.trim == Trim(5)
    session.close_source()
    assert session.trim == Trim() and not session.undo_stack.canUndo()


def test_a_chosen_person_is_followed_without_a_new_look(qtbot, session, options, looked_at):
    session.use(replace(options, people=2))
    session.open_file(options.clip)
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    session.player.seek(20)
    before, pelvis = joints(session), session.results[20].keypoints.joints_px[0]
    session.follow(float(pelvis[0]), float(pelvis[1]))
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert np.array_equal(joints(session), before) and session.choice.time_s == pytest.approx(session.results[20].time_s)
    session.player.seek(20)
    session.follow(-5000.0, -5000.0)
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    assert all(result.pose is None for result in session.results), "there is nobody"
    assert all(len(result.others) == 1 for result in session.results) and not session.can_export
    assert looked_at == list(range(30))
    session.open_file(options.clip)
    assert session.choice is None, "a choice belongs to a clip"


def test_the_ground_is_found_while_a_file_is_processed(qtbot, session, options):
    session.use(replace(options, end_s=6.0))
    session.open_file(options.clip)
    qtbot.waitUntil(lambda: session.is_complete, timeout=PATIENCE_MS)
    ground = session.ground
    assert ground is not None and abs(ground.camera_tilt_deg) < 15 and 0.3 < ground.offset_m < 2.5
    session.close_source()
    assert session.ground is None
