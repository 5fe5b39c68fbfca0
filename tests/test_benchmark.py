"""The benchmark's cheap parts: arithmetic, tables, JSON, the paper's loop, people with known poses."""

import json
import sys
import time

import jsonschema
import numpy as np
import pytest
import torch

from app.capture import Frame, PixelFormat
from models.gumlp import Gumlp, GumlpConfig
from tests.benchmark import __main__ as benchmark
from tests.benchmark import profile, starting
from tests.benchmark.about import LIBRARIES, machine
from tests.benchmark.frames import MemorySource, _to_and_fro
from tests.benchmark.measuring import Cost, in_turns, middle, ratio, timed
from tests.benchmark.official import PUBLISHED, official, published_network
from tests.benchmark.people import examples
from tests.benchmark.report import Figure, Row, Target, as_dict, head, markdown
from tests.benchmark.window import _growth
from uao_core.skeleton import BONES, NUM_H36M

SCHEMA = {
    "type": "object",
    "required": ["format", "version", "machine", "rows"],
    "properties": {
        "format": {"const": "uao-pose benchmark"},
        "machine": {"required": ["processor", "cores", "load", "system", "python", "libraries", "date"]},
        "rows": {
            "type": "array",
            "items": {
                "required": ["key", "title", "seconds", "figures"],
                "properties": {
                    "figures": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "required": ["what", "value", "unit", "target", "is_met", "detail"],
                            "properties": {
                                "value": {"type": "number"},
                                "target": {"type": ["string", "null"]},
                                "is_met": {"type": ["boolean", "null"]},
                            },
                        },
                    }
                },
            },
        },
    },
}


@pytest.mark.parametrize(
    "kind, limit, value, is_met",
    [
        (">=", 0.9, 0.9, True),
        (">=", 0.9, 0.89, False),
        ("<=", 2.5, 2.5, True),
        ("<", 50, 50.0, False),
        ("<", 50, 49.9, True),
    ],
)
def test_a_figure_knows_whether_its_target_is_met(kind, limit, value, is_met):
    figure = Figure("x", value, Target(kind, limit), "ms")
    assert figure.is_met is is_met and figure.columns()[2] == ("met" if is_met else "not met")
    assert Figure("x", value).is_met is None


def test_costs_take_turns_and_are_compared_round_by_round():
    order = []

    def contender(name, costs):
        remaining = iter(costs)

        def run():
            order.append(name)
            return Cost(wall_s=next(remaining), cpu_s=1.0, count=10)

        return run

    quick, slow = in_turns(3, contender("quick", [1, 10, 2]), contender("slow", [2, 30, 4]))
    assert order == ["quick", "slow"] * 3
    assert ratio(slow, quick) == 2, "the round in which the machine was busy counts as any other"
    assert middle(quick) == 200 and middle(quick, "cpu_ms") == 100


def test_time_on_the_wall_and_of_the_processors_are_two_things():
    with timed(2) as idle:
        time.sleep(0.05)
    assert idle.wall_ms >= 24 and idle.cpu_ms < idle.wall_ms


def test_the_lag_of_a_queue_would_be_seen():
    assert _growth([(i, 0.1) for i in range(30)]) == pytest.approx(1)
    assert _growth([(i, 0.1 + 0.1 * i) for i in range(30)]) > 3


@pytest.fixture
def rows():
    return [
        Row("a", "One", [Figure("size", 0.5, Target(">=", 0.9), detail={"ms": 12.345}), Figure("why", 3.0, unit="ms")], 1.2),
        Row("b", "Two", [Figure("growth", 123.4, Target("<", 5), "MB")], 0.1),
    ]


def test_the_report_as_text_table_and_json(rows):
    about = machine()
    assert "not met" in rows[0].text() and "12.3" in rows[0].text()
    table = markdown(about, rows).splitlines()
    assert "| One: size | 0.50 | >= 0.9 | not met |" in table and "| Two: growth | 123 MB | < 5 MB | not met |" in table
    written = json.loads(json.dumps(as_dict(about, rows)))
    jsonschema.validate(written, SCHEMA)
    assert written["rows"][0]["figures"][1]["is_met"] is None


def test_the_head_names_the_machine_and_the_versions():
    about = machine()
    assert set(LIBRARIES) == set(about["libraries"]) and about["libraries"]["torch"] and about["cores"] >= 1
    assert f"torch {about['libraries']['torch']}" in head(about) and about["processor"] in head(about)
    assert "load" not in head(about | {"load": None})


def test_rows_can_be_chosen_and_written(monkeypatch, tmp_path, capsys, rows):
    monkeypatch.setattr(benchmark, "ROWS", {"a": ("One", lambda: rows[0].figures), "b": ("Two", lambda: 1 / 0)})
    monkeypatch.setattr(sys, "argv", ["benchmark", "--only", "a", "--json", str(tmp_path / "out.json"), "--markdown"])
    assert benchmark.main() == 0
    out = capsys.readouterr().out
    assert "One  (a," in out and "| One: size |" in out
    jsonschema.validate(json.loads((tmp_path / "out.json").read_text()), SCHEMA)


def test_a_source_in_memory_gives_every_frame_and_then_ends():
    held = [Frame(np.zeros((4, 6, 3), np.uint8), PixelFormat.BGR, i, i / 20, 0.0) for i in range(3)]
    source = MemorySource(held, count=7)
    assert source.began_s is None and source.info.image_size == (6, 4)
    times = []
    while (frame := source.read()) is not None:
        times.append(frame.time_s)
    assert len(times) == 7 and np.allclose(np.diff(times), 1 / 20) and source.began_s is not None
    assert [_to_and_fro(i, 4) for i in range(9)] == [0, 1, 2, 3, 2, 1, 0, 1, 2]


def test_the_published_network_has_its_published_size():
    network = published_network()
    assert PUBLISHED.channels == 512 and 4.0e6 < sum(p.numel() for p in network.parameters()) < 4.7e6
    assert not any(p.requires_grad for p in network.parameters())


def test_the_papers_loop_moves_poses_towards_their_evidence():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    network = Gumlp(GumlpConfig(channels=16, embed=16)).eval().requires_grad_(False)
    seen = examples(3, 2)
    root = (seen.view.rotation @ seen.root_m.flatten(0, 1)[..., None])[..., 0]
    half_view = torch.full((len(root),), 0.6)

    def distance(iterations):
        joints = official(network, seen.view, seen.confidence.flatten(0, 1), root, half_view, iterations)
        assert joints.shape == (6, NUM_H36M, 3) and joints.isfinite().all()
        placed = joints + root[:, None]
        wanted = seen.view.points[:, :NUM_H36M] * seen.view.scale
        return float((placed[..., :2] / placed[..., 2:] - wanted).norm(dim=-1).mean())

    assert distance(20) < distance(0)


def test_people_with_known_poses_are_of_one_piece_and_move():
    seen = examples(4, 10, seed=5)
    truth = seen.view.to_camera(seen.truth.flatten(0, 1)).view(seen.truth.shape)
    lengths = torch.stack([(truth[:, :, a] - truth[:, :, b]).norm(dim=-1) for a, b in BONES[:16]])
    assert (lengths.amax(dim=2) - lengths.amin(dim=2)).max() < 1e-3, "bones keep their lengths"
    assert truth.diff(dim=1).norm(dim=-1).amax() > 0.003
    again = examples(4, 10, seed=5)
    assert torch.equal(seen.rays, again.rays)


def test_time_within_a_part_counts_for_the_inner_one(monkeypatch):
    now = iter([0.0, 1.0, 3.0, 7.0])
    monkeypatch.setattr(profile.time, "process_time", lambda: next(now))
    clock = profile._Clock()
    clock.begin("outer")
    clock.begin("inner")
    clock.end()
    clock.end()
    assert clock.seconds == {"outer": 1.0 + 4.0, "inner": 2.0}


def test_every_part_of_the_profile_can_be_told_apart():
    for stage, parts in profile.STAGES.items():
        for part, functions in parts.items():
            found = [name for module, name in functions if profile.find(module, name)[2] is not None]
            assert found or not functions, f"{stage}, {part}: its functions have other names now"


def test_the_profile_is_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    found = {stage: {part: 1.5 + n for n, part in enumerate(parts)} for stage, parts in profile.STAGES.items()}
    profile.draw(found, tmp_path / "profile.png")
    assert (tmp_path / "profile.png").stat().st_size > 5000 and "Detector" in profile.words(found)


def test_a_program_that_cannot_start_is_no_figure(monkeypatch):
    monkeypatch.setattr(starting, "_IMPORT", "raise SystemExit(3)")
    with pytest.raises(RuntimeError, match="cannot be imported"):
        starting._import()
