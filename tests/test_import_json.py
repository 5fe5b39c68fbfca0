"""Reading takes back: in which order mistakes are told, and how much memory it takes."""

import json
import tracemalloc

import numpy as np
import pytest

from tests.test_export import take_of
from tests.test_export_bvh import stroll
from uao_core import UaoError, read_take
from uao_core.export_json import take_to_dict, write_json


@pytest.fixture
def reread(tmp_path):
    """Reads a take of six frames after `change` has been made to its content; also in other layouts of the same JSON."""

    def read(change, **layout):
        content = take_to_dict(take_of(stroll(6)))
        path = tmp_path / "take.json"
        path.write_text(json.dumps(change(content) or content, **layout))
        return read_take(path)

    return read


def test_memory_grows_by_frames_and_not_by_what_json_makes_of_them(tmp_path):
    peaks = []
    for count in (100, 500):
        path = tmp_path / f"{count}.json"
        write_json(take_of(stroll(count)), path)
        tracemalloc.start()
        read_take(path)
        peaks.append(tracemalloc.get_traced_memory()[1] - path.stat().st_size)
        tracemalloc.stop()
    assert (peaks[1] - peaks[0]) / 400 < 3000, "bytes a frame beside the text; they were 9,800"


@pytest.mark.parametrize("layout", [{"indent": 2}, {"separators": (",", ":")}, {"sort_keys": True}])
def test_any_layout_of_the_same_json_is_read(reread, layout):
    take = reread(lambda _: None, **layout)
    assert [frame.index for frame in take.frames] == list(range(6))
    assert np.allclose(take.frames[3].pose.joints_m, stroll(6)[3], atol=1e-4)


def test_the_first_wrong_frame_is_told_and_after_what_is_wrong_as_a_whole(reread):
    def two_wrong(content):
        content["frames"][2]["sigma_mm"][0] = True
        content["frames"][4]["joints_m"] = 1

    with pytest.raises(UaoError, match="sigma_mm of frame 2 are no such numbers"):
        reread(two_wrong)
    with pytest.raises(UaoError, match="was written by a newer UAO Pose"):
        reread(lambda content: two_wrong(content) or content.update(version=2))
    with pytest.raises(UaoError, match="its format is not"):
        reread(lambda content: two_wrong(content) or content.update(format="bvh"))


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda c: c["frames"][1].pop("index"), "frame 1 lacks its index or time"),
        (lambda c: c["frames"][1].pop("time_s"), "frame 1 lacks its index or time"),
        (lambda c: c["frames"].insert(1, 7), "frame 1 is none"),
        (lambda c: c["frames"][3].update(time_s="soon"), "time_s is no number"),
        (lambda c: c["frames"][3]["joints_m"][0].__setitem__(0, 10**400), "joints_m of frame 3 are no such numbers"),
        (lambda c: c["frames"][3]["joints_m"][0].__setitem__(0, 1e7), "joints_m of frame 3 are no such numbers"),
        (lambda c: c["frames"][2].update(edges_px=[[1, 2, 3]]), "edges_px of frame 2 are not of 4 numbers"),
        (lambda c: c["frames"][2].update(edges_px=[[1, 2, 3, 1e9]]), "edges_px of frame 2 are no such numbers"),
        (lambda c: c["frames"][2].update(edges_px=[[1, 2, 3, 4]] * 1001), "edges_px of frame 2 are no list of at most 1000"),
        (lambda c: c.update(lifter=c["frames"][0]), "lifter is missing"),
        (lambda c: c["uao"].update(first=c["frames"][0]), "uao holds what is no number"),
        (lambda c: c["frames"][0], "its format is not"),
    ],
)
def test_what_is_wrong_is_said(reread, change, words):
    def changed(content):
        return content["frames"][0] if words == "its format is not" else change(content) and None

    with pytest.raises(UaoError, match=words):
        reread(changed)
