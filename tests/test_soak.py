"""The hour with a webcam (`tests.soak`), made short: that all of it works, and that what grows is called so."""

import json

import numpy as np
import pytest

from tests import soak
from tests.soak import Sample, judge


def hour(mb_an_hour=0.0, *, leaks_threads=False, leaks_files=False, lags=False, costs_more=False):
    """Samples of an hour, with what warms up at its beginning."""
    made = []
    for i in range(360):
        late, busy = i / 360, i > 300 and not lags  # with others on the machine
        made.append(
            Sample(
                10.0 * i,
                500 - 200 * np.exp(-i / 10) + mb_an_hour * late + (-1) ** i * 8,
                40 + (i // 60 if leaks_threads else 0),
                60 + (i // 30 if leaks_files else i % 2),
                float("nan") if i % 30 == 7 else 80 + (300 * late if lags else 5 * (i % 3)) + busy * 60,
                200.0,
                15.0 if busy else 25.0,
                100.0 + (400 * late if costs_more else i % 5),
            )
        )
    return made


def grows(**how):
    return [verdict.name for verdict in judge(hour(**how)) if not verdict.is_flat]


def test_what_grows_is_told_from_what_only_warms_up():
    assert grows() == [] and grows(mb_an_hour=15) == []
    assert grows(mb_an_hour=120) == ["rss_mb"] and grows(leaks_threads=True) == ["threads"]
    assert grows(leaks_files=True) == ["handles"] and grows(lags=True) == ["lag_pictures"]
    assert grows(costs_more=True) == ["cpu_ms"]
    (memory, *_) = judge(hour(mb_an_hour=120))
    assert 110 < memory.per_hour < 140 and "GROWS" in str(memory)
    with pytest.raises(ValueError, match="too few"):
        judge(hour()[:5])


def test_a_short_soak_of_the_real_window(qapp, tmp_path, monkeypatch, capsys):
    """Ten seconds with one unplugging; MediaPipe has no part in it, and a loaded machine's lag is not judged."""
    real = soak.soak
    told = []

    def short(*arguments, **how):
        samples, fps = real(*arguments, **how, unplugged=1)
        told.extend(samples)
        return samples, fps

    monkeypatch.setattr(soak, "soak", short)
    monkeypatch.setattr(soak, "be_responsive", lambda _app: None)  # the process is not this test's alone
    target = tmp_path / "soak.json"
    soak.main(["--minutes", "0.3", "--speed", "2", "--every", "0.6", "--fake-detector", "--json", str(target)])
    content = json.loads(target.read_text())
    assert len(told) >= 12 and content["camera_fps"] > 5 and sum(sample.shown_fps > 0 for sample in told) > 3
    verdicts = {verdict["name"]: verdict for verdict in content["verdicts"]}
    assert set(verdicts) == {"rss_mb", "threads", "handles", "lag_pictures", "cpu_ms"}
    assert verdicts["threads"]["is_flat"] and verdicts["handles"]["is_flat"]
    out = capsys.readouterr().out
    assert out.count("fps shown") == len(told) and "pictures a second" in out
