"""A second watch of a task immediately gets the status of the task."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

import cover_bridge
from cover_bridge import CoverBridge, StatusChange, WatchEnded

from .conftest import Real, eventually
from .test_death import pid_of
from .test_watches import states


def test_the_bridge_sends_the_status_of_a_watched_task(real: Real) -> None:
    with real() as bridge:
        first = bridge.watch("pending")
        first_change = next(first)
        assert isinstance(first_change, StatusChange)
        with bridge.watch("pending", timeout=60) as second:
            again = next(second)
        assert isinstance(again, StatusChange)
        assert (again.status, again.previous, again.final) == (first_change.status, None, False)
        assert again.sequence == first_change.sequence


def test_a_watch_that_a_journal_has_kept(endpoint: str, binary: str, tmp_path: Path) -> None:
    def bridge() -> CoverBridge:
        return CoverBridge(
            endpoint=endpoint, api_key="any", journal=tmp_path / "j.db", interval=60, command=binary
        )

    first = bridge()
    next(first.watch("pending"))
    os.kill(pid_of(first), signal.SIGKILL)
    first.close()
    # The task does not change any more, so the client must request its status.
    with bridge() as second:
        assert [watch.task_id for watch in second.watches()] == ["pending"]
        events = list(second.watch("pending", timeout=3))
        assert states(events) == ["pending"]
        assert events[0].sequence == second.journal.last_sequence == 1
        assert isinstance(events[1], WatchEnded)
        assert events[1].reason == "timeout"


def test_pages_of_watches(real: Real) -> None:
    ids = [f"pending-{number:03}" for number in range(25)]
    with real() as bridge:
        with bridge.watch(reversed(ids)):
            found: list[str] = []
            sizes: list[int] = []
            while page := bridge.watches(after=found[-1] if found else None, limit=10):
                found += [watch.task_id for watch in page]
                sizes.append(len(page))
            assert sizes == [10, 10, 5]
            assert found == ids == [watch.task_id for watch in bridge.watches()]
        eventually(lambda: not bridge.watches())


def test_ids_that_look_alike_are_two_watches(real: Real) -> None:
    ids = ["success-4s-caf\u00e9", "success-4s-cafe\u0301", "success-4s-K", "success-4s-\u212a"]
    with real() as bridge:
        with bridge.watch([each.replace("success-4s", "pending") for each in ids]):
            assert len(bridge.watches()) == 4
        events = list(bridge.watch(ids))
        for each in ids:
            mine = [event for event in events if event.task_id == each]
            assert states(mine) == ["pending", "generating", "succeeded"]
            assert bridge.status(each).task_id == each
        assert len({bridge.status(each).parent_task_id for each in ids}) == 4
        # An invalid id must affect only this call.
        for wrong in ("", "a\nb", "x" * 257):
            with pytest.raises(cover_bridge.InvalidParams):
                bridge.watch([*ids, wrong])
        assert [bridge.status(each).state for each in ids] == ["succeeded"] * 4
