"""Kills the bridge at random moments and checks whether it keeps its promises.

The sandbox runs in a process of its own, so that the tasks outlive the bridge. Each life of the
bridge, as `serve` or as `mcp`, resumes from the same journal, and gets random calls that watch,
unwatch and query tasks. An answered call must stay in effect after every kill. The changes that
were sent, together with the changes that `cover/changes` replays, must be every change once.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from lives import HostLife, Life
from promises import Ledger, Promises, check_order, check_whole


@dataclass
class Chaos:
    """A number of kills with one journal, and everything that was seen of it."""

    binary: str
    kills: int
    seed: int
    report: bool = False
    ledger: Ledger = field(default_factory=Ledger)
    promises: Promises = field(default_factory=Promises)
    calls: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        span = max(4.0, self.kills * 0.35)
        self.tasks = [f"success-{self.chance.uniform(3, span):.2f}s-{n}" for n in range(60)]

    def run(self) -> None:
        sandbox = subprocess.Popen([self.binary, "sandbox"], stdout=subprocess.PIPE, text=True)
        try:
            assert sandbox.stdout is not None
            endpoint = sandbox.stdout.readline().strip()
            with tempfile.TemporaryDirectory() as folder:
                journal = Path(folder) / "journal.db"
                for number in range(self.kills):
                    is_host = self.ledger.entries and self.chance.random() < 0.35
                    life = (HostLife if is_host else Life)(self.binary, endpoint, journal)
                    self.live(life)
                    if self.report and number % 20 == 19:
                        print(f"{number + 1} kills, {len(self.ledger.entries)} changes", flush=True)
                self.finish(Life(self.binary, endpoint, journal))
        finally:
            sandbox.kill()
            sandbox.communicate()
        check_whole(self.ledger, self.promises)

    def live(self, life: Life) -> None:
        """One life: its calls and its end."""
        is_host = isinstance(life, HostLife)
        if not is_host:
            life.ask("watches", "watches")
            life.ask("changes", "changes", after=self.ledger.last, limit=1000)
        if not self.ledger.entries:
            life.call("watch", self.tasks)
        for _ in range(self.chance.randrange(5)):
            self.speak(life)
            if self.chance.random() < 0.3:
                time.sleep(self.chance.uniform(0, 0.1))
        if not is_host and life.calls and life.calls[-1].is_cancelled:
            # The bridge dies directly after the answer of a cancelled call, whose effect must hold.
            while life.line().get("id") != life.calls[-1].id:
                pass
        else:
            # A few lives end before the first answer, most of them some time after it.
            if self.chance.random() < 0.8:
                life.line()
            time.sleep(self.chance.uniform(0.01, 0.6))
        messages = life.kill()
        for call in life.calls:
            self.calls[call.verb] = self.calls.get(call.verb, 0) + 1
        # Sometimes the client dies too, and with it what it received.
        is_known = self.chance.random() < 0.8 or not self.ledger.entries
        if is_known and not is_host:
            self.ledger.take(messages)
            answers = {
                message["id"]: message["result"] for message in messages if "result" in message
            }
            if "watches" in answers and "changes" in answers:
                watched = {watch["taskId"] for watch in answers["watches"]["watches"]}
                self.promises.check(watched, self.ledger)
            check_order(life.calls, messages)
        self.promises.note(life.calls, is_known)

    def speak(self, life: Life) -> None:
        """Makes one random call, but none about a task whose watch seems to be lost."""
        tasks = [task for task in self.tasks if task not in self.promises.missing]
        verb = self.chance.choice(["watch", "unwatch", "status", "status"])
        count = 1 if verb == "status" else self.chance.randint(1, 4)
        life.call(verb, self.chance.sample(tasks, count))
        if verb != "status" and self.chance.random() < 0.4:
            time.sleep(self.chance.choice([0, 0.001, 0.003, 0.01]))
            life.cancel_last()
            self.calls["cancel"] = self.calls.get("cancel", 0) + 1

    def finish(self, life: Life) -> None:
        """The last life: follows all tasks to their end, and reads the whole journal."""
        try:
            life.ask("sync", "sync")
            while life.line().get("id") != "sync":
                pass
            life.ask("watches", "watches")
            while (message := life.line()).get("id") != "watches":
                pass
            watched = {watch["taskId"] for watch in message["result"]["watches"]}
            self.read(life, self.ledger)
            self.promises.check(watched, self.ledger)
            assert not self.promises.missing, f"lost: {sorted(self.promises.missing)}"
            deadline = time.monotonic() + 120 + self.kills * 0.35
            while any(not self.ledger.has_ended(task) for task in watched):
                assert time.monotonic() < deadline, "the tasks did not end"
                self.ledger.take([life.line()])
            whole = Ledger()
            self.read(life, whole)
            assert whole.entries == self.ledger.entries, "the journal and the sent changes differ"
        finally:
            life.kill()

    @staticmethod
    def read(life: Life, ledger: Ledger) -> None:
        """Reads the journal from the ledger's first gap."""
        more = True
        while more:
            life.ask("changes", "changes", after=ledger.last, limit=1000)
            while (page := life.line()).get("id") != "changes":
                ledger.take([page])
            ledger.take([page])
            more = page["result"]["more"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    chaos = Chaos(os.environ["COVER_BRIDGE"], options.kills, options.seed, report=True)
    chaos.run()
    print(
        f"{options.kills} kills: {len(chaos.ledger.entries)} changes, each once, no gap "
        f"({chaos.ledger.sent} sent, {chaos.ledger.replayed} replayed); "
        f"{chaos.promises.checked} promises looked after; calls: {chaos.calls}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
