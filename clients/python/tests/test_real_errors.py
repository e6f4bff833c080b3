"""An error of every kind, from the real binary where anything can make it."""

from __future__ import annotations

import json
import math
import os
import re
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import cover_bridge
from cover_bridge import CoverBridge, CoverBridgeError
from cover_bridge._errors import BY_KIND

from .conftest import Real
from .test_death import pid_of

CLIENTS = Path(__file__).parents[2]


class API(BaseHTTPRequestHandler):
    """Answers each task with the code that is its id."""

    def do_GET(self) -> None:
        code = int(self.path.rpartition("=")[2])
        body = json.dumps({"code": code, "msg": f"code {code}", "data": None}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), API) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def caught(bridge: CoverBridge, method: str, params: dict[str, Any]) -> CoverBridgeError:
    """The error of a call that the client itself has no method for."""
    future = bridge._engine.session.submit(method, params)  # pyright: ignore[reportPrivateUsage]
    error = future.exception(30)
    assert isinstance(error, CoverBridgeError)
    return error


def test_every_documented_kind_has_its_class() -> None:
    documented = set(json.loads((CLIENTS / "openrpc.json").read_text())["components"]["errors"])
    text = (CLIENTS / "PROTOCOL.md").read_text().split("JSON-RPC's own errors use the kinds")[1]
    documented |= set(re.findall(r"`(\w+)`", text.split("\n\n")[0]))
    own = {"bridgeNotFound", "bridgeDied", "bridgeClosed", "callTimeout", "protocolError"}
    assert set(BY_KIND) == documented | own
    assert all(getattr(cover_bridge, error.__name__) is error for error in BY_KIND.values())


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, cover_bridge.BadRequest),
        (401, cover_bridge.Unauthorized),
        (402, cover_bridge.InsufficientCredits),
        (404, cover_bridge.TaskNotFound),
        (409, cover_bridge.Conflict),
        (422, cover_bridge.ValidationFailed),
        (429, cover_bridge.RateLimited),
        (455, cover_bridge.Maintenance),
        (500, cover_bridge.ServerError),
        (505, cover_bridge.FeatureDisabled),
        (200, cover_bridge.TaskNotFound),
    ],
)
def test_what_the_api_says(binary: str, api: str, code: int, error: type[CoverBridgeError]) -> None:
    with CoverBridge(command=binary, endpoint=api, api_key="any", rate=1000) as bridge:
        said = caught(bridge, "cover/status", {"taskId": str(code)})
        bridge.ping()
    assert type(said) is error
    assert (said.kind, said.api_code) == (error.kind, code)
    assert said.task_id == str(code)


@pytest.mark.parametrize(
    ("task_id", "error"),
    [
        ("unauthorized", cover_bridge.Unauthorized),
        ("nocredits", cover_bridge.InsufficientCredits),
        ("disabled", cover_bridge.FeatureDisabled),
        ("missing", cover_bridge.TaskNotFound),
        ("ratelimit-60s", cover_bridge.RateLimited),
        ("maintenance-60s", cover_bridge.Maintenance),
        ("servererror-60s", cover_bridge.ServerError),
        ("garbage-60s", cover_bridge.MalformedResponse),
        ("", cover_bridge.InvalidParams),
        ("x" * 257, cover_bridge.InvalidParams),
        ("a\nb", cover_bridge.InvalidParams),
    ],
)
def test_what_the_sandbox_says(real: Real, task_id: str, error: type[CoverBridgeError]) -> None:
    with real() as bridge:
        with pytest.raises(error) as raised:
            bridge.status(task_id)
        bridge.ping()
    assert type(raised.value) is error


def test_what_the_bridge_says(real: Real, tmp_path: Path) -> None:
    with real() as bridge:
        with pytest.raises(cover_bridge.WaitTimeout):
            bridge.wait("pending", timeout=0.1)
        with pytest.raises(cover_bridge.ValidationFailed):
            bridge.generate("music")
        bridge.download("success-0s", tmp_path)
        with pytest.raises(cover_bridge.FileExists):
            bridge.download("success-0s", tmp_path)
        with pytest.raises(cover_bridge.DownloadFailed):
            bridge.download("fail-0s", tmp_path)
        with pytest.raises(cover_bridge.InvalidParams) as raised:
            bridge.watch(["pending", "a\nb"])
        assert raised.value.parameter == "taskIds"
        assert bridge.watches() == []
        assert caught(bridge, "nope", {}).kind == "methodNotFound"
        assert caught(bridge, "initialize", {}).kind == "invalidRequest"


def test_what_a_bridge_that_leaves_says(real: Real) -> None:
    with real() as bridge:
        session = bridge._engine.session  # pyright: ignore[reportPrivateUsage]
        assert session.submit("shutdown", {}).result(30) is None
        with pytest.raises(cover_bridge.ShuttingDown):
            bridge.ping()
    with real() as bridge:
        waiting = bridge._engine.session.submit(  # pyright: ignore[reportPrivateUsage]
            "cover/wait", {"taskId": "pending"}
        )
        bridge.ping()
        os.kill(pid_of(bridge), signal.SIGTERM)
        assert isinstance(waiting.exception(30), cover_bridge.ShuttingDown)


def test_a_message_that_the_bridge_finds_too_large_is_told_of(
    real: Real, caplog: pytest.LogCaptureFixture
) -> None:
    with real(args=["--max-message-bytes", "1000"], timeout=0.5) as bridge:
        bridge._engine.session.limit = math.inf  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(cover_bridge.CallTimeout):
            bridge.status("x" * 2000)
        bridge.ping()
    assert "the bridge refused a message" in caplog.text


def test_without_a_key(binary: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KIE_API_KEY", raising=False)
    with CoverBridge(command=binary, endpoint="http://127.0.0.1:9") as bridge:  # noqa: SIM117
        with pytest.raises(cover_bridge.MissingCredentials):
            bridge.status("x")


def test_nobody_at_the_endpoint(binary: str) -> None:
    with CoverBridge(command=binary, endpoint="http://127.0.0.1:9", api_key="secret") as bridge:
        with pytest.raises(cover_bridge.Unreachable) as raised:
            bridge.status("x")
        cmdline = Path(f"/proc/{pid_of(bridge)}/cmdline")
        assert not cmdline.exists() or b"secret" not in cmdline.read_bytes()
    assert raised.value.retryable
    assert "secret" not in str(raised.value)
