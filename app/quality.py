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
    has_heavy = PoseModel.HEAVY.path.is_file()
    return {
        "pose_model": PoseModel.HEAVY if has_heavy else PoseModel.FULL,
        "unfiltered": not has_heavy,  # docs/benchmarks.md: the full model's poses gain by it, the heavy one's do not
        "uao_iterations": 8,
    }


def best_quality(options: Options) -> Options:
    """The same run at the best quality that is installed; more than that, where the user asked for it, stays."""
    best = best_values()
    return replace(options, **best | {"uao_iterations": max(best["uao_iterations"], options.uao_iterations)})
