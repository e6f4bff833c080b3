"""Lives of the bridge: each starts, gets calls through one of its frontends, and is killed."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

Json = dict[str, Any]


@dataclass
class Call:
    """One call about watches, and its tasks."""

    verb: str
    tasks: list[str]
    id: str
    is_cancelled: bool = False
    is_answered: bool = False
    # The answer was the error -32800, so the bridge has undone the effect of the call.
    is_taken_back: bool = False


@dataclass
class Life:
    """One process, from its start to its end by SIGKILL."""

    binary: str
    endpoint: str
    journal: Path
    calls: list[Call] = field(default_factory=list)
    seen: list[Json] = field(default_factory=list)
    command: ClassVar[str] = "serve"

    def __post_init__(self) -> None:
        options = ["--endpoint", self.endpoint, "--journal", str(self.journal), "--rate", "1000"]
        self.process = subprocess.Popen(
            [self.binary, self.command, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, "KIE_API_KEY": "anything"},
        )

    def send(self, method: str, id: str | None = None, **params: object) -> None:
        self.write({"jsonrpc": "2.0", "method": method, "params": params}, id)

    def write(self, message: Json, id: str | None = None) -> None:
        if id is not None:
            message["id"] = id
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, verb: str, id: str, **params: object) -> None:
        self.send(f"cover/{verb}", id, **params)

    def call(self, verb: str, tasks: list[str]) -> None:
        """Watches or unwatches tasks, or queries the first of them."""
        call = Call(verb, tasks, f"{verb} {len(self.calls)}")
        self.calls.append(call)
        if verb == "status":
            self.ask(verb, call.id, taskId=tasks[0])
        elif verb == "watch":
            self.ask(verb, call.id, taskIds=tasks, interval=1)
        else:
            self.ask(verb, call.id, taskIds=tasks)

    def cancel_last(self) -> None:
        """Cancels the newest call.

        The bridge may not have begun it, may work on it, or may have answered.
        """
        self.calls[-1].is_cancelled = True
        params = {"id": self.calls[-1].id}
        self.write({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": params})

    def line(self) -> Json:
        """The next message. :meth:`kill` returns this message again."""
        assert self.process.stdout is not None
        found: Json = json.loads(self.process.stdout.readline())
        self.seen.append(found)
        return found

    def kill(self) -> list[Json]:
        """Kills the process at any point of its work.

        Returns all messages, and notes which calls were answered.
        """
        self.process.kill()
        output, _ = self.process.communicate()
        messages = self.seen + [json.loads(line) for line in output.split(b"\n")[:-1]]
        answered = {message.get("id") for message in messages if "result" in message}
        taken_back = {message["id"] for message in messages if "error" in message}
        cancelled = {call.id for call in self.calls if call.is_cancelled}
        for message in messages:
            if "error" in message:
                assert message["error"]["code"] == -32800 and message["id"] in cancelled, message
            assert not message.get("result", {}).get("isError"), message
        for call in self.calls:
            call.is_answered = call.id in answered
            call.is_taken_back = call.id in taken_back
        return messages


class HostLife(Life):
    """A life of the same service, through the Model Context Protocol."""

    command = "mcp"

    def __post_init__(self) -> None:
        super().__post_init__()
        info = {"name": "chaos", "version": "1"}
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info}
        self.send("initialize", "hands", **params)
        self.send("notifications/initialized")

    def ask(self, verb: str, id: str, **params: object) -> None:
        self.send("tools/call", id, name=verb, arguments=params)

    def cancel_last(self) -> None:
        """Cancels the newest call.

        MCP does not answer a cancelled call, so the effect of the call is unknown.
        """
        self.calls[-1].is_cancelled = True
        self.send("notifications/cancelled", requestId=self.calls[-1].id)
