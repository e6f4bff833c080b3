"""The watches of this client and their receivers, as values without I/O and locks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Union

from ._decode import decode
from ._errors import CallTimeout, CoverBridgeError
from ._requests import Watching, given
from ._types import CoverStatus, Journal, StatusChange, WatchEvent

# None means the end of the watch.
Delivery = Union[WatchEvent, CoverBridgeError, None]
Put = Callable[[Delivery], None]

# The most seconds that a bridge may take to end a watch after the timeout of the watch.
GRACE = 10.0


class Subscription:
    """One call of ``watch``, with the tasks that the caller still waits for."""

    # Receives each delivery. The function must neither block nor fail.
    put: Put
    # Events that arrive before the answer to `cover/watch` belong to older watches.
    is_answered = False

    def __init__(self, watching: Watching) -> None:
        # By task id: the state, images and failure of the last status that was delivered.
        self.open: dict[str, Any] = dict.fromkeys(watching.task_ids)
        self._watching = watching
        self._deadline = time.monotonic() + (watching.timeout or 0)
        # The table that has this subscription under each task that it waits for.
        self.waiting: dict[str, tuple[Subscription, ...]] = {}

    def parameters(self, *, again: bool = False) -> dict[str, Any]:
        """The parameters of ``cover/watch``.

        With ``again``, the call is repeated, and the timeout still counts from the first call.
        """
        timeout = self._watching.timeout
        if again and timeout is not None:
            timeout = max(self._deadline - time.monotonic(), 0.001)
        return given(task_ids=list(self.open), interval=self._watching.interval, timeout=timeout)

    @property
    def patience(self) -> float | None:
        """The seconds until the bridge must have ended the watch; ``None`` without a timeout."""
        rest = self._deadline + GRACE - time.monotonic()
        return None if self._watching.timeout is None else max(rest, 0.0)

    def overdue(self) -> CallTimeout:
        """The error of a watch that the bridge has not ended in time."""
        return CallTimeout(f"the bridge did not end the watch after {self._watching.timeout:g} s")

    def offer(self, event: WatchEvent) -> None:
        """Delivers an event of one of the tasks, if the subscription has not delivered it
        before."""
        if isinstance(event, StatusChange) and not event.final:
            status = event.status
            news = status.state, status.images, status.failure
            # If the bridge watches a task again, it first sends the current status, which may be
            # known.
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

    def fail(self, error: CoverBridgeError | None) -> None:
        self.forget(list(self.open))
        self.put(error)

    def forget(self, task_ids: Iterable[str]) -> bool:
        """Stops waiting for these tasks without a delivery. Returns whether any task was waited
        for."""
        forgotten = [task_id for task_id in task_ids if task_id in self.open]
        for task_id in forgotten:
            del self.open[task_id]
            others = tuple(each for each in self.waiting.pop(task_id, ()) if each is not self)
            if others:
                self.waiting[task_id] = others
        return bool(forgotten)


def close_all(subscriptions: list[Subscription], params: Mapping[str, Any], result: Any) -> None:
    """Handles the answer to a ``cover/unwatch`` with these parameters."""
    for subscription in subscriptions:
        subscription.close(params["taskIds"])


class Subscriptions:
    """The watches of the client, and the sequence number of the last event that the client
    received."""

    def __init__(self) -> None:
        # By task id: the subscriptions that wait for the task.
        self._waiting: dict[str, tuple[Subscription, ...]] = {}
        self._epoch: str = ""
        self._last_sequence = 0

    def add(self, subscription: Subscription) -> None:
        """Adds a subscription whose ``cover/watch`` is not answered yet."""
        subscription.waiting = self._waiting
        for task_id in subscription.open:
            self._waiting[task_id] = (*self._waiting.get(task_id, ()), subscription)

    def answered(self, subscription: Subscription, result: Mapping[str, Any]) -> None:
        """Handles the answer to ``cover/watch``.

        Events before the answer went to older watches, and ``last`` has their result. If a status
        is final, the bridge sends it again after the answer.
        """
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

    def begin(self, journal: Journal) -> int | None:
        """Notes a new process of the bridge.

        If the new process has the same journal as the last one, returns the sequence number after
        which to replay that journal.
        """
        if journal.epoch == self._epoch:
            return self._last_sequence
        self._epoch, self._last_sequence = journal.epoch, journal.last_sequence
        return None

    def deliver(self, event: WatchEvent) -> None:
        """Delivers an event if it is new. A replay and the bridge itself may send the same
        event."""
        if event.sequence > self._last_sequence:
            self._last_sequence = event.sequence
            for subscription in self._waiting.get(event.task_id, ()):
                if subscription.is_answered:
                    subscription.offer(event)
