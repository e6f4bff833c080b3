"""The iterator of an asynchronous watch."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

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

    def __init__(self, bridge: AsyncCoverBridge, subscription: Subscription) -> None:
        # It stays for as long as somebody reads from it.
        self._bridge = bridge
        self._engine = bridge._engine  # pyright: ignore[reportPrivateUsage]
        self._subscription = subscription
        self._loop = running_loop()
        self._mail: asyncio.Queue[Delivery] = asyncio.Queue()
        subscription.put = call_on(self._loop, self._mail.put_nowait)
        answer = awaitable(self._engine.session.watch(subscription))
        self._answer: asyncio.Future[Any] | None = answer
        self._done = False

    def __aiter__(self) -> AsyncChangeStream:
        return self

    async def __anext__(self) -> WatchEvent:
        if self._done:
            raise StopAsyncIteration
        self._engine.check_owner()
        if running_loop() is not self._loop:
            raise RuntimeError("this stream can only be read on the event loop that called watch()")
        if self._answer is not None:
            await self._begin(self._answer)
            if self._done:
                raise StopAsyncIteration
        item = await self._mail.get()
        if isinstance(item, (StatusChange, WatchEnded)):
            return item
        self._done = True
        # Another one may wait for a step of the same stream.
        self._mail.put_nowait(None)
        raise item or StopAsyncIteration

    async def _begin(self, answer: asyncio.Future[Any]) -> None:
        try:
            # A step that is cancelled is not the end of the watch.
            await self._bridge._answered(asyncio.shield(answer))  # pyright: ignore[reportPrivateUsage]
        except Exception:
            await self.aclose()
            raise
        self._answer = None

    async def aclose(self) -> None:
        """Unwatches what is still watched, unless another iterator watches it too."""
        if not self._done:
            self._done = True
            if self._answer is not None:
                call_on(self._loop, forgo)(self._answer)
            self._engine.session.drop(self._subscription)

    async def __aenter__(self) -> AsyncChangeStream:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if not self._done:
            self._engine.discard(self._subscription)


def awaitable(future: Future[Any]) -> asyncio.Future[Any]:
    """The future for this loop. Unlike ``wrap_future`` it bears a loop that is closed meanwhile,
    and nobody complains if it is never asked how it ended."""
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


def forgo(answer: asyncio.Future[Any]) -> None:
    """Takes the call back; for who waits for it, it is over, but not cancelled."""
    if not answer.done():
        answer.set_result(None)


def call_on(loop: asyncio.AbstractEventLoop, call: Callable[[Any], Any]) -> Callable[[Any], None]:
    """``call``, to be called from any thread, on the loop; nothing once the loop is closed."""

    def put(item: Any) -> None:
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(call, item)

    return put
