"""What the optimization costs: against the paper's own loop, at which error, and a window at a time."""

from dataclasses import replace
from functools import cache

import numpy as np
import torch

from models.weights import DEFAULT_WEIGHTS, load_lifter
from tests.benchmark.frames import MemorySource, chain, frames, keypoints
from tests.benchmark.measuring import in_turns, middle, ratio, timed
from tests.benchmark.official import official, published_network
from tests.benchmark.people import FPS, examples
from tests.benchmark.report import Figure, Target
from uao_core.camera import Intrinsics, VirtualView, virtual_view
from uao_core.metrics import mpjpe_mm
from uao_core.packets import Keypoints
from uao_core.refiner import FileRefiner, LiveRefiner
from uao_core.skeleton import NUM_H36M, PELVIS

_ROUNDS, _FRAMES = 5, 12
_PEOPLE, _LENGTH, _BEFORE = 16, 26, 16
_FOCAL_PX = 1000.0


def against_the_paper():
    """CPU time of a live frame with four iterations under the paper's, and the error of both on the same people."""
    live = _refiner_of_full_window()
    network, (view, confidence, root_m, half_view) = published_network(), _live_frames()

    def ours():
        with timed(_FRAMES) as cost:
            for _ in range(_FRAMES):
                live()
        return cost

    def papers():
        with timed(_FRAMES) as cost:
            for i in range(_FRAMES):
                one = VirtualView(view.points[i : i + 1], view.rotation[i : i + 1], view.scale[i : i + 1])
                official(network, one, confidence[i : i + 1], root_m[i : i + 1], half_view[i : i + 1])
        return cost

    ours()
    papers()
    mine, theirs = in_turns(_ROUNDS, ours, papers)
    detail = {"CPU ms": middle(mine, "cpu_ms"), "the paper's CPU ms": middle(theirs, "cpu_ms")}
    errors = _errors()
    return [
        Figure("the paper's CPU time over ours, a frame", ratio(theirs, mine, "cpu_ms"), Target(">=", 10), detail=detail),
        Figure("our error over the paper's", errors["ours, mm"] / errors["the paper's, mm"], Target("<=", 1), detail=errors),
    ]


def window_batched():
    """CPU time of a file's frames, each refined for itself over a window at a time."""
    known = keypoints()
    refinement = chain().refinement(MemorySource(frames((1280, 720))).info)
    alone = replace(refinement, window=1)
    newest = known[:45]

    def batched():
        return _refined(FileRefiner(refinement), known)

    def each_alone():
        return _refined(FileRefiner(alone), newest)

    def each_with_window():
        refiner = LiveRefiner(refinement)
        with timed(len(newest)) as cost:
            for person in newest:
                refiner.push(person)
        return cost

    batched()
    windows, single, live = in_turns(3, batched, each_alone, each_with_window)
    detail = {"CPU ms a frame": middle(windows, "cpu_ms"), "alone": middle(single, "cpu_ms")}
    sliding = {"alone, with its window": middle(live, "cpu_ms")}
    return [
        Figure("frame by frame, each alone", ratio(single, windows, "cpu_ms"), Target(">=", 3), detail=detail),
        Figure("frame by frame, each with its window", ratio(live, windows, "cpu_ms"), detail=sliding),
    ]


def _refined(refiner, known):
    with timed(len(known)) as cost:
        for person in known:
            list(refiner.push(person))
        list(refiner.flush())
    return cost


@cache
def _info():
    return replace(MemorySource(frames((1280, 720))).info, is_live=True)


def _refiner_of_full_window():
    """A function that refines the next live frame of the clip, with a full window before it."""
    refinement = chain().refinement(_info())
    refiner, known = LiveRefiner(refinement), keypoints()
    at = 0

    def step():
        nonlocal at
        person = known[at % len(known)] if (at // len(known)) % 2 == 0 else known[-1 - at % len(known)]
        result = refiner.push(replace(person, index=at, time_s=at / 20))
        at += 1
        return result

    for _ in range(refinement.window):
        step()
    return step


def _live_frames():
    """The same frames as the paper's loop takes them; where people stand does not matter to the cost."""
    intrinsics = chain().intrinsics(_info())
    points = torch.from_numpy(np.stack([person.joints_px for person in keypoints()[:_FRAMES]]))
    view = virtual_view(intrinsics.rays(points[..., :2]), points[..., 2])
    half_view = torch.full((_FRAMES,), _info().image_size[0] / 2 / intrinsics.focal_px)
    return view, points[..., 2], torch.tensor([0.0, 0.0, 3.0]).repeat(_FRAMES, 1), half_view


@cache
def _errors():
    """Mean error in mm over the frames that have a window before them, 16 joints about the pelvis.

    The paper's loop is given the true root and camera, and the shipped GUMLP, which is smaller than the published one; ours
    is given the true camera alone.
    """
    seen = examples(_PEOPLE, _LENGTH)
    tested = slice(_BEFORE, None)
    truth = seen.truth[:, tested, 1:NUM_H36M]
    count, length = seen.confidence.shape[:2]
    flat = seen.confidence.flatten(0, 1)
    root = (seen.view.rotation @ seen.root_m.flatten(0, 1)[..., None])[..., 0]
    network = load_lifter(DEFAULT_WEIGHTS.with_name("gumlp.safetensors")).network
    half_view = torch.full((len(root),), 0.6)
    papers = official(network, seen.view, flat, root, half_view).view(count, length, NUM_H36M, 3)
    lifted = official(network, seen.view, flat, root, half_view, iterations=0).view(count, length, NUM_H36M, 3)
    ours = _ours(seen)
    posed = ours[:, tested].isfinite().all(dim=-1).all(dim=-1)  # nobody is there where the detector reports nobody
    poses = {"ours": ours, "the paper's": papers, "the paper's lifter alone": lifted}
    return {f"{name}, mm": mpjpe_mm(each[:, tested, 1:][posed], truth[posed]) for name, each in poses.items()}


def _ours(seen):
    """(B, T, 17, 3) as a live view finds them, frame after frame, in the axes of the virtual cameras."""
    refinement = replace(chain().refinement(_info()), intrinsics=Intrinsics(_FOCAL_PX, (0.0, 0.0), estimated=False))
    points = torch.cat([seen.rays * _FOCAL_PX, seen.confidence[..., None]], dim=-1).numpy()
    joints = torch.full((*points.shape[:2], NUM_H36M, 3), torch.nan)
    for sequence, of_sequence in enumerate(points):
        refiner = LiveRefiner(refinement)
        people = [Keypoints(i, i / FPS, frame) for i, frame in enumerate(of_sequence)]
        refiner.push(*people[:_BEFORE])
        for i, person in enumerate(people[_BEFORE:], _BEFORE):
            pose = refiner.push(person).pose
            if pose is not None:
                joints[sequence, i] = torch.from_numpy(pose.joints_m[:NUM_H36M] - pose.joints_m[PELVIS])
    return seen.view.to_virtual(joints.flatten(0, 1)).view(joints.shape)
