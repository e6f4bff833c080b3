"""One line on a terminal that shows the progress."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from typing import Callable, TextIO

from ._display._words import counts, span
from ._follow import Last, outcomes_of, state_of
from ._surroundings import start_thread

BAR = 20
CLEAR_TO_END = "\033[K"


class ProgressLine:
    """Redraws one line after each event and each second. The line stays on the terminal at the
    end."""

    def __init__(self, terminal: TextIO, last: Last) -> None:
        self._terminal = terminal
        self._last = last
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._over = threading.Event()

    def __enter__(self) -> Callable[[], None]:
        self._draw()
        self._clock = start_thread("line", self._tick)
        return self._draw

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._clock.join()
        self._draw(end="\n")

    def _tick(self) -> None:
        while not self._over.wait(1):
            self._draw()

    def _draw(self, end: str = "") -> None:
        # The terminal may be gone before the tasks end.
        with self._lock, suppress(OSError, ValueError):
            states = list(map(state_of, self._last.values()))
            done, seconds = len(outcomes_of(self._last)), time.monotonic() - self._began
            encoding = self._terminal.encoding
            line = progress_text(states, done=done, seconds=seconds, encoding=encoding)
            # A full line would make the terminal start a new line.
            self._terminal.write(f"\r{line[: self._columns() - 1]}{CLEAR_TO_END}{end}")
            self._terminal.flush()

    def _columns(self) -> int:
        with suppress(OSError, ValueError):
            # A terminal without a known width reports 0.
            return os.get_terminal_size(self._terminal.fileno()).columns or 80
        return 80


def progress_text(states: list[str], *, done: int, seconds: float, encoding: str) -> str:
    """For example ``━━━━━━━━────────  1/2 covers  1 succeeded, 1 generating  4 s``."""
    count = len(states)
    full, empty = ("━", "─") if encoding.lower().replace("-", "") == "utf8" else ("#", "-")
    filled = BAR * done // count if count else BAR
    bar = full * filled + empty * (BAR - filled)
    return f"{bar}  {done}/{count} covers  {counts(states)}  {span(seconds)}"
