"""HTTP/2 with nginx: connections that end, that are few, or that fail silently.

The bridge must not lose a query, and must not send an order twice.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import namespace
import pytest
from authority import Authority, Pair
from conftest import BINARY, Command
from namespace import API as ADDRESS
from namespace import FAR
from servers import API, Answer, Asked, Nginx, Relay, record
from waiting import wait_until


class Bridge:
    """A process of `serve`. A thread reads its lines when they arrive."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.answers: dict[int, dict[str, Any]] = {}
        self.notifications: list[dict[str, Any]] = []
        self.changes: Counter[tuple[str, str]] = Counter()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            message = json.loads(line)
            if "id" in message:
                self.answers[message["id"]] = message
            elif message["method"] == "cover/statusChanged":
                status = message["params"]["status"]
                self.changes[status["taskId"], status["state"]] += 1
            else:
                self.notifications.append(message)

    def send(self, id: int, method: str, **params: Any) -> None:
        assert self.process.stdin
        message = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def ask(self, id: int, method: str, **params: Any) -> dict[str, Any]:
        self.send(id, method, **params)
        wait_until(f"an answer to {method}", lambda: id in self.answers)
        return self.answers[id]


@contextmanager
def bridge(
    run: Command,
    port: int,
    *options: str,
    host: str = "api.test",
    variables: dict[str, str] | None = None,
) -> Iterator[Bridge]:
    command = [
        BINARY,
        "serve",
        "--endpoint",
        f"https://{host}:{port}",
        "--rate",
        "2000",
        *options,
    ]
    process = subprocess.Popen(
        command,
        env=run.environment(variables or {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    try:
        yield Bridge(process)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def far(authority: Authority) -> Pair:
    return authority.issue("far", "DNS:far.test")


def many(bridge: Bridge, first: int, count: int) -> list[dict[str, Any]]:
    numbers = range(first, first + count)
    for number in numbers:
        bridge.send(number, "cover/status", taskId=f"t{number}")
    end = time.monotonic() + 60
    while not all(number in bridge.answers for number in numbers) and time.monotonic() < end:
        time.sleep(0.005)
    return [bridge.answers[number] for number in numbers]


@pytest.mark.parametrize(
    ("extra", "http2"),
    [
        ("keepalive_requests 5;", True),  # nginx sends GOAWAY after 5 requests
        ("keepalive_requests 5;", False),
        ("http2_max_concurrent_streams 1;", True),
        ("keepalive_requests 7; http2_max_concurrent_streams 3;", True),
    ],
)
def test_no_query_is_lost(
    extra: str, http2: bool, run: Command, api: API, pair: Pair, tmp_path: Path
) -> None:
    with (
        Nginx(
            tmp_path / "nginx", ADDRESS, pair, api.port, extra=extra, http2=http2
        ).running() as server,
        bridge(run, server.port) as one,
    ):
        # Each step makes no more queries than a connection allows, because nginx resets further
        # queries.
        answers = [answer for start in range(0, 200, 4) for answer in many(one, start, 4)]
    assert [answer for answer in answers if "result" not in answer] == []
    # The API may get a query twice, but the bridge has answered each query.
    assert {asked.task for asked in api.asked} == {f"t{number}" for number in range(200)}


def test_connections_that_close_at_the_moment_of_a_query(
    run: Command, api: API, pair: Pair, tmp_path: Path
) -> None:
    with (
        Nginx(
            tmp_path / "nginx", ADDRESS, pair, api.port, extra="keepalive_timeout 1s;"
        ).running() as server,
        bridge(run, server.port) as one,
    ):
        for number in range(7):
            assert "result" in one.ask(number, "cover/status", taskId=f"t{number}")
            time.sleep(0.98 + number * 0.007)


def test_reset_streams_are_repeated(run: Command, api: API, pair: Pair, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()

    def script(asked: Asked) -> Answer | None:
        seen[asked.path] += 1
        # nginx resets the stream if the server behind it stops in the middle of an answer.
        return Answer(b"{", length=999) if seen[asked.path] == 1 else None

    api.script = script
    with (
        Nginx(tmp_path / "nginx", ADDRESS, pair, api.port, buffering="off").running() as server,
        bridge(run, server.port) as one,
    ):
        answers = many(one, 0, 20)
        assert [answer for answer in answers if "result" not in answer] == []
        before = len([asked for asked in api.asked if asked.method == "POST"])
        order = one.ask(
            1000, "cover/generate", taskId="music-1", callbackUrl="https://example.com/x"
        )
    assert order["error"]["data"]["kind"] in ("malformedResponse", "unreachable")
    assert before == 0
    assert len([asked for asked in api.asked if asked.method == "POST"]) == 1


def test_an_order_is_never_sent_twice(run: Command, api: API, pair: Pair, tmp_path: Path) -> None:
    """nginx ends each connection after one or two requests."""
    with (
        Nginx(
            tmp_path / "nginx", ADDRESS, pair, api.port, extra="keepalive_requests 2;"
        ).running() as server,
        bridge(run, server.port) as one,
    ):
        for number in range(40):
            one.send(
                number,
                "cover/generate",
                taskId=f"music-{number}",
                callbackUrl="https://example.com/x",
            )
        wait_until("answers", lambda: len(one.answers) == 40)
    orders = [asked for asked in api.asked if asked.method == "POST"]
    answered = [answer for answer in one.answers.values() if "result" in answer]
    assert len(answered) <= len(orders) <= 40
    failed = [
        answer["error"]["data"]["kind"] for answer in one.answers.values() if "error" in answer
    ]
    assert len(answered) + len(failed) == 40
    assert set(failed) <= {"unreachable"}


def test_a_reload_in_the_middle_of_many_watches(
    run: Command, api: API, server: Nginx, pair: Pair, tmp_path: Path
) -> None:
    count = 2000
    final = threading.Event()
    api.script = lambda asked: (
        record(asked.task, "https://images.test/i.png") if final.is_set() else None
    )
    ids = [f"w{number}" for number in range(count)]
    with (
        Nginx(tmp_path / "nginx", ADDRESS, pair, api.port).running() as own,
        bridge(run, own.port, "--interval", "5") as one,
    ):
        for start in range(0, count, 1000):
            one.ask(start, "cover/watch", taskIds=ids[start : start + 1000])
        wait_until("first looks", lambda: len(one.changes) > count // 4)
        own.reload()
        wait_until("half of them", lambda: len(one.changes) > count // 2)
        final.set()
        own.reload()
        end = time.monotonic() + 60
        while (
            sum(state == "succeeded" for _, state in list(one.changes)) < count
            and time.monotonic() < end
        ):
            time.sleep(0.1)
        assert sum(state == "succeeded" for _, state in one.changes) == count
        assert max(one.changes.values()) == 1
        assert [
            message for message in one.notifications if message["method"] == "cover/watchEnded"
        ] == []


@pytest.mark.parametrize("http2", [True, False])
def test_a_dead_connection_is_noticed(
    http2: bool, run: Command, api: API, pair: Pair, tmp_path: Path
) -> None:
    with Nginx(tmp_path / "nginx", ADDRESS, pair, api.port, http2=http2).running() as server:
        relay = Relay((ADDRESS, server.port), ADDRESS)
        with bridge(run, relay.port) as one:
            assert "result" in one.ask(1, "cover/status", taskId="t1")
            relay.die()
            one.send(2, "cover/status", taskId="t2")
            # The relay drops data on the old connection. A new connection works.
            time.sleep(0.5)
            relay.recover()
            start = time.monotonic()
            if http2:
                # The bridge repeats the query of the dead connection, within the time limit of the
                # query.
                wait_for_answer(one, 2, 29)
                assert "result" in one.answers[2]
            assert "result" in one.ask(3, "cover/status", taskId="t3")
            assert time.monotonic() - start < 29
        relay.close()


def test_lost_packets_are_noticed(run: Command, api: API, far: Pair, tmp_path: Path) -> None:
    """HTTP/1.1 has no ping.

    Either the system or the request's own time limit notices the loss.
    """
    with (
        Nginx(tmp_path / "nginx", FAR, far, api.port, http2=False).running() as server,
        bridge(run, server.port, host="far.test") as one,
    ):
        assert "result" in one.ask(1, "cover/status", taskId="t1")
        namespace.cut_off(FAR)
        try:
            start = time.monotonic()
            answer = one.ask(2, "cover/status", taskId="t2")
        finally:
            namespace.connect_again(FAR)
        assert answer["error"]["data"]["kind"] == "unreachable"
        assert time.monotonic() - start < 29


def wait_for_answer(one: Bridge, id: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while id not in one.answers:
        assert time.monotonic() < end, f"no answer within {seconds} s"
        time.sleep(0.05)
