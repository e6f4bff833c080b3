"""A bridge that ends during a download leaves no part of a file behind."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from bridge import PATIENCE, Bridge
from local_server import Handler, serving
from waiting import wait_until

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de")
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x"}}


@pytest.fixture
def api() -> Iterator[str]:
    """An API whose image has a beginning and no end."""
    over = threading.Event()

    class API(Handler):
        def do_GET(self) -> None:
            if "taskId" in self.path:
                images = [f"http://{self.headers['Host']}/image"]
                data = {"taskId": "t", "successFlag": 1, "response": {"images": images}}
                body, size = json.dumps({"code": 200, "msg": "success", "data": data}).encode(), 0
            else:
                body, size = PNG, 1_000_000
            self.send_response(200)
            self.send_header("Content-Length", str(size or len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
            if size:
                over.wait(PATIENCE)

    with serving(API) as url:
        yield url
        over.set()


@pytest.mark.parametrize(
    ("server", "messages"),
    [
        ("serve", []),
        ("serve", [("exit", None)]),
        ("serve", [("shutdown", 2), ("exit", None)]),
        ("serve", [("$/cancelRequest", None), ("shutdown", 2), ("exit", None)]),
        ("mcp", []),
        ("mcp", [("notifications/cancelled", None)]),
    ],
)
def test_no_part_of_a_file_is_left(
    server: str, messages: list[tuple[str, int | None]], api: str, tmp_path: Path
) -> None:
    """The session ends by the messages. If these do not end the process, SIGTERM does."""
    arguments = {"taskId": "t", "directory": str(tmp_path / "new" / "covers")}
    with Bridge(server, "--endpoint", api, env={"KIE_API_KEY": "k"}) as peer:
        if server == "serve":
            peer.send("cover/download", arguments, id=1)
        else:
            peer.call("initialize", HELLO, id=0)
            peer.send("notifications/initialized")
            peer.send("tools/call", {"name": "download", "arguments": arguments}, id=1)
        wait_until("the download begins", lambda: bool(list(tmp_path.glob("*/*/.*"))))
        for method, number in messages:
            peer.send(method, {"id": 1, "requestId": 1}, id=number)
        if ("exit", None) not in messages:
            peer.process.send_signal(signal.SIGTERM)
        peer.code()
        assert list(tmp_path.iterdir()) == []
