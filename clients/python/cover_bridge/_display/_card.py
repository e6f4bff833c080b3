"""The content of the display of one cover, for text and HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

from .._types import CoverStatus, StatusChange, WatchEnded
from ._words import counted, moment, plain, span

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Card:
    task_id: str
    state: str
    """The state of a cover, or ``ended`` if its watch ended without a final status."""
    facts: tuple[str, ...] = ()
    reason: str | None = None
    """Why the cover failed, or why its watch ended."""
    images: tuple[str, ...] = ()
    """The URLs that a browser may load."""

    @classmethod
    def of(cls, shown: Any) -> Card:
        """The card of a ``CoverStatus``, a ``StatusChange`` or a ``WatchEnded``."""
        if isinstance(shown, WatchEnded):
            reason = "its time was up before the cover was final"
            if shown.error is not None or shown.reason != "timeout":
                reason = plain(str(shown.error or shown.reason))
            return cls(plain(shown.task_id), "ended", reason=reason)
        status: CoverStatus = shown.status if isinstance(shown, StatusChange) else shown
        previous = shown.previous if isinstance(shown, StatusChange) else None
        images = tuple(filter(is_safe, status.images))
        return cls(
            plain(status.task_id),
            status.state,
            facts=tuple(_facts(status, previous, hidden=len(status.images) - len(images))),
            reason=None if status.failure is None else plain(status.failure.message),
            images=images,
        )

    def text(self) -> str:
        """The card as plain text."""
        lines = ["  ".join((self.task_id, ", ".join((self.state, *self.facts))))]
        if self.reason is not None:
            lines.append(f"  {self.reason}")
        lines += [f"  {url}" for url in self.images]
        return "\n".join(lines)


def _facts(status: CoverStatus, previous: str | None, hidden: int) -> Iterator[str]:
    if previous is not None and previous != status.state:
        yield f"was {previous}"
    if status.created_at is not None and status.completed_at is not None:
        yield f"took {span((status.completed_at - status.created_at).total_seconds())}"
    elif status.created_at is not None:
        yield f"created {moment(status.created_at)}"
    if not status.final:
        yield f"checked {moment(status.checked_at)}"
    if status.images and status.expires_at is not None:
        expired = status.expires_at < datetime.now(timezone.utc)
        yield f"{'were kept' if expired else 'kept'} until {status.expires_at:%Y-%m-%d}"
    if hidden:
        yield f"{counted(hidden, 'image')} not shown: the address is not https"
    yield from (plain(warning.message) for warning in status.warnings)


def is_safe(url: str) -> bool:
    """Whether a browser may load the URL: by https, or from the server of the sandbox on this
    machine."""
    try:
        address = urlsplit(url)
        host = address.hostname
    except ValueError:
        return False
    if host is None or address.username is not None or plain(url) != url:
        return False
    return address.scheme == "https" or (address.scheme == "http" and host in LOOPBACK)
