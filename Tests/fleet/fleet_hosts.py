"""Three hosts with their own addresses, two bridges on each, and one Redis on the first host.

For a while, the third host is cut off: packets between it and the others are lost silently. All
hosts can reach the API. Each host is a network namespace. This script must run in another
namespace, which is the router, as `test_hosts.py` does it.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import fleet_checker as checker
from fleet_api import Fault, FleetAPI, covers
from fleet_bridges import FleetBridge, Life, wait_for_all
from redis_server import RedisServer

CLONE_NEWNET = 0x40000000
RATE, BURST, INTERVAL, PAUSE = 30.0, 3.0, 1.0, 2
BRIDGES = 6
TOGETHER, APART, AGAIN = 2.0, 8.0, 3.0


def ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True)


@dataclass
class Host:
    """A network namespace. It lives as long as a process that waits in it."""

    name: str
    number: int
    pid: int

    @property
    def network(self) -> str:
        return f"10.0.{self.number}.0/24"

    @property
    def address(self) -> str:
        return f"10.0.{self.number}.2"

    @property
    def enter(self) -> tuple[str, ...]:
        return "nsenter", f"--net=/proc/{self.pid}/ns/net"

    def listener(self, port: int) -> socket.socket:
        """A socket on the loopback of this host.

        A thread cannot leave a namespace, so a separate thread makes the socket.
        """

        def listen() -> socket.socket:
            with Path(f"/proc/{self.pid}/ns/net").open() as space:
                libc = ctypes.CDLL(None, use_errno=True)
                if libc.setns(space.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "the host cannot be entered")
            return socket.create_server(("127.0.0.1", port))

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(listen).result()


@contextmanager
def host(name: str, number: int) -> Iterator[Host]:
    process = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", "echo; exec cat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin and process.stdout
    process.stdout.readline()
    made = Host(name, number, process.pid)
    try:
        ip(f"link add h{number} type veth peer name eth0 netns {process.pid}")
        ip(f"address add 10.0.{number}.1/24 dev h{number}")
        ip(f"link set h{number} up")
        for words in (
            "link set lo up",
            f"address add {made.address}/24 dev eth0",
            "link set eth0 up",
            f"route add default via 10.0.{number}.1",
        ):
            subprocess.run([*made.enter, "ip", *words.split()], check=True)
        yield made
    finally:
        process.stdin.close()
        process.wait()


def cut(one: Host, others: list[Host], verb: str = "add") -> None:
    """Drops packets between one host and the others. With the verb `del`, packets pass again."""
    for other in others:
        ip(f"rule {verb} from {one.network} to {other.network} blackhole")
        ip(f"rule {verb} from {other.network} to {one.network} blackhole")


def run(folder: Path) -> Iterator[str]:
    """Runs the test. Yields the broken promises."""
    ip("link set lo up")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    with ExitStack() as stack:
        hosts = [
            stack.enter_context(host(name, number))
            for number, name in enumerate(("one", "two", "three"), 1)
        ]
        first, second, third = hosts
        listeners = {hosts[0].name: hosts[0].listener(0)}
        port = int(listeners[first.name].getsockname()[1])
        listeners |= {other.name: other.listener(port) for other in hosts[1:]}
        redis = RedisServer(folder / "redis", host=first.address, before=first.enter)
        stack.enter_context(redis)
        api = stack.enter_context(FleetAPI(0.02, listeners))
        tasks = covers(40, 1, 5, spread=TOGETHER + APART)
        bridges = [
            stack.enter_context(
                FleetBridge(
                    f"{number} on {host.name}",
                    api.url,
                    redis.url,
                    RATE,
                    INTERVAL,
                    tasks,
                    ["--fleet-size", str(BRIDGES)],
                    before=host.enter,
                )
            )
            for host in hosts
            for number in (1, 2)
        ]
        wait_for_all(bridges)
        time.sleep(TOGETHER)

        lost = time.monotonic()
        cut(third, [first, second])
        # A bridge that was cut off may have claimed the task. Its claim must not delay a call.
        for bridge in bridges[:4]:
            bridge.call("cover/status", {"taskId": tasks[-1]})
        if time.monotonic() - lost > 5:
            yield f"calls on the hosts with the store took {time.monotonic() - lost:.1f} s"
        # The API throttles the hosts with the store. It does not throttle the host that is cut off.
        api.faults.append(Fault(429, lost + 3, lost + 3.4, retry_after=PAUSE, host="one"))
        api.faults.append(Fault(429, lost + 3, lost + 3.4, retry_after=PAUSE, host="two"))
        time.sleep(max(0.0, lost + APART - time.monotonic()))
        for bridge in bridges[:4]:
            if bridge.stats()["fleet"]["bridges"] != 4:
                yield f"{bridge.life.name} does not miss the two: {bridge.stats()['fleet']}"
        for bridge in bridges[4:]:
            if bridge.stats()["fleet"]["state"] != "away":
                yield f"{bridge.life.name} does not say that it is cut off"

        found = time.monotonic()
        cut(third, [first, second], "del")
        wait_for_all(bridges)
        time.sleep(AGAIN)
        lives = [bridge.close() for bridge in bridges]
        yield from broken(api, lives, lost, found)


def broken(api: FleetAPI, lives: list[Life], lost: float, found: float) -> Iterator[str]:
    """The broken promises of each side, and of all bridges together."""
    queries = api.history()
    yield from checker.over_budget(
        [query for query in queries if query.host != "three"],
        checker.Budget(RATE, BURST, stalls=api.stalls, late=checker.lateness()),
    )
    # Two bridges work without the store, each with a sixth of the rate. The check begins when both
    # have missed the store. The burst is two queries, because each bridge may use a slot from
    # before the cut.
    alone = [q for q in queries if q.host == "three" and lost + 1.5 < q.came < found]
    yield from checker.over_budget(
        alone, checker.Budget(2 * RATE / BRIDGES, 2, stalls=api.stalls, late=checker.lateness())
    )
    if len(alone) < (found - lost - 1.5) * RATE / BRIDGES / 2:
        yield f"the host that was cut off made {len(alone)} queries in {found - lost:.1f} s"
    together = [q for q in queries if not lost < q.came < found + 3]
    yield from checker.over_budget(
        together, checker.Budget(RATE, BURST, stalls=api.stalls, late=checker.lateness())
    )

    pauses = checker.pauses_of(queries, PAUSE)
    if len(pauses) != 1:
        yield f"the API throttled {len(pauses)} times"
    rest = [q for q in queries if q.host != "three"]
    yield from checker.during_pauses(rest, pauses, late=checker.lateness())
    for start, end in pauses:
        if not [q for q in alone if start < q.came < end]:
            yield "the host that was cut off paused, though the API did not ask it to"

    blocked = [(start - 1, end + PAUSE * 4) for start, end in pauses]
    yield from checker.neglected(queries, lives, blocked)
    for life in lives:
        yield from checker.broken_stream(life, api)
        said = [params["state"] for _, params in life.notifications("bridge/healthChanged")]
        # Several causes in a row are one state.
        health = [state for state, _ in groupby(said)]
        is_cut_off = life.name.endswith("three")
        if health != (["degraded", "ok"] if is_cut_off else ["rateLimited", "ok"]):
            yield f"{life.name} said {health}"
    yield from checker.missed(lives, api, until=found)
    print(f"{len(queries)} queries, {len(alone)} of the host that was cut off")


def main() -> int:
    assert os.environ.get("COVER_BRIDGE"), "COVER_BRIDGE must name the binary"
    with tempfile.TemporaryDirectory() as folder:
        lines = list(run(Path(folder)))
    print("\n".join(lines[:40]))
    print(f"{len(lines)} promises broken" if lines else "every promise was kept")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main())
