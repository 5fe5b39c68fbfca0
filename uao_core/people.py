"""Several people in the picture: who is who from frame to frame, and which one is followed.

People are told apart by where they are and how they move, and by the colours they wear. All are tracked, also those whom
nobody follows: where two cross, each is claimed by its own track, and none is left over to be taken for the other.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from uao_core.packets import Detection, Doubles, Floats, Keypoints
from uao_core.refiner import MIN_CONFIDENCE, extent, has_person, is_somebody_else

_MOTION_SD, _MOTION_SD_PER_S = 0.25, 1.5
"""How far the joints of the same person are from where they are expected, in sizes of that person, and by how much more
for every second without seeing them."""
_MOTION_MOST = 16.0
"""Beyond this many squared deviations one place is as unlikely as another: who has been away may return anywhere."""
_COLOUR_SD = 16.0
"""The same person's colours, in units of CIELAB (0 to 255), differ by this much as light and posture change."""
_COLOUR_MOST = 6.0
"""More than this many squared deviations colours alone do not count: an arm before the chest hides what is worn there."""
_GATE, _COLOUR_GATE = 25.0, 9.0
"""Squared deviations beyond which it is somebody else, by all, or by the colours of who was away."""
_GONE_S = 1.0
"""Who has not been seen for so long may return at any place, if the colours are right."""
_SAME_SIZES = 0.25
"""Two skeletons nearer to each other than this share of their size are one person, found twice."""
_COLOUR_MEMORY = 0.95
_DAMPING_S = 0.4
"""A motion goes on for about this long after it was last seen."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The person who stands at a point of the picture at a time.

    Attributes:
        x_px, y_px: a point on or near the person.
        time_s: when.
    """

    x_px: float
    y_px: float
    time_s: float = 0.0

    def of(self, people: Sequence[Keypoints]) -> int | None:
        """Index of the person nearest to the point; None where there is nobody within one and a half of their size."""
        best, nearest = None, 1.5
        for index, person in enumerate(people):
            middle, size = extent(person)
            joints = _seen(person)
            distance = min(
                np.hypot(*(joints - (self.x_px, self.y_px)).T).min(), np.hypot(*(middle - (self.x_px, self.y_px)))
            )
            if distance / size < nearest:
                best, nearest = index, float(distance / size)
        return best


@dataclass
class _Tracked:
    """One person over time."""

    identity: int
    person: Keypoints  # as last seen
    speed_px: Floats = field(default_factory=lambda: np.zeros(2, np.float32))  # of the middle, a second
    colours: Floats | None = None

    def cost(self, person: Keypoints) -> float:
        """Squared deviations of this person being the one that is tracked."""
        gap_s = abs(person.time_s - self.person.time_s)
        before, now = self.person.joints_px, person.joints_px
        assert before is not None and now is not None
        expected = before[:, :2] + self.speed_px * _DAMPING_S * (1 - np.exp(-gap_s / _DAMPING_S))
        weight = np.sqrt(before[:, 2] * now[:, 2]) + 1e-3
        distance = float((weight * np.hypot(*(now[:, :2] - expected).T)).sum() / weight.sum())
        size = max(extent(self.person)[1], extent(person)[1])
        motion = (distance / size / (_MOTION_SD + _MOTION_SD_PER_S * gap_s)) ** 2
        colour = self.colour_cost(person)
        if (motion > _GATE) if gap_s <= _GONE_S else (colour > _COLOUR_GATE):
            return np.inf
        return min(motion, _MOTION_MOST) + min(colour, _COLOUR_MOST)

    def goes_on_as(self, person: Keypoints) -> bool:
        """Whether place and size alone, whatever the joints do, let this be the person who was there a moment ago."""
        gap_s = abs(person.time_s - self.person.time_s)
        return gap_s <= _GONE_S and not is_somebody_else(self.person, person)

    def colour_cost(self, person: Keypoints) -> float:
        if self.colours is None or person.appearance is None:
            return 0.0
        difference = (self.colours - person.appearance) / _COLOUR_SD
        known = np.isfinite(difference)
        return float(3 * np.mean(difference[known] ** 2)) if known.any() else 0.0

    def see(self, person: Keypoints, *, alone: bool) -> None:
        gap_s = person.time_s - self.person.time_s
        if gap_s != 0:
            moved = (extent(person)[0] - extent(self.person)[0]) / gap_s
            keep = 0.6 if abs(gap_s) < _DAMPING_S else 0.0
            self.speed_px = (keep * self.speed_px + (1 - keep) * moved).astype(np.float32)
        self.person = person
        if alone and person.appearance is not None:  # where people overlap, one wears the other's colours
            if self.colours is None:
                self.colours = person.appearance
            else:
                mixed = _COLOUR_MEMORY * self.colours + (1 - _COLOUR_MEMORY) * person.appearance
                mixed = np.where(np.isfinite(mixed), mixed, person.appearance)
                self.colours = np.where(np.isfinite(mixed), mixed, self.colours).astype(np.float32)


class Tracker:
    """Gives everybody in a stream of frames a number that stays theirs. Frames may come in either order of time."""

    def __init__(self) -> None:
        self._tracks: list[_Tracked] = []
        self._next = 0

    def push(self, detection: Detection) -> dict[int, Keypoints]:
        """The people of a frame by their numbers; a person found twice is there once."""
        people = distinct(detection.people)
        costs = np.array([[track.cost(person) for person in people] for track in self._tracks])
        costs = costs.reshape(len(self._tracks), len(people))
        if costs.shape == (1, 1) and self._tracks[0].goes_on_as(people[0]):
            costs[:] = 0  # where nobody else was ever seen, joints that leap are the detector's mistake
        without = np.full((len(self._tracks), len(self._tracks)), _GATE)  # a track may go without
        table = np.concatenate([np.minimum(costs, 10 * _GATE), without], axis=1)
        found: dict[int, Keypoints] = {}
        free = set(range(len(people)))
        for row, column in _assigned(table):
            if column < len(people) and table[row, column] < _GATE:
                free.discard(column)
                track, person = self._tracks[row], people[column]
                track.see(person, alone=_stands_alone(person, people))
                found[track.identity] = person
        for index in sorted(free):
            track = _Tracked(self._next, people[index])
            track.see(people[index], alone=_stands_alone(people[index], people))
            self._tracks.append(track)
            found[self._next] = people[index]
            self._next += 1
        return found


def follow(detections: Iterable[Detection], choice: Choice | None) -> Iterator[tuple[Keypoints, tuple[Keypoints, ...]]]:
    """One person through a file: for every frame the keypoints of that person, and those of everybody else.

    With a `choice` the person is followed from its time in both directions; until then frames are held back. Without one
    it is the largest of the first frame that shows anybody, and the largest again where that person has left.
    """
    stream = iter(detections)
    if choice is None:
        follower = Follower()
        yield from (follower.push(detection) for detection in stream)
        return
    held: list[Detection] = []
    for detection in stream:
        held.append(detection)
        if detection.time_s >= choice.time_s and choice.of(detection.people) is not None:
            break
    if not held:
        return
    backwards = Follower(choice)
    yield from reversed([backwards.push(detection) for detection in reversed(held)])
    onwards = Follower(choice)
    onwards.push(held[-1])
    yield from (onwards.push(detection) for detection in stream)


class Follower:
    """Follows one person through a stream: the one who stands at the choice in the first frame, or the largest.

    A chosen person is waited for. Where nobody was chosen, the largest is taken as soon as the one before is gone.
    """

    def __init__(self, choice: Choice | None = None) -> None:
        self._tracker = Tracker()
        self._choice = choice
        self._is_chosen = choice is not None
        self._identity: int | None = None
        self._seen_s = 0.0

    def choose(self, choice: Choice) -> None:
        """Follow whoever stands there in the next frame."""
        self._choice, self._is_chosen = choice, True

    def push(self, detection: Detection) -> tuple[Keypoints, tuple[Keypoints, ...]]:
        """The keypoints of the person, empty where they are not in the frame, and those of everybody else."""
        found = self._tracker.push(replace(detection, people=tuple(p for p in detection.people if has_person(p))))
        if self._choice is not None and found:
            numbers = list(found)
            index = self._choice.of(list(found.values()))
            if index is not None:
                self._identity, self._choice = numbers[index], None
        if self._identity in found:
            self._seen_s = detection.time_s
        elif not self._is_chosen and (self._identity is None or abs(detection.time_s - self._seen_s) > _GONE_S):
            self._identity = _largest(found)
            self._seen_s = detection.time_s
        person = detection.nobody if self._identity is None else found.get(self._identity, detection.nobody)
        return person, tuple(other for other in found.values() if other is not person)


def _assigned(table: Doubles) -> list[tuple[int, int]]:
    """Row and column of each of T pairs, so that their costs (T, N) together are least; N is at least T."""
    if len(table) < 2:
        return [(row, int(costs.argmin())) for row, costs in enumerate(table)]
    from scipy.optimize import linear_sum_assignment  # slow, and for one person there is nothing to assign

    rows, columns = linear_sum_assignment(table)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _largest(found: dict[int, Keypoints]) -> int | None:
    """Whom one would take to be meant: the person who fills most of the picture."""
    return max(found, key=lambda identity: extent(found[identity])[1], default=None)


def distinct(people: Sequence[Keypoints]) -> list[Keypoints]:
    """The people without those that were found twice; of two the surer one stays."""
    kept: list[Keypoints] = []
    for person in sorted(people, key=_sureness, reverse=True):
        if all(_apart(person, other) > _SAME_SIZES for other in kept):
            kept.append(person)
    return kept


def _sureness(person: Keypoints) -> float:
    assert person.joints_px is not None
    return float(person.joints_px[:, 2].mean())


def _apart(one: Keypoints, other: Keypoints) -> float:
    """Mean distance of two people's joints, in the size of the larger."""
    a, b = one.joints_px, other.joints_px
    assert a is not None and b is not None
    return float(np.hypot(*(a[:, :2] - b[:, :2]).T).mean()) / max(extent(one)[1], extent(other)[1])


def _stands_alone(person: Keypoints, people: Sequence[Keypoints]) -> bool:
    """Whether nobody else is within the box around a person."""
    low, high = _seen(person).min(axis=0), _seen(person).max(axis=0)
    return not any(
        ((_seen(other).max(axis=0) > low) & (_seen(other).min(axis=0) < high)).all()
        for other in people
        if other is not person
    )


def _seen(person: Keypoints) -> Floats:
    assert person.joints_px is not None
    return person.joints_px[person.joints_px[:, 2] >= MIN_CONFIDENCE, :2]
