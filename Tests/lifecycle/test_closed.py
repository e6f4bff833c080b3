"""Standard input, output or error is closed at the start, or cannot be read."""

from __future__ import annotations

import json
import socket
import subprocess

import pytest
from api import CountingAPI
from bridge import BINARY, PATIENCE
from commands import COMMANDS, PING, SERVERS, shell


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_command_without_standard_output_fails(arguments: tuple[str, ...]) -> None:
    done = shell('"$@" >&-', *arguments)
    assert done.returncode == 1
    assert b"cannot write the output: Bad file descriptor" in done.stderr


ORDER = {"taskId": "m", "callbackUrl": "https://x.example/"}
HANDSHAKE = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "t", "version": "1"},
}


@pytest.mark.parametrize(
    ("command", "requests"),
    [
        ("generate m --callback-url https://x.example/", []),
        ("serve", [{"method": "cover/generate", "params": ORDER}]),
        (
            "mcp",
            [
                {"method": "initialize", "params": HANDSHAKE},
                {"method": "tools/call", "params": {"name": "generate", "arguments": ORDER}},
            ],
        ),
    ],
)
def test_nothing_is_ordered_without_standard_output(
    command: str, requests: list[dict[str, object]]
) -> None:
    lines = [json.dumps({"jsonrpc": "2.0", "id": id, **call}) for id, call in enumerate(requests)]
    with CountingAPI() as api:
        done = subprocess.run(
            ["sh", "-c", '"$@" >&-', "sh", BINARY, *command.split(), "--endpoint", api.url],
            input="".join(f"{line}\n" for line in lines).encode(),
            capture_output=True,
            timeout=PATIENCE,
            env={"KIE_API_KEY": "a-key-for-tests"},
        )
        orders = api.orders
    assert (done.returncode, orders) == (1, [])


@pytest.mark.parametrize("command", ["watch a", "watch a --json", "status a", "credits", "doctor"])
def test_nothing_is_queried_without_standard_output(command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as api:
        api.setblocking(False)
        endpoint = f"http://127.0.0.1:{api.getsockname()[1]}"
        done = shell('KIE_API_KEY=a-key "$@" >&-', *command.split(), "--endpoint", endpoint)
        assert done.returncode == 1
        with pytest.raises(BlockingIOError):
            api.accept()


@pytest.mark.parametrize("arguments", COMMANDS[:-1])
@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- 2>&-"])
def test_descriptors_that_a_command_does_not_need_may_be_closed(
    arguments: tuple[str, ...], closed: str
) -> None:
    done = shell(f'"$@" {closed}', *arguments)
    assert done.returncode == 0
    assert done.stdout


def test_all_descriptors_may_be_closed() -> None:
    assert shell('"$@" <&- >&- 2>&-', "status", "success-0s", "--sandbox").returncode == 1


def test_ids_from_a_closed_input() -> None:
    done = shell('"$@" <&-', "status", "-", "--sandbox")
    assert done.returncode == 2
    assert b"cannot read task ids from stdin: Bad file descriptor" in done.stderr


@pytest.mark.parametrize("arguments", SERVERS)
@pytest.mark.parametrize(
    ("closed", "code"), [("<&-", 2), ("2>&-", 0), (">&-", 1), (">&- 2>&-", 1), ("<&- >&- 2>&-", 1)]
)
def test_a_server_with_closed_descriptors(
    arguments: tuple[str, ...], closed: str, code: int
) -> None:
    done = shell(f"echo '{PING}' | \"$@\" {closed}", *arguments)
    assert done.returncode == code
    if closed == "<&-":
        line = (
            b"cover-bridge: cannot read the input: Bad file descriptor. Give requests on stdin.\n"
        )
        assert (done.stdout, done.stderr) == (b"", line)
    if closed == ">&-":
        line = b"cover-bridge: cannot write the output: Bad file descriptor. Send it elsewhere.\n"
        assert done.stderr == line
    if closed == "2>&-":
        assert done.stdout == b'{"jsonrpc":"2.0","id":1,"result":{}}\n'


@pytest.mark.parametrize("arguments", SERVERS)
def test_a_server_whose_input_cannot_be_read(arguments: tuple[str, ...]) -> None:
    done = shell('"$@" </tmp', *arguments)
    assert (done.returncode, done.stdout) == (70, b"")
    line = b"cover-bridge: cannot read the input: Is a directory. Give requests on stdin.\n"
    assert done.stderr == line
