"""What a board knows of its covers: values without I/O and without a lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from .._display._card import Card
from .._display._words import counted, counts, plain, summary
from .._follow import Outcome, Outcomes, is_outcome, news, outcomes_of, state_of
from .._types import CoverStatus, WatchEvent

# Of one announcement. What is more is summed up.
SPOKEN = 3


@dataclass
class Cover:
    """A row of the board."""

    task_id: str
    since: float
    """When it was begun, in seconds since 1970."""
    last: Outcome | None = None
    """Its last status, or how its watch ended."""
    parted: str | None = None
    """Why it is not followed any more, where no event says so."""
    sources: dict[str, str] | None = None
    """Its thumbnails by the address of the image, once they are fetched."""
    progress: float | None = None
    """How much of a download is done, from 0 to 1."""
    note: str = ""
    """What came of the last download."""

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
        """As ``board.js`` shows it."""
        card = self.card()
        return {
            "id": card.task_id,
            "state": card.state,
            "reason": card.reason,
            # While it is followed the elapsed time says it all.
            "facts": [] if self.is_open else list(card.facts),
            "since": self.since if self.is_open else None,
            "progress": self.progress,
            "note": self.note,
            "canStop": self.is_open,
            "canDownload": self.can_download,
        }

    def images(self) -> list[dict[str, str | None]]:
        """Beside the row, which changes more often and weighs less."""
        sources = self.sources
        return [
            {"url": url, "source": None if sources is None else sources.get(url, url)}
            for url in self.card().images
        ]


class Covers:
    """The rows, what has changed in them, and what there is to say of it."""

    def __init__(self, task_ids: Iterable[str], now: float) -> None:
        self.all = {task_id: Cover(task_id, now) for task_id in task_ids}
        self._changed: set[str] = set()
        self._news: list[str] = []

    def __getitem__(self, task_id: str) -> Cover:
        """The row, which counts as changed from here on."""
        self._changed.add(task_id)
        return self.all[task_id]

    def take(self, event: WatchEvent) -> bool:
        """Whether there are images now whose thumbnails are to be fetched."""
        cover = self[event.task_id]
        before, had_images = cover.state, cover.has_images
        last = cover.last = news(event)
        if is_outcome(last):
            # It was on its way when the watch was stopped.
            cover.parted = None
        if isinstance(last, CoverStatus) and last.created_at is not None:
            cover.since = last.created_at.timestamp()
        if cover.state != before:
            self._tell(cover)
        return cover.has_images and not had_images

    def part(self, task_ids: Iterable[str], reason: str) -> list[str]:
        """These are not followed any more; returns those that were."""
        parted = [task_id for task_id in task_ids if self.all[task_id].is_open]
        for task_id in parted:
            cover = self[task_id]
            cover.parted = reason
            self._tell(cover)
        return parted

    def outcomes(self) -> Outcomes:
        return outcomes_of({task_id: cover.last for task_id, cover in self.all.items()})

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will come by itself."""
        return all(cover.is_settled for cover in self.all.values())

    @property
    def summary(self) -> str:
        return summary(cover.state for cover in self.all.values())

    def changes(self) -> tuple[list[Cover], str]:
        """Which rows have changed since the last time, and what is to be said of it."""
        rows = [self.all[task_id] for task_id in self._changed]
        news, self._news = self._news, []
        self._changed = set()
        if len(news) > SPOKEN:
            news = [counts(cover.state for cover in self.all.values())]
        return rows, ". ".join(news)

    def say(self, cover: Cover, words: str) -> None:
        self._news.append(f"{plain(cover.task_id)}: {words}")

    def _tell(self, cover: Cover) -> None:
        card = cover.card()
        words = [card.state]
        if card.images:
            words.append(counted(len(card.images), "image"))
        if card.reason is not None:
            words.append(card.reason)
        self.say(cover, ", ".join(words))


def progress_of(value: dict[str, Any]) -> float:
    """From what the bridge says of a download. Images come one after the other."""
    total = value.get("totalBytes")
    part = value["receivedBytes"] / total if total else 0.0
    return min(1.0, float((value["image"] - 1 + part) / value["images"]))
