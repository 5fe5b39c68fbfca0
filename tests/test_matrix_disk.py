"""Full disks, sealed folders and `kill -9`, cell by cell: what the user reads, the exit status, and what lies on disk.

Full disks are made by a limit on the size of files, which needs no right to mount anything: writing fails in the middle as
on a disk without room.
"""

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.capture import FileSource
from app.cli import main
from app.ledger import LEDGER_NAME, Ledger, Stamp, settings_of
from app.lens.lens import Lens, write_lens
from app.options import parse_options
from app.preview import write_preview
from app.recorded import recorded_times
from app.recording import Recorder
from app.summary import Summary
from app.takes import TakeNote, list_takes, write_note
from models.weights import build_lifter, save_lifter
from tests.short_clips import write_clip
from tests.test_export import take_of, walking
from tests.test_recording import INFO, frame, read_all, result
from uao_core.errors import UaoError
from uao_core.export import FORMATS, write_take

resource = pytest.importorskip("resource", reason="Windows has no such limits")
ROOT = Path(__file__).parent.parent
QUICK = ["--headless", "--device", "cpu", "--pose-model", "lite", "--uao-iterations", "0"]


@contextmanager
def room_for(most_bytes):
    """No file can grow beyond so many bytes; Python ignores the signal that comes with that."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clips") / "tiny.avi", 3)


# A full disk in the middle of a file

TAKE = take_of(walking(30))


def _film(path):
    options = parse_options([str(path.parent / "tiny.avi"), "--headless", "--preview", str(path)])
    write_preview(take_of(walking(3)), options, path)


WRITERS = {each.name: (f"a{each.suffix}", lambda path: write_take(TAKE, path)) for each in FORMATS} | {
    "film": ("a.mp4", _film),
    "picture": ("a.png", _film),
    "weights": ("a.safetensors", lambda path: save_lifter(path, build_lifter("temporal", {"width": 64, "layers": 1}), {})),
    "lens": ("a.json", lambda path: write_lens(Lens(900.0, (1280, 720), "chessboard"), path)),
    "note": ("a.take.json", lambda path: write_note(path.parent / "a.avi", TakeNote("x" * 50))),
    "ledger": (
        LEDGER_NAME,
        lambda path: Ledger(path.parent).note(
            "a", path.parent / "a.avi", Stamp(1, 2), settings_of(parse_options([])), ("bvh",), Summary(3, 0)
        ),
    ),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_full_disk_in_mid_file(qapp, kind, clip, tmp_path):
    name, write = WRITERS[kind]
    target = tmp_path / name
    (tmp_path / "tiny.avi").symlink_to(clip)
    (tmp_path / "a.avi").touch()
    write(target)
    whole = target.read_bytes()
    target.write_bytes(b"{}")
    before = sorted(tmp_path.iterdir())
    for most in (0, len(whole) // 2, len(whole) - 1):
        with room_for(most), pytest.raises(UaoError) as caught:
            write(target)
        said = str(caught.value)
        assert str(target) in said and said.endswith("choose another place or make room.") and "None" not in said
        assert target.read_bytes() == b"{}" and sorted(tmp_path.iterdir()) == before, most
    write(target)
    assert target.stat().st_size > 2


def test_a_full_disk_in_a_run_is_status_1(clip, tmp_path, capfd):
    target = tmp_path / "take.json"
    target.write_text("old")
    with room_for(2000):
        status = main([str(clip), *QUICK, "--overwrite", "--export", str(target)])
    said = capfd.readouterr().err.strip().splitlines()
    assert status == 1 and len(said) == 1 and f"{target} cannot be written (File too large)" in said[0]
    assert target.read_text() == "old" and [path.name for path in tmp_path.iterdir()] == ["take.json"]


# A full disk in the middle of a recording


def test_a_recording_that_grows_no_more_ends_in_a_sentence(tmp_path):
    recorder = Recorder(tmp_path, "take", INFO)
    with room_for(40_000):
        for i in range(400):
            recorder._waiting.put(frame(i % 7, i / 30))  # waits for room, where `add` would leave it out
            if recorder.trouble is not None:
                break
        recorder._thread.join(20)
        ended = recorder.close()
    assert str(tmp_path) in ended.trouble and ended.trouble.endswith("What was recorded is kept.")
    assert len(read_all(FileSource(ended.path))) > 40 and len(list_takes(tmp_path)) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("when", ["in its middle", "when it is closed"])
def test_lines_that_cannot_be_written(tmp_path, when):
    recorder = Recorder(tmp_path, "take", INFO)
    recorder.add(frame(0, 0.0))
    while recorder._frames == 0:
        pass
    recorder._lines.close()
    recorder._lines = open("/dev/full", "w")  # noqa: SIM115, PTH123 (the recorder closes it)
    if when == "in its middle":
        recorder.add(frame(1, 0.1))
    else:
        recorder._lines.write("what a failed flush has left")
    ended = recorder.close()
    assert (ended.trouble is None) == (when != "in its middle")
    assert ended.trouble is None or "No space left on device" in ended.trouble
    assert len(read_all(FileSource(ended.path))) >= 1


def test_a_recording_that_cannot_be_begun_leaves_nothing(tmp_path):
    with room_for(0), pytest.raises(UaoError, match=r"take.avi cannot be written to \(File too large\); choose another"):
        Recorder(tmp_path, "take", INFO)
    assert list(tmp_path.iterdir()) == []


def test_a_pose_that_is_no_number_costs_no_picture(tmp_path):
    recorder = Recorder(tmp_path, "take", INFO)
    bad = result(0, 0.0)
    bad.pose.sigma_mm[3] = bad.pose.joints_m[2, 1] = np.nan
    for i in range(3):
        recorder.add(frame(i, i / 30))
        recorder.add(replace(bad, keypoints=replace(bad.keypoints, index=100 + i)))
    ended = recorder.close()
    assert ended.frames == len(recorded_times(ended.path)) == 3 and ended.trouble is None


# No right to write

SEALED = Path("/proc/uao")
"""Nobody can make a folder there, root neither."""
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


@only_linux
@pytest.mark.parametrize("where", [["--export", str(SEALED / "take.json")], ["--out", str(SEALED)]])
def test_exports_where_nobody_may_write(clip, capfd, where):
    status = main([str(clip), *QUICK, *where])
    said = capfd.readouterr().err.strip().splitlines()
    assert (
        status == 1 and len(said) == 1 and f"The folder {SEALED} cannot be made" in said[0] and "choose another" in said[0]
    )


@only_linux
def test_recordings_where_nobody_may_write():
    with pytest.raises(UaoError, match=r"cannot be recorded to \(.*\); choose another folder"):
        Recorder(SEALED, "take", INFO)


# Killed in the middle of an export

_KILLED = """
import os, random, signal, sys, time
from pathlib import Path
import torch
torch.set_num_threads(1)
from tests.test_export import take_of, walking
from uao_core.export import FORMATS, write_take
folder, rng = Path(sys.argv[1]), random.Random(5)
short, long = take_of(walking(12)), take_of(walking(24))
whole = {}
for each in FORMATS:
    write_take(short, folder / f"a{each.suffix}")
for _ in range(8):
    child = os.fork()
    if child == 0:
        while True:
            for take in (long, short):
                for each in FORMATS:
                    write_take(take, folder / f"a{each.suffix}")
    time.sleep(rng.uniform(0.01, 0.4))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    sizes = {each.suffix: (folder / f"a{each.suffix}").read_bytes() for each in FORMATS}
    for suffix, content in sizes.items():
        whole.setdefault(suffix, set()).add(content)
for each in FORMATS:
    expected = set()
    for take in (short, long):  # under the same name, which stands in some files
        write_take(take, folder / f"a{each.suffix}")
        expected.add((folder / f"a{each.suffix}").read_bytes())
    print(each.name, len(whole[each.suffix] - expected))
print("left", all(".part" in path.name or path.stem == "a" for path in folder.iterdir()))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_an_export_that_is_killed_leaves_the_old_file_or_the_new_one(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = dict(line.split() for line in done.stdout.splitlines())
    assert told == {each.name: "0" for each in FORMATS} | {"left": "True"}
