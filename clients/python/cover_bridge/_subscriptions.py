"""What goes to whom: the watches of this client, as values without I/O and without a lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Union

from ._errors import CoverBridgeError
from ._types import CoverStatus, Journal, StatusChange, Watch, WatchEnded, WatchEvent

# None says that the watch is over.
Delivery = Union[WatchEvent, CoverBridgeError, None]


class Subscription:
    """One ``watch`` call: the tasks it still waits for. ``put`` must neither block nor fail."""

    def __init__(
        self,
        task_ids: Iterable[str],
        interval: float | None,
        timeout: float | None,
        put: Callable[[Delivery], None],
    ) -> None:
        self.open = dict.fromkeys(task_ids)
        # Whether the bridge has it: what was said before is not for it.
        self.begun = False
        self.put = put
        self._interval = interval
        self._timeout = timeout
        self._deadline = None if timeout is None else time.monotonic() + timeout
        # What it was told last, and before that what came while its call was not answered.
        self._last: dict[str, StatusChange] = {}
        self._early: dict[str, StatusChange] = {}

    def parameters(self, *, again: bool = False) -> dict[str, Any]:
        """Of ``cover/watch``; ``again`` counts the timeout from the first time."""
        timeout = self._timeout
        if again and self._deadline is not None:
            timeout = max(self._deadline - time.monotonic(), 0.001)
        optional = {"interval": self._interval, "timeout": timeout}
        return {
            "taskIds": list(self.open),
            **{name: value for name, value in optional.items() if value is not None},
        }

    def begin(self, watches: Iterable[Watch], heard: int) -> None:
        """The bridge has it: it is told what came meanwhile, else how its tasks stand.

        What came before the bridge had it counts too: a status is true of the task, whichever
        watch it was said to. Only how an older watch ended is nothing to this one.
        """
        self.begun = True
        early, self._early = self._early, {}
        for change in early.values():
            self.offer(change)
        for watch in watches:
            # The bridge itself says once more what is final.
            if watch.last is None or watch.last.final or watch.task_id in self._last:
                continue
            self.offer(StatusChange(heard, watch.task_id, watch.last, False))

    def note(self, event: WatchEvent) -> None:
        """Keeps an event for the moment at which the bridge has it."""
        if isinstance(event, StatusChange) and event.task_id in self.open:
            self._early[event.task_id] = event

    def offer(self, event: WatchEvent) -> None:
        """Takes an event that is for this watch and new to it."""
        if event.task_id not in self.open:
            return
        if isinstance(event, StatusChange):
            if self._knows(event):
                return
            self._last[event.task_id] = event
        self.put(event)
        if isinstance(event, WatchEnded) or event.final:
            self.close({event.task_id})

    def close(self, task_ids: Iterable[str]) -> None:
        """Waits for these no longer."""
        was_open = bool(self.open)
        for task_id in task_ids:
            self.open.pop(task_id, None)
        if was_open and not self.open:
            self.put(None)

    def _knows(self, change: StatusChange) -> bool:
        """A bridge that watches anew begins by telling what is: no change unless what was said
        differs. And a step back is a replica that lags, as for a bridge that has not forgotten."""
        last = self._last.get(change.task_id)
        if last is None:
            return False
        return _news(change) == _news(last) or _lies_behind(change.status, last.status)


def _news(change: StatusChange) -> tuple[object, ...]:
    status = change.status
    return status.state, change.final, status.images, status.failure


def _lies_behind(status: CoverStatus, last: CoverStatus) -> bool:
    if status.state == last.state:
        return len(status.images) < len(last.images)
    return (last.state, status.state) == ("generating", "pending")


class Subscriptions:
    """All watches of a client, and how far it has heard the journal."""

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

    def add(self, added: Subscription) -> None:
        """Its request is made; what it is for is watched from here on."""
        self._all.append(added)

    def begun(self, added: Subscription, watches: Iterable[Watch] = ()) -> None:
        """The bridge has it; it sends changes only, so what it watches already is told here."""
        added.begin(watches, self._heard)
        self._forget_closed()

    def deliver(self, event: WatchEvent) -> None:
        """Hands out what is new: a replay and the bridge itself may tell the same."""
        if event.sequence <= self._heard:
            return
        self._heard = event.sequence
        for subscription in self._all:
            if subscription.begun:
                subscription.offer(event)
            else:
                subscription.note(event)
        self._forget_closed()

    def close(self, task_ids: Iterable[str]) -> None:
        """These were unwatched."""
        ids = set(task_ids)
        for subscription in self._all:
            if subscription.begun:
                subscription.close(ids)
        self._forget_closed()

    def drop(self, dropped: Subscription) -> list[str]:
        """Nobody reads this one any more; returns the tasks that no other one watches."""
        if dropped not in self._all:
            return []
        self._all.remove(dropped)
        watched = set(self.watched())
        task_ids = [task_id for task_id in dropped.open if task_id not in watched]
        dropped.close(list(dropped.open))
        return task_ids

    def refused(self, subscription: Subscription) -> None:
        """The bridge does not have it, so there is nothing to unwatch."""
        self._all = [each for each in self._all if each is not subscription]

    def drop_all(self, error: Callable[[], CoverBridgeError]) -> None:
        dropped, self._all = self._all, []
        for subscription in dropped:
            subscription.put(error())

    def watched(self) -> list[str]:
        return sorted({task_id for subscription in self._all for task_id in subscription.open})

    def _forget_closed(self) -> None:
        self._all = [subscription for subscription in self._all if subscription.open]
