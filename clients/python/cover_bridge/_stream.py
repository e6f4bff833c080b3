"""The iterator of a synchronous watch."""

from __future__ import annotations

import queue
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from ._errors import CoverBridgeError
from ._subscriptions import Delivery, Subscription
from ._types import WatchEvent

if TYPE_CHECKING:
    from ._engine import Engine
    from ._sync import CoverBridge


class ChangeStream(Iterator[WatchEvent]):
    """The events of one watch, in order; ends when every task is final or its watch has ended.

    ``close()`` and the end of a ``with`` block unwatch at once, and so does leaving the loop early
    when nothing else refers to the stream. A slow reader costs memory (some kilobytes a change,
    without a limit) but holds nothing up.
    """

    def __init__(
        self,
        bridge: CoverBridge,
        engine: Engine,
        task_ids: Iterable[str],
        interval: float | None,
        timeout: float | None,
    ) -> None:
        # The bridge stays for as long as somebody reads from it.
        self._bridge = bridge
        self._engine = engine
        self._mail: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
        self._done = True
        self._subscription = Subscription(task_ids, interval, timeout, self._mail.put)
        self._done = False

    def begin(self) -> Future[Any]:
        """Sends the request; for ``CoverBridge.watch`` alone."""
        return self._engine.session.watch(self._subscription)

    def __iter__(self) -> ChangeStream:
        return self

    def __next__(self) -> WatchEvent:
        if self._done:
            raise StopIteration
        self._engine.check_owner()
        item = self._mail.get()
        if item is None:
            self._end()
            raise StopIteration
        if isinstance(item, CoverBridgeError):
            self._end()
            raise item
        return item

    def _end(self) -> None:
        self._done = True
        # Another one may wait for a step of the same stream.
        self._mail.put(None)

    def close(self) -> None:
        """Unwatches what is still watched, unless another iterator watches it too."""
        if not self._done:
            self._done = True
            self._engine.session.drop(self._subscription)

    def __enter__(self) -> ChangeStream:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __del__(self) -> None:
        if not self._done:
            self._engine.discard(self._subscription)
