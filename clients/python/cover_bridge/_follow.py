"""Tasks followed to their end, with something to look at meanwhile."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, Union, cast

from ._display import Displayed
from ._errors import CoverBridgeError
from ._requests import Watching
from ._types import CoverStatus, StatusChange, WatchEnded, WatchEvent

if TYPE_CHECKING:
    from ._async import AsyncCoverBridge
    from ._sync import CoverBridge
    from .notebook import CoverBoard

Outcome = Union[CoverStatus, WatchEnded]
"""How following a task ended: its final status, or why there is none."""

Last = dict[str, Union[WatchEvent, None]]
"""The last event of each task that is followed."""


class Outcomes(dict[str, Outcome], Displayed):
    """By task, in the order they were named; a notebook shows a list of cards."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from ._display._card import Card
        from ._display._html import card_html, list_html
        from ._display._text import card_text
        from ._display._words import summary

        cards = [Card.of(outcome) for outcome in self.values()]
        heading = summary(card.state for card in cards)
        return {
            "text/plain": "\n".join([heading, *map(card_text, cards)]),
            "text/html": list_html(heading, map(card_html, cards)),
        }


def follow(bridge: CoverBridge, watching: Watching) -> Outcomes:
    if (board := _board(bridge, watching)) is not None:
        with _stopped(board):
            return board.wait()
    last: Last = dict.fromkeys(watching.task_ids)
    with bridge.watch(watching.task_ids, **watching.how) as events, _line(watching, last) as draw:
        for event in events:
            last[event.task_id] = event
            draw()
    return outcomes_of(last)


async def follow_async(bridge: AsyncCoverBridge, watching: Watching) -> Outcomes:
    if (board := _board(bridge, watching)) is not None:
        with _stopped(board):
            return await board
    last: Last = dict.fromkeys(watching.task_ids)
    async with bridge.watch(watching.task_ids, **watching.how) as events:
        with _line(watching, last) as draw:
            async for event in events:
                last[event.task_id] = event
                draw()
    return outcomes_of(last)


@contextmanager
def _stopped(board: CoverBoard) -> Generator[None]:
    """Where waiting for a board is given up, its watches end."""
    try:
        yield
    except BaseException:
        with suppress(CoverBridgeError):
            board.stop()
        raise


def outcomes_of(last: Last) -> Outcomes:
    """Of the tasks whose end is known."""
    found = ((task_id, outcome_of(event)) for task_id, event in last.items())
    return Outcomes({each: outcome for each, outcome in found if outcome is not None})


def state_of(event: WatchEvent | None) -> str:
    """In one word, of ``_display._words.STATES``."""
    if event is None:
        return "pending"
    return event.status.state if isinstance(event, StatusChange) else "ended"


def outcome_of(event: WatchEvent | None) -> Outcome | None:
    if isinstance(event, StatusChange):
        return event.status if event.final else None
    return event


def _line(watching: Watching, last: Last) -> AbstractContextManager[Callable[[], None]]:
    """What draws how far it is on a terminal, and nothing elsewhere."""
    is_plain = os.environ.get("TERM") == "dumb" or "CI" in os.environ
    if not watching.progress or is_plain or not sys.stderr.isatty():
        return nullcontext(lambda: None)
    from ._progress_line import ProgressLine

    return ProgressLine(sys.stderr, last)


def _board(bridge: CoverBridge | AsyncCoverBridge, watching: Watching) -> CoverBoard | None:
    """In a notebook, the board that is shown there."""
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
    """What shows something in the notebook that this runs in, if it does."""
    if "marimo" in sys.modules:
        import marimo

        if marimo.running_in_notebook():
            return marimo.output.append
    if "ipykernel" in sys.modules:
        from IPython import display, get_ipython

        untyped: Any = display
        if hasattr(get_ipython(), "kernel"):
            return cast("Callable[[Any], Any]", untyped.display)
    return None
