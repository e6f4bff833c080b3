"""Large input, large output, and output that no client reads (PROTOCOL.md §1)."""

import json
import os
import select
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
from bridge import BINARY, PATIENCE, Bridge, Json
from processes import unread
from waiting import wait_until

PING = b'{"jsonrpc":"2.0","id":7,"method":"ping"}\n'


def test_large_replies_beside_notifications_into_a_slow_reader() -> None:
    with Bridge() as bridge:
        # Each reply has 300 KB, because it contains the changes of some hundred tasks.
        ids = [f"success-0s-{number:04}-{'x' * 180}" for number in range(300)]
        bridge.call("cover/watch", {"taskIds": ids, "interval": 0.05}, id="watch")
        for number in range(2, 18):
            bridge.send("cover/changes", {"limit": 1000}, id=number)
        bridge.send("cover/watch", {"taskIds": ["flicker-1s"], "interval": 0.05}, id="flicker")
        answered = 0
        buffer = b""
        while answered < 16:
            piece = os.read(bridge.stdout, 8192)
            assert piece
            buffer += piece
            *lines, buffer = buffer.split(b"\n")
            for line in lines:
                answered += json.loads(line).get("id") in range(2, 18)
            time.sleep(0.0005)


def test_reading_pauses_above_the_limit_and_memory_stays_bounded() -> None:
    with Bridge("serve", "--sandbox", "--max-queued-bytes", "1000000") as bridge:
        request = b'{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}\n' * 20
        taken = 0
        os.set_blocking(bridge.stdin, False)
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            try:
                taken += os.write(bridge.stdin, request)
            except BlockingIOError:
                time.sleep(0.05)
        assert bridge.peak_megabytes() < 64
        # Once the client reads, the bridge answers all requests that it has accepted, and
        # continues.
        os.set_blocking(bridge.stdin, True)
        sender = threading.Thread(target=lambda: bridge.write(b"\n" + PING))
        sender.start()
        bridge.answer(7)
        sender.join()


SIZES = [100 + number * 3571 % 8900 for number in range(120)]


def framed(message: Json, by_length: bool) -> bytes:
    text = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(text), text) if by_length else text + b"\n"


@pytest.mark.parametrize("by_length", [False, True])
@pytest.mark.parametrize("kind", ["pipe", "socket", "file"])
def test_input_is_read_while_output_is_not(kind: str, by_length: bool, tmp_path: Path) -> None:
    """Sends one request at a time, with answers of all sizes.

    Then sends more input than a pipe can hold.
    """
    if kind == "pipe":
        reader, writer = os.pipe()
    elif kind == "socket":
        reader, writer = (end.detach() for end in socket.socketpair())
    else:
        writer = os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT)
        reader = os.open(tmp_path / "out", os.O_RDONLY)
    command = [BINARY, "serve", "--sandbox"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=writer)
    os.close(writer)
    assert process.stdin is not None
    stdin = process.stdin.fileno()
    try:
        for number, size in enumerate(SIZES):
            name = "no/" + "x" * size
            message: Json = {"jsonrpc": "2.0", "id": name, "method": "ping"}
            os.write(stdin, framed(message, by_length))
            wait_until(f"request {number} is read", lambda: unread(stdin) == 0)
        ping = framed({"jsonrpc": "2.0", "id": 7, "method": "ping"}, by_length)
        wait = {"jsonrpc": "2.0", "id": 8, "method": "cover/wait", "params": ["pending"]}
        cancel = {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 8}}
        sent = ping * 30_000 + framed(wait, by_length) + framed(cancel, by_length)
        os.set_blocking(stdin, False)
        deadline = time.monotonic() + PATIENCE
        while sent:
            assert select.select([], [stdin], [], deadline - time.monotonic())[1], "input is left"
            sent = sent[os.write(stdin, sent[:65536]) :]
        wait_until("all is read", lambda: unread(stdin) == 0)
        os.write(stdin, framed({"jsonrpc": "2.0", "method": "exit"}, by_length))
        # A file takes all answers. The others still hold answers that nothing reads.
        assert process.wait(PATIENCE) == (1 if kind == "file" else 75)
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        os.close(reader)


def skip(bridge: Bridge, head: bytes, size: int, tail: bytes) -> Json:
    """Sends a message that is larger than the limit, and returns the answer."""
    block = b"x" * (1 << 20)
    bridge.write(head)
    for _ in range(size // len(block)):
        bridge.write(block)
    bridge.write(tail)
    return bridge.line()


@pytest.mark.parametrize("size", [1 << 30])
def test_a_line_of_a_gigabyte(size: int) -> None:
    with Bridge() as bridge:
        refusal = skip(bridge, b'{"jsonrpc":"2.0","id":1,"method":"', size, b'"}\n' + PING)
        assert refusal["id"] is None
        assert refusal["error"]["code"] == -32600
        assert refusal["error"]["data"]["kind"] == "messageTooLarge"
        assert bridge.line() == {"jsonrpc": "2.0", "id": 7, "result": {}}
        assert bridge.peak_megabytes() < 64


def test_a_body_of_a_gigabyte() -> None:
    with Bridge() as bridge:
        size = 1 << 30
        ping = PING.strip()
        framed = b"Content-Length: %d\r\n\r\n%s" % (len(ping), ping)
        block = b" " * (1 << 20)
        bridge.write(b"Content-Length: %d\r\n\r\n" % size)
        for _ in range(size // len(block)):
            bridge.write(block)
        bridge.write(framed)
        expected = b'{"jsonrpc":"2.0","id":7,"result":{}}'
        output = b""
        while not output.endswith(expected):
            piece = os.read(bridge.stdout, 65536)
            assert piece
            output += piece
        assert output.count(b"Content-Length: ") == 2
        assert b'"messageTooLarge"' in output
        assert bridge.peak_megabytes() < 64


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"{",
        b'{"jsonrpc":"2.0","id":1,"method":"ping"',
        b'{"jsonrpc":"2.0","id":1}',
        b"[]",
        b"[1]",
        b"[" * 3000,
        b'{"a":' * 65 + b"1" + b"}" * 65,
        b'{"id":1,"id":2,"method":"ping","jsonrpc":"2.0"}',
        b'{"jsonrpc":"2.0","id":[],"method":"ping"}',
        b'{"jsonrpc":"2.0","id":1,"method":"nope"}',
        b'{"jsonrpc":"2.0","id":1,"method":"cover/status","params":{"taskId":1e400}}',
        b'{"jsonrpc":"2.0","id":1,"method":"cover/status","params":{"taskId":"\\u0000"}}',
        b'"\\ud800"',
        b"\xff\xfe\x00",
        b"\x00",
        b"\xc0\x80",
    ],
)
def test_a_malformed_message_leaves_the_session_usable(line: bytes) -> None:
    with Bridge() as bridge:
        bridge.write(line + b"\n" + PING)
        first = bridge.line()
        message = first[0] if isinstance(first, list) else first
        assert message["error"]["code"] in (-32700, -32600, -32601, -32602)
        assert message["error"]["data"]["kind"]
        assert bridge.line() == {"jsonrpc": "2.0", "id": 7, "result": {}}


def test_ten_thousand_in_flight() -> None:
    with Bridge() as bridge:
        waits = b"".join(
            b'{"jsonrpc":"2.0","id":%d,"method":"cover/wait","params":{"taskId":"pending"}}\n' % id
            for id in range(10_001)
        )
        bridge.write(waits)
        refusal = bridge.answer(10_000)
        assert refusal["error"]["data"] == {"kind": "overloaded", "retryable": True}
        bridge.send("$/cancelRequest", {"id": 5})
        assert bridge.answer(5)["error"]["code"] == -32800
        assert bridge.call("ping", id="still")["result"] == {}
        assert bridge.call("bridge/stats", id="s")["result"]["session"]["inFlight"] == 9999


def test_unread_stderr_never_blocks() -> None:
    with Bridge("serve", "--sandbox", "--log-level", "trace", stderr=subprocess.PIPE) as bridge:
        for number in range(2000):
            bridge.send("cover/status", {"taskId": "servererror-9s", "maxAge": 0}, id=number)
        assert bridge.call("ping", id="p")["result"] == {}


def test_the_default_log_is_quiet_and_no_log_shows_the_key() -> None:
    """Causes faults of each kind at the most detailed log level. No log may contain the key."""
    key = "sk-very-secret-0123456789"
    environment = {**os.environ, "KIE_API_KEY": key}
    requests = [
        {"jsonrpc": "2.0", "id": n, "method": "cover/status", "params": {"taskId": task}}
        for n, task in enumerate(["unauthorized", "nocredits", "disabled", "missing", "garbage-9s"])
    ]
    requests.append(
        {"jsonrpc": "2.0", "id": "i", "method": "initialize", "params": {"apiKey": key}}
    )
    sandbox = Bridge("sandbox")
    with sandbox:
        assert sandbox.process.stdout is not None
        url = sandbox.process.stdout.readline().decode().strip()
        for endpoint in (url, "http://127.0.0.1:1"):
            for level in ((), ("--log-level", "trace")):
                done = subprocess.run(
                    [os.environ["COVER_BRIDGE"], "serve", "--endpoint", endpoint, *level],
                    input="\n".join(map(json.dumps, requests)) + "\n",
                    capture_output=True,
                    text=True,
                    env=environment,
                    timeout=120,
                )
                assert done.returncode == 0
                assert key not in done.stdout and key not in done.stderr
                assert level or done.stderr == ""
