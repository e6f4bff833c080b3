"""Bridges of one fleet, killed and stopped at random, while their API changes and throttles.

Run it for longer with `fleet_chaos.py --seconds 300`, as `make fleet-chaos` does. What was seen is
checked by `fleet_checker.py`.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from fleet_api import Fault, FleetAPI, covers
from fleet_bridges import FleetBridge, Life
from fleet_checker import Budget, Promises, delays, quantile

RATE = 40.0
BURST = 4.0
INTERVAL = 2.0
BRIDGES = 6
PAUSE = 2  # seconds that a throttling asks for
# How long the bridges are left alone at the end, so that what was broken is mended.
SETTLING = 8.0


@dataclass
class Chaos:
    """So many seconds of it, from one seed."""

    seconds: float
    seed: int
    lives: list[Life] = field(default_factory=list)
    flushes: list[float] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def run(self, folder: Path) -> Promises:
        """All of it, and what it must have kept."""
        self.store = folder / "covers.fleet"
        span = self.seconds
        with FleetAPI(latency=0.02) as api:
            self.api = api
            self.tasks = covers(60, 2, 6, spread=span) + [f"broken-{n}" for n in range(3)]
            bridges = [self.bridge(number) for number in range(BRIDGES)]
            end = time.monotonic() + span
            # At least one is killed, however short the run.
            kind = "kill"
            while time.monotonic() < end:
                time.sleep(self.chance.uniform(0.05, 1.0))
                self.disturb(bridges, kind)
                kind = self.next_kind()
            for bridge in bridges:
                bridge.wake()
            until = time.monotonic()
            time.sleep(SETTLING)
            self.lives += [bridge.close() for bridge in bridges]
        away = [
            at
            for life in self.lives
            for at, health in life.notifications("bridge/healthChanged")
            if health["state"] in ("degraded", "ok")
        ]
        budget = Budget(RATE, BURST, breaks=[*self.flushes, *away])
        return Promises(api, self.lives, budget, pause=PAUSE, until=until)

    def bridge(self, number: int) -> FleetBridge:
        name = f"{number}.{len(self.lives)}"
        extra = ["--fleet-size", str(BRIDGES)]
        url = self.api.url
        return FleetBridge(name, url, str(self.store), RATE, INTERVAL, self.tasks, extra)

    def next_kind(self) -> str:
        """What goes wrong next, or is mended."""
        kinds = ["kill", "stop", "wake", "throttle", "flush", "call"]
        return self.chance.choices(kinds, [3, 4, 6, 1, 0.3, 3])[0]

    def disturb(self, bridges: list[FleetBridge], kind: str) -> None:
        """One thing that goes wrong, or is mended."""
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
        elif kind == "flush":
            self.flushes.append(time.monotonic())
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self.store}{suffix}").unlink(missing_ok=True)
        elif kind == "call" and bridge.stopped_at is None:
            bridge.send("cover/status", {"taskId": self.chance.choice(self.tasks)}, "any")


def report(promises: Promises, chaos: Chaos) -> list[str]:
    """What was broken; prints what was seen."""
    queries = promises.api.history()
    found = delays(queries, promises.lives)
    print(f"seed {chaos.seed}, {chaos.counts}")
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
    options = parser.parse_args()
    assert os.environ.get("COVER_BRIDGE"), "COVER_BRIDGE must name the binary"
    with tempfile.TemporaryDirectory() as folder:
        chaos = Chaos(options.seconds, options.seed)
        broken = report(chaos.run(Path(folder)), chaos)
    print("\n".join(broken[:40]))
    print(f"{len(broken)} promises broken" if broken else "every promise was kept")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
