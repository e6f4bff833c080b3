"""The base of both clients: a session, its process, the restarts and the end."""

from __future__ import annotations

import atexit
import contextlib
import math
import os
import queue
import threading
import time
import weakref
from concurrent.futures import Future
from functools import partial
from typing import Any

from ._command import NAME, Launch
from ._decode import decode
from ._errors import BridgeClosed, BridgeDied, ProtocolError, ShuttingDown
from ._process import BridgeProcess
from ._requests import given
from ._restart import RestartPolicy, recover
from ._session import Session
from ._subscriptions import Subscription
from ._surroundings import is_green, warn
from ._types import Initialization
from ._version import __version__
from ._wire import FAREWELL

PROTOCOL_VERSION = 1
HANDSHAKE_TIMEOUT = 30.0
# The message of `BridgeDied` contains this number of the last lines of stderr.
LAST_WORDS = 5

_closed = partial(BridgeClosed, "this bridge is closed")
_foreign = partial(BridgeClosed, "this bridge belongs to the parent process")


class Engine:
    def __init__(self, launch: Launch, *, restart: bool) -> None:
        self.session = Session()
        self.info: Initialization | None = None
        self._launch, self._restart = launch, restart
        # The lock is reentrant, because a signal handler may run while this thread has the lock.
        self._lock = threading.RLock()
        self.process: BridgeProcess | None = None
        self._stopping = False
        self._ready_since: float | None = None
        # The sequence number after which the journal is replayed; None for no replay.
        self._missed_after: int | None = None
        self._policy = RestartPolicy()
        # An item in this queue ends the pause before a restart early. Destructors may put one.
        self._alarm: queue.SimpleQueue[None] = queue.SimpleQueue()
        # True in a forked child, whose parent owns the bridge.
        self.foreign = False
        self._abandoned = False
        engines.add(self)

    def start(self) -> Future[Any]:
        """Starts the process; the future is the answer to ``initialize``."""
        is_green()
        # The session starts before the process: the process may die at once, and then needs the
        # session.
        self.session.start()
        process = self._spawn()
        self.session.connect(process.send)
        return self._initialize(process)

    def close(self, *, is_exit: bool = False) -> None:
        """Unwatches, shuts the bridge down, and returns when it has ended."""
        if (process := self.leave(is_exit=is_exit)) is not None:
            process.stop()

    def leave(self, *, is_exit: bool = False) -> BridgeProcess | None:
        """Begins to close the bridge. Returns the process, which then ends by itself, if there is
        one."""
        with self._lock:
            self._stopping = True
            process = self.process
        self._alarm.put(None)
        ended = self.session.end(_closed, is_exit=is_exit, send=process.send if process else None)
        if process is not None:
            process.hang_up(FAREWELL if ended else b"")
        return process

    def disown(self) -> None:
        """Releases the bridge in a forked child, because the parent owns the bridge and its
        threads."""
        self.foreign, self._lock = True, threading.RLock()
        self.session.disown(_foreign)
        process, self.process = self.process, None
        if process is not None:
            process.disown()

    def check_owner(self) -> None:
        """Raises in a forked child, because no thread there reads the bridge's output."""
        if self.foreign:
            raise _foreign()

    # Destructors call these two methods at any time on any thread. So the methods take no lock.

    def discard(self, subscription: Subscription) -> None:
        self.session.discarded.append(subscription)
        self._wake()

    def abandon(self) -> None:
        self._abandoned = True
        self._alarm.put(None)
        self._wake()

    def _wake(self) -> None:
        if (process := self.process) is not None:
            process.send(b"")

    def _tidy_up(self) -> None:
        """Does what the destructors left to do. The writing thread calls it before each frame."""
        self.session.drop_discarded()
        if self._abandoned:
            self.leave()

    # Starts of the process

    def _spawn(self) -> BridgeProcess:
        with self._lock:
            if self._stopping:
                raise _closed()
            process = BridgeProcess(self._launch, self.session.receive, self._exited, self._tidy_up)
            process.start()
            self.process = process
            return process

    def _initialize(self, process: BridgeProcess) -> Future[Any]:
        info = {"name": "cover-bridge-python", "version": __version__}
        params = given(client_info=info, process_id=os.getpid(), api_key=self._launch.api_key)
        submit, accept = self.session.submit, self._initialized
        return submit("initialize", params, accept=accept, send=process.send)

    def _initialized(self, result: Any) -> None:
        info = decode(Initialization, result)
        if info.protocol_version != PROTOCOL_VERSION:
            raise ProtocolError(
                f"the bridge speaks version {info.protocol_version} of the protocol, "
                f"this package version {PROTOCOL_VERSION}"
            )
        self.info = info
        self.session.limit = info.limits.get("maxMessageBytes", math.inf)
        self._missed_after = self.session.begin(info.journal)
        # From now on, a death leads to a restart.
        self._ready_since = time.monotonic()

    # Deaths and restarts. The reading thread of the dead process runs this code.

    def _exited(self, code: int | None, stderr_tail: str) -> None:
        stranger = self._launch.program if self.info is None else None
        died = partial(bridge_died, code, self._launch.redacted(stderr_tail), stranger)
        since, self._ready_since = self._ready_since, None
        pause = self._policy.pause(None if since is None else time.monotonic() - since)
        if not self._restart or pause is None or self._abandoned:
            self.session.end(died)
        elif not self.session.ended:
            with self._lock:
                self.session.hold(died)
            warn("restarting the bridge: %s", died())
            with contextlib.suppress(queue.Empty):
                self._alarm.get(timeout=pause)
            if self._stopping or self._abandoned:
                self.session.end(_closed)
            else:
                self._revive()

    def _revive(self) -> None:
        process: BridgeProcess | None = None
        try:
            process = self._spawn()
            self._initialize(process).result(HANDSHAKE_TIMEOUT)
            recover(self.session, self._missed_after, process.send_alive, HANDSHAKE_TIMEOUT)
            with self._lock:
                if not process.gone.done():
                    self.session.connect(process.send)
        except Exception as error:
            if process is not None and (process.gone.done() or isinstance(error, ShuttingDown)):
                # The reading thread of the new process handles its end, which may come later.
                return
            # A `TimeoutError` has no message of its own.
            cause = str(error) or f"it did not answer within {HANDSHAKE_TIMEOUT:g} s"
            reason = f"the bridge could not be restarted: {cause}"
            if self.session.end(lambda: BridgeClosed(reason)) and process is not None:
                process.stop()


def bridge_died(code: int | None, stderr_tail: str, stranger: str | None = None) -> BridgeDied:
    """The error for a process that ended. ``stranger`` is a program that has never answered."""
    how = "ended; its exit code is unknown"
    if code is not None:
        how = f"was killed by signal {-code}" if code < 0 else f"exited with code {code}"
    # The last line alone rarely contains the cause.
    lines = stderr_tail.strip().splitlines()[-LAST_WORDS:]
    said = ": " + "\n".join(lines) if lines else ""
    # A bridge that cannot start writes its name and the reason.
    if stranger is not None and (code or 0) >= 0 and f"{NAME}: " not in stderr_tail:
        said += f"\n{stranger} has answered nothing: is it really {NAME}?"
    error = BridgeDied(f"the bridge {how}{said}")
    error.exit_code, error.stderr_tail = code, stderr_tail
    return error


# The end of the interpreter, and forked children

engines: weakref.WeakSet[Engine] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for engine in list(engines):
        engine.close(is_exit=True)


def _disown_all() -> None:
    for engine in list(engines):
        engine.disown()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_disown_all)
