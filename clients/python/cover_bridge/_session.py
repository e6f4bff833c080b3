"""The session with the bridge, which outlives each process of the bridge.

One lock guards all state, and no method blocks. ``receive`` gets the messages of the bridge in
order.
"""

from __future__ import annotations

import itertools
import json
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
from ._subscriptions import Subscription, Subscriptions, close_all
from ._surroundings import warn
from ._types import Health, Journal, StatusChange, WatchEnded, WatchEvent

Send = Callable[[bytes], None]

# Only the asyncio client can exist without a started bridge.
NOT_STARTED = partial(BridgeClosed, "this bridge is not started: use async with, or await start()")
# The most tasks in one request.
MOST_TASKS = 1000
EVENTS: dict[str, type[WatchEvent]] = {
    "cover/statusChanged": StatusChange,
    "cover/watchEnded": WatchEnded,
}


class Session:
    def __init__(self) -> None:
        self.on_health: Callable[[Health], object] | None = None
        # The largest message in bytes. It is unlimited until the bridge has sent its limits.
        self.limit = math.inf
        # The lock is reentrant: a signal handler may close the bridge while its thread has the
        # lock.
        self._lock = threading.RLock()
        self._ids = itertools.count(1)
        self._calls: dict[int, Call] = {}
        self._subscriptions = Subscriptions()
        # Makes the error of each new call; None while calls are possible.
        self._failure: ErrorMaker | None = NOT_STARTED
        # Sends to the process; None while there is none. Messages wait then.
        self._send: Send | None = None
        # Subscriptions without a reader. Destructors fill the queue, because they must not take a
        # lock.
        self.discarded: deque[Subscription] = deque()
        # Events that wait for the replay of the journal; `None` if there is no replay.
        self._held_events: list[WatchEvent] | None = None

    # Calls of the client

    def submit(
        self, method: str, params: dict[str, Any], *, send: Send | None = None, **how: Any
    ) -> Future[Any]:
        """Sends a request, by ``send`` even while others wait. Cancelling the future cancels it.

        ``how`` has other fields of the ``Call``.
        """
        with self._lock:
            if self._failure is not None:
                raise self._failure()
            self.drop_discarded()
            if method == "cover/unwatch" and "left" not in how:
                # The answer ends only iterators that exist now.
                watching = self._subscriptions.of(params["taskIds"])
                how["accept"] = partial(close_all, watching, params)
            call = Call(next(self._ids), method, params, **how)
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

    def drop(self, subscription: Subscription, error: CoverBridgeError | None = None) -> None:
        """Ends a subscription, with an error if there is one. Unwatches the tasks that only this
        subscription has."""
        with self._lock:
            task_ids = list(subscription.open)
            subscription.fail(error)
            self._unwatch(task_ids)

    def drop_discarded(self) -> None:
        while self.discarded:
            self.drop(self.discarded.popleft())

    def end(self, failure: ErrorMaker, *, is_exit: bool = False, send: Send | None = None) -> bool:
        """Unwatches all tasks, and fails all calls. Returns false if the session had ended.

        ``send`` reaches a process that is not connected yet. At the exit of the interpreter, only
        daemon threads are left, and Python ends them. An error in such a thread would only be
        printed.
        """
        with self._lock:
            if self._failure is not None:
                return False
            if (send := self._send or send) is not None:
                self._leave(send)
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
        """Ends the session of a forked child. A thread that the child lacks may hold the lock."""
        self._lock = threading.RLock()
        self._failure = failure

    # From one process of the bridge to the next

    def start(self) -> None:
        """Accepts calls from now on. They wait until a process is connected."""
        with self._lock:
            self._failure = None

    def hold(self, failure: ErrorMaker) -> None:
        """Handles the death of a process: fails the sent calls, and keeps the others.

        A call of ``cover/watch`` is kept even if it was sent, because it can safely be repeated.
        The unwatch of a loop that was left is requested again, because the next bridge may have the
        watch in its journal.
        """
        with self._lock:
            self._send = None
            # The events that waited before are in the journal, which is replayed again.
            self._held_events = []
            for call in list(self._calls.values()):
                if call.sent and call.subscription is None:
                    self._fail(call, failure)
                    self._unwatch(call.left)

    def connect(self, send: Send) -> None:
        """Connects a new process. Sends the calls and delivers the events that waited."""
        with self._lock:
            self._send = send
            self._deliver_held()
            for call in list(self._calls.values()):
                self._transmit(call, send)

    def begin(self, journal: Journal) -> int | None:
        """The sequence number after which to replay the journal; ``None`` if the journal is new."""
        with self._lock:
            after = self._subscriptions.begin(journal)
            if after is None:
                # The bridge may die again before `connect`, and no journal has these events.
                self._deliver_held()
            return after

    def replay(self, events: Iterable[WatchEvent]) -> None:
        with self._lock:
            for event in events:
                self._subscriptions.deliver(event)

    def established(self, tasks: Iterable[Any] | None = None) -> list[Subscription]:
        """The watches of these tasks, or of all tasks, that the last bridge had. Watches whose call
        is still unanswered are not included."""
        with self._lock:
            found = self._subscriptions.of(self._subscriptions.tasks if tasks is None else tasks)
            return [each for each in found if each.is_answered]

    # Messages of the bridge

    def receive(self, lines: Iterable[bytes]) -> None:
        with self._lock:
            for line in filter(bytes.strip, lines):
                try:
                    message = json.loads(line.decode())
                    if "method" in message:
                        self._notified(message["method"], message.get("params") or {})
                    else:
                        self._answered(message)
                except Exception as error:
                    # One bad line must not end the session.
                    warn("skipped %d bytes from the bridge: %s", len(line), error)

    def _answered(self, message: dict[str, Any]) -> None:
        call = self._take(message.get("id"))
        if call is None:
            if "error" in message and message.get("id") is None:
                refusal = decode_error(message["error"])
                warn("the bridge refused a message (%s): %s", refusal.kind, refusal)
            return
        error = call.read(message)
        if isinstance(error, ShuttingDown) and call.subscription is not None:
            # The bridge is stopping, so it has refused this watch. The next bridge gets the call
            # again.
            self._calls[call.id] = call
        elif error is not None:
            if call.subscription is not None and "error" not in message:
                # The answer cannot be read, but the bridge has the watch.
                self.drop(call.subscription, error)
            self._fail(call, lambda: error)
        elif call.future.set_running_or_notify_cancel():
            call.future.set_result(message["result"])

    def _notified(self, method: str, params: dict[str, Any]) -> None:
        if method in EVENTS:
            try:
                event = decode(EVENTS[method], params)
            except ProtocolError as error:
                # The event may have been the last one of its task.
                for each in self.established([params.get("taskId")]):
                    self.drop(each, error)
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

    # The caller of each following method holds the lock

    def _deliver_held(self) -> None:
        held, self._held_events = self._held_events, None
        self.replay(held or ())

    def _unwatch(self, task_ids: Iterable[str]) -> None:
        """Unwatches those of the tasks that no subscription waits for."""
        left = [task_id for task_id in task_ids if not self._subscriptions.of([task_id])]
        if left and self._failure is None:
            self.submit("cover/unwatch", {"taskIds": left}, left=left)

    def _take(self, id: Any) -> Call | None:
        # Python treats True as 1, but True is not an id.
        return self._calls.pop(id, None) if type(id) is int else None

    def _fail(self, call: Call, failure: ErrorMaker) -> None:
        self._take(call.id)
        if call.future.set_running_or_notify_cancel():
            call.fail(failure())

    def _transmit(self, call: Call, send: Send | None) -> None:
        """Sends a call, if a process is connected."""
        if send is None:
            return
        # The bridge could not name the call of so large a message. The size excludes the line feed.
        if (size := len(call.frame) - 1) > self.limit:
            reason = f"{call.method}: {size} bytes, and the bridge reads {self.limit}"
            self._fail(call, lambda: MessageTooLarge(reason))
        else:
            call.sent = True
            send(call.frame)

    def _cancel(self, call: Call) -> None:
        """Runs when the future of a call is done. If the call was answered, there is nothing to
        do."""
        with self._lock:
            is_open = self._take(call.id) is not None
            if is_open and not call.sent and call.subscription is not None:
                # No bridge has the watch, so the client need not unwatch.
                call.subscription.forget(list(call.subscription.open))
            elif is_open and call.sent and self._send is not None:
                self._send(wire.notification("$/cancelRequest", {"id": call.id}))

    def _leave(self, send: Send) -> None:
        """Removes all watches from the bridge. Nothing is delivered after that."""
        left = (task for call in self._calls.values() if not call.sent for task in call.left)
        task_ids = [*self._subscriptions.tasks, *left]
        for first in range(0, len(task_ids), MOST_TASKS):
            some = {"taskIds": task_ids[first : first + MOST_TASKS]}
            send(wire.request(next(self._ids), "cover/unwatch", some))
