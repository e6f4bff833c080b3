"""The iterator of a synchronous watch."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ._subscriptions import Delivery, Subscription
from ._types import StatusChange, WatchEnded, WatchEvent

if TYPE_CHECKING:
    from ._sync import CoverBridge


class ChangeStream(Iterator[WatchEvent]):
    """The events of one watch, in order; ends when every task is final or its watch has ended.

    ``close()`` and the end of a ``with`` block unwatch at once, and so does leaving the loop early
    when nothing else refers to the stream. A slow reader costs memory (some kilobytes a change,
    without a limit) but holds nothing up.
    """

    _done = True

    def __init__(self, bridge: CoverBridge, subscription: Subscription) -> None:
        # It stays while an iterator reads from it.
        self._bridge = bridge
        self._engine = bridge._engine  # pyright: ignore[reportPrivateUsage]
        self._subscription = subscription
        self._mail: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
        subscription.put = self._mail.put
        # For `CoverBridge.watch` alone.
        self.answer = self._engine.session.watch(subscription)
        self._done = False

    def __iter__(self) -> ChangeStream:
        return self

    def __next__(self) -> WatchEvent:
        if self._done:
            raise StopIteration
        self._engine.check_owner()
        item = self._mail.get()
        if isinstance(item, (StatusChange, WatchEnded)):
            return item
        self.close()
        # Another one may wait for a step of the same stream.
        self._subscription.put(None)
        raise item or StopIteration

    def close(self) -> None:
        """Unwatches what is still watched, unless another iterator watches it too."""
        if not self._done:
            self._done = True
            self._engine.session.drop(self._subscription)
            self._subscription.put(None)

    def __enter__(self) -> ChangeStream:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __del__(self) -> None:
        if not self._done:
            self._engine.discard(self._subscription)
