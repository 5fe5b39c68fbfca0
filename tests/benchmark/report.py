"""Figures with their targets, as text, as a table for the documentation, and as JSON."""

from dataclasses import asdict, dataclass, field

_MARKS = {True: "met", False: "not met", None: ""}


@dataclass(frozen=True)
class Target:
    """What a figure should be: at least, or at most, so much."""

    kind: str  # ">=", "<=" or "<"
    limit: float

    def is_met(self, value):
        return {">=": value >= self.limit, "<=": value <= self.limit, "<": value < self.limit}[self.kind]

    def __str__(self):
        return f"{self.kind} {self.limit:g}"


@dataclass(frozen=True)
class Figure:
    """One measured value.

    Attributes:
        what: it is of.
        value: the median, where there are several.
        target: None where it only explains another figure.
        unit: empty for ratios.
        detail: what it was computed from.
    """

    what: str
    value: float
    target: Target | None = None
    unit: str = ""
    detail: dict = field(default_factory=dict)

    @property
    def is_met(self):
        return None if self.target is None else self.target.is_met(self.value)

    def columns(self):
        """Value, target and verdict as words."""
        digits = 2 if abs(self.value) < 10 else 1 if abs(self.value) < 100 else 0
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.value:.{digits}f}{unit}", f"{self.target}{unit}" if self.target else "", _MARKS[self.is_met]


@dataclass(frozen=True)
class Row:
    """All figures of one row of the table, and how long they took to measure."""

    key: str
    title: str
    figures: list[Figure]
    seconds: float

    def text(self):
        lines = [f"{self.title}  ({self.key}, {self.seconds:.0f} s)"]
        for figure in self.figures:
            value, target, verdict = figure.columns()
            detail = ", ".join(f"{name} {_short(what)}" for name, what in figure.detail.items())
            lines.append(f"  {figure.what:<46}{value:>10}  {target:<12}{verdict:<8} {detail}".rstrip())
        return "\n".join(lines)


def _short(value):
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def head(about):
    """The machine in two lines."""
    load = "" if about["load"] is None else f", load {about['load'][0]}"
    libraries = ", ".join(f"{name} {number}" for name, number in about["libraries"].items() if number)
    return (
        f"{about['processor']}, {about['cores']} cores{load}, {about['system']}, {about['date']}\n"
        f"Python {about['python']}, {libraries}"
    )


def markdown(about, rows):
    """The table of docs/performance.md."""
    lines = [head(about).replace("\n", ".  \n") + ".", "", "| | measured | target | |", "|---|---|---|---|"]
    for row in rows:
        for figure in row.figures:
            lines.append(f"| {row.title}: {figure.what} | " + " | ".join(figure.columns()) + " |")
    return "\n".join(lines)


def as_dict(about, rows):
    """For JSON."""
    return {
        "format": "uao-pose benchmark",
        "version": 1,
        "machine": about,
        "rows": [
            {
                "key": row.key,
                "title": row.title,
                "seconds": round(row.seconds, 1),
                "figures": [
                    asdict(figure) | {"target": str(figure.target) if figure.target else None, "is_met": figure.is_met}
                    for figure in row.figures
                ],
            }
            for row in rows
        ],
    }
