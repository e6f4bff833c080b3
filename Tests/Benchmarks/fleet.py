"""A fleet on one Redis: the costs of the store for Redis, the bridges and each query."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from encrypted import cpu
from sandbox import KEY
from table import Row, percentile

MIB = 1 << 20
# The number of calls in the measurement of the latency. Each waits for the one before it.
CALLS = 2_000
WARM_UP_CALLS = 200


@dataclass(frozen=True)
class Load:
    """Some bridges that all watch the same tasks; each task is queried once per interval."""

    bridges: int
    tasks: int
    interval: float
    seconds: float

    @property
    def rate(self) -> float:
        return self.tasks / self.interval


FULL = Load(bridges=32, tasks=20_000, interval=20, seconds=20)
QUICK = Load(bridges=8, tasks=2_000, interval=4, seconds=5)


@dataclass
class Measured:
    """The costs during one second, or the values at the end of the measurement."""

    queries: float = 0
    bridges_cpu: float = 0
    bridge_memory: float = 0
    redis_cpu: float = 0
    redis_memory: float = 0
    trips: float = 0
    announcements: float = 0
    p50: float = 0
    p99: float = 0


class Redis:
    """A `redis-server` that saves nothing, and a connection that reads its figures."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = int(one.getsockname()[1])
        command = f"redis-server --port {self.port} --unixsocket {self.socket} --dir {folder}"
        self.process = subprocess.Popen(
            [*command.split(), "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL
        )
        self.url = f"redis://127.0.0.1:{self.port}"
        end = time.monotonic() + 10
        while True:
            try:
                self.connection = self.connect()
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def connect(self) -> socket.socket:
        one = socket.socket(socket.AF_UNIX)
        one.connect(str(self.socket))
        return one

    def close(self) -> None:
        self.connection.close()
        self.process.terminate()
        self.process.wait()

    def information(self, section: str) -> dict[str, str]:
        self.connection.sendall(f"INFO {section}\r\n".encode())
        with self.connection.makefile("rb") as answer:
            size = int(answer.readline()[1:])
            text = answer.read(size + 2).decode()
        pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
        return {name: value for name, value in pairs}

    def scripts(self) -> int:
        found = self.information("commandstats")
        calls = [found.get(f"cmdstat_{name}", "calls=0") for name in ("evalsha", "eval")]
        return sum(int(call.split(",")[0].removeprefix("calls=")) for call in calls)

    @property
    def memory(self) -> float:
        return int(self.information("memory")["used_memory"]) / MIB


def run(binary: str, load: Load) -> tuple[Load, Measured, Measured]:
    """Measures a load that the machine can carry: with Redis, and with one bridge without a fleet.

    If a load is too much, the number of bridges is halved. The tasks and queries stay the same.
    """
    while True:
        fleet = loaded(binary, load, is_fleet=True)
        if fleet.queries > 0.9 * load.rate or load.bridges <= 2:
            break
        load = replace(load, bridges=load.bridges // 2)
    alone = loaded(binary, replace(load, bridges=1), is_fleet=False)
    for measured, is_fleet in ((fleet, True), (alone, False)):
        measured.p50, measured.p99 = latency(binary, is_fleet)
    return load, fleet, alone


@contextmanager
def surroundings(binary: str, is_fleet: bool) -> Iterator[tuple[str, Redis | None]]:
    """A sandbox, and a Redis if there is a fleet."""
    with tempfile.TemporaryDirectory() as name:
        redis = Redis(Path(name)) if is_fleet else None
        sandbox = subprocess.Popen([binary, "sandbox"], stdout=subprocess.PIPE, text=True)
        try:
            assert sandbox.stdout is not None
            yield sandbox.stdout.readline().strip(), redis
        finally:
            sandbox.terminate()
            sandbox.communicate()
            if redis is not None:
                redis.close()


def bridge(
    binary: str, api: str, redis: Redis | None, rate: float, output: int
) -> subprocess.Popen[bytes]:
    command = [binary, "serve", "--endpoint", api, "--rate", f"{rate:g}"]
    environment = {**os.environ, "KIE_API_KEY": KEY}
    if redis is not None:
        environment["COVER_BRIDGE_FLEET"] = redis.url
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=output, env=environment, bufsize=0
    )


def loaded(binary: str, load: Load, is_fleet: bool) -> Measured:
    """The costs. The measurement begins after each task has been queried."""
    with surroundings(binary, is_fleet) as (api, redis), ExitStack() as stack:
        bridges = []
        for _ in range(load.bridges):
            # The driver does not read the output of the bridge, so the driver costs nothing.
            process = bridge(binary, api, redis, load.rate * 1.2, subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.kill)
            bridges.append(process)
        for process in bridges:
            assert process.stdin is not None
            for first in range(0, load.tasks, 1_000):
                tasks = [f"pending-{n}" for n in range(first, min(first + 1_000, load.tasks))]
                params = {"taskIds": tasks, "interval": load.interval}
                request = {"jsonrpc": "2.0", "id": first, "method": "cover/watch", "params": params}
                process.stdin.write(json.dumps(request).encode() + b"\n")
        settle(api, load)
        return measure(api, redis, [process.pid for process in bridges], load)


def settle(api: str, load: Load) -> None:
    """Waits until each task was queried about twice. Gives up after three times that period."""
    end = time.monotonic() + 6 * load.interval
    while requests(api) < 2 * load.tasks and time.monotonic() < end:
        time.sleep(2)


def measure(api: str, redis: Redis | None, bridges: list[int], load: Load) -> Measured:
    def look() -> tuple[float, int, float, float, int]:
        return (
            time.monotonic(),
            requests(api),
            sum(map(cpu, bridges)),
            cpu(redis.process.pid) if redis else 0,
            redis.scripts() if redis else 0,
        )

    before = look()
    heard = 0
    if redis:
        heard = listened(redis, load.seconds)
    else:
        time.sleep(load.seconds)
    after = look()
    seconds, queries, bridges_cpu, redis_cpu, scripts = (
        later - earlier for later, earlier in zip(after, before, strict=True)
    )
    # Each bridge sends a heartbeat once a second.
    scripts -= len(bridges) * seconds
    return Measured(
        queries=queries / seconds,
        bridges_cpu=bridges_cpu / seconds,
        bridge_memory=sum(map(memory, bridges)) / len(bridges),
        redis_cpu=redis_cpu / seconds,
        redis_memory=redis.memory if redis else 0,
        trips=scripts / max(queries, 1) if redis else 0,
        announcements=heard / seconds,
    )


def requests(api: str) -> int:
    with urllib.request.urlopen(f"{api}/sandbox/stats") as response:
        return int(json.load(response)["requests"])


def memory(process: int) -> float:
    """The memory of a process in MiB, with its part of the shared memory."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0


def listened(redis: Redis, seconds: float) -> int:
    """The number of announcements in this period, as one more bridge of the fleet would receive
    them."""
    with redis.connect() as one:
        one.sendall(b"PSUBSCRIBE *\r\n")
        one.settimeout(0.1)
        end = time.monotonic() + seconds
        heard = 0
        mark, tail = b"pmessage", b""
        while time.monotonic() < end:
            try:
                data = tail + one.recv(1 << 20)
            except TimeoutError:
                continue
            heard += data.count(mark)
            tail = data[1 - len(mark) :]
        return heard


def latency(binary: str, is_fleet: bool) -> tuple[float, float]:
    """The milliseconds that `cover/status` takes.

    Each call waits for the last, and has its own task.
    """
    taken = []
    with surroundings(binary, is_fleet) as (api, redis):
        process = bridge(binary, api, redis, 100_000, subprocess.PIPE)
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(WARM_UP_CALLS + CALLS):
            params = {"taskId": f"pending-{number}"}
            request = {"jsonrpc": "2.0", "id": number, "method": "cover/status", "params": params}
            line = json.dumps(request).encode() + b"\n"
            began = time.perf_counter()
            process.stdin.write(line)
            answer = b""
            while not answer.endswith(b"\n"):
                answer += process.stdout.read(1 << 16)
            taken.append((time.perf_counter() - began) * 1e3)
            if b'"error"' in answer:
                raise RuntimeError(f"the bridge answers with an error: {answer[:300]!r}")
        process.kill()
        process.communicate()
    taken = taken[WARM_UP_CALLS:]
    return percentile(taken, 0.5), percentile(taken, 0.99)


def rows(load: Load, fleet: Measured, alone: Measured) -> list[Row]:
    def row(figure: str, form: str, scale: float, name: str, reach: str = "") -> Row:
        one, other = (float(getattr(measured, name)) * scale for measured in (fleet, alone))
        values = [format(one, form), format(other, form) if other else ""]
        return Row(figure, values, one, other, reach)

    each = [
        row("queries a second", ".0f", 1, "queries", f"{load.rate:.0f}"),
        row("CPU of all bridges, % of a core", ".0f", 100, "bridges_cpu"),
        row("memory of a bridge, MiB", ".0f", 1, "bridge_memory"),
        row("CPU of Redis, % of a core", ".0f", 100, "redis_cpu"),
        row("memory of Redis, MiB", ".0f", 1, "redis_memory"),
        row("round trips a query, of all bridges together", ".2f", 1, "trips"),
        row("announcements a second", ".0f", 1, "announcements"),
        row("cover/status, p50, ms", ".2f", 1, "p50"),
        row("cover/status, p99, ms", ".2f", 1, "p99"),
    ]
    added = fleet.p99 - alone.p99
    return [
        *each,
        Row("... p99 that the store adds, ms", [f"{added:.2f}", ""], added, None, "<= 3"),
    ]
