"""Threads that come when there is something to do and go when there is nothing."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")
# After what went wrong.
LONGEST_PAUSE = 1.0

log = logging.getLogger("cover_bridge")


class Workers:
    """Runs what it is given on a few threads. They are daemons: a kernel may end meanwhile."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._jobs: deque[Callable[[], None]] = deque()
        self._running = 0

    def submit(self, work: Callable[[], Result]) -> Future[Result]:
        future: Future[Result] = Future()

        def job() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work())
                except BaseException as error:
                    future.set_exception(error)

        with self._lock:
            self._jobs.append(job)
            if self._running < self._most:
                self._running += 1
                start(self._run, "cover-bridge worker")
        return future

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._jobs:
                    self._running -= 1
                    return
                job = self._jobs.popleft()
            job()


class Painter:
    """Calls ``paint`` soon after it is asked to, and again no sooner than it says, in seconds."""

    def __init__(self, paint: Callable[[], float]) -> None:
        self._paint = paint
        self._workers = Workers(1)
        self._lock = threading.Lock()
        self._asked = False

    def ask(self) -> None:
        with self._lock:
            asked_before, self._asked = self._asked, True
        if not asked_before:
            self._workers.submit(self._run)

    def _run(self) -> None:
        with self._lock:
            self._asked = False
        pause = LONGEST_PAUSE
        try:
            pause = self._paint()
        except Exception:
            log.exception("a board could not be shown")
        time.sleep(pause)


def start(run: Callable[[], None], name: str) -> None:
    # At the end of the interpreter there are no new threads, and nothing to see any more.
    with contextlib.suppress(RuntimeError):
        threading.Thread(target=run, name=name, daemon=True).start()
