"""Reads the histories of an API and of the bridges of one fleet, and reports broken promises.

A history has the time of each query at the API, or of each message of a bridge. The checker does
not read the store. Each check returns a line for each breach of its promise.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from fleet_api import STATES, FleetAPI, Query, tasks_of
from fleet_bridges import Life

# Queries with successive slots can arrive together if they are this many seconds apart. A bridge
# may use a slot 0.1 s late, and the network may delay a query by as much.
BUNCH = 0.2
# The most seconds by which a poll of a watched task may be late.
TAKEOVER = 10.0


@dataclass
class Budget:
    """The queries that the fleet may make: `rate` per second, and `burst` at once."""

    rate: float
    burst: float
    # The moments when the store was lost, emptied or restored. Each moment allows one more burst.
    breaks: list[float] = field(default_factory=list)
    # `size` is the number of bridges. `alone` has the periods in which a bridge worked without the
    # store. Such a bridge uses its share of the rate, and the others use the whole rate.
    size: int = 1
    alone: list[tuple[float, float]] = field(default_factory=list)
    # The periods in which the process of the API did not run. The queries of such a period arrive
    # together at its end.
    stalls: list[tuple[float, float]] = field(default_factory=list)
    # The seconds by which a busy machine delays a query more than BUNCH.
    late: float = 0.0

    def capacity_at(self, moment: float) -> float:
        late = sum(
            end - start for start, end in self.stalls if start < moment and moment - end < BUNCH
        )
        return self.burst + self.rate * (BUNCH + self.late + late)

    def rate_at(self, moment: float) -> float:
        away = sum(start <= moment < end for start, end in self.alone)
        return self.rate * (1 + away / self.size if away < self.size else 1)


def lateness() -> float:
    """The seconds for which a process may wait, because so many others want the processor."""
    return 0.05 * os.getloadavg()[0]


def over_budget(queries: Iterable[Query], budget: Budget) -> Iterator[str]:
    """Checks that each window of w seconds has at most rate * w + burst queries.

    The check fills a bucket at the rate, and empties it by the queries. If the bucket never runs
    empty, all windows are right.
    """
    level = budget.capacity_at(0)
    before: float | None = None
    breaks = sorted(budget.breaks)
    for number, query in enumerate(queries):
        if before is not None:
            capacity = budget.capacity_at(query.came)
            level = min(capacity, level + (query.came - before) * budget.rate_at(query.came))
        before = query.came
        while breaks and breaks[0] <= query.came:
            # The extra burst may exceed the capacity, because bridges use it at the moment of the
            # break.
            level += budget.burst
            breaks.pop(0)
        level -= 1
        if level < -1e-6:
            yield f"{query.came:.2f}: query {number} is {-level:.2f} above the budget"
            level = 0


def during_pauses(
    queries: list[Query],
    pauses: Iterable[tuple[float, float]],
    losses: Iterable[tuple[float, float]] = (),
    wakes: Iterable[float] = (),
    stalls: Iterable[tuple[float, float]] = (),
    late: float = 0.0,
) -> Iterator[str]:
    """Checks that no query is made in a pause, and one at a time after it, until one succeeds.

    A bridge without the store does not know of a pause, so pauses near such a period do not count.
    A bridge that is stopped between its last check and the sending sends that query when it wakes.
    So each wake allows one query. Queries that came at the end of a stall of the API do not count.
    `late` is how long a busy machine delays a query that was sent before the throttling was known.
    """
    lost, unused = list(losses), sorted(wakes)
    ends_of_stalls = [end for _, end in stalls]

    def is_allowed(*suspects: Query) -> bool:
        for query in suspects:
            if any(0 <= query.came - moment < BUNCH for moment in ends_of_stalls):
                return True
            woken = next((wake for wake in unused if 0 <= query.came - wake < BUNCH), None)
            if woken is not None:
                unused.remove(woken)
                return True
        return False

    for start, end in pauses:
        after = [query for query in queries if query.came >= end]
        # A success or the next throttling ends the trials.
        over = min((q.answered for q in after if q.code in (200, 429, 455)), default=end)
        if any(first < over + BUNCH and last > start - 3 for first, last in lost):
            continue
        for query in queries:
            if start + BUNCH + late < query.came < end and not is_allowed(query):
                yield f"{query.task} was asked about {query.came - start:.2f} s after a throttling"
        for one, other in itertools.pairwise(query for query in after if query.came < over):
            if other.came < one.answered and not is_allowed(one, other):
                yield f"{other.task} was asked about beside the trial of {one.task}"


def pauses_of(queries: Iterable[Query], pause: float) -> list[tuple[float, float]]:
    """The pauses that throttled queries began. Pauses of the same throttling are merged."""
    found: list[tuple[float, float]] = []
    for query in queries:
        if query.code in (429, 455) and (not found or query.answered > found[-1][1]):
            found.append((query.answered, query.answered + pause))
    return found


def awake(life: Life, start: float, end: float) -> bool:
    """Whether a bridge ran from one moment to another without a stop."""
    if not life.watched or life.watched > start or life.ended < end:
        return False
    return all(stop > end or wake < start for stop, wake in life.stops)


def neglected(
    queries: list[Query], lives: list[Life], faults: Iterable[tuple[float, float]] = ()
) -> Iterator[str]:
    """Checks that each task of a running bridge is polled within its interval and a few seconds.

    Periods in which the API throttles do not count.
    """
    blocked = list(faults)
    asked = tasks_of(queries)
    for life in lives:
        for task in life.tasks:
            if task.startswith("broken-"):
                continue  # faults of the same task in a row lengthen its pause
            over = life.ends().get(task, life.ended)
            moments = [
                life.watched,
                *(q.came for q in asked.get(task, []) if q.came > life.watched),
            ]
            moments = [moment for moment in moments if moment < over] + [over]
            for before, after in itertools.pairwise(moments):
                limit = before + life.interval * 1.1 + TAKEOVER
                is_blocked = any(start < limit and end > before for start, end in blocked)
                if after > limit and not is_blocked and awake(life, before, limit):
                    yield f"{life.name}: {task} was not asked about for {after - before:.1f} s"


def broken_stream(life: Life, api: FleetAPI) -> Iterator[str]:
    """Checks the changes of one bridge.

    No number is missing, each change is real, in order and sent once, and a watch ends once.
    """
    sequence = 0
    states: dict[str, list[str]] = {}
    over: set[str] = set()
    for said in life.said:
        if said.message.get("method") not in ("cover/statusChanged", "cover/watchEnded"):
            continue
        change = said.message["params"]
        task = change["taskId"]
        sequence += 1
        if change["sequence"] != sequence:
            yield f"{life.name}: number {change['sequence']} came as the {sequence}th"
        if task in over:
            yield f"{life.name}: {task} went on after its end"
        if "reason" in change:
            over.add(task)
            if not task.startswith("missing-"):
                yield f"{life.name}: the watch of {task} ended with {change['reason']}"
            continue
        yield from wrong_change(life, api, change, said.at, states.setdefault(task, []))
        if change["final"]:
            over.add(task)


def wrong_change(
    life: Life, api: FleetAPI, change: dict[str, object], at: float, seen: list[str]
) -> Iterator[str]:
    """The fault of one change, compared with the earlier changes of its task."""
    status = change["status"]
    assert isinstance(status, dict)
    task, state = str(change["taskId"]), str(status["state"])
    if change["previous"] != (seen[-1] if seen else None):
        yield f"{life.name}: {task} {change['previous']} > {state} after {seen}"
    if seen and STATES.index(state) <= STATES.index(seen[-1]):
        yield f"{life.name}: {task} is {state} after {seen[-1]}"
    if state != "pending" and at < api.moment(task, state):
        yield f"{life.name}: {task} was {state} before it was"
    if change["final"] != (state == "succeeded"):
        yield f"{life.name}: {task} {state} is final: {change['final']}"
    if "record" in status:
        yield f"{life.name}: {task} brought a record along"
    seen.append(state)


def missed(lives: Iterable[Life], api: FleetAPI, until: float) -> Iterator[str]:
    """Checks that each bridge that ran to the end has reported each task that ended in time."""
    for life in lives:
        if life.was_killed or life.ended < until:
            continue
        over = life.ends()
        for task in life.tasks:
            if (
                task.startswith("cover-")
                and api.moment(task, "succeeded") < until
                and task not in over
            ):
                yield f"{life.name}: nothing was said of the end of {task}"


@dataclass
class Promises:
    """The parameters of the checks of a whole run."""

    api: FleetAPI
    lives: list[Life]
    budget: Budget
    # The pause in seconds that the throttling API asks for. 0 means that the API does not throttle.
    pause: float = 0.0
    # The bridges must have reported the tasks that ended before this moment.
    until: float = 0.0

    def broken(self) -> list[str]:
        """The broken promises, each with what the checker saw."""
        queries = self.api.history()
        pauses = pauses_of(queries, self.pause)
        self.budget.stalls += self.api.stalls
        self.budget.late = lateness()
        found = list(over_budget(queries, self.budget))
        # Each throttling in a row doubles the pause, so its end is what the bridges reported. Then
        # the queries that waited come first, and delay the others.
        said = [*pauses, *(pause for life in self.lives for pause in life.pauses())]
        stretches = [(start - 1, end + self.pause * 4 + TAKEOVER) for start, end in said]
        wakes = [wake for life in self.lives for _, wake in life.stops]
        losses = [*self.budget.alone, *((moment, moment) for moment in self.budget.breaks)]
        found += during_pauses(queries, pauses, losses, wakes, self.budget.stalls, self.budget.late)
        found += neglected(queries, self.lives, stretches)
        for life in self.lives:
            found += broken_stream(life, self.api)
            if not life.was_killed and life.code != 0:
                found.append(f"{life.name} ended with {life.code}: {life.logged[-300:]}")
        return found + list(missed(self.lives, self.api, self.until))
