"""A proxy that breaks its protocol. Each error names the proxy, what it did, and what to check."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from conftest import Command
from namespace import PROXY
from test_way import findings

CONNECTED = "HTTP/1.1 200 Connection established\r\n\r\n"
NO_HTTP = (
    "gave no valid answer in HTTP, and the connection to it ended; "
    "check that the variable names an HTTP proxy and its port."
)
NO_SOCKS = NO_HTTP.replace("an HTTP", "a SOCKS 5").replace("HTTP", "SOCKS 5")
REFUSED = (
    "did not make the connection to api.test: it refused, or cannot reach it; "
    "check that it allows this host."
)
CLOSED = "was closed during the TLS handshake"
CHOICE = "\x05\x00"


@contextmanager
def proxy(*answers: str) -> Iterator[int]:
    """A server that reads before each answer, and closes the connection after the last one."""

    def play(one: socket.socket) -> None:
        with one:
            try:
                for answer in answers:
                    if not one.recv(65536):
                        return
                    one.sendall(answer.encode("latin-1"))
                # A connection with unread bytes would be reset.
                one.shutdown(socket.SHUT_WR)
                while one.recv(65536):
                    pass
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                one, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=play, args=(one,), daemon=True).start()

    listener = socket.create_server((PROXY, 0))
    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.mark.parametrize(
    ("scheme", "answers", "words"),
    [
        ("http", [""], NO_HTTP),
        ("http", ["HTTP/1.1 20"], NO_HTTP),
        ("http", ["SSH-2.0-OpenSSH\r\n"], NO_HTTP),
        ("http", ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"], CLOSED),
        ("http", ["HTTP/1.1 502 Bad\r\nContent-Length: 6\r\n\r\n<html>"], REFUSED),
        ("http", ["HTTP/1.1 000 x\r\nContent-Length: 2\r\n\r\nhi"], REFUSED),
        (
            "http",
            ["HTTP/1.1 407 x\r\n\r\n"],
            "refuses the login, or wants one (HTTP 407)",
        ),
        ("http", [CONNECTED, "garbage garbage"], "does not speak TLS"),
        ("http", [CONNECTED, ""], CLOSED),
        ("socks5", [""], NO_SOCKS),
        ("socks5", [CHOICE, ""], NO_SOCKS),
        ("socks5", ["HTTP/1.1 400 Bad Request\r\n\r\n"], NO_SOCKS),
        ("socks5", ["\x05\xff"], "wants a login, which is not supported with SOCKS."),
        ("socks5", [CHOICE, "\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00"], REFUSED),
    ],
)
def test_a_faulty_proxy(scheme: str, answers: list[str], words: str, run: Command) -> None:
    with proxy(*answers) as port:
        done = run(
            "doctor --json --endpoint https://api.test", ALL_PROXY=f"{scheme}://{PROXY}:{port}"
        )
    message = findings(done.stdout)[step(words)]["message"]
    assert f"roxy {PROXY}:{port} (ALL_PROXY)" in message
    assert words in message


def step(words: str) -> str:
    return "tls" if "TLS" in words else "proxy"
