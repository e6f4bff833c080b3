"""How a session ends (PROTOCOL.md §3)."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from bridge import BINARY, PATIENCE, Bridge
from processes import state, unread
from waiting import wait_until


def test_requests_are_answered_after_the_end_of_input() -> None:
    with Bridge() as bridge:
        bridge.send("cover/wait", {"taskId": "success-1s"}, id=1)
        bridge.send("cover/status", {"taskId": "success-0s"}, id="two")
        bridge.send("ping", id=3)
        bridge.close_input()
        answers = {message["id"]: message for message in bridge.rest()}
        assert bridge.code() == 0
    assert answers[1]["result"]["state"] == "succeeded"
    assert answers["two"]["result"]["final"] is True
    assert answers[3]["result"] == {}


@pytest.mark.parametrize("command", ["serve", "lsp"])
def test_an_input_that_ends_inside_a_message(command: str) -> None:
    done = subprocess.run(
        [BINARY, command, "--sandbox"],
        input=b'Content-Length: 100\r\n\r\n{"jsonrpc":"2.0"',
        capture_output=True,
        timeout=PATIENCE,
    )
    assert b'"id":null,"error":{"code":-32700,' in done.stdout


def test_watches_alone_keep_no_bridge_running() -> None:
    with Bridge() as bridge:
        bridge.call("cover/watch", {"taskIds": ["pending"], "interval": 0.1})
        bridge.close_input()
        assert bridge.code() == 0


def test_no_input_at_all() -> None:
    done = subprocess.run([BINARY], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("orderly", [True, False])
def test_exit(orderly: bool) -> None:
    with Bridge() as bridge:
        if orderly:
            assert bridge.call("shutdown")["result"] is None
            refused = bridge.call("ping", id=2)
            assert refused["error"]["code"] == -32600
            assert refused["error"]["data"]["kind"] == "shuttingDown"
        bridge.send("exit")
        assert bridge.code() == (0 if orderly else 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("arguments", [(), ("serve",), ("serve", "--sandbox")])
def test_signals(number: signal.Signals, arguments: tuple[str, ...]) -> None:
    environment = {**os.environ, "KIE_API_KEY": "k"}
    with Bridge(*(arguments or ("serve", "--sandbox")), env=environment) as bridge:
        bridge.call("ping")
        bridge.send("cover/wait", {"taskId": "pending"}, id="wait")
        bridge.call("ping", id=2)
        bridge.process.send_signal(number)
        assert bridge.answer("wait")["error"]["data"]["kind"] == "shuttingDown"
        assert bridge.code() == 0


def test_a_signal_while_the_output_is_not_read() -> None:
    """Standard output is a full pipe. The bridge must still end."""
    with Bridge() as bridge:
        # Before its answer, the bridge on a loaded machine might not handle signals yet.
        bridge.call("ping")
        bridge.write(b'{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}\n' * 100)
        wait_until_full(bridge.stdout)
        bridge.process.send_signal(signal.SIGTERM)
        assert bridge.code() == 0
        assert lost(bridge)


@pytest.mark.parametrize("command", ["serve", "lsp"])
@pytest.mark.parametrize("orderly", [True, False])
def test_an_exit_while_the_output_is_not_read(command: str, orderly: bool) -> None:
    """Most answers are lost, so the code is not that of an orderly end."""

    def framed(message: bytes) -> bytes:
        return b"Content-Length: %d\r\n\r\n%s" % (len(message), message)

    with Bridge(command, "--sandbox") as bridge:
        if orderly:
            bridge.write(framed(b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}'))
            bridge.write(framed(b'{"jsonrpc":"2.0","id":1,"method":"shutdown"}'))
        # Each answer has more than 100 bytes, and the pipe has room for 65,536.
        bridge.write(framed(b'{"jsonrpc":"2.0","id":1,"method":"nothing"}') * 4000)
        bridge.write(framed(b'{"jsonrpc":"2.0","method":"exit"}'))
        assert bridge.code() == 75
        assert lost(bridge)


def wait_until_full(pipe: int) -> None:
    """Returns when the first answer has filled the pipe, because it is longer than the pipe."""
    wait_until("the pipe is full", lambda: unread(pipe) >= 60_000)


def lost(bridge: Bridge) -> bool:
    assert bridge.process.stderr is not None
    return b"the last messages are lost" in bridge.process.stderr.read()


def test_an_output_without_a_reader_ends_the_bridge() -> None:
    with Bridge() as bridge:
        bridge.call("ping")
        assert bridge.process.stdout is not None
        bridge.process.stdout.close()
        assert bridge.code() == 0  # The bridge is idle, and its input is still open.


def test_an_output_that_is_closed_under_load() -> None:
    with Bridge() as bridge:
        bridge.call("ping")
        assert bridge.process.stdout is not None
        bridge.process.stdout.close()
        try:
            for _ in range(1000):
                bridge.write(b'{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}\n' * 100)
        except BrokenPipeError:
            pass
        assert bridge.code() == 0


# A parent starts a bridge and dies. A sibling (the test) keeps the bridge's pipes open.
PARENT = """
import os, subprocess, sys, time
ours = subprocess.Popen(sys.argv[1:], stdin=0, stdout=1, stderr=subprocess.DEVNULL)
print(ours.pid, file=sys.stderr, flush=True)
time.sleep(60)
"""


def has_ended(pid: int) -> bool:
    try:
        return state(pid) == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("unread", [False, True])
def test_the_death_of_the_parent(unread: bool) -> None:
    input_end, output_end = os.pipe(), os.pipe()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, BINARY, "serve", "--sandbox"],
        stdin=input_end[0],
        stdout=output_end[1],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert parent.stderr is not None
        pid = int(parent.stderr.readline())
        os.write(input_end[1], b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
        assert os.read(output_end[0], 100)
        if unread:
            os.write(input_end[1], b'{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}\n' * 50)
            wait_until_full(output_end[0])
        parent.kill()
        parent.wait()
        wait_until("the orphan ends", lambda: has_ended(pid))
    finally:
        parent.kill()
        for descriptor in input_end + output_end:
            os.close(descriptor)


@pytest.mark.parametrize("by_exit", [True, False])
def test_output_that_cannot_be_written(by_exit: bool) -> None:
    sent = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
    if by_exit:
        sent += b'{"jsonrpc":"2.0","id":2,"method":"shutdown"}\n{"jsonrpc":"2.0","method":"exit"}\n'
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run([BINARY, "serve"], input=sent, stdout=full, stderr=subprocess.PIPE)
    assert ended.returncode == 74
    assert b"cannot write the output: No space left on device" in ended.stderr


@pytest.mark.parametrize("by_option", [True, False])
def test_the_death_of_the_process_that_the_client_names(by_option: bool) -> None:
    other = subprocess.Popen(["sleep", "60"])
    option = ("--clientProcessId", str(other.pid)) if by_option else ()
    with Bridge("serve", "--sandbox", *option) as bridge:
        if by_option:
            bridge.call("ping")
        else:
            bridge.call("initialize", {"processId": other.pid})
        other.kill()
        other.wait()
        assert bridge.code() == 0


def test_a_dead_process_that_is_not_reaped() -> None:
    """The id of such a process still exists, but the bridge detects that the process is dead."""
    other = subprocess.Popen(["true"])
    wait_until("the process is dead", lambda: state(other.pid) == "Z")
    with Bridge("serve", "--sandbox", f"--clientProcessId={other.pid}") as bridge:
        assert bridge.code() == 0
    other.wait()


def test_an_empty_environment() -> None:
    with Bridge(env={}) as bridge:
        assert bridge.call("cover/status", {"taskId": "success-0s"})["result"]["final"] is True
        bridge.close_input()
        assert bridge.code() == 0


def test_requests_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_text('{"jsonrpc":"2.0","id":1,"method":"ping"}')
    with path.open() as file:
        done = subprocess.run([BINARY], stdin=file, capture_output=True, timeout=PATIENCE)
    assert done.stdout == b'{"jsonrpc":"2.0","id":1,"result":{}}\n'
    assert done.returncode == 0
