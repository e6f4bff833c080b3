"""What the client needs of the Python around it: threads that start, and an event loop."""

from __future__ import annotations

import asyncio
import sys
import threading

from ._errors import CannotRun

# The modules that this package stands on, under the names that each library has for them.
GEVENT = ("threading", "queue", "select", "subprocess")
EVENTLET = ("thread", "select", "subprocess", "os")


def check_patches() -> None:
    """Green threads made of some of these modules alone would wait for each other for ever."""
    if (gevent := sys.modules.get("gevent.monkey")) is not None:
        _all_or_none("gevent", {name: gevent.is_module_patched(name) for name in GEVENT})
    if (eventlet := sys.modules.get("eventlet.patcher")) is not None:
        _all_or_none("eventlet", {name: eventlet.is_monkey_patched(name) for name in EVENTLET})


def _all_or_none(library: str, patched: dict[str, bool]) -> None:
    if any(patched.values()) and not all(patched.values()):
        patches = ", ".join(name for name in patched if patched[name])
        lacks = ", ".join(name for name in patched if not patched[name])
        raise CannotRun(
            f"{library} has patched {patches} but not {lacks}: patch all of them, or none"
        )


def start_thread(thread: threading.Thread) -> None:
    try:
        thread.start()
    except RuntimeError as error:
        raise CannotRun(
            f"the client needs four threads at most, and one did not start: {error} "
            "(a limit of processes or memory, or an interpreter that is about to end)"
        ) from error


def running_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        pass
    trio = sys.modules.get("trio")
    here = (
        "trio runs here" if trio is not None and trio.lowlevel.in_trio_run() else "none runs here"
    )
    raise CannotRun(
        f"AsyncCoverBridge needs an event loop of asyncio, and {here}; "
        "elsewhere use CoverBridge in threads, as with trio.to_thread.run_sync"
    )
