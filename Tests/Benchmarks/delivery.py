"""Measures the processor time that a client needs to pass an event to a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from polling import CLIENT
from sandbox import on_core
from table import Row, span

FOLLOWERS = Path(__file__).parent / "followers"
FLOOD = [sys.executable, str(FOLLOWERS / "flood.py")]
# `CLIENTS` receive events through a client. `BARE` only read and parse, in the same language.
CLIENTS = {
    "Node": ["node", str(FOLLOWERS / "receive_node.mjs")],
    "Python": [sys.executable, str(FOLLOWERS / "receive_python.py")],
}
BARE = {
    "Node": ["node", str(FOLLOWERS / "receive_bare.mjs")],
    "Python": [sys.executable, str(FOLLOWERS / "receive_bare.py")],
}
REACH = {"Node": "<= 25", "Python": "<= 35"}
# The number of covers in one call of `watch`.
BATCHES = (100, 1)


@dataclass
class Measured:
    """Microseconds of processor time per event, one figure for each round."""

    client: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)


def run(covers: int, rounds: int) -> dict[tuple[str, int], Measured]:
    results = {(name, batch): Measured() for name in CLIENTS for batch in BATCHES}
    for _ in range(rounds):
        for (name, batch), measured in results.items():
            client = [*CLIENTS[name], str(covers), str(batch), *FLOOD]
            measured.client.append(cost(client, covers))
            measured.bare.append(cost([*BARE[name], str(covers), *FLOOD], covers))
    return results


def cost(command: list[str], covers: int) -> float:
    environment = {**os.environ, "PYTHONPATH": str(CLIENT)}
    done = subprocess.run(
        on_core(1, command),
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    report = json.loads(done.stdout)
    if report["events"] != 3 * covers:
        raise RuntimeError(f"{command[1]} saw {report['events']} events of {3 * covers}")
    return float(report["cpu"]) * 1e6 / float(report["events"])


def rows(results: dict[tuple[str, int], Measured]) -> list[Row]:
    return [
        Row(
            f"CPU us an event, {name}, watches of {batch}",
            [span(measured.client, ".1f"), span(measured.bare, ".1f")],
            min(measured.client),
            min(measured.bare),
            REACH[name],
        )
        for (name, batch), measured in results.items()
    ]
