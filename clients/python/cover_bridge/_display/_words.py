"""The words and numbers that all displays of covers use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

# The order is that of a summary. "ended" is a watch that ended without a final status.
STATES = ("succeeded", "failed", "generating", "pending", "unknown", "ended")

# Control characters, single surrogates, and characters that change the direction of text.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def plain(text: str) -> str:
    """The text on one line. It cannot affect the text around it on a terminal or on a page."""
    return _UNSAFE.sub("\ufffd", re.sub(r"[\t\r\n]+", " ", text))


def span(seconds: float) -> str:
    """A duration: ``41 s``, ``2 min 05 s`` or ``1 h 07 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def summary(states: Iterable[str]) -> str:
    """For example ``3 covers: 2 succeeded, 1 failed``."""
    found = list(states)
    return f"{counted(len(found), 'cover')}: {counts(found)}" if found else "no covers"


def counts(states: Iterable[str]) -> str:
    """For example ``2 succeeded, 1 failed``."""
    found = list(states)
    numbers = ((found.count(state), state) for state in STATES)
    return ", ".join(f"{number} {state}" for number, state in numbers if number)


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
