"""An API whose tasks advance when a test opens a gate, for tests that kill the real bridge.

usage: gated_api.py FOLDER

Every task is pending until FOLDER has a file ``gate-generating``, then generating until it has
``gate-succeeded``. Prints its address, and serves until its stdin ends.
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any

FOLDER = Path(sys.argv[1])
# The API's numbers for the state of a task.
PENDING, SUCCEEDED, GENERATING = 0, 1, 2


class API(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        task = self.path.rpartition("=")[2]
        flag = GENERATING if (FOLDER / "gate-generating").exists() else PENDING
        data: dict[str, Any] = {"taskId": task, "successFlag": flag}
        if (FOLDER / "gate-succeeded").exists():
            images = [f"https://images.invalid/{task}.png"]
            data = {"taskId": task, "successFlag": SUCCEEDED, "response": {"images": images}}
        content = json.dumps({"code": 200, "msg": "success", "data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


# HTTPServer is not used: it asks the resolver for its own name, and may wait for the answer.
with ThreadingTCPServer(("127.0.0.1", 0), API) as server:
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    server.shutdown()
