"""What the system hands to a process at its start: arguments, signals, limits, /proc."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import time

import pytest
from bridge import BINARY, PATIENCE, Bridge
from commands import COMMANDS, PING, SERVERS, shell


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ((b"status", b"caf\xe9"), b'argument 2 is not UTF-8: "caf\\xE9"'),
        (
            (b"download", b"x", b"--directory", b"\x01\xff"),
            b'argument 4 is not UTF-8: "\\x01\\xFF"',
        ),
        ((b"\xc3",), b'argument 1 is not UTF-8: "\\xC3"'),
        ((b"serve", b"--journal", b"\xed\xa0\x80"), b'argument 3 is not UTF-8: "\\xED\\xA0\\x80"'),
    ],
)
def test_an_argument_that_is_no_text(arguments: tuple[bytes, ...], shown: bytes) -> None:
    done = subprocess.run(
        [BINARY.encode(), *arguments], input=b"", capture_output=True, timeout=PATIENCE
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"cover-bridge: " + shown + b". Give it in UTF-8.\n"


def free_of_proc(*arguments: str, input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs the bridge where there is no /proc."""
    script = 'mount -t tmpfs none /proc && exec "$@"'
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", BINARY, *arguments],
        input=input,
        capture_output=True,
        timeout=PATIENCE,
    )


needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root and unshare"
)


@needs_root
@pytest.mark.parametrize("arguments", [*COMMANDS[:-1], ("watch", "success-0s", "--sandbox")])
def test_commands_without_proc(arguments: tuple[str, ...]) -> None:
    done = free_of_proc(*arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"" or arguments[0] not in {"status"} or b"succeeded" in done.stdout


@needs_root
@pytest.mark.parametrize("arguments", [(), ("serve",), *SERVERS])
def test_servers_without_proc(arguments: tuple[str, ...]) -> None:
    done = free_of_proc(*arguments, input=PING.encode() + b"\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b'{"jsonrpc":"2.0","id":1,"result":{}}\n'


@needs_root
@pytest.mark.parametrize("arguments", SERVERS)
def test_a_server_lives_on_without_proc(arguments: tuple[str, ...]) -> None:
    """libdispatch looks for /proc once a second."""
    script = f"mount -t tmpfs none /proc && (echo '{PING}'; sleep 3; echo '{PING}') | \"$@\""
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", BINARY, *arguments],
        capture_output=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b'{"jsonrpc":"2.0","id":1,"result":{}}\n' * 2


@pytest.mark.parametrize("arguments", SERVERS)
def test_a_server_lives_on_without_descriptors(arguments: tuple[str, ...]) -> None:
    with Bridge(*arguments) as bridge:
        if arguments[0] == "serve":
            watched = {"taskIds": ["success-1s", "pending"], "interval": 0.1}
            assert "result" in bridge.call("cover/watch", watched)
            assert "result" in bridge.call("cover/status", {"taskId": "pending"})
        assert bridge.call("ping")["result"] == {}
        limits = resource.prlimit(bridge.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(bridge.process.pid, resource.RLIMIT_NOFILE, (4, limits[1]))
        time.sleep(3)
        assert bridge.call("ping", id=2)["result"] == {}
        bridge.close_input()
        assert bridge.code() == 0


@needs_root
def test_a_usage_error_without_proc() -> None:
    done = free_of_proc("status", "--nonsense")
    assert done.returncode == 2
    assert b"--nonsense" in done.stderr


@pytest.mark.parametrize(
    "arguments", [(), *SERVERS, *COMMANDS[3:5], ("status", "a", "--endpoint", "http://127.0.0.1:9")]
)
@pytest.mark.parametrize("files", range(3, 31))
def test_few_descriptors(arguments: tuple[str, ...], files: int) -> None:
    done = subprocess.run(
        [BINARY, *arguments],
        input=PING.encode() + b"\n",
        capture_output=True,
        timeout=PATIENCE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)),
    )
    if done.returncode == 127:
        assert b"error while loading shared libraries" in done.stderr  # the loader's own
        return
    assert done.returncode == 2
    assert done.stdout == b""
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1 and "ulimit -n" in lines[0], lines


@pytest.mark.parametrize("arguments", [*SERVERS, *COMMANDS[3:5]])
def test_the_limit_that_is_advised_is_enough(arguments: tuple[str, ...]) -> None:
    advice = shell('ulimit -n 20; "$@"', *arguments).stderr.decode()
    enough = int(advice.split("ulimit -n ")[1].split(")")[0])
    done = shell(f"ulimit -n {enough}; echo '{PING}' | \"$@\"", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_a_soft_limit_is_raised() -> None:
    done = shell('ulimit -Sn 12; "$@"', "status", "success-0s", "--sandbox")
    assert done.returncode == 0
    assert b"succeeded" in done.stdout


SIGNALS = [signal.SIGHUP, signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("arguments", [(), *SERVERS])
def test_a_server_goes_on_under_a_signal_that_was_ignored(
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
def test_a_command_goes_on_under_a_signal_that_was_ignored(
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
            # From its first moment to its end.
            deadline = time.monotonic() + PATIENCE
            while process.poll() is None and time.monotonic() < deadline:
                process.send_signal(number)
                time.sleep(0.02)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("arguments", [("serve",), ("mcp",), *SERVERS])
def test_what_only_the_start_reads_is_given_back(arguments: tuple[str, ...]) -> None:
    with Bridge(*arguments) as bridge:
        bridge.call("ping")
        deadline = time.monotonic() + PATIENCE
        while bridge.megabytes("VmRSS") > 0.7 * bridge.megabytes("VmHWM"):
            assert time.monotonic() < deadline, "nothing is given back"
            time.sleep(0.05)
        assert bridge.call("ping", id=2)["result"] == {}
