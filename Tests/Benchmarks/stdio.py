"""The bridge over its pipes, against `cat`: what a process on a pipe costs in any case."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, field

from sandbox import on_core
from table import Row, percentile, ratio, span

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
OUTSTANDING = 64


@dataclass
class Measured:
    """Seconds, one of each round."""

    startup: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)


def run(binary: str, pings: int, rounds: int) -> dict[str, Measured]:
    commands = {"cover-bridge": [binary, "serve"], "cat": ["cat"]}
    results = {name: Measured() for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            measure(command, pings, results[name])
    return results


def rows(results: dict[str, Measured]) -> list[Row]:
    bridge, cat = results["cover-bridge"], results["cat"]
    return [
        row("start to first answer, ms", bridge.startup, cat.startup, 1e3),
        row("ping, one at a time, p50, us", bridge.alone, cat.alone, 1e6),
        row(f"ping, {OUTSTANDING} outstanding, us each", bridge.together, cat.together, 1e6),
    ]


def row(figure: str, bridge: list[float], cat: list[float], unit: float) -> Row:
    values = [span([value * unit for value in values], ".1f") for values in (bridge, cat)]
    return Row(figure, values, ratio(min(bridge), min(cat)), "")


def measure(command: list[str], pings: int, measured: Measured) -> None:
    starts = []
    for _ in range(20):
        began = time.perf_counter()
        process = start(command)
        ask(process, 1)
        starts.append(time.perf_counter() - began)
        process.kill()
        process.communicate()
    measured.startup.append(percentile(starts, 0.5))

    process = start(command)
    ask(process, OUTSTANDING)
    times = []
    for _ in range(pings):
        began = time.perf_counter()
        ask(process, 1)
        times.append(time.perf_counter() - began)
    measured.alone.append(percentile(times, 0.5))
    began = time.perf_counter()
    for _ in range(pings // OUTSTANDING):
        ask(process, OUTSTANDING)
    measured.together.append((time.perf_counter() - began) / (pings // OUTSTANDING * OUTSTANDING))
    process.kill()
    process.communicate()


def start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        on_core(1, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    )


def ask(process: subprocess.Popen[bytes], count: int) -> None:
    """Sends so many pings in one write, and reads until all are answered."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(PING * count)
    while count > 0:
        chunk = process.stdout.read(1 << 16)
        if not chunk:
            raise RuntimeError("it has ended")
        count -= chunk.count(b"\n")
