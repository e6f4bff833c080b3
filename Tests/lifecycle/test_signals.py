"""The signals that end a bridge. A signal that was ignored at the start stays ignored."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from bridge import BINARY, PATIENCE, Bridge
from commands import SERVERS
from processes import wait_until_caught

SIGNALS = [signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGXCPU]


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("arguments", [("serve",), *SERVERS])
def test_a_signal_ends_a_server_in_order(
    number: signal.Signals, arguments: tuple[str, ...]
) -> None:
    with Bridge(*arguments) as bridge:
        bridge.call("ping")
        bridge.process.send_signal(number)
        assert bridge.code() == 0
        assert bridge.rest() == []


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("sandbox",), 0),
        (("watch", "pending", "--sandbox"), 130),
        (("status", "slow-30s", "--sandbox"), 130),
    ],
)
def test_a_signal_ends_a_command(
    number: signal.Signals, arguments: tuple[str, ...], code: int
) -> None:
    process = subprocess.Popen(
        [BINARY, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        if arguments[0] == "status":
            wait_until_caught(process.pid, *SIGNALS)
        else:
            process.stdout.readline()
        process.send_signal(number)
        assert process.wait(PATIENCE) == code
        said = process.stderr.read()
        assert said.startswith(b"cover-bridge: interrupted; ") if code else said == b""
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "arguments",
    ["status a", "watch a", "doctor", "serve", "mcp", "generate a --callback-url https://a/"],
)
@pytest.mark.parametrize("option", ["--ca-file", "--api-key-file"])
def test_a_pipe_without_a_writer_does_not_delay_the_end(
    arguments: str, option: str, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    endpoint = "https://127.0.0.1:9"
    process = subprocess.Popen(
        [BINARY, *arguments.split(), option, pipe, "--endpoint", endpoint],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"KIE_API_KEY": "a-key-for-tests"},
    )
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE)
    assert b"in time" not in said, "the bridge waited for the pipe"


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("arguments", [(), *SERVERS])
def test_a_server_continues_under_a_signal_that_was_ignored(
    number: signal.Signals, arguments: tuple[str, ...]
) -> None:
    def ignore() -> None:
        signal.signal(number, signal.SIG_IGN)

    others = [other for other in SIGNALS if other != number]
    command = arguments or ("serve",)
    with Bridge(*command, preexec_fn=ignore) as bridge:
        bridge.call("ping")
        bridge.process.send_signal(number)
        assert bridge.call("ping", id=2)["result"] == {}
        bridge.process.send_signal(others[0])
        assert bridge.code() == 0


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(
    "arguments",
    [
        ("sandbox",),
        ("watch", "success-1s", "--sandbox"),
        ("status", "slow-1s", "--sandbox"),
        ("doctor", "--sandbox"),
    ],
)
def test_a_command_continues_under_a_signal_that_was_ignored(
    number: signal.Signals, arguments: tuple[str, ...]
) -> None:
    def ignore() -> None:
        signal.signal(number, signal.SIG_IGN)

    process = subprocess.Popen(
        [BINARY, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=ignore,
    )
    try:
        assert process.stdout is not None
        if arguments == ("sandbox",):
            process.stdout.readline()
            process.send_signal(number)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
            process.send_signal(next(other for other in SIGNALS if other != number))
        else:
            # The test sends signals from the start of the process to its end.
            deadline = time.monotonic() + PATIENCE
            while process.poll() is None and time.monotonic() < deadline:
                process.send_signal(number)
                time.sleep(0.02)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.communicate()
