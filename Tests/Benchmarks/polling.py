"""Covers followed to the end: by the bridge, by a script on aiohttp and by a script on fetch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox import on_core, sandbox
from table import Row, percentile, span

HERE = Path(__file__).parent
CLIENT = HERE.parents[1] / "clients" / "python"
FOLLOWERS = {
    "cover-bridge": [sys.executable, str(HERE / "followers" / "follow_bridge.py")],
    "aiohttp": [sys.executable, str(HERE / "followers" / "follow_aiohttp.py")],
    "fetch": ["node", str(HERE / "followers" / "follow_fetch.mjs")],
}


@dataclass(frozen=True)
class Load:
    """The work of a follower. Times are in seconds."""

    tasks: int
    # The interval between two queries of a cover. It varies by a tenth.
    interval: float
    # The limit of queries per second for a follower. It is a quarter more than the covers need.
    rate: float
    rounds: int

    def work(self, endpoint: str, sampled: bool) -> dict[str, Any]:
        """The order for a follower. It starts covers during the first of two intervals."""
        return {
            "endpoint": endpoint,
            "tasks": self.tasks,
            "scenario": f"success-{2 * self.interval:g}s",
            "interval": self.interval,
            "spread": self.interval,
            "rate": self.rate,
            # This is the default of the bridge.
            "in_flight": 32,
            "samples": [1.1 * self.interval, 2.1 * self.interval] if sampled else [],
        }


FULL = Load(tasks=10_000, interval=10, rate=1250, rounds=2)
QUICK = Load(tasks=1_000, interval=3, rate=420, rounds=2)


@dataclass
class Measured:
    """The figures of one follower over all rounds."""

    # Seconds of processor time per 10,000 queries, one figure for each round. They include the
    # driver.
    cpu: list[float] = field(default_factory=list)
    whole_cpu: list[float] = field(default_factory=list)
    # Memory in bytes.
    peak: list[float] = field(default_factory=list)
    whole_peak: list[float] = field(default_factory=list)
    # Delays in seconds.
    lags: list[float] = field(default_factory=list)
    queries: int = 0

    def add(self, report: dict[str, Any], sampled: bool) -> None:
        self.queries += report["queries"]
        self.lags += report["lags"]
        # The schedule costs memory and processor time, so a round with it measures only delays.
        if sampled:
            return
        share = 10_000 / report["queries"]
        self.cpu.append(report["cpu"] * share)
        self.whole_cpu.append((report["cpu"] + report.get("driver_cpu", 0)) * share)
        self.peak.append(report["peak"])
        self.whole_peak.append(report["peak"] + report.get("driver_peak", 0))


def run(binary: str, load: Load) -> dict[str, Measured]:
    """Runs one follower after the other, in rounds, each with a new sandbox."""
    results = {name: Measured() for name in FOLLOWERS}
    for number in range(load.rounds):
        for name, command in FOLLOWERS.items():
            # The bridge reports its schedule in every second round. The other rounds measure its
            # costs.
            sampled = name == "cover-bridge" and number % 2 == 1
            with sandbox(binary) as endpoint:
                report = follow(binary, command, load.work(endpoint, sampled))
            if report["succeeded"] != load.tasks:
                raise RuntimeError(
                    f"{name} saw {report['succeeded']} of {load.tasks} covers succeed"
                )
            results[name].add(report, sampled)
    return results


def follow(binary: str, command: list[str], work: dict[str, Any]) -> dict[str, Any]:
    environment = {**os.environ, "COVER_BRIDGE": binary, "PYTHONPATH": str(CLIENT)}
    done = subprocess.run(
        on_core(1, [*command, json.dumps(work)]),
        stdout=subprocess.PIPE,
        env=environment,
        check=True,
        timeout=300,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def rows(results: dict[str, Measured]) -> list[Row]:
    bridge, scripts = results["cover-bridge"], [results["aiohttp"], results["fetch"]]
    programs = [bridge, *scripts]
    cpu = min(min(script.cpu) for script in scripts)
    memory = min(max(script.peak) for script in scripts)
    mebibyte = 1 << 20
    return [
        Row(
            "CPU s per 10,000 queries",
            [span(one.cpu, ".2f") for one in programs],
            min(bridge.cpu),
            cpu,
            "ratio <= 0.40",
        ),
        Row(
            "CPU s per 10,000 queries, with the Python driver",
            [span(one.whole_cpu, ".2f") for one in programs],
            min(bridge.whole_cpu),
            cpu,
            "ratio <= 0.65",
        ),
        Row(
            "peak memory, MiB",
            [f"{max(one.peak) / mebibyte:.0f}" for one in programs],
            max(bridge.peak),
            memory,
            "",
        ),
        Row(
            "peak memory, MiB, with the Python driver",
            [f"{max(one.whole_peak) / mebibyte:.0f}" for one in programs],
            max(bridge.whole_peak),
            memory,
            "ratio <= 0.95",
        ),
        *(lag_row(programs, share, reach) for share, reach in ((0.5, "<= 3"), (0.99, "<= 10"))),
    ]


def lag_row(programs: list[Measured], share: float, reach: str) -> Row:
    lags = [percentile(one.lags, share) for one in programs]
    return Row(
        f"lag beyond the schedule, p{share * 100:.0f}, ms",
        [f"{lag * 1000:.1f}" for lag in lags],
        lags[0],
        min(lags[1:]),
        reach,
    )
