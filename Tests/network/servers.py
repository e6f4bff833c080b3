"""Servers and proxies of other projects, and an API that records its requests."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from authority import Pair
from ports import free_port, listens
from waiting import wait_until

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360"
    "f8cf500f0003860180d9ab55b30000000049454e44ae426082"
)
NGINX = """
daemon off; master_process on; worker_processes 1; pid {folder}/pid;
error_log {folder}/error.log notice;
worker_rlimit_nofile 4096;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{
        listen {listen} ssl{http2};
        ssl_certificate {pair.certificate}; ssl_certificate_key {pair.key};
        ssl_protocols TLSv1.2 TLSv1.3; {extra}
        location / {{
            proxy_pass http://127.0.0.1:{port}; proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_redirect off; proxy_buffering {buffering};
            proxy_set_header X-Version $server_protocol;
        }}
    }}
}}
"""


@dataclass
class Asked:
    """One request, as it arrived at the API."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def task(self) -> str:
        return self.path.rpartition("=")[2]


@dataclass
class Answer:
    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    # The value of the Content-Length header, if it is not the real length of the body.
    length: int | None = None


def record(task: str, *images: str, flag: int | None = None) -> Answer:
    flag = len(images[:1]) if flag is None else flag
    data = {"taskId": task, "successFlag": flag, "response": {"images": images}}
    return Answer(json.dumps({"code": 200, "msg": "success", "data": data}).encode())


def ordered(asked: Asked) -> Answer:
    """The answer to an order. As at the real API, an order without a callback URL is refused."""
    if json.loads(asked.body).get("callBackUrl"):
        return Answer(b'{"code":200,"data":{"taskId":"cover-1"}}')
    return Answer(b'{"code":422,"msg":"callBackUrl cannot be empty"}')


def packed(answer: Answer, encoding: str) -> Answer:
    bits = {"gzip": 31, "deflate": 15}[encoding]
    packer = zlib.compressobj(wbits=bits)
    body = packer.compress(answer.body) + packer.flush()
    return Answer(body, answer.status, {**answer.headers, "Content-Encoding": encoding})


class API:
    """The API over plain HTTP on 127.0.0.1. The servers under test pass requests to it."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.script: Callable[[Asked], Answer | None] = lambda _: None
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, body)
                api.asked.append(asked)
                answer = api.script(asked) or api.usual(asked)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                announced = len(answer.body) if answer.length is None else answer.length
                self.send_header("Content-Length", str(announced))
                self.end_headers()
                self.wfile.write(answer.body)
                if announced != len(answer.body):
                    self.close_connection = True

            do_POST = do_GET

            def log_message(self, *_: Any) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

            def handle_error(self, *_: Any) -> None: ...

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def usual(self, asked: Asked) -> Answer:
        if asked.path.endswith("/credit"):
            return Answer(b'{"code":200,"data":7}')
        if asked.method == "POST":
            return ordered(asked)
        if asked.path.startswith("/image"):
            return Answer(PNG, headers={"Content-Type": "image/png"})
        return record(asked.task)

    def forget(self) -> None:
        self.asked.clear()
        self.script = lambda _: None

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def process(command: list[str], ready: Callable[[], bool]) -> Iterator[subprocess.Popen[bytes]]:
    running = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        wait_until(f"{command[0]} listens", ready)
        yield running
    finally:
        running.terminate()
        running.wait()


class Nginx:
    """An nginx that adds TLS to the API."""

    def __init__(
        self,
        folder: Path,
        address: str,
        pair: Pair,
        port: int,
        *,
        http2: bool = True,
        extra: str = "",
        buffering: str = "on",
    ) -> None:
        folder.mkdir()
        self.folder, self.address, self.port = folder, address, free_port(address)
        text = NGINX.format(
            folder=folder,
            listen=(f"[{address}]" if ":" in address else address) + f":{self.port}",
            http2=" http2" if http2 else "",
            pair=pair,
            extra=extra,
            port=port,
            buffering=buffering,
        )
        (folder / "nginx.conf").write_text(text)

    @contextmanager
    def running(self) -> Iterator[Nginx]:
        command = ["nginx", "-p", str(self.folder), "-e", f"{self.folder}/error.log"]
        command += ["-c", f"{self.folder}/nginx.conf"]
        with process(command, lambda: listens(self.port, self.address)) as self.process:
            yield self

    def reload(self) -> None:
        self.process.send_signal(1)

    @property
    def log(self) -> str:
        return (self.folder / "error.log").read_text()


@contextmanager
def tinyproxy(folder: Path, address: str, login: str = "") -> Iterator[int]:
    folder.mkdir()
    port = free_port(address)
    lines = [f"Port {port}", f"Listen {address}", "Timeout 60", "MaxClients 50"]
    lines += [f'LogFile "{folder}/log"', f'PidFile "{folder}/pid"', "LogLevel Connect"]
    lines += [f"BasicAuth {login}"] if login else []
    (folder / "conf").write_text("\n".join(lines) + "\n")
    command = ["tinyproxy", "-d", "-c", f"{folder}/conf"]
    with process(command, lambda: listens(port, address)):
        yield port


@contextmanager
def socks(address: str) -> Iterator[int]:
    port = free_port(address)
    # pproxy would use uvloop, but it does not start with newer versions of uvloop.
    program = "import sys; sys.modules['uvloop'] = None; from pproxy.server import main; main()"
    command = [sys.executable, "-c", program, "-l", f"socks5://{address}:{port}"]
    with process(command, lambda: listens(port, address)):
        yield port


class Relay:
    """Passes bytes to a server and back. A test can make it drop the bytes."""

    def __init__(self, target: tuple[str, int], address: str) -> None:
        self.target = target
        self.dead = False
        self.connections = 0
        self.opened_dead = 0
        self.listener = socket.create_server((address, 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            far = socket.create_connection(self.target)
            mark = [False]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink, mark), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, mark: list[bool]) -> None:
        """Passes bytes in one direction.

        After `die`, a connection loses all further bytes. A connection after `recover` works.
        """
        try:
            while data := source.recv(1 << 16):
                mark[0] = mark[0] or self.dead
                if not mark[0]:
                    sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            end.close()

    def die(self) -> None:
        self.dead = True

    def recover(self) -> None:
        self.dead = False

    def close(self) -> None:
        self.listener.close()
