"""Ports for servers that a test starts with a port of its choice."""

from __future__ import annotations

import socket

_kept: list[socket.socket] = []


def family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def free_port(host: str = "127.0.0.1") -> int:
    """A free port, which the system gives to no other program until this process ends.

    A bound socket keeps the port. It does not listen, so a connection to the port is refused, and a
    server that sets SO_REUSEADDR, as nearly all do, can use the port.
    """
    one = socket.socket(family(host))
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind((host, 0))
    _kept.append(one)
    return int(one.getsockname()[1])


def listens(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket(family(host)) as one:
        return one.connect_ex((host, port)) == 0
