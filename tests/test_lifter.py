"""Networks and their weights on disk."""

import copy
import json
from dataclasses import asdict

import pytest
import torch
from safetensors.torch import save_file

from models.gumlp import Gumlp, GumlpConfig, skeleton_partitions
from models.temporal import TemporalConfig, TemporalLifter
from models.weights import DEFAULT_WEIGHTS, load_lifter, save_lifter
from uao_core.camera import virtual_view
from uao_core.errors import UaoError
from uao_core.lifting import lift
from uao_core.metrics import mpjpe_mm
from uao_core.optimize import UaoConfig, refine
from uao_core.skeleton import MIRROR

SMALL = GumlpConfig(channels=16, embed=8, blocks=1)
torch.manual_seed(0)
NETWORKS = {
    "gumlp": Gumlp(SMALL).eval().requires_grad_(False),
    "temporal": TemporalLifter(TemporalConfig(width=32, layers=2, heads=4, feedforward=32)).eval().requires_grad_(False),
}


def windows(count=5, frames=4, seed=0):
    """Random input: points, confidence, place and time."""
    rng = torch.Generator().manual_seed(seed)
    points, place = torch.randn(count, frames, 23, 2, generator=rng), torch.randn(count, frames, 3, generator=rng)
    return points, torch.rand(count, frames, 23, generator=rng), place, torch.arange(frames).expand(count, -1) / 30


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_shapes_and_the_pelvis_as_origin(network):
    mu, *logs = network(*windows())
    assert mu.shape == (5, 4, 23, 3) and mu[:, :, 0].abs().max() == 0 and mu[:, :, 1:].abs().min() > 0
    for log in logs:
        assert log.shape == (5, 4, 23)
        assert torch.allclose(log[..., 0], log[..., [1, 4]].mean(-1))


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("frames", [1, 2, 27, 60])
def test_a_window_may_be_of_any_length(network, frames):
    output = network(*windows(2, frames))
    assert output.mu.shape == (2, frames, 23, 3) and all(part.isfinite().all() for part in output)


def test_only_differences_of_times_count():
    points, confidence, place, time_s = windows(3, 9)
    here, later, slower = (NETWORKS["temporal"](points, confidence, place, t) for t in (time_s, time_s + 64.0, 2 * time_s))
    assert (here.mu - later.mu).abs().max() < 1e-3 and (here.log_sigma - later.log_sigma).abs().max() < 1e-3
    assert (here.mu - slower.mu).abs().max() > 1e-3, "but how fast a motion is does"


def test_frames_of_a_window_see_each_other_and_windows_do_not():
    points, confidence, place, time_s = windows(3, 9)
    changed = points.clone()
    changed[0, 4] += 1.0
    for name, network in NETWORKS.items():
        moved = (network(changed, confidence, place, time_s).mu - network(points, confidence, place, time_s).mu).abs()
        assert moved[1:].max() < 1e-5 and moved[0, 4].max() > 1e-3
        assert (moved[0, 8].max() > 1e-4) == (name == "temporal")


def test_uncertainty_keeps_within_its_bounds():
    config = TemporalConfig(width=32, layers=1, heads=4, feedforward=32, min_sigma_m=0.1, max_sigma_m=0.2)
    network = TemporalLifter(config)
    with torch.no_grad():
        network.sigma_head[1].weight.normal_(std=10.0)
        for log in network(*windows(20))[1:]:
            assert log.exp().min() > 0.0999 and log.exp().max() < 0.2001 and log.std() > 0.1


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_the_mirror_image_is_lifted_to_the_mirror_image(network, scene):
    """Exactly: every number of the result, for a person beside the optical axis; one branch alone is not so."""
    rays = scene.intrinsics.rays(torch.from_numpy(scene.joints_px[:9, :, :2]))
    confidence = torch.rand(9, 23, generator=torch.Generator().manual_seed(0))
    flip, time_s = torch.tensor([-1.0, 1.0, 1.0]), torch.arange(9) / 30

    def lifted(rays, confidence, mirrored):
        view = virtual_view(rays, confidence)
        return lift(network, view, view.points, confidence, time_s, mirrored=mirrored)

    def apart(mirrored):
        here = lifted(rays, confidence, mirrored)
        there = lifted(rays[:, list(MIRROR)] * flip[:2], confidence[:, list(MIRROR)], mirrored)
        joints = here.joints - there.joints[:, list(MIRROR)] * flip
        names = ("sigma", "sigma_across", "sigma_depth")
        return max(
            float(joints.abs().max()),
            *(float((getattr(here, n) - getattr(there, n)[:, list(MIRROR)]).abs().max()) for n in names),
        )

    assert apart(mirrored=True) < 1e-5 and apart(mirrored=False) > 1e-2


def test_the_published_size_can_be_built():
    network = Gumlp(GumlpConfig(channels=512, joint_hidden=(51, 102)))
    assert 3.5e6 < sum(p.numel() for p in network.parameters()) < 5.5e6


def test_partitions_are_the_four_kinds_of_neighbour():
    own, towards, away, mirror = skeleton_partitions()
    assert torch.equal(own, torch.eye(17))
    assert towards[0].sum() == 0 and towards[3, 2] == 1  # the pelvis has no parent; the ankle's is the knee
    assert away[2, 3] == 1 and away[0].sum() == pytest.approx(1)
    assert mirror[13, 16] == 1 and mirror[8].sum() == 0


def test_the_shipped_lifter_knows_a_standing_person(scene, lifter):
    rays = scene.intrinsics.rays(torch.from_numpy(scene.joints_px[:, :, :2]))
    refined = refine(lifter.network, rays, torch.ones(30, 23), torch.arange(30) / 30, UaoConfig(iterations=0))
    relative = refined.joints_m - refined.joints_m[:, :1]
    truth = scene.truth_m - scene.truth_m[:, :1]
    assert mpjpe_mm(relative, truth) < 130
    assert 0.01 < float(refined.sigma_m.mean()) < 0.3


def test_the_card_travels_with_the_weights(lifter):
    assert {"sources", "licences", "date", "settings", "figures", "curve"} <= set(lifter.card)
    assert lifter.name == DEFAULT_WEIGHTS.name and "NSF EIA-0196217" in " ".join(lifter.card["licences"])
    assert all(not p.requires_grad for p in lifter.network.parameters()) and not lifter.network.training


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_weights_come_back_as_they_were_saved(tmp_path, network):
    """But for the rounding to half precision: under a millimetre of pose, under a percent of uncertainty."""
    save_lifter(tmp_path / "w.safetensors", network, {"name": "small"})
    loaded = load_lifter(tmp_path / "w.safetensors")
    saved, read = network(*windows(40)), loaded.network(*windows(40))
    assert mpjpe_mm(read.mu, saved.mu) < 1 and mpjpe_mm(0 * read.mu, saved.mu) > 100
    assert (read.log_sigma - saved.log_sigma).abs().max() < 0.01
    assert type(loaded.network) is type(network) and loaded.network.config == network.config
    assert loaded.card == {"name": "small"}
    assert [p.name for p in tmp_path.iterdir()] == ["w.safetensors"]


def tensors_of(network):
    return {name: tensor.contiguous() for name, tensor in network.state_dict().items()}


def write(path, tensors, architecture="temporal", config=None, card="{}"):
    """Weights with any header; what is None is left out."""
    config = json.dumps(asdict(NETWORKS["temporal"].config)) if config is None else config
    header = {"architecture": architecture, "config": config, "card": card}
    save_file(tensors, path, {name: text for name, text in header.items() if text is not None})


def of_nan(path):
    network = copy.deepcopy(NETWORKS["temporal"])
    network.encoder[0].bias.fill_(float("nan"))
    save_lifter(path, network, {})


def beyond_half_precision(path):
    network = copy.deepcopy(NETWORKS["temporal"])
    network.encoder[0].bias.fill_(1e6)
    save_lifter(path, network, {})


TENSORS = tensors_of(NETWORKS["temporal"])
SIZES = asdict(NETWORKS["temporal"].config)
DAMAGED = {
    "missing": lambda path: None,
    "a folder": lambda path: path.mkdir(),
    "empty": lambda path: path.write_bytes(b""),
    "truncated": lambda path: (write(path, TENSORS), path.write_bytes(path.read_bytes()[:1000])),
    "pickle": lambda path: torch.save(TENSORS, path),
    "nan": of_nan,
    "beyond half precision": beyond_half_precision,
    "other shapes": lambda path: write(path, TENSORS, config=json.dumps(SIZES | {"width": 64})),
    "a layer less": lambda path: write(path, TENSORS, config=json.dumps(SIZES | {"layers": 1})),
    "a layer more": lambda path: write(path, TENSORS, config=json.dumps(SIZES | {"layers": 3})),
    "an unknown size": lambda path: write(path, TENSORS, config=json.dumps(SIZES | {"depth": 3})),
    "a size that is a word": lambda path: write(path, TENSORS, config=json.dumps(SIZES | {"width": "wide"})),
    "no JSON": lambda path: write(path, TENSORS, config="{"),
    "no card": lambda path: write(path, TENSORS, card=None),
    "no header": lambda path: save_file({"x": torch.zeros(1)}, path),
    "an unknown architecture": lambda path: write(path, TENSORS, architecture="transformer"),
    "weights of the other architecture": lambda path: write(path, tensors_of(NETWORKS["gumlp"])),
    "sizes of the other architecture": lambda path: write(path, TENSORS, architecture="gumlp"),
    "called the other architecture": lambda path: write(path, TENSORS, architecture="gumlp", config="{}"),
    "sizes that are a list": lambda path: write(path, TENSORS, config="[]"),
    "heads that do not divide the width": lambda path: write(path, TENSORS, config=json.dumps(SIZES | {"heads": 7})),
    "a card that is a number": lambda path: write(path, TENSORS, card="5"),
}


@pytest.mark.parametrize("how", [*DAMAGED])
def test_bad_weights_are_refused_in_one_sentence(tmp_path, how):
    DAMAGED[how](tmp_path / "w.safetensors")
    with pytest.raises(UaoError) as caught:
        load_lifter(tmp_path / "w.safetensors")
    assert "\n" not in str(caught.value) and "w.safetensors" in str(caught.value)
