"""A card as HTML that is readable everywhere.

The HTML has no script and no style sheet, because a notebook on another machine would remove them.
The text has the colours of the page, so that the card fits light and dark themes. The few other
colours have enough contrast on both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from ._card import Card
from ._words import summary

COLOURS = {
    "pending": "#8a8a8a",
    "generating": "#2f80ed",
    "succeeded": "#1f9d55",
    "failed": "#e5484d",
    "unknown": "#8a8a8a",
    "ended": "#c77700",
}
SIDE = 72
LINE = "1px solid rgba(128, 128, 128, 0.35)"


def bundle(shown: Any) -> dict[str, str]:
    """A cover or ``Outcomes`` as text and as HTML, by media type."""
    if hasattr(shown, "values"):
        cards = [Card.of(outcome) for outcome in shown.values()]
        return list_bundle(summary(card.state for card in cards), cards, map(card_html, cards))
    card = Card.of(shown)
    return {"text/plain": card.text(), "text/html": card_html(card)}


def list_bundle(heading: str, cards: list[Card], rows: Iterable[str]) -> dict[str, str]:
    """Several cards under a heading, by media type. ``rows`` are the cards as HTML."""
    content = "".join(_element("div", f"border-top: {LINE}", row) for row in rows)
    title = _element("div", "padding: 6px 2px", _element("strong", "", escape(heading)))
    text = "\n".join([heading, *(card.text() for card in cards)])
    return {"text/plain": text, "text/html": title + content}


def card_html(card: Card, sources: Mapping[str, str] | None = None) -> str:
    """One cover. ``sources`` maps the URL of an image to the URL from which it is shown."""
    pictures = "".join(
        _picture(card, url, number, url if sources is None else sources.get(url))
        for number, url in enumerate(card.images, 1)
    )
    return _element(
        "div",
        "display: flex; gap: 14px; align-items: center; padding: 8px 2px",
        _element("div", "display: flex; gap: 6px; flex: none", pictures) if pictures else "",
        _element("div", "min-width: 0; line-height: 1.5", *_lines(card)),
    )


def _lines(card: Card) -> Iterable[str]:
    dot = f"color: {COLOURS.get(card.state, COLOURS['unknown'])}"
    yield _element(
        "div",
        "",
        f'<span style="{dot}">●</span> {_element("strong", "", escape(card.state))} ',
        f"<code><bdi>{escape(card.task_id)}</bdi></code>",
    )
    if card.reason is not None:
        yield _element("div", "", f"<bdi>{escape(card.reason)}</bdi>")
    if card.facts:
        yield _element("div", "opacity: 0.75", escape(" · ".join(card.facts)))


def _picture(card: Card, url: str, number: int, source: str | None) -> str:
    name = escape(f"Image {number} of {card.task_id}")
    link = f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer"'
    if source is None:
        return f'{link} title="{name}">image {number}</a>'
    style = "display: block; object-fit: cover; border-radius: 6px; margin: 0"
    return (
        f'{link}><img src="{escape(source)}" alt="{name}" width="{SIDE}" height="{SIDE}"'
        f' style="{style}" loading="lazy" referrerpolicy="no-referrer"></a>'
    )


def _element(name: str, style: str, *content: str) -> str:
    opening = f'{name} style="{style}"' if style else name
    return f"<{opening}>{''.join(content)}</{name}>"
