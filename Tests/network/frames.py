"""An HTTP/2 server with python-h2. A test decides how it ends requests and connections."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass

from authority import Pair
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.exceptions import ProtocolError
from hyperframe.frame import GoAwayFrame
from servers import PNG, Asked, ordered


def answer(asked: Asked) -> bytes:
    if asked.path.startswith("/image"):
        return PNG
    if asked.method == "POST":
        return ordered(asked).body
    data: object = {"taskId": asked.task, "successFlag": 0}
    if asked.path.endswith("/credit"):
        data = 7
    return json.dumps({"code": 200, "data": data}).encode()


@dataclass
class Reset:
    """Sends RST_STREAM after a part of the answer.

    The part is "nothing", "head" or "body".
    """

    code: ErrorCodes
    after: str = "nothing"


@dataclass
class Heads:
    """Sends heads with these statuses, and then a body."""

    statuses: tuple[str, ...]


class FrameServer:
    """Answers requests, except those for which `script` returns a reset or heads.

    With `each`, a connection processes this number of requests. Its GOAWAY then names the last
    request, and has `code`.
    """

    def __init__(
        self,
        address: str,
        pair: Pair,
        *,
        each: int = 0,
        code: ErrorCodes = ErrorCodes.NO_ERROR,
    ) -> None:
        self.asked: list[Asked] = []
        self.script: Callable[[Asked], Reset | Heads | None] = lambda _: None
        self.each, self.code = each, code
        self.connections = 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pair.certificate, pair.key)
        self.context.set_alpn_protocols(["h2"])
        self.listener = socket.create_server((address, 0), backlog=512)
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            with self.context.wrap_socket(plain, server_side=True) as stream:
                _Connection(self, stream).run()
        except (OSError, ProtocolError):
            pass


# A test may send a status that HTTP does not have.
CONFIGURATION = H2Configuration(
    client_side=False, header_encoding="utf-8", validate_outbound_headers=False
)


class _Connection:
    def __init__(self, server: FrameServer, stream: ssl.SSLSocket) -> None:
        self.server, self.stream = server, stream
        self.frames = H2Connection(CONFIGURATION)
        self.requests: dict[int, Asked] = {}
        self.processed = 0

    def run(self) -> None:
        self.frames.initiate_connection()
        self._flush()
        while data := self.stream.recv(1 << 16):
            for event in self.frames.receive_data(data):
                if isinstance(event, RequestReceived) and event.headers:
                    headers = {str(name): str(value) for name, value in event.headers}
                    asked = Asked(headers[":method"], headers[":path"], headers)
                    self.requests[event.stream_id or 0] = asked
                elif isinstance(event, DataReceived):
                    self.requests[event.stream_id].body += event.data
                elif isinstance(event, StreamEnded) and event.stream_id:
                    self._process(event.stream_id)
            self._flush()

    def _process(self, stream: int) -> None:
        each = self.server.each
        if each and self.processed == each:
            return
        self.processed += 1
        asked = self.requests.pop(stream)
        self.server.asked.append(asked)
        if self.processed == each:
            self._flush()
            farewell = GoAwayFrame(0, last_stream_id=stream, error_code=self.server.code)
            self.stream.sendall(farewell.serialize())
        reset = self.server.script(asked)
        body = answer(asked)
        if isinstance(reset, Heads):
            for status in reset.statuses:
                self.frames.send_headers(stream, [(":status", status)])
            self.frames.send_data(stream, body, end_stream=True)
            return
        if reset is None or reset.after != "nothing":
            # Content delivery networks send such an answer (103) before the real one.
            self.frames.send_headers(stream, [(":status", "103"), ("link", "</style.css>")])
            head = [(":status", "200"), ("content-length", str(len(body)))]
            self.frames.send_headers(stream, head)
        if reset is None or reset.after == "body":
            self.frames.send_data(stream, body[: None if reset is None else 5], reset is None)
        if reset:
            # The server sends the data so far, and then breaks off.
            self._flush()
            self.frames.reset_stream(stream, reset.code)

    def _flush(self) -> None:
        if data := self.frames.data_to_send():
            self.stream.sendall(data)
