"""What the program keeps for itself as JSON, read with the distrust that any file deserves."""

import json
import math
from typing import Any

DAMAGE = (OSError, ValueError, ArithmeticError, KeyError, TypeError, AttributeError, RecursionError)
"""What reading such a file raises where it is missing, torn, nested without end, or holds other kinds or sizes of things."""


def plain_number(value: Any, *, most: float = math.inf) -> float:
    """A number from 0 on that is neither infinite nor larger than `most`.

    Raises:
        ValueError: it is another one, or none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf or value > most:
        raise ValueError("no number that can be")
    return float(value)


def whole_number(value: Any) -> int:
    """A number from 0 on, of which a computer can count so many.

    Raises:
        ValueError: it is another one, or none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError("no count")
    return value


def is_plain(value: Any) -> bool:
    """Whether a value can be written as JSON again: nothing, a finite number, a truth value or words."""
    return value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


def parsed(text: str | bytes) -> dict[str, Any]:
    """The JSON object that a text is.

    Raises:
        any of `DAMAGE`: it is none.
    """
    content = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError("no JSON object")
    return content
