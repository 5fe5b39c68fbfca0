"""A take as an animated body in a room: the common ground of all formats that move a skeleton.

Axes are the export's: x to the left of whoever faces the camera, y up, z towards the camera, metres. The floor is y = 0, and
the body starts at x = z = 0.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from uao_core import skeleton as sk
from uao_core.body.contacts import contact_confidence, runs
from uao_core.body.continuity import continuous
from uao_core.body.floor import floor_height
from uao_core.body.foot_lock import all_joints, lock_feet
from uao_core.body.kinematics import forward, place_joints
from uao_core.body.options import BodyOptions, Names
from uao_core.body.proportions import JOINT_SEGMENT, measure
from uao_core.body.rotations import matrices
from uao_core.body.segments import FEET, PARENTS, SEGMENTS
from uao_core.body.solve import Evidence, solve
from uao_core.body.timeline import filled, observe, timeline
from uao_core.ground import find_ground, some_of
from uao_core.packets import Doubles, Floats
from uao_core.take import Take

_JITTER_SHARE, _LEAST_SD_M = 0.25, 0.004
"""Of a joint's expected error, what is different in the next frame; the rest no smoothing would take away."""
_SEEN_CONFIDENCE = 0.3
_LEAST_CONTACT = 0.01
"""Of a moment within a contact that shows none."""
_CHUNK = 4096


@dataclass(frozen=True, slots=True, eq=False)
class FittedBody:
    """S segments through F frames.

    Attributes:
        offsets_m: (S, 3) of each segment's start from its parent's start, in the T-pose; the root's is zero.
        tips_m: (S, 3) of each bone's end from its start, in the T-pose.
        turns: (F, S, 4) local rotations, relative to the parent, as quaternions x, y, z, w.
        root_m: (F, 3) of the pelvis.
        fps: constant rate of the F frames.
        names: of the segments, as the options ask.
        parents: index of each segment's parent, -1 for the root; a parent comes before its children.
        channels: order in which rotations are best written as Euler angles, such as "YZX", for each segment.
        contacts: (F, 4) 0..1, how surely left ankle, left toes, right ankle and right toes stand on the floor; 0 where they
            are taken to move.
        confidence: (F,) 0..1 of the keypoints; 0 where nobody was seen.
        observed: (F,) whether somebody was seen; elsewhere poses are held or bridged.
        sigma_mm: (F, 23) expected errors of the joints; NaN where nobody was seen, or a joint was not.
        joint_segment: (23,) segment that carries each joint of `uao_core.skeleton`, -1 where none does.
        joints_in_segment_m: (23, 3) of each joint from that segment's start, in the segment's axes.
    """

    offsets_m: Doubles
    tips_m: Doubles
    turns: Floats
    root_m: Doubles
    fps: float
    names: tuple[str, ...]
    parents: tuple[int, ...]
    channels: tuple[str, ...]
    contacts: Doubles
    confidence: Floats
    observed: NDArray[np.bool_]
    sigma_mm: Floats
    joint_segment: NDArray[np.intp]
    joints_in_segment_m: Doubles

    @property
    def rotations(self) -> Doubles:
        """(F, S, 3, 3) the turns as matrices; of a long take better some at a time, as `rotations_of`."""
        return matrices(self.turns)

    def rotations_of(self, frames: slice) -> Doubles:
        """(f, S, 3, 3) of some frames."""
        return matrices(self.turns[frames])

    def positions(self) -> Doubles:
        """Forward kinematics: (F, S, 3) start of every segment."""
        return self._forward()[0]

    def joints(self) -> Doubles:
        """(F, 23, 3) the joints of `uao_core.skeleton`; NaN where no segment carries one."""
        return self._forward()[1]

    def contact_intervals(self) -> tuple[list[tuple[int, int]], ...]:
        """First and last frame of each contact of left ankle, left toes, right ankle and right toes."""
        return tuple(runs(standing) for standing in self.contacts.T > 0)

    def _forward(self) -> tuple[Doubles, Doubles]:
        starts = np.empty((*self.turns.shape[:2], 3))
        joints = np.empty((len(starts), sk.NUM_JOINTS, 3))
        for first in range(0, len(starts), _CHUNK):
            some = slice(first, first + _CHUNK)
            starts[some], world = forward(self.parents, self.offsets_m, self.root_m[some], self.rotations_of(some))
            joints[some] = place_joints(self.joint_segment, self.joints_in_segment_m, starts[some], world)
        joints[:, self.joint_segment < 0] = np.nan
        return starts, joints


def fit_body(take: Take, options: BodyOptions = BodyOptions()) -> FittedBody:
    """Fit a body of constant bones to a take and set it on the floor, at a constant frame rate.

    Raises:
        UaoError: nobody was found in any frame, or the take has no sensible clock.
    """
    seen = continuous(observe(take, options.min_confidence))
    ground = find_ground(some_of(take.frames), take.intrinsics, options.camera_tilt_deg)  # None: the camera counts as level
    camera = np.zeros(3) if ground is None else np.array([0.0, ground.offset_m or 0.0, 0.0])
    seen = seen.elsewhere((lambda points: points * (1, -1, -1)) if ground is None else ground.to_world)
    proportions = measure(seen.joints_m, seen.sigma_m)
    weight = (_JITTER_SHARE * seen.sigma_m).clip(_LEAST_SD_M) ** np.float32(-2)
    motion = solve(Evidence(filled(seen.joints_m), weight, seen.time_s), proportions)
    time = timeline(seen, options, take.fps if options.fps is None else options.fps)
    motion, firmness = time.resample(motion), time.of(weight)
    feet = all_joints(proportions, motion)[:, FEET].astype(np.float64)
    floor = floor_height(feet, motion.root, time.observed, time.fps, 0.0 if ground is None else ground.up_sd_deg)
    motion, feet = motion.moved(-floor[:, None] * (0, 1, 0)), feet - floor[:, None, None] * (0, 1, 0)
    contacts = contact_confidence(feet, camera - (0, float(floor.mean()), 0), time.fps)
    contacts *= _seen(time.of(seen.confidence[:, FEET])) * time.observed[:, None]
    sigma_m = time.of(np.where(np.isfinite(seen.sigma_m), seen.sigma_m, np.float32(np.nan)))
    confidence = time.of(seen.confidence[:, : sk.NUM_H36M].mean(axis=1))
    del seen, weight, feet  # of a long take they are large, and the next step is the one that needs most
    of_feet = sigma_m[:, FEET].astype(np.float64)
    contacts *= np.isfinite(of_feet)
    motion, stands = lock_feet(motion, proportions, firmness, of_feet, contacts, time.fps, options.foot_lock)
    body = FittedBody(
        offsets_m=proportions.offsets_m,
        tips_m=proportions.tips_m,
        turns=motion.turns,
        root_m=motion.root - motion.root[0] * (1, 0, 1),
        fps=time.fps,
        names=tuple(segment.name if options.names is Names.MIXAMO else segment.joint for segment in SEGMENTS),
        parents=PARENTS,
        channels=tuple("ZXY" if options.channels == "ZXY" else segment.channels for segment in SEGMENTS),
        contacts=np.where(stands, contacts.clip(_LEAST_CONTACT, 1), 0.0),
        confidence=np.where(time.observed, confidence, np.float32(0)),
        observed=time.observed,
        sigma_mm=np.where(time.observed[:, None], 1000 * sigma_m, np.float32(np.nan)),
        joint_segment=np.array(JOINT_SEGMENT, dtype=np.intp),
        joints_in_segment_m=proportions.joints_m,
    )
    return body if options.extremities else _without_extremities(body)


def _seen(confidence: NDArray[np.floating]) -> Doubles:
    """0..1: a foot that nobody sees stands nowhere."""
    return np.asarray((confidence / _SEEN_CONFIDENCE).clip(0, 1))


def _without_extremities(body: FittedBody) -> FittedBody:
    """Limbs end at wrists and ankles."""
    keep = [i for i, segment in enumerate(SEGMENTS) if not segment.name.endswith(("Hand", "Foot"))]
    new = {old: i for i, old in enumerate(keep)} | {-1: -1}
    carried, places = body.joint_segment.copy(), body.joints_in_segment_m.copy()
    for joint, segment in enumerate(JOINT_SEGMENT):
        if segment in new:
            carried[joint] = new[segment]
        elif not places[joint].any():  # the wrist or ankle itself: now the tip of the forearm or shin
            carried[joint], places[joint] = new[PARENTS[segment]], body.offsets_m[segment]
        else:
            carried[joint] = -1
    return replace(
        body,
        offsets_m=body.offsets_m[keep],
        tips_m=body.tips_m[keep],
        turns=body.turns[:, keep],
        names=tuple(body.names[i] for i in keep),
        parents=tuple(new[body.parents[i]] for i in keep),
        channels=tuple(body.channels[i] for i in keep),
        joint_segment=carried,
        joints_in_segment_m=places,
    )
