"""Reads the histories of an API and of the bridges of one fleet, and says which promise was broken.

A history is what was seen from outside: when each query came to the API, and when each bridge said
what. Nothing of the store is read. Each check returns lines; no line means that the promise held.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from fleet_api import STATES, FleetAPI, Query, tasks_of
from fleet_bridges import Life

# Seconds within which queries that had their turn one after the other can come together: a bridge
# uses a slot that is 0.1 s late, and the network bunches as much.
BUNCH = 0.2
# How long after its interval a watched task is asked about at the latest, in seconds.
TAKEOVER = 10.0
# A bridge's words are read this much after they were written, on a machine that is busy.
READING = 0.5


@dataclass
class Budget:
    """What the fleet may spend: `rate` a second and `burst` at once."""

    rate: float
    burst: float
    # Moments at which the store was lost, flushed or back: each is worth one more burst.
    breaks: list[float] = field(default_factory=list)


def over_budget(queries: Iterable[Query], budget: Budget) -> Iterator[str]:
    """In every window of w seconds at most rate * w + burst queries, whatever the window.

    A bucket that is filled at the rate and never runs dry says the same of all windows at once.
    """
    capacity = budget.burst + budget.rate * BUNCH
    level = capacity
    before: float | None = None
    breaks = sorted(budget.breaks)
    for number, query in enumerate(queries):
        if before is not None:
            level = min(capacity, level + (query.came - before) * budget.rate)
        before = query.came
        while breaks and breaks[0] <= query.came:
            # Beyond the capacity: the break's burst is used when it is used.
            level += budget.burst
            breaks.pop(0)
        level -= 1
        if level < -1e-6:
            yield f"{query.came:.2f}: query {number} is {-level:.2f} above the budget"
            level = 0


def during_pauses(
    queries: list[Query],
    pauses: Iterable[tuple[float, float]],
    breaks: Iterable[float] = (),
    wakes: Iterable[float] = (),
) -> Iterator[str]:
    """No query between a throttling and the end of its pause, and one alone right after it.

    A pause beside a loss of the store does not count, nor a query that a bridge was stopped in.
    """
    wakes, breaks = list(wakes), list(breaks)
    for start, end in pauses:
        if any(start - 3 < moment < end + 3 for moment in breaks):
            continue
        for query in queries:
            if any(0 <= query.came - wake < BUNCH for wake in wakes):
                continue
            if start + BUNCH < query.came < end:
                yield f"{query.task} was asked about {query.came - start:.2f} s after a throttling"
        trials = [query for query in queries if query.came >= end]
        if len(trials) > 1 and trials[1].came < trials[0].answered:
            yield f"{trials[1].task} was asked about beside the trial of {trials[0].task}"


def pauses_of(queries: Iterable[Query], pause: float) -> list[tuple[float, float]]:
    """The pauses that throttled queries began, those of the same throttling taken together."""
    found: list[tuple[float, float]] = []
    for query in queries:
        if query.code in (429, 455) and (not found or query.answered > found[-1][1]):
            found.append((query.answered, query.answered + pause))
    return found


def awake(life: Life, start: float, end: float) -> bool:
    """Whether a bridge lived and was not stopped, all of the time from one moment to another."""
    if not life.watched or life.watched > start or life.ended < end:
        return False
    return all(stop > end or wake < start for stop, wake in life.stops)


def neglected(
    queries: list[Query], lives: list[Life], faults: Iterable[tuple[float, float]] = ()
) -> Iterator[str]:
    """A task that a living bridge watches is asked about within its interval and some seconds more.

    Times in which the API throttles do not count.
    """
    blocked = list(faults)
    asked = tasks_of(queries)
    for life in lives:
        for task in life.tasks:
            over = ends_of(life).get(task, life.ended)
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


def ends_of(life: Life) -> dict[str, float]:
    """When a bridge said the last of each task."""
    ends: dict[str, float] = {}
    for at, change in life.notifications("cover/statusChanged"):
        if change["final"]:
            ends[change["taskId"]] = at
    for at, end in life.notifications("cover/watchEnded"):
        ends[end["taskId"]] = at
    return ends


def broken_stream(life: Life, api: FleetAPI) -> Iterator[str]:
    """Numbers without a gap, real changes only, each in its order and once, one end a watch."""
    sequence = 0
    states: dict[str, list[str]] = {}
    over: set[str] = set()
    for said in life.said:
        if said.message.get("method") not in ("cover/statusChanged", "cover/watchEnded"):
            continue
        told = said.message["params"]
        task = told["taskId"]
        sequence += 1
        if told["sequence"] != sequence:
            yield f"{life.name}: number {told['sequence']} came as the {sequence}th"
        if task in over:
            yield f"{life.name}: {task} went on after its end"
        if "reason" in told:
            over.add(task)
            if not task.startswith("missing-"):
                yield f"{life.name}: the watch of {task} ended with {told['reason']}"
            continue
        yield from wrong_change(life, api, told, said.at, states.setdefault(task, []))
        if told["final"]:
            over.add(task)


def wrong_change(
    life: Life, api: FleetAPI, change: dict[str, object], at: float, seen: list[str]
) -> Iterator[str]:
    """What is wrong with one change after those that were seen of its task."""
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
    if status["callbackUrl"] is not None or "record" in status:
        yield f"{life.name}: {task} brought a callback URL or a record along"
    seen.append(state)


def missed(lives: Iterable[Life], api: FleetAPI, until: float) -> Iterator[str]:
    """A bridge that lived to the end has said the last of every task that ended in time."""
    for life in lives:
        if life.was_killed or life.ended < until:
            continue
        over = ends_of(life)
        for task in life.tasks:
            if (
                task.startswith("cover-")
                and api.moment(task, "succeeded") < until
                and task not in over
            ):
                yield f"{life.name}: nothing was said of the end of {task}"


def delays(queries: Iterable[Query], lives: Iterable[Life]) -> list[float]:
    """How long each change took from the API's answer that showed it first to each bridge's word.

    Bridges that did not watch then, or were stopped, do not count, nor do a watch's first words.
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
    """The value that this part of all does not exceed."""
    return values[min(len(values) - 1, int(part * len(values)))]


@dataclass
class Promises:
    """What is checked of a whole run."""

    api: FleetAPI
    lives: list[Life]
    budget: Budget
    # How long the API's throttling asks for, in seconds; 0: it throttles nothing.
    pause: float = 0.0
    # Until when the tasks that end must have been said to have ended.
    until: float = 0.0

    def broken(self) -> list[str]:
        """The promises that did not hold, each with what was seen."""
        queries = self.api.history()
        pauses = pauses_of(queries, self.pause)
        found = list(over_budget(queries, self.budget))
        # A throttling may ask for more from time to time: twice the pause, and what queued up.
        stretches = [(start - 1, end + self.pause * 4 + TAKEOVER) for start, end in pauses]
        wakes = [wake for life in self.lives for _, wake in life.stops]
        found += during_pauses(queries, pauses, self.budget.breaks, wakes)
        found += neglected(queries, self.lives, stretches)
        for life in self.lives:
            found += broken_stream(life, self.api)
            if not life.was_killed and life.code != 0:
                found.append(f"{life.name} ended with {life.code}: {life.logged[-300:]}")
        return found + list(missed(self.lives, self.api, self.until))
