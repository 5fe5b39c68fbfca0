"""A batch on a Dask cluster: one result a video, what is lost is tried again, what is done is not done again."""

import ast
import re
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from app import batch
from app.batch import Batch, Ending
from app.batch_run import run_batch
from app.ledger import LEDGER_NAME
from app.options import parse_options
from app.videos import find_videos
from tests.short_clips import write_clip
from uao_core.errors import UaoError

ROOT = Path(__file__).parent.parent


def test_nothing_else_knows_the_cluster():
    """It opens sockets; the program does not."""
    for path in ROOT.glob("app/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {getattr(node, "module", None) or "", *(alias.name for alias in node.names)}
                names |= {f"{getattr(node, 'module', None)}.{alias.name}" for alias in node.names}
                assert path.name == "cluster.py" or not any(
                    name == "app.cluster" or name.split(".")[0] in ("distributed", "dask") for name in names
                ), path


@pytest.fixture(scope="module")
def client():
    """Two workers in this process, which talk without sockets."""
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with (
        distributed.LocalCluster(2, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as made,
    ):
        yield made


@pytest.fixture
def clips(tmp_path):
    for name in "abc":
        write_clip(tmp_path / "clips" / f"{name}.avi", 6)
    (tmp_path / "clips" / "d broken.mov").write_text("no video")
    return tmp_path / "clips"


def options(*arguments):
    return parse_options(["--headless", "--format", "json", "--pose-model", "lite", "--device", "cpu", *map(str, arguments)])


def test_every_video_has_one_result_and_a_second_run_goes_on(client, clips, tmp_path, capsys, processed):
    from app.cluster import on_cluster

    for folder, work in (("cluster", on_cluster(client, options(clips, "--out", tmp_path))), ("here", None)):
        with pytest.raises(UaoError, match="1 of 4 videos failed"):
            run_batch(options(clips, "--out", tmp_path / folder), work)
    made, expected = ({path.name: path.read_bytes() for path in (tmp_path / f).iterdir()} for f in ("cluster", "here"))
    assert made == expected and sorted(made) == ["a.json", "b.json", "c.json", LEDGER_NAME]
    told = capsys.readouterr()
    assert "2/4 b.avi: 6 frames" in told.out and "4/4 d broken.mov:" in told.err
    (tmp_path / "cluster" / "b.json").unlink()
    processed.clear()
    with pytest.raises(UaoError, match="1 of 4 videos failed"):
        run_batch(options(clips, "--out", tmp_path / "cluster"), on_cluster(client, options(clips, "--out", tmp_path)))
    assert sorted(processed) == ["b.avi", "d broken.mov"], "what cannot be read is tried once a run"
    assert capsys.readouterr().out.count("done before") == 2


def test_what_nobody_expected_is_tried_again(client, clips, tmp_path, monkeypatch, capsys):
    from app.cluster import on_cluster

    (clips / "d broken.mov").unlink()
    failures, process = {"a.avi": 2, "b.avi": 9}, batch.process_clip

    def unreliable(chain, clip, *rest):
        if failures.get(clip.name, 0) > 0:
            failures[clip.name] -= 1
            raise OSError("the disk went away")
        return process(chain, clip, *rest)

    monkeypatch.setattr(batch, "process_clip", unreliable)
    with pytest.raises(UaoError, match="1 of 3 videos failed"):
        run_batch(
            options(clips, "--out", tmp_path / "out"), on_cluster(client, options(clips, "--out", tmp_path), retries=2)
        )
    assert failures == {"a.avi": 0, "b.avi": 9 - 3}
    assert "2/3 b.avi: Something went wrong that should not have (the disk went away)" in capsys.readouterr().err
    assert (tmp_path / "out" / "a.json").is_file() and not (tmp_path / "out" / "b.json").exists()


def test_who_stops_waits_for_nobody_and_weights_that_cannot_be_used_end_it(client, clips, tmp_path):
    from app.cluster import on_cluster

    wanted = options(clips, "--out", tmp_path / "out")
    work = Batch(wanted)
    jobs = work.plan(find_videos(wanted.clips).videos)
    outcomes = list(on_cluster(client, wanted)(work, jobs, None, lambda: True))
    assert [outcome.ending for _, outcome in outcomes] == 4 * [Ending.STOPPED]
    broken = replace(wanted, weights=clips / "d broken.mov")
    with pytest.raises(UaoError, match=r"broken\.mov"):
        run_batch(broken, on_cluster(client, broken))


def test_workers_keep_native_libraries_from_the_terminal(tmp_path):
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    clip, lean = write_clip(tmp_path / "a.avi", 3), ["--pose-model", "lite", "--device", "cpu", "--format", "json"]
    command = [sys.executable, "-m", "app.cluster", clip, "--out", tmp_path / "out", "--processes", "1", *lean]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and done.stdout.startswith("1/1 a.avi: 3 frames")
    chatter = re.compile(r"^[IWEF]\d{4} |TensorFlow|absl")  # what Dask has to say is its own affair
    assert not [line for line in done.stderr.splitlines() if chatter.search(line)]


def test_its_command_line_is_that_of_a_batch(client, clips, tmp_path, monkeypatch, capsys):
    import distributed

    from app.cluster import main

    arguments = [str(clips / "a.avi"), "--out", str(tmp_path / "out"), "--pose-model", "lite", "--device", "cpu"]
    monkeypatch.setattr(distributed, "Client", lambda address, **_: {"tcp://here:1": nullcontext(client)}[address])
    assert main([*arguments, "--scheduler", "tcp://here:1", "--format", "json"]) == 0
    assert (tmp_path / "out" / "a.json").is_file()

    def absent(_address, **_):
        raise OSError("Timed out")

    monkeypatch.setattr(distributed, "Client", absent)
    assert main([*arguments, "--scheduler", "tcp://nowhere:1"]) == 1
    assert "There is no Dask scheduler at tcp://nowhere:1 (Timed out)" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([str(clips)])
    assert "--out" in capsys.readouterr().err
