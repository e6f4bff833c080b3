"""The real binary as a process with pipes, for tests of its start, its work and its end."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Json = dict[str, Any]

BINARY = os.environ.get("COVER_BRIDGE", "")
PATIENCE = 60.0  # seconds; on an idle machine, each test takes only a moment


class Bridge:
    """A bridge to which the test sends single lines, and from which it reads single lines."""

    def __init__(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        stdin: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
        preexec_fn: Callable[[], None] | None = None,
    ) -> None:
        assert BINARY, "COVER_BRIDGE must name the binary"
        self.process = subprocess.Popen(
            [BINARY, *(arguments or ("serve", "--sandbox"))],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=env,
            preexec_fn=preexec_fn,
        )
        assert self.process.stdout is not None
        self.stdin = self.process.stdin.fileno() if self.process.stdin else -1
        self.stdout = self.process.stdout.fileno()
        self.buffer = b""

    def __enter__(self) -> Bridge:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.stdin, data) :]

    def send(self, method: str, params: object = None, id: object = None) -> None:
        message: Json = {"jsonrpc": "2.0", "method": method}
        if params is not None:
            message["params"] = params
        if id is not None:
            message["id"] = id
        self.write(json.dumps(message).encode() + b"\n")

    def line(self) -> Json:
        """The next message of any kind."""
        deadline = time.monotonic() + PATIENCE
        while b"\n" not in self.buffer:
            assert select.select([self.stdout], [], [], deadline - time.monotonic())[0], "no line"
            piece = os.read(self.stdout, 1 << 20)
            assert piece, "the output ended"
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\n", 1)
        found: Json = json.loads(line)
        return found

    def answer(self, id: object) -> Json:
        """The response with this id. Notifications before it are dropped."""
        while True:
            message = self.line()
            if "method" not in message and message["id"] == id:
                return message

    def call(self, method: str, params: object = None, id: object = 1) -> Json:
        self.send(method, params, id)
        return self.answer(id)

    def close_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def rest(self) -> list[Json]:
        """All messages up to the end of the output."""
        assert self.process.stdout is not None
        data = self.buffer + self.process.stdout.read()
        return [json.loads(line) for line in data.splitlines()]

    def code(self) -> int:
        return self.process.wait(PATIENCE)

    def peak_megabytes(self) -> float:
        return self.megabytes("VmHWM")

    def megabytes(self, name: str) -> float:
        """The memory of the process in megabytes.

        `VmRSS` is the current value, and `VmHWM` is the greatest value so far.
        """
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split(f"{name}:")[1].split()[0]) / 1024
