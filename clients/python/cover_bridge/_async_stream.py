"""The iterator of an asynchronous watch."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from ._errors import CallTimeout
from ._subscriptions import Delivery, Subscription
from ._surroundings import running_loop
from ._types import StatusChange, WatchEnded, WatchEvent

if TYPE_CHECKING:
    from ._async import AsyncCoverBridge


class AsyncChangeStream(AsyncIterator[WatchEvent]):
    """The events of one watch, in order; ends when every task is final or its watch has ended.

    A step may be cancelled, as ``asyncio.wait_for`` does, and taken again: no event is lost.
    The watch begins with the call of ``watch``; what the bridge says to it is heard at the first
    step, on the same event loop. ``aclose()`` and the end of an ``async with`` block unwatch at
    once, and so does leaving the loop early when nothing else refers to the stream. A slow reader
    costs memory (some kilobytes a change, without a limit) but holds nothing up.
    """

    _done = True

    def __init__(
        self, bridge: AsyncCoverBridge, subscription: Subscription, timeout: float | None
    ) -> None:
        # It stays while an iterator reads from it.
        self._bridge = bridge
        self._engine = bridge._engine  # pyright: ignore[reportPrivateUsage]
        self._subscription = subscription
        self._loop = running_loop()
        self._mail = Mail(self._loop)
        # Nothing in here refers to the stream, whose loop may be left.
        put = subscription.put = self._mail.put
        answer = self._answer = self._engine.session.watch(subscription)
        self._done = False

        def expire() -> None:
            if answer.cancel():
                put(CallTimeout(f"the bridge did not answer cover/watch within {timeout:g} s"))

        if timeout is not None:
            timer = self._loop.call_later(timeout, expire)
            answer.add_done_callback(call_on(self._loop, lambda done: timer.cancel()))

    def __aiter__(self) -> AsyncChangeStream:
        return self

    async def __anext__(self) -> WatchEvent:
        if self._done:
            raise StopAsyncIteration
        self._engine.check_owner()
        if running_loop() is not self._loop:
            raise RuntimeError("this stream can only be read on the event loop that called watch()")
        item = await self._mail.get()
        if isinstance(item, (StatusChange, WatchEnded)):
            return item
        await self.aclose()
        # Another one may wait for a step of the same stream.
        self._subscription.put(None)
        raise item or StopAsyncIteration

    async def aclose(self) -> None:
        """Unwatches what is still watched, unless another iterator watches it too."""
        if not self._done:
            self._done = True
            self._answer.cancel()
            self._engine.session.drop(self._subscription)
            self._subscription.put(None)

    async def __aenter__(self) -> AsyncChangeStream:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if not self._done:
            self._engine.discard(self._subscription)


class Mail:
    """Deliveries from any thread to one event loop, which is woken once for many of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._items: deque[Delivery] = deque()
        self._arrived = asyncio.Event()
        self._is_waking = False
        self._wake = call_on(loop, self._woken)

    def put(self, item: Delivery) -> None:
        self._items.append(item)
        if not self._is_waking:
            self._is_waking = True
            self._wake(None)

    async def get(self) -> Delivery:
        while not self._items:
            self._arrived.clear()
            await self._arrived.wait()
        return self._items.popleft()

    def _woken(self, item: None) -> None:
        self._is_waking = False
        self._arrived.set()


def awaitable(future: Future[Any]) -> asyncio.Future[Any]:
    """The future for this loop. Unlike ``wrap_future`` it bears a loop that is closed meanwhile,
    and there is no warning if its result is never read."""
    answer: asyncio.Future[Any] = running_loop().create_future()

    def settle(done: Future[Any]) -> None:
        if answer.done():
            return
        error = None if done.cancelled() else done.exception()
        if done.cancelled():
            answer.cancel()
        elif error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(done.result())

    def forget(done: asyncio.Future[Any]) -> None:
        # Does nothing, unless it was this side that ended it.
        future.cancel()
        if not done.cancelled():
            done.exception()

    future.add_done_callback(call_on(running_loop(), settle))
    answer.add_done_callback(forget)
    return answer


def call_on(loop: asyncio.AbstractEventLoop, call: Callable[[Any], Any]) -> Callable[[Any], None]:
    """``call``, to be called from any thread, on the loop; nothing once the loop is closed."""

    def put(item: Any) -> None:
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(call, item)

    return put
