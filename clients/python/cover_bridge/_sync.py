"""The synchronous client."""

from __future__ import annotations

import concurrent.futures
import queue
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Any, TypeVar

from . import _requests as requests
from ._callbacks import CallbackThread
from ._command import Command, PathLike, launch
from ._engine import HANDSHAKE_TIMEOUT, Engine
from ._errors import CallTimeout
from ._follow import Outcomes, follow
from ._information import Information
from ._requests import Request
from ._stream import ChangeStream
from ._types import Callback, Changes, CoverStatus, DownloadedFile, Generation, Health, Watch
from ._webhook import Body, Headers

Result = TypeVar("Result")


class CoverBridge(Information):
    """A running ``cover-bridge``; thread-safe, and best used as a context manager.

    ``sandbox`` needs neither key nor network. ``api_key`` is handed over in ``initialize``, never
    as an argument; without it and ``api_key_file``, ``KIE_API_KEY`` counts. ``ca_file`` holds the
    authorities to trust, as PEM, instead of the system's; ``webhook_key_file`` the key that
    callbacks are signed with. ``journal`` is a file in which changes
    outlive the bridge. ``rate`` is in queries per second, ``interval`` in seconds between two looks
    at a watched task. Relative paths count from the folder of this moment. ``command`` is the
    binary or a whole argument list, ``args`` come after all others, ``env`` is added to this
    process's environment. ``on_health`` is called on a thread of its own. ``timeout`` is how long
    the bridge may take to answer a call, in seconds: it takes up to 60 where the API does not
    answer. ``None`` is for ever.

    With ``restart`` each death is made up for by a new bridge, after 0.1 s at first and up to 30 s
    when it dies again within a minute; three starts in a row without an answer are the end. Watches
    go on, and calls made meanwhile wait. A call that was out fails with ``BridgeDied`` and is not
    made again: all but ``generate`` are safe to repeat.
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
        callbacks = CallbackThread(on_health) if on_health is not None else None
        self._callbacks = callbacks
        self._engine = Engine(how)
        if callbacks is not None:
            self._engine.session.on_health = callbacks.put
        # Where the last reference goes without close(); the interpreter's end has its own way.
        self._finalizer = weakref.finalize(self, _abandon, self._engine, callbacks)
        self._finalizer.atexit = False
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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def status(
        self, task_id: str, *, max_age: float | None = None, include_record: bool = False
    ) -> CoverStatus:
        """The task as it is now, or as it was up to ``max_age`` seconds ago."""
        return self._call(requests.status(task_id, max_age, include_record))

    def wait(self, task_id: str, *, timeout: float | None = None) -> CoverStatus:
        """The final status; after ``timeout`` seconds ``WaitTimeout`` with the last one seen."""
        timeout = requests.finite(timeout)
        patience = None if timeout is None or self._timeout is None else timeout + self._timeout
        return self._call_within(patience, requests.wait(task_id, timeout))

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
        task_ids, timeout = requests.id_list(ids), requests.finite(timeout)
        stream = ChangeStream(self, self._engine, task_ids, interval, timeout)
        try:
            self._result("cover/watch", stream.begin(), self._timeout)
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
        return follow(self, requests.id_list(ids), progress, interval, timeout)

    def unwatch(self, ids: str | Iterable[str]) -> list[str]:
        """Stops watching; returns the tasks that were watched. Iterators over them end."""
        request = requests.unwatch(ids)
        future = self._engine.session.unwatch(request.params)
        return request.read(self._result(request.method, future, self._timeout))

    def watches(self, *, after: str | None = None, limit: int | None = None) -> list[Watch]:
        """What the bridge watches, in the order of the ids: all, or ``limit`` after an id."""
        return self._call(requests.watches(after, limit))

    def changes(self, after: int = 0, limit: int = 100) -> Changes:
        """A page of the journal: the changes after a sequence number."""
        return self._call(requests.changes(after, limit))

    def sync(self) -> int:
        """Returns the last sequence number once every change due has reached its iterator."""
        return self._call(requests.sync())

    def download(
        self,
        task_id: str,
        directory: PathLike,
        *,
        overwrite: bool = False,
        progress: Callable[[Any], None] | None = None,
    ) -> list[DownloadedFile]:
        """Saves the images. ``progress`` is called on this thread with what the bridge reports.

        After ``BridgeDied`` it may be called again, with ``overwrite`` for what is there already.
        """
        request = requests.download(task_id, directory, overwrite)
        if progress is None:
            return self._call_within(None, request)
        reports: queue.SimpleQueue[Any] = queue.SimpleQueue()
        future = self._engine.session.submit(request.method, request.params, progress=reports.put)
        future.add_done_callback(reports.put)
        try:
            while (report := reports.get()) is not future:
                progress(report)
        except BaseException:
            future.cancel()
            raise
        return request.read(future.result())

    def generate(self, task_id: str, *, callback_url: str | None = None) -> Generation:
        """Asks for the cover of a music task; costs credits unless it exists already.

        After ``BridgeDied`` nobody knows whether it was asked for; it is never sent twice.
        """
        return self._call(requests.generate(task_id, callback_url))

    def callback(self, body: Body, headers: Headers = ()) -> Callback:
        """Hands over what the API POSTed to the callback URL: the body as it came, and its headers.

        The record is read, and a watch of the task hears of it at once. Raises ``BadSignature``
        where ``webhook_key_file`` (else ``KIE_WEBHOOK_KEY``) gives a key and the signature is wrong
        or old. Without a key only watched tasks are looked at; others are ``TaskNotFound``.
        """
        return self._call(requests.callback(body, headers))

    def credits(self) -> float:
        """What the account has left."""
        return self._call(requests.account_credits())

    def stats(self) -> dict[str, Any]:
        """The bridge's counters."""
        return self._call(requests.stats())

    def ping(self) -> None:
        """Returns if the bridge is there."""
        return self._call(requests.ping())

    def _call(self, request: Request[Result]) -> Result:
        return self._call_within(self._timeout, request)

    def _call_within(self, timeout: float | None, request: Request[Result]) -> Result:
        future = self._engine.session.submit(request.method, request.params)
        return request.read(self._result(request.method, future, timeout))

    def _result(self, method: str, future: Future[Any], timeout: float | None) -> Any:
        try:
            concurrent.futures.wait([future], timeout)
        except BaseException:
            future.cancel()
            raise
        if not future.done() and future.cancel():
            raise CallTimeout(f"the bridge did not answer {method} within {timeout:g} s")
        return future.result()


def _abandon(engine: Engine, callbacks: CallbackThread | None) -> None:
    engine.abandon()
    if callbacks is not None:
        callbacks.stop()
