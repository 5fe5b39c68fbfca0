"""Which frames of a take show one body that moves as bodies do, and where another one takes over.

Detectors find people in furniture, go over to somebody else for a few frames, or put a skeleton between two people. A body
that followed would turn round within a frame. So the most probable sequence of frames is found by dynamic programming
(Viterbi), as `uao_core.sides` finds left and right; costs are negative log likelihoods, in nats:

- A frame that is passed over costs by its duration; a few are bridged, many are a gap like any other.
- A frame that is kept costs the more the less is known of its pose. Where the lifter knows no more than a mean pose would
  tell, keeping costs as much as passing over.
- From one kept frame to the next the body moves. The cost grows with the logarithm of each joint's way, so a fast turn is
  followed where a flip that comes back is not. Where motion costs more than a break, there is one: somebody else is seen.

What then lies between two gaps is judged as a whole: a stretch of which little is known in the mean is nobody's, if enough
of the take is somebody's for sure. A person has better frames among the doubtful ones; furniture has not.
"""

import numpy as np
from numpy.typing import NDArray

from uao_core.body.timeline import Observed
from uao_core.doubt import doubt
from uao_core.packets import Doubles

_PASS_COST_PER_S, _LONGEST_FRAME_S, _MOST_FRAMES_LONG = 450.0, 0.2, 2.0
"""A frame that follows an absence counts as lasting as long as two others, and at most so long."""
_BREAK_COST, _RETURN_COST = 60.0, 30.0
"""Of somebody else, and of somebody who is seen again after an absence: nobody comes for a frame or two."""
_LONGEST_PASS_S, _MOST_PASSED = 0.5, 30
"""Frames that last longer, or more of them, are passed over at a break only."""
_UNREST_M, _SPEED_M_S, _FARTHEST_M = 0.05, 3.0, 0.3
"""Of a joint about the pelvis from frame to frame: what poses tremble by, how fast they change, and how far they can."""
_SIGMA_SHARE = 0.25
"""Of an expected error, what differs from frame to frame."""
_ROOT_JOINTS, _ROOT_SPEED_M_S, _DEPTH_SHARE = 15.0, 5.0, 0.05
"""The way of the whole body counts as so many joints; along the line of sight its place trembles by a share of it."""
_DOUBTED, _SURE_SHARE = 0.1, 0.25
"""Mean doubt from which a stretch is nobody's, and the share of all kept frames that must be better. In videos, stretches
that showed people had up to 0.07, furniture 0.15 to 0.4."""
_PASSAGE_S = 0.26
"""So long a break lasts at least: frames on both sides of it are left out, and the body has a moment to become another."""


def continuous(seen: Observed) -> Observed:
    """The frames that show a body which moves as bodies do; where another one takes over is a gap.

    At least one frame is left. A few that are passed over in the middle of a motion leave no gap.
    """
    kept, begins = _most_probable(seen)
    stretch = np.cumsum(begins.astype(np.int64))
    kept = kept[_somebody(seen, kept, stretch)]
    far = _away_from_breaks(seen.time_s, kept, stretch)
    return seen.only(kept[far], breaks=np.diff(stretch[kept[far]]) > 0)


def _somebody(seen: Observed, kept: NDArray[np.intp], stretch: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(K,) whether a kept frame is of a stretch, between gaps, that shows a person; all are where hardly one is sure."""
    part = seen.only(kept, breaks=np.diff(stretch[kept]) > 0)
    which = np.concatenate([[0], np.cumsum(part.gap)])
    mean = np.bincount(which, doubt(part.sigma_m, part.confidence)) / np.bincount(which)
    sure = (mean < _DOUBTED)[which]
    return sure if sure.mean() >= _SURE_SHARE else np.ones(len(kept), dtype=bool)


def _away_from_breaks(times: Doubles, kept: NDArray[np.intp], stretch: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(K,) whether a kept frame is so far from a break that half a passage fits in between; at least one is."""
    at = times[kept]
    broken = np.flatnonzero(np.diff(stretch[kept]))
    far = np.ones(len(kept), dtype=bool)
    for i in broken:
        margin = (_PASSAGE_S - (at[i + 1] - at[i])) / 2
        far &= (at <= at[i] - margin) | (at >= at[i + 1] + margin)
    return far if far.any() else np.ones(len(kept), dtype=bool)


def _most_probable(seen: Observed) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """(K,) the frames that are kept, and (P,) which of all frames follow a break."""
    times, count = seen.time_s, len(seen.time_s)
    usual = float(np.median(np.diff(times))) if count > 1 else _LONGEST_FRAME_S
    lasts = np.diff(times, prepend=times[0] - usual).clip(0, min(_MOST_FRAMES_LONG * usual, _LONGEST_FRAME_S))
    skip = _PASS_COST_PER_S * lasts
    passed = np.concatenate([[0.0], np.cumsum(skip)])  # all frames before
    own = skip * doubt(seen.sigma_m, seen.confidence)
    oldest = np.searchsorted(passed[1:], passed[:-1] - _PASS_COST_PER_S * _LONGEST_PASS_S - 1e-6)
    back = (np.arange(count) - oldest).clip(1, _MOST_PASSED + 1)
    motion = _motion_costs(seen, int(back.max()))
    best, before, begins = np.empty(count), np.full(count, -1), np.zeros(count, dtype=bool)
    least, least_at = np.inf, -1  # of what ends with any kept frame so far, less all that is passed before it
    for j in range(count):
        best[j] = passed[j]
        if j > 0:
            first = max(j - int(back[j]), 0)
            ways = best[first:j] - passed[first + 1 : j + 1] + motion[j, j - first - 1 :: -1][: j - first]
            i = int(ways.argmin())
            if ways[i] + passed[j] < best[j]:
                best[j], before[j] = ways[i] + passed[j], first + i
            if least + _BREAK_COST + passed[j] < best[j]:
                best[j], before[j], begins[j] = least + _BREAK_COST + passed[j], least_at, True
        best[j] += own[j]
        if best[j] - passed[j + 1] < least:
            least, least_at = best[j] - passed[j + 1], j
    kept, j = [], least_at
    while j >= 0:
        kept.append(j)
        j = int(before[j])
    follows = np.zeros(count, dtype=bool)
    follows[kept] = begins[kept]
    return np.array(kept[::-1]), follows


def _motion_costs(seen: Observed, back: int) -> Doubles:
    """(P, back): of the motion into a frame from the last one, the one before that, and so on; infinite before the first."""
    count = len(seen.time_s)
    cost = np.full((count, back), np.inf)
    absences = np.concatenate([[0], np.cumsum(seen.gap)])
    sigma = np.where(np.isfinite(seen.sigma_m), seen.sigma_m, 0.0)
    relative = seen.joints_m - seen.joints_m[:, :1]
    root = seen.joints_m[:, 0]
    far = np.linalg.norm(root, axis=1, keepdims=True).clip(1e-6)
    sight = root / far
    for k in range(1, min(back, count - 1) + 1):
        lapse = (seen.time_s[k:] - seen.time_s[:-k])[:, None]
        usual = _UNREST_M**2 + np.minimum(_SPEED_M_S * lapse, _FARTHEST_M) ** 2
        trembles = _SIGMA_SHARE**2 * (sigma[k:] ** 2 + sigma[:-k] ** 2)
        way = ((relative[k:] - relative[:-k]) ** 2).sum(axis=-1)
        joints = np.nan_to_num(np.log1p(way / (2 * (usual + trembles)))).sum(axis=1)
        moved = root[k:] - root[:-k]
        along = (moved * sight[k:]).sum(axis=1, keepdims=True)
        across = ((moved - along * sight[k:]) ** 2).sum(axis=1, keepdims=True)
        usual = _UNREST_M**2 + (_ROOT_SPEED_M_S * lapse) ** 2
        squares = across / usual + along**2 / (usual + (_DEPTH_SHARE * far[k:]) ** 2)
        returned = _RETURN_COST * (absences[k:] > absences[:-k])
        cost[k:, k - 1] = joints + _ROOT_JOINTS * np.log1p(squares[:, 0] / 2) + returned
    return cost
