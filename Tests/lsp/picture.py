"""Draws a terminal's screen as an SVG."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import Any

import pyte

CELL, LINE, MARGIN = 8.4, 18, 10
# The colours of the terminal's palette by pyte's names.
COLOURS = {
    "default": "#d8dee9",
    "black": "#4c566a",
    "red": "#e06c75",
    "green": "#98c379",
    "brown": "#e5c07b",
    "blue": "#61afef",
    "magenta": "#c678dd",
    "cyan": "#56b6c2",
    "white": "#d8dee9",
}
BACKGROUND = "#1f2430"


def colour(name: str, default: str) -> str:
    """A colour for SVG, from a name of pyte or six digits."""
    if name == "default":
        return default
    return COLOURS.get(name.removeprefix("bright"), f"#{name}" if len(name) == 6 else default)


def looks(cell: Any) -> tuple[str, str, bool]:
    """The colours of a cell, and whether it is bold."""
    front, back = colour(cell.fg, COLOURS["default"]), colour(cell.bg, BACKGROUND)
    return (back, front, cell.bold) if cell.reverse else (front, back, cell.bold)


def svg(screen: pyte.Screen) -> str:
    """The current screen, in the frame of a window."""
    width = round(screen.columns * CELL + 2 * MARGIN)
    height = screen.lines * LINE + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="monospace" font-size="14">',
        f'<rect width="{width}" height="{height}" rx="6" fill="{BACKGROUND}"/>',
    ]
    for row in range(screen.lines):
        cells = [screen.buffer[row][column] for column in range(screen.columns)]
        top = MARGIN + row * LINE
        column = 0
        for (front, back, bold), run in groupby(cells, looks):
            text = "".join(cell.data for cell in run)
            left = round(MARGIN + column * CELL, 1)
            length = round(len(text) * CELL, 1)
            column += len(text)
            if back != BACKGROUND:
                parts.append(
                    f'<rect x="{left}" y="{top}" width="{length}" height="{LINE}" fill="{back}"/>'
                )
            if text.strip():
                weight = ' font-weight="bold"' if bold else ""
                parts.append(
                    f'<text x="{left}" y="{top + 13}" fill="{front}"{weight} '
                    f'textLength="{length}" xml:space="preserve">{escape(text)}</text>'
                )
    return "\n".join([*parts, "</svg>", ""])
