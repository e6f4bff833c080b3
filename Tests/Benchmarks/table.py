"""Prints figures as a table that reads well in a terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    figure: str
    values: list[str]
    # The bridge's figure and the figure to compare with. Without a comparison, it is None.
    own: float
    other: float | None
    reach: str

    @property
    def ratio(self) -> float | None:
        return self.own / self.other if self.other else None


def render(columns: Sequence[str], rows: Sequence[Row]) -> str:
    cells = [
        ["figure", *columns, "ratio", "to reach"],
        *([row.figure, *row.values, shown(row.ratio), row.reach] for row in rows),
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for line in cells:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        lines.append("| " + " | ".join(padded) + " |")
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def shown(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def span(values: Sequence[float], form: str) -> str:
    """The least and the greatest figure of the rounds."""
    least, most = format(min(values), form), format(max(values), form)
    return least if least == most else f"{least} to {most}"


def percentile(values: Sequence[float], share: float) -> float:
    """The quantile of the values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
