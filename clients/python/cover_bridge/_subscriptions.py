"""The watches of this client and their receivers, as values without I/O and locks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Union

from ._decode import decode
from ._errors import CallTimeout, CoverBridgeError, ProtocolError
from ._requests import Watching, given
from ._types import CoverStatus, Journal, StatusChange, WatchEvent

# None means that the watch has ended.
Delivery = Union[WatchEvent, CoverBridgeError, None]
Put = Callable[[Delivery], None]

# How long after its timeout the bridge may end a watch, in seconds.
GRACE = 10.0


class Subscription:
    """One ``watch`` call, with the tasks that it still waits for."""

    # Receives the deliveries. It must neither block nor fail.
    put: Put
    # Events before the answer of the bridge belong to older watches.
    is_answered = False

    def __init__(self, watching: Watching) -> None:
        # Each task with the state, images and failure of its last delivered status.
        self.open: dict[str, Any] = dict.fromkeys(watching.task_ids)
        self._watching = watching
        self._deadline = time.monotonic() + (watching.timeout or 0)
        # Where it is entered for each task that it waits for.
        self.waiting: dict[str, tuple[Subscription, ...]] = {}

    def parameters(self, *, again: bool = False) -> dict[str, Any]:
        """The parameters of ``cover/watch``. ``again`` counts the timeout from the first call."""
        timeout = self._watching.timeout
        if again and timeout is not None:
            timeout = max(self._deadline - time.monotonic(), 0.001)
        return given(task_ids=list(self.open), interval=self._watching.interval, timeout=timeout)

    @property
    def patience(self) -> float | None:
        """The seconds until the bridge must have ended the watch; ``None`` without a timeout.

        The bridge itself refuses a timeout that is not more than 0.
        """
        if (self._watching.timeout or 0) <= 0:
            return None
        return max(self._deadline + GRACE - time.monotonic(), 0.0)

    def overdue(self) -> CallTimeout:
        """The error of a watch that the bridge has not ended in time."""
        return CallTimeout(f"the bridge did not end the watch after {self._watching.timeout:g} s")

    def offer(self, event: WatchEvent) -> None:
        """Delivers an event of a task that it waits for, if the event is new to it."""
        if isinstance(event, StatusChange) and not event.final:
            status = event.status
            news = status.state, status.images, status.failure
            # A bridge that watches the task again begins with its current status.
            if self.open[event.task_id] != news:
                self.open[event.task_id] = news
                self.put(event)
        else:
            self.put(event)
            self.close([event.task_id])

    def close(self, task_ids: Iterable[str]) -> None:
        """Stops waiting for these tasks."""
        if self.forget(task_ids) and not self.open:
            self.put(None)

    def fail(self, error: CoverBridgeError) -> None:
        self.forget(list(self.open))
        self.put(error)

    def forget(self, task_ids: Iterable[str]) -> bool:
        """Stops waiting for these tasks, without a delivery. Returns whether it waited for any."""
        forgotten = [task_id for task_id in task_ids if task_id in self.open]
        for task_id in forgotten:
            del self.open[task_id]
            others = tuple(each for each in self.waiting.pop(task_id, ()) if each is not self)
            if others:
                self.waiting[task_id] = others
        return bool(forgotten)


class Subscriptions:
    """All watches, and the number of the last event that the client has received."""

    def __init__(self) -> None:
        # The subscriptions by the tasks that they wait for.
        self._waiting: dict[str, tuple[Subscription, ...]] = {}
        self._epoch: str = ""
        self._last_sequence = 0

    def add(self, subscription: Subscription) -> None:
        """Adds a subscription whose ``cover/watch`` is on its way."""
        subscription.waiting = self._waiting
        for task_id in subscription.open:
            self._waiting[task_id] = (*self._waiting.get(task_id, ()), subscription)

    def answered(self, subscription: Subscription, result: Mapping[str, Any]) -> None:
        """Notes the answer of ``cover/watch``. Earlier events went to older watches; their outcome
        is in ``last``. The bridge sends a final status once more."""
        subscription.is_answered = True
        for watch in result["watches"]:
            last = watch.get("last")
            if last is not None and not last["final"] and watch["taskId"] in subscription.open:
                status = decode(CoverStatus, last)
                subscription.offer(StatusChange(self._last_sequence, status.task_id, status, False))

    @property
    def tasks(self) -> list[str]:
        return sorted(self._waiting)

    def of(self, task_ids: Iterable[str]) -> list[Subscription]:
        """The subscriptions that wait for any of these tasks."""
        found = (each for task_id in task_ids for each in self._waiting.get(task_id, ()))
        return list(dict.fromkeys(found))

    def alone(self, subscription: Subscription) -> list[str]:
        """The tasks that no other subscription waits for."""
        return [task for task in subscription.open if self._waiting[task] == (subscription,)]

    def begin(self, journal: Journal) -> int | None:
        """Notes a new process of the bridge. Returns the sequence number after which to replay its
        journal, if it is the journal of the last process."""
        if journal.epoch == self._epoch:
            return self._last_sequence
        self._epoch, self._last_sequence = journal.epoch, journal.last_sequence
        return None

    def spoil(self, task_id: object, reason: str) -> None:
        """Ends the iterators over a task of which an event cannot be read. It may be the last."""
        for subscription in self._waiting.get(task_id, ()) if isinstance(task_id, str) else ():
            if subscription.is_answered:
                subscription.put(ProtocolError(reason))

    def deliver(self, event: WatchEvent) -> None:
        """Delivers new events. A replay and the bridge itself may send the same one."""
        if event.sequence > self._last_sequence:
            self._last_sequence = event.sequence
            for subscription in self._waiting.get(event.task_id, ()):
                if subscription.is_answered:
                    subscription.offer(event)
