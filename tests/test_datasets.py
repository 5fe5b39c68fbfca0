"""One way in, and packed motion capture: archives of the real layout, clip by clip."""

import math

import numpy as np
import pytest

from models.datasets import LAYOUTS, read_captures
from tests.conftest import UNIT_M, captured, write_archive
from tests.test_datasets_bvh import assert_upright, still, write_bvh
from uao_core import skeleton as sk
from uao_core.errors import UaoError


def test_archives_come_clip_by_clip(tmp_path):
    clips = {"01": captured(12, 1), "02": captured(7, 2)}
    write_archive(tmp_path / "mocap_lab.npz", clips)
    with np.load(tmp_path / "mocap_lab.npz") as archive:
        named = dict(archive) | {"clip_name": np.array(["lab/01_walk", "lab/02_run"]), "fps": np.float32(24)}
    np.savez(tmp_path / "mocap_lab.npz", **named)
    first, second = read_captures(tmp_path)
    assert (first.name, first.subject, first.fps) == ("lab/01_walk", "lab/01", 24.0)
    assert (second.name, second.subject, second.views) == ("lab/02_run", "lab/02", ())
    assert np.isnan(first.joints_m[3, sk.NOSE]).all() and np.isnan(first.joints_m).sum() == 3, "one joint was not captured"
    assert np.nanmax(np.abs(first.joints_m - clips["01"])) < 2 * UNIT_M
    assert np.abs(second.joints_m - clips["02"]).max() < 2 * UNIT_M and second.joints_m.dtype == np.float32
    assert_upright(second.joints_m.mean(axis=0, keepdims=True))


def test_a_damaged_archive_is_one_sentence(tmp_path):
    write_archive(tmp_path / "mocap_lab.npz", {"01": captured(12, 1)})
    whole = (tmp_path / "mocap_lab.npz").read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:200] + b"\0" * 400 + whole[600:]):
        (tmp_path / "mocap_lab.npz").write_bytes(damaged)
        with pytest.raises(UaoError, match=r"mocap_lab\.npz is no mocap archive"):
            list(read_captures(tmp_path))


def test_what_is_no_data_set_is_said_at_once(tmp_path):
    for wrong, reason in ((tmp_path / "none", "does not exist"), (tmp_path, "no layout that can be read")):
        with pytest.raises(UaoError, match=reason):
            read_captures(wrong)
    write_bvh(tmp_path / "a.bvh", still())
    write_archive(tmp_path / "mocap_lab.npz", {"01": captured(4, 1)})
    with pytest.raises(UaoError, match="layouts mocap and bvh; name the one"):
        read_captures(tmp_path)
    assert [len(list(read_captures(tmp_path, layout))) for layout in ("mocap", "bvh")] == [1, 1]
    with pytest.raises(UaoError, match="no layout c3d; choose one of mocap"):
        read_captures(tmp_path, "c3d")
    for scale, layout, reason in ((0.01, "mocap", "units are known"), (math.nan, "bvh", "positive number")):
        with pytest.raises(UaoError, match=reason):
            read_captures(tmp_path, layout, scale=scale)
    for layout in set(LAYOUTS) - {"mocap", "bvh"}:
        with pytest.raises(UaoError):
            list(read_captures(tmp_path, layout))
