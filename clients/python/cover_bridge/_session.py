"""The conversation with the bridge, whichever process holds its other end.

All state is under one lock; nothing in here blocks. What the bridge says comes in by ``receive``,
on one thread, in the order it was said.
"""

from __future__ import annotations

import json
import logging
import math
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

from . import _wire as wire
from ._calls import Call, Calls, ErrorMaker, Line
from ._decode import decode, decode_error
from ._errors import BridgeClosed, MessageTooLarge
from ._subscriptions import Subscription, Subscriptions
from ._types import Health, Journal, StatusChange, Watch, WatchEnded, WatchEvent

Send = Callable[[bytes], None]

log = logging.getLogger("cover_bridge")


class Session:
    def __init__(self, *, brings_key: bool) -> None:
        self._brings_key = brings_key
        self.on_health: Callable[[Health], None] | None = None
        # In bytes, once the bridge has said how long a message may be.
        self.limit = math.inf
        # A signal's handler may close the bridge while its own thread is in here.
        self._lock = threading.RLock()
        self._calls = Calls()
        self._line = Line()
        self._subscriptions = Subscriptions()
        # Why no call can be made.
        self._failure: ErrorMaker | None = lambda: BridgeClosed("this bridge is not started")
        # Without it, what is to be sent and delivered waits here.
        self._send: Send | None = None
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
            return self._submit(Call(method, params, accept, progress), send)

    def watch(self, subscription: Subscription) -> Future[Any]:
        def accept(result: Any) -> None:
            watches = [decode(Watch, watch) for watch in result["watches"]]
            self._subscriptions.begun(subscription, watches)

        call = Call(
            "cover/watch", subscription.parameters(), accept=accept, subscription=subscription
        )
        with self._lock:
            return self._submit(call)

    def unwatch(self, params: dict[str, Any]) -> Future[Any]:
        return self.submit(
            "cover/unwatch",
            params,
            accept=lambda result: self._subscriptions.close(params["taskIds"]),
        )

    def drop(self, subscription: Subscription) -> None:
        """Nobody reads this subscription any more."""
        with self._lock:
            task_ids = self._subscriptions.drop(subscription)
            if task_ids and self._failure is None:
                self._submit(Call("cover/unwatch", {"taskIds": task_ids}))

    def end(self, failure: ErrorMaker) -> bool:
        """Unwatches everything and fails what is open and all that comes; false if done before."""
        with self._lock:
            if self._failure is not None:
                return False
            self._leave(self._subscriptions.watched())
            self._failure = failure
            for call in self._calls.all():
                self._calls.fail(call, failure)
            self._subscriptions.drop_all(failure)
            return True

    @property
    def ended(self) -> bool:
        return self._failure is not None

    def disown(self, failure: ErrorMaker) -> None:
        """In a forked child: the lock may be held by a thread that is not here."""
        self._lock = threading.RLock()
        self._failure = failure

    # From one process of the bridge to the next

    def start(self) -> None:
        """From here on calls can be made; they wait for a line."""
        with self._lock:
            self._failure = None

    def hold(self, failure: ErrorMaker) -> None:
        """The line is gone: fails the calls that are out, and keeps the others for the next.

        A watch may be asked for twice, so it is kept too. From here on it counts as begun: if the
        journal is persistent, a new bridge goes on with it before it is asked.
        """
        with self._lock:
            self._send = None
            self._line = Line()
            # They are of a journal that is over, or can be replayed.
            self._held_events = []
            for call in self._calls.all():
                if call.subscription is None and call.sent:
                    self._calls.fail(call, failure)
                elif call.subscription is not None and call.sent:
                    call.sent = False
                    self._subscriptions.begun(call.subscription)

    def connect(self, send: Send) -> None:
        """There is a line: what was held goes out and in."""
        with self._lock:
            self._send = send
            for event in self._held_events:
                self._deliver(event)
            self._held_events = []
            for call in self._calls.all():
                self._transmit(call)

    def begin(self, journal: Journal) -> int | None:
        """After which sequence number to replay the journal, if it is the one heard so far."""
        with self._lock:
            return self._subscriptions.begin(journal)

    def replay(self, events: Iterable[WatchEvent]) -> None:
        with self._lock:
            for event in events:
                self._deliver(event)

    def listens(self) -> bool:
        """Whether anybody waits for what the last bridge had to say."""
        with self._lock:
            return any(each.begun for each in self._subscriptions.open())

    def established(self) -> list[Subscription]:
        """The watches of the last bridge, but for those whose call is still to be answered."""
        with self._lock:
            asked = [call.subscription for call in self._calls.all()]
            return [each for each in self._subscriptions.open() if each not in asked]

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
        id = message.get("id")
        with self._lock:
            call = self._calls.take(id)
            wanted = call is not None and call.future.set_running_or_notify_cancel()
            error = call.read(message) if call is not None and wanted else None
            if call is not None and call.subscription is not None and error is not None:
                self._subscriptions.refused(call.subscription)
            self._release(id)
        if call is None or not wanted:
            if "error" in message and id is None:
                refusal = decode_error(message["error"])
                log.warning("the bridge refused a message (%s): %s", refusal.kind, refusal)
        elif error is not None:
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
                self._deliver(event)

    # Under the lock

    def _deliver(self, event: WatchEvent) -> None:
        # A bridge takes up its journal's watches before `initialize` has brought the key, and is
        # asked for them again after that.
        hasty = isinstance(event, WatchEnded) and event.reason == "missingCredentials"
        if not (hasty and self._brings_key):
            self._subscriptions.deliver(event)

    def _submit(self, call: Call, send: Send | None = None) -> Future[Any]:
        if self._failure is not None:
            raise self._failure()
        self._calls.add(call)
        if call.subscription is not None:
            self._subscriptions.add(call.subscription)
        if send is None:
            self._transmit(call)
        else:
            call.sent = True
            send(call.frame)
        call.future.add_done_callback(lambda done: self._cancel(call) if done.cancelled() else None)
        if self._failure is not None and not call.future.done():
            # A signal's handler has ended the session since we looked.
            self._calls.fail(call, self._failure)
        return call.future

    def _transmit(self, call: Call) -> None:
        """Sends a call that is still wanted, if there is a line and it is its turn."""
        if self._send is None or call.sent or self._calls.find(call.id) is not call:
            return
        # The bridge could not say whose message it refuses. The line feed does not count.
        if (size := len(call.frame) - 1) > self.limit:
            self._refuse(call, f"{call.method}: {size} bytes, and the bridge reads {self.limit}")
        elif not call.in_line or self._line.admit(call):
            call.sent = True
            self._send(call.frame)

    def _cancel(self, call: Call) -> None:
        with self._lock:
            if self._calls.take(call.id) is not None and call.sent and self._send is not None:
                self._send(wire.notification("$/cancelRequest", {"id": call.id}))
                self._release(call.id)

    def _release(self, id: Any) -> None:
        for waiting in self._line.release(id):
            self._transmit(waiting)

    def _refuse(self, call: Call, reason: str) -> None:
        if call.subscription is not None:
            self._subscriptions.refused(call.subscription)
        self._calls.fail(call, lambda: MessageTooLarge(reason))

    def _leave(self, task_ids: list[str]) -> None:
        """Takes all watches back, at once: nothing more is said after it."""
        if self._send is None:
            return
        for call in self._calls.all():
            if call.subscription is not None and call.sent:
                self._send(wire.notification("$/cancelRequest", {"id": call.id}))
        if task_ids:
            farewell = Call("cover/unwatch", {"taskIds": task_ids})
            self._calls.add(farewell)
            self._send(farewell.frame)
