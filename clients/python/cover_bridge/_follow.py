"""Waits until tasks end, and displays their progress."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Union, cast

from ._display import Displayed
from ._errors import CoverBridgeError
from ._requests import Watching
from ._types import CoverStatus, StatusChange, WatchEnded, WatchEvent
from ._undo import on_error

if TYPE_CHECKING:
    from ._async import AsyncCoverBridge
    from ._sync import CoverBridge
    from .notebook import CoverBoard

Outcome = Union[CoverStatus, WatchEnded]
"""How a task ended: its final status, or why there is none."""

Last = dict[str, Union[Outcome, None]]
"""The last status of each task, or the end of its watch; ``None`` until the first event."""


class Outcomes(dict[str, Outcome], Displayed):
    """The outcomes by task, in the order of the call. A notebook shows a list of cards."""


def follow(bridge: CoverBridge, watching: Watching) -> Outcomes:
    if (board := _board(bridge, watching)) is not None:
        with on_error(partial(_stop, board)):
            return board.wait()
    last: Last = dict.fromkeys(watching.task_ids)
    with bridge.watch(watching.task_ids, **watching.how) as events, _line(watching, last) as draw:
        for event in events:
            last[event.task_id] = news(event)
            draw()
    return outcomes_of(last)


async def follow_async(bridge: AsyncCoverBridge, watching: Watching) -> Outcomes:
    if (board := _board(bridge, watching)) is not None:
        with on_error(partial(_stop, board)):
            return await board
    last: Last = dict.fromkeys(watching.task_ids)
    async with bridge.watch(watching.task_ids, **watching.how) as events:
        with _line(watching, last) as draw:
            async for event in events:
                last[event.task_id] = news(event)
                draw()
    return outcomes_of(last)


def _stop(board: CoverBoard) -> None:
    """Ends the watches of a board that the caller no longer waits for."""
    with suppress(CoverBridgeError):
        board.stop()


def outcomes_of(last: Last) -> Outcomes:
    """The outcomes of the tasks whose end is known."""
    return Outcomes((each, found) for each, found in last.items() if found and is_outcome(found))


def news(event: WatchEvent) -> Outcome:
    """The status if the event is a change; the event itself if it is the end of a watch."""
    return event.status if isinstance(event, StatusChange) else event


def is_outcome(last: Outcome | None) -> bool:
    return isinstance(last, WatchEnded) or (last is not None and last.final)


def state_of(last: Outcome | None) -> str:
    """One word for the state, from ``_display._words.STATES``."""
    return "pending" if last is None else getattr(last, "state", "ended")


def _line(watching: Watching, last: Last) -> AbstractContextManager[Callable[[], None]]:
    """Shows a progress line while the context is open, if stderr is a terminal.

    The context gives a function that draws the line again.
    """
    is_plain = os.environ.get("TERM") == "dumb" or "CI" in os.environ
    # Stderr may be closed, or None in a program without a console.
    with suppress(AttributeError, ValueError):
        if watching.progress and not is_plain and sys.stderr.isatty():
            from ._progress_line import ProgressLine

            return ProgressLine(sys.stderr, last)
    return nullcontext(lambda: None)


def _board(bridge: CoverBridge | AsyncCoverBridge, watching: Watching) -> CoverBoard | None:
    """The board in a notebook."""
    show = _notebook() if watching.progress else None
    if show is None:
        return None
    try:
        from .notebook import CoverBoard
    except ModuleNotFoundError as error:
        warnings.warn(str(error), stacklevel=4)
        return None
    board = CoverBoard(watching.task_ids, bridge, **watching.how)
    show(board)
    return board


def _notebook() -> Callable[[Any], Any] | None:
    """The display function of the current notebook; ``None`` outside of one."""
    if "marimo" in sys.modules:
        import marimo

        if marimo.running_in_notebook():
            return marimo.output.append
    if "ipykernel" in sys.modules:
        shell = sys.modules["IPython"]
        if hasattr(shell.get_ipython(), "kernel"):
            return cast("Callable[[Any], Any]", shell.display.display)
    return None
