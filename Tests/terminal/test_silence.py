"""A `watch` whose API never answers ends after --patience, with the exit code 6."""

from __future__ import annotations

import signal
import socket
import subprocess
import time

import pytest
from terminal import COMMAND, PATIENCE, environment, run


@pytest.mark.parametrize("options", ["", "--json"])
def test_an_api_that_never_answers_ends_a_watch(options: str) -> None:
    result = run(
        f"watch x y --endpoint http://127.0.0.1:9 --interval 1 --patience 2 {options}",
        KIE_API_KEY="k",
    )
    assert result.returncode == 6
    [health, end] = result.stderr.splitlines()
    for line in (health, end):
        assert "connection refused" in line
    assert end.endswith(
        'The API has never answered. "cover-bridge doctor" shows how far the route to the API '
        "works, and --patience 0 waits on."
    )


def test_a_server_that_says_nothing_ends_a_watch() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        result = run(f"watch x --endpoint {endpoint} --patience 1", KIE_API_KEY="k")
    assert result.returncode == 6
    line = 'The API has not answered within 1 s. "cover-bridge doctor" shows how far'
    assert result.stderr.startswith(f"cover-bridge: {line}")


def test_a_watch_with_patience_0_continues() -> None:
    process = subprocess.Popen(
        [COMMAND, "watch", "x", "--endpoint", "http://127.0.0.1:9", "--patience", "0"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(KIE_API_KEY="k"),
    )
    assert process.stderr is not None
    assert "connection refused" in process.stderr.readline()
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
