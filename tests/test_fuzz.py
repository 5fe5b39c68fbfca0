"""Files that the program keeps or reads back, tampered with at random: each is read, or refused in one sentence.

`--hypothesis-profile long` tries some thousand of each.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QSettings

from app.batch import Batch, Job
from app.camera import CameraMode
from app.ledger import LEDGER_NAME, Ledger, Stamp
from app.lens.lens import Lens, choose, lens_to_dict, read_lens, write_lens
from app.lens_store import LensStore
from app.names import name_takes
from app.options import parse_options
from app.recorded import recorded_lens, recorded_times
from app.summary import Summary
from app.takes import TakeNote, list_takes, read_note, write_note
from app.videos import Video
from app.window.queue_store import QueueStore, StoredQueue
from app.window.settings import Settings
from tests.hostile import bounded, changed, damaged, refused, tampered
from tests.test_export import take_of, walking
from uao_core.errors import UaoError
from uao_core.export import write_take
from uao_core.export_json import take_to_dict
from uao_core.import_json import read_take

LENS = Lens(900.0, (1280, 720), "chessboard", "2026-01-31", 4.0, 0.3)
NOTE = {"format": "uao-take", "version": 1, "title": "Waltz", "note": "third try\n", "trim_start": 2, "trim_stop": 9}
HEAD = {
    "format": "uao-recording",
    "version": 1,
    "recorded": "2026-01-31T10:00:00+01:00",
    "source": "Camera 0",
    "fps": 30.0,
    "image_size": [64, 48],
    "focal_px": 60.0,
}
TAKE = take_to_dict(take_of([None, *walking(3)]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


@given(content=tampered(TAKE))
def test_takes(folder, content):
    path = folder / "take.json"
    path.write_bytes(content)
    with bounded():
        take = refused(read_take, path)
    if take is None:
        return
    for suffix in (".json", ".csv", ".trc", ".npz"):
        refused(write_take, take, folder / f"again{suffix}")
    again = read_take(folder / "again.json")
    assert len(again.frames) == len(take.frames) and again.source_name == take.source_name


def test_a_take_of_the_first_version_is_written_again(folder):
    """Which had no toes, hands and ears."""
    old = TAKE | {"frames": [{k: v for k, v in frame.items() if "extremities" not in k} for frame in TAKE["frames"]]}
    (folder / "old.json").write_text(json.dumps(old))
    take = read_take(folder / "old.json")
    for suffix in (".json", ".csv", ".bvh", ".glb", ".trc", ".c3d", ".npz"):
        write_take(take, folder / f"again{suffix}")
    assert json.loads((folder / "again.json").read_text())["frames"][1]["extremities_m"] is None


@pytest.mark.parametrize(
    ("version", "words"), [(2, "newer UAO Pose; update"), (True, "its version"), (0, "its version"), ("1", "its version")]
)
def test_a_take_of_another_version_says_which(folder, version, words):
    (folder / "newer.json").write_text(json.dumps(TAKE | {"version": version}))
    with pytest.raises(UaoError, match=words):
        read_take(folder / "newer.json")


@given(content=tampered(NOTE))
def test_what_the_user_says_of_a_take(folder, content):
    video = folder / "said.avi"
    video.touch()
    video.with_suffix(".take.json").write_bytes(content)
    with bounded():
        note = read_note(video)
    assert isinstance(note.title, str) and isinstance(note.note, str) and "\n" not in note.title
    assert 0 <= note.trim_start < 2**32 and (note.trim_stop is None or note.trim_start < note.trim_stop < 2**32)
    refused(write_note, video, note)
    assert read_note(video) == note
    write_note(video, TakeNote())
    assert read_note(video) == TakeNote()


def _lines(entries):
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)


LINES = [HEAD, *({"frame": i, "time_s": round(i / 30, 6)} for i in range(5)), {"index": 4, "time_s": 0.1, "joints_m": None}]


@given(
    content=st.one_of(
        damaged(_lines(LINES)),
        st.tuples(tampered(HEAD), tampered(LINES[3]), tampered(LINES[5])).map(
            lambda made: b"\n".join((made[0], _lines(LINES[1:3]) + made[1], made[2]))
        ),
        st.tuples(tampered(LINES[2]), tampered(LINES[4])).map(lambda made: _lines(LINES[:2]) + made[0] + b"\n" + made[1]),
    )
)
def test_lines_of_a_recording(folder, content):
    video = folder / "recorded" / "walk.avi"
    video.parent.mkdir(exist_ok=True)
    video.touch()
    video.with_suffix(".jsonl").write_bytes(content)
    with bounded():
        times, lens, takes = recorded_times(video), recorded_lens(video, (64, 48)), list_takes(video.parent)
    assert times is None or (np.isfinite(times).all() and (np.diff(times) >= 0).all() and times[0] >= 0)
    assert lens is None or math.isfinite(lens.focal_px)
    for take in takes:
        assert 0 <= take.frames < 2**32 and 0 <= take.duration_s < 1e8 and take.size_bytes >= 0 and take.title


SETTINGS = {"height_m": 1.8, "pose_model": "full", "unfiltered": False, "lens": None, "window": 27}
SUMMARY = {"frames": 9, "with_person": 8, "sigma_mm": 60.5, "lifted_reprojection_px": 4.0, "reprojection_px": 2.0}
LEDGER = {
    "format": "uao-batch",
    "version": 1,
    "takes": {
        name: {
            "video": f"../clips/{name}.mp4",
            "stamp": {"size": 100, "modified_ns": 1_700_000_000_000_000_000},
            "settings": SETTINGS,
            "formats": ["bvh", "json"],
            "summary": SUMMARY,
            "older": ["csv"],
            "refused": {"glb": "Nobody was found."},
            "digests": {"bvh": "0" * 64},
        }
        for name in ("walk", "day 2/walk")
    },
}


@given(content=tampered(LEDGER))
def test_the_ledger_of_a_batch(folder, content):
    out = folder / "out"
    out.mkdir(exist_ok=True)
    (out / LEDGER_NAME).write_bytes(content)
    with bounded():
        ledger = Ledger(out)
    videos = [Video(folder / "clips" / name, folder / "clips") for name in ("walk.mp4", "day 2/walk.mp4", "other.mov")]
    for name in name_takes(videos, ledger):
        assert (out / f"{name}.bvh").resolve().is_relative_to(out.resolve())
        if (entry := ledger.entry(name)) is not None:
            entry.summary.line(30.0)
    ledger.note("new", videos[2].path, Stamp(5, 6), SETTINGS, ["bvh"], Summary(3, 0))
    kept = Ledger(out)
    assert kept.entry("new").summary == Summary(3, 0) and kept.name_of(videos[2].path) == "new"


def test_a_ledger_cannot_lead_out_of_its_folder(folder, tmp_path):
    for name in ("../walk", "/walk", "C:/walk", "a\\..\\..\\walk", "a/../../walk"):
        content = LEDGER | {"takes": {name: LEDGER["takes"]["walk"] | {"video": "walk.mp4"}}}
        (tmp_path / LEDGER_NAME).write_text(json.dumps(content))
        batch = Batch(parse_options(["--headless", "x.mp4", "--out", str(tmp_path)]))
        (job,) = batch.plan([Video(tmp_path / "walk.mp4", tmp_path)])
        assert isinstance(job, Job) and job.targets[0] == tmp_path / "walk.bvh", name


@given(content=tampered(lens_to_dict(LENS)))
def test_lens_files(folder, content):
    path = folder / "lens.json"
    path.write_bytes(content)
    with bounded():
        lens = refused(read_lens, path)
    if lens is not None:
        assert math.isfinite(lens.fov_deg) and "\n" not in lens.how + lens.date
        for size in ((1280, 720), (64, 48), (1, 1), lens.image_size):
            assert math.isfinite(choose(size, lens=lens).intrinsics.focal_px)
        write_lens(lens, path)
        assert read_lens(path).image_size == lens.image_size


@pytest.fixture
def settings(tmp_path):
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    return Settings()


def text(content):
    """As settings hold it."""
    return content.decode("utf-8", "replace").replace("\0", "")


@given(content=tampered([lens_to_dict(LENS), lens_to_dict(LENS)]))
def test_the_store_of_lenses(settings, content):
    store = LensStore()
    store._stored.setValue("lens/Camera", text(content))
    with bounded():
        found = store.find("Camera", (1280, 720))
    assert found is None or math.isfinite(found.focal_px)
    store.save("Camera", LENS)
    assert LensStore().find("Camera", LENS.image_size) == LENS


QUEUE = {
    "videos": [["/clips/a.mp4", "/clips"], ["/clips/b.mp4", "/"], ["/clips/x/../c.mp4", "/clips"]],
    "target": "/out",
    "formats": ["bvh"],
    "overwrite": True,
}


@given(content=tampered(QUEUE))
def test_the_store_of_the_queue(settings, content):
    settings.store_batch(text(content))
    with bounded():
        kept = QueueStore(settings).load()
    for name in name_takes(kept.videos, Ledger(Path("/nowhere"))):
        assert ".." not in Path(name).parts and not Path(name).is_absolute()
    assert set(kept.formats) <= {"bvh"} or kept == StoredQueue()
    QueueStore(settings).save(kept)
    assert QueueStore(settings).load() == kept or kept == StoredQueue()


INI = """[General]
recent=/clips/a.mp4, /clips/b.mp4
appearance=dark
language=zh_CN
recordings_folder=/takes
batch={}
geometry=@ByteArray(\\x1\\xd9\\xd0\\xcb\\0\\x3\\0\\0)
state=@ByteArray(\\0\\0\\0\\xff\\0\\0\\0\\0)

[cameras]
Front%20camera=640 480 30

[display]
scale=200
"""


@given(
    content=st.one_of(
        damaged(INI.encode()),
        changed(INI.splitlines()).map(lambda lines: "\n".join(map(str, lines)).encode("utf-8", "replace")),
    )
)
def test_the_settings_of_the_window(folder, content):
    made = folder / "ini" / "uao-pose"
    made.mkdir(parents=True, exist_ok=True)
    (made / "window.ini").write_bytes(content)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "ini"))
    with bounded():
        kept = Settings()
        kept._stored.sync()
        assert all(isinstance(path, Path) for path in kept.recent()) and kept.appearance() is not None
        assert kept.language() is None or isinstance(kept.language(), str)
        assert isinstance(kept.batch(), str) and isinstance(kept.camera_mode("Front camera"), CameraMode)
        assert kept.recordings_folder() is None or list_takes(kept.recordings_folder() / "none") == ()
        assert all(isinstance(word, str) for word in kept.words("display").values())
