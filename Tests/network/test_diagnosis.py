"""A second handshake finds out why a certificate was refused. It must end with the command."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from authority import Authority, Pair
from conftest import BINARY, Command
from namespace import API as ADDRESS
from test_names import COMMANDS, interrupt
from waiting import wait_until


class SilentAfterFirst:
    """Sends a certificate to the first connection, and nothing to all later connections."""

    def __init__(self, pair: Pair) -> None:
        self.held: list[socket.socket] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pair.certificate, pair.key)
        self.listener = socket.create_server((ADDRESS, 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            first = self.listener.accept()[0]
            with suppress(OSError):
                self.context.wrap_socket(first, server_side=True).close()
            first.close()
            while True:
                self.held.append(self.listener.accept()[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_ends_at_once_during_the_second_handshake(
    number: signal.Signals, run: Command, authority: Authority, tmp_path: Path
) -> None:
    bad = authority.issue(f"bad-{number}", "DNS:elsewhere.test")
    servers = [SilentAfterFirst(bad) for _ in COMMANDS]
    started = [
        subprocess.Popen(
            [BINARY, *command.split(), "--endpoint", f"https://api.test:{server.port}"],
            env=run.environment({}),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command, server in zip(COMMANDS, servers, strict=True)
    ]
    wait_until("second handshakes", lambda: all(server.held for server in servers))
    interrupt(started, number)
