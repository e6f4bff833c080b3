"""Callbacks that may be slow, or call the bridge themselves."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from ._surroundings import start_thread
from ._types import Health

PATIENCE = 2.0

log = logging.getLogger("cover_bridge")


class CallbackThread:
    """Calls a function on a thread of its own, one item after the other."""

    def __init__(self, call: Callable[[Health], None]) -> None:
        self._call = call
        self._items: queue.SimpleQueue[Health | None] = queue.SimpleQueue()
        self._thread = start_thread("health", self._run)

    def put(self, item: Health) -> None:
        self._items.put(item)

    def stop(self) -> None:
        """Ends the thread after what is queued, without waiting; destructors may call it."""
        self._items.put(None)

    def join(self) -> None:
        """Waits a moment for the thread's end."""
        if self._thread is not threading.current_thread():
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        while (item := self._items.get()) is not None:
            try:
                self._call(item)
            except Exception:
                log.exception("on_health failed")
