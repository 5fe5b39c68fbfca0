"""Plots of a report: reliability, sparsification, error by joint and by view angle, the worst frame of every clip."""

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from uao_core.atomic import atomic_path
from uao_core.errors import UaoError
from uao_core.evaluate.figures import Tally, Worst
from uao_core.metrics import reliability
from uao_core.skeleton import BONES, JOINT_NAMES

_ANGLES = torch.arange(0, 181, 30)
_FEW = 4
"""Sequences of a set whose worst frame is drawn: a clip has one or two, a set of motion has many."""
_VIEWS = {"as the camera sees it": (0, 1), "from the side": (2, 1), "from above": (0, 2)}


def draw_plots(tallies: Mapping[tuple[str, str, str, str], Tally], stem: Path) -> Iterator[Path]:
    """Write STEM-reliability.png and so on, of the optimized poses under the last protocol; yields the paths.

    Raises:
        UaoError: matplotlib is not installed, or a file cannot be written.
    """
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError as error:
        raise UaoError("Plots need matplotlib; install it with: pip install -e .[evaluate]") from error
    last = max(key[2] for key in tallies)
    chosen = {
        f"{data}, {points}": t
        for (data, points, protocol, method), t in tallies.items()
        if (protocol, method) == (last, "lifter + UAO")
    }
    for name, draw in (
        ("reliability", _reliability),
        ("sparsification", _sparsification),
        ("joints", _joints),
        ("angles", _angles),
    ):
        figure, axes = pyplot.subplots(figsize=(10, 5), layout="constrained")
        draw(axes, chosen)
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.01, 1.0))
        path = stem.with_name(f"{stem.name}-{name}.png")
        with atomic_path(path) as part:
            figure.savefig(part, dpi=110)
        pyplot.close(figure)
        yield path
    clips = {name: tally for name, tally in chosen.items() if len(tally.errors) <= _FEW}
    if clips:
        figure, grid = pyplot.subplots(
            len(clips), len(_VIEWS), figsize=(9, 4 * len(clips)), layout="constrained", squeeze=False
        )
        for row, (name, tally) in zip(grid, clips.items(), strict=True):
            _worst(row, name, max(tally.errors, key=lambda e: float(e.joint_mm.mean(dim=1).max())).worst)
        path = stem.with_name(f"{stem.name}-worst.png")
        with atomic_path(path) as part:
            figure.savefig(part, dpi=90)
        pyplot.close(figure)
        yield path


def _reliability(axes: Any, tallies: Mapping[str, Tally]) -> None:
    top = 0.0
    for name, tally in tallies.items():
        bins = reliability(*tally.pairs())
        axes.plot(bins.predicted_mm, bins.actual_mm, "o-", markersize=3, label=f"{name}: slope {bins.slope:.2f}")
        top = max(top, float(bins.predicted_mm.max()), float(bins.actual_mm.max()))
    axes.plot([0, top], [0, top], "k--", linewidth=1, label="honest")
    axes.set(xlabel="predicted error, mm", ylabel="true error, mm", title="Reliability (ten bins of equal count)")


def _sparsification(axes: Any, tallies: Mapping[str, Tally]) -> None:
    for name, tally in tallies.items():
        sigma, error = tally.pairs()
        share = torch.linspace(0.02, 1, 50)
        keep = (share * len(error)).long().clamp_min(1)
        by_sigma = error[sigma.argsort()].cumsum(0)[keep - 1] / keep
        by_error = error.sort().values.cumsum(0)[keep - 1] / keep
        (line,) = axes.plot(
            100 * (1 - share), by_sigma / error.mean(), label=f"{name}: AUSE {reliability(sigma, error).ause:.2f}"
        )
        axes.plot(100 * (1 - share), by_error / error.mean(), ":", color=line.get_color(), linewidth=1)
    axes.set(
        xlabel="joints left out, the unsurest first, %",
        ylabel="error of the rest over the mean error",
        title="Sparsification (dotted: if the truth were known)",
    )


def _joints(axes: Any, tallies: Mapping[str, Tally]) -> None:
    all_joints = sorted({joint for tally in tallies.values() for joint in tally.by_joint()})
    for name, tally in tallies.items():
        joints = tally.by_joint()
        positions = [all_joints.index(joint) for joint in joints]
        (line,) = axes.plot(positions, [float(e.mean()) for _, e in joints.values()], "o-", markersize=4, label=name)
        axes.plot(positions, [float(s.mean()) for s, _ in joints.values()], ":", color=line.get_color(), linewidth=1)
    names = [JOINT_NAMES[joint].replace("_", " ") for joint in all_joints]
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right")
    axes.set(ylabel="error, mm", title="Error by joint (dotted: predicted)")


def _angles(axes: Any, tallies: Mapping[str, Tally]) -> None:
    middles = (_ANGLES[1:] + _ANGLES[:-1]) / 2
    for name, tally in tallies.items():
        angle = torch.cat([e.angle_deg for e in tally.errors])
        error = torch.cat([e.joint_mm.mean(dim=1) for e in tally.errors])
        means = [error[(angle >= low) & (angle < high)].mean() for low, high in itertools.pairwise(_ANGLES)]
        axes.plot(middles, means, "o-", markersize=4, label=name)
    axes.set(xlabel="facing the camera (0) ... turned away (180), degrees", ylabel="MPJPE, mm", title="Error by view angle")


def _worst(row: Any, name: str, worst: Worst) -> None:
    """Truth and estimate from three sides; circles are the expected errors."""
    for axes, (view, (across, along)) in zip(row, _VIEWS.items(), strict=True):
        for parent, child in BONES:
            for pose, style in ((worst.truth_m, {"color": "0.25", "linewidth": 1.5}), (worst.predicted_m, {"color": "C0"})):
                axes.plot(*pose[[parent, child]][:, [across, along]].T, **style)
        for place, sigma_mm in zip(worst.predicted_m, worst.sigma_mm.tolist(), strict=True):
            around = torch.linspace(0, 2 * torch.pi, 40)
            x, y = (place[axis] + sigma_mm / 1000 * turn for axis, turn in ((across, around.cos()), (along, around.sin())))
            axes.fill(x, y, color="C0", alpha=0.08, linewidth=0)
        axes.set_aspect("equal")
        axes.invert_yaxis()
        axes.set_title(view, fontsize="small")
    row[0].set_ylabel(f"{name}\nframe {worst.index}", fontsize="small")
