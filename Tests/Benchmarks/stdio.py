"""The bridge over its pipes, compared with `cat` and with a plain loop in Python."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sandbox import CORES
from table import Row, percentile, span

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
OUTSTANDING = 64
STARTS = 20
LOOP = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    answer = {"jsonrpc": "2.0", "id": request["id"], "result": {}}
    sys.stdout.write(json.dumps(answer) + "\\n")
    sys.stdout.flush()
"""


@dataclass
class Measured:
    """The seconds of each round."""

    startup: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)


def run(binary: str, pings: int, rounds: int) -> dict[str, Measured]:
    commands = {
        "cover-bridge": [binary, "serve"],
        "cat": ["cat"],
        "Python loop": [sys.executable, "-c", LOOP],
    }
    results = {name: Measured() for name in commands}
    with one_core():
        for _ in range(rounds):
            for name, command in commands.items():
                measure(command, pings, results[name])
    return results


def rows(results: dict[str, Measured]) -> list[Row]:
    programs = list(results.values())
    return [
        row("start to first answer, ms", [one.startup for one in programs], 1e3),
        row("ping, one at a time, p50, us", [one.alone for one in programs], 1e6),
        row(f"ping, {OUTSTANDING} outstanding, us each", [one.together for one in programs], 1e6),
    ]


def row(figure: str, times: list[list[float]], unit: float) -> Row:
    values = [span([value * unit for value in rounds], ".1f") for rounds in times]
    bridge, _, loop = (min(rounds) for rounds in times)
    return Row(figure, values, bridge, loop, "")


@contextmanager
def one_core() -> Iterator[None]:
    """Binds both ends of the pipe to one processor.

    Two processes that take turns are fastest on the same processor.
    """
    os.sched_setaffinity(0, {CORES[-1]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, CORES)


def measure(command: list[str], pings: int, measured: Measured) -> None:
    starts = []
    for _ in range(STARTS):
        began = time.perf_counter()
        process = start(command)
        ask(process, 1)
        starts.append(time.perf_counter() - began)
        end(process)
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
    end(process)


def start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def ask(process: subprocess.Popen[bytes], count: int) -> None:
    """Sends this number of pings in one write, and reads until all are answered."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(PING * count)
    while count > 0:
        chunk = process.stdout.read(1 << 16)
        if not chunk:
            raise RuntimeError("it has ended")
        count -= chunk.count(b"\n")
