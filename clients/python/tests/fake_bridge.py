"""A small bridge for faults that the real bridge does not cause on demand.

Apart from these faults, it behaves correctly. A task id, of the form
``WORD[:ARGUMENT][-anything]``, says what the bridge does. The file in ``FAKE_LOG`` gets each
message that the bridge reads, as one line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

NOW = "2026-01-02T03:04:05.678Z"
STEPS = ("pending", "generating", "succeeded")
CONSTANT: dict[str, Any] = {"ping": {}, "account/credits": {"credits": 12}}


class FakeBridge:
    def __init__(self) -> None:
        self.changes: list[dict[str, Any]] = []
        self.watched: list[str] = []
        self.epoch = f"epoch-{os.getpid()}"
        self.started = False

    # The wire

    def send(self, message: dict[str, Any]) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def write(self, data: bytes) -> None:
        while data:
            data = data[os.write(1, data) :]

    def answer(self, id: Any, result: Any) -> None:
        self.send({"id": id, "result": result})

    def run(self) -> None:
        for line in sys.stdin.buffer:
            if "FAKE_LOG" in os.environ:
                with open(os.environ["FAKE_LOG"], "ab") as log:
                    log.write(line)
            message = json.loads(line)
            method: str = message["method"]
            params: dict[str, Any] = message.get("params") or {}
            if method == "exit":
                return
            if method in CONSTANT:
                self.answer(message["id"], CONSTANT[method])
            elif "id" in message:
                getattr(self, "on_" + method.replace("/", "_"))(message["id"], params)

    # Requests

    def on_initialize(self, id: int, params: dict[str, Any]) -> None:
        self.answer(
            id,
            {
                "serverInfo": {"name": "fake", "version": "9.9.9", "later": True},
                "protocolVersion": int(os.environ.get("FAKE_VERSION", "1")),
                "capabilities": {},
                "limits": {},
                "journal": {
                    "persistent": False,
                    "epoch": self.epoch,
                    "lastSequence": len(self.changes),
                },
                "endpoint": "http://127.0.0.1:1",
                "sandbox": "--sandbox" in sys.argv,
                "later": {},
            },
        )

    def on_shutdown(self, id: Any, params: dict[str, Any]) -> None:
        time.sleep(60 if "FAKE_STUBBORN" in os.environ else 0)
        self.answer(id, None)

    def on_cover_status(self, id: int, params: dict[str, Any]) -> None:
        word, _, argument = params["taskId"].split("-")[0].partition(":")
        status = cover(params["taskId"], "pending")
        if word == "die":
            sys.stderr.write("last words\n")
            sys.exit(int(argument or 7))
        elif word == "error":
            data = {"kind": argument, "retryable": True, "retryAfter": 1.5, "last": status}
            self.send({"id": id, "error": {"code": 400, "message": "so it is", "data": data}})
        elif word == "silent":
            pass
        elif word == "slow":
            time.sleep(float(argument))
            self.answer(id, status)
        elif word == "huge":
            self.answer(id, {**status, "callbackUrl": "x" * (1 << 20)})
        elif word == "garbage":
            self.write(b"\xff\xfe not json\n[1]\n7\n\n" + b"[" * 100_000 + b"\n{}\n")
            self.send({"id": [1], "result": 1})
            self.send({"id": True, "result": 1})
            self.send({"id": id, "result": status})
        elif word == "unknown":
            self.send({"method": "cover/somethingNew", "params": {"a": 1}})
            self.send({"method": "$/later"})
            self.send({"id": "theirs", "method": "please", "params": {}})
            self.answer(id, status)
        elif word == "shapeless":
            self.answer(id, {"taskId": 1})
        elif word == "noise":
            sys.stderr.write("z" * 300_000)
            sys.stderr.flush()
            self.answer(id, status)
        elif word == "split":
            text = json.dumps({"jsonrpc": "2.0", "id": id, "result": status}, ensure_ascii=False)
            for byte in text.encode() + b"\r\n":
                self.write(bytes([byte]))
        else:
            self.answer(id, status)

    def on_cover_wait(self, id: int, params: dict[str, Any]) -> None:
        pass

    def on_cover_watch(self, id: int, params: dict[str, Any]) -> None:
        watches = [
            {"taskId": each, "interval": 30, "startedAt": NOW, "checks": 0, "last": self.last(each)}
            for each in params["taskIds"]
        ]
        if any(task_id.startswith("refused") for task_id in params["taskIds"]):
            data = {"kind": "invalidParams", "parameter": "taskIds", "retryable": False}
            self.send({"id": id, "error": {"code": -32602, "message": "no", "data": data}})
            return
        word, _, argument = params["taskIds"][0].partition(":")
        if word == "tardy":
            time.sleep(float(argument))
        elif word == "mute":
            return
        self.watched += params["taskIds"]
        self.answer(id, {"watches": watches})
        for task_id in params["taskIds"]:
            getattr(self, "watch_" + task_id.split("-")[0].split(":")[0])(task_id)

    def on_cover_unwatch(self, id: int, params: dict[str, Any]) -> None:
        ids = [each for each in params["taskIds"] if each in self.watched]
        self.watched = [each for each in self.watched if each not in ids]
        self.answer(id, {"unwatched": ids})

    def on_cover_changes(self, id: int, params: dict[str, Any]) -> None:
        found = self.changes[params["after"] :]
        page, more = found[: params["limit"]], len(found) > params["limit"]
        self.answer(id, {"changes": page, "lastSequence": len(self.changes), "more": more})

    def on_cover_sync(self, id: int, params: dict[str, Any]) -> None:
        self.answer(id, {"lastSequence": len(self.changes)})

    def on_cover_download(self, id: int, params: dict[str, Any]) -> None:
        for part in (1, 2, 3):
            report = {"token": params.get("progressToken"), "value": {"bytes": part}}
            self.send({"method": "$/progress", "params": report})
        if params["taskId"] == "silent":
            return
        file = {"url": "https://a/b.png", "path": params["directory"] + "/b.png", "sha256": "00"}
        self.answer(id, {"files": [{**file, "bytes": 3, "mediaType": "image/png"}]})

    def on_cover_generate(self, id: int, params: dict[str, Any]) -> None:
        self.answer(id, {"taskId": "cover-of-" + params["taskId"], "reused": False})

    def on_bridge_stats(self, id: int, params: dict[str, Any]) -> None:
        health = {"state": "rateLimited", "message": "slow", "retryAt": NOW}
        self.send({"method": "bridge/healthChanged", "params": health})
        self.answer(id, {"requests": 1})

    # Watches

    def last(self, task_id: str) -> dict[str, Any] | None:
        if task_id not in self.watched:
            return None
        mine = (each for each in reversed(self.changes) if each["taskId"] == task_id)
        return next((each["status"] for each in mine if "status" in each), None)

    def change(self, task_id: str, state: str, image: int = 0) -> None:
        status = cover(task_id, state, image)
        change = {"sequence": len(self.changes) + 1, "taskId": task_id, "previous": None}
        change = {**change, "status": status, "final": status["final"]}
        self.changes.append(change)
        self.send({"method": "cover/statusChanged", "params": change})

    def watch_success(self, task_id: str) -> None:
        for state in (*STEPS[:2], "succeeded" if task_id.startswith("success") else "failed"):
            self.change(task_id, state)

    watch_fail = watch_success

    def watch_many(self, task_id: str) -> None:
        """Sends the number of changes in the argument, and then the end."""
        for number in range(int(task_id.split("-")[0].partition(":")[2])):
            self.change(task_id, "generating", number)
        self.change(task_id, "succeeded")

    def watch_open(self, task_id: str) -> None:
        self.change(task_id, "pending")

    def watch_ended(self, task_id: str) -> None:
        reason = task_id.split("-")[0].partition(":")[2] or "unauthorized"
        error = {"code": 401, "message": "no key", "data": {"kind": reason}}
        ended = {"sequence": len(self.changes) + 1, "taskId": task_id, "reason": reason}
        self.changes.append({**ended, "error": error})
        self.send({"method": "cover/watchEnded", "params": self.changes[-1]})

    watch_tardy = watch_open

    def watch_brittle(self, task_id: str) -> None:
        """Dies once, after the first change.

        The file in FAKE_DIED records the death, so that the next process works normally.
        """
        died = Path(os.environ["FAKE_DIED"])
        self.change(task_id, "pending")
        if not died.exists():
            died.touch()
            os._exit(70)
        self.change(task_id, "generating")
        self.change(task_id, "succeeded")

    def watch_mortal(self, task_id: str) -> None:
        """Dies after the first change, in each process."""
        self.change(task_id, "pending")
        os._exit(70)


def cover(task_id: str, state: str, image: int = 0) -> dict[str, Any]:
    return {
        "taskId": task_id,
        "parentTaskId": None,
        "state": state,
        "final": state in ("succeeded", "failed"),
        "images": [] if state == "pending" else [f"https://a/{image}.png"],
        "createdAt": NOW,
        "failure": {"code": 500, "message": "no"} if state == "failed" else None,
        "warnings": [{"kind": "odd", "message": "very"}],
        "checkedAt": NOW,
        "addedLater": {"a": [1]},
    }


if __name__ == "__main__":
    FakeBridge().run()
