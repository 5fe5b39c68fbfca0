"""Runs the program as its command line does, in this process, and gives all that a user is left with."""

import json
import math
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli import main


@dataclass(frozen=True)
class Left:
    """What a run leaves: its exit status, what was read on both streams, and the names of the files beside its input."""

    status: int
    out: str
    err: str
    files: tuple[str, ...]
    folder: Path

    @property
    def refusal(self):
        """The one sentence on the terminal, of a run that failed and left no file."""
        assert self.status == 1 and self.out == "" and self.files == ()
        line, *more = self.err.splitlines()
        assert not more and line.startswith("uao-pose: ") and "Traceback" not in self.err
        return line.removeprefix("uao-pose: ")

    @property
    def take(self):
        """What the JSON says, which is whole: no number that is none, and frames in order."""
        content = json.loads((self.folder / "take.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
        times = [frame["time_s"] for frame in content["frames"]]
        assert [frame["index"] for frame in content["frames"]] == list(range(len(times)))
        assert all(map(math.isfinite, times)) and all(a < b for a, b in zip(times, times[1:]))  # noqa: B905, RUF007
        return content


class Runner:
    """Calls the command line on a clip, with exports into a folder of their own."""

    def __init__(self, folder, capsys):
        self._folder, self._capsys, self._runs = folder, capsys, 0

    def __call__(self, clip, *arguments, export=("json",), out=False, within=nullcontext()):
        self._runs += 1
        folder = self._folder / f"run {self._runs}"
        folder.mkdir()
        targets = ["--out", folder] if out else [part for kind in export for part in ("--export", folder / f"take.{kind}")]
        fixed = ["--headless", "--pose-model", "lite", "--device", "cpu"]
        self._capsys.readouterr()
        with within:
            status = main([*map(str, [clip, *fixed, *targets, *arguments])])
        told = self._capsys.readouterr()
        assert "Traceback" not in told.err
        files = tuple(sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()))
        return Left(status, told.out, told.err, files, folder)


@pytest.fixture
def run(tmp_path_factory, capsys, monkeypatch, lifter):
    """The command line; its weights are loaded once for all tests, and the descriptors of the process stay as they are."""
    monkeypatch.setattr("app.native_logs.silence_native_logs", lambda: None)
    monkeypatch.setattr("app.pipeline.load_lifter", lambda _path: lifter)
    return Runner(tmp_path_factory.mktemp("results"), capsys)
