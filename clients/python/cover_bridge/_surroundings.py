"""What the client needs from Python: threads that start, an event loop, and a log."""

from __future__ import annotations

import asyncio
import logging
import selectors
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from ._errors import CannotRun

# An entry for each library of green threads. It has the module that patches, the name of its
# function that tests for a patch, and the modules that this package uses. The modules have the
# names that the library gives them.
LIBRARIES = (
    ("gevent.monkey", "is_module_patched", ("threading", "queue", "select", "subprocess")),
    ("eventlet.patcher", "is_monkey_patched", ("thread", "select", "subprocess", "os")),
)

log = logging.getLogger("cover_bridge")


def warn(text: str, *values: object) -> None:
    """Logs a warning. An error of the log, such as a closed stderr, must not end the session."""
    with suppress(Exception):
        log.warning(text, *values, stacklevel=2)


def is_green() -> bool:
    """Whether ``threading`` starts green threads here.

    Raises ``CannotRun`` if only some modules are patched: green threads and other threads would
    then wait for each other for ever.
    """
    green = False
    for module, question, names in LIBRARIES:
        if module in sys.modules:
            is_patched: Callable[[str], bool] = getattr(sys.modules[module], question)
            patched = [name for name in names if is_patched(name)]
            lacks = ", ".join(name for name in names if name not in patched)
            if patched and lacks:
                raise CannotRun(
                    f"{module.split('.')[0]} has patched {', '.join(patched)} but not {lacks}: "
                    "patch all of them, or none"
                )
            green |= bool(patched)
    return green


def selector() -> selectors.BaseSelector:
    """A selector that needs no file descriptor, if the system has such a selector."""
    return selectors.DefaultSelector() if is_green() else selectors.PollSelector()


def start_thread(name: str, run: Callable[[], None]) -> threading.Thread:
    try:
        # The thread is a daemon: at its end, the interpreter waits for all other threads before it
        # closes the bridges.
        thread = threading.Thread(target=run, name=f"cover-bridge {name}", daemon=True)
        thread.start()
    except RuntimeError as error:
        raise CannotRun(
            f"the client needs three threads, and one did not start: {error} "
            "(a limit of processes or memory, an ending interpreter, or one without daemons)"
        ) from error
    return thread


def running_loop() -> asyncio.AbstractEventLoop:
    with suppress(RuntimeError):
        return asyncio.get_running_loop()
    trio = sys.modules.get("trio")
    runs = "trio" if trio is not None and trio.lowlevel.in_trio_run() else "none"
    raise CannotRun(
        f"AsyncCoverBridge needs an event loop of asyncio, and {runs} runs here; "
        "elsewhere use CoverBridge in threads, as with trio.to_thread.run_sync"
    )
