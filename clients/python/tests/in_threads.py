"""``CoverBridge`` with the methods of ``AsyncCoverBridge``, so that the
player of the conformance list (`test_conformance.py`) tests both.

Each call runs on its own thread.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from cover_bridge import CoverBridge, WatchEvent

PATIENCE = 10.0


class CoverBridgeInThreads:
    def __init__(self, **options: Any) -> None:
        self._options = options
        self._bridge: CoverBridge | None = None
        self._thread = threading.local()

    async def start(self) -> None:
        bridge = await asyncio.to_thread(CoverBridge, **self._options)
        session = bridge._engine.session  # pyright: ignore[reportPrivateUsage]
        submit = session.submit

        def noted(*args: Any, **named: Any) -> Future[Any]:
            future = submit(*args, **named)
            if (call := getattr(self._thread, "call", None)) is not None:
                call.note(future)
            return future

        setattr(session, "submit", noted)  # noqa: B010 (a method)
        self._bridge = bridge

    async def aclose(self) -> None:
        if self._bridge is not None:
            await asyncio.to_thread(self._bridge.close)

    def watch(self, ids: list[str], **options: float) -> Stream:
        assert self._bridge is not None
        bridge = self._bridge
        return Stream(Call(self._thread, lambda: bridge.watch(ids, **options)))

    async def status(self, task_id: str) -> Any:
        assert self._bridge is not None
        bridge = self._bridge
        return await Call(self._thread, lambda: bridge.status(task_id)).result()

    async def unwatch(self, task_id: str) -> Any:
        assert self._bridge is not None
        bridge = self._bridge
        return await Call(self._thread, lambda: bridge.unwatch(task_id)).result()

    async def generate(self, task_id: str) -> Any:
        assert self._bridge is not None
        bridge = self._bridge
        return await Call(self._thread, lambda: bridge.generate(task_id)).result()


class Call:
    """A call that was sent. A cancellation acts like an exception in the thread of the call."""

    def __init__(self, thread: threading.local, call: Callable[[], Any]) -> None:
        self.answer: Future[Any] = Future()
        self._sent = threading.Event()
        self._request: Future[Any] | None = None

        def run() -> None:
            thread.call = self
            try:
                self.answer.set_result(call())
            except BaseException as error:
                self.answer.set_exception(error)
            self._sent.set()

        threading.Thread(target=run, daemon=True).start()
        assert self._sent.wait(PATIENCE)

    def note(self, request: Future[Any]) -> None:
        if self._request is None:
            self._request = request
            self._sent.set()

    def cancel(self) -> None:
        # The thread that waits gets this exception, as if it came from its own code.
        if self._request is not None and self._request.cancel():
            self._request.set_running_or_notify_cancel()

    async def result(self) -> Any:
        try:
            return await asyncio.shield(asyncio.wrap_future(self.answer))
        except asyncio.CancelledError:
            self.cancel()
            raise
        except concurrent.futures.CancelledError as error:
            raise asyncio.CancelledError from error


class Stream:
    def __init__(self, call: Call) -> None:
        self._call = call
        self._is_left = False

    async def __anext__(self) -> WatchEvent:
        if self._is_left:
            raise StopAsyncIteration
        stream = await self._call.result()
        event: WatchEvent | None = await asyncio.to_thread(next, stream, None)
        if event is None:
            raise StopAsyncIteration
        return event

    async def aclose(self) -> None:
        self._call.cancel()
        await asyncio.to_thread(concurrent.futures.wait, [self._call.answer], PATIENCE)
        # The caller left the loop before the answer, so `watch` returned no iterator.
        self._is_left = self._call.answer.exception() is not None
        if not self._is_left:
            await asyncio.to_thread(self._call.answer.result().close)
