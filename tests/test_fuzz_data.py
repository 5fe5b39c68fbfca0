"""Weights and data sets, tampered with at random: each is read, or refused in one sentence; and files made to be bombs."""

import io
import json
import pickle
import struct
import zipfile
from dataclasses import asdict

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.datasets import read_captures
from models.datasets.hdf5 import read_arrays
from models.datasets.mocap_file import open_archive
from models.datasets.unpickle import read_object
from models.weights import build_lifter, load_lifter
from tests.conftest import captured, write_archive
from tests.hostile import as_json, bounded, changed, damaged, refused
from tests.test_datasets_bvh import still, write_bvh
from uao_core.errors import UaoError

SMALL = {"width": 8, "layers": 1, "heads": 1, "feedforward": 8}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz data")


def _safetensors(header, content):
    return struct.pack("<Q", len(header)) + header + content


NETWORK = build_lifter("temporal", SMALL)
TENSORS = {name: tensor.detach().half().numpy() for name, tensor in NETWORK.state_dict().items()}
BYTES = b"".join(tensor.tobytes() for tensor in TENSORS.values())
ENDS = np.cumsum([tensor.nbytes for tensor in TENSORS.values()]).tolist()
HEADER = {
    name: {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": [end - tensor.nbytes, end]}
    for (name, tensor), end in zip(TENSORS.items(), ENDS, strict=True)
}


def _metadata(config, card):
    return {"architecture": "temporal", "config": as_json(config).decode("utf-8", "replace"), "card": json.dumps(card)}


METADATA = _metadata(asdict(NETWORK.config), {"name": "small"})


@given(
    content=st.one_of(
        damaged(_safetensors(json.dumps(HEADER | {"__metadata__": METADATA}).encode(), BYTES)),
        changed(HEADER | {"__metadata__": METADATA}).map(lambda header: _safetensors(as_json(header), BYTES)),
        changed(asdict(NETWORK.config)).map(
            lambda config: _safetensors(json.dumps(HEADER | {"__metadata__": _metadata(config, {})}).encode(), BYTES)
        ),
    )
)
def test_weights(folder, content):
    path = folder / "w.safetensors"
    path.write_bytes(content)
    with bounded():
        lifter = refused(load_lifter, path)
    if lifter is not None:
        shapes = (1, 3, 23, 2), (1, 3, 23), (1, 3, 3), (1, 3)
        assert lifter.network(*(torch.zeros(shape) for shape in shapes)).mu.shape == (1, 3, 23, 3)


@pytest.mark.parametrize(
    ("architecture", "sizes"),
    [
        ("temporal", {}),
        ("temporal", SMALL),
        ("gumlp", {}),
        ("gumlp", {"channels": 16, "blocks": 1, "joint_hidden": [8, 90]}),
    ],
)
def test_no_network_is_taken_for_larger_than_it_is(architecture, sizes):
    network = build_lifter(architecture, sizes)
    weights = sum(tensor.numel() for tensor in network.state_dict().values())
    assert weights / 10 < network.config.least_weights < weights


@pytest.fixture(scope="module")
def bvh(folder):
    write_bvh(folder / "whole.bvh", still(3))
    return (folder / "whole.bvh").read_text()


_WORDS = (
    "",
    "{",
    "}",
    "nan",
    "1e999",
    "-1",
    "0",
    "1e300",
    "x",
    "End",
    "ROOT",
    "CHANNELS",
    "OFFSET",
    "MOTION",
    "Frames:",
    "9" * 5000,
)


@st.composite
def misspelt(draw, text):
    """A text of which some words are others, and some lines are gone or twice there."""
    lines = [line.split() for line in text.splitlines()]
    for _ in range(draw(st.integers(1, 4))):
        line = draw(st.integers(0, len(lines) - 1))
        how = draw(st.sampled_from(("word", "word", "word", "remove", "repeat")))
        if how == "word" and lines[line]:
            lines[line][draw(st.integers(0, len(lines[line]) - 1))] = draw(st.sampled_from(_WORDS))
        elif how == "remove" and len(lines) > 1:
            del lines[line]
        elif how == "repeat":
            lines[line:line] = [list(lines[line])] * draw(st.integers(1, 3))
    return "\n".join(" ".join(line) for line in lines)


@given(data=st.data())
def test_bvh(folder, bvh, data):
    path = folder / "a.bvh"
    text = data.draw(misspelt(bvh).map(str.encode) | damaged(bvh.encode()))
    path.write_bytes(text)
    with bounded(), np.errstate(all="ignore"):
        captures = refused(lambda: list(read_captures(path, "bvh")))
    for capture in captures or ():
        assert np.isfinite(capture.joints_m[:, :17]).all() and 1 <= capture.fps <= 1000


@pytest.fixture(scope="module")
def archive(folder):
    write_archive(folder / "mocap_whole.npz", {"1": captured(6, 1), "2": captured(5, 2)})
    with np.load(folder / "mocap_whole.npz") as whole:
        return (folder / "mocap_whole.npz").read_bytes(), dict(whole)


_ARRAYS = st.sampled_from(
    [
        np.zeros(0),
        np.zeros((0, 10**9)),
        np.array(5),
        np.array([-1, 10**12]),
        np.array([2**63], np.uint64),
        np.array(np.nan),
        np.array(["x", "\ud800"]),
        np.ones((84, 11), np.float32),
        np.ones(3, bool),
        np.zeros(2, [("a", "f8")]),
        np.zeros(1, "M8[s]"),
        np.zeros(1, "V7"),
        np.array([1 + 2j]),
    ]
)


@given(data=st.data())
def test_motion_archives(folder, archive, data):
    path = folder / "mocap_a.npz"
    whole, arrays = archive
    if data.draw(st.booleans()):
        path.write_bytes(data.draw(damaged(whole)))
    else:
        names = data.draw(st.lists(st.sampled_from([*arrays, "fps", "clip_name"]), min_size=1, max_size=2))
        np.savez(path, **(arrays | {name: data.draw(_ARRAYS) for name in names}))
    with bounded(), np.errstate(all="ignore"):
        captures = refused(lambda: list(read_captures(path, "mocap")))
    for capture in captures or ():
        assert capture.joints_m.shape[1:] == (23, 3) and 1 <= capture.fps <= 1000


def _npz(path, name, pickled, compression=zipfile.ZIP_DEFLATED):
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|O", "fortran_order": False, "shape": ()})
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr(f"{name}.npy", head.getvalue() + pickled)


HELD = {"S9": {"Walking": np.ones((2, 32, 3), np.float32), "Eating": [np.zeros((1, 17, 2)), None, 3.5]}, "n": np.int64(17)}
PICKLES = [pickle.dumps(np.array(HELD, dtype=object), protocol=protocol) for protocol in (3, 4, 5)]


@pytest.mark.parametrize("pickled", PICKLES, ids=["numpy 1", "4", "5"])
def test_a_whole_pickle_comes_back(folder, pickled):
    _npz(folder / "p.npz", "a", pickled)
    held = read_object(folder / "p.npz", "a")
    assert (held["S9"]["Walking"] == 1).all() and held["S9"]["Walking"].shape == (2, 32, 3) and held["n"] == 17
    assert held["S9"]["Eating"][0].dtype == np.float64 and held["S9"]["Eating"][1:] == [None, 3.5]


@given(data=st.data())
def test_pickles(folder, data):
    _npz(folder / "p.npz", "a", data.draw(damaged(data.draw(st.sampled_from(PICKLES)))))
    with bounded():
        refused(read_object, folder / "p.npz", "a")


@given(
    shape=st.lists(st.integers(0, 2**40), max_size=3),
    dtype=st.sampled_from(["f8", "u1", "S3", "V5", "O", "c16"]),
    chunked=st.booleans(),
)
def test_hdf5(folder, shape, dtype, chunked):
    """HDF5 keeps an array that was never written as its shape alone."""
    path = folder / "a.h5"
    with h5py.File(path, "w") as file:
        try:
            kind = h5py.string_dtype() if dtype == "O" else dtype
            file.create_dataset("x", shape, kind, chunks=tuple(min(side, 64) for side in shape) if chunked else None)
        except (ValueError, TypeError, OSError):
            return  # no such file can be
    with bounded():
        arrays = refused(read_arrays, path, ["x"])
    assert arrays is None or arrays[0].dtype == np.float64
    assert arrays is None or dtype != "c16", "half of the numbers would be gone"


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressions_that_make_gigabytes_of_kilobytes_are_refused(folder, compression):
    _npz(folder / "p.npz", "a", bytes(10_000_000), compression)
    with pytest.raises(UaoError, match="compressed as no program writes it"), bounded():
        read_object(folder / "p.npz", "a")
    (folder / "mocap_b.npz").write_bytes((folder / "p.npz").read_bytes())
    with pytest.raises(UaoError, match="no mocap archive"):
        open_archive(folder / "mocap_b.npz")
