"""Simulated servers, which behave as a Redis never does."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def listening(talk: Callable[[socket.socket], object]) -> Iterator[int]:
    """A server that closes each connection after `talk`. Yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                one, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=attend, args=(one,), daemon=True).start()

    def attend(one: socket.socket) -> None:
        with one:
            talk(one)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


@contextmanager
def played(answer: bytes) -> Iterator[str]:
    """A server that answers each command with the same bytes. Without bytes, it never answers."""

    def talk(one: socket.socket) -> None:
        while data := one.recv(4096):
            # A command is an array, so this counts commands.
            for _ in range(len(re.findall(rb"^\*\d", data, re.MULTILINE))):
                if answer:
                    one.sendall(answer)

    with listening(talk) as port:
        yield f"redis://127.0.0.1:{port}"


def reset(one: socket.socket) -> None:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def refuse(one: socket.socket) -> None:
    one.sendall(b"-ERR this is no command\r\n")
    one.recv(4096)
