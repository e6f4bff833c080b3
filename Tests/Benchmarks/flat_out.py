"""Queries per second over one pool of connections: the bridge against wrk."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import KEY, on_core, sandbox
from table import Row, span

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
            max(measured.bridge),
            max(measured.wrk),
            "ratio >= 0.65",
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
    """Sends calls of `cover/status`, of which a fixed number is always open.

    The first half second is a warm-up, which does not count.
    """
    command = [binary, "serve", "--endpoint", endpoint, "--rate", "1000000"]
    process = subprocess.Popen(
        on_core(1, command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "KIE_API_KEY": KEY},
        bufsize=0,
    )
    began, before, answered = time.monotonic(), 0, 0
    start = began
    for answered in ask(process, OUTSTANDING):
        now = time.monotonic()
        if before == 0 and now > began + 0.5:
            before, start = answered, now
        if now > began + 0.5 + seconds:
            break
    rate = (answered - before) / (time.monotonic() - start)
    process.kill()
    process.communicate()
    return rate


def ask(
    process: subprocess.Popen[bytes], outstanding: int, queries: int = sys.maxsize
) -> Iterator[int]:
    """Sends calls of `cover/status` for covers that never end. Yields the number of answers."""
    form = b'{"jsonrpc":"2.0","id":%d,"method":"cover/status","params":{"taskId":"pending-%d"}}\n'
    assert process.stdin is not None
    assert process.stdout is not None
    sent = answered = 0
    while answered < queries:
        last = min(answered + outstanding, queries)
        # Answers come in any order, so an early call can be open for long. No two have one id.
        lines = [form % (number, number % TASKS) for number in range(sent, last)]
        if lines:
            process.stdin.write(b"".join(lines))
            sent = last
        chunk = process.stdout.read(1 << 16)
        if b'"error"' in chunk or not chunk:
            raise RuntimeError(f"the bridge answers with an error: {chunk[:300]!r}")
        answered += chunk.count(b"\n")
        yield answered
