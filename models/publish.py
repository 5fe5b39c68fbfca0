"""The end of a training: expected errors are calibrated, figures made, weights and their card written."""

from pathlib import Path
from typing import Any

from models.calibration import calibrate
from models.card import card_markdown
from models.evaluate import Figures, evaluate_motion
from models.motion import Motion, read_motion
from models.weights import LifterNetwork, save_lifter, sizes_of
from uao_core.atomic import atomic_text
from uao_core.errors import UaoError


def final_figures(network: LifterNetwork, held_out: Motion, data: Path) -> list[Figures]:
    """Calibrate a network on the held-out subjects; its figures on them, and on the laboratory that is never trained on."""
    calibrate(network, held_out)
    figures = evaluate_motion(network, held_out, "held-out subjects")
    try:
        figures += evaluate_motion(network, read_motion(data, unseen=True), "unseen laboratory (ACCAD)")
    except UaoError as error:
        print(f"No cross-domain figures: {error}")
    return figures


def publish(out: Path, network: LifterNetwork, card: dict[str, Any]) -> None:
    """Write weights with their card into a folder, and the card as a page.

    Raises:
        UaoError: they cannot be written.
    """
    architecture, _ = sizes_of(network)
    save_lifter(out / f"{architecture}.safetensors", network, card)
    with atomic_text(out / f"{architecture}.md") as page:
        page.write(card_markdown(card, network))
