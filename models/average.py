"""The mean of weights from several stages of one training: `python -m models.average --help`.

What a network learned last it learned of the laboratories it saw; the mean of what it was at several times lies where the
loss is flatter, and does better on a laboratory that it never saw (Wortsman et al., Model Soups, ICML 2022). Only weights
that were trained on from each other have a mean that is a network at all. Expected errors are calibrated anew, and figures
made anew.
"""

import argparse
from pathlib import Path

import torch

from models.card import model_card
from models.motion import read_motion, split_by_subject
from models.publish import final_figures, publish
from models.weights import Lifter, LifterNetwork, load_lifter, sizes_of
from uao_core.errors import UaoError


def mean_of(lifters: list[Lifter]) -> LifterNetwork:
    """A network whose weights are the mean of theirs; the first one's is used for it.

    Raises:
        UaoError: they are of different architectures or sizes.
    """
    networks = [lifter.network for lifter in lifters]
    if any(sizes_of(network) != sizes_of(networks[0]) for network in networks):
        names = ", ".join(lifter.name for lifter in lifters)
        raise UaoError(
            f"{names} are not all of one architecture and size; give weights that were trained on from each other."
        )
    states = [network.state_dict() for network in networks]
    mean = {name: torch.stack([state[name] for state in states]).mean(dim=0) for name in states[0]}
    networks[0].load_state_dict(mean)
    return networks[0]


def average(paths: list[Path], data: Path, out: Path) -> None:
    """Write the mean of the weights in `paths` and its card into `out`.

    Raises:
        UaoError: weights or data cannot be read or do not fit, or nothing can be written.
    """
    lifters = [load_lifter(path) for path in paths]
    architecture, _ = sizes_of(lifters[0].network)
    training, held_out = split_by_subject(read_motion(data))
    network = mean_of(lifters)
    figures = final_figures(network, held_out, data)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UaoError(f"{out} cannot be made ({error.strerror}); choose another --out.") from error
    cards = [lifter.card for lifter in lifters]
    seen = sum(int(card.get("examples_seen", 0)) for card in cards)
    settings = {"mean_of": [{"date": card.get("date"), "settings": card.get("settings")} for card in cards]}
    card = model_card(architecture, settings, training, seen, figures, out / "log.jsonl")
    card["curve"] = cards[-1].get("curve", [])
    publish(out, network, card)
    print(f"Wrote {out / architecture}.safetensors and its card.")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m models.average", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", nargs="+", type=Path, metavar="WEIGHTS", help="from the oldest to the newest")
    parser.add_argument("--data", type=Path, required=True, help="data set in any layout of models.datasets")
    parser.add_argument("--out", type=Path, required=True, help="folder for weights and card")
    args = parser.parse_args()
    if len(args.weights) < 2:
        parser.error("give at least two weights")
    try:
        average(args.weights, args.data, args.out)
    except UaoError as error:
        print(f"models.average: {error}")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
