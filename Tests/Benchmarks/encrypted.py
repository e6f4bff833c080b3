"""Processor time per query over TLS: the bridge, aiohttp (HTTP/1.1) and httpx (HTTP/2)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flat_out import ask
from sandbox import KEY, on_core, sandbox
from table import Row, span

HERE = Path(__file__).parent
OUTSTANDING = 64
# Queries before the measurement, so that starts and handshakes do not count.
WARM_UP = 1_000
NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; keepalive_requests 1000000;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    upstream api {{ server {api}; keepalive 128; keepalive_requests 1000000; }}
    server {{
        listen 127.0.0.1:{port} ssl{http2};
        ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;
        location / {{
            proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection "";
        }}
    }}
}}
"""


@dataclass
class Measured:
    """Seconds of processor time per query, one figure for each round."""

    bridge: list[float] = field(default_factory=list)
    script: list[float] = field(default_factory=list)


# The protocols, each with the script that the bridge is compared with.
WAYS = {"plain": "aiohttp", "TLS, HTTP/1.1": "aiohttp", "TLS, HTTP/2": "httpx"}


def run(binary: str, queries: int, rounds: int) -> dict[str, Measured]:
    results = {way: Measured() for way in WAYS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_certificate(folder)
        for _ in range(rounds):
            for way, script in WAYS.items():
                with sandbox(binary) as api, encrypted(folder, way, api) as endpoint:
                    results[way].bridge.append(by_bridge(binary, folder, endpoint, queries))
                    results[way].script.append(by_script(script, folder, endpoint, queries))
    return results


def rows(results: dict[str, Measured]) -> list[Row]:
    # Over TLS, HTTP/2 is also compared with the faster script, whatever version that script uses.
    encrypted = [way for way in WAYS if way.startswith("TLS")]
    best = min(encrypted, key=lambda way: min(results[way].script))
    compared = [(way, way, "") for way in WAYS]
    compared.append(("TLS, HTTP/2", best, "ratio <= 0.45"))
    return [
        Row(
            f"CPU us a query, {way}" + (f", to {WAYS[other]} over {other}" if reach else ""),
            [
                span([one * 1e6 for one in taken], ".0f")
                for taken in (results[way].bridge, results[other].script)
            ]
            + [WAYS[other]],
            min(results[way].bridge),
            min(results[other].script),
            reach,
        )
        for way, other, reach in compared
    ]


def make_certificate(folder: Path) -> None:
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    command += " -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    command += f" -keyout {folder}/key.pem -out {folder}/certificate.pem"
    subprocess.run(command.split(), check=True, capture_output=True)


@contextmanager
def encrypted(folder: Path, way: str, api: str) -> Iterator[str]:
    """nginx in front of the sandbox, on the same core. Without encryption, the sandbox itself."""
    if way == "plain":
        yield api
        return
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    http2 = " http2" if way.endswith("/2") else ""
    place = api.partition("//")[2]
    text = NGINX.format(folder=folder, api=place, port=port, http2=http2)
    (folder / "nginx.conf").write_text(text)
    command = ["nginx", "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    process = subprocess.Popen(on_core(0, command))
    try:
        end = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        yield f"https://localhost:{port}"
    finally:
        process.terminate()
        process.wait()


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "KIE_API_KEY": KEY, "SSL_CERT_FILE": f"{folder}/certificate.pem"}


def by_script(script: str, folder: Path, endpoint: str, queries: int) -> float:
    command = [sys.executable, str(HERE / "followers" / "ask_many.py"), script, endpoint]
    command += [str(OUTSTANDING), str(WARM_UP), str(queries)]
    done = subprocess.run(
        on_core(1, command),
        env=environment(folder),
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    report = json.loads(done.stdout)
    return float(report["cpu"]) / queries


def by_bridge(binary: str, folder: Path, endpoint: str, queries: int) -> float:
    """Sends so many calls of `cover/status` that `OUTSTANDING` are always open, without a rate
    limit."""
    process = subprocess.Popen(
        on_core(1, [binary, "serve", "--endpoint", endpoint, "--rate", "1000000"]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(folder),
        bufsize=0,
    )
    before: float | None = None
    first = answered = 0
    for answered in ask(process, OUTSTANDING, WARM_UP + queries):
        if answered >= WARM_UP and before is None:
            before, first = cpu(process.pid), answered
    assert before is not None
    taken = (cpu(process.pid) - before) / (answered - first)
    process.kill()
    process.communicate()
    return taken


def cpu(process: int) -> float:
    """The processor time of a process, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
