"""How the fake bridge behaves where a case gives no script.

This is about its watches, its journal and its answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

NOW = "2026-01-02T03:04:05.678Z"

# The most tasks in one request.
MOST_TASKS = 1000

Message = dict[str, Any]


class HonestBridge:
    """Answers requests as PROTOCOL.md says.

    ``send`` receives each message that the bridge sends.
    """

    def __init__(self, memory: dict[str, Any], *, is_persistent: bool, start: int) -> None:
        # If the case has a journal, this state outlives the process.
        self.changes: list[Message] = memory.setdefault("changes", [])
        self.watches: dict[str, Message] = memory.setdefault("watches", {})
        self.finals: dict[str, Message] = memory.setdefault("finals", {})
        self.is_persistent = is_persistent
        self.epoch = "kept" if is_persistent else f"start-{start}"
        # The requests with held answers. Each has the watches as they were before the request.
        self.held: list[tuple[Message, dict[str, Message]]] = []

    def send(self, message: Message) -> None:
        raise NotImplementedError

    def serve(self, message: Message, *, hold: bool = False) -> None:
        """Changes the watches when it reads a message. With ``hold``, the answer comes later."""
        params = message.get("params") or {}
        before = dict(self.watches)
        if message["method"] == "cover/watch" and not bad_ids(params):
            for task in params["taskIds"]:
                last = self.finals.get(task) or before.get(task, {}).get("last")
                self.watches[task] = {"interval": params.get("interval", 30), "last": last}
        elif message["method"] == "cover/unwatch" and not bad_ids(params):
            message["unwatched"] = [task for task in params["taskIds"] if task in before]
            for task in params["taskIds"]:
                self.watches.pop(task, None)
        elif message["method"] == "$/cancelRequest":
            self.cancel(params["id"])
        if hold:
            self.held.append((message, before))
        elif "id" in message:
            self.reply(message)

    def reply(self, message: Message) -> None:
        self.send({"id": message["id"], **self.answer(message)})
        if message["method"] == "cover/watch":
            # A task that is already final gets a single change.
            for task in (message.get("params") or {}).get("taskIds", []):
                if task in self.watches and task in self.finals:
                    self.change(self.finals[task])

    def refuse(self, message: Message, before: dict[str, Message], reason: Message) -> None:
        """Answers a held request with an error, and removes the watches that the request made."""
        if message["method"] == "cover/watch":
            self.watches.clear()
            self.watches.update(before)
        self.send({"id": message["id"], "error": reason})

    def cancel(self, id: Any) -> None:
        for message, before in self.held:
            if message["id"] == id:
                self.held.remove((message, before))
                self.refuse(message, before, error(-32800, "cancelled", "cancelled"))
                break

    def change(self, status: Message, *, sent: bool = True) -> None:
        task, final = status["taskId"], status["final"]
        change = {"taskId": task, "previous": None, "status": status, "final": final}
        self.emit("cover/statusChanged", change, sent=sent)
        if final:
            self.finals[task] = status
            self.watches.pop(task, None)
        elif task in self.watches:
            self.watches[task]["last"] = status

    def emit(self, method: str, params: Message, *, sent: bool = True) -> None:
        event = {"sequence": len(self.changes) + 1, **params}
        self.changes.append(event)
        if sent:
            self.send({"method": method, "params": event})

    def answer(self, message: Message) -> Message:
        method, params = message["method"], message.get("params") or {}
        if method in ("cover/watch", "cover/unwatch") and bad_ids(params):
            reason = error(-32602, "invalidParams", "a task id is wrong", parameter="taskIds")
            return {"error": reason}
        answers: dict[str, Callable[[], Any]] = {
            "initialize": self.introduction,
            "ping": lambda: {},
            "shutdown": lambda: None,
            "cover/watch": lambda: {"watches": [self.watch(each) for each in params["taskIds"]]},
            "cover/watches": lambda: {
                "watches": [self.watch(each) for each in sorted(self.watches)]
            },
            "cover/unwatch": lambda: {"unwatched": message["unwatched"]},
            "cover/changes": lambda: self.page(params.get("after", 0), params.get("limit", 100)),
            "cover/sync": lambda: {"lastSequence": len(self.changes)},
            "cover/status": lambda: self.status(params["taskId"]),
            "cover/generate": lambda: {"taskId": f"cover-of-{params['taskId']}", "reused": False},
        }
        if method not in answers:
            return {"error": error(-32601, "methodNotFound", f"there is no method {method}")}
        return {"result": answers[method]()}

    def introduction(self) -> Message:
        return {
            "serverInfo": {"name": "fake", "version": "9.9.9", "addedLater": True},
            "protocolVersion": 1,
            "capabilities": {},
            "limits": {},
            "journal": {
                "persistent": self.is_persistent,
                "epoch": self.epoch,
                "lastSequence": len(self.changes),
            },
            "endpoint": "http://127.0.0.1:1",
            "sandbox": False,
            "addedLater": {},
        }

    def status(self, task: str) -> Message:
        last = self.finals.get(task) or self.watches.get(task, {}).get("last")
        return last or cover(task, "pending")

    def watch(self, task: str) -> Message:
        watch = self.watches.get(task, {"interval": 30, "last": None})
        last = watch["last"]
        return {
            "taskId": task,
            "state": last["state"] if last else None,
            "interval": watch["interval"],
            "startedAt": NOW,
            "checks": 0,
            "lastCheckedAt": None,
            "nextCheckAt": None,
            "deadline": None,
            "last": last,
            "addedLater": [],
        }

    def page(self, after: int, limit: int) -> Message:
        found = self.changes[after:]
        return {
            "changes": found[:limit],
            "lastSequence": len(self.changes),
            "more": len(found) > limit,
        }


def cover(task: str, state: str, number: int = 0) -> Message:
    return {
        "taskId": task,
        "parentTaskId": None,
        "state": state,
        "final": state in ("succeeded", "failed"),
        "images": [] if state == "pending" else [f"https://images.invalid/{number}.png"],
        "createdAt": NOW,
        "completedAt": None,
        "expiresAt": None,
        "failure": {"code": 500, "message": "no"} if state == "failed" else None,
        "callbackUrl": None,
        "warnings": [],
        "checkedAt": NOW,
        "addedLater": {"a": [1]},
    }


def bad_ids(params: Message) -> bool:
    ids = params.get("taskIds", [])
    wrong = (each for each in ids if not 0 < len(each) <= 256 or not each.isprintable())
    return not 0 < len(ids) <= MOST_TASKS or any(wrong)


def error(code: int, kind: str, message: str, **data: Any) -> Message:
    return {"code": code, "message": message, "data": {"kind": kind, "retryable": False, **data}}
