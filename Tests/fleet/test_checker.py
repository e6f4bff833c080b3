"""Tests of the checker. It must find each kind of broken promise in a history made by hand."""

from __future__ import annotations

import itertools
from typing import Any

import fleet_checker as checker
import fleet_delays
from fleet_api import FleetAPI, Query
from fleet_bridges import Life, Said
from grant_ledger import overdrafts

TASK = "cover-2-4-x"


def api() -> FleetAPI:
    """An API that began at the moment 0."""
    made = FleetAPI()
    for server in made.servers:
        server.server_close()
    made.start = 0.0
    return made


def change(sequence: int, previous: str | None, state: str, task: str = TASK) -> dict[str, Any]:
    status = {"taskId": task, "state": state, "callbackUrl": None}
    params = {
        "sequence": sequence,
        "taskId": task,
        "previous": previous,
        "status": status,
        "final": state == "succeeded",
    }
    return {"jsonrpc": "2.0", "method": "cover/statusChanged", "params": params}


def life(*said: tuple[float, dict[str, Any]], ended: float = 60.0) -> Life:
    made = Life("one", 1.0, [TASK], started=0.0, watched=0.1, ended=ended)
    made.said = [Said(at, message) for at, message in said]
    return made


GOOD = [
    (1.0, change(1, None, "pending")),
    (3.0, change(2, "pending", "generating")),
    (5.0, change(3, "generating", "succeeded")),
]


def steady(count: int, rate: float, start: float = 0.0) -> list[Query]:
    return [Query(TASK, start + n / rate, start + n / rate + 0.01, 200, "") for n in range(count)]


def test_a_correct_stream_passes() -> None:
    assert not list(checker.broken_stream(life(*GOOD), api()))
    assert not list(checker.missed([life(*GOOD)], api(), until=50))


def test_each_fault_of_a_stream_is_found() -> None:
    faults = {
        "came as the": [GOOD[0], (3.0, change(3, "pending", "generating"))],
        "went on after its end": [*GOOD, (6.0, change(4, "succeeded", "succeeded"))],
        "after ['pending']": [GOOD[0], (5.0, change(2, None, "succeeded"))],
        "is pending after pending": [GOOD[0], (2.0, change(2, "pending", "pending"))],
        "before it was": [(1.0, change(1, None, "generating"))],
    }
    for words, said in faults.items():
        found = "\n".join(checker.broken_stream(life(*said), api()))
        assert words in found, (words, found)
    assert list(checker.missed([life(*GOOD[:2])], api(), until=50))


def test_the_budget_holds_in_every_window() -> None:
    assert not list(checker.over_budget(steady(400, 40), checker.Budget(40, 4)))
    # For half a second, the queries come at twice the rate. The periods before and after are quiet.
    queries = steady(20, 20) + steady(40, 80, start=1.0) + steady(20, 20, start=2.0)
    assert list(checker.over_budget(queries, checker.Budget(40, 4)))
    # If the store was lost in between, the fleet may use one more burst, but not two.
    budget = checker.Budget(40, 24, breaks=[1.0])
    assert not list(checker.over_budget(queries, budget))


def test_bridges_without_their_store_have_their_share_beside_the_others() -> None:
    queries = steady(600, 60)
    assert list(checker.over_budget(queries, checker.Budget(40, 4)))
    alone = [(0.0, 10.0)] * 3
    assert not list(checker.over_budget(queries, checker.Budget(40, 4, size=6, alone=alone)))
    assert list(checker.over_budget(queries, checker.Budget(40, 4, size=6, alone=alone[:2])))
    # If no bridge has the store, the shares of all bridges add up to the whole rate.
    assert list(checker.over_budget(queries, checker.Budget(40, 4, size=6, alone=alone * 2)))


def test_queries_that_a_busy_machine_has_delayed_may_arrive_together() -> None:
    # The API did not run for 0.5 s, so it saw the queries of this period at its end.
    late = [Query(TASK, max(q.came, 1.5) if q.came > 1 else q.came) for q in steady(120, 40)]
    assert list(checker.over_budget(late, checker.Budget(40, 4)))
    assert not list(checker.over_budget(late, checker.Budget(40, 4, stalls=[(1.0, 1.5)])))
    # A stall allows nothing at another time.
    assert list(checker.over_budget(late, checker.Budget(40, 4, stalls=[(0.2, 0.7)])))


def test_each_slot_of_a_store_is_one_step_after_the_last() -> None:
    key = '"HSET" "{cover-bridge:1}:'

    def lines(*slots: tuple[int, int]) -> list[str]:
        found = [f'1.0 [0 lua] {key}fleet" "epoch" "7" "fence" "0" "grantedUntil" "0"']
        for fence, (now, until) in enumerate(slots, 1):
            found.append(f'1.0 [0 lua] {key}fleet" "fence" "{fence}" "grantedUntil" "{until}"')
            found.append(f'1.0 [0 lua] {key}task:a" "claimFence" "{fence}" "claimedAt" "{now}"')
        return found

    right = lines((1000, 26_000), (2000, 51_000), (90_000, 115_000))
    assert not list(overdrafts(right, 40))
    # After missed commands, the next slot is unknown, and the slots after it count again.
    assert not list(overdrafts([*right, *lines((1000, 26_000), (2000, 52_000))[3:]], 40))
    assert list(overdrafts(lines((1000, 26_000), (2000, 50_999)), 40))
    assert list(overdrafts(lines((1000, 26_000), (90_000, 51_000)), 40))


def test_the_log_says_when_a_bridge_was_without_its_store() -> None:
    alone = life(ended=60.0)
    alone.logged = (
        "1970-01-01T00:00:03.500Z info client: The fleet's store does not answer; it is alone.\n"
        "1970-01-01T00:00:04.250Z info client: The fleet's store answers again; it is back.\n"
        "1970-01-01T00:00:09.000Z info client: The fleet's store does not answer; it is alone.\n"
    )
    assert list(alone.absences()) == [(3.5, 4.25), (9.0, 60.0)]


def test_a_query_in_a_pause_and_a_second_trial_are_found() -> None:
    throttled = Query(TASK, 1.0, 1.1, 429)
    trial = Query(TASK, 6.2, 6.4, 200)
    after = Query(TASK, 6.5, 6.6, 200)
    pauses = checker.pauses_of([throttled, trial, after], 5)
    assert pauses == [(1.1, 6.1)]
    assert not list(checker.during_pauses([throttled, trial, after], pauses))
    early = Query(TASK, 3.0, 3.1, 200)
    assert list(checker.during_pauses([throttled, early, trial], pauses))
    assert not list(checker.during_pauses([throttled, early, trial], pauses, losses=[(-9, 99)]))
    beside = Query(TASK, 6.3, 6.5, 200)
    assert list(checker.during_pauses([throttled, trial, beside], pauses))
    # A fault of the API is no success, so the next query is a trial again.
    broken = Query(TASK, 6.15, 6.19, 500)
    assert not list(checker.during_pauses([throttled, broken, trial, after], pauses))
    assert list(checker.during_pauses([throttled, broken, trial, beside], pauses))


def test_a_bridge_that_wakes_may_send_one_query_in_a_pause_or_beside_a_trial() -> None:
    throttled, trial = Query(TASK, 1.0, 1.1, 429), Query(TASK, 6.2, 6.4, 200)
    pauses = checker.pauses_of([throttled, trial], 5)
    early, beside = Query(TASK, 3.0, 3.1, 200), Query(TASK, 6.3, 6.35, 200)
    for second in (early, beside):
        queries = sorted([throttled, second, trial], key=lambda query: query.came)
        wake = second.came - 0.1
        assert list(checker.during_pauses(queries, pauses))
        assert not list(checker.during_pauses(queries, pauses, wakes=[wake]))
        assert not list(checker.during_pauses(queries, pauses, stalls=[(wake - 1, wake)]))
        # The wake must be directly before the query.
        assert list(checker.during_pauses(queries, pauses, wakes=[wake - 0.2]))
        assert list(checker.during_pauses(queries, pauses, wakes=[second.came + 0.05]))
    # Each wake allows one query.
    queries = [throttled, early, Query(TASK, 3.05, 3.1, 200), trial]
    assert list(checker.during_pauses(queries, pauses, wakes=[2.95]))
    assert not list(checker.during_pauses(queries, pauses, wakes=[2.95, 2.95]))


def test_a_loss_of_the_store_excuses_only_the_pauses_that_it_meets() -> None:
    queries = [Query(TASK, 1.0, 1.1, 429), Query(TASK, 9.2, 9.4, 200), Query(TASK, 9.3, 9.5, 200)]
    pauses = checker.pauses_of(queries, 5)
    # The trial came late, for example because the bridge that had to make it was stopped.
    assert not list(checker.during_pauses(queries, pauses, losses=[(9.1, 9.1)]))
    assert list(checker.during_pauses(queries, pauses, losses=[(9.7, 9.8)]))


def test_a_task_that_is_not_polled_is_found_unless_its_bridge_was_stopped() -> None:
    queries = [*steady(10, 1, start=1.0), *steady(20, 1, start=40.0)]
    watching = life(ended=59.5)
    assert list(checker.neglected(queries, [watching]))
    watching.stops = [(9.0, 39.0)]
    assert not list(checker.neglected(queries, [watching]))
    assert not list(checker.neglected(queries, [life(ended=59.5)], faults=[(9.0, 39.0)]))


def test_a_pause_lasts_as_long_as_its_bridge_reported() -> None:
    health = {"state": "rateLimited", "message": "", "retryAt": "1970-01-01T00:00:39Z"}
    paused = life((9.0, {"method": "bridge/healthChanged", "params": health}))
    assert list(paused.pauses()) == [(9.0, 39.0)]


def test_delays_begin_with_the_first_answer_that_shows_the_change() -> None:
    shown = [
        Query(TASK, at - 0.1, at - 0.02, 200, state)
        for at, state in ((1.0, "pending"), (3.0, "generating"), (5.0, "succeeded"))
    ]
    found = fleet_delays.delays(shown, [life(*GOOD), life(*GOOD)])
    assert [round(delay, 2) for delay in found] == [0.02] * 4
    assert fleet_delays.quantile(list(itertools.chain(found, [9.0])), 0.99) == 9.0
