"""Numbers on the command line. Each option has bounds, and no number may crash the process."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from bridge import BINARY, PATIENCE, Bridge

NUMBERS = ["0", "-1", "9223372036854775807", "9223372036854775808", "1e300", "nan", "inf", "", "x"]
OPTIONS = [
    ("serve", "--max-message-bytes"),
    ("serve", "--max-queued-bytes"),
    ("serve", "--rate"),
    ("serve", "--interval"),
    ("mcp", "--max-message-bytes"),
    ("mcp", "--rate"),
    ("mcp", "--interval"),
    ("watch", "--timeout"),
    ("watch", "--interval"),
    ("watch", "--rate"),
    ("status", "--rate"),
]


@pytest.mark.parametrize(("command", "option"), OPTIONS)
@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_out_of_bounds(command: str, option: str, number: str) -> None:
    done = subprocess.run(
        [BINARY, command, *(["a"] if command in ("watch", "status") else []), f"{option}={number}"],
        input=b'{"jsonrpc":"2.0","id":1,"method"',
        capture_output=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 2, done
    assert option.encode() in done.stderr


@pytest.mark.parametrize("number", ["-1", "65536", "9223372036854775807"])
def test_a_port_out_of_bounds(number: str) -> None:
    done = subprocess.run(
        [BINARY, "sandbox", f"--port={number}"], capture_output=True, timeout=PATIENCE
    )
    assert done.returncode == 2
    assert number.encode() in done.stderr


@pytest.mark.parametrize("command", ["serve", "mcp"])
def test_the_largest_limits_that_are_accepted(command: str) -> None:
    option = ("--max-message-bytes", str(1 << 30))
    with Bridge(command, "--sandbox", *option) as bridge:
        bridge.write(b'{"jsonrpc":"2.0",')
        bridge.write(b'"id":1,"method":"ping"}\n')
        assert bridge.line()["result"] == {}


TOKENS = ["0", "-0", "1.0", "1e3", "1e400", "18446744073709551616", '"\\u00fc/\\/"']


@pytest.mark.parametrize("token", TOKENS)
def test_a_progress_token_keeps_its_bytes(token: str, tmp_path: Path) -> None:
    directory = json.dumps(str(tmp_path))
    params = f'{{"taskId":"success-0s","directory":{directory},"progressToken" : {token} }}'
    request = f'{{"jsonrpc":"2.0","id":1,"method":"cover/download","params":{params}}}\n'
    done = subprocess.run(
        [BINARY, "serve", "--sandbox"], input=request.encode(), capture_output=True, timeout=60
    )
    assert f'"params":{{"token":{token},'.encode() in done.stdout, done
    assert b'"files":' in done.stdout
