"""Records the promises in the answers and changes of the bridge, and checks them."""

from __future__ import annotations

from dataclasses import dataclass, field

from lives import Call, Json


@dataclass
class Ledger:
    """Everything that a client has seen of one journal, by sequence number."""

    entries: dict[int, Json] = field(default_factory=dict)
    replayed: int = 0
    sent: int = 0

    @property
    def last(self) -> int:
        """The greatest number up to which no number is missing."""
        number = 0
        while number + 1 in self.entries:
            number += 1
        return number

    def enter(self, entry: Json) -> None:
        number = entry["sequence"]
        known = self.entries.setdefault(number, entry)
        assert known == entry, f"{number} was sent as {known}, and then as {entry}"

    def take(self, messages: list[Json]) -> None:
        """Enters the messages of one life: its notifications, and the changes that it replayed."""
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
    """The promise of the last call about a task. Its effect is certain if the call was answered."""

    watches: bool
    is_answered: bool


@dataclass
class Promises:
    """The promises about each task that any call named."""

    tasks: dict[str, Promise] = field(default_factory=dict)
    watch_calls: dict[str, int] = field(default_factory=dict)
    checked: int = 0
    # Tasks whose watch was missing in one life, perhaps because the watch was about to end.
    missing: set[str] = field(default_factory=set)

    def note(self, calls: list[Call], is_known: bool) -> None:
        """Notes the calls of one life.

        If ``is_known`` is false, the client died before it read the answers.
        """
        for call in calls:
            if call.verb == "status":
                continue
            for task in call.tasks:
                watches = call.verb == "watch"
                # The call was undone, so the earlier promise still holds.
                if watches and call.is_taken_back:
                    continue
                # An answer or an error makes the effect of an unwatch certain.
                is_sure = call.is_answered or (not watches and call.is_taken_back)
                self.tasks[task] = Promise(watches, is_known and is_sure)
                if watches:
                    self.watch_calls[task] = self.watch_calls.get(task, 0) + 1

    def check(self, watched: set[str], ledger: Ledger) -> None:
        """Compares the watches of a new life, and the journal, with the promises."""
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
    """Checks that no change of a task follows the answer to its unwatch, unless a later call
    watches it."""
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
    """Checks all entries.

    No number is missing, each task's states are in order, and a task has no more ends than watches.
    """
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
