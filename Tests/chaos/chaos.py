"""Kills the bridge at random moments and looks whether a change was lost, doubled or out of order.

The sandbox runs in a process of its own, so that the tasks outlive the bridge. Each run of the
bridge resumes from the same journal; what a run told before it was killed, and what
`cover/changes` replays, must together be every change once.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass
class Ledger:
    """All that a client of a journal has seen, by sequence number."""

    entries: dict[int, Json] = field(default_factory=dict)
    replayed: int = 0
    told: int = 0

    @property
    def last(self) -> int:
        """The last number up to which nothing is missing."""
        number = 0
        while number + 1 in self.entries:
            number += 1
        return number

    def enter(self, entry: Json) -> None:
        number = entry["sequence"]
        known = self.entries.setdefault(number, entry)
        assert known == entry, f"{number} was told as {known}, and then as {entry}"


class Run:
    """One life of the bridge."""

    def __init__(self, binary: str, endpoint: str, journal: Path) -> None:
        self.process = subprocess.Popen(
            [binary, "serve", "--endpoint", endpoint, "--journal", str(journal), "--rate", "1000"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "KIE_API_KEY": "anything"},
        )

    def send(self, method: str, **params: object) -> None:
        assert self.process.stdin is not None
        message = {"jsonrpc": "2.0", "id": method, "method": method, "params": params}
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def kill(self) -> list[Json]:
        """Ends the run in the middle, and gives back the whole lines that it wrote."""
        self.process.kill()
        output, _ = self.process.communicate()
        return [json.loads(line) for line in output.split(b"\n")[:-1]]


def take(messages: list[Json], ledger: Ledger) -> None:
    """Enters what one run told: notifications and replayed pages."""
    before = 0
    for message in messages:
        assert "error" not in message, message
        if message.get("method") in ("cover/statusChanged", "cover/watchEnded"):
            number = message["params"]["sequence"]
            assert number > before, f"{number} came after {before}"
            before = number
            ledger.told += 1
            ledger.enter(message["params"])
        elif message.get("id") == "cover/changes":
            for entry in message["result"]["changes"]:
                ledger.replayed += 1
                ledger.enter(entry)


def check(ledger: Ledger, tasks: list[str]) -> None:
    """Every change once: no gap, each task's states in order, one final change each."""
    assert ledger.last == len(ledger.entries), f"{ledger.last + 1} is missing"
    state: dict[str, str | None] = dict.fromkeys(tasks)
    ended: set[str] = set()
    for number in sorted(ledger.entries):
        change = ledger.entries[number]
        task = change["taskId"]
        assert task not in ended, f"{task} changed after its end: {change}"
        assert change["previous"] == state[task], f"{task} was {state[task]}: {change}"
        state[task] = change["status"]["state"]
        if change["final"]:
            ended.add(task)
    assert ended == set(tasks), f"without an end: {sorted(set(tasks) - ended)}"
    assert set(state.values()) == {"succeeded"}


def chaos(binary: str, kills: int, seed: int, report: bool = False) -> Ledger:
    """Kills the bridge so many times, lets the last run finish, and checks what was told."""
    chance = random.Random(seed)
    span = kills * 0.35
    tasks = [f"success-{chance.uniform(3, max(4.0, span)):.2f}s-{n}" for n in range(60)]
    ledger = Ledger()
    sandbox = subprocess.Popen([binary, "sandbox"], stdout=subprocess.PIPE, text=True)
    try:
        assert sandbox.stdout is not None
        endpoint = sandbox.stdout.readline().strip()
        with tempfile.TemporaryDirectory() as folder:
            journal = Path(folder) / "journal.db"
            for number in range(kills):
                run = Run(binary, endpoint, journal)
                # All watches are stored in one transaction: what one of them told shows
                # that the journal has them all.
                if not ledger.entries:
                    run.send("cover/watch", taskIds=tasks, interval=1)
                run.send("cover/changes", after=ledger.last, limit=1000)
                time.sleep(chance.uniform(0.01, 0.6))
                told = run.kill()
                # Now and then the client dies too, with what it was told.
                take(told if chance.random() < 0.7 or not ledger.entries else [], ledger)
                if report and number % 20 == 19:
                    print(f"{number + 1} kills, {len(ledger.entries)} changes", flush=True)
            finish(Run(binary, endpoint, journal), ledger, tasks)
    finally:
        sandbox.kill()
        sandbox.communicate()
    check(ledger, tasks)
    return ledger


def is_final(task: str, ledger: Ledger) -> bool:
    return any(entry["final"] for entry in ledger.entries.values() if entry["taskId"] == task)


def finish(run: Run, ledger: Ledger, tasks: list[str]) -> None:
    """The last run: catches up, follows what is left to its end, and reads the whole journal."""
    try:
        assert run.process.stdout is not None
        run.send("cover/changes", after=ledger.last, limit=1000)
        deadline = time.monotonic() + 120
        caught_up = False
        while not (caught_up and all(is_final(task, ledger) for task in tasks)):
            assert time.monotonic() < deadline, "the tasks did not end"
            message = json.loads(run.process.stdout.readline())
            caught_up = caught_up or message.get("id") == "cover/changes"
            take([message], ledger)
        whole = Ledger()
        more = True
        while more:
            run.send("cover/changes", after=whole.last, limit=1000)
            page = json.loads(run.process.stdout.readline())
            take([page], whole)
            more = page["result"]["more"]
        assert whole.entries == ledger.entries, "the journal and what was told differ"
    finally:
        run.kill()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    ledger = chaos(os.environ["COVER_BRIDGE"], options.kills, options.seed, report=True)
    print(
        f"{options.kills} kills: {len(ledger.entries)} changes, each once, no gap "
        f"({ledger.told} told, {ledger.replayed} replayed)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
