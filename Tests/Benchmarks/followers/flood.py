"""The peer of the delivery benchmark: a bridge that sends all its changes at once.

The bridge watches the requested tasks. It sends three changes of each task, and then answers
`cover/sync`. It ignores its arguments, because each client adds arguments of its own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

STATES = ("pending", "generating", "succeeded")
TIME = "2026-11-24T08:58:49.303Z"
HELLO = {
    "serverInfo": {"name": "flood", "version": "0"},
    "protocolVersion": 1,
    "capabilities": {},
    "limits": {},
    "journal": {"persistent": False, "epoch": "flood", "lastSequence": 0},
    "endpoint": "http://127.0.0.1",
    "sandbox": True,
}


def status(task: str, state: str) -> dict[str, Any]:
    """A status as the sandbox returns it."""
    final = state == "succeeded"
    images = [f"http://127.0.0.1:40237/images/{task}-{number}.png" for number in (1, 2)]
    return {
        "taskId": task,
        "parentTaskId": "music-1b04e2bd2d8b1b87",
        "state": state,
        "final": final,
        "images": images if final else [],
        "createdAt": TIME,
        "completedAt": TIME if final else None,
        "expiresAt": TIME,
        "failure": None,
        "callbackUrl": "https://example.com/callback",
        "warnings": [],
        "checkedAt": TIME,
    }


def changes(tasks: list[str]) -> Iterator[dict[str, Any]]:
    previous = None
    for turn, state in enumerate(STATES):
        for number, task in enumerate(tasks, turn * len(tasks) + 1):
            yield {
                "sequence": number,
                "taskId": task,
                "previous": previous,
                "status": status(task, state),
                "final": state == "succeeded",
            }
        previous = state


def watch(task: str) -> dict[str, Any]:
    times = {"startedAt": TIME, "lastCheckedAt": None, "nextCheckAt": None, "deadline": None}
    return {"taskId": task, "state": None, "interval": 1, "checks": 0, "last": None, **times}


def line(message: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")).encode() + b"\n"


def send(frames: bytes) -> None:
    rest = memoryview(frames)
    while rest:
        rest = rest[os.write(1, rest) :]


def main() -> None:
    tasks: list[str] = []
    for text in sys.stdin.buffer:
        request = json.loads(text)
        method, output = request["method"], b""
        result: dict[str, Any] = {}
        if method == "exit":
            return
        if method == "initialize":
            result = HELLO
        if method == "cover/watch":
            tasks += request["params"]["taskIds"]
            result = {"watches": [watch(task) for task in request["params"]["taskIds"]]}
        if method == "cover/sync":
            method = "cover/statusChanged"
            output = b"".join(line({"method": method, "params": each}) for each in changes(tasks))
            result = {"lastSequence": len(STATES) * len(tasks)}
        if "id" in request:
            send(output + line({"id": request["id"], "result": result}))


if __name__ == "__main__":
    main()
