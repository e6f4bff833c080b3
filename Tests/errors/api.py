"""An API that can fail in every way, for the tests of the clients.

The id of a task says how the API fails. `errors.json` says which kind of error each id causes. The
arguments are the folder of the journal and the kind of the error. The script prints the address of
the API, and serves until its stdin ends. For the kind `requestTimeout`, it prints the address of a
server that never answers a TLS handshake. The bridge waits 10 s for a handshake, but 30 s for an
answer.
"""

from __future__ import annotations

import json
import sqlite3
import ssl
import subprocess
import sys
import threading
from base64 import b64decode
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server
from tempfile import TemporaryDirectory
from typing import Any

FOLDER, KIND = Path(sys.argv[1]), sys.argv[2]
IMAGE = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def record(task: str, *images: str) -> dict[str, Any]:
    data = {"taskId": task, "successFlag": len(images), "response": {"images": images}}
    return {"code": 200, "msg": "success", "data": data}


class API(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        task = self.path.rpartition("=")[2]
        if self.path == "/image":
            self.answer(IMAGE)
        elif self.path == "/insecure":
            self.send_response(302)
            self.send_header("Location", "http://example.com/image.png")
            self.end_headers()
        elif task.isdecimal():
            self.answer({"code": int(task), "msg": f"code {task}", "data": None})
        elif task == "garbage":
            self.answer(b"<html>")
        elif task in ("image", "insecure", "lost"):
            self.answer(record(task, f"http://{self.headers['Host']}/{task}"))
        elif task == "untrusted":
            self.answer(record(task, untrusted() + "/image"))
        elif task == "pending":
            self.answer(record(task))
        elif task == "broken-journal":
            with sqlite3.connect(FOLDER / "journal.db") as journal:
                journal.execute("DROP TABLE IF EXISTS entry")
            self.answer(record(task))
        elif task != "closed":
            self.send_error(404)

    def answer(self, body: dict[str, Any] | bytes) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@cache
def untrusted() -> str:
    """The address of the same API over TLS. No authority has signed its certificate."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=own"
    command += " -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out certificate.pem"
    with TemporaryDirectory() as folder:
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{folder}/certificate.pem", f"{folder}/key.pem")
    secure = ThreadingHTTPServer(("127.0.0.1", 0), API)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    secure.handle_error = lambda *_: None  # type: ignore[method-assign] # The client refuses it.
    threading.Thread(target=secure.serve_forever, daemon=True).start()
    return f"https://127.0.0.1:{secure.server_port}"


with ThreadingHTTPServer(("127.0.0.1", 0), API) as server, create_server(("127.0.0.1", 0)) as mute:
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    if KIND == "requestTimeout":
        address = f"https://127.0.0.1:{mute.getsockname()[1]}"
    print(address, flush=True)
    sys.stdin.read()
    server.shutdown()
