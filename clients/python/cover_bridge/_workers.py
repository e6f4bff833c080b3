"""Threads that start when there is work and end when there is none."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

from ._errors import CannotRun
from ._surroundings import start_thread

Result = TypeVar("Result")


class Workers:
    """Runs work on a few threads; a single thread keeps the order.

    The threads are daemons, because the interpreter may end while they run.
    """

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
                # Python starts no more threads while the interpreter ends.
                with suppress(CannotRun):
                    start_thread("worker", self._run)
                    self._running += 1
        return future

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._jobs:
                    self._running -= 1
                    return
                job = self._jobs.popleft()
            job()
