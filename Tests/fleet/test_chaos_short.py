"""A run of `make fleet-chaos` for eight seconds, for all kinds of store at the same time."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fleet_chaos import RATE, Chaos, report, run_two
from fleet_checker import Promises
from fleet_stores import chaos_store


def run(kind: str, folder: Path) -> list[tuple[Chaos, Promises]]:
    with chaos_store(kind, folder) as store:
        runs = run_two(8, random.randrange(1 << 32), store)
        assert not (granted := list(store.overdrafts(RATE))), granted[:20]
        return runs


def test_what_a_fleet_promises_holds_when_bridges_and_stores_break(tmp_path: Path) -> None:
    kinds = ("file", "redis")
    with ThreadPoolExecutor(len(kinds)) as pool:
        runs = list(pool.map(run, kinds, [tmp_path / kind for kind in kinds]))
    for kind, fleets in zip(kinds, runs, strict=True):
        for chaos, promises in fleets:
            broken = report(promises, chaos)
            assert not broken, "\n".join([kind, *broken[:20]])
            assert len(promises.lives) > 6 and promises.api.count() > 20
