"""Lenses: from a person of known height, kept per camera, given on the command line, carried by recordings."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QSettings

from app.capture import FileSource, Frame, PixelFormat, SourceInfo
from app.cli import main
from app.lens.height import ANKLE_SHARE, focal_from_stands, measure_stand
from app.lens.lens import Known, Lens, choose, read_lens, write_lens
from app.lens.words import in_use_in_words
from app.lens_store import LensStore, with_saved_lens
from app.options import parse_options
from app.pipeline import Chain
from app.recording import Recorder
from tests.boards import tour
from tests.conftest import STANDING_M
from uao_core.camera import Intrinsics
from uao_core.errors import UaoError
from uao_core.packets import Keypoints
from uao_core.skeleton import HEAD_TOP, LEFT_ANKLE, RIGHT_ANKLE

SIZE = (1280, 720)
HEIGHT_M = (STANDING_M[[LEFT_ANKLE, RIGHT_ANKLE], 1].mean() - STANDING_M[HEAD_TOP, 1]) / (1 - ANKLE_SHARE)
LENS = Lens(905.25, SIZE, "chessboard", "2026-11-24", 1.5, 0.21)


@pytest.fixture(autouse=True)
def kept_apart(tmp_path):
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


def seen(focal_px, distance_m, aside_m=0.0, noise_px=0.0, frames=30, size=SIZE, down_deg=0.0):
    """Keypoints of the standing body, as a pinhole camera sees it."""
    rng, camera = np.random.default_rng(1), Intrinsics.from_focal(focal_px, size)
    a = np.radians(down_deg)
    turn = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    body = (STANDING_M + [aside_m, 0, distance_m]) @ turn.T
    points = focal_px * body[:, :2] / body[:, 2:] + camera.principal_point_px
    for i in range(frames):
        joints = np.column_stack([points + noise_px * rng.standard_normal(points.shape), np.ones(23)])
        yield Keypoints(i, i / 30, joints.astype(np.float32))


@pytest.mark.parametrize(("focal_px", "distance_m"), [(700.0, 2.5), (900.0, 3.2), (1400.0, 5.0)])
def test_a_person_at_a_known_distance_tells_the_focal_length(focal_px, distance_m):
    stand = measure_stand(seen(focal_px, distance_m, noise_px=2.0), SIZE)
    found = focal_from_stands([stand], [distance_m], HEIGHT_M)
    assert found.lens.focal_px == pytest.approx(focal_px, rel=0.015) and found.start_m == pytest.approx(0, abs=0.01)
    assert found.lens.focal_px == pytest.approx(stand.height_px * distance_m / HEIGHT_M, rel=1e-4)
    parts = (0.02 / HEIGHT_M, 0.05 / distance_m, 0.015, 0.012)  # height, distance, crown and ankles, a tilt of 6 degrees
    assert found.lens.error_percent == pytest.approx(100 * np.linalg.norm(parts), rel=0.02)


def test_the_expected_error_is_what_wrong_lengths_bring():
    """Draws of the height, the distance, the crown's place and the tilt, as they are assumed to be off."""
    rng, off, tall = np.random.default_rng(0), [], (1280, 1600)
    for _ in range(300):
        stand = measure_stand(seen(900.0, 3.2, frames=10, size=tall, down_deg=6 * rng.standard_normal()), tall)
        stand = replace(stand, height_px=stand.height_px * (1 + 0.015 * rng.standard_normal()))
        distance, height = 3.2 + 0.05 * rng.standard_normal(), HEIGHT_M + 0.02 * rng.standard_normal()
        lens = focal_from_stands([stand], [distance], height).lens
        off.append(100 * (lens.focal_px / 900 - 1))
    assert np.sqrt(np.mean(np.square(off))) == pytest.approx(lens.error_percent, rel=0.35)


def test_two_places_do_without_the_distance_to_the_camera():
    places = [2.4, 3.4, 5.0]
    stands = [measure_stand(seen(800.0, place), SIZE) for place in places]
    counted = [place - 1.1 for place in places]  # from a mark
    found = focal_from_stands(stands, counted, HEIGHT_M, from_camera=False)
    assert found.lens.focal_px == pytest.approx(800, rel=0.02) and found.start_m == pytest.approx(1.1, abs=0.1)
    far = focal_from_stands(stands[::2], counted[::2], HEIGHT_M, from_camera=False)
    near = focal_from_stands(stands[:2], counted[:2], HEIGHT_M, from_camera=False)
    assert far.lens.error_percent < near.lens.error_percent, "the longer step tells more"
    measured = focal_from_stands(stands, places, HEIGHT_M)
    assert measured.lens.error_percent < far.lens.error_percent, "and a measured distance still more"
    with pytest.raises(UaoError, match="half a metre"):
        focal_from_stands(stands[:1], counted[:1], HEIGHT_M, from_camera=False)
    with pytest.raises(UaoError, match="grow away"):
        focal_from_stands(stands[:2], [2.0, 1.0], HEIGHT_M, from_camera=False)


def test_who_stands_beside_the_middle_is_farther_than_deep():
    stand = measure_stand(seen(900.0, 3.0, aside_m=0.9), SIZE)
    assert focal_from_stands([stand], [np.hypot(3.0, 0.9)], HEIGHT_M).lens.focal_px == pytest.approx(900, rel=0.02)


def bent(frames):
    for frame in frames:
        frame.joints_px[[2, 5], 0] += 120  # knees
        yield frame


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (seen(900.0, 1.2), "Nobody stood upright"),
        (seen(900.0, 3.2, frames=3), "Nobody stood upright"),
        (bent(seen(900.0, 3.2)), "Nobody stood upright"),
        (seen(900.0, 4.0, aside_m=1.9), "edge"),
        ([Keypoints(0, 0.0, None)], "Nobody stood upright"),
    ],
    ids=["feet out of the picture", "too short", "crouching", "at the edge", "nobody"],
)
def test_who_does_not_stand_as_is_needed_is_refused(frames, words):
    with pytest.raises(UaoError, match=words):
        measure_stand(frames, SIZE)


def test_who_walks_is_refused():
    steps = [next(seen(900.0, 3.0 + 0.05 * i)) for i in range(40)]
    with pytest.raises(UaoError, match="moved"):
        measure_stand(steps, SIZE)


def test_a_lens_scales_with_the_picture_and_not_across_aspects():
    assert LENS.focal_for((640, 360)) == pytest.approx(905.25 / 2) and LENS.focal_for((1280, 720)) == 905.25
    assert LENS.focal_for((853, 480)) == pytest.approx(905.25 * 853 / 1280)
    assert LENS.focal_for((720, 1280)) == LENS.focal_px, "held upright it is the same lens"
    assert LENS.focal_for((640, 480)) is None and LENS.focal_for((480, 640)) is None


def test_a_lens_file_comes_back_and_others_are_refused(tmp_path):
    path = tmp_path / "lens.json"
    write_lens(LENS, path)
    assert read_lens(path) == LENS
    for content in (
        "{}",
        "[]",
        "no json",
        '{"focal_px": -3, "image_size": [2, 2]}',
        '{"focal_px": 1e9, "image_size": [2, 2]}',
    ):
        path.write_text(content)
        with pytest.raises(UaoError, match="holds no measured lens"):
            read_lens(path)
    with pytest.raises(UaoError, match="cannot be read"):
        read_lens(tmp_path / "none.json")


def test_the_store_keeps_a_lens_for_each_camera_and_size():
    store, square = LensStore(), replace(LENS, image_size=(640, 480), focal_px=500.0)
    store.save("HD Webcam: front/1", LENS)
    store.save("HD Webcam: front/1", square)
    store.save("Other", replace(LENS, focal_px=700.0))
    again = LensStore()
    assert again.find("HD Webcam: front/1", SIZE) == LENS and again.find("HD Webcam: front/1", (640, 480)) == square
    assert again.find("HD Webcam: front/1", (640, 360)) == LENS, "of the same aspect"
    assert again.find("HD Webcam: front/1", (500, 500)) is not None, "what does not fit is found, so that it can be said"
    assert again.find("Nobody's", SIZE) is None
    newer = replace(LENS, focal_px=910.0)
    again.save("HD Webcam: front/1", newer)
    assert LensStore().find("HD Webcam: front/1", SIZE) == newer
    again.forget("HD Webcam: front/1")
    assert LensStore().find("HD Webcam: front/1", SIZE) is None and LensStore().find("Other", SIZE) is not None


def test_a_damaged_store_is_an_empty_one():
    LensStore()._stored.setValue("lens/Cam", '[{"focal_px": "x"}]')
    assert LensStore().find("Cam", SIZE) is None


def test_a_webcam_gets_its_own_lens():
    LensStore().save("Front camera", LENS)
    info = SourceInfo("Front camera", SIZE, 30.0, None, is_live=True)
    assert with_saved_lens(info).lens == LENS and with_saved_lens(replace(info, name="Other")).lens is None


def test_what_the_user_says_goes_before_what_was_measured():
    other = replace(LENS, focal_px=700.0)
    assert choose(SIZE, focal_px=800.0, lens=LENS, of_source=LENS).intrinsics.focal_px == 800
    assert choose(SIZE, fov_deg=50, lens=LENS).known is Known.FOV
    named = choose(SIZE, lens=other, of_source=LENS)
    assert (named.intrinsics.focal_px, named.known, named.intrinsics.estimated) == (700, Known.LENS, False)
    assert choose(SIZE, of_source=LENS).known is Known.SOURCE
    assumed = choose((640, 480), of_source=LENS)
    assert assumed.known is Known.ASSUMED and assumed.intrinsics.estimated
    assert "1280 x 720" in in_use_in_words(assumed) and "Assumed" in in_use_in_words(assumed)
    assert in_use_in_words(choose(SIZE, of_source=LENS), "HD Webcam") == "905 px, measured on 2026-11-24 for HD Webcam."


@pytest.fixture
def chain(lifter):
    options = parse_options(["--device", "cpu"])
    return Chain.from_options(options)


def test_a_recording_carries_the_lens(tmp_path, chain):
    info = SourceInfo("Camera 0", (64, 36), 30.0, None, is_live=True, lens=LENS)
    recorder = Recorder(tmp_path, "take", chain.with_lens(info))
    recorder.add(Frame(np.zeros((36, 64, 3), np.uint8), PixelFormat.BGR, 0, 0.0, 0.0))
    path = recorder.close().path
    head = json.loads(path.with_suffix(".jsonl").read_text().splitlines()[0])
    assert head["focal_px"] == pytest.approx(905.25 / 20, abs=0.001)
    source = FileSource(path)
    camera = chain.camera(source.info)
    assert camera.known is Known.SOURCE and camera.intrinsics.focal_px == pytest.approx(905.25 / 20, abs=0.001)
    assert "as when it was recorded" in in_use_in_words(camera)
    bare = Recorder(tmp_path, "bare", chain.with_lens(replace(info, lens=None)))
    bare.add(Frame(np.zeros((36, 64, 3), np.uint8), PixelFormat.BGR, 0, 0.0, 0.0))
    assert FileSource(bare.close().path).info.lens is None, "what is assumed is not passed on as known"
    given = replace(chain, focal_px=50.0)
    assert given.with_lens(info).lens.focal_px == 50


@pytest.fixture(scope="module")
def board_clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("boards") / "boards.avi"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5.0, (960, 540))
    for grey in tour(820.0, (960, 540)):
        video.write(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))
    video.release()
    return path


def test_the_command_line_measures_a_chessboard_and_uses_the_lens(board_clip, tmp_path, capsys):
    file = tmp_path / "lens.json"
    assert main([str(board_clip), "--calibrate", "chessboard"]) == 0
    assert "focal length 8" in capsys.readouterr().out and not file.exists()
    assert main([str(board_clip), "--calibrate", "chessboard", "--lens-file", str(file)]) == 0
    out = capsys.readouterr().out
    assert "12 pictures" in out and f"wrote {file}" in out
    content = json.loads(file.read_text())
    assert content["focal_px"] == pytest.approx(820, rel=0.01) and content["image_size"] == [960, 540]
    assert content["how"] == "chessboard" and content["rms_px"] > 0 and content["date"]
    other = tmp_path / "take.json"
    other.write_text("precious")
    assert main([str(board_clip), "--calibrate", "chessboard", "--lens-file", str(other)]) == 1
    assert other.read_text() == "precious", "nothing is written over unasked"
    options = parse_options([str(board_clip), "--lens", str(file)])
    intrinsics = Chain.from_options(options).intrinsics(SourceInfo("a", (1920, 1080), 30.0, None))
    assert intrinsics.focal_px == pytest.approx(1640, rel=0.01) and not intrinsics.estimated


def test_the_command_line_measures_a_person(clip, monkeypatch, capsys):
    monkeypatch.setattr("app.lens.command.stand_in_clip", lambda *_: measure_stand(seen(900.0, 3.2), SIZE))
    arguments = [str(clip), "--calibrate", "height", "--height", f"{HEIGHT_M:.3f}", "--distance", "3.2"]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert (
        abs(float(out.split("focal length ")[1].split()[0]) - 900) < 5
        and "px from crown to soles" in out
        and "within 2." in out
    )


def test_a_clip_without_a_board_is_one_sentence(clip, capsys):
    assert main([str(clip), "--end", "1", "--calibrate", "chessboard", "--log-level", "info"]) == 1
    assert "too few" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--calibrate", "chessboard"],
        ["a.mp4", "b.mp4", "--calibrate", "chessboard"],
        ["a.mp4", "--calibrate", "height", "--distance", "3"],
        ["a.mp4", "--calibrate", "height", "--height", "1.7", "--distance", "3", "4"],
        ["a.mp4", "--lens-file", "x.json"],
        ["a.mp4", "--board", "9"],
        ["a.mp4", "--lens", "missing.json"],
        ["a.mp4", "--lens", "missing.json", "--fov", "60"],
    ],
)
def test_wrong_usage_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        parse_options(arguments)
    assert end.value.code == 2
