"""Runs the program as its command line does, in this process, and gives all that a user is left with."""

import io
import json
import math
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from app.cli import main


@dataclass(frozen=True)
class Left:
    """What a run leaves: its exit status, what was read on both streams, and the names of the files in a folder."""

    status: int
    out: str
    err: str
    files: tuple[str, ...]
    folder: Path

    @property
    def sentence(self):
        """The one line on the terminal that says what went wrong."""
        line, *more = self.err.splitlines()
        assert not more and line.startswith("uao-pose: ")
        return line.removeprefix("uao-pose: ")

    @property
    def refusal(self):
        """The sentence of a run that failed and left nothing."""
        assert self.status == 1 and self.out == "" and self.files == ()
        return self.sentence

    @property
    def take(self):
        """What the JSON says, which is whole: frames in order, and no number that is none."""
        content = json.loads((self.folder / "take.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
        times = [frame["time_s"] for frame in content["frames"]]
        assert [frame["index"] for frame in content["frames"]] == list(range(len(times)))
        assert all(map(math.isfinite, times)) and all(before < after for before, after in pairwise(times))
        return content


class Runner:
    """Calls the command line on a clip, with exports into a folder of their own."""

    def __init__(self, folder):
        self._folder, self._runs = folder, 0

    def __call__(self, clip, *arguments, export=("json",), out=False, within=nullcontext()):
        self._runs += 1
        folder = self._folder / f"run {self._runs}"
        folder.mkdir()
        targets = ["--out", folder] if out else [part for kind in export for part in ("--export", folder / f"take.{kind}")]
        fixed = ["--headless", "--pose-model", "lite", "--device", "cpu"]
        told, trouble = io.StringIO(), io.StringIO()
        with within, redirect_stdout(told), redirect_stderr(trouble):
            try:
                status = main([*map(str, [clip, *fixed, *targets, *arguments])])
            except SystemExit as end:
                status = end.code
        assert "Traceback" not in trouble.getvalue()
        files = tuple(sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()))
        return Left(status, told.getvalue(), trouble.getvalue(), files, folder)


@pytest.fixture(name="run", scope="module")
def command_line(tmp_path_factory, lifter):
    """The command line; its weights are loaded once for all tests, and the descriptors of the process stay as they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.native_logs.silence_native_logs", lambda: None)
        patch.setattr("app.pipeline.load_lifter", lambda _path: lifter)
        yield Runner(tmp_path_factory.mktemp("results"))
