"""How long a change takes from the API to all bridges of a fleet."""

from __future__ import annotations

from collections.abc import Iterable

from fleet_api import Query
from fleet_bridges import Life
from fleet_checker import awake


def delays(queries: Iterable[Query], lives: Iterable[Life]) -> list[float]:
    """The seconds from the first answer that showed a change to each bridge's message about it.

    A bridge that did not watch at that moment, or was stopped, does not count. The first messages
    of a watch do not count.
    """
    first: dict[tuple[str, str], float] = {}
    for query in queries:
        if query.state and (query.task, query.state) not in first:
            first[query.task, query.state] = query.answered
    found = []
    for life in lives:
        for at, change in life.notifications("cover/statusChanged"):
            shown = first.get((change["taskId"], change["status"]["state"]))
            if shown is None or change["previous"] is None or not awake(life, shown, at):
                continue
            found.append(at - shown)
    return sorted(found)


def quantile(values: list[float], part: float) -> float:
    """The quantile of the values at ``part``, between 0 and 1."""
    return values[min(len(values) - 1, int(part * len(values)))]
