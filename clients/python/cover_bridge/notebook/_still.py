"""The still copy of a board, for readers who open the notebook without its kernel."""

from __future__ import annotations

from html import escape
from importlib import import_module
from typing import Any

from .._display._html import card_html, list_bundle
from ._covers import Covers

# The most characters of all thumbnails. Beyond that, the images of covers are only links.
MOST_THUMBNAILS = 500_000


def mime_bundle(covers: Covers, board_id: str, at: str) -> dict[str, str]:
    """The still copy, by media type. While the live board is shown, it hides the copy."""
    heading = f"{covers.summary}, as of {at}" if not covers.is_settled else covers.summary
    cards = [(cover.card(), cover.sources or {}) for cover in covers.all.values()]
    room = MOST_THUMBNAILS
    rows: list[str] = []
    for card, sources in cards:
        room -= sum(map(len, sources.values()))
        rows.append(card_html(card, sources if room >= 0 else {}))
    bundle = list_bundle(heading, [card for card, _ in cards], rows)
    still = f'<div class="cover-still {escape(board_id)}">{bundle["text/html"]}</div>'
    return {**bundle, "text/html": _tidy(board_id) + still}


def publish(data: dict[str, Any], **options: Any) -> None:
    """Sends data to the output of the cell."""
    import_module("IPython.display").publish_display_data(data, **options)


def _tidy(board_id: str) -> str:
    """Hides JupyterLab's message about a live board whose kernel is gone."""
    child = ".jp-OutputArea-child"
    return (
        f"<style>{child}:has(+ {child} .{escape(board_id)}):not(:has(.cover-board))"
        "{display: none}</style>"
    )
