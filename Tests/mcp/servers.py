"""Starts the real binary as an MCP server with few environment variables, as hosts do."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mcp.client.stdio import StdioServerParameters

Json = dict[str, Any]

BINARY = os.environ.get("COVER_BRIDGE", "")
# By default, a host passes only these variables to a server.
BARE = {name: os.environ.get(name, "x") for name in ("HOME", "PATH", "SHELL", "TERM", "USER")}
SANDBOX = ("mcp", "--sandbox", "--interval", "0.05")

VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
CLIENT_INFO = "io.modelcontextprotocol/clientInfo"
LOG_LEVEL = "io.modelcontextprotocol/logLevel"
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"


def server(*arguments: str) -> StdioServerParameters:
    assert BINARY, "COVER_BRIDGE must name the binary"
    return StdioServerParameters(command=BINARY, args=list(arguments or SANDBOX))


@contextmanager
def sandbox() -> Iterator[str]:
    """Runs the pretend API as a separate process. Yields its address."""
    process = subprocess.Popen(
        [BINARY, "sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True, env=BARE
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class Wire:
    """A server to which the test sends single lines, without the SDK."""

    def __init__(self, *arguments: str, **variables: str) -> None:
        self.process = subprocess.Popen(
            [BINARY, *(arguments or SANDBOX)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=BARE | variables,
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self.stdin, self.stdout = self.process.stdin, self.process.stdout

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.stdin.close()
        self.stdout.close()

    def write(self, line: str) -> None:
        self.stdin.write(line + "\n")
        self.stdin.flush()

    def send(self, method: str, params: object = None, **rest: object) -> None:
        message: Json = {"jsonrpc": "2.0", "method": method, **rest}
        if params is not None:
            message["params"] = params
        self.write(json.dumps(message))

    def line(self) -> Json:
        text = self.stdout.readline()
        assert text, "the output ended"
        found: Json = json.loads(text)
        return found

    def answer(self, id: object) -> Json:
        """The response with this id. Notifications before it are dropped."""
        while True:
            message = self.line()
            if "method" not in message and message["id"] == id:
                return message

    def call(self, method: str, params: object = None, id: object = 1) -> Json:
        self.send(method, params, id=id)
        return self.answer(id)

    def shake_hands(self, version: str = "2025-11-25") -> Json:
        client = {"name": "test", "version": "1"}
        params = {"protocolVersion": version, "capabilities": {}, "clientInfo": client}
        result: Json = self.call("initialize", params, id="hands")["result"]
        self.send("notifications/initialized")
        return result

    def rest(self) -> list[Json]:
        """All messages of the output after the end of the input."""
        self.stdin.close()
        found = [json.loads(line) for line in self.stdout]
        assert self.process.wait(60) == 0
        return found


def modern(version: str = "2026-07-28", **params: object) -> Json:
    """The parameters of a request of protocol version 2026-07-28."""
    return {"_meta": {VERSION: version, CAPABILITIES: {}}, **params}
