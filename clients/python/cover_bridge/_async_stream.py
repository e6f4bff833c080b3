"""The iterator of an asynchronous watch."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, suppress
from contextvars import Context
from functools import partial
from typing import TYPE_CHECKING, Any

from ._errors import CallTimeout
from ._stream import Stream
from ._subscriptions import Delivery, Subscription
from ._surroundings import running_loop
from ._types import WatchEvent

if TYPE_CHECKING:
    from ._async import AsyncCoverBridge


class AsyncChangeStream(
    Stream, AsyncIterator[WatchEvent], AbstractAsyncContextManager["AsyncChangeStream"]
):
    """The events of one watch, in order.

    The stream ends when each task is final or its watch has ended. The watch begins with the call
    of ``watch``. If this call fails, the first step raises the error. The first step must run on
    the event loop of the call. A step can be cancelled, for example by ``asyncio.wait_for``. The
    next step then returns the event, so that no event is lost. ``aclose()`` and the end of an
    ``async with`` block unwatch at once. Leaving the loop early also unwatches, if nothing else
    refers to the stream. A slow reader costs memory (some kilobytes for each change, without a
    limit). It delays nothing else.
    """

    _end = StopAsyncIteration
    _timer: asyncio.TimerHandle | None = None

    def __init__(self, bridge: AsyncCoverBridge, waker: Waker, subscription: Subscription) -> None:
        loop, timeout = waker.loop, bridge._timeout  # pyright: ignore[reportPrivateUsage]
        self._loop = loop
        self._mail: asyncio.Queue[Delivery] = asyncio.Queue()
        put = partial(waker.put, self._mail)
        super().__init__(bridge, subscription, put)
        answer = self.answer

        def expire() -> None:
            if answer.cancel():
                put(CallTimeout(f"the bridge did not answer cover/watch within {timeout:g} s"))

        if (patience := subscription.patience) is not None:
            self._timer = loop.call_later(patience, lambda: put(subscription.overdue()))
        if timeout is not None:
            timer = loop.call_later(timeout, expire)
            answer.add_done_callback(call_on(loop, lambda done: timer.cancel()))

    async def __anext__(self) -> WatchEvent:
        self._check()
        if running_loop() is not self._loop:
            raise RuntimeError("this stream can only be read on the event loop that called watch()")
        try:
            return self._taken(await self._mail.get())
        finally:
            # A traceback may keep this frame, for example after a cancellation. The frame must not
            # keep the stream, because the watch would then continue.
            del self

    def _leave(self) -> None:
        super()._leave()
        if self._timer is not None:
            self._timer.cancel()

    async def aclose(self) -> None:
        """Unwatches the tasks that are still watched, unless another iterator watches them too."""
        self._leave()

    async def __aexit__(self, *error: object) -> None:
        self._leave()


class Waker:
    """Fills queues of one loop from any thread. A waker wakes the loop once for many deliveries,
    because a wake-up costs more than the rest of a delivery."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._due: deque[tuple[asyncio.Queue[Delivery], Delivery]] = deque()
        self._is_waking = False
        self._call = call_on(loop, self._woken)

    def put(self, mail: asyncio.Queue[Delivery], item: Delivery) -> None:
        self._due.append((mail, item))
        if not self._is_waking:
            self._is_waking = True
            self._call(None)

    def _woken(self, _: None) -> None:
        self._is_waking = False
        while self._due:
            mail, item = self._due.popleft()
            mail.put_nowait(item)


def awaitable(future: Future[Any]) -> asyncio.Future[Any]:
    """The asyncio future of this loop for ``future``. Unlike the future of ``asyncio.wrap_future``,
    it survives the end of the loop. Python does not warn if its result is never read."""
    answer: asyncio.Future[Any] = running_loop().create_future()

    def settle(done: Future[Any]) -> None:
        if answer.done():
            return
        if done.cancelled():
            answer.cancel()
        elif (error := done.exception()) is not None:
            answer.set_exception(error)
        else:
            answer.set_result(done.result())

    def forget(done: asyncio.Future[Any]) -> None:
        # If `future` is done already, `cancel` has no effect. Otherwise the asyncio future was
        # cancelled.
        future.cancel()
        if not done.cancelled():
            done.exception()

    future.add_done_callback(call_on(answer.get_loop(), settle))
    answer.add_done_callback(forget)
    return answer


def call_on(
    loop: asyncio.AbstractEventLoop, call: Callable[[Any], Any], context: Context | None = None
) -> Callable[[Any], None]:
    """Returns a function that runs ``call`` with its argument on the loop.

    Any thread may call the returned function. ``context`` is for callbacks of the user. After the
    end of the loop, the returned function does nothing.
    """

    def put(item: Any) -> None:
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(call, item, context=context)

    return put
