"""Plays the cases of ``clients/conformance`` with both clients. README.md explains their form."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Union

import pytest

from cover_bridge import AsyncCoverBridge, CoverBridgeError, Generation, StatusChange
from cover_bridge._async_stream import AsyncChangeStream
from cover_bridge._restart import RestartPolicy

from .in_threads import CoverBridgeInThreads, Stream

LIST = Path(__file__).parents[2] / "conformance"
CASES = [
    case for file in sorted(LIST.glob("cases/*.json")) for case in json.loads(file.read_text())
]
POLICY = json.loads((LIST / "restarts.json").read_text())
PATIENCE = 10.0

Step = dict[str, Any]
Clients = type[Union[AsyncCoverBridge, CoverBridgeInThreads]]


@pytest.mark.parametrize("client", [AsyncCoverBridge, CoverBridgeInThreads])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: Step, client: Clients, tmp_path: Path) -> None:
    (tmp_path / "case.json").write_text(json.dumps(case))
    asyncio.run(Player(client, case, tmp_path).play())


@pytest.mark.parametrize("lives", POLICY["lives"], ids=str)
def test_restart_policy(lives: list[tuple[float | None, float | None]]) -> None:
    policy = RestartPolicy()
    for lived, pause in lives:
        assert policy.pause(lived) == pytest.approx(pause)  # pyright: ignore[reportUnknownMemberType]


class Player:
    def __init__(self, client: Clients, case: Step, folder: Path) -> None:
        self.folder = folder
        self.steps: list[Step] = case["steps"]
        self.bridge = client(
            command=[sys.executable, "-S", str(LIST / "fake_bridge.py"), str(folder)],
            restart=case.get("restart", False),
            env=case.get("environment"),
        )
        self.watches: dict[str, AsyncChangeStream | Stream] = {}
        self.calls: dict[str, asyncio.Task[Any]] = {}

    async def play(self) -> None:
        try:
            for number, step in enumerate(self.steps):
                try:
                    await asyncio.wait_for(
                        getattr(self, "do_" + step["do"])(**members(step)), PATIENCE
                    )
                except Exception as error:
                    raise AssertionError(
                        f"step {number}, {step}: {error!r}; {self.seen()}"
                    ) from error
            assert self.seen().get("faults") == []
        finally:
            await self.bridge.aclose()

    def seen(self) -> Step:
        path = self.folder / "seen.json"
        return json.loads(path.read_text()) if path.exists() else {}

    async def do_start(self, error: str | None = None) -> None:
        def shown(started: Any) -> Step:
            return {}

        wanted = {} if error is None else {"error": error}
        assert await outcome(self.bridge.start(), shown) == wanted

    async def do_watch(
        self, name: str, ids: list[str] | None = None, count: int = 0, **options: float
    ) -> None:
        ids = ids or [str(number + 1) for number in range(count)]
        self.watches[name] = self.bridge.watch(ids, **options)

    async def do_next(self, of: str, times: int = 1, **wanted: Any) -> None:
        for _ in range(times):
            assert await outcome(self.watches[of].__anext__(), event) == wanted

    async def do_call(self, name: str, method: str, task: str) -> None:
        call = getattr(self.bridge, method.removeprefix("cover/"))
        self.calls[name] = asyncio.ensure_future(call(task))
        # A coroutine sends nothing until the loop has run its first step.
        await asyncio.sleep(0)

    async def do_result(self, of: str, says: str = "", **wanted: Any) -> None:
        def shown(result: Any) -> Step:
            if isinstance(result, list):
                return {"task": result[0]}
            return (
                {"task": result.task_id}
                if isinstance(result, Generation)
                else {"state": result.state}
            )

        assert await outcome(self.calls[of], shown) == wanted
        if says:
            assert says in str(self.calls[of].exception())

    async def do_cancel(self, of: str) -> None:
        self.calls[of].cancel()

    async def do_close(self) -> None:
        await self.bridge.aclose()

    async def do_open(self, gate: str) -> None:
        (self.folder / f"gate-{gate}").touch()

    async def do_see(self, heard: dict[str, int] | None = None, **wanted: Any) -> None:
        deadline = time.monotonic() + PATIENCE * 0.9
        while True:
            seen = self.seen()
            found = {name: seen["heard"].get(name, 0) for name in heard or {}}
            if found == (heard or {}) and all(seen[name] == wanted[name] for name in wanted):
                return
            assert time.monotonic() < deadline, "it is never seen"
            await asyncio.sleep(0.005)

    async def do_break(self, of: str) -> None:
        await self.watches[of].aclose()


def members(step: Step) -> Step:
    return {{"as": "name"}.get(name, name): step[name] for name in step if name != "do"}


async def outcome(awaited: Awaitable[Any], shown: Callable[[Any], Step]) -> Step:
    """The outcome of an awaited call, in the form of the cases."""
    try:
        return shown(await awaited)
    except StopAsyncIteration:
        return {"over": True}
    except asyncio.CancelledError:
        return {"error": "cancelled"}
    except CoverBridgeError as error:
        return {"error": error.kind}


def event(found: Any) -> Step:
    if isinstance(found, StatusChange):
        return {"task": found.task_id, "state": found.status.state}
    return {"task": found.task_id, "reason": found.reason}
