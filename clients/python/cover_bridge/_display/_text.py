"""A card where there is no HTML."""

from __future__ import annotations

from ._card import Card


def card_text(card: Card) -> str:
    lines = ["  ".join((card.task_id, ", ".join((card.state, *card.facts))))]
    if card.reason is not None:
        lines.append(f"  {card.reason}")
    lines += [f"  {url}" for url in card.images]
    return "\n".join(lines)
