"""Real bridges of one fleet. All their messages are kept, with the time of each."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

BINARY = os.environ.get("COVER_BRIDGE", "")
PATIENCE = 60.0  # seconds; long, because the machine may be busy
KEY = "the-key-of-the-fleet"
# A bridge logs the moment when it loses its store, and the moment when it is back.
ABSENCE = re.compile(r"^(\S+) info \w+: The fleet's store (does not answer|answers)", re.MULTILINE)
Json = dict[str, Any]


@dataclass
class Said:
    """A message of a bridge, and the moment at which the test read it."""

    at: float
    message: Json


@dataclass
class Life:
    """The history of one process that has ended. The checker reads only histories."""

    name: str
    interval: float
    tasks: list[str]
    started: float
    watched: float = 0.0
    ended: float = 0.0
    said: list[Said] = field(default_factory=list)
    # The periods in which the process was stopped.
    stops: list[tuple[float, float]] = field(default_factory=list)
    was_killed: bool = False
    # The exit code.
    code: int | None = None
    # Its output on standard error, and the moment at which the clock of the log began.
    logged: str = ""
    log_start: float = 0.0

    def notifications(self, method: str) -> list[tuple[float, Json]]:
        return [
            (said.at, said.message["params"])
            for said in self.said
            if said.message.get("method") == method
        ]

    def ends(self) -> dict[str, float]:
        """The moment of the last message about each task."""
        ends: dict[str, float] = {}
        for at, change in self.notifications("cover/statusChanged"):
            if change["final"]:
                ends[change["taskId"]] = at
        for at, end in self.notifications("cover/watchEnded"):
            ends[end["taskId"]] = at
        return ends

    def pauses(self) -> Iterator[tuple[float, float]]:
        """The pauses that the bridge reported. Each has its moment and the announced end."""
        for at, health in self.notifications("bridge/healthChanged"):
            if health["retryAt"] is not None:
                yield at, datetime.fromisoformat(health["retryAt"]).timestamp() - self.log_start

    def absences(self) -> Iterator[tuple[float, float]]:
        """The periods in which the bridge worked without its store, according to its log."""
        since: float | None = None
        for stamp, word in ABSENCE.findall(self.logged):
            at = datetime.fromisoformat(stamp).timestamp() - self.log_start
            if word == "does not answer":
                since = at
            elif since is not None:
                yield since, at
                since = None
        if since is not None:
            yield since, self.ended


def wait_until_watching(bridges: Sequence[FleetBridge]) -> None:
    """Waits until each bridge watches its tasks. On a busy machine, the start takes seconds."""
    wait_until("each bridge watches", lambda: all(bridge.life.watched for bridge in bridges))


def health(state: str) -> Callable[[Json], bool]:
    """Whether a message reports this state of the bridge's health."""
    return lambda message: (
        message.get("method") == "bridge/healthChanged" and message["params"]["state"] == state
    )


def wait_for_all(bridges: Sequence[FleetBridge]) -> None:
    """Waits until each bridge sees all bridges."""

    def seen() -> set[tuple[str, int]]:
        fleets = [bridge.stats()["fleet"] for bridge in bridges]
        return {(fleet["state"], fleet["bridges"]) for fleet in fleets}

    wait_until("each bridge sees all", lambda: seen() == {("present", len(bridges))})


class FleetBridge:
    """A process of `cover-bridge serve` in a fleet. A thread reads its output.

    The bridge is started through the command `before`, if there is one. `variables` are added to
    its environment.
    """

    def __init__(
        self,
        name: str,
        url: str,
        store: str | None,
        rate: float,
        interval: float,
        tasks: Sequence[str] = (),
        extra: Sequence[str] = (),
        *,
        before: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
    ) -> None:
        assert BINARY, "COVER_BRIDGE must name the binary"
        arguments = [
            *before,
            BINARY,
            "serve",
            "--endpoint",
            url,
            "--rate",
            str(rate),
            "--log-level",
            "info",
            *extra,
        ]
        if store is not None:
            arguments += ["--fleet", store]
        environment = {"KIE_API_KEY": KEY, "PATH": os.environ.get("PATH", ""), **(variables or {})}
        self.errors = os.memfd_create(name)
        self.life = Life(name, interval, list(tasks), time.monotonic())
        self.process = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment,
        )
        self.changed = threading.Condition()
        self.stopped_at: float | None = None
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        if tasks:
            self.watch(tasks)

    def __enter__(self) -> FleetBridge:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said = Said(time.monotonic(), json.loads(line))
            with self.changed:
                # On a busy machine, the start takes seconds. The promises begin with the answer.
                if said.message.get("id") == "watch":
                    self.life.watched = said.at
                self.life.said.append(said)
                self.changed.notify_all()

    def send(self, method: str, params: object = None, id: object = None) -> None:
        message: Json = {"jsonrpc": "2.0", "method": method, "params": params or {}}
        if id is not None:
            message["id"] = id
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            life = self.end()
            pytest.fail(f"{life.name} ended with {self.process.returncode}: {life.logged}")

    def call(self, method: str, params: object = None, id: object = "call") -> Json:
        """Sends a request, and returns its answer."""
        with self.changed:
            start = len(self.life.said)
        self.send(method, params, id)
        return self.wait_for(lambda message: message.get("id") == id, start)

    def wait_for(
        self, is_it: Callable[[Json], bool], start: int = 0, patience: float = PATIENCE
    ) -> Json:
        """The first message from this index on that matches."""
        deadline = time.monotonic() + patience
        place = start
        with self.changed:
            while True:
                while place < len(self.life.said):
                    message = self.life.said[place].message
                    place += 1
                    if is_it(message):
                        return message
                assert self.changed.wait(deadline - time.monotonic()), "no such message came"

    def watch(self, tasks: Sequence[str]) -> None:
        self.send("cover/watch", {"taskIds": list(tasks), "interval": self.life.interval}, "watch")

    def stats(self) -> Json:
        found: Json = self.call("bridge/stats", id="stats")["result"]
        return found

    def health(self) -> list[str]:
        return [params["state"] for _, params in self.life.notifications("bridge/healthChanged")]

    def phases(self) -> list[str]:
        """The states of the health. Several causes in a row are one state."""
        return [state for state, _ in groupby(self.health())]

    def stop(self) -> None:
        """Sends SIGSTOP. The bridge then seems to be on a machine that sleeps."""
        self.process.send_signal(signal.SIGSTOP)
        self.stopped_at = time.monotonic()

    def wake(self) -> None:
        if self.stopped_at is not None:
            self.life.stops.append((self.stopped_at, time.monotonic()))
            self.stopped_at = None
            self.process.send_signal(signal.SIGCONT)

    def kill(self) -> Life:
        """Sends SIGKILL at any moment. The test still reads the output that was written before."""
        self.life.was_killed = self.process.poll() is None
        self.process.kill()
        return self.end()

    def close(self) -> Life:
        """Closes the input of the bridge, as a client does, and waits for the end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.end()

    def end(self) -> Life:
        if not self.life.ended:
            # The bridge first answers its open calls, and a call may take a minute.
            self.life.code = self.process.wait(60 + PATIENCE)
            self.reader.join(PATIENCE)
            if self.stopped_at is not None:
                self.life.stops.append((self.stopped_at, time.monotonic()))
                self.stopped_at = None
            self.life.ended = time.monotonic()
            self.life.log_start = time.time() - time.monotonic()
            self.life.logged = Path(f"/proc/self/fd/{self.errors}").read_text()
            os.close(self.errors)
            for stream in (self.process.stdin, self.process.stdout):
                # The pipe is broken: the bridge was killed before it read everything.
                with contextlib.suppress(BrokenPipeError):
                    if stream is not None:
                        stream.close()
        return self.life
