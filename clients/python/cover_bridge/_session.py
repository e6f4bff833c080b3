"""The conversation with the bridge, whichever process holds its other end.

All state is under one lock; nothing in here blocks. What the bridge says comes in by ``receive``,
on one thread, in the order it was said.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

from . import _wire as wire
from ._calls import Call, Calls, ErrorMaker
from ._decode import decode, decode_error
from ._errors import BridgeClosed
from ._subscriptions import Subscription, Subscriptions
from ._types import Health, Journal, StatusChange, WatchEnded, WatchEvent

Send = Callable[[bytes], None]

log = logging.getLogger("cover_bridge")


class Session:
    def __init__(self) -> None:
        self.on_health: Callable[[Health], None] | None = None
        self._lock = threading.Lock()
        self._calls = Calls()
        self._subscriptions = Subscriptions()
        # Why no call can be made.
        self._failure: ErrorMaker | None = lambda: BridgeClosed("this bridge is not started")
        # Without a line, what is to be sent and delivered waits here.
        self._send: Send | None = None
        self._held_frames: list[bytes] = []
        self._held_events: list[WatchEvent] = []

    # What the client says

    def submit(
        self,
        method: str,
        params: dict[str, Any],
        *,
        accept: Callable[[Any], None] | None = None,
        progress: Callable[[Any], None] | None = None,
        send: Send | None = None,
    ) -> Future[Any]:
        """Sends a request, past the held ones with ``send``. Cancelling the future cancels it."""
        with self._lock:
            return self._submit(method, params, Call(accept, progress), send)

    def watch(self, subscription: Subscription) -> Future[Any]:
        return self.submit(
            "cover/watch",
            subscription.parameters(),
            accept=lambda result: self._subscriptions.add(subscription),
        )

    def unwatch(self, params: dict[str, Any]) -> Future[Any]:
        return self.submit(
            "cover/unwatch",
            params,
            accept=lambda result: self._subscriptions.close(params["taskIds"]),
        )

    def drop(self, subscription: Subscription) -> None:
        """Nobody reads this subscription any more."""
        with self._lock:
            self._unwatch(self._subscriptions.drop(subscription))

    def end(self, failure: ErrorMaker) -> bool:
        """Unwatches everything and fails what is open and all that comes; false if done before."""
        with self._lock:
            if self._failure is not None:
                return False
            open = self._subscriptions.open()
            self._unwatch(sorted({task_id for each in open for task_id in each.open}))
            self._failure = failure
            self._calls.fail(failure)
            self._subscriptions.drop_all(failure)
            return True

    @property
    def ended(self) -> bool:
        return self._failure is not None

    def disown(self, failure: ErrorMaker) -> None:
        """In a forked child: the lock may be held by a thread that is not here."""
        self._lock = threading.Lock()
        self._failure = failure

    # From one process of the bridge to the next

    def start(self) -> None:
        """From here on calls can be made; they wait for a line."""
        with self._lock:
            self._failure = None

    def hold(self, failure: ErrorMaker) -> None:
        """The line is gone: fails the calls that are out, and keeps what comes for the next."""
        with self._lock:
            self._send = None
            # They are of a journal that is over, or can be replayed.
            self._held_events = []
            self._calls.fail(failure)

    def connect(self, send: Send) -> None:
        """There is a line: what was held goes out and in."""
        with self._lock:
            self._send = send
            for event in self._held_events:
                self._subscriptions.deliver(event)
            for frame in self._held_frames:
                send(frame)
            self._held_events, self._held_frames = [], []

    def begin(self, journal: Journal) -> int | None:
        """After which sequence number to replay the journal, if it is the one heard so far."""
        with self._lock:
            return self._subscriptions.begin(journal)

    def replay(self, events: Iterable[WatchEvent]) -> None:
        with self._lock:
            for event in events:
                self._subscriptions.deliver(event)

    def subscriptions(self) -> list[Subscription]:
        with self._lock:
            return self._subscriptions.open()

    # What the bridge says

    def receive(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            message = json.loads(line)
            if "method" in message:
                self._notified(message["method"], message.get("params") or {})
            else:
                self._answered(message)
        except Exception as error:
            # One bad line must not cost the session.
            log.warning("skipped a line of %d bytes from the bridge: %s", len(line), error)

    def _answered(self, message: dict[str, Any]) -> None:
        with self._lock:
            call = self._calls.take(message.get("id"))
            if call is None or not call.future.set_running_or_notify_cancel():
                if "error" in message and message.get("id") is None:
                    log.warning("the bridge refused a message: %s", decode_error(message["error"]))
                return
            error = call.read(message)
        if error is not None:
            call.future.set_exception(error)
        else:
            call.future.set_result(message["result"])

    def _notified(self, method: str, params: dict[str, Any]) -> None:
        if method == "cover/statusChanged":
            self._happened(decode(StatusChange, params))
        elif method == "cover/watchEnded":
            self._happened(decode(WatchEnded, params))
        elif method == "bridge/healthChanged":
            if self.on_health is not None:
                self.on_health(decode(Health, params))
        elif method == "$/progress":
            with self._lock:
                call = self._calls.find(params["token"])
            if call is not None and call.progress is not None:
                call.progress(params.get("value"))

    def _happened(self, event: WatchEvent) -> None:
        with self._lock:
            if self._send is None:
                self._held_events.append(event)
            else:
                self._subscriptions.deliver(event)

    # Under the lock

    def _submit(
        self, method: str, params: dict[str, Any], call: Call, send: Send | None = None
    ) -> Future[Any]:
        if self._failure is not None:
            raise self._failure()
        id = self._calls.next_id()
        if call.progress is not None:
            params = {**params, "progressToken": id}
        frame = wire.request(id, method, params)
        (send or self._transmit)(frame)
        self._calls.add(id, call)
        call.future.add_done_callback(lambda done: self._cancel(id) if done.cancelled() else None)
        return call.future

    def _unwatch(self, task_ids: list[str]) -> None:
        if task_ids and self._failure is None:
            self._submit("cover/unwatch", {"taskIds": task_ids}, Call())

    def _transmit(self, frame: bytes) -> None:
        (self._send or self._held_frames.append)(frame)

    def _cancel(self, id: int) -> None:
        with self._lock:
            if self._calls.take(id) is not None:
                self._transmit(wire.notification("$/cancelRequest", {"id": id}))
