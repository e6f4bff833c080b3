"""What the client needs of the Python around it: threads that start, and an event loop."""

from __future__ import annotations

import asyncio
import selectors
import sys
import threading
from collections.abc import Callable

from ._errors import CannotRun

# The modules that this package stands on, under the names that each library has for them, and what
# says of one whether it is patched.
LIBRARIES = (
    (
        "gevent",
        "gevent.monkey",
        "is_module_patched",
        ("threading", "queue", "select", "subprocess"),
    ),
    ("eventlet", "eventlet.patcher", "is_monkey_patched", ("thread", "select", "subprocess", "os")),
)


def is_green() -> bool:
    """Whether green threads are what ``threading`` starts here; a ``CannotRun`` for half of that,
    as green and other threads would wait for each other for ever."""
    green = False
    for library, module, question, names in LIBRARIES:
        if module in sys.modules:
            is_patched: Callable[[str], bool] = getattr(sys.modules[module], question)
            patched = [name for name in names if is_patched(name)]
            lacks = ", ".join(name for name in names if name not in patched)
            if patched and lacks:
                raise CannotRun(
                    f"{library} has patched {', '.join(patched)} but not {lacks}: "
                    "patch all of them, or none"
                )
            green |= bool(patched)
    return green


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
            f"the client needs three threads, and one did not start: {error} "
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
