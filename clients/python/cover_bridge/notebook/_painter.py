"""Limits how often a board is drawn."""

from __future__ import annotations

import time
from collections.abc import Callable

from .._session import log
from .._workers import Workers

# In seconds, after an error.
LONGEST_PAUSE = 1.0


class Painter:
    """Calls ``paint`` soon after ``ask``. ``paint`` returns the least seconds to its next call."""

    def __init__(self, paint: Callable[[], float]) -> None:
        self._paint = paint
        self._workers = Workers(1)
        self._asked = False

    def ask(self) -> None:
        # Without a lock: two calls at once cost one call of ``paint`` too many at most.
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
