"""Threads that cannot start, and event loops that do not belong to asyncio."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cover_bridge
from cover_bridge import AsyncCoverBridge, CannotRun, CoverBridge

from .conftest import FAKE, AsyncFake, Fake, Heard, bridge_threads, eventually
from .test_async import run
from .test_restart import kill


class FewThreads:
    """A system that starts this number of threads, and refuses further threads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
        self.left = left
        start = threading.Thread.start

        def limited(thread: threading.Thread) -> None:
            if thread.name.startswith(("cover-bridge", "asyncio")):
                if self.left == 0:
                    raise RuntimeError("can't start new thread")
                self.left -= 1
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", limited)


def children() -> list[int]:
    """The child processes of this process, including dead processes that are not reaped."""
    listed = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text()
    return [int(pid) for pid in listed.split()]


def descriptors() -> list[str]:
    return os.listdir("/proc/self/fd")


@pytest.mark.parametrize("started", range(3))
def test_a_thread_that_does_not_start(monkeypatch: pytest.MonkeyPatch, started: int) -> None:
    gc.collect()
    before = descriptors()
    FewThreads(monkeypatch, started)
    with pytest.raises(CannotRun, match="can't start new thread"):
        CoverBridge(command=FAKE, on_health=print)
    eventually(lambda: not bridge_threads())
    assert children() == []
    assert len(descriptors()) == len(before)


@pytest.mark.parametrize("started", range(3))
def test_a_thread_that_does_not_start_under_asyncio(
    monkeypatch: pytest.MonkeyPatch, started: int
) -> None:
    FewThreads(monkeypatch, started)

    async def main() -> None:
        with pytest.raises(CannotRun, match="can't start new thread"):
            await AsyncCoverBridge(command=FAKE).start()

    run(main())
    assert children() == []


def test_closing_needs_no_thread(async_fake: AsyncFake, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with async_fake() as bridge:
            await bridge.ping()
            FewThreads(monkeypatch, 0)

    run(main())
    assert children() == []


def test_a_restart_without_threads_says_so(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake(restart=True) as bridge:
        changes = bridge.watch("open")
        next(changes)
        FewThreads(monkeypatch, 1)
        kill(bridge)
        with pytest.raises(cover_bridge.BridgeClosed, match="can't start new thread"):
            next(changes)


def step(coroutine: Any) -> None:
    """Runs a coroutine without an event loop."""
    try:
        coroutine.send(None)
    finally:
        coroutine.close()


CALLS: dict[str, Callable[[AsyncCoverBridge], Any]] = {
    "start": lambda bridge: bridge.start(),
    "ping": lambda bridge: bridge.ping(),
    "unwatch": lambda bridge: bridge.unwatch("x"),
    "download": lambda bridge: bridge.download("x", "/tmp", progress=print),
    "watch": lambda bridge: bridge.watch("x"),
}


@pytest.mark.parametrize("call", CALLS)
def test_without_a_loop_the_cause_is_reported_and_nothing_is_sent(
    async_fake: AsyncFake, heard: Heard, call: str
) -> None:
    bridge = async_fake()
    with pytest.raises(CannotRun, match="needs an event loop of asyncio, and none runs") as raised:
        step(CALLS[call](bridge))
    assert raised.value.__context__ is None
    assert bridge.pid is None
    assert heard.messages("initialize") == []


def test_under_trio(async_fake: AsyncFake, heard: Heard) -> None:
    trio = pytest.importorskip("trio")

    async def main() -> None:
        with pytest.raises(CannotRun, match="trio runs here"):
            async with async_fake():
                pass
        # The error message advises the user to do this.
        with CoverBridge(command=FAKE) as bridge:
            await trio.to_thread.run_sync(bridge.ping)

    trio.run(main)
    assert len(heard.messages("initialize")) == 1


def test_a_stream_on_another_loop_names_its_loop(async_fake: AsyncFake) -> None:
    kept: list[Any] = []

    async def begin() -> None:
        bridge = await async_fake().start()
        kept.extend([bridge, bridge.watch("open")])

    async def step_elsewhere() -> None:
        with pytest.raises(RuntimeError, match="the event loop that called watch"):
            await kept[1].__anext__()
        await kept[0].aclose()

    asyncio.run(begin())
    asyncio.run(step_elsewhere())
