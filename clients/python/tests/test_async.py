"""The parts of the asyncio client that the synchronous client lacks: the loop and cancellation."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Coroutine
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

import cover_bridge
from cover_bridge import AsyncCoverBridge, CoverBridge

from .conftest import FAKE, AsyncFake, Heard, bridge_threads, eventually
from .test_watches import states


def run(main: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(main, 30)

    asyncio.run(bounded(), debug=True)


def test_both_clients_have_the_same_surface() -> None:
    renamed = {"close": "aclose"}
    sync = {renamed.get(name, name) for name in dir(CoverBridge) if not name.startswith("_")}
    asynchronous = {name for name in dir(AsyncCoverBridge) if not name.startswith("_")}
    assert asynchronous - sync == {"start"}
    assert sync <= asynchronous


def test_every_call(async_fake: AsyncFake, tmp_path: Path) -> None:
    async def main() -> None:
        reports: list[tuple[int, Any]] = []
        async with await async_fake().start() as bridge:
            await bridge.ping()
            assert bridge.server_info.name == "fake"
            assert (await bridge.status("x")).state == "pending"
            assert await bridge.credits() == 12
            assert await bridge.sync() == 0
            assert (await bridge.changes(after=0, limit=5)).changes == ()
            assert await bridge.unwatch(["unwatched"]) == []
            files = await bridge.download(
                "x", tmp_path, progress=lambda value: reports.append((threading.get_ident(), value))
            )
            assert files[0].bytes == 3
            assert reports == [(threading.get_ident(), {"bytes": part}) for part in (1, 2, 3)]

    run(main())


def test_two_tasks_that_start_the_client_start_it_once(async_fake: AsyncFake, heard: Heard) -> None:
    async def main() -> None:
        bridge = async_fake()
        first = asyncio.create_task(bridge.start())
        await asyncio.sleep(0)
        await bridge.start()
        assert bridge.server_info.name == "fake"
        assert await first is bridge
        await bridge.aclose()

    run(main())
    assert len(heard.messages("initialize")) == 1


def test_without_a_start_there_is_no_information(async_fake: AsyncFake) -> None:
    bridge = async_fake()
    with pytest.raises(cover_bridge.BridgeClosed, match="not started: use async with"):
        _ = bridge.server_info
    with pytest.raises(cover_bridge.BridgeClosed, match="not started: use async with"):
        run(bridge.ping())


def test_cancelling_a_task_cancels_the_call(async_fake: AsyncFake, heard: Heard) -> None:
    async def main() -> None:
        async with async_fake() as bridge:
            waiting = asyncio.create_task(bridge.wait("x"))
            await asyncio.to_thread(heard.expect, "cover/wait")
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await bridge.ping()
        id = heard.messages("cover/wait")[0]["id"]
        assert heard.messages("$/cancelRequest")[0]["params"] == {"id": id}

    run(main())


def test_an_error_in_progress_ends_the_download(
    async_fake: AsyncFake, heard: Heard, tmp_path: Path
) -> None:
    reports: list[Any] = []

    def progress(report: Any) -> None:
        reports.append(report)
        raise KeyError("no more")

    async def main() -> None:
        async with async_fake() as bridge:
            for task_id in ("silent", "x"):
                with pytest.raises(KeyError, match="no more"):
                    await bridge.download(task_id, tmp_path, progress=progress)
        assert reports == [{"bytes": 1}] * 2
        first = heard.messages("cover/download")[0]["id"]
        assert {"id": first} in [each["params"] for each in heard.messages("$/cancelRequest")]

    run(main())


def test_a_call_timeout(async_fake: AsyncFake, heard: Heard) -> None:
    async def main() -> None:
        async with async_fake(timeout=3) as bridge:
            with pytest.raises(cover_bridge.CallTimeout):
                await bridge.status("silent")
            await bridge.ping()
        assert len(heard.messages("$/cancelRequest")) == 1

    run(main())


def test_a_line_of_a_mebibyte(async_fake: AsyncFake) -> None:
    async def main() -> None:
        async with async_fake() as bridge:
            assert len((await bridge.status("huge")).callback_url or "") == 1 << 20

    run(main())


def test_death_and_restart(
    async_fake: AsyncFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_DIED", str(tmp_path / "died"))

    async def main() -> None:
        async with async_fake(restart=True) as bridge:
            events = [event async for event in bridge.watch("brittle")]
            assert states(events) == ["pending", "generating", "succeeded"]
        async with async_fake() as bridge:
            changes = bridge.watch("open")
            await changes.__anext__()
            assert bridge.pid is not None
            os.kill(bridge.pid, signal.SIGKILL)
            with pytest.raises(cover_bridge.BridgeDied):
                await changes.__anext__()
            with pytest.raises(cover_bridge.BridgeDied):
                await bridge.ping()

    run(main())


def test_health_is_reported_on_the_loop(async_fake: AsyncFake) -> None:
    async def main() -> None:
        reported: asyncio.Future[cover_bridge.Health] = asyncio.get_running_loop().create_future()
        async with async_fake(on_health=reported.set_result) as bridge:
            await bridge.stats()
            assert (await reported).state == "rateLimited"

    run(main())


def test_callbacks_run_in_the_context_of_the_caller(async_fake: AsyncFake, tmp_path: Path) -> None:
    request: ContextVar[str] = ContextVar("request", default="none")
    seen: dict[str, str] = {}

    async def main() -> None:
        request.set("start")
        has_health = asyncio.Event()

        def on_health(health: cover_bridge.Health) -> None:
            seen["health"] = request.get()
            has_health.set()

        def progress(report: Any) -> None:
            seen["progress"] = request.get()

        async with async_fake(on_health=on_health) as bridge:
            request.set("call")
            await bridge.download("x", tmp_path, progress=progress)
            await bridge.stats()
            await has_health.wait()

    run(main())
    assert seen == {"health": "start", "progress": "call"}


def test_a_forgotten_client_ends_with_the_loop_closed() -> None:
    async def main() -> None:
        bridge = await AsyncCoverBridge(command=FAKE).start()
        await bridge.watch("open").__anext__()

    run(main())
    gc.collect()
    eventually(lambda: not bridge_threads())
