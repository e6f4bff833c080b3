"""The session with the bridge. It outlives a process of the bridge.

All state is under one lock, and nothing in here blocks. Messages of the bridge come in through
``receive``, on one thread and in order.
"""

from __future__ import annotations

import itertools
import json
import logging
import math
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from typing import Any

from . import _wire as wire
from ._calls import Call, ErrorMaker
from ._decode import decode, decode_error
from ._errors import BridgeClosed, CoverBridgeError, MessageTooLarge, ProtocolError, ShuttingDown
from ._subscriptions import Subscription, Subscriptions
from ._types import Health, Journal, StatusChange, WatchEnded, WatchEvent

Send = Callable[[bytes], None]

EVENTS: dict[str, type[WatchEvent]] = {
    "cover/statusChanged": StatusChange,
    "cover/watchEnded": WatchEnded,
}

log = logging.getLogger("cover_bridge")


class Session:
    def __init__(self) -> None:
        self.on_health: Callable[[Health], object] | None = None
        # The largest message in bytes, once the bridge has sent its limits.
        self.limit = math.inf
        # Reentrant: a signal handler may close the bridge while its thread is in here.
        self._lock = threading.RLock()
        self._ids = itertools.count(1)
        self._calls: dict[int, Call] = {}
        self._subscriptions = Subscriptions()
        # The error of each new call; None while calls are possible.
        self._failure: ErrorMaker | None = lambda: BridgeClosed("this bridge is not started")
        # None while there is no process; messages then wait.
        self._send: Send | None = None
        # Subscriptions without a reader. Filled by destructors, which must not take a lock.
        self.discarded: deque[Subscription] = deque()
        # Events that wait for the replay of the journal; `None` if there is no replay.
        self._held_events: list[WatchEvent] | None = None

    # Calls of the client

    def submit(
        self,
        method: str,
        params: dict[str, Any],
        *,
        accept: Callable[[Any], None] | None = None,
        progress: Callable[[Any], None] | None = None,
        subscription: Subscription | None = None,
        send: Send | None = None,
    ) -> Future[Any]:
        """Sends a request; with ``send``, before held ones. Cancelling the future cancels it."""
        with self._lock:
            if self._failure is not None:
                raise self._failure()
            self.drop_discarded()
            if method == "cover/unwatch":
                accept = self._ending(params["taskIds"])
            call = Call(next(self._ids), method, params, accept, progress, subscription)
            self._calls[call.id] = call
            self._transmit(call, send or self._send)
            call.future.add_done_callback(lambda done: self._cancel(call))
            if self._failure is not None and not call.future.done():
                # A signal handler has ended the session in the meantime.
                self._fail(call, self._failure)
            return call.future

    def watch(self, subscription: Subscription) -> Future[Any]:
        with self._lock:
            accept = partial(self._subscriptions.answered, subscription)
            params = subscription.parameters()
            answer = self.submit("cover/watch", params, accept=accept, subscription=subscription)
            self._subscriptions.add(subscription)
            return answer

    def drop(self, subscription: Subscription) -> None:
        """Ends a subscription without a reader, and unwatches the tasks that no other one has."""
        with self._lock:
            task_ids = self._subscriptions.alone(subscription)
            subscription.close(list(subscription.open))
            if task_ids and self._failure is None:
                self.submit("cover/unwatch", {"taskIds": task_ids})

    def drop_discarded(self) -> None:
        while self.discarded:
            self.drop(self.discarded.popleft())

    def refuse(self, subscription: Subscription, error: CoverBridgeError) -> None:
        """Fails a watch that the bridge does not continue. Its reader gets the error."""
        with self._lock:
            subscription.fail(error)

    def end(self, failure: ErrorMaker, *, is_exit: bool = False) -> bool:
        """Unwatches everything, and fails open and later calls. False if it was called before.

        At the exit of the interpreter only daemon threads are left. Python ends them, and an error
        in them would only be printed.
        """
        with self._lock:
            if self._failure is not None:
                return False
            self._leave()
            self._failure = failure
            if is_exit:
                return True
            for call in list(self._calls.values()):
                self._fail(call, failure)
            for subscription in self._subscriptions.of(self._subscriptions.tasks):
                subscription.fail(failure())
            return True

    @property
    def ended(self) -> bool:
        return self._failure is not None

    def disown(self, failure: ErrorMaker) -> None:
        """Called in a forked child, where a missing thread may hold the lock."""
        self._lock = threading.RLock()
        self._failure = failure

    # The change from one process of the bridge to the next

    def start(self) -> None:
        """Accepts calls from now on. They wait until a process is connected."""
        with self._lock:
            self._failure = None

    def hold(self, failure: ErrorMaker) -> None:
        """Notes that the process is gone: fails the sent calls, and keeps the others.

        A watch may be sent twice, so it is kept too.
        """
        with self._lock:
            self._send = None
            # The earlier events are in the journal, which is replayed again.
            self._held_events = []
            for call in list(self._calls.values()):
                if call.sent and call.subscription is None:
                    self._fail(call, failure)

    def connect(self, send: Send) -> None:
        """Notes that a process is connected: sends what was held, and delivers held events."""
        with self._lock:
            self._send = send
            self._deliver_held()
            for call in list(self._calls.values()):
                self._transmit(call, send)

    def begin(self, journal: Journal) -> int | None:
        """The sequence number after which to replay the journal, if it is the same journal."""
        with self._lock:
            after = self._subscriptions.begin(journal)
            if after is None:
                # Another death may follow before `connect`, and no journal has these events.
                self._deliver_held()
            return after

    def replay(self, events: Iterable[WatchEvent]) -> None:
        with self._lock:
            for event in events:
                self._subscriptions.deliver(event)

    def established(self) -> list[Subscription]:
        """The watches of the last bridge, without those whose call is unanswered."""
        with self._lock:
            all_of_them = self._subscriptions.of(self._subscriptions.tasks)
            return [each for each in all_of_them if each.is_answered]

    # Messages of the bridge

    def receive(self, lines: Iterable[bytes]) -> None:
        with self._lock:
            for line in lines:
                if not line.strip():
                    continue
                try:
                    message = json.loads(line.decode())
                    if "method" in message:
                        self._notified(message["method"], message.get("params") or {})
                    else:
                        self._answered(message)
                except Exception as error:
                    # One bad line must not end the session.
                    log.warning("skipped %d bytes from the bridge: %s", len(line), error)

    def _answered(self, message: dict[str, Any]) -> None:
        call = self._take(message.get("id"))
        if call is None:
            if "error" in message and message.get("id") is None:
                refusal = decode_error(message["error"])
                log.warning("the bridge refused a message (%s): %s", refusal.kind, refusal)
            return
        error = call.read(message)
        if isinstance(error, ShuttingDown) and call.subscription is not None:
            # A stopping bridge has refused this watch. The next bridge gets the call again.
            self._calls[call.id] = call
        elif error is not None:
            self._fail(call, lambda: error)
        elif call.future.set_running_or_notify_cancel():
            call.future.set_result(message["result"])

    def _notified(self, method: str, params: dict[str, Any]) -> None:
        if method in EVENTS:
            try:
                event = decode(EVENTS[method], params)
            except ProtocolError as error:
                self._subscriptions.spoil(params.get("taskId"), error.message)
                raise
            if self._held_events is None:
                self._subscriptions.deliver(event)
            else:
                self._held_events.append(event)
        elif method == "bridge/healthChanged" and self.on_health is not None:
            self.on_health(decode(Health, params))
        elif method == "$/progress":
            token = params["token"]
            call = self._calls.get(token) if type(token) is int else None
            if call is not None and call.progress is not None:
                call.progress(params.get("value"))

    # Called under the lock

    def _deliver_held(self) -> None:
        held, self._held_events = self._held_events, None
        self.replay(held or ())

    def _ending(self, task_ids: list[str]) -> Callable[[Any], None]:
        """The iterators that the answer to an unwatch ends: the current ones, and no later one."""
        ending = self._subscriptions.of(task_ids)

        def end(result: Any) -> None:
            for subscription in ending:
                subscription.close(task_ids)

        return end

    def _take(self, id: Any) -> Call | None:
        # True must not count as 1.
        return self._calls.pop(id, None) if type(id) is int else None

    def _fail(self, call: Call, failure: ErrorMaker) -> None:
        self._take(call.id)
        if call.future.set_running_or_notify_cancel():
            call.fail(failure())

    def _transmit(self, call: Call, send: Send | None) -> None:
        """Sends a call, if a process is connected."""
        if send is None:
            return
        # The bridge could not name the call of such a message. The line feed does not count.
        if (size := len(call.frame) - 1) > self.limit:
            reason = f"{call.method}: {size} bytes, and the bridge reads {self.limit}"
            self._fail(call, lambda: MessageTooLarge(reason))
        else:
            call.sent = True
            send(call.frame)

    def _cancel(self, call: Call) -> None:
        """Called when the future of a call is done. Nothing is left to do for an answered call."""
        with self._lock:
            is_open = self._take(call.id) is not None
            if is_open and not call.sent and call.subscription is not None:
                # No bridge has the watch, so there is nothing to unwatch.
                call.subscription.forget(list(call.subscription.open))
            elif is_open and call.sent and self._send is not None:
                self._send(wire.notification("$/cancelRequest", {"id": call.id}))

    def _leave(self) -> None:
        """Removes all watches at once. Nothing is delivered after it."""
        if self._send is None:
            return
        for call in list(self._calls.values()):
            if call.subscription is not None and call.sent:
                self._send(wire.notification("$/cancelRequest", {"id": call.id}))
        if task_ids := self._subscriptions.tasks:
            self._send(wire.request(next(self._ids), "cover/unwatch", {"taskIds": task_ids}))
