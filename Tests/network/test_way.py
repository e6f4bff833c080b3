"""`doctor` checks each step of the route to the API, and changes no file."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from authority import Authority, Pair
from conftest import BINARY, Command
from namespace import API as ADDRESS
from namespace import PROXY
from ports import free_port
from servers import API, Nginx, tinyproxy


def findings(text: str) -> dict[str, dict[str, Any]]:
    return {(one := json.loads(line))["subject"]: one for line in text.splitlines()}


def last_day(pair: Pair) -> str:
    """Read from the certificate, which may have been made on the day before."""
    options = ["-noout", "-enddate", "-dateopt", "iso_8601", "-in", str(pair.certificate)]
    shown = subprocess.run(["openssl", "x509", *options], stdout=subprocess.PIPE, check=True)
    return shown.stdout.decode().removeprefix("notAfter=").split()[0]


def test_the_route_is_shown_step_by_step(
    run: Command, server: Nginx, authority: Authority, pair: Pair
) -> None:
    done = run(f"doctor --json --endpoint https://api.test:{server.port}")
    assert done.returncode == 0, done.stdout
    found = findings(done.stdout)
    assert list(found) == [
        *("version", "platform", "name", "tcp", "tls", "trust"),
        *("endpoint", "latency", "clock", "key", "credits", "journal"),
    ]
    assert found["name"]["message"] == f"api.test: {ADDRESS}"
    assert found["tcp"]["message"] == f"{ADDRESS} port {server.port} answers"
    assert found["tls"]["message"] == (
        "TLS 1.3, HTTP/2, a certificate by “Test Authority” for "
        "api.test, images.test, inside.test, rebound.test, "
        f"valid until {last_day(pair)}"
    )
    assert found["trust"]["message"] == f"authorities: {authority.file} (SSL_CERT_FILE)"
    for step in ("name", "tcp", "tls"):
        assert 0 <= found[step]["milliseconds"] < 20_000
    text = run(f"doctor --endpoint https://api.test:{server.port}").stdout
    assert f"tcp       {ADDRESS} port {server.port} answers (" in text


def test_each_failed_step_says_what_to_do(
    run: Command, server: Nginx, api: API, tmp_path: Path
) -> None:
    found = findings(run("doctor --json --endpoint https://no-such-host.invalid").stdout)
    assert found["name"]["grade"] == "failed"
    assert "no-such-host.invalid" in found["name"]["message"]
    assert "DNS" in found["name"]["next"]
    assert found["endpoint"]["grade"] == "warning"

    closed = free_port(ADDRESS)
    done = run(f"doctor --json --endpoint https://api.test:{closed}")
    found = findings(done.stdout)
    assert done.returncode == 6
    assert found["name"]["grade"] == "ok"
    assert (found["tcp"]["grade"], "connection refused" in found["tcp"]["message"]) == (
        "failed",
        True,
    )
    assert "HTTPS_PROXY" in found["tcp"]["next"]

    found = findings(run(f"doctor --json --endpoint https://localhost:{api.port}").stdout)
    assert found["tls"]["grade"] == "failed"
    assert "does not speak TLS" in found["tls"]["message"]

    other = Authority(tmp_path / "other", "Other Authority")
    done = run(
        f"doctor --json --endpoint https://api.test:{server.port}", SSL_CERT_FILE=str(other.file)
    )
    found = findings(done.stdout)
    assert done.returncode == 6
    assert found["tls"]["grade"] == "failed"
    assert found["tls"]["message"].endswith("; it is refused.")
    assert found["endpoint"]["grade"] == "failed"
    assert found["endpoint"]["next"] is None
    assert "“Test Authority”, which is not trusted here" in found["endpoint"]["message"]


def test_the_proxy_is_part_of_the_route(run: Command, server: Nginx, tmp_path: Path) -> None:
    with tinyproxy(tmp_path / "proxy", PROXY, "user secret-of-the-proxy") as port:
        variable = f"http://user:secret-of-the-proxy@proxy.test:{port}"
        done = run(f"doctor --json --endpoint https://api.test:{server.port}", HTTPS_PROXY=variable)
    found = findings(done.stdout)
    assert done.returncode == 0, done.stdout
    assert found["proxy"]["message"] == f"proxy.test:{port} (HTTPS_PROXY), by HTTP CONNECT"
    assert found["name"]["message"] == f"proxy.test: {PROXY}"
    assert found["tcp"]["message"] == f"{PROXY} port {port} answers"
    assert "HTTP/2" in found["tls"]["message"]
    assert "secret" not in done.stdout + done.stderr


def test_a_refusal_by_socks_is_attributed_to_the_proxy(run: Command, server: Nginx) -> None:
    listener = socket.create_server((PROXY, 0))

    def refuse() -> None:
        while True:
            with suppress(OSError), listener.accept()[0] as connection:
                connection.recv(100)
                connection.sendall(bytes([5, 0]))
                connection.recv(1000)
                # The code 2 means "connection not allowed by ruleset" (RFC 1928 §6).
                connection.sendall(bytes([5, 2, 0, 1, 0, 0, 0, 0, 0, 0]))
            if listener.fileno() < 0:
                return

    threading.Thread(target=refuse, daemon=True).start()
    with closing(listener):
        variable = f"socks5h://{PROXY}:{listener.getsockname()[1]}"
        done = run(f"doctor --json --endpoint https://api.test:{server.port}", ALL_PROXY=variable)
    found = findings(done.stdout)
    assert (found["proxy"]["grade"], "tls" in found) == ("failed", False)
    assert "did not make the connection to api.test" in found["proxy"]["message"]
    assert "lets this host through" in found["proxy"]["next"]


def test_the_advice_is_for_the_proxy(run: Command) -> None:
    closed = free_port(PROXY)
    done = run("doctor --json --endpoint https://api.test", HTTPS_PROXY=f"http://{PROXY}:{closed}")
    found = findings(done.stdout)
    assert found["tcp"]["grade"] == "failed"
    assert found["tcp"]["next"] == "Check the proxy's variable, or whether the proxy runs."


def test_a_certificate_without_names_is_reported(
    run: Command, authority: Authority, api: API, tmp_path: Path
) -> None:
    pair = authority.issue("nameless", "email:someone@api.test")
    with Nginx(tmp_path / "nginx", ADDRESS, pair, api.port).running() as server:
        found = findings(run(f"doctor --json --endpoint https://api.test:{server.port}").stdout)
    assert " for no name, valid until " in found["tls"]["message"]
    assert found["tls"]["grade"] == "failed"


def test_a_host_name_at_the_start_of_a_sentence_is_not_capitalized(run: Command) -> None:
    closed = free_port(ADDRESS)
    done = run(f"status t1 --endpoint https://api.test:{closed}")
    assert f": api.test:{closed} cannot be reached: connection refused" in done.stderr


def test_doctor_writes_nothing(run: Command, server: Nginx, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    journal = folder / "journal.db"
    endpoint = f"https://api.test:{server.port}"
    command = [BINARY, "serve", "--endpoint", endpoint, "--journal", str(journal)]
    watch = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "cover/watch",
        "params": {"taskIds": ["t1", "t2"]},
    }
    with subprocess.Popen(
        command, env=run.environment({}), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as bridge:
        assert bridge.stdin and bridge.stdout
        print(json.dumps(watch), file=bridge.stdin, flush=True)
        # The bridge stores a change before it sends the change. So the journal has both changes
        # when both have arrived.
        changes = 0
        while changes < 2:
            message = json.loads(bridge.stdout.readline())
            changes += message.get("method") == "cover/statusChanged"
        busy = findings(run(f"doctor --json --endpoint {endpoint} --journal {journal}").stdout)
        bridge.kill()
    assert busy["journal"]["grade"] == "warning"
    # The entry is so old that a bridge would remove it from the journal.
    with closing(sqlite3.connect(journal)) as database, database:
        database.execute("UPDATE entry SET recordedAt = 0")
    before = contents(folder)
    found = findings(run(f"doctor --json --endpoint {endpoint} --journal {journal}").stdout)
    assert found["journal"]["message"] == f"{journal}: 2 open watches, last change 2"
    assert contents(folder) == before


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {one.name: (one.read_bytes(), one.stat().st_mtime_ns) for one in folder.iterdir()}
