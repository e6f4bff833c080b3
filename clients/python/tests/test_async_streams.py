"""The iterator of the asyncio client."""

from __future__ import annotations

import asyncio
import gc

import pytest

import cover_bridge
from cover_bridge import AsyncChangeStream, WatchEvent, _subscriptions

from .conftest import AsyncFake, Heard
from .test_async import run
from .test_watches import states


async def collect(changes: AsyncChangeStream) -> list[WatchEvent]:
    return [event async for event in changes]


def test_a_watch_to_its_end(async_fake: AsyncFake) -> None:
    async def main() -> None:
        async with async_fake() as bridge:
            events = [event async for event in bridge.watch(["success", "ended"])]
        assert states(events) == ["pending", "generating", "succeeded"]

    run(main())


def test_a_watch_that_the_bridge_does_not_end_in_time_ends_by_itself(
    async_fake: AsyncFake, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_subscriptions, "GRACE", 2.0)

    async def main() -> None:
        async with async_fake() as bridge:
            changes = bridge.watch("open-1", timeout=0.1)
            await changes.__anext__()
            with pytest.raises(cover_bridge.CallTimeout, match="did not end the watch"):
                await changes.__anext__()
            assert await collect(changes) == []
            await asyncio.to_thread(heard.expect, "cover/unwatch")

    run(main())


def test_a_refused_watch_raises_at_the_first_step(async_fake: AsyncFake) -> None:
    async def main() -> None:
        async with async_fake() as bridge:
            changes = bridge.watch("refused")
            with pytest.raises(cover_bridge.InvalidParams):
                await changes.__anext__()
            assert [event async for event in changes] == []

    run(main())


def test_a_cancelled_task_that_is_kept_does_not_keep_the_watch(
    async_fake: AsyncFake, heard: Heard
) -> None:
    async def consume(bridge: cover_bridge.AsyncCoverBridge) -> None:
        async for _ in bridge.watch("open"):
            pass

    async def main() -> None:
        async with async_fake() as bridge:
            task = asyncio.create_task(consume(bridge))
            await asyncio.to_thread(heard.expect, "cover/watch")
            task.cancel()
            await asyncio.wait([task])
            await bridge.ping()
            assert task.cancelled()
        methods = [message["method"] for message in heard.all()]
        assert "cover/unwatch" in methods[: methods.index("ping")]

    run(main())


def test_break_unwatches(async_fake: AsyncFake, heard: Heard) -> None:
    async def main() -> None:
        async with async_fake() as bridge:
            async for _ in bridge.watch("open-1"):
                break
            gc.collect()
            await asyncio.to_thread(heard.expect, "cover/unwatch")
            async with bridge.watch("open-2") as changes:
                await changes.__anext__()
            await asyncio.to_thread(heard.expect, "cover/unwatch", 2)

    run(main())


def test_cancelling_a_watch_unwatches(async_fake: AsyncFake, heard: Heard) -> None:
    async def main() -> None:
        async with async_fake() as bridge:
            started = asyncio.Event()

            async def follow() -> None:
                async for _ in bridge.watch("open"):
                    started.set()

            following = asyncio.create_task(follow())
            await started.wait()
            following.cancel()
            with pytest.raises(asyncio.CancelledError):
                await following
            await bridge.ping()
        assert heard.messages("cover/unwatch")[0]["params"] == {"taskIds": ["open"]}
        assert len(heard.messages("cover/unwatch")) == 1

    run(main())


def test_a_cancelled_step_loses_nothing(async_fake: AsyncFake) -> None:
    async def main() -> None:
        async with async_fake() as bridge:
            changes = bridge.watch("open")
            await changes.__anext__()
            for _ in range(3):
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(changes.__anext__(), 0.02)
            await bridge.unwatch("open")
            assert [event async for event in changes] == []

    run(main())


def test_a_cancelled_first_step_is_not_the_end(async_fake: AsyncFake) -> None:
    async def main() -> None:
        async with async_fake() as bridge:
            changes = bridge.watch("tardy:0.3")
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(changes.__anext__(), 0.02)
            assert (await changes.__anext__()).sequence == 1

    run(main())


def test_a_stream_that_is_closed_before_the_answer_ends(async_fake: AsyncFake) -> None:
    async def main() -> None:
        async with async_fake() as bridge:
            changes = bridge.watch("mute")
            reading = asyncio.create_task(collect(changes))
            await asyncio.sleep(0)
            await changes.aclose()
            assert await reading == []
            assert len(await collect(bridge.watch("success"))) == 3

    run(main())


def test_a_stream_of_another_loop(async_fake: AsyncFake) -> None:
    async def begin() -> AsyncChangeStream:
        return (await bridge.start()).watch("open")

    async def end() -> None:
        with pytest.raises(RuntimeError, match="event loop that called watch"):
            await changes.__anext__()
        await changes.aclose()
        await bridge.aclose()

    bridge = async_fake()
    changes = asyncio.run(begin())
    run(end())


def test_an_unanswered_watch_prevents_that_another_unwatches(
    async_fake: AsyncFake, heard: Heard
) -> None:
    async def main() -> None:
        async with async_fake() as bridge:
            first = bridge.watch("open")
            await first.__anext__()
            second = bridge.watch("open")
            await first.aclose()
            await bridge.ping()
            assert heard.messages("cover/unwatch") == []
            await second.__anext__()

    run(main())


def test_a_slow_reader_delays_nothing_else(async_fake: AsyncFake) -> None:
    async def main() -> None:
        async with async_fake() as bridge:
            changes = bridge.watch("many:5000")
            await bridge.ping()
            assert len([event async for event in changes]) == 5001

    run(main())
