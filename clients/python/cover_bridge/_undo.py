"""Undoes what was begun, if a block of code fails."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def on_error(undo: Callable[[], object]) -> Generator[None]:
    """Calls ``undo`` if the block raises any exception, also for Ctrl-C and a cancelled task."""
    try:
        yield
    except BaseException:
        undo()
        raise
