"""The playhead, on a reel of its own."""

from types import SimpleNamespace

import pytest

from app.window.player import Player
from app.window.trim import Trim
from uao_core.packets import FrameResult, Keypoints


class Reel(SimpleNamespace):
    @property
    def span(self):
        return self.trim.span(len(self.results))


@pytest.fixture
def reel():
    """Four seconds of ten frames a second."""
    return Reel(results=[FrameResult(Keypoints(i, i / 10, None), None) for i in range(40)], is_growing=False, trim=Trim())


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes when it is told to."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr("app.window.player.time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.fixture
def player(qapp, reel):
    made = Player(reel)
    yield made
    made.pause()


def pass_s(player, clock, seconds):
    clock.now += seconds
    player._advance()


def test_it_follows_the_frames_own_times(player, reel, clock):
    reel.results[5:] = [FrameResult(Keypoints(i, i / 10 + 1, None), None) for i in range(5, 40)]  # a gap of a second
    player.play()
    for at_s, frame in ((0.05, 0), (0.15, 1), (0.45, 4), (1.3, 4), (1.55, 5)):
        pass_s(player, clock, 100 + at_s - clock.now)
        assert player.current == frame


@pytest.mark.parametrize(("speed", "frame"), [(0.1, 1), (0.25, 2), (1.0, 10), (2.0, 20)])
def test_the_speed_may_differ(player, clock, speed, frame):
    player.play()
    player.set_speed(speed)
    pass_s(player, clock, 1.05)
    assert player.current == frame
    player.set_speed(1.0)
    assert player.current == frame, "and changes without a jump"
    pass_s(player, clock, 0.15)
    assert player.current == frame + 1


def test_it_stops_at_the_end_or_begins_anew(player, clock):
    player.play()
    pass_s(player, clock, 9)
    assert player.current == 39 and not player.is_playing
    player.set_loops(True)
    player.play()
    assert player.current == 0
    pass_s(player, clock, 9)
    assert player.current == 0 and player.is_playing
    pass_s(player, clock, 0.25)
    assert player.current == 2


def test_a_trim_is_played_and_the_rest_can_be_looked_at(player, reel, clock):
    reel.trim = Trim(10, 20)
    player.play()
    assert player.current == 10
    pass_s(player, clock, 5)
    assert player.current == 19 and not player.is_playing
    player.seek(30)
    assert player.current == 30
    player.step(1)
    assert player.current == 31
    player.play()
    assert player.current == 10


def test_it_waits_for_frames_that_are_not_ready(player, reel, clock):
    whole, reel.results, reel.is_growing = reel.results, reel.results[:10], True
    player.play()
    pass_s(player, clock, 3)
    assert player.current == 9 and player.is_playing
    reel.results = whole
    pass_s(player, clock, 0.15)
    assert player.current == 10, "it goes on from where it waited"


def test_without_frames_nothing_happens(player, reel):
    reel.results = []
    player.play()
    player.seek(3)
    player.step(1)
    assert not player.is_playing and player.current == 0


def test_seeking_stays_within_what_is_there(player):
    moved = []
    player.moved.connect(moved.append)
    for wanted, got in ((-5, 0), (12, 12), (900, 39)):
        player.seek(wanted)
        assert player.current == got == moved[-1]
