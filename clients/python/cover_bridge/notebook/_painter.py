"""Limits how often a board is drawn."""

from __future__ import annotations

import time
from collections.abc import Callable

from .._surroundings import log
from .._workers import Workers

# The longest pause after errors, in seconds.
LONGEST_PAUSE = 1.0


class Painter:
    """Calls ``paint`` after ``ask``. ``paint`` returns the least pause before the next call."""

    def __init__(self, paint: Callable[[], float]) -> None:
        self._paint = paint
        self._workers = Workers(1)
        self._asked = False

    def ask(self) -> None:
        # No lock is needed: two simultaneous calls cause at most one needless call of `paint`.
        if not self._asked:
            self._asked = True
            self._workers.submit(self._run)

    def _run(self) -> None:
        self._asked = False
        pause = LONGEST_PAUSE
        try:
            pause = self._paint()
        except Exception:
            log.exception("a board could not be shown")
        time.sleep(pause)
