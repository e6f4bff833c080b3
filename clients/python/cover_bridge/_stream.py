"""The common part of both iterators over a watch, and the synchronous iterator."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from ._secrets import NotPickled
from ._subscriptions import Delivery, Put, Subscription
from ._types import StatusChange, WatchEnded, WatchEvent

if TYPE_CHECKING:
    from ._client import Client
    from ._sync import CoverBridge


class Stream(NotPickled):
    """A queue of events.

    The side that writes must not refer to the stream. So if a caller leaves its loop, Python drops
    the stream, and the watch ends.
    """

    _done = True
    # The class of the exception that ends the iteration.
    _end: type[Exception]

    def __init__(self, bridge: Client, subscription: Subscription, put: Put) -> None:
        # The stream refers to the bridge, so that the bridge lives while an iterator reads from it.
        self._bridge = bridge
        self._engine = bridge._engine  # pyright: ignore[reportPrivateUsage]
        self._subscription = subscription
        subscription.put = put
        # Only the method `watch` reads this future.
        self.answer = self._engine.session.watch(subscription)
        self._done = False

    def _check(self) -> None:
        """Raises the end of the iteration if the stream has ended."""
        if self._done:
            raise self._end
        self._engine.check_owner()

    def _taken(self, item: Delivery) -> WatchEvent:
        if isinstance(item, (StatusChange, WatchEnded)):
            return item
        self._leave()
        # Another caller may wait for the next event of this stream. This item wakes that caller.
        self._subscription.put(None)
        raise item or self._end

    def _leave(self) -> None:
        if not self._done:
            self._done = True
            self.answer.cancel()
            # This also puts the end into the queue.
            self._engine.session.drop(self._subscription)

    def __del__(self) -> None:
        if not self._done:
            self._engine.discard(self._subscription)


class ChangeStream(Stream, Iterator[WatchEvent], AbstractContextManager["ChangeStream"]):
    """The events of one watch, in order.

    The stream ends when each task is final or its watch has ended. ``close()`` and the end of a
    ``with`` block unwatch at once. Leaving the loop early also unwatches, if nothing else refers to
    the stream. A slow reader costs memory (some kilobytes for each change, without a limit). It
    delays nothing else.
    """

    _end = StopIteration

    def __init__(self, bridge: CoverBridge, subscription: Subscription) -> None:
        self._mail: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
        super().__init__(bridge, subscription, self._mail.put)

    def __next__(self) -> WatchEvent:
        self._check()
        try:
            try:
                item: Delivery = self._mail.get(timeout=self._subscription.patience)
            except queue.Empty:
                item = self._subscription.overdue()
            return self._taken(item)
        finally:
            # A shell may keep the traceback of this frame, for example after Ctrl-C. The frame must
            # not keep the stream, because the watch would then continue.
            del self

    def close(self) -> None:
        """Unwatches the tasks that are still watched, unless another iterator watches them too."""
        self._leave()

    def __exit__(self, *error: object) -> None:
        self._leave()
