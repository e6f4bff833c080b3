"""A call about watches ends while the journal's disk is at work. Then the bridge is killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from api import CountingAPI
from bridge import Bridge, Json
from waiting import wait_until

NEW = ["new-1", "new-2"]


def message(method: str, params: Json, **id: str) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "method": method, "params": params} | id).encode() + b"\n"


WATCH = message("cover/watch", {"taskIds": ["stays", *NEW], "interval": 2}, id="call")
UNWATCH = message("cover/unwatch", {"taskIds": ["stays"]}, id="call")
CANCEL = message("$/cancelRequest", {"id": "call"})
OTHER = message("cover/watch", {"taskIds": ["other"], "interval": 3}, id="other")
STANDING = {"stays": 100.0}
CHANGED = dict.fromkeys(["stays", *NEW], 2.0)


class Lives:
    """Several bridges with the same journal, one after the other."""

    def __init__(self, api: CountingAPI, journal: Path, slow_disk: dict[str, str]) -> None:
        self.arguments = ("serve", "--endpoint", api.url, "--journal", str(journal))
        self.log = journal.with_name(journal.name + "-wal")
        self.env = slow_disk | {"KIE_API_KEY": "a-key"}

    def start(self, delay: float = 0) -> Bridge:
        return Bridge(*self.arguments, env=self.env | {"DISK_DELAY": str(delay)})

    def begin(self) -> None:
        with self.start() as bridge:
            bridge.call("cover/watch", {"taskIds": ["stays"], "interval": 100})

    def at_work(self, bridge: Bridge, *messages: bytes) -> None:
        """Sends messages, and returns when the disk is at work on their effect."""
        bridge.call("ping")
        size = self.log.stat().st_size if self.log.exists() else 0
        bridge.write(b"".join(messages))
        wait_until(
            "the disk is at work",
            lambda: self.log.exists() and self.log.stat().st_size != size,
        )

    def restored(self) -> dict[str, float]:
        with self.start() as bridge:
            watches = bridge.call("cover/watches")["result"]["watches"]
            return {watch["taskId"]: watch["interval"] for watch in watches}


@pytest.fixture
def lives(tmp_path: Path, preloaded: dict[str, str]) -> Iterator[Lives]:
    with CountingAPI() as api:
        lives = Lives(api, tmp_path / "journal", preloaded)
        lives.begin()
        yield lives


def test_a_watch_that_is_cancelled_during_its_commit(lives: Lives) -> None:
    with lives.start(delay=0.5) as bridge:
        lives.at_work(bridge, WATCH)
        bridge.write(CANCEL)
        assert bridge.answer("call")["error"]["code"] == -32800
    assert lives.restored() == STANDING


def test_an_unwatch_that_is_cancelled_before_its_commit(lives: Lives) -> None:
    with lives.start(delay=0.5) as bridge:
        lives.at_work(bridge, OTHER)
        bridge.write(UNWATCH + CANCEL)
        assert bridge.answer("call")["error"]["code"] == -32800
    assert lives.restored() == {"other": 3.0}


@pytest.mark.parametrize("ending", ["TERM", "exit"])
def test_a_watch_that_is_in_its_commit_when_the_session_ends(lives: Lives, ending: str) -> None:
    with lives.start(delay=0.1) as bridge:
        lives.at_work(bridge, WATCH)
        if ending == "TERM":
            bridge.process.terminate()
        else:
            bridge.write(message("exit", {}))
        answer = bridge.answer("call")
    # On a busy machine, the commit may be over before the end arrives.
    assert lives.restored() == (CHANGED if "result" in answer else STANDING)


def test_other_calls_are_answered_while_the_disk_hangs_at_the_end(lives: Lives) -> None:
    with lives.start(delay=60) as bridge:
        lives.at_work(bridge, WATCH)
        bridge.write(CANCEL)
        assert bridge.call("ping", id="other")["result"] == {}
        bridge.process.terminate()
        assert bridge.answer("call")["error"]["code"] == -32800
        assert bridge.code() == 0
