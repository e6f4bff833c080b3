"""What both clients stand on: answers find calls, notifications watches, deaths restarts.

Nothing here blocks its caller but ``close``. Everything the bridge says is handled on the reading
thread of its process, in the order it was said; a restart runs on that thread too, after its end.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from . import _lifecycle
from ._command import Launch
from ._decode import decode, decode_error
from ._errors import BridgeClosed, CoverBridgeError, ProtocolError, bridge_died
from ._process import BridgeProcess
from ._subscriptions import Subscription, Subscriptions
from ._types import Changes, Health, Initialization, StatusChange, WatchEnded, WatchEvent
from ._version import __version__

PROTOCOL_VERSION = 1
HANDSHAKE_TIMEOUT = 30.0
FIRST_DELAY, LONGEST_DELAY, STEADY_AFTER = 0.1, 30.0, 60.0
FAREWELL = (
    b'{"jsonrpc":"2.0","id":"shutdown","method":"shutdown"}\n{"jsonrpc":"2.0","method":"exit"}\n'
)

log = logging.getLogger("cover_bridge")


@dataclass
class _Call:
    future: Future[Any]
    # Called on the reading thread before anything that the bridge said after the answer.
    accept: Callable[[Any], None]
    progress: Callable[[Any], None] | None


class Engine:
    def __init__(self, launch: Launch, on_health: Callable[[Health], None] | None) -> None:
        self._launch = launch
        self.on_health = on_health
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._calls: dict[int, _Call] = {}
        self._subscriptions = Subscriptions()
        self._process: BridgeProcess | None = None
        # Why no call can be made any more, as a maker of exceptions.
        self._failure: Callable[[], CoverBridgeError] | None = None
        self._stopping = threading.Event()
        self._ready_since: float | None = None
        self._delay = FIRST_DELAY
        # While the bridge is being restarted, what is to be sent and delivered afterwards.
        self._held_frames: list[bytes] | None = None
        self._held_events: list[WatchEvent] = []
        # Filled by destructors, which may not take the lock.
        self._discarded: deque[Subscription] = deque()
        self._abandoned = False
        self.info: Initialization | None = None
        _lifecycle.add(self)

    # Calls

    def start(self) -> Future[Any]:
        with self._lock:
            return self._handshake(self._spawn())

    def submit(
        self,
        method: str,
        params: dict[str, Any],
        *,
        accept: Callable[[Any], None] = lambda result: None,
        progress: Callable[[Any], None] | None = None,
    ) -> Future[Any]:
        """Sends a request. Cancelling the future cancels the request."""
        with self._lock:
            return self._submit(self._transmit, method, params, accept, progress)

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
            task_ids = self._subscriptions.drop(subscription)
            if task_ids and self._failure is None:
                self._submit(self._transmit, "cover/unwatch", {"taskIds": task_ids})

    # From destructors, which may run at any time on any thread: these take no lock.

    def discard(self, subscription: Subscription) -> None:
        self._discarded.append(subscription)
        self._wake()

    def abandon(self) -> None:
        self._abandoned = True
        self._wake()

    def _wake(self) -> None:
        process = self._process
        if process is not None:
            process.send(b"")

    def _before_write(self) -> None:
        while self._discarded:
            self.drop(self._discarded.popleft())
        process = self._process
        if self._abandoned and process is not None and self._begin_closing():
            process.send(FAREWELL)
            process.hang_up()

    # The end

    def close(self) -> None:
        """Unwatches, shuts the bridge down and returns when nothing is left of it."""
        if self._begin_closing() and self._process is not None:
            self._process.send(FAREWELL)
        if self._process is not None:
            self._process.stop()

    def _begin_closing(self) -> bool:
        with self._lock:
            self._stopping.set()
            if self._failure is not None:
                return False
            task_ids = {id for each in self._subscriptions.open() for id in each.open}
            if task_ids:
                self._submit(self._transmit, "cover/unwatch", {"taskIds": sorted(task_ids)})
            self._fail(lambda: BridgeClosed("this bridge is closed"))
            return True

    def disown(self) -> None:
        """In a forked child: the bridge, its threads and the state of the lock are the parent's."""
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._failure = lambda: BridgeClosed("this bridge belongs to the parent process")
        process, self._process = self._process, None
        if process is not None:
            process.disown()

    def _fail(self, failure: Callable[[], CoverBridgeError]) -> None:
        self._failure = failure
        self._ready_since = None
        self._held_frames = None
        self._fail_calls(failure)
        self._subscriptions.drop_all(failure)

    def _fail_calls(self, failure: Callable[[], CoverBridgeError]) -> None:
        calls, self._calls = self._calls, {}
        for call in calls.values():
            if call.future.set_running_or_notify_cancel():
                call.future.set_exception(failure())

    # Under the lock

    def _spawn(self) -> BridgeProcess:
        if self._failure is not None:
            raise self._failure()
        process = BridgeProcess(
            self._launch.argv,
            self._launch.environment,
            on_line=self._on_line,
            on_exit=self._on_exit,
            before_write=self._before_write,
        )
        self._process = process
        process.start()
        return process

    def _handshake(self, process: BridgeProcess) -> Future[Any]:
        params: dict[str, Any] = {
            "clientInfo": {"name": "cover-bridge-python", "version": __version__},
            "processId": os.getpid(),
        }
        if self._launch.api_key is not None:
            params["apiKey"] = self._launch.api_key
        return self._submit(process.send, "initialize", params, self._accept_initialize)

    def _accept_initialize(self, result: Any) -> None:
        info = decode(Initialization, result)
        if info.protocol_version != PROTOCOL_VERSION:
            raise ProtocolError(
                f"the bridge speaks version {info.protocol_version} of the protocol, "
                f"this package version {PROTOCOL_VERSION}"
            )
        if self.info is None:
            self._subscriptions.begin(info.journal)
            self._ready_since = time.monotonic()
        self.info = info

    def _submit(
        self,
        transmit: Callable[[bytes], None],
        method: str,
        params: dict[str, Any],
        accept: Callable[[Any], None] = lambda result: None,
        progress: Callable[[Any], None] | None = None,
    ) -> Future[Any]:
        if self._failure is not None:
            raise self._failure()
        id = next(self._ids)
        future: Future[Any] = Future()
        self._calls[id] = _Call(future, accept, progress)
        if progress is not None:
            params = {**params, "progressToken": id}
        transmit(_frame({"id": id, "method": method, "params": params}))
        future.add_done_callback(lambda done: self._forget(id) if done.cancelled() else None)
        return future

    def _transmit(self, frame: bytes) -> None:
        if self._held_frames is not None:
            self._held_frames.append(frame)
        elif self._process is not None:
            self._process.send(frame)

    def _forget(self, id: int) -> None:
        with self._lock:
            if self._calls.pop(id, None) is not None:
                self._transmit(_frame({"method": "$/cancelRequest", "params": {"id": id}}))

    # What the bridge says, on the reading thread

    def _on_line(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            message = json.loads(line)
            if "method" in message:
                self._on_notification(message["method"], message.get("params") or {})
            else:
                self._on_response(message)
        except Exception as error:
            # One bad line must not cost the session.
            log.warning("skipped a line of %d bytes from the bridge: %s", len(line), error)

    def _on_response(self, message: dict[str, Any]) -> None:
        id = message.get("id")
        with self._lock:
            call = self._calls.pop(id, None) if type(id) is int else None
            if call is None:
                if "error" in message and id is None:
                    log.warning("the bridge refused a message: %s", decode_error(message["error"]))
                return
            if not call.future.set_running_or_notify_cancel():
                return
            error: CoverBridgeError | None = None
            try:
                if "error" in message:
                    error = decode_error(message["error"])
                else:
                    call.accept(message["result"])
            except Exception as reason:
                error = (
                    reason
                    if isinstance(reason, CoverBridgeError)
                    else ProtocolError(f"the bridge's answer could not be read: {reason!r}")
                )
        if error is not None:
            call.future.set_exception(error)
        else:
            call.future.set_result(message["result"])

    def _on_notification(self, method: str, params: dict[str, Any]) -> None:
        if method == "cover/statusChanged":
            self._on_event(decode(StatusChange, params))
        elif method == "cover/watchEnded":
            self._on_event(decode(WatchEnded, params))
        elif method == "bridge/healthChanged":
            if self.on_health is not None:
                self.on_health(decode(Health, params))
        elif method == "$/progress":
            with self._lock:
                call = self._calls.get(params["token"])
            if call is not None and call.progress is not None:
                call.progress(params.get("value"))

    def _on_event(self, event: WatchEvent) -> None:
        with self._lock:
            if self._held_frames is not None:
                self._held_events.append(event)
            else:
                self._subscriptions.deliver(event)

    # Death and restart

    def _on_exit(self, code: int, stderr_tail: str) -> None:
        with self._lock:
            if self._failure is not None:
                return
            since, self._ready_since = self._ready_since, None
            restart = self._launch.restart and since is not None and not self._abandoned
            if restart:
                self._fail_calls(lambda: bridge_died(code, stderr_tail))
                self._held_frames, self._held_events = [], []
            else:
                self._fail(lambda: bridge_died(code, stderr_tail))
        if restart and since is not None:
            log.warning("%s; restarting it", bridge_died(code, stderr_tail))
            steady = time.monotonic() - since > STEADY_AFTER
            self._delay = FIRST_DELAY if steady else min(self._delay * 2, LONGEST_DELAY)
            if not self._stopping.wait(self._delay):
                self._revive()

    def _revive(self) -> None:
        try:
            with self._lock:
                process = self._spawn()
                greeting = self._handshake(process)
            greeting.result(HANDSHAKE_TIMEOUT)
            self._catch_up(process)
            self._resume_watches(process)
            with self._lock:
                for event in self._held_events:
                    self._subscriptions.deliver(event)
                frames, self._held_frames, self._held_events = self._held_frames, None, []
                for frame in frames or []:
                    process.send(frame)
                self._ready_since = time.monotonic()
        except Exception as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        def failure() -> CoverBridgeError:
            return BridgeClosed(f"the bridge could not be restarted: {error}")

        with self._lock:
            if self._failure is not None:
                return
            self._fail(failure)
        if self._process is not None:
            self._process.stop()

    def _catch_up(self, process: BridgeProcess) -> None:
        """Replays what the journal has and this client missed."""
        with self._lock:
            assert self.info is not None
            goes_on = self._subscriptions.begin(self.info.journal)
            more = goes_on and bool(self._subscriptions.open())
            after = self._subscriptions.heard
        while more:
            params = {"after": after, "limit": 1000}
            page = decode(Changes, self._ask(process, "cover/changes", params))
            with self._lock:
                for change in page.changes:
                    self._subscriptions.deliver(change)
            after = page.changes[-1].sequence if page.changes else after
            more = page.more and bool(page.changes)

    def _resume_watches(self, process: BridgeProcess) -> None:
        with self._lock:
            subscriptions = self._subscriptions.open()
        for subscription in subscriptions:
            try:
                self._ask(process, "cover/watch", subscription.parameters(again=True))
            except CoverBridgeError as error:
                if error.code is None:
                    raise
                with self._lock:
                    self._subscriptions.drop(subscription)
                subscription.put(error)

    def _ask(self, process: BridgeProcess, method: str, params: dict[str, Any]) -> Any:
        with self._lock:
            future = self._submit(process.send, method, params)
        return future.result(HANDSHAKE_TIMEOUT)


def _frame(message: dict[str, Any]) -> bytes:
    text = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":"))
    return text.encode("ascii") + b"\n"
