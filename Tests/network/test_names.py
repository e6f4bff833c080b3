"""Names and addresses: IPv6, a dead address family, non-Latin names, and slow or silent DNS."""

from __future__ import annotations

import signal
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

import pytest
from authority import Authority
from conftest import BINARY, Command
from namespace import API as ADDRESS
from namespace import DEAD, NEW, PROXY
from processes import wait_until_caught
from servers import API, Nginx
from test_certificates import assert_refused
from test_way import findings
from waiting import wait_until

# In this mount namespace, the file that names the DNS server is replaced.
RESOLVED = 'mount --bind "$0" /etc/resolv.conf; exec "$@"'


class DNS:
    """A DNS server that answers every name with one address after a delay, or does not answer."""

    def __init__(self) -> None:
        self.delay: float | None = None
        self.asked = 0
        # The words before a command, which make the command use this server.
        self.before: list[str] = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((PROXY, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            query, peer = self.socket.recvfrom(1500)
            self.asked += 1
            if self.delay is not None:
                threading.Timer(self.delay, self._answer, (query, peer)).start()

    def _answer(self, query: bytes, peer: tuple[str, int]) -> None:
        end = query.index(b"\0", 12) + 5
        is_old = query[end - 4 : end - 2] == b"\0\1"
        record = b"\xc0\x0c\0\1\0\1" + struct.pack("!IH", 60, 4) + socket.inet_aton(ADDRESS)
        head = query[:2] + b"\x81\x80\0\1" + struct.pack("!H", is_old) + bytes(4)
        self.socket.sendto(head + query[12:end] + (record if is_old else b""), peer)


@pytest.fixture(scope="session")
def the_dns(network: None) -> DNS:
    return DNS()


@pytest.fixture
def dns(the_dns: DNS, tmp_path: Path) -> DNS:
    """A DNS server that is silent until a test sets a delay."""
    file = tmp_path / "resolv.conf"
    file.write_text(f"nameserver {PROXY}\noptions timeout:4 attempts:2\n")
    the_dns.before = ["unshare", "--mount", "sh", "-c", RESOLVED, str(file)]
    the_dns.delay, the_dns.asked = None, 0
    return the_dns


def test_an_ipv6_address_may_be_the_endpoint(
    run: Command, authority: Authority, api: API, tmp_path: Path
) -> None:
    pair = authority.issue("new", f"IP:{NEW}")
    with Nginx(tmp_path / "nginx", NEW, pair, api.port).running() as server:
        for text in (NEW, "2001:DB8:0::1"):
            done = run(f"status t1 --endpoint https://[{text}]:{server.port}")
            assert (done.returncode, done.stderr) == (0, ""), text
        found = findings(run(f"doctor --json --endpoint https://[{NEW}]:{server.port}").stdout)
    assert found["tcp"]["message"] == f"{NEW} port {server.port} answers"
    assert api.asked[0].headers["host"] == f"[{NEW}]:{server.port}"


def test_an_address_with_a_zone_is_refused_with_a_message(run: Command) -> None:
    done = run("status t1 --endpoint https://[fe80::1%25lo]:443")
    assert done.returncode == 2
    assert "has an address with a zone (%), which is not supported" in done.stderr


@pytest.mark.parametrize("host", ["half.test", "quarter.test"])
def test_a_dead_address_does_not_delay_the_others(
    host: str, run: Command, authority: Authority, api: API, tmp_path: Path
) -> None:
    pair = authority.issue(host, f"DNS:{host}")
    with Nginx(tmp_path / "nginx", ADDRESS, pair, api.port).running() as server:
        start = time.monotonic()
        done = run(f"status t1 --endpoint https://{host}:{server.port}")
        assert (done.returncode, done.stderr) == (0, "")
        found = findings(run(f"doctor --json --endpoint https://{host}:{server.port}").stdout)
        # Each of two separate lookups would give up only after ten seconds.
        assert time.monotonic() - start < 10
    assert found["tcp"]["message"] == f"{ADDRESS} port {server.port} answers"


def test_a_host_name_in_another_script_is_resolved(
    run: Command, authority: Authority, api: API, tmp_path: Path
) -> None:
    pair = authority.issue("books", "DNS:xn--bcher-kva.test")
    with Nginx(tmp_path / "nginx", ADDRESS, pair, api.port).running() as server:
        for host in ("bücher.test", "BÜCHER。test", "xn--bcher-kva.test"):
            done = run(f"status t1 --endpoint https://{host}:{server.port}")
            assert (done.returncode, done.stderr) == (0, ""), host


def test_a_slow_name_server_is_waited_for(
    run: Command, authority: Authority, api: API, dns: DNS, tmp_path: Path
) -> None:
    dns.delay = 3
    pair = authority.issue("late", "DNS:late.example")
    with Nginx(tmp_path / "nginx", ADDRESS, pair, api.port).running() as server:
        done = run(f"status t1 --endpoint https://late.example:{server.port}", *dns.before)
    assert (done.returncode, done.stderr) == (0, "")


COMMANDS = [
    "status t1",
    "credits",
    "watch t1",
    "download t1 --directory images",
    "generate music-1 --callback-url https://example.com/x",
    "doctor",
]


def interrupt(started: list[subprocess.Popen[str]], number: signal.Signals) -> None:
    """Sends the signal to commands that still run. They must end by it in order."""
    for process in started:
        assert process.poll() is None, process.args
        process.send_signal(number)
    for process in started:
        said = process.communicate(timeout=30)[1]
        assert process.returncode == 130, (process.args, said)
        # A command that does not end in order is ended after some seconds, without this word.
        assert "interrupted" in said and "EventLoop" not in said, process.args


@pytest.mark.parametrize("place", ["https://silent.example", f"https://{DEAD}"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_ends_at_once_while_no_server_answers(
    place: str, number: signal.Signals, run: Command, dns: DNS, tmp_path: Path
) -> None:
    """The signal arrives while the command looks up a name, or while it connects."""
    started = [
        subprocess.Popen(
            [*dns.before, BINARY, *command.split(), "--endpoint", place],
            env=run.environment({}),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in COMMANDS
    ]
    for process in started:
        wait_until_caught(process.pid, number)
    if "silent" in place:
        wait_until("each command looks up the name", lambda: dns.asked >= len(COMMANDS))
    time.sleep(1)  # so that each command has begun to connect
    interrupt(started, number)


def test_an_address_as_a_name_is_explained(
    run: Command, authority: Authority, api: API, tmp_path: Path
) -> None:
    pair = authority.issue("named", f"DNS:{ADDRESS}")
    with Nginx(tmp_path / "nginx", ADDRESS, pair, api.port).running() as server:
        done = run(f"status t1 --endpoint https://{ADDRESS}:{server.port}")
    assert_refused(done, f"has {ADDRESS} as a name (DNS), and not as an address (IP). The server")
