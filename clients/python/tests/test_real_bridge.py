"""Tests with the real binary, which ``COVER_BRIDGE`` names, and its sandbox."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import threading
import time
from pathlib import Path

import pytest

import cover_bridge
from cover_bridge import AsyncCoverBridge, CoverBridge, StatusChange, WatchEnded, WatchEvent
from cover_bridge import _wire as wire

from .conftest import Real, eventually
from .test_death import pid_of
from .test_lifecycle import alive
from .test_watches import states


def test_initialize(real: Real) -> None:
    with real() as bridge:
        assert bridge.server_info.name == "cover-bridge"
        assert bridge.protocol_version == 1
        assert bridge.sandbox
        assert not bridge.journal.persistent
        bridge.ping()
        assert isinstance(bridge.stats(), dict)
        assert bridge.credits() >= 0


def test_a_watch_to_the_end(real: Real) -> None:
    with real() as bridge:
        events = list(bridge.watch("success-4s"))
        assert bridge.watches() == []
        page = bridge.changes()
    assert states(events) == ["pending", "generating", "succeeded"]
    assert [each.previous for each in events if isinstance(each, StatusChange)] == [
        None,
        "pending",
        "generating",
    ]
    sequences = [event.sequence for event in events]
    assert sequences == list(range(sequences[0], sequences[0] + 3))
    last = events[-1]
    assert isinstance(last, StatusChange)
    assert last.final
    assert len(last.status.images) == 2
    assert last.status.completed_at is not None
    assert [change.sequence for change in page.changes] == sequences
    assert not page.more


def test_a_task_that_is_watched_again_after_a_break_gets_its_status(real: Real) -> None:
    with real() as bridge:
        for _ in range(3):
            for _ in bridge.watch("pending"):
                break
            assert states(list(bridge.watch("pending", timeout=3))) == ["pending"]


def test_asyncio_a_task_that_is_watched_again_after_a_break_gets_its_status(binary: str) -> None:
    async def run() -> None:
        async with AsyncCoverBridge(command=binary, sandbox=True, interval=0.2) as bridge:
            async for _ in bridge.watch("pending"):
                break
            again = [event async for event in bridge.watch("pending", timeout=3)]
            assert states(again) == ["pending"]

    asyncio.run(run())


def test_a_message_as_long_as_the_bridge_reads_and_a_longer_one(real: Real) -> None:
    with real(args=["--max-message-bytes", "400"], timeout=10) as bridge:
        frame = len(wire.request(2, "cover/status", {"taskId": ""})) - 1
        with pytest.raises(cover_bridge.InvalidParams):
            bridge.status("x" * (400 - frame))
        with pytest.raises(cover_bridge.MessageTooLarge, match="401 bytes"):
            bridge.status("x" * (401 - frame))
        with pytest.raises(cover_bridge.MessageTooLarge):
            bridge.watch(["x" * 200, "y" * 200])
        assert states(list(bridge.watch("success-0s"))) == ["succeeded"]


def test_a_failure(real: Real) -> None:
    with real() as bridge:
        status = bridge.wait("fail-0.3s", timeout=20)
    assert (status.state, status.final) == ("failed", True)
    assert status.failure is not None
    assert status.failure.message


def test_several_tasks_in_one_watch(real: Real) -> None:
    tasks = {"success-4s-a": "succeeded", "fail-4s-b": "failed", "flicker-4s-c": "succeeded"}
    with real() as bridge:
        events = list(bridge.watch(tasks))
    for task_id, end in tasks.items():
        mine = [event for event in events if event.task_id == task_id]
        assert states(mine) == ["pending", "generating", end]
    sequences = [event.sequence for event in events]
    assert sequences == sorted(set(sequences))


def test_a_task_that_is_final_already(real: Real) -> None:
    with real() as bridge:
        bridge.wait("success-0.2s", timeout=20)
        events = list(bridge.watch("success-0.2s"))
    assert states(events) == ["succeeded"]


def test_a_wait_timeout(real: Real) -> None:
    with real() as bridge:
        with pytest.raises(cover_bridge.WaitTimeout) as caught:
            bridge.wait("generating", timeout=3)
        assert caught.value.last is not None
        assert caught.value.last.state == "generating"
        assert (caught.value.code, caught.value.retryable) == (1005, True)
        bridge.ping()


def test_a_watch_timeout(real: Real) -> None:
    with real() as bridge:
        events = list(bridge.watch("pending", timeout=3))
    assert states(events) == ["pending"]
    assert isinstance(events[-1], WatchEnded)
    assert events[-1].reason == "timeout"


def test_break_unwatches(real: Real) -> None:
    with real() as bridge:
        for _ in bridge.watch("pending"):
            assert [watch.task_id for watch in bridge.watches()] == ["pending"]
            break
        assert eventually(lambda: bridge.watches() == [])


def test_cancelling_a_wait() -> None:
    async def main() -> None:
        async with AsyncCoverBridge(sandbox=True, interval=0.05) as bridge:
            waiting = asyncio.create_task(bridge.wait("pending"))
            await asyncio.sleep(0.2)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await bridge.ping()
            events = [event async for event in bridge.watch(["success-0.3s"])]
            assert states(events)[-1] == "succeeded"

    asyncio.run(main())


@pytest.mark.parametrize("persistent", [False, True])
def test_killed_in_the_middle(
    gated_api: str, binary: str, tmp_path: Path, persistent: bool
) -> None:
    journal = tmp_path / "journal.sqlite" if persistent else None
    with CoverBridge(
        endpoint=gated_api, api_key="any", journal=journal, interval=1, restart=True, command=binary
    ) as bridge:
        epoch, pid = bridge.journal.epoch, pid_of(bridge)
        events: list[WatchEvent] = []
        for event in bridge.watch("task"):
            events.append(event)
            if len(events) == 1:
                os.kill(pid, signal.SIGKILL)
                eventually(lambda: bridge.pid != pid)
                (tmp_path / "gate-generating").touch()
            elif len(events) == 2:
                (tmp_path / "gate-succeeded").touch()
        assert (bridge.journal.epoch == epoch) == persistent
        if persistent:
            sequences = [event.sequence for event in events]
            assert sequences == sorted(set(sequences))
    assert states(events) == ["pending", "generating", "succeeded"]


def test_killed_without_restart(real: Real) -> None:
    with real() as bridge:
        pid = pid_of(bridge)
        threading.Timer(0.2, os.kill, (pid, signal.SIGKILL)).start()
        with pytest.raises(cover_bridge.BridgeDied) as caught:
            bridge.wait("pending")
        assert caught.value.exit_code == -signal.SIGKILL


def test_a_journal_outlives_its_bridge(real: Real, tmp_path: Path) -> None:
    with real(journal=tmp_path / "journal.sqlite") as bridge:
        epoch = bridge.journal.epoch
        assert bridge.journal.persistent
        events = list(bridge.watch("success-0.3s"))
    with real(journal=tmp_path / "journal.sqlite") as bridge:
        assert bridge.journal.epoch == epoch
        assert bridge.journal.last_sequence == events[-1].sequence
        assert list(bridge.changes().changes) == events


def test_a_slow_consumer(real: Real) -> None:
    tasks = [f"success-0.5s-{number}" for number in range(700)]
    with real(rate=5000) as bridge:
        changes = bridge.watch(tasks)
        # The loop reads nothing until the bridge has sent all events. Meanwhile, other calls work.
        while bridge.watches():
            assert bridge.status("pending").state == "pending"
            bridge.ping()
        events = list(changes)
    finals = [event.task_id for event in events if isinstance(event, StatusChange) and event.final]
    assert sorted(finals) == sorted(tasks)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))


def test_watching_right_after_unwatching(real: Real) -> None:
    with real() as bridge:
        for _ in range(100):
            changes = bridge.watch("pending")
            next(changes)
            changes.close()
            # The bridge may handle both requests at the same time.
        changes = bridge.watch("pending")
        assert next(changes).task_id == "pending"
        assert [watch.task_id for watch in bridge.watches()] == ["pending"]


@pytest.mark.parametrize("task_id", ["success-0.2s-ü€😀", "success-0.2s-\u2028 /?#%", "x" * 256])
def test_ids_that_are_not_ascii(real: Real, task_id: str) -> None:
    with real() as bridge:
        assert bridge.status(task_id).task_id == task_id
        assert next(bridge.watch(task_id)).task_id == task_id


def test_a_folder_whose_name_is_not_ascii(real: Real, tmp_path: Path) -> None:
    folder = tmp_path / "für \n Elise \u2028 😀"
    with real() as bridge:
        files = bridge.download("success-0s-ä", folder)
    assert [Path(file.path).parent for file in files] == [folder] * 2
    assert all(Path(file.path).is_file() for file in files)


def test_invalid_unicode_and_numbers(real: Real, tmp_path: Path) -> None:
    with real() as bridge:
        with pytest.raises(ValueError, match="is not UTF-8"):
            bridge.download("success-0s", os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
        for after in (-1, 2**63, 10**30):
            with pytest.raises(cover_bridge.InvalidParams):
                bridge.changes(after=after)
        assert bridge.changes(after=2**63 - 1).changes == ()


def test_a_watch_ended_by_an_error(real: Real) -> None:
    with real() as bridge:
        events = list(bridge.watch(["unauthorized", "success-0.3s"]))
    ended = [event for event in events if isinstance(event, WatchEnded)]
    assert [(event.task_id, event.reason) for event in ended] == [("unauthorized", "unauthorized")]
    assert isinstance(ended[0].error, cover_bridge.Unauthorized)


def test_a_download(real: Real, tmp_path: Path) -> None:
    reports: list[object] = []
    with real() as bridge:
        bridge.wait("success-0.2s", timeout=20)
        files = bridge.download("success-0.2s", tmp_path, progress=reports.append)
        with pytest.raises(cover_bridge.FileExists):
            bridge.download("success-0.2s", tmp_path)
        assert bridge.download("success-0.2s", tmp_path, overwrite=True) == files
    assert len(files) == 2
    assert reports
    for file in files:
        content = Path(file.path).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)


def test_a_generation(real: Real) -> None:
    with real() as bridge:
        with pytest.raises(cover_bridge.ValidationFailed) as caught:
            bridge.generate("music-1")
        assert str(caught.value).endswith(f" The API says: {caught.value.api_message}")
        first = bridge.generate("music-1", callback_url="https://example.com/callback")
        again = bridge.generate("music-1", callback_url="https://example.com/callback")
    assert (again.task_id, first.reused, again.reused) == (first.task_id, False, True)


def test_close_leaves_no_process(real: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    # A bridge that does not leave by itself gets a signal after this time.
    monkeypatch.setattr("cover_bridge._process.GRACE", 60.0)
    with real() as bridge:
        bridge.watch("pending")
        pid = pid_of(bridge)
        began = time.monotonic()
    assert time.monotonic() - began < 50, "the bridge left by itself"
    assert not alive(pid)
