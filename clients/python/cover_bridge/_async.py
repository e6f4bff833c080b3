"""The asyncio client. It uses the same engine as the synchronous client."""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from typing import Any

from . import _requests as requests
from ._async_stream import AsyncChangeStream, Waker, awaitable, call_on
from ._client import Client
from ._engine import HANDSHAKE_TIMEOUT
from ._errors import CallTimeout
from ._follow import follow_async
from ._requests import Request, Result, Watching, method
from ._subscriptions import Subscription
from ._surroundings import running_loop
from ._undo import on_error


class AsyncCoverBridge(Client):
    """``CoverBridge`` for asyncio: ``async with AsyncCoverBridge(...) as bridge``.

    The class has the same arguments as ``CoverBridge``. ``async with`` or ``await bridge.start()``
    starts the process. Callbacks run on the event loop. Cancelling an awaiting task cancels the
    request.
    """

    _greeting: asyncio.Future[Any] | None = None
    _last_waker: Waker | None = None

    async def start(self) -> AsyncCoverBridge:
        """Starts the bridge, unless it is started already; returns this client."""
        loop = running_loop()
        if self._engine.info is not None:
            return self
        if self._on_health is not None:
            self._engine.session.on_health = call_on(loop, self._on_health, copy_context())
        try:
            if self._greeting is None:
                self._greeting = awaitable(self._engine.start())
            await self._result("initialize", asyncio.shield(self._greeting), HANDSHAKE_TIMEOUT)
        except BaseException:
            await self.aclose()
            raise
        return self

    async def aclose(self) -> None:
        """Unwatches, shuts the bridge down, and waits for its end. Open calls fail."""
        self._finalizer.detach()
        if (process := self._engine.leave()) is not None:
            await asyncio.wait({awaitable(process.gone)})

    def _waker(self) -> Waker:
        """The waker of this loop. All streams of the loop share it."""
        loop = running_loop()
        if self._last_waker is None or self._last_waker.loop is not loop:
            self._last_waker = Waker(loop)
        return self._last_waker

    async def __aenter__(self) -> AsyncCoverBridge:
        return await self.start()

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    async def _call(self, request: Request[Result]) -> Result:
        def report(value: Any) -> None:
            try:
                if request.progress is not None and not answer.done():
                    request.progress(value)
            except Exception as error:
                answer.set_exception(error)

        loop = running_loop()
        progress = None if request.progress is None else call_on(loop, report, copy_context())
        submit = self._engine.session.submit
        answer = awaitable(submit(request.method, request.params, progress=progress))
        return request.result(await self._result(request.method, answer, self._limit(request)))

    async def _result(self, method: str, answer: asyncio.Future[Any], timeout: float | None) -> Any:
        with on_error(answer.cancel):
            await asyncio.wait({answer}, timeout=timeout)
        if not answer.done():
            answer.cancel()
            raise CallTimeout(f"the bridge did not answer {method} within {timeout:g} s")
        return answer.result()

    def _watch(self, watching: Watching) -> AsyncChangeStream:
        return AsyncChangeStream(self, self._waker(), Subscription(watching))

    status = method(requests.status, _call)
    wait = method(requests.wait, _call)
    watch = method(requests.watch, _watch)
    follow = method(requests.follow, follow_async)
    unwatch = method(requests.unwatch, _call)
    watches = method(requests.watches, _call)
    changes = method(requests.changes, _call)
    sync = method(requests.sync, _call)
    download = method(requests.download, _call)
    generate = method(requests.generate, _call)
    callback = method(requests.callback, _call)
    credits = method(requests.account_credits, _call)
    stats = method(requests.stats, _call)
    ping = method(requests.ping, _call)
