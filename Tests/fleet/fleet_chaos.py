"""Kills and stops bridges of one fleet at random, while their API changes and throttles.

Their store breaks too: a file is deleted; a Redis is emptied, stopped, restarted, slowed, cut off,
or full. A second fleet is in the same store and must not be affected by the first one.
`make fleet-chaos` runs it longer, with `fleet_chaos.py --seconds 300`. `fleet_checker.py` checks
the histories.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from fleet_api import Fault, FleetAPI, covers
from fleet_bridges import KEY, FleetBridge, Life, wait_until_watching
from fleet_checker import Budget, Promises, pauses_of
from fleet_delays import delays, quantile
from fleet_stores import ChaosStore, chaos_store

RATE = 40.0
BURST = 4.0
INTERVAL = 2.0
BRIDGES = 6
PAUSE = 2  # the seconds in the API's request to slow down
# The seconds of quiet at the end, in which all bridges recover.
SETTLING = 8.0


@dataclass
class Chaos:
    """A run of one fleet for a number of seconds. The seed determines its faults."""

    seconds: float
    seed: int
    store: ChaosStore
    key: str = KEY
    # Whether another fleet in the same store makes the faults of the store.
    is_beside: bool = False
    lives: list[Life] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        kinds = {"kill": 3.0, "stop": 4.0, "wake": 6.0, "throttle": 1.0, "call": 3.0}
        self.kinds = kinds if self.is_beside else kinds | self.store.kinds

    def run(self) -> Promises:
        """Runs the fleet. Returns the promises to check."""
        with FleetAPI(latency=0.02) as api:
            self.api = api
            self.tasks = covers(40, 2, 6, spread=self.seconds) + [f"broken-{n}" for n in range(3)]
            api.start = math.inf
            bridges = [self.bridge(number) for number in range(BRIDGES)]
            wait_until_watching(bridges)
            api.begin()
            end = time.monotonic() + self.seconds
            # Each run kills at least one bridge, even a short run.
            kind = "kill"
            while time.monotonic() < end:
                time.sleep(self.chance.uniform(0.05, 1.0))
                self.disturb(bridges, kind)
                kind = self.chance.choices(list(self.kinds), list(self.kinds.values()))[0]
            if not self.is_beside:
                self.store.mend()
            for bridge in bridges:
                bridge.wake()
            wait_until_watching(bridges)
            until = time.monotonic()
            time.sleep(SETTLING)
            self.lives += [bridge.close() for bridge in bridges]
        alone = [span for life in self.lives for span in life.absences()]
        budget = Budget(RATE, BURST, self.store.breaks, BRIDGES, alone)
        return Promises(api, self.lives, budget, pause=PAUSE, until=until)

    def bridge(self, number: int) -> FleetBridge:
        name = f"{number}.{len(self.lives)}"
        extra = ["--fleet-size", str(BRIDGES)]
        return FleetBridge(
            name,
            self.api.url,
            self.store.address,
            RATE,
            INTERVAL,
            self.tasks,
            extra,
            variables={"KIE_API_KEY": self.key},
        )

    def disturb(self, bridges: list[FleetBridge], kind: str) -> None:
        """Causes one fault, or repairs one."""
        place = self.chance.randrange(len(bridges))
        bridge = bridges[place]
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if kind == "kill":
            self.lives.append(bridge.kill())
            bridges[place] = self.bridge(place)
        elif kind == "stop" and bridge.stopped_at is None:
            bridge.stop()
        elif kind == "wake":
            for stopped in bridges:
                stopped.wake()
        elif kind == "throttle":
            now = time.monotonic()
            self.api.faults.append(Fault(429, now, now + 0.2, retry_after=PAUSE))
        elif kind == "call" and bridge.stopped_at is None:
            bridge.send("cover/status", {"taskId": self.chance.choice(self.tasks)}, "any")
        elif kind in self.store.kinds:
            self.store.disturb(kind, self.chance)


def run_two(seconds: float, seed: int, store: ChaosStore) -> list[tuple[Chaos, Promises]]:
    """Runs two fleets with different keys in one store. The first one breaks the store."""
    fleets = [
        Chaos(seconds, seed, store),
        Chaos(seconds, seed + 1, store, "another-key", is_beside=True),
    ]
    with ThreadPoolExecutor(len(fleets)) as pool:
        runs = [pool.submit(fleet.run) for fleet in fleets]
        return [(fleet, run.result()) for fleet, run in zip(fleets, runs, strict=True)]


def report(promises: Promises, chaos: Chaos) -> list[str]:
    """Prints the counts. Returns the broken promises."""
    queries = promises.api.history()
    found = delays(queries, promises.lives)
    print(f"seed {chaos.seed}, {len(pauses_of(queries, PAUSE))} pauses, {chaos.counts}")
    print(f"{len(queries)} queries, {len(promises.lives)} lives, {len(found)} changes heard")
    if found:
        halves = ", ".join(
            f"{part:.0%} {quantile(found, part) * 1000:.0f} ms" for part in (0.5, 0.99)
        )
        print(f"from the answer to the bridge's word: {halves}")
    return promises.broken()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--store", choices=["file", "redis"], default="file")
    options = parser.parse_args()
    assert os.environ.get("COVER_BRIDGE"), "COVER_BRIDGE must name the binary"
    broken = []
    with tempfile.TemporaryDirectory() as name, chaos_store(options.store, Path(name)) as store:
        for chaos, promises in run_two(options.seconds, options.seed, store):
            broken += report(promises, chaos)
        broken += store.overdrafts(RATE)
    print("\n".join(broken[:40]))
    print(f"{len(broken)} promises broken" if broken else "every promise was kept")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
