"""An API for tests that kill the real bridge. Its tasks advance when a test opens a gate.

usage: gated_api.py FOLDER

A task is pending until FOLDER has the file ``gate-generating`` or ``gate-generating-TASK``. Then
the task is generating until FOLDER has such a file for ``succeeded`` or ``failed``. TASK is the id
of the task, percent-coded as in a URL. The script prints its address, and serves until its stdin
ends.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import unquote

FOLDER = Path(sys.argv[1])
# The API's numbers for the states. The order is reversed: a task reaches the last entry first.
FLAGS = {"failed": 3, "succeeded": 1, "generating": 2, "pending": 0}


def is_open(state: str, name: str) -> bool:
    gates = (f"gate-{state}", f"gate-{state}-{name}")
    return any((FOLDER / gate).exists() for gate in gates)


class API(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.rpartition("=")[2]
        state = next(each for each in FLAGS if each == "pending" or is_open(each, name))
        data: dict[str, Any] = {"taskId": unquote(name), "successFlag": FLAGS[state]}
        if state == "succeeded":
            data["response"] = {"images": [f"https://images.invalid/{name}.png"]}
        if state == "failed":
            data["errorMessage"] = "the gate of failures is open"
        content = json.dumps({"code": 200, "msg": "success", "data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


# HTTPServer is not used, because it looks up its own name, and may wait long for the answer.
with ThreadingTCPServer(("127.0.0.1", 0), API) as server:
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    server.shutdown()
