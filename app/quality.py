"""The slow settings: what is worth its time where a file is processed once more, and nobody waits for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from app.detector import PoseModel

if TYPE_CHECKING:  # the options know the qualities, too
    from app.options import Options

Quality = Literal["normal", "best"]
QUALITIES: tuple[Quality, ...] = get_args(Quality)


def best_values() -> dict[str, Any]:
    """The options that make the best of a file, by their names; all others are a matter of source and taste."""
    return {
        "pose_model": PoseModel.HEAVY if PoseModel.HEAVY.path.is_file() else PoseModel.FULL,
        "uao_iterations": 8,  # docs/benchmarks.md: more accurate than four on most sets, and nowhere much worse
    }


def best_quality(options: Options) -> Options:
    """The same run at the best quality that is installed; more than that, where the user asked for it, stays."""
    best = best_values()
    return replace(options, **best | {"uao_iterations": max(best["uao_iterations"], options.uao_iterations)})
