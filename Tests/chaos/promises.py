"""Records what the bridge promises by its answers and changes, and checks that it keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field

from lives import Call, Json


@dataclass
class Ledger:
    """Everything that a client of a journal has seen, by sequence number."""

    entries: dict[int, Json] = field(default_factory=dict)
    replayed: int = 0
    sent: int = 0

    @property
    def last(self) -> int:
        """The last number below which nothing is missing."""
        number = 0
        while number + 1 in self.entries:
            number += 1
        return number

    def enter(self, entry: Json) -> None:
        number = entry["sequence"]
        known = self.entries.setdefault(number, entry)
        assert known == entry, f"{number} was sent as {known}, and then as {entry}"

    def take(self, messages: list[Json]) -> None:
        """Enters the messages of one life: notifications and replayed pages."""
        before = 0
        for message in messages:
            if message.get("method") in ("cover/statusChanged", "cover/watchEnded"):
                number = message["params"]["sequence"]
                assert number > before, f"{number} came after {before}"
                before = number
                self.sent += 1
                self.enter(message["params"])
            elif message.get("id") == "changes":
                for entry in message["result"]["changes"]:
                    self.replayed += 1
                    self.enter(entry)

    def entries_of(self, task: str) -> list[Json]:
        return [e for _, e in sorted(self.entries.items()) if e["taskId"] == task]

    def has_ended(self, task: str) -> bool:
        """Whether the newest entry of a task ends its watch."""
        entries = self.entries_of(task)
        return bool(entries) and (entries[-1].get("final", True))


@dataclass
class Promise:
    """The last call about a task; its effect is certain if it was answered."""

    watches: bool
    is_answered: bool


@dataclass
class Promises:
    """The promises for each task that was in a call."""

    tasks: dict[str, Promise] = field(default_factory=dict)
    watch_calls: dict[str, int] = field(default_factory=dict)
    checked: int = 0
    # Tasks whose watch was missing in one life: it may have been about to end.
    missing: set[str] = field(default_factory=set)

    def note(self, calls: list[Call], is_known: bool) -> None:
        """Notes the calls of one life; the client may have died before it read their answers."""
        for call in calls:
            if call.verb == "status":
                continue
            for task in call.tasks:
                watches = call.verb == "watch"
                # The earlier promise still holds.
                if watches and call.is_taken_back:
                    continue
                # The effect of an unwatch is certain, whatever the answer.
                is_sure = call.is_answered or (not watches and call.is_taken_back)
                self.tasks[task] = Promise(watches, is_known and is_sure)
                if watches:
                    self.watch_calls[task] = self.watch_calls.get(task, 0) + 1

    def check(self, watched: set[str], ledger: Ledger) -> None:
        """Compares a new life's watches, and the journal, with the promises."""
        self.missing.clear()
        for task, promise in self.tasks.items():
            if not promise.is_answered:
                continue
            self.checked += 1
            if not promise.watches:
                assert task not in watched, f"{task} was unwatched, and is watched again"
            elif task not in watched and not ledger.has_ended(task):
                self.missing.add(task)


def check_order(calls: list[Call], messages: list[Json]) -> None:
    """No change of a task follows the answer to its unwatch, unless it is watched again."""
    position = {call.id: index for index, call in enumerate(calls)}
    silent: set[str] = set()
    for message in messages:
        call = calls[position[message["id"]]] if message.get("id") in position else None
        if call and call.verb == "unwatch":
            later = calls[position[call.id] + 1 :]
            again = {task for other in later if other.verb == "watch" for task in other.tasks}
            silent |= set(call.tasks) - again
        elif message.get("method") in ("cover/statusChanged", "cover/watchEnded"):
            task = message["params"]["taskId"]
            assert task not in silent, f"{task} was reported after it was unwatched"


def check_whole(ledger: Ledger, promises: Promises) -> None:
    """Checks each entry: no gap, each task's states in order, no more ends than watches."""
    assert ledger.last == len(ledger.entries), f"{ledger.last + 1} is missing"
    for task, promise in promises.tasks.items():
        state: str | None = None
        ends = 0
        for change in ledger.entries_of(task):
            assert "status" in change, change
            assert change["previous"] in (None, state), f"{task} was {state}: {change}"
            new = change["status"]["state"]
            again = promises.watch_calls[task] > 1
            assert new != state or again, f"{task} was {state} twice: {change}"
            state = new
            ends += change["final"]
        assert ends <= promises.watch_calls[task], f"{task} ended {ends} times"
        if promise.watches and promise.is_answered:
            assert ledger.has_ended(task), f"the watch of {task} is lost"
            assert state == "succeeded", f"{task} ended {state}"
