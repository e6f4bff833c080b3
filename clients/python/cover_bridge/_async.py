"""The asyncio client: the same engine, awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from . import _requests as requests
from ._async_stream import AsyncChangeStream, awaitable, call_on
from ._client import Client
from ._engine import HANDSHAKE_TIMEOUT
from ._errors import CallTimeout
from ._follow import Outcomes, follow_async
from ._requests import Request
from ._subscriptions import Subscription
from ._surroundings import running_loop

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    P = ParamSpec("P")

Result = TypeVar("Result")


def method(
    build: Callable[P, Request[Result]],
) -> Callable[Concatenate[AsyncCoverBridge, P], Coroutine[Any, Any, Result]]:
    def call(
        self: AsyncCoverBridge, /, *args: P.args, **named: P.kwargs
    ) -> Coroutine[Any, Any, Result]:
        # Not at the first step of the coroutine: a relative path counts from the folder of now.
        return self._call(build(*args, **named))  # pyright: ignore[reportPrivateUsage]

    return requests.as_method(build, call)


class AsyncCoverBridge(Client):
    """``CoverBridge`` for asyncio: ``async with AsyncCoverBridge(...) as bridge``.

    Takes the same arguments. The process starts with ``async with`` (or ``await bridge.start()``),
    and callbacks are called on the event loop. Cancelling an awaiting task cancels the request.
    """

    status = method(requests.status)
    wait = method(requests.wait)
    unwatch = method(requests.unwatch)
    watches = method(requests.watches)
    changes = method(requests.changes)
    sync = method(requests.sync)
    download = method(requests.download)
    generate = method(requests.generate)
    callback = method(requests.callback)
    credits = method(requests.account_credits)
    stats = method(requests.stats)
    ping = method(requests.ping)

    def _made(self) -> None:
        self._greeting: asyncio.Future[Any] | None = None

    async def start(self) -> AsyncCoverBridge:
        """Starts the bridge, unless it is started already; returns this client."""
        loop = running_loop()
        if self._engine.info is not None:
            return self
        if self._on_health is not None:
            self._engine.session.on_health = call_on(loop, self._on_health)
        try:
            if self._greeting is None:
                self._greeting = awaitable(self._engine.start())
            answer = asyncio.shield(self._greeting)
            await self._result("initialize", answer, HANDSHAKE_TIMEOUT)
        except BaseException:
            await self.aclose()
            raise
        return self

    async def aclose(self) -> None:
        """Unwatches, shuts the bridge down and waits for its end. Calls still out are failed."""
        self._finalizer.detach()
        process = self._engine.leave()
        if process is not None:
            await asyncio.wait({awaitable(process.gone)})

    async def __aenter__(self) -> AsyncCoverBridge:
        return await self.start()

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    def watch(
        self,
        ids: str | Iterable[str],
        *,
        interval: float | None = None,
        timeout: float | None = None,
    ) -> AsyncChangeStream:
        """Every change of these tasks, until each is final or its watch has ended.

        Yields ``StatusChange``, and ``WatchEnded`` for a watch without a final status (after
        ``timeout`` seconds, or with the error that ended it). A task has one watch in the bridge: a
        second call sets its interval and timeout anew, and its iterator begins with how the task
        stands, under the number of the last change. With ``restart`` it outlives the bridge, even
        one that dies before it has answered.
        """
        return AsyncChangeStream(self, Subscription(ids, interval, timeout), self._timeout)

    async def follow(
        self,
        ids: str | Iterable[str],
        *,
        progress: bool = False,
        interval: float | None = None,
        timeout: float | None = None,
    ) -> Outcomes:
        """Watches these tasks to their end; the final status of each, or its ``WatchEnded``.

        ``progress`` shows a line where stderr is a terminal and a board in a notebook (with
        ``cover-bridge[notebook]``), and nothing elsewhere.
        """
        task_ids = requests.id_list(ids)
        return await follow_async(self, task_ids, progress, interval=interval, timeout=timeout)

    async def _call(self, request: Request[Result]) -> Result:
        def report(value: Any) -> None:
            if request.progress is None or answer.done():
                return
            try:
                request.progress(value)
            except Exception as error:
                answer.set_exception(error)

        loop = running_loop()
        progress = None if request.progress is None else call_on(loop, report)
        submit = self._engine.session.submit
        answer = awaitable(submit(request.method, request.params, progress=progress))
        return request.result(await self._result(request.method, answer, self._limit(request)))

    async def _result(self, method: str, answer: asyncio.Future[Any], timeout: float | None) -> Any:
        try:
            await asyncio.wait({answer}, timeout=timeout)
        except BaseException:
            answer.cancel()
            raise
        if not answer.done():
            answer.cancel()
            raise CallTimeout(f"the bridge did not answer {method} within {timeout:g} s")
        return answer.result()
