"""The API of the fleet tests. Its tasks change with time, and it records when each query came."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

# A part of each record that bridges must not share with each other.
CALLBACK = "https://callbacks.example/a-secret"
STATES = ("pending", "generating", "succeeded")
# A process that does not run for so many seconds has stalled.
STALL = 0.05


@dataclass
class Query:
    """One query, as the API saw it. Its times are those of `time.monotonic`."""

    task: str
    came: float
    answered: float = 0.0
    code: int = 0
    state: str = ""
    # The host that sent the query, if the API has addresses on several hosts.
    host: str = ""


@dataclass(frozen=True)
class Fault:
    """A period in which the API answers with this code.

    It affects tasks whose id has this prefix.
    """

    code: int
    start: float
    end: float
    prefix: str = ""
    retry_after: int | None = None
    # If there is a host, the fault affects only queries from it.
    host: str | None = None

    def meets(self, query: Query, now: float) -> bool:
        is_here = self.host in (None, query.host)
        return self.start <= now < self.end and is_here and query.task.startswith(self.prefix)


class FleetAPI:
    """Answers for tasks. The id of a task says what it does.

    `cover-G-S-NAME` is generating from second G on, and succeeded from second S on. The seconds
    count from the start of the API. `missing-NAME` is unknown. The API answers `broken-NAME` with
    500. `listeners` has a socket for each host, by its name. All sockets have the same address.
    """

    def __init__(
        self, latency: float = 0.0, listeners: Mapping[str, socket.socket] | None = None
    ) -> None:
        self.queries: list[Query] = []
        # The periods in which this process did not run, because the machine was busy.
        self.stalls: list[tuple[float, float]] = []
        self.is_over = threading.Event()
        self.faults: list[Fault] = []
        self.latency = latency
        self.start = time.monotonic()
        self.lock = threading.Lock()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                task = parse_qs(urlsplit(self.path).query).get("taskId", [""])[0]
                server = self.server
                assert isinstance(server, Server)
                if self.path.endswith("/credit"):
                    self.send(b'{"code":200,"data":7}')
                    return
                code, data, retry_after, query = api.answer(task, server.host)
                body = json.dumps({"code": code, "msg": "as asked", "data": data}).encode()
                query.answered = time.monotonic()
                pause = "" if retry_after is None else f"Retry-After: {retry_after}\r\n"
                self.send(body, pause)

            def send(self, body: bytes, more: str = "") -> None:
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{more}"
                head += f"Content-Length: {len(body)}\r\n\r\n"
                self.wfile.write(head.encode() + body)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def __init__(self, host: str, listener: socket.socket) -> None:
                super().__init__(listener.getsockname(), Handler, bind_and_activate=False)
                self.host = host
                self.socket.close()
                self.socket = listener
                self.server_activate()

            def handle_error(self, *_: object) -> None:
                # A killed bridge drops its connection.
                pass

        if listeners is None:
            listeners = {"": socket.create_server(("127.0.0.1", 0))}
        self.servers = [Server(host, listener) for host, listener in listeners.items()]
        self.url = f"http://127.0.0.1:{self.servers[0].server_address[1]}"
        self.threads = [
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            for server in self.servers
        ]
        self.threads.append(threading.Thread(target=self.note_stalls, daemon=True))

    def __enter__(self) -> FleetAPI:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        for server in self.servers:
            server.shutdown()
            server.server_close()
        for thread in self.threads:
            thread.join()

    def note_stalls(self) -> None:
        before = time.monotonic()
        while not self.is_over.wait(0.01):
            now = time.monotonic()
            if now - before > STALL:
                self.stalls.append((before, now))
            before = now

    def answer(self, task: str, host: str) -> tuple[int, object, int | None, Query]:
        """Records the query.

        Returns the code, the data and the pause of the answer, and the query.
        """
        query = Query(task, time.monotonic(), host=host)
        with self.lock:
            self.queries.append(query)
            faults = list(self.faults)
        if self.latency:
            time.sleep(self.latency)
        now = time.monotonic()
        for fault in faults:
            if fault.meets(query, now):
                query.code = fault.code
                return fault.code, None, fault.retry_after, query
        if task.startswith(("missing-", "broken-")):
            query.code = 422 if task.startswith("missing-") else 500
            return query.code, None, None, query
        state = self.state(task, now)
        query.code, query.state = 200, STATES[state]
        images = [f"https://images.example/{task}-{n}.png" for n in (1, 2)] if state == 2 else []
        flag = (0, 2, 1)[state]
        data = {"taskId": task, "successFlag": flag, "response": {"images": images}}
        data["callbackUrl"] = CALLBACK
        return 200, data, None, query

    def state(self, task: str, now: float) -> int:
        """The number of the state: 0 is pending, 1 is generating, 2 is succeeded."""
        parts = task.split("-")
        age = now - self.start
        return sum(age >= float(part) for part in parts[1:3])

    def moment(self, task: str, state: str) -> float:
        """The moment at which the task enters this state."""
        return self.start + float(task.split("-")[STATES.index(state)])

    def begin(self) -> None:
        """Starts the tasks now. Before, set `start` to infinity: then all tasks are pending."""
        self.start = time.monotonic()

    def count_since_start(self) -> int:
        return self.count(lambda query: query.came >= self.start)

    def count(self, matches: Callable[[Query], bool] = lambda _: True) -> int:
        with self.lock:
            return sum(matches(query) for query in self.queries)

    def history(self) -> list[Query]:
        """The queries in the order of their arrival."""
        with self.lock:
            return sorted(self.queries, key=lambda query: query.came)


def covers(count: int, generating: float, succeeded: float, spread: float = 0.0) -> list[str]:
    """Ids of tasks that change at these seconds.

    The changes are spread evenly over `spread` seconds.
    """

    def shift(number: int) -> float:
        return spread * number / max(1, count - 1)

    return [
        f"cover-{generating + shift(n):.2f}-{succeeded + shift(n):.2f}-{n}" for n in range(count)
    ]


def tasks_of(queries: Iterable[Query]) -> dict[str, list[Query]]:
    """The queries of each task."""
    found: dict[str, list[Query]] = {}
    for query in queries:
        found.setdefault(query.task, []).append(query)
    return found
