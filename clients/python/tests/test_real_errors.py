"""Provokes each kind of error in the real binary. Both clients must raise it."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest

import cover_bridge
from cover_bridge import AsyncCoverBridge, CoverBridge, CoverBridgeError
from cover_bridge import _wire as wire
from cover_bridge._decode import BY_KIND

from .conftest import Real, eventually
from .test_death import pid_of

ROOT = Path(__file__).parents[3]
ERRORS = ROOT / "Tests/errors"
OPENRPC = json.loads((ROOT / "clients/openrpc.json").read_text())["components"]["errors"]

Entry = dict[str, Any]

LISTED: list[Entry] = json.loads((ERRORS / "errors.json").read_text())
# Errors of the sandbox, and other ways to cause the same kinds.
STATUS = [
    ("taskNotFound", "200", False),
    ("unauthorized", "unauthorized", True),
    ("insufficientCredits", "nocredits", True),
    ("featureDisabled", "disabled", True),
    ("taskNotFound", "missing", True),
    ("rateLimited", "ratelimit-60s", True),
    ("maintenance", "maintenance-60s", True),
    ("serverError", "servererror-60s", True),
    ("malformedResponse", "garbage-60s", True),
    ("invalidParams", "", True),
    ("invalidParams", "x" * 257, True),
    ("invalidParams", "a\nb", True),
]
ENTRIES = LISTED + [
    {"kind": kind, "sandbox": sandbox, "method": "cover/status", "params": {"taskId": task_id}}
    for kind, task_id, sandbox in STATUS
]
CLIENTS = [CoverBridge, AsyncCoverBridge]
PLAYS = [(client, entry) for entry in ENTRIES if "lines" not in entry for client in CLIENTS]

# The methods of the protocol that the clients also have.
CALLS: dict[str, Callable[[Any, Entry], Any]] = {
    "cover/status": lambda bridge, params: bridge.status(params.get("taskId")),
    "cover/wait": lambda bridge, params: bridge.wait(
        params["taskId"], timeout=params.get("timeout")
    ),
    "cover/download": lambda bridge, params: bridge.download(params["taskId"], params["directory"]),
    "cover/changes": lambda bridge, params: bridge.changes(),
    "account/credits": lambda bridge, params: bridge.credits(),
    "ping": lambda bridge, params: bridge.ping(),
}


def documented(entry: Entry) -> tuple[int, bool]:
    """The code of the kind, and whether the call may be repeated.

    They come from the entry, or else from openrpc.json.
    """
    error = OPENRPC.get(entry["kind"], {"code": None, "data": {"retryable": False}})
    return entry.get("code", error["code"]), entry.get("retryable", error["data"]["retryable"])


DOCUMENTED = {entry["kind"]: documented(entry) for entry in LISTED}


@asynccontextmanager
async def started(client: Any, entry: Entry, folder: Path) -> AsyncGenerator[Any, None]:
    """A bridge for the entry. ``client`` is the class of one of the two clients."""
    async with AsyncExitStack() as stack:
        options: dict[str, Any] = {"sandbox": True}
        if not entry.get("sandbox"):
            serve = [sys.executable, str(ERRORS / "api.py"), str(folder), entry["kind"]]
            api: Any = stack.enter_context(Popen(serve, stdin=PIPE, stdout=PIPE, text=True))
            options = {"endpoint": api.stdout.readline().strip()}
        if entry.get("key", True):
            options["api_key"] = "any"
        bridge = client(journal=folder / "journal.db", args=entry.get("arguments", []), **options)
        if client is AsyncCoverBridge:
            yield await stack.enter_async_context(bridge)
        else:
            yield stack.enter_context(bridge)


async def answer(bridge: Any, call: Entry) -> Any:
    method, params = call["method"], call.get("params", {})
    if method in CALLS and not call.get("cancel"):
        result = CALLS[method](bridge, params)
        return await result if inspect.isawaitable(result) else result
    session = bridge._engine.session
    future = session.submit(method, params)
    if call.get("cancel"):
        # The session does not know of this cancellation. Otherwise, it would not wait for the
        # answer.
        [open_call] = session._calls.values()
        write(bridge, wire.notification("$/cancelRequest", {"id": open_call.id}))
    return await asyncio.wait_for(asyncio.wrap_future(future), 30)


def write(bridge: Any, line: bytes) -> None:
    bridge._engine.process.send(line)


async def play(client: Any, listed: Entry, folder: Path) -> CoverBridgeError:
    entry: Entry = json.loads(json.dumps(listed).replace("FOLDER", str(folder)))
    async with started(client, entry, folder) as bridge:
        for call in entry.get("before", []):
            await answer(bridge, call)
        for _ in range(1, entry.get("times", 1)):
            bridge._engine.session.submit(entry["method"], entry["params"])
        with pytest.raises(CoverBridgeError) as raised:
            await answer(bridge, entry)
        if entry["kind"] not in ("shuttingDown", "overloaded"):
            await answer(bridge, {"method": "ping"})
        return raised.value


@pytest.fixture(scope="module")
def errors(binary: str, tmp_path_factory: pytest.TempPathFactory) -> list[Future[CoverBridgeError]]:
    """The errors of all entries.

    All entries are played at the same time, because one of them takes 10 s.
    """
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(16) as pool:
        patch.delenv("KIE_API_KEY", raising=False)
        return [
            pool.submit(asyncio.run, play(client, entry, tmp_path_factory.mktemp("play")))
            for client, entry in PLAYS
        ]


def test_every_documented_kind_is_listed_and_has_its_class() -> None:
    text = (ROOT / "clients/PROTOCOL.md").read_text().split("JSON-RPC's own errors use the kinds")
    documented = set(OPENRPC) | set(re.findall(r"`(\w+)`", text[1].split("\n\n")[0]))
    assert {entry["kind"] for entry in LISTED} == documented
    own = {"bridgeNotFound", "cannotRun", "bridgeDied", "bridgeClosed", "callTimeout"}
    assert set(BY_KIND) == documented | own | {"protocolError"}
    assert all(getattr(cover_bridge, error.__name__) is error for error in BY_KIND.values())


@pytest.mark.parametrize(
    "number",
    range(len(PLAYS)),
    ids=[f"{client.__name__}-{entry['kind']}" for client, entry in PLAYS],
)
def test_error(errors: list[Future[CoverBridgeError]], number: int) -> None:
    entry, error = PLAYS[number][1], errors[number].result()
    kind = entry["kind"]
    assert (type(error), error.kind) == (BY_KIND[kind], kind)
    assert (error.code, error.retryable) == DOCUMENTED[kind]
    task_id = entry.get("params", {}).get("taskId", "")
    if task_id.isdecimal() and kind != "missingCredentials":
        assert (error.api_code, error.task_id) == (int(task_id), task_id)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    "entry", [entry for entry in LISTED if "lines" in entry], ids=lambda entry: entry["kind"]
)
def test_an_error_that_belongs_to_no_call_is_logged(
    binary: str, client: Any, entry: Entry, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with started(client, entry, tmp_path) as bridge:
            for line in entry["lines"]:
                write(bridge, line.encode() + b"\n")
            refusal = f"the bridge refused a message ({entry['kind']}): "
            eventually(lambda: refusal in caplog.text)
            await answer(bridge, {"method": "ping"})

    asyncio.run(main())


def test_a_watch_with_one_invalid_id(real: Real) -> None:
    with real() as bridge:
        with pytest.raises(cover_bridge.InvalidParams) as raised:
            bridge.watch(["pending", "a\nb"])
        assert raised.value.parameter == "taskIds"
        assert bridge.watches() == []


def test_paths_that_cannot_be_created_or_written(real: Real, tmp_path: Path) -> None:
    with real() as bridge:
        with pytest.raises(cover_bridge.ValidationFailed):
            bridge.generate("music")
        with pytest.raises(cover_bridge.DownloadFailed):
            bridge.download("fail-0s", tmp_path)


def test_the_answer_of_a_bridge_that_is_shutting_down(real: Real) -> None:
    with real() as bridge:
        waiting = bridge._engine.session.submit(  # pyright: ignore[reportPrivateUsage]
            "cover/wait", {"taskId": "pending"}
        )
        bridge.ping()
        os.kill(pid_of(bridge), signal.SIGTERM)
        error = waiting.exception(30)
    assert isinstance(error, cover_bridge.ShuttingDown)
    assert error.code == OPENRPC["shuttingDown"]["code"]


def test_no_server_at_the_endpoint(binary: str) -> None:
    with CoverBridge(command=binary, endpoint="http://127.0.0.1:9", api_key="secret") as bridge:
        with pytest.raises(cover_bridge.Unreachable) as raised:
            bridge.status("x")
        cmdline = Path(f"/proc/{pid_of(bridge)}/cmdline")
        assert not cmdline.exists() or b"secret" not in cmdline.read_bytes()
    assert raised.value.retryable
    assert "secret" not in str(raised.value)
