"""Queries per second over one pool of connections: the bridge against wrk."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import KEY, on_core, sandbox
from table import Row, ratio, span

# The most connections that the bridge opens to one host.
CONNECTIONS = 64
OUTSTANDING = 2 * CONNECTIONS
TASKS = 16 * OUTSTANDING


@dataclass
class Measured:
    """Queries per second, one figure for each round."""

    bridge: list[float] = field(default_factory=list)
    wrk: list[float] = field(default_factory=list)


def run(binary: str, seconds: float, rounds: int) -> Measured:
    measured = Measured()
    for _ in range(rounds):
        with sandbox(binary) as endpoint:
            measured.wrk.append(by_wrk(endpoint, seconds))
        with sandbox(binary) as endpoint:
            measured.bridge.append(by_bridge(binary, endpoint, seconds))
    return measured


def rows(measured: Measured) -> list[Row]:
    return [
        Row(
            "queries per second",
            [span(measured.bridge, ".0f"), span(measured.wrk, ".0f")],
            ratio(max(measured.bridge), max(measured.wrk)),
            ">= 0.5",
        )
    ]


def by_wrk(endpoint: str, seconds: float) -> float:
    script = str(Path(__file__).parent / "wrk.lua")
    options = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-s", script]
    done = subprocess.run(
        on_core(1, ["wrk", *options, endpoint]), stdout=subprocess.PIPE, text=True, check=True
    )
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(f"wrk saw errors: {done.stdout}")
    return float(re.findall(r"Requests/sec:\s*([\d.]+)", done.stdout)[0])


def by_bridge(binary: str, endpoint: str, seconds: float) -> float:
    """Sends `cover/status` with this number of requests outstanding; warms up for half a second."""
    form = b'{"jsonrpc":"2.0","id":%d,"method":"cover/status","params":{"taskId":"pending-%d"}}\n'
    lines = [form % (number, number) for number in range(TASKS)]
    command = [binary, "serve", "--endpoint", endpoint, "--rate", "1000000"]
    process = subprocess.Popen(
        on_core(1, command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "KIE_API_KEY": KEY},
        bufsize=0,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    sent, answered, began, before = 0, 0, time.monotonic(), 0
    process.stdin.write(b"".join(lines[:OUTSTANDING]))
    sent = OUTSTANDING
    start = began
    while time.monotonic() < began + 0.5 + seconds:
        chunk = process.stdout.read(1 << 16)
        if b'"error"' in chunk:
            raise RuntimeError(f"the bridge answers with an error: {chunk[:300]!r}")
        count = chunk.count(b"\n")
        answered += count
        first = sent % TASKS
        process.stdin.write(b"".join((lines + lines)[first : first + count]))
        sent += count
        if before == 0 and time.monotonic() > began + 0.5:
            before, start = answered, time.monotonic()
    rate = (answered - before) / (time.monotonic() - start)
    process.kill()
    process.communicate()
    return rate
