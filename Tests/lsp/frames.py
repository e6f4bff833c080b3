"""A client that can send any bytes, one frame at a time."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import IO, Any

from specification import fault

SANDBOX = ("lsp", "--sandbox", "--interval", "0.1")
URI = "file:///tmp/covers.md"
# A generous limit for loaded machines; the tests seldom wait so long.
PATIENCE = 60.0
# The capabilities of a modern client. Only those that the server uses are listed.
MODERN: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    "workspace": {
        "inlayHint": {"refreshSupport": True},
        "configuration": True,
        "didChangeConfiguration": {"dynamicRegistration": True},
    },
    "textDocument": {
        "hover": {"contentFormat": ["markdown"]},
        "inlayHint": {},
        "codeAction": {"codeActionLiteralSupport": {}},
        "publishDiagnostics": {"versionSupport": True},
    },
}


def read(stream: IO[bytes]) -> Any:
    """The next message, or None at the end of the output."""
    length = 0
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return json.loads(stream.read(length)) if length else None


def span(start: tuple[float, float], end: tuple[float, float]) -> dict[str, Any]:
    """A range from one line and character to another."""
    return {
        name: {"line": line, "character": character}
        for name, (line, character) in (("start", start), ("end", end))
    }


WHOLE = span((0, 0), (2**31 - 1, 0))


class Frames:
    """A server, and the messages that it has sent."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [os.environ["COVER_BRIDGE"], *(arguments or SANDBOX)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], **environment},
        )
        # The members of the answer to each request of the server. With None, no request is
        # answered.
        self.reply: dict[str, Any] | None = {"result": None}
        self.refreshes = 0
        self.inbox: list[Any] = []
        # The breaches of the specification in the server's messages.
        self.faults: list[str] = []
        self._methods: dict[object, str] = {}
        self._last = 0
        self._came: queue.Queue[Any] = queue.Queue()
        threading.Thread(target=self._receive, daemon=True).start()

    def __enter__(self) -> Frames:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        assert kind is not None or not self.faults, self.faults

    def _receive(self) -> None:
        assert self.process.stdout is not None
        while (message := read(self.process.stdout)) is not None:
            method = message["method"] if "method" in message else self._methods.get(message["id"])
            if found := fault(message, method):
                self.faults.append(found)
            self._came.put(message)
        self._came.put(None)

    # MARK: Writing

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    @staticmethod
    def frame(body: bytes) -> bytes:
        return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)

    def send(self, **members: Any) -> None:
        self.write(self.frame(json.dumps({"jsonrpc": "2.0", **members}).encode()))

    def note(self, method: str, params: Any = None) -> None:
        self.send(method=method, **({} if params is None else {"params": params}))

    def ask(self, method: str, params: Any = None, request: object = None) -> Any:
        """Sends a request, and returns its response."""
        self._last += 1
        number = self._last if request is None else request
        self._methods[number] = method
        self.send(id=number, method=method, **({} if params is None else {"params": params}))
        return self.response(number)

    # MARK: Reading

    def next(self, wanted: Callable[[Any], bool]) -> Any:
        """The first unread message that `wanted` accepts; None at the end of the output."""
        for index, message in enumerate(self.inbox):
            if wanted(message):
                return self.inbox.pop(index)
        deadline = time.monotonic() + PATIENCE
        while True:
            message = self._came.get(timeout=max(0.01, deadline - time.monotonic()))
            if message is None:
                return None
            self._answer(message)
            if wanted(message):
                return message
            self.inbox.append(message)

    def _answer(self, message: Any) -> None:
        if "method" not in message or "id" not in message:
            return
        self.refreshes += message["method"] == "workspace/inlayHint/refresh"
        if self.reply is not None:
            # The server may have ended already.
            with suppress(BrokenPipeError):
                self.send(id=message["id"], **self.reply)

    def response(self, number: object) -> Any:
        return self.next(lambda m: "method" not in m and m.get("id") == number)

    def notification(self, method: str) -> Any:
        """The parameters of the next notification or request of this method."""
        return self.next(lambda m: m.get("method") == method)["params"]

    def waiting(self) -> list[Any]:
        """The messages that have arrived and that the test has not read."""
        self.ask("$/nothing")
        waiting, self.inbox = self.inbox, []
        return waiting

    # MARK: Actions of a user

    def introduce(self, capabilities: Any = None, options: Any = None) -> Any:
        answer = self.ask(
            "initialize",
            {
                "processId": None,
                "rootUri": None,
                "capabilities": MODERN if capabilities is None else capabilities,
                "initializationOptions": options,
            },
        )
        self.note("initialized", {})
        return answer["result"]["capabilities"]

    def open(self, text: str, uri: str = URI) -> None:
        item = {"uri": uri, "languageId": "no language", "version": 1, "text": text}
        self.note("textDocument/didOpen", {"textDocument": item})

    def change(self, *changes: Any, uri: str = URI, version: int = 2) -> None:
        self.note(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version}, "contentChanges": list(changes)},
        )

    def feature(self, name: str, uri: str = URI, **params: Any) -> Any:
        return self.ask(f"textDocument/{name}", {"textDocument": {"uri": uri}, **params})

    def places(self, uri: str = URI) -> list[tuple[int, int]]:
        """The places of the hints. Each hint is after the id of a followed cover."""
        hints = self.feature("inlayHint", uri, range=WHOLE)["result"]
        return [(hint["position"]["line"], hint["position"]["character"]) for hint in hints]

    def labels(self, uri: str = URI) -> list[str]:
        return [hint["label"] for hint in self.feature("inlayHint", uri, range=WHOLE)["result"]]

    def actions(self, range: Any = WHOLE, uri: str = URI) -> list[Any]:
        found = self.feature("codeAction", uri, range=range, context={"diagnostics": []})
        return list(found["result"])

    def command(self, name: str, *arguments: str) -> Any:
        return self.ask(
            "workspace/executeCommand",
            {"command": f"cover-bridge.{name}", "arguments": list(arguments)},
        )

    def end(self) -> int:
        """Ends the input, and returns the exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(PATIENCE)

    def leave(self) -> int:
        """Ends the session by `shutdown` and `exit`, and returns the exit code."""
        assert self.ask("shutdown")["result"] is None
        self.note("exit")
        return self.process.wait(PATIENCE)
