"""The synchronous client."""

from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent import futures
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from . import _requests as requests
from ._client import Client
from ._engine import HANDSHAKE_TIMEOUT
from ._errors import CallTimeout
from ._follow import follow
from ._requests import Request, Result, Watching, method
from ._stream import ChangeStream
from ._subscriptions import Subscription
from ._surroundings import log
from ._types import Health
from ._undo import on_error
from ._workers import Workers


class CoverBridge(Client, AbstractContextManager["CoverBridge"]):
    """A running ``cover-bridge``. It is thread-safe, and best used as a context manager.

    ``sandbox`` uses a pretend API that needs no key and no network. ``api_key`` is sent with
    ``initialize``, never as an argument. Without ``api_key`` and ``api_key_file``, the bridge uses
    ``KIE_API_KEY``. ``ca_file`` contains the trusted authorities as PEM, and replaces those of the
    system. ``webhook_key_file`` contains the key that signs callbacks. ``journal`` is a file in
    which watches and changes outlive the bridge. ``fleet`` is the store in which bridges with the
    same key share the rate and their statuses. ``fleet_password_file`` contains the password of the
    fleet's Redis. ``fleet_size`` is the least number of these bridges, and is used while the store
    is away. ``rate`` is in queries per second. ``interval`` is in seconds between two polls of a
    watched task.

    Relative paths start at the current folder. ``command`` is the binary or a whole argument list.
    ``args`` are more arguments, after all others. ``env`` has variables that are added to the
    environment of this process. ``on_health`` is called on a separate thread. ``timeout`` is how
    long the bridge may take to answer a call, in seconds; ``None`` means for ever. A call takes up
    to 60 s if the API does not answer.

    With ``restart``, a new bridge replaces a bridge that died, after 0.1 s. The pause grows to 30
    s if the bridge dies again within a minute. After three starts in a row without an answer, the
    client gives up. Watches continue, and calls in the meantime wait. A call that was sent fails
    with ``BridgeDied`` and is not repeated. The caller may safely repeat all calls but
    ``generate``.
    """

    def _made(self) -> None:
        if self._on_health is not None:
            self._engine.session.on_health = on_a_thread(self._on_health)
        with on_error(self.close):
            self._result("initialize", self._engine.start(), HANDSHAKE_TIMEOUT)

    def close(self) -> None:
        """Unwatches, shuts the bridge down, and waits for its end. Open calls fail."""
        self._finalizer.detach()
        self._engine.close()

    def __exit__(self, *error: object) -> None:
        self.close()

    def _call(self, request: Request[Result]) -> Result:
        submit, report = self._engine.session.submit, request.progress
        reports: queue.SimpleQueue[Any] = queue.SimpleQueue()
        progress = None if report is None else reports.put
        future = submit(request.method, request.params, progress=progress)
        if report is not None:
            future.add_done_callback(reports.put)
            with on_error(future.cancel):
                while (value := reports.get()) is not future:
                    report(value)
        return request.result(self._result(request.method, future, self._limit(request)))

    def _result(self, method: str, future: futures.Future[Any], timeout: float | None) -> Any:
        with on_error(future.cancel):
            futures.wait([future], timeout)
        if not future.done() and future.cancel():
            raise CallTimeout(f"the bridge did not answer {method} within {timeout:g} s")
        return future.result()

    def _watch(self, watching: Watching) -> ChangeStream:
        stream = ChangeStream(self, Subscription(watching))
        with on_error(stream.close):
            self._result("cover/watch", stream.answer, self._timeout)
        return stream

    status = method(requests.status, _call)
    wait = method(requests.wait, _call)
    watch = method(requests.watch, _watch)
    follow = method(requests.follow, follow)
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


def on_a_thread(call: Callable[[Health], None]) -> Callable[[Health], object]:
    """Returns a function that runs ``call`` on a separate thread.

    ``call`` may be slow, and may call the bridge itself. It runs for one health at a time.
    """
    workers = Workers(1)

    def run(health: Health) -> None:
        try:
            call(health)
        except Exception:
            log.exception("on_health failed")

    return lambda health: workers.submit(partial(run, health))
