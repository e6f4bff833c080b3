"""Watches and their iterators."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time

import pytest

import cover_bridge
from cover_bridge import StatusChange, WatchEnded, WatchEvent, _subscriptions

from .conftest import Fake, Heard


def states(events: list[WatchEvent]) -> list[str]:
    return [event.status.state for event in events if isinstance(event, StatusChange)]


def test_a_watch_to_its_end(fake: Fake, heard: Heard) -> None:
    with fake() as bridge:
        events = list(bridge.watch("success", interval=5, timeout=60))
    assert states(events) == ["pending", "generating", "succeeded"]
    assert [event.sequence for event in events] == [1, 2, 3]
    assert heard.messages("cover/watch")[0]["params"] == {
        "taskIds": ["success"],
        "interval": 5,
        "timeout": 60,
    }
    assert heard.messages("cover/unwatch") == []


def test_several_tasks_each_once(fake: Fake, heard: Heard) -> None:
    with fake() as bridge:
        events = list(bridge.watch(iter(["success-1", "success-2", "success-1"])))
    assert sorted(event.task_id for event in events) == ["success-1"] * 3 + ["success-2"] * 3
    assert heard.messages("cover/watch")[0]["params"]["taskIds"] == ["success-1", "success-2"]


def test_a_watch_that_ends_early_is_an_event(fake: Fake) -> None:
    with fake() as bridge:
        events = list(bridge.watch(["ended", "success"]))
    ended = events[0]
    assert isinstance(ended, WatchEnded)
    assert (ended.task_id, ended.reason) == ("ended", "unauthorized")
    assert isinstance(ended.error, cover_bridge.Unauthorized)
    assert len(states(events)) == 3


def test_a_watch_that_the_bridge_does_not_end_in_time_ends_by_itself(
    fake: Fake, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_subscriptions, "GRACE", 2.0)
    with fake() as bridge:
        changes = bridge.watch(["open-1", "open-2"], timeout=0.1)
        assert len([next(changes), next(changes)]) == 2
        with pytest.raises(cover_bridge.CallTimeout, match="did not end the watch"):
            next(changes)
        assert list(changes) == []
        heard.expect("cover/unwatch")


def test_a_refused_watch_raises(fake: Fake) -> None:
    with fake() as bridge, pytest.raises(cover_bridge.InvalidParams) as caught:
        bridge.watch("refused")
    assert caught.value.parameter == "taskIds"


def test_break_unwatches(fake: Fake, heard: Heard) -> None:
    with fake() as bridge:
        for _ in bridge.watch(["open-1", "open-2"]):
            break
        gc.collect()
        assert heard.expect("cover/unwatch")[0]["params"] == {"taskIds": ["open-1", "open-2"]}


def test_a_call_after_the_loop_finds_its_tasks_unwatched(fake: Fake, heard: Heard) -> None:
    with fake() as bridge:
        for _ in bridge.watch("open"):
            break
        bridge.ping()
    methods = [message["method"] for message in heard.all()]
    assert methods[1:4] == ["cover/watch", "cover/unwatch", "ping"]


def test_a_kept_interrupt_does_not_keep_the_watch(fake: Fake, heard: Heard) -> None:
    with fake() as bridge:
        threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT]).start()
        with pytest.raises(KeyboardInterrupt) as kept:
            for _ in bridge.watch("open"):
                pass
        bridge.ping()
        assert kept.value.__traceback__ is not None
    methods = [message["method"] for message in heard.all()]
    assert methods[1:4] == ["cover/watch", "cover/unwatch", "ping"]


def test_a_with_block_unwatches(fake: Fake, heard: Heard) -> None:
    with fake() as bridge:
        with bridge.watch("open") as changes:
            assert next(changes).task_id == "open"
        assert list(changes) == []
        heard.expect("cover/unwatch")
    assert len(heard.messages("cover/unwatch")) == 1


def test_unwatch_ends_the_iterators_after_the_queued_events(fake: Fake) -> None:
    with fake() as bridge:
        changes = bridge.watch(["open-1", "open-2"])
        assert bridge.unwatch("open-1") == ["open-1"]
        assert bridge.unwatch(["open-2"]) == ["open-2"]
        assert [event.task_id for event in changes] == ["open-1", "open-2"]


def test_a_slow_reader_delays_nothing_else(fake: Fake) -> None:
    with fake() as bridge:
        changes = bridge.watch("many:20000")
        began = time.monotonic()
        bridge.ping()
        assert bridge.status("x").task_id == "x"
        assert time.monotonic() - began < 30
        assert [event.sequence for event in changes] == list(range(1, 20_002))


def test_closing_the_bridge_ends_a_blocked_iterator(fake: Fake) -> None:
    bridge = fake()
    changes = bridge.watch("open")
    next(changes)
    threading.Timer(0.1, bridge.close).start()
    with pytest.raises(cover_bridge.BridgeClosed):
        next(changes)
    assert list(changes) == []


def test_closing_the_iterator_from_another_thread_ends_it(fake: Fake) -> None:
    with fake() as bridge:
        changes = bridge.watch("open")
        threading.Timer(0.1, changes.close).start()
        assert len(list(changes)) == 1


def test_an_iterator_keeps_its_bridge(fake: Fake) -> None:
    events: list[WatchEvent] = []
    for event in fake().watch("success"):
        gc.collect()
        events.append(event)
    assert len(events) == 3
