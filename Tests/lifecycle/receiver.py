"""A web server that gets the API's callbacks, and the sandbox that sends them."""

from __future__ import annotations

import http.server
import queue
import subprocess
import threading
import time
from pathlib import Path
from typing import NamedTuple

from bridge import BINARY

KEY = "secret-webhook-key-1"


class Post(NamedTuple):
    """A callback that arrived, and the moment of its arrival."""

    at: float
    body: str
    headers: dict[str, str]

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of `cover/callback`."""
        return {
            "body": self.body,
            "timestamp": self.headers["X-Webhook-Timestamp"],
            "signature": self.headers["X-Webhook-Signature"],
        }


class Receiver:
    """Listens on a free port.

    Answers the first callbacks with `statuses`, one after the other, and all later ones with 200.
    If `raw` is given, it is every answer, byte for byte.
    """

    def __init__(
        self, *statuses: int, host: str = "127.0.0.1", location: str = "", raw: bytes = b""
    ) -> None:
        self.posts: queue.Queue[Post] = queue.Queue()
        waiting = list(statuses)
        posts = self.posts

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                posts.put(Post(time.monotonic(), body, dict(self.headers)))
                if raw:
                    self.wfile.write(raw)
                    return
                self.send_response(waiting.pop(0) if waiting else 200)
                self.send_header("Location", location)
                self.end_headers()

            def do_GET(self) -> None:
                posts.put(Post(time.monotonic(), "", dict(self.headers)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...

        self._server = http.server.ThreadingHTTPServer((host, 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.port = self._server.server_port
        self.url = f"http://{host}:{self.port}/done"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Sandbox:
    """A process of `cover-bridge sandbox`. It signs callbacks with the key in a file."""

    def __init__(self, folder: Path, signs: bool = True) -> None:
        self.key_file = folder / "webhook-key"
        self.key_file.write_text(KEY + "\n")
        options = ["--webhook-key-file", str(self.key_file)] if signs else []
        self._process = subprocess.Popen(
            [BINARY, "sandbox", *options], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()

    def close(self) -> None:
        self._process.terminate()
        assert self._process.wait(30) == 0
