"""Model cards: what a lifter was trained on and how well it did, in the weights' file and as a page beside it."""

import datetime
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.detector_model import DetectorModel
from models.evaluate import Figures
from models.motion import Motion
from models.weights import LifterNetwork

_CMU = (
    "CMU Graphics Lab Motion Capture Database: free for all uses, not to be resold as data. The data used in this project "
    "was obtained from mocap.cs.cmu.edu. The database was created with funding from NSF EIA-0196217."
)
LICENCES = {
    "cmufbx": _CMU,
    "cmu": _CMU,
    "uiprmd": (
        "UI-PRMD: PDDL 1.0. Vakanski et al., A Data Set of Human Body Movements for Physical Rehabilitation Exercises, "
        "Data 2018, 3(1), 2."
    ),
    "h36m": "Human3.6M: for research alone; weights trained on it may not be passed on.",
}
_FREE, _RESEARCH_ALONE = {"cmufbx", "cmu", "uiprmd"}, {"h36m"}
"""Sources that leave it to the trainer how weights are licensed, and those that do not let them be passed on."""


def model_card(
    architecture: str, settings: dict[str, Any], training: Motion, examples: int, figures: Iterable[Figures], log: Path
) -> dict[str, Any]:
    """All that is known of trained weights; `log` is the trainer's, its held-out figures are the learning curve."""
    subjects = set(training.subject.tolist())
    sources = sorted({name.split("/")[0] for name in subjects})
    return {
        "name": f"{architecture} lifter",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "sources": sources,
        "licences": sorted({LICENCES.get(source, f"{source}: see the data's own licence") for source in sources}),
        "subjects": len(subjects),
        "training_frames": len(training),
        "examples_seen": examples,
        "settings": settings,
        "detector_model": asdict(DetectorModel()),
        "figures": [asdict(f) for f in figures],
        "curve": _curve(log),
    }


def _curve(log: Path) -> list[tuple[int, float, float]]:
    """(step, MPJPE with exact 2D, with noisy 2D) of the held-out subjects."""
    if not log.is_file():
        return []
    records = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    found = {r["step"]: [f["mpjpe_mm"] for f in r["held_out"]] for r in records if "held_out" in r}
    return [(step, exact, noisy) for step, (exact, noisy) in sorted(found.items())]


def _weights_licence(sources: Iterable[str]) -> str:
    """What may be done with weights that were trained on these sources, by the strictest."""
    bound = sorted(_RESEARCH_ALONE.intersection(sources))
    if bound:
        return f"for research alone and not to be passed on, as data they were trained on ({', '.join(bound)})"
    unknown = sorted(set(sources) - _FREE)
    return f"under the terms of the data they were trained on ({', '.join(unknown)})" if unknown else "MIT"


def card_markdown(card: dict[str, Any], network: LifterNetwork) -> str:
    """The card as a page for people."""
    rows = "\n".join(
        f"| {f['data']} | {f['points']} | {f['mpjpe_mm']:.1f} | {f['pa_mpjpe_mm']:.1f} | {f['mean_sigma_mm']:.1f} "
        f"| {f['reliability_slope']:.2f} | {f['ause']:.2f} |"
        for f in card["figures"]
    )
    curve = "\n".join(f"| {step:,} | {exact:.1f} | {noisy:.1f} |" for step, exact, noisy in card["curve"])
    licences = "\n".join(f"- {licence}" for licence in card["licences"])
    size = sum(p.numel() for p in network.parameters())
    command = "python -m models.train"
    made_by = (
        f"`python -m models.average`, of weights made by `{command}`" if "mean_of" in card["settings"] else f"`{command}`"
    )
    return f"""# {card["name"]}

- Parameters: {size:,}; configuration: `{json.dumps(asdict(network.config))}`
- Trained: {card["date"]}, {card["examples_seen"]:,} frames seen, drawn from {card["training_frames"]:,} captured ones of
  {card["subjects"]} subjects ({", ".join(card["sources"])})
- Settings: `{json.dumps(card["settings"])}`
- Detector model: `{json.dumps(card["detector_model"])}`
- Made by {made_by}; the same settings and seed give the same weights on the same machine and versions.
- Weights: {_weights_licence(card["sources"])}, in half precision.

No pose of a held-out subject and none of the ACCAD laboratory was trained on. Expected errors were scaled joint by
joint to those of the held-out subjects, times 1.1 for people elsewhere (models/calibration.py).

## Data and licences

{licences}

## Figures

Captured motion seen by synthetic cameras, exactly or as the detector model reports it; windows of 27 frames at 30
frames a second, 16 joints relative to the pelvis, no optimization.

| motion | 2D points | MPJPE mm | PA-MPJPE mm | mean predicted mm | reliability slope | AUSE |
|---|---|---|---|---|---|---|
{rows}

A slope of 1 means that errors are as large as predicted; AUSE is normalised, 0 is best. Figures on real video are in
docs/benchmarks.md.

## Learning curve

MPJPE of the held-out subjects, mm.

| step | exact 2D | noisy 2D |
|---|---|---|
{curve}
"""
