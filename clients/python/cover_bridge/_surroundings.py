"""What the client needs of the Python around it: threads that start, and an event loop."""

from __future__ import annotations

import asyncio
import selectors
import sys
import threading
from collections.abc import Callable

from ._errors import CannotRun

# The modules that this package stands on, under the names that each library has for them.
GEVENT = ("threading", "queue", "select", "subprocess")
EVENTLET = ("thread", "select", "subprocess", "os")


def is_green() -> bool:
    """Whether green threads are what ``threading`` starts here; a ``CannotRun`` for half of that,
    as green and other threads would wait for each other for ever."""
    green = False
    if (gevent := sys.modules.get("gevent.monkey")) is not None:
        green |= _all_or_none("gevent", {name: gevent.is_module_patched(name) for name in GEVENT})
    if (eventlet := sys.modules.get("eventlet.patcher")) is not None:
        patched = {name: eventlet.is_monkey_patched(name) for name in EVENTLET}
        green |= _all_or_none("eventlet", patched)
    return green


def _all_or_none(library: str, patched: dict[str, bool]) -> bool:
    if any(patched.values()) and not all(patched.values()):
        patches = ", ".join(name for name in patched if patched[name])
        lacks = ", ".join(name for name in patched if not patched[name])
        raise CannotRun(
            f"{library} has patched {patches} but not {lacks}: patch all of them, or none"
        )
    return all(patched.values())


def selector() -> selectors.BaseSelector:
    """One that needs no descriptor, where there is a choice."""
    return selectors.DefaultSelector() if is_green() else selectors.PollSelector()


def start_thread(name: str, run: Callable[[], None]) -> threading.Thread:
    try:
        # A daemon, as the interpreter's end closes the bridges only after all other threads.
        thread = threading.Thread(target=run, name=f"cover-bridge {name}", daemon=True)
        thread.start()
    except RuntimeError as error:
        raise CannotRun(
            f"the client needs four threads at most, and one did not start: {error} "
            "(a limit of processes or memory, an interpreter that is about to end, or one that "
            "has no daemons)"
        ) from error
    return thread


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
