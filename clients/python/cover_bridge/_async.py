"""The asyncio client: the same engine, awaited."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

from . import _requests as requests
from ._async_stream import AsyncChangeStream, awaitable, call_on
from ._command import Command, PathLike, launch
from ._engine import HANDSHAKE_TIMEOUT, Engine
from ._errors import CallTimeout
from ._follow import Outcomes, follow_async
from ._information import Information
from ._requests import Request
from ._surroundings import running_loop
from ._types import Callback, Changes, CoverStatus, DownloadedFile, Generation, Health, Watch
from ._webhook import Body, Headers

Result = TypeVar("Result")


class AsyncCoverBridge(Information):
    """``CoverBridge`` for asyncio: ``async with AsyncCoverBridge(...) as bridge``.

    Takes the same arguments. The process starts with ``async with`` (or ``await bridge.start()``),
    and callbacks are called on the event loop. Cancelling an awaiting task cancels the request.
    """

    def __init__(
        self,
        *,
        sandbox: bool = False,
        endpoint: str | None = None,
        api_key: str | None = None,
        api_key_file: PathLike | None = None,
        ca_file: PathLike | None = None,
        webhook_key_file: PathLike | None = None,
        journal: PathLike | None = None,
        rate: float | None = None,
        interval: float | None = None,
        command: Command | None = None,
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        restart: bool = False,
        on_health: Callable[[Health], None] | None = None,
        timeout: float | None = 75.0,
    ) -> None:
        self._timeout = requests.finite(timeout)
        self._on_health = on_health
        how = launch(
            sandbox=sandbox,
            endpoint=endpoint,
            api_key=api_key,
            api_key_file=api_key_file,
            ca_file=ca_file,
            webhook_key_file=webhook_key_file,
            journal=journal,
            rate=rate,
            interval=interval,
            command=command,
            args=args,
            env=env,
            restart=restart,
        )
        self._engine = Engine(how)
        self._greeting: asyncio.Future[Any] | None = None
        self._finalizer = weakref.finalize(self, self._engine.abandon)
        self._finalizer.atexit = False

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

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def status(
        self, task_id: str, *, max_age: float | None = None, include_record: bool = False
    ) -> CoverStatus:
        """The task as it is now, or as it was up to ``max_age`` seconds ago."""
        return await self._call(requests.status(task_id, max_age, include_record))

    async def wait(self, task_id: str, *, timeout: float | None = None) -> CoverStatus:
        """The final status; after ``timeout`` seconds ``WaitTimeout`` with the last one seen."""
        timeout = requests.finite(timeout)
        patience = None if timeout is None or self._timeout is None else timeout + self._timeout
        return await self._call_within(patience, requests.wait(task_id, timeout))

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
        task_ids, timeout = requests.id_list(ids), requests.finite(timeout)
        return AsyncChangeStream(self._engine, self._watching, task_ids, interval, timeout)

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
        return await follow_async(self, task_ids, progress, interval, timeout)

    async def unwatch(self, ids: str | Iterable[str]) -> list[str]:
        """Stops watching; returns the tasks that were watched. Iterators over them end."""
        running_loop()
        request = requests.unwatch(ids)
        answer = awaitable(self._engine.session.unwatch(request.params))
        return request.read(await self._result(request.method, answer, self._timeout))

    async def watches(self, *, after: str | None = None, limit: int | None = None) -> list[Watch]:
        """What the bridge watches, in the order of the ids: all, or ``limit`` after an id."""
        return await self._call(requests.watches(after, limit))

    async def changes(self, after: int = 0, limit: int = 100) -> Changes:
        """A page of the journal: the changes after a sequence number."""
        return await self._call(requests.changes(after, limit))

    async def sync(self) -> int:
        """Returns the last sequence number once every change due has reached its iterator."""
        return await self._call(requests.sync())

    def download(
        self,
        task_id: str,
        directory: PathLike,
        *,
        overwrite: bool = False,
        progress: Callable[[Any], None] | None = None,
    ) -> Coroutine[Any, Any, list[DownloadedFile]]:
        """Saves the images. ``progress`` is called on the loop with what the bridge reports.

        What that raises ends the download. After ``BridgeDied`` it may be called again, with
        ``overwrite`` for what is there already.
        """
        # Not at the first step of a coroutine: the directory is the one of the call.
        return self._call_within(None, requests.download(task_id, directory, overwrite), progress)

    async def generate(self, task_id: str, *, callback_url: str | None = None) -> Generation:
        """Asks for the cover of a music task; costs credits unless it exists already.

        After ``BridgeDied`` nobody knows whether it was asked for; it is never sent twice.
        """
        return await self._call(requests.generate(task_id, callback_url))

    async def callback(self, body: Body, headers: Headers = ()) -> Callback:
        """Hands over what the API POSTed to the callback URL: the body as it came, and its headers.

        The record is read, and a watch of the task hears of it at once. Raises ``BadSignature``
        where ``webhook_key_file`` (else ``KIE_WEBHOOK_KEY``) gives a key and the signature is wrong
        or old. Without a key only watched tasks are looked at; others are ``TaskNotFound``.
        """
        return await self._call(requests.callback(body, headers))

    async def credits(self) -> float:
        """What the account has left."""
        return await self._call(requests.account_credits())

    async def stats(self) -> dict[str, Any]:
        """The bridge's counters."""
        return await self._call(requests.stats())

    async def ping(self) -> None:
        """Returns if the bridge is there."""
        return await self._call(requests.ping())

    async def _watching(self, answer: asyncio.Future[Any]) -> None:
        await self._result("cover/watch", answer, self._timeout)

    async def _call(self, request: Request[Result]) -> Result:
        return await self._call_within(self._timeout, request)

    async def _call_within(
        self,
        timeout: float | None,
        request: Request[Result],
        progress: Callable[[Any], None] | None = None,
    ) -> Result:
        def report(value: Any) -> None:
            if progress is None or answer.done():
                return
            try:
                progress(value)
            except Exception as error:
                answer.set_exception(error)

        loop = running_loop()
        told = None if progress is None else call_on(loop, report)
        future = self._engine.session.submit(request.method, request.params, progress=told)
        answer = awaitable(future)
        return request.read(await self._result(request.method, answer, timeout))

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
