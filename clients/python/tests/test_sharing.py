"""Threads or tasks share streams and bridges, or end in the middle of a step."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

import cover_bridge
from cover_bridge import AsyncCoverBridge, CoverBridge

from .conftest import FAKE, AsyncFake, Fake, eventually
from .test_async import run
from .test_lifecycle import alive


def test_two_threads_on_one_stream_both_end(fake: Fake) -> None:
    with fake() as bridge:
        changes = bridge.watch("open")
        counts: list[int] = []
        readers = [
            threading.Thread(target=lambda: counts.append(len(list(changes))), daemon=True)
            for _ in range(3)
        ]
        for reader in readers:
            reader.start()
        bridge.ping()
        bridge.unwatch("open")
        for reader in readers:
            reader.join(60)
        assert sorted(counts) == [0, 0, 1]


def test_two_threads_on_a_stream_of_a_bridge_that_dies(fake: Fake) -> None:
    bridge = fake()
    changes = bridge.watch("open")
    failures: list[BaseException] = []

    def read() -> None:
        try:
            list(changes)
        except cover_bridge.BridgeDied as error:
            failures.append(error)

    readers = [threading.Thread(target=read, daemon=True) for _ in range(2)]
    for reader in readers:
        reader.start()
    with pytest.raises(cover_bridge.BridgeDied):
        bridge.status("die")
    for reader in readers:
        reader.join(60)
        assert not reader.is_alive()
    assert len(failures) == 1
    bridge.close()


def test_two_tasks_on_one_stream_both_end(async_fake: AsyncFake) -> None:
    async def main() -> None:
        async with async_fake() as bridge:
            changes = bridge.watch("open")

            async def read() -> int:
                return len([event async for event in changes])

            readers = [asyncio.create_task(read()) for _ in range(3)]
            await bridge.ping()
            await bridge.unwatch("open")
            assert sorted(await asyncio.gather(*readers)) == [0, 0, 1]

    run(main())


@pytest.mark.parametrize("steps", [*range(12), 20, 40])
def test_a_start_that_is_cancelled_leaves_nothing(steps: int) -> None:
    pids: list[int | None] = []

    async def main() -> None:
        bridge = AsyncCoverBridge(command=FAKE)
        task = asyncio.create_task(use(bridge))
        for _ in range(steps):
            await asyncio.sleep(0)
        pids.append(bridge.pid)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def use(bridge: AsyncCoverBridge) -> None:
        async with bridge:
            await bridge.wait("x")

    run(main())
    eventually(lambda: all(pid is None or not alive(pid) for pid in pids))


def test_a_cancelled_close_continues(async_fake: AsyncFake) -> None:
    async def main() -> None:
        bridge = await async_fake().start()
        pid = bridge.pid
        assert pid is not None
        closing = asyncio.create_task(bridge.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        await bridge.aclose()
        assert not alive(pid)

    run(main())


def test_many_threads_at_once(fake: Fake) -> None:
    failures: list[Any] = []

    def work(bridge: CoverBridge, number: int) -> None:
        try:
            for turn in range(20):
                task_id = f"open-{number}-{turn}"
                assert bridge.status(task_id).task_id == task_id
                with bridge.watch(task_id) as changes:
                    assert next(changes).task_id == task_id
        except BaseException as error:
            failures.append(error)

    with fake() as bridge:
        threads = [threading.Thread(target=work, args=(bridge, each)) for each in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        session = bridge._engine.session  # pyright: ignore[reportPrivateUsage]
        bridge.ping()
        eventually(lambda: not session._calls)  # pyright: ignore[reportPrivateUsage]
        assert session._subscriptions.tasks == []  # pyright: ignore[reportPrivateUsage]
    assert failures == []
