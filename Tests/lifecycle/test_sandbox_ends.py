"""A signal ends the sandbox in order, even while clients connect."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading

from bridge import BINARY, PATIENCE


def connect_until_it_ends(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        except OSError:
            return


def test_the_sandbox_ends_in_order_while_clients_connect() -> None:
    for _ in range(5):
        sandbox = subprocess.Popen(
            [BINARY, "sandbox"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert sandbox.stdout is not None
        port = int(sandbox.stdout.readline().rpartition(":")[2])
        clients = [threading.Thread(target=connect_until_it_ends, args=(port,)) for _ in range(4)]
        for client in clients:
            client.start()
        sandbox.send_signal(signal.SIGTERM)
        _, report = sandbox.communicate(timeout=PATIENCE)
        for client in clients:
            client.join()
        assert (sandbox.returncode, report) == (0, "")
