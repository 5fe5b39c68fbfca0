"""Files of ours that are missing or broken, cell by cell: what the user reads, the exit status, and what lies on disk.

Random damage is in `test_fuzz.py` and `test_fuzz_data.py`; the sections of docs/soundness.md name all places.
"""

import json
import os
import pickle
import shutil
import struct
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QSettings

from app import detector
from app.capture import FileSource
from app.cli import main
from app.detector import Detector, PoseModel
from app.recording import Recorder
from app.takes import TakeNote, list_takes, read_note, write_note
from app.window.settings import Settings
from models.weights import DEFAULT_WEIGHTS, build_lifter, load_lifter, save_lifter, write_tensors
from tests.short_clips import write_clip
from tests.test_export import take_of, walking
from tests.test_recording import INFO, recorded, recorded_times  # noqa: F401 (a fixture)
from uao_core.errors import UaoError
from uao_core.export import write_take
from uao_core.export_json import take_to_dict
from uao_core.import_json import read_take

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clips") / "tiny.avi", 3)


def run(capfd, *arguments):
    """Exit status and what the user reads, of the command line."""
    status = main([*map(str, arguments)])
    return status, capfd.readouterr().err


# Weights


def of_nan(path):
    network = build_lifter("temporal", {"width": 8, "heads": 1})
    network.encoder[0].bias.data[3] = float("nan")
    save_lifter(path, network, {})


WEIGHTS = {
    "missing": (lambda path: None, "There are no lifter weights"),
    "a folder": (Path.mkdir, "There are no lifter weights"),
    "truncated": (lambda path: path.write_bytes(DEFAULT_WEIGHTS.read_bytes()[:-1]), "is damaged or no safetensors file"),
    "other shapes": (
        lambda path: write_tensors(path, {"x": torch.zeros(3)}, {"architecture": "temporal", "config": "{}", "card": "{}"}),
        "holds weights that this version cannot use",
    ),
    "NaN inside": (of_nan, "holds weights that are not finite numbers"),
    "a pickle of that name": (lambda path: path.write_bytes(pickle.dumps({"a": 1})), "is damaged or no safetensors file"),
    "PyTorch's own format": (lambda path: torch.save({"a": torch.ones(2)}, path), "is damaged or no safetensors file"),
}


@pytest.mark.parametrize("kind", WEIGHTS)
def test_weights(kind, tiny, tmp_path, capfd):
    path = tmp_path / "w.safetensors"
    make, words = WEIGHTS[kind]
    make(path)
    before = sorted(tmp_path.iterdir())
    status, said = run(capfd, tiny, "--headless", "--weights", path, "--export", tmp_path / "take.json")
    assert status == 1 and len(said.strip().splitlines()) == 1 and words in said and str(path) in said
    assert sorted(tmp_path.iterdir()) == before


# The detector's bundle

LITE = detector.MODELS_FOLDER / "pose_landmarker_lite.task"


def _other_archive(path):
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("readme.txt", "no model")


def _flipped(path):
    content = bytearray(LITE.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


BUNDLES = {
    "missing": (lambda path: None, "is not installed; put pose_landmarker_lite.task into"),
    "empty": (Path.touch, "is damaged or no pose model; get it again"),
    "cut in half": (lambda path: path.write_bytes(LITE.read_bytes()[: LITE.stat().st_size // 2]), "is damaged"),
    "a web page": (lambda path: path.write_text("<html>not found</html>"), "is damaged"),
    "another archive": (_other_archive, "is damaged"),
    "one bit in the middle": (_flipped, "is damaged"),
}


@pytest.mark.parametrize("kind", BUNDLES)
def test_the_pose_model(kind, tmp_path, monkeypatch):
    make, words = BUNDLES[kind]
    make(tmp_path / LITE.name)
    monkeypatch.setattr(detector, "MODELS_FOLDER", tmp_path)
    with pytest.raises(UaoError, match=words), Detector(PoseModel.LITE):
        pass


def test_a_pose_model_that_may_not_be_read(tmp_path, monkeypatch):
    def forbidden(_path):
        raise PermissionError(13, "Permission denied")

    shutil.copy(LITE, tmp_path)
    monkeypatch.setattr(detector, "MODELS_FOLDER", tmp_path)
    monkeypatch.setattr(Path, "read_bytes", forbidden)
    with pytest.raises(UaoError, match=r"cannot be read \(Permission denied\); check who may"), Detector(PoseModel.LITE):
        pass


def test_a_damaged_pose_model_ends_a_run_in_a_sentence(tiny, tmp_path, monkeypatch, capfd):
    (tmp_path / LITE.name).write_bytes(b"PK")
    monkeypatch.setattr(detector, "MODELS_FOLDER", tmp_path)
    target = tmp_path / "take.json"
    status, said = run(capfd, tiny, "--headless", "--pose-model", "lite", "--export", target)
    assert status == 1 and said.strip().splitlines()[-1].endswith("is damaged or no pose model; get it again.")
    assert not target.exists()


# Settings

INI_FILES = {
    "no INI": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "cut off": b"[General]\nrecent=/a.mp4, /b",
    "other kinds": b"[General]\nrecent=5\nappearance=purple\nlanguage=@Size(3 4)\nbatch=@ByteArray(\\xff)\nstate=7\n",
    "a folder of no path": b"[General]\nrecordings_folder=a\\x0/b\nlanguage=xx_YY\n",
    "sizes without end": b"[General]\nbatch=@Variant(\\0\\0\\0\\t\\xff\\xff\\xff\\xf0)\n",
}


@pytest.mark.parametrize("kind", INI_FILES)
def test_the_window_opens_with_broken_settings(kind, qtbot, qapp, tmp_path):
    from app.options import parse_options
    from app.window.main_window import MainWindow
    from app.window.session import Session

    (tmp_path / "uao-pose").mkdir()
    (tmp_path / "uao-pose" / "window.ini").write_bytes(INI_FILES[kind])
    (tmp_path / "uao-pose" / "lens.ini").write_bytes(INI_FILES[kind])
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    window = MainWindow(Session(parse_options([])))
    qtbot.addWidget(window)
    window.show()
    assert window.isVisible() and window.width() >= 300
    window.close()
    assert Settings().recent() == []
    is_set_aside = (tmp_path / "uao-pose" / "window.ini.damaged").is_file()
    assert is_set_aside == (kind == "sizes without end"), "of which Qt would abort"


# Beside a recording


def test_what_a_later_version_says_of_a_take_is_kept(tmp_path):
    video = tmp_path / "walk.avi"
    video.touch()
    beside = tmp_path / "walk.take.json"
    later = {"format": "uao-take", "version": 2, "title": "Waltz", "rating": 5, "tags": ["good"]}
    beside.write_text(json.dumps(later))
    assert read_note(video).title == "Waltz"
    write_note(video, TakeNote(title="Tango"))
    kept = json.loads(beside.read_text())
    assert (kept["title"], kept["rating"], kept["tags"]) == ("Tango", 5, ["good"])
    write_note(video, TakeNote())
    assert json.loads(beside.read_text())["rating"] == 5


@pytest.mark.parametrize("damage", ["missing", "empty", "of zeros", "no UTF-8 in its middle"])
def test_the_lines_of_a_recording(damage, recorded):  # noqa: F811 (the fixture)
    beside = recorded.path.with_suffix(".jsonl")
    lines = beside.read_bytes().splitlines(keepends=True)
    changed = {
        "empty": b"",
        "of zeros": b"".join(lines[:4]) + bytes(4096),
        "no UTF-8 in its middle": b"".join([*lines[:4], b'{"frame":\xff\xfe}\n', *lines[4:]]),
    }
    if damage == "missing":
        beside.unlink()
    else:
        beside.write_bytes(changed[damage])
    times = recorded_times(recorded.path)
    assert times is None if damage in ("missing", "empty") else len(times) == 2, "up to the damage"
    source, given = FileSource(recorded.path), []
    while (frame := source.read()) is not None:
        given.append(frame.time_s)
    source.close()
    assert len(given) == 6 and (np.diff(given) > 0).all(), "every picture is there all the same"
    assert len(list_takes(recorded.path.parent)) == (damage not in ("missing", "empty"))


def test_a_name_that_is_no_utf8_comes_back_from_json(tmp_path):
    """Names of files on Linux are bytes."""
    take = replace(take_of(walking(2)), source_name=os.fsdecode(b"walk\xff.mp4"))
    for suffix in (".json", ".csv", ".bvh", ".trc", ".glb", ".c3d", ".npz"):
        write_take(take, tmp_path / f"take{suffix}")
    assert read_take(tmp_path / "take.json").source_name == take.source_name


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux alone")
def test_files_whose_names_are_no_utf8(qapp, tiny, tmp_path, capfd):
    odd = os.fsdecode(b"walk\xff")
    shutil.copy(tiny, tmp_path / f"{odd}.avi")
    assert main([str(tmp_path / f"{odd}.avi"), "--headless", "--export", str(tmp_path / "take.json")]) == 1
    said = capfd.readouterr().err.strip().splitlines()
    assert len(said) == 1 and "walk\\udcff.avi has letters that are not UTF-8" in said[0] and said[0].endswith("rename it.")
    with pytest.raises(UaoError, match="not UTF-8"):
        Recorder(tmp_path / odd, "take", INFO)
    for suffix in (".json", ".csv", ".bvh", ".trc", ".glb", ".npz"):
        write_take(take_of(walking(2)), tmp_path / f"{odd}{suffix}")
        assert (tmp_path / f"{odd}{suffix}").stat().st_size > 100
    with pytest.raises(UaoError, match="cannot be written"):
        write_take(take_of(walking(2)), tmp_path / f"{odd}.c3d")
    shutil.copy(DEFAULT_WEIGHTS, tmp_path / f"{odd}.safetensors")
    with pytest.raises(UaoError, match="not valid UTF-8"):
        load_lifter(tmp_path / f"{odd}.safetensors")


# Bombs: each file has a kilobyte or so and asks for gigabytes

_NEEDED = "ROOT Hips\n{\nOFFSET 0 0 0\nCHANNELS 0\n" + "}\n"


def _bombs(folder):
    import io

    write_tensors(
        folder / "wide.safetensors",
        {"x": torch.zeros(2)},
        {"architecture": "temporal", "config": json.dumps({"width": 60_000, "heads": 1}), "card": "{}"},
    )
    write_tensors(
        folder / "deep.safetensors",
        {"x": torch.zeros(2)},
        {"architecture": "gumlp", "config": json.dumps({"blocks": 10**8}), "card": "{}"},
    )
    (folder / "long.bvh").write_text(f"HIERARCHY\n{_NEEDED}MOTION\nFrames: 4000000000\nFrame Time: 0.03\n")
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|i1", "fortran_order": False, "shape": (84, 10**9)})
    with zipfile.ZipFile(folder / "mocap_long.npz", "w") as archive:
        archive.writestr("d16.npy", head.getvalue() + b"\0")
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|O", "fortran_order": False, "shape": ()})
    counting = b"\x80\x02Nr" + struct.pack("<I", 200_000_000) + b"."
    void = pickle.dumps(_Void(), protocol=2)
    for name, content in (("counting", counting), ("void", void)):
        with zipfile.ZipFile(folder / f"{name}.npz", "w") as archive:
            archive.writestr("a.npy", head.getvalue() + content)
    frames = [{"index": 0, "time_s": 0}, {"index": 1, "time_s": 9e6}]
    take = take_to_dict(take_of(walking(2)))
    for frame, times in zip(take["frames"], frames, strict=True):
        frame.update(times)
    (folder / "late.json").write_text(json.dumps(take))
    (folder / "nested.json").write_text("[" * 1000)


class _Void:
    def __reduce__(self):
        return np.float64(0).__reduce__()[0], (np.dtype("V2000000000"),)


_UNDER_A_LIMIT = """
import resource, sys
from pathlib import Path
from models.datasets import read_captures
from models.datasets.unpickle import read_object
from models.weights import load_lifter
from uao_core.errors import UaoError
from uao_core.import_json import read_take
readers = {
    ".safetensors": load_lifter,
    ".bvh": lambda path: list(read_captures(path)),
    ".npz": lambda path: list(read_captures(path, "mocap")) if "mocap" in path.name else read_object(path, "a"),
    ".json": read_take,
}
pages = int(Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + 100_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        readers[path.suffix](path)
        print(path.name, "was read")
    except UaoError as error:
        print(path.name, "refused", "MemoryError" in str(error) or "allocate" in str(error), len(str(error).splitlines()))
    except BaseException as error:
        print(path.name, type(error).__name__, error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit, and how much is used, are told as Linux tells them")
def test_a_kilobyte_cannot_ask_for_gigabytes(tmp_path):
    _bombs(tmp_path)
    assert max(path.stat().st_size for path in tmp_path.iterdir()) < 6000
    done = subprocess.run(
        [sys.executable, "-c", _UNDER_A_LIMIT, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert told == {path.name: "refused False 1" for path in tmp_path.iterdir()}, "by what it says, not by what it took"
