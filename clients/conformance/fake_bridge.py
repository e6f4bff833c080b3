"""The bridge of the conformance cases. It behaves correctly, except where a case says otherwise.

usage: fake_bridge.py FOLDER [arguments of the client]...

FOLDER contains the case as ``case.json``, whose form README.md explains. The bridge writes each
message that it reads to ``seen.json`` in FOLDER, for the player. ``journal.json`` in FOLDER is the
journal, if the case has one. The player opens a gate by creating the file ``gate-NAME``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from honest_bridge import HonestBridge, Message, cover

PATIENCE = 20.0


class FakeBridge(HonestBridge):
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        case = self.load("case", {})
        self.seen = self.load("seen", {"starts": 0, "heard": {}, "faults": []})
        scripts: list[list[Message]] = case.get("bridges", [])
        self.script = [act for script in scripts[self.seen["starts"] :][:1] for act in script]
        self.seen["starts"] += 1
        is_persistent: bool = case.get("journal", False)
        self.memory = self.load("journal", {}) if is_persistent else {}
        super().__init__(self.memory, is_persistent=is_persistent, start=self.seen["starts"])
        self.output = bytearray()
        self.has_headers = False

    def run(self) -> None:
        self.save()
        for act in self.script:
            # The members of the act are compared without their order, because some languages change
            # it.
            verb = next(name for name in act if hasattr(self, "act_" + name))
            getattr(self, "act_" + verb)(act[verb], act)
            self.save()
        while True:
            self.serve(self.next())
            self.save()

    # Files. The bridge replaces each file as a whole, so that a reader never sees a part of it.

    def load(self, name: str, default: dict[str, Any]) -> dict[str, Any]:
        path = self.folder / f"{name}.json"
        found: dict[str, Any] = default
        if path.exists():
            found = json.loads(path.read_text(encoding="utf-8"))
        return found

    def save(self) -> None:
        intervals = {task: watch["interval"] for task, watch in self.watches.items()}
        self.store("seen", {**self.seen, "watched": intervals})
        if self.is_persistent:
            self.store("journal", self.memory)

    def store(self, name: str, content: dict[str, Any]) -> None:
        path = self.folder / f"{name}.new"
        path.write_text(json.dumps(content), encoding="utf-8")
        path.replace(self.folder / f"{name}.json")

    def fault(self, text: str) -> None:
        self.seen["faults"].append(text)
        self.save()

    # Messages. The bridge writes all output between two reads at once.

    def send(self, message: Message) -> None:
        text = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.output += (
            b"Content-Length: %d\r\n\r\n%b" % (len(text), text)
            if self.has_headers
            else text + b"\n"
        )

    def flush(self) -> None:
        rest = memoryview(bytes(self.output))
        self.output.clear()
        while rest:
            rest = rest[os.write(1, rest) :]

    def next(self) -> Message:
        """The next message, in either framing. The process ends at the end of its input."""
        self.flush()
        text = sys.stdin.buffer.readline()
        if not text:
            os._exit(0)
        self.has_headers = text.startswith(b"Content-Length: ")
        if self.has_headers:
            size = int(text.split()[1])
            while sys.stdin.buffer.readline().strip():
                pass
            text = sys.stdin.buffer.read(size)
        message: Message = json.loads(text)
        if "method" not in message:
            # The message is the answer to a request of the bridge.
            return self.next()
        method = message["method"]
        self.seen["heard"][method] = self.seen["heard"].get(method, 0) + 1
        if method == "exit":
            self.act_die(0, {})
        return message

    # The acts of a script. The member that requests an act has the name of its method.

    def act_read(self, method: str, act: Message) -> None:
        """Answers messages until a message of this method arrives.

        With ``hold``, that message waits.
        """
        while (message := self.next())["method"] != method:
            self.serve(message)
            self.save()
        params = message.get("params") or {}
        wanted = act.get("params", {})
        given = {name: params.get(name) for name in wanted}
        if given != wanted:
            self.fault(f"{method} came with {json.dumps(given)}, the case has {json.dumps(wanted)}")
        for name, limit in act.get("below", {}).items():
            found = params.get(name, limit)
            if found >= limit:
                self.fault(f"{method} came with {name} {found}, the case has less than {limit}")
        self.serve(message, hold=act.get("hold", False))

    def act_answer(self, method: str, act: Message) -> None:
        """Answers the oldest held request of this method.

        With ``error``, the answer is that error; with ``result``, that result.
        """
        for message, before in self.held:
            if message["method"] == method:
                self.held.remove((message, before))
                if "error" in act:
                    return self.refuse(message, before, act["error"])
                if "result" in act:
                    return self.send({"id": message["id"], "result": act["result"]})
                return self.reply(message)
        return self.fault(f"there is no {method} to answer")

    def act_ask(self, method: str, act: Message) -> None:
        """Sends a request of the bridge's own, with the id of the oldest held request of this
        method."""
        ids = [message["id"] for message, _ in self.held if message["method"] == method]
        self.send({"id": ids[0], "method": "cover/somethingNew", "params": {}})

    def act_change(self, task: str, act: Message) -> None:
        """Stores a change and sends it, ``times`` times.

        If ``sent`` is false, the change is only stored.
        """
        for number in range(act.get("times", 1)):
            status = cover(task, act["state"], number)
            status["final"] = act.get("final", status["final"])
            self.change(status, sent=act.get("sent", True))

    def act_end(self, task: str, act: Message) -> None:
        """Ends a watch without a final status."""
        params = {"taskId": task, "reason": act["reason"], "error": act.get("error")}
        self.emit("cover/watchEnded", params, sent=act.get("sent", True))
        self.watches.pop(task, None)

    def act_send(self, message: Message, act: Message) -> None:
        """Sends any message unchanged."""
        self.send(message)

    def act_bytes(self, digits: str, act: Message) -> None:
        """Sends these hexadecimal bytes ``times`` times, without a line feed."""
        self.output += bytes.fromhex(digits) * act.get("times", 1)

    def act_say(self, text: str, act: Message) -> None:
        """Writes a line to stderr, with the values of the environment, as a wrapper may do."""
        print(os.path.expandvars(text), file=sys.stderr, flush=True)

    def act_wait(self, gate: str, act: Message) -> None:
        """Reads and writes nothing until the player opens the gate."""
        self.flush()
        self.save()
        deadline = time.monotonic() + PATIENCE
        while not (self.folder / f"gate-{gate}").exists():
            if time.monotonic() > deadline:
                self.fault(f"the gate {gate} was not opened")
                os._exit(1)
            time.sleep(0.002)

    def act_close(self, stream: str, act: Message) -> None:
        """Closes stdin or stdout. The bridge continues to run."""
        self.flush()
        os.close({"stdin": 0, "stdout": 1}[stream])

    def act_die(self, code: int, act: Message) -> None:
        """Ends the process with this exit code. A negative number means the signal that ends it."""
        self.flush()
        self.save()
        if code < 0:
            os.kill(os.getpid(), -code)
        os._exit(code)


if __name__ == "__main__":
    FakeBridge(Path(sys.argv[1])).run()
