"""What goes to whom: the watches of this client, as values without I/O and without a lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Union

from ._decode import decode
from ._errors import CoverBridgeError
from ._requests import finite, given, id_list
from ._types import CoverStatus, Journal, StatusChange, WatchEvent

# None says that the watch is over.
Delivery = Union[WatchEvent, CoverBridgeError, None]


class Subscription:
    """One ``watch`` call: the tasks it still waits for."""

    # Takes what is for it, and must neither block nor fail.
    put: Callable[[Delivery], None]

    def __init__(
        self, ids: str | Iterable[str], interval: float | None, timeout: float | None
    ) -> None:
        # Each with the last status that was delivered.
        self.open: dict[str, CoverStatus | None] = dict.fromkeys(id_list(ids))
        self._interval, self._timeout = interval, finite(timeout)
        self._deadline = time.monotonic() + (self._timeout or 0)

    def parameters(self, *, again: bool = False) -> dict[str, Any]:
        """Of ``cover/watch``; ``again`` counts the timeout from the first time."""
        timeout = self._timeout
        if again and timeout is not None:
            timeout = max(self._deadline - time.monotonic(), 0.001)
        return given(task_ids=list(self.open), interval=self._interval, timeout=timeout)

    def offer(self, event: WatchEvent) -> None:
        """Takes an event that is for this watch and new to it."""
        if event.task_id not in self.open:
            return
        if isinstance(event, StatusChange) and not event.final:
            last, self.open[event.task_id] = self.open[event.task_id], event.status
            # A bridge that watches anew begins with how the task stands.
            if last is not None and _news(last) == _news(event.status):
                return
            self.put(event)
        else:
            self.put(event)
            self.close([event.task_id])

    def close(self, task_ids: Iterable[str]) -> None:
        """Waits for these no longer."""
        was_open = bool(self.open)
        for task_id in list(task_ids):
            self.open.pop(task_id, None)
        if was_open and not self.open:
            self.put(None)

    def fail(self, error: CoverBridgeError) -> None:
        self.open.clear()
        self.put(error)


def _news(status: CoverStatus) -> tuple[object, ...]:
    return status.state, status.images, status.failure


class Subscriptions:
    """The watches that the bridge has, and how far the client has heard the journal."""

    def __init__(self) -> None:
        self._all: list[Subscription] = []
        self._epoch = ""
        self._heard = 0

    def open(self) -> list[Subscription]:
        return list(self._all)

    def begin(self, journal: Journal) -> int | None:
        """A process of the bridge has begun. If its journal goes on where the last one's was
        heard, the number after which to replay it."""
        if journal.epoch == self._epoch:
            return self._heard
        self._epoch, self._heard = journal.epoch, journal.last_sequence
        return None

    def add(self, added: Subscription, watches: Iterable[dict[str, Any]]) -> None:
        """The bridge has answered with these watches. What it sent before was for older ones; what
        came of that is in ``last``, and a final status is sent once more."""
        self._all.append(added)
        for watch in watches:
            last = watch.get("last")
            if last is not None and not last["final"]:
                status = decode(CoverStatus, last)
                added.offer(StatusChange(self._heard, status.task_id, status, False))
        self.tidy()

    def deliver(self, event: WatchEvent) -> None:
        """Hands out what is new: a replay and the bridge itself may say the same."""
        if event.sequence <= self._heard:
            return
        self._heard = event.sequence
        for subscription in self._all:
            subscription.offer(event)
        self.tidy()

    def tidy(self) -> None:
        """Forgets what waits for nothing more."""
        self._all = [subscription for subscription in self._all if subscription.open]

    def fail(self, error: Callable[[], CoverBridgeError]) -> None:
        for subscription in self._all:
            subscription.fail(error())
        self._all = []
