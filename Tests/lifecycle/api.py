"""A small API that counts its requests."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class CountingAPI:
    """Accepts every order, and keeps the ids of the music tasks in the order of the requests.

    If there is a record, the API returns it for every task.
    """

    def __init__(self, record: object = None) -> None:
        self.orders: list[str] = []
        lock = threading.Lock()
        orders = self.orders

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    orders.append(body["taskId"])
                self.answer({"taskId": "c-" + body["taskId"]})

            def do_GET(self) -> None:
                self.answer(record)

            def answer(self, found: object) -> None:
                data = json.dumps({"code": 200, "msg": "success", "data": found}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> CountingAPI:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
