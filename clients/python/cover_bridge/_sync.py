"""The synchronous client."""

from __future__ import annotations

import concurrent.futures
import queue
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from . import _requests as requests
from ._callbacks import CallbackThread
from ._client import Client
from ._engine import HANDSHAKE_TIMEOUT
from ._errors import CallTimeout
from ._follow import Outcomes, follow
from ._requests import Request
from ._stream import ChangeStream
from ._subscriptions import Subscription

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    P = ParamSpec("P")

Result = TypeVar("Result")


def method(build: Callable[P, Request[Result]]) -> Callable[Concatenate[CoverBridge, P], Result]:
    def call(self: CoverBridge, /, *args: P.args, **named: P.kwargs) -> Result:
        return self._call(build(*args, **named))  # pyright: ignore[reportPrivateUsage]

    return requests.as_method(build, call)


class CoverBridge(Client):
    """A running ``cover-bridge``; thread-safe, and best used as a context manager.

    ``sandbox`` needs neither key nor network. ``api_key`` is handed over in ``initialize``, never
    as an argument; without it and ``api_key_file``, ``KIE_API_KEY`` counts. ``ca_file`` holds the
    authorities to trust, as PEM, instead of the system's; ``webhook_key_file`` the key that
    callbacks are signed with. ``journal`` is a file in which changes outlive the bridge. ``rate``
    is in queries per second, ``interval`` in seconds between two looks at a watched task. Relative
    paths count from the folder of this moment. ``command`` is the binary or a whole argument list,
    ``args`` come after all others, ``env`` is added to this process's environment. ``on_health`` is
    called on a thread of its own. ``timeout`` is how long the bridge may take to answer a call, in
    seconds: it takes up to 60 where the API does not answer. ``None`` is for ever.

    With ``restart`` each death is made up for by a new bridge, after 0.1 s at first and up to 30 s
    when it dies again within a minute; three starts in a row without an answer are the end. Watches
    go on, and calls made meanwhile wait. A call that was out fails with ``BridgeDied`` and is not
    made again: all but ``generate`` are safe to repeat.
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
        self._callbacks = None
        if self._on_health is not None:
            self._callbacks = CallbackThread(self._on_health)
            self._engine.session.on_health = self._callbacks.put
            self._engine.on_abandon = self._callbacks.stop
        try:
            self._result("initialize", self._engine.start(), HANDSHAKE_TIMEOUT)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Unwatches, shuts the bridge down and waits for its end. Calls still out are failed."""
        self._finalizer.detach()
        try:
            self._engine.close()
        finally:
            if self._callbacks is not None:
                self._callbacks.stop()
        if self._callbacks is not None:
            self._callbacks.join()

    def __enter__(self) -> CoverBridge:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def watch(
        self,
        ids: str | Iterable[str],
        *,
        interval: float | None = None,
        timeout: float | None = None,
    ) -> ChangeStream:
        """Every change of these tasks, until each is final or its watch has ended.

        Yields ``StatusChange``, and ``WatchEnded`` for a watch without a final status (after
        ``timeout`` seconds, or with the error that ended it). A task has one watch in the bridge: a
        second call sets its interval and timeout anew, and its iterator begins with how the task
        stands, under the number of the last change. With ``restart`` it outlives the bridge, even
        one that dies before it has answered.
        """
        stream = ChangeStream(self, Subscription(ids, interval, timeout))
        try:
            self._result("cover/watch", stream.answer, self._timeout)
        except BaseException:
            stream.close()
            raise
        return stream

    def follow(
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
        return follow(self, requests.id_list(ids), progress, interval=interval, timeout=timeout)

    def _call(self, request: Request[Result]) -> Result:
        submit, report = self._engine.session.submit, request.progress
        if report is None:
            future = submit(request.method, request.params)
            return request.result(self._result(request.method, future, self._limit(request)))
        reports: queue.SimpleQueue[Any] = queue.SimpleQueue()
        future = submit(request.method, request.params, progress=reports.put)
        future.add_done_callback(reports.put)
        try:
            while (value := reports.get()) is not future:
                report(value)
        except BaseException:
            future.cancel()
            raise
        return request.result(future.result())

    def _result(self, method: str, future: Future[Any], timeout: float | None) -> Any:
        try:
            concurrent.futures.wait([future], timeout)
        except BaseException:
            future.cancel()
            raise
        if not future.done() and future.cancel():
            raise CallTimeout(f"the bridge did not answer {method} within {timeout:g} s")
        return future.result()
