"""A web server in a thread, for tests of a few answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Handler(BaseHTTPRequestHandler):
    def answer(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def succeed(self, data: object) -> None:
        """Answers as the API does if a query worked."""
        self.answer(200, json.dumps({"code": 200, "msg": "success", "data": data}).encode())

    def log_message(self, format: str, *arguments: object) -> None: ...


@contextmanager
def serving(handler: type[Handler]) -> Iterator[str]:
    """Yields the address of the server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
