"""Every kind of scene that somebody may film, through the command line: who is found, how sure it is, what is on disk.

The scenes are made of a second of the bundled clip, in which a man raises his arms, as he was filmed with `present`.
"""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QSettings

from app.detector import PoseModel
from app.options import BUNDLED_CLIP, parse_options
from app.qt_environment import forget_opencv_qt
from app.window.banner import Kind
from app.window.main_window import MainWindow
from app.window.session import Session
from tests.matrix import command_line  # noqa: F401 (a fixture)
from uao_core.skeleton import HEAD_TOP, JOINT_NAMES, PELVIS

forget_opencv_qt()
SIDE, FPS, FIRST, COUNT = 240, 20.0, 106, 16
GREY = np.full((SIDE, SIDE, 3), 110, np.uint8)
BLACK, WHITE = np.zeros_like(GREY), np.full_like(GREY, 255)


def _man():
    capture = cv2.VideoCapture(str(BUNDLED_CLIP))
    for _ in range(FIRST):
        capture.grab()
    frames = [cv2.resize(capture.read()[1], (SIDE, SIDE), interpolation=cv2.INTER_AREA) for _ in range(COUNT)]
    capture.release()
    return frames


def _aside(picture, dx):
    return cv2.warpAffine(picture, np.float32([[1, 0, dx], [0, 1, 0]]), (SIDE, SIDE), borderValue=(110, 110, 110))


def _screen(picture):
    wall = GREY.copy()
    wall[34:136, 54:156] = 20
    wall[40:130, 60:150] = cv2.resize(picture, (90, 90), interpolation=cv2.INTER_AREA)
    return wall


def _furniture(picture):
    return cv2.resize(picture[:, : SIDE // 3], (SIDE, SIDE))


SCENES = {
    "present": lambda man: man,
    "an empty wall": lambda man: [GREY] * COUNT,
    "black": lambda man: [BLACK] * COUNT,
    "noise": lambda man: list(np.random.default_rng(0).integers(0, 255, (COUNT, SIDE, SIDE, 3)).astype(np.uint8)),
    "strobe, nobody": lambda man: [BLACK, WHITE] * (COUNT // 2),
    "furniture": lambda man: [_furniture(man[0])] * COUNT,
    "late": lambda man: [BLACK] * 8 + man,
    "leaving and coming back": lambda man: [*man[:8], *[GREY] * 8, *man[8:]],
    "half out": lambda man: [_aside(picture, 110) for picture in man],
    "upside down": lambda man: [picture[::-1] for picture in man],
    "strobe": lambda man: [picture if i % 2 else (BLACK, WHITE)[i // 2 % 2] for i, picture in enumerate(man)],
    "two people": lambda man: [np.hstack(pair) for pair in zip(man, man[::-1], strict=True)],
    "five people": lambda man: [np.hstack([man[(i + 3 * k) % COUNT][:, 40:200] for k in range(5)]) for i in range(COUNT)],
    "a person on a screen": lambda man: [np.hstack([p, _screen(q)]) for p, q in zip(man, man[::-1], strict=True)],
}
NOBODY = ["an empty wall", "black", "noise", "strobe, nobody"]
SOMEBODY = ["present", "late", "leaving and coming back", "half out", "upside down", "strobe"]


@pytest.fixture(scope="module")
def filmed(tmp_path_factory):
    """Gives the video of a scene."""
    folder, man = tmp_path_factory.mktemp("scenes"), _man()

    def film(scene):
        path = folder / f"{scene}.avi"
        if not path.exists():
            pictures = SCENES[scene](man)
            height, width = pictures[0].shape[:2]
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (width, height))
            for picture in pictures:
                writer.write(np.ascontiguousarray(picture))
            writer.release()
        return path

    return film


class Seen:
    """A run on a scene: its frames, of which some show a person."""

    def __init__(self, left):
        self.left, self.frames = left, left.take["frames"]
        self.has_pose = [frame["joints_m"] is not None for frame in self.frames]
        posed = [frame for frame in self.frames if frame["joints_m"] is not None]
        assert all(frame["sigma_mm"] is None for frame in self.frames if frame["joints_m"] is None)
        self.joints_m = np.array([frame["joints_m"] for frame in posed]).reshape(-1, 17, 3)
        self.sigma_mm = np.array([frame["sigma_mm"] for frame in posed]).reshape(-1, 17)
        self.joints_px = np.array([frame["keypoints_px"] for frame in posed]).reshape(-1, 17, 3)

    @property
    def pelvis_x_px(self):
        return self.joints_px[:, PELVIS, 0]


@pytest.fixture(scope="module")
def seen(run, filmed):
    """Gives the run on a scene; each is done once."""
    done = {}

    def see(scene, *arguments):
        key = (scene, *arguments)
        if key not in done:
            done[key] = Seen(run(filmed(scene), *arguments, export=("bvh", "json")))
        return done[key]

    return see


@pytest.mark.parametrize("scene", NOBODY)
def test_where_nobody_is_nobody_is_found(run, filmed, scene):
    left = run(filmed(scene), export=("bvh", "json"))
    assert (left.status, left.files) == (1, ("take.json",)), "what can be written without anybody is written"
    assert left.sentence.startswith("Nobody was found in ")
    frames = left.take["frames"]
    assert len(frames) == COUNT and all(frame["joints_m"] is frame["keypoints_px"] is None for frame in frames)
    if scene == "black":
        left = run(filmed(scene))
        assert (left.status, left.err) == (0, "") and f"{COUNT} frames, none with a person" in left.out


@pytest.mark.parametrize("scene", SOMEBODY)
def test_what_is_written_of_somebody_is_whole(seen, scene):
    one = seen(scene)
    assert (one.left.status, one.left.err, one.left.files) == (0, "", ("take.bvh", "take.json"))
    assert f"{len(one.frames)} frames, {sum(one.has_pose)} with a person, mean uncertainty" in one.left.out
    lines = (one.left.folder / "take.bvh").read_text().splitlines()
    motion = np.array([line.split() for line in lines[lines.index("MOTION") + 3 :]], dtype=float)
    assert np.isfinite(motion).all() and len(motion) == int(lines[lines.index("MOTION") + 1].split()[1]) > 0
    assert np.abs(np.diff(motion[:, :3], axis=0)).max() < 0.5, "no leap of the root from one frame to the next, in metres"
    assert one.joints_m[..., 2].min() > 0.5 and one.joints_m[..., 2].max() < 10 and one.sigma_mm.min() > 5


def test_somebody_who_comes_late_is_found_from_then_on(seen):
    late, present = seen("late"), seen("present")
    assert late.has_pose == [False] * 8 + [True] * COUNT and late.frames[8]["time_s"] == pytest.approx(8 / FPS, abs=1e-3)
    apart_mm = 1000 * np.linalg.norm(late.joints_m - present.joints_m, axis=-1)
    assert (apart_mm < present.sigma_mm).all() and apart_mm.mean() < 30, "the same within what each joint may be off"
    assert late.sigma_mm.mean() < 1.1 * present.sigma_mm.mean()


def test_who_leaves_is_not_held_on_to_and_found_again(seen):
    away, present = seen("leaving and coming back"), seen("present")
    assert away.has_pose == [True] * 8 + [False] * 8 + [True] * 8
    assert np.abs(away.joints_m - present.joints_m).max() < 0.25, "the same person at the same place"


def test_what_is_out_of_the_picture_is_less_sure(seen):
    half, present = seen("half out"), seen("present")
    assert all(half.has_pose) and half.sigma_mm.mean() > 1.2 * present.sigma_mm.mean()
    hand = JOINT_NAMES.index("left_wrist")  # beyond the border
    assert (half.joints_px[:, hand, 2] == 0).all() and half.sigma_mm[:, hand].mean() > 1.2 * present.sigma_mm[:, hand].mean()


def test_upside_down_is_either_not_found_or_unsure_and_stays_upside_down(seen):
    turned, present = seen("upside down"), seen("present")
    assert (turned.sigma_mm.mean(axis=1) > 1.5 * present.sigma_mm.mean()).all()
    heads, pelvises = turned.joints_m[:, HEAD_TOP, 1], turned.joints_m[:, PELVIS, 1]
    assert (heads > pelvises + 0.3).all(), "y points down"


def test_furniture_that_is_taken_for_somebody_is_unsure(seen):
    assert (seen("furniture").sigma_mm.mean(axis=1) > 1.5 * seen("present").sigma_mm.mean()).all()


def test_a_strobe_shows_somebody_where_there_is_light(seen):
    strobe, present = seen("strobe"), seen("present")
    assert strobe.has_pose == [False, True] * (COUNT // 2)
    assert np.abs(strobe.joints_m - present.joints_m[1::2]).max() < 0.25
    assert strobe.sigma_mm.mean() < 1.5 * present.sigma_mm.mean()


@pytest.mark.parametrize("x_px", [104, 344])
def test_of_two_people_the_chosen_one_is_followed(seen, x_px):
    chosen = seen("two people", "--follow", f"{x_px},120")
    assert chosen.left.status == 0 and all(chosen.has_pose) and np.abs(chosen.pelvis_x_px - x_px).max() < 15


def test_of_five_people_one_is_followed_and_never_another(seen):
    first = seen("five people", "--people", "4")
    assert first.left.status == 0 and sum(first.has_pose) > COUNT // 2
    assert np.ptp(first.pelvis_x_px) < 40, "they stand 160 pixels apart"


@pytest.mark.parametrize("people", [1, 2])
def test_a_person_on_a_screen_is_not_followed_where_the_real_one_is_larger(seen, people):
    real = seen("a person on a screen", "--people", people)
    assert all(real.has_pose) and real.pelvis_x_px.max() < SIDE
    assert real.sigma_mm.mean() < 1.2 * seen("present").sigma_mm.mean()


def test_in_the_window_nobody_is_a_warning_that_says_what_to_do(qtbot, tmp_path, monkeypatch, lifter, filmed):
    monkeypatch.setattr("app.pipeline.load_lifter", lambda _path: lifter)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    session = Session(replace(parse_options(["--device", "cpu"]), pose_model=PoseModel.LITE))
    window = MainWindow(session)
    qtbot.addWidget(window)
    window.show()
    session.open_file(filmed("black"))
    qtbot.waitUntil(lambda: session.is_complete, timeout=60_000)
    (banner,) = window.banners.shown()
    assert banner.kind is Kind.WARNING and banner.text.startswith("Nobody was found in black.avi. The person should be seen")
    assert not window.commands.export.isEnabled() and len(session.results) == COUNT
    window.close()
