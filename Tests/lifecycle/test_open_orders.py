"""A bridge that ends while the API has not answered an order says that the order may exist."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest
from bridge import PATIENCE, Bridge
from local_server import Handler, serving

HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x"}}
WORDS = "The order for the music task music-1 may exist nevertheless."


@pytest.fixture
def api() -> Iterator[tuple[str, threading.Event]]:
    """An API that never answers an order, and an event for the order."""
    ordered, over = threading.Event(), threading.Event()

    class API(Handler):
        def do_POST(self) -> None:
            ordered.set()
            over.wait(PATIENCE)

    with serving(API) as url:
        yield url, ordered
        over.set()


def order(peer: Bridge, server: str) -> None:
    """Sends an order as the request 1."""
    arguments = {"taskId": "music-1", "callbackUrl": "https://example.com/"}
    if server == "serve":
        peer.send("cover/generate", arguments, id=1)
    else:
        peer.call("initialize", HELLO, id=0)
        peer.send("tools/call", {"name": "generate", "arguments": arguments}, id=1)


@pytest.mark.parametrize("server", ["serve", "mcp"])
def test_the_order_of_a_reader_that_is_gone(server: str, api: tuple[str, threading.Event]) -> None:
    url, ordered = api
    with Bridge(server, "--endpoint", url, env={"KIE_API_KEY": "a-long-key"}) as peer:
        order(peer, server)
        assert ordered.wait(PATIENCE)
        assert peer.process.stdout is not None and peer.process.stderr is not None
        peer.process.stdout.close()
        assert peer.code() == 141
        assert WORDS.encode() in peer.process.stderr.read()


@pytest.mark.parametrize(
    ("server", "end"),
    [("serve", "exit"), ("serve", "signal"), ("serve", "$/cancelRequest"), ("mcp", "signal")],
)
def test_the_order_may_exist(server: str, end: str, api: tuple[str, threading.Event]) -> None:
    url, ordered = api
    with Bridge(server, "--endpoint", url, env={"KIE_API_KEY": "a-long-key"}) as peer:
        order(peer, server)
        assert ordered.wait(PATIENCE)
        if end == "signal":
            peer.process.send_signal(signal.SIGTERM)
        else:
            peer.send(end, {"id": 1})
        message = peer.answer(1)["error"]["message"]
        assert WORDS in message and "repeat" not in message
