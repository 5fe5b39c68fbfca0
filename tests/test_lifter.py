"""Networks and their weights on disk."""

import json

import pytest
import torch
from safetensors.torch import save_file

from models.gumlp import Gumlp, GumlpConfig, skeleton_partitions
from models.temporal import TemporalConfig, TemporalLifter
from models.weights import DEFAULT_WEIGHTS, load_lifter, save_lifter
from uao_core.errors import UaoError
from uao_core.metrics import mpjpe_mm
from uao_core.optimize import UaoConfig, refine

SMALL = GumlpConfig(channels=16, embed=8, blocks=1)
torch.manual_seed(0)
NETWORKS = {
    "gumlp": Gumlp(SMALL).eval().requires_grad_(False),
    "temporal": TemporalLifter(TemporalConfig(width=32, layers=2, heads=4, feedforward=32)).eval().requires_grad_(False),
}


def windows(count=5, frames=4, seed=0):
    """Random input: points, confidence, place and time."""
    rng = torch.Generator().manual_seed(seed)
    points, place = torch.randn(count, frames, 17, 2, generator=rng), torch.randn(count, frames, 3, generator=rng)
    return points, torch.rand(count, frames, 17, generator=rng), place, torch.arange(frames).expand(count, -1) / 30


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_shapes_and_the_pelvis_as_origin(network):
    mu, *logs = network(*windows())
    assert mu.shape == (5, 4, 17, 3) and mu[:, :, 0].abs().max() == 0 and mu[:, :, 1:].abs().min() > 0
    for log in logs:
        assert log.shape == (5, 4, 17)
        assert torch.allclose(log[..., 0], log[..., [1, 4]].mean(-1))


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
    refined = refine(lifter.network, rays, torch.ones(30, 17), torch.arange(30) / 30, UaoConfig(iterations=0))
    relative = refined.joints_m - refined.joints_m[:, :1]
    truth = scene.truth_m - scene.truth_m[:, :1]
    assert mpjpe_mm(relative, truth) < 130
    assert 0.01 < float(refined.sigma_m.mean()) < 0.3


def test_the_card_travels_with_the_weights(lifter):
    assert {"data", "licence", "date", "seed", "figures"} <= set(lifter.card)
    assert lifter.name == DEFAULT_WEIGHTS.name and "MIT" in lifter.card["licence"]
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


def damaged(tmp_path, how):
    path = tmp_path / "w.safetensors"
    network = Gumlp(SMALL)
    if how == "missing":
        return path
    save_lifter(path, network, {})
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:1000])
    elif how == "pickle":
        torch.save(network.state_dict(), path)
    elif how == "nan":
        with torch.no_grad():
            next(network.parameters()).fill_(float("nan"))
        save_lifter(path, network, {})
    elif how == "other shapes":
        config = {"channels": 32, "embed": 8, "blocks": 1}
        save_file(network.state_dict(), path, {"architecture": "gumlp", "config": json.dumps(config), "card": "{}"})
    elif how == "other architecture":
        save_file({"x": torch.zeros(1)}, path)
    return path


@pytest.mark.parametrize("how", ["missing", "truncated", "pickle", "nan", "other shapes", "other architecture"])
def test_bad_weights_are_refused_in_one_sentence(tmp_path, how):
    with pytest.raises(UaoError) as caught:
        load_lifter(damaged(tmp_path, how))
    assert "\n" not in str(caught.value) and "w.safetensors" in str(caught.value)
