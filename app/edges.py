"""Straight edges that go upwards in a picture: what a room tells of the vertical (`uao_core.uprights`)."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from uao_core.packets import Floats
from uao_core.refiner import MIN_CONFIDENCE
from uao_core.skeleton import BONES, LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER

_SIDE_PX = 640
"""Edges are looked for in a picture of this longer side, which takes about as long as to find a person."""
_SHORTEST = 1 / 20
"""Of the longer side: shorter ones are mostly leaves, patterns and letters."""
_MOST = 64
_AROUND = 0.08
"""How far from their bones and flanks people reach, as a share of their size: limbs and clothes are no posts."""
_BONES = np.array(BONES)
_FLANKS = np.array([(RIGHT_SHOULDER, RIGHT_HIP), (LEFT_SHOULDER, LEFT_HIP)])
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0


class EdgeFinder:
    """Looks at few of the frames of one source, in order: rooms stand still. Pauses double, up to half a minute."""

    def __init__(self) -> None:
        self._next_s, self._pause_s = -math.inf, _FIRST_PAUSE_S
        self._detector: cv2.LineSegmentDetector | None = None

    def look(self, pixels: NDArray[np.uint8], time_s: float, people: Sequence[Floats]) -> Floats | None:
        """The longest edges (N, 4), x and y of both ends in pixels; None where it is not time to look.

        Args:
            pixels: (H, W, 3), colours in any order.
            time_s: of the frame.
            people: (23, 3) joints of everybody in it, whose edges are not wanted.
        """
        if time_s < self._next_s:
            return None
        self._next_s, self._pause_s = time_s + self._pause_s, min(2 * self._pause_s, _LONGEST_PAUSE_S)
        if self._detector is None:
            self._detector = cv2.createLineSegmentDetector()
        longer = max(pixels.shape[:2])
        scale = min(1.0, _SIDE_PX / longer)
        small = pixels if scale == 1 else cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        found = self._detector.detect(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY))[0]
        if found is None:
            return np.zeros((0, 4), np.float32)
        edges = np.asarray(found, np.float32).reshape(-1, 4) / np.float32(scale)
        way = edges[:, 2:] - edges[:, :2]
        length = np.linalg.norm(way, axis=1)
        wanted = (length > _SHORTEST * longer) & (np.abs(way[:, 0]) < np.abs(way[:, 1]))
        for joints_px in people:
            wanted &= ~_on(edges, joints_px)
        order = np.argsort(-np.where(wanted, length, 0), kind="stable")[: min(int(wanted.sum()), _MOST)]
        return edges[order]


def _on(edges: Floats, joints_px: Floats) -> NDArray[np.bool_]:
    """(N,) whether the middle of an edge is on a person, or as near to one as clothes are."""
    is_seen = joints_px[:, 2] >= MIN_CONFIDENCE
    is_placed = np.isfinite(joints_px.sum(axis=1))  # at a desk hips are below the picture, and guessed
    bones = _BONES[is_seen[_BONES].all(axis=1)]
    flanks = _FLANKS[is_seen[_FLANKS[:, 0]] & is_placed[_FLANKS[:, 1]]]
    lines = np.concatenate([bones, flanks])
    if not len(lines):
        return np.zeros(len(edges), np.bool_)
    start, end = joints_px[lines[:, 0], :2], joints_px[lines[:, 1], :2]
    size = float(np.ptp(np.concatenate([start, end]), axis=0).max())
    middle = (edges[:, None, :2] + edges[:, None, 2:]) / 2
    bone = end - start
    along = ((middle - start) * bone).sum(axis=-1) / (bone**2).sum(axis=-1).clip(1e-6)
    away = np.linalg.norm(middle - start - along.clip(0, 1)[..., None] * bone, axis=-1)  # (N, bones)
    return np.asarray((away < _AROUND * size).any(axis=1))
