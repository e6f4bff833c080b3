"""The covers of a board, as values without I/O and locks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from .._display._card import Card
from .._display._words import counted, counts, plain, summary
from .._follow import Outcome, Outcomes, is_outcome, news, outcomes_of, state_of
from .._types import CoverStatus, WatchEvent

# The most covers that one announcement names. If there are more, the announcement has their
# numbers.
SPOKEN = 3


@dataclass
class Cover:
    """A row of the board."""

    task_id: str
    since: float
    """When the cover was begun, in seconds since 1970."""
    last: Outcome | None = None
    """The last status, or the end of the watch."""
    parted: str | None = None
    """Why the task is no longer watched, if there is no event about it."""
    sources: dict[str, str] | None = None
    """The thumbnails by the URLs of their images; ``None`` until they are fetched."""
    progress: float | None = None
    """The progress of a download, from 0 to 1."""
    note: str = ""
    """The outcome of the last download."""

    @property
    def state(self) -> str:
        return "ended" if self.parted else state_of(self.last)

    @property
    def is_open(self) -> bool:
        return self.parted is None and not is_outcome(self.last)

    @property
    def is_settled(self) -> bool:
        return not self.is_open and (self.sources is not None or not self.has_images)

    @property
    def has_images(self) -> bool:
        return isinstance(self.last, CoverStatus) and bool(self.last.images)

    @property
    def can_download(self) -> bool:
        return self.has_images and self.progress is None

    def card(self) -> Card:
        card = Card(plain(self.task_id), "pending") if self.last is None else Card.of(self.last)
        return replace(card, state="ended", reason=self.parted) if self.parted else card

    def row(self) -> dict[str, Any]:
        """The row in the form that ``board.js`` shows."""
        card = self.card()
        return {
            "id": card.task_id,
            "state": card.state,
            "reason": card.reason,
            # The row of a watched task shows the elapsed time instead of facts.
            "facts": [] if self.is_open else list(card.facts),
            "since": self.since if self.is_open else None,
            "progress": self.progress,
            "note": self.note,
            "canStop": self.is_open,
            "canDownload": self.can_download,
        }

    def images(self) -> list[dict[str, str | None]]:
        """The images. They are separate from the row, because the row is smaller and changes more
        often."""
        found = dict.fromkeys(self.card().images) if self.sources is None else self.sources
        return [{"url": url, "source": found.get(url, url)} for url in self.card().images]


class Covers:
    """The rows, their changes, and the announcements for screen readers."""

    def __init__(self, task_ids: Iterable[str], now: float) -> None:
        self.all = {task_id: Cover(task_id, now) for task_id in task_ids}
        self._changed: set[str] = set()
        self._news: list[str] = []

    def __getitem__(self, task_id: str) -> Cover:
        """Returns the row, and marks it as changed."""
        self._changed.add(task_id)
        return self.all[task_id]

    def take(self, event: WatchEvent) -> bool:
        """Handles an event. Returns whether the board must fetch thumbnails of new images."""
        cover = self[event.task_id]
        before, had_images = cover.state, cover.has_images
        last = cover.last = news(event)
        if is_outcome(last):
            # The event was on its way when the user stopped the watch.
            cover.parted = None
        if isinstance(last, CoverStatus) and last.created_at is not None:
            cover.since = last.created_at.timestamp()
        if cover.state != before:
            self._announce(cover)
        return cover.has_images and not had_images

    def part(self, task_ids: Iterable[str], reason: str) -> None:
        """Records why these tasks are no longer watched. Tasks that have ended are left out."""
        for task_id in task_ids:
            if self.all[task_id].is_open:
                self[task_id].parted = reason
                self._announce(self.all[task_id])

    def outcomes(self) -> Outcomes:
        return outcomes_of({task_id: cover.last for task_id, cover in self.all.items()})

    @property
    def is_settled(self) -> bool:
        """Whether no row can change any more, unless a user presses a button."""
        return all(cover.is_settled for cover in self.all.values())

    @property
    def summary(self) -> str:
        return summary(cover.state for cover in self.all.values())

    def changes(self) -> tuple[list[Cover], str]:
        """The rows that have changed since the last call, and their announcement."""
        rows = [self.all[task_id] for task_id in self._changed]
        news, self._news = self._news, []
        self._changed = set()
        if len(news) > SPOKEN:
            news = [counts(cover.state for cover in self.all.values())]
        return rows, ". ".join(news)

    def say(self, cover: Cover, words: str) -> None:
        self._news.append(f"{plain(cover.task_id)}: {words}")

    def _announce(self, cover: Cover) -> None:
        card = cover.card()
        words = [card.state]
        if card.images:
            words.append(counted(len(card.images), "image"))
        if card.reason is not None:
            words.append(card.reason)
        self.say(cover, ", ".join(words))


def progress_of(value: dict[str, Any]) -> float:
    """The progress in a report of the bridge, which downloads one image after the other."""
    total = value.get("totalBytes")
    part = value["receivedBytes"] / total if total else 0.0
    return min(1.0, float((value["image"] - 1 + part) / value["images"]))
