"""A user may publish a file of `serve --record`: it has no key and no signature of an image."""

from __future__ import annotations

import json
import resource
import subprocess
from pathlib import Path

import pytest
from api import CountingAPI
from bridge import BINARY, PATIENCE

KEY = "sk-0123456789abcdef"
SIGNATURE = "X-Signature=f00dfeed"


def test_a_recording_has_neither_the_key_nor_a_signature(tmp_path: Path) -> None:
    record = {
        "taskId": "t",
        "parentTaskId": f"{KEY}",
        "successFlag": 1,
        "errorMessage": f"refused {KEY} at https://h.example/a?{SIGNATURE}",
        "response": {
            "images": [
                f"https://h.example/a.png?{SIGNATURE}",
                f"https://me:{SIGNATURE}@h.example/b@c.png",
                f"https://h.example/d.png;{SIGNATURE}",
            ]
        },
    }
    call = {"jsonrpc": "2.0", "id": 1, "method": "cover/status"}
    requests = [
        {**call, "params": {"taskId": "t", "includeRecord": True}},
        {**call, "id": f"id {KEY}", "params": {"taskId": KEY}},
    ]
    file = tmp_path / "session.jsonl"
    with CountingAPI(record) as api:
        done = subprocess.run(
            [BINARY, "serve", "--endpoint", api.url, "--record", str(file)],
            input="".join(json.dumps(request) + "\n" for request in requests).encode(),
            capture_output=True,
            env={"KIE_API_KEY": KEY},
            timeout=PATIENCE,
        )
    assert done.returncode == 0
    assert SIGNATURE.encode() in done.stdout  # the client itself needs the signature
    text = file.read_text()
    # There are two answers, and there may be a notification that the API has faults.
    assert text.count('"expect"') >= 2 and text.count('"send"') == 2
    assert "https://h.example/a.png?[removed]" in text
    assert "https://[removed]@h.example/b@c.png" in text
    assert "https://h.example/d.png?[removed]" in text
    assert KEY not in text and SIGNATURE not in text


def test_a_recording_has_no_key_of_a_file_and_no_callback_url(tmp_path: Path) -> None:
    """The peer sends the keys before the first query, which would read their files."""
    (tmp_path / "key").write_text(KEY + "\n")
    (tmp_path / "webhook").write_text("whk-0123456789abcdef\n")
    callback = "https://h.example/PATH?token=TOKEN"
    escaped = callback.replace("/", "\\/")
    record = {
        "taskId": "t",
        "successFlag": 3,
        "callbackUrl": callback,
        "errorMessage": f"No answer from {callback}",
        "param": f'{{"callBackUrl":"{escaped}","other":"whk-0123456789abcdef"}}',
    }
    call = {"jsonrpc": "2.0", "method": "cover/callback"}
    body = f'{{"data":{{"callBackUrl":"{escaped}","apiKey":"APIKEY"}}}}'
    requests = [
        {**call, "id": KEY, "params": {"body": body, "timestamp": "whk-0123456789abcdef"}},
        {**call, "id": "whk-0123456789abcdef", "params": [body, "1700000000", "SIGNATURE"]},
        {**call, "id": 3, "method": "initialize", "params": ["ANOTHER-KEY-123"]},
        {
            **call,
            "id": 4,
            "method": "cover/status",
            "params": {"taskId": "t", "includeRecord": True},
        },
    ]
    file = tmp_path / "session.jsonl"
    with CountingAPI(record) as api:
        command = [BINARY, "serve", "--endpoint", api.url, "--record", str(file)]
        command += ["--api-key-file", str(tmp_path / "key")]
        done = subprocess.run(
            [*command, "--webhook-key-file", str(tmp_path / "webhook")],
            input="".join(json.dumps(request) + "\n" for request in requests).encode(),
            capture_output=True,
            env={},
            timeout=PATIENCE,
        )
    assert done.returncode == 0
    text = file.read_text()
    assert text.count('"expect"') >= 4 and text.count('"send"') == 4
    for secret in (KEY, "whk-0", "PATH", "TOKEN", "APIKEY", "SIGNATURE", "ANOTHER-KEY"):
        assert secret not in text, secret


LATER = f'{{"jsonrpc":"2.0","id":9,"method":"cover/status","params":["{KEY}"]}}\n'.encode()


def initialize(parameters: object) -> bytes:
    call = {"jsonrpc": "2.0", "id": 8, "method": "initialize", "params": parameters}
    return json.dumps(call).encode() + b"\n"


def framed(message: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%s" % (len(message), message)


LENGTHS = b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nnull"
INPUTS = {
    "a cut frame": framed(b"PING") + b"Content-Length: 99\r\n\r\n{",
    "a cut header": framed(b"PING") + b"Content-Len",
    "two lengths": framed(b"{") + LENGTHS + framed(b"PING") + LENGTHS,
    "a bad line before a large one": b"{\n" + b" " * (5 << 20) + b"\nPING\n",
    "bytes that are no text": b'{"a":"\xe9"}\nPING\n',
    "a line break in a text": framed(b'{"a":"\n"}') + framed(b"PING"),
    "a name twice": b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"ping"}\n',
    "half a surrogate": b'{"jsonrpc":"2.0","id":1,"method":"\\ud800"}\n',
    "no key": initialize({"apiKey": f"{KEY} {KEY}"}),
    "an empty key": initialize({"apiKey": ""}),
    "a key and a wrong name": initialize({"apiKey": KEY, "clientInfo": 1}),
    "a key in another place": initialize([KEY]),
    "a key as a task": initialize({"apiKey": KEY}) + LATER,
    "a key with a prefix as a task": initialize({"apiKey": f"Bearer {KEY}"}) + LATER,
    "a key by position as a task": initialize([None, None, KEY]) + LATER,
    "a key as a method": initialize({"apiKey": KEY}) + LATER.replace(b"cover/status", KEY.encode()),
}


@pytest.mark.parametrize("name", INPUTS)
def test_a_recorded_session_is_replayed_without_differences(name: str, tmp_path: Path) -> None:
    """All of the input is there at once, so the bridge learns a key after it was recorded."""
    file = tmp_path / "session.jsonl"
    ping = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
    # The length in a header stays right.
    parts = INPUTS[name].replace(b"Content-Length: 4\r\n\r\nPING", framed(ping))
    subprocess.run(
        [BINARY, "serve", "--sandbox", "--record", str(file)],
        input=parts.replace(b"PING", ping),
        stdout=subprocess.DEVNULL,
        timeout=PATIENCE,
    )
    assert KEY not in file.read_text()
    done = subprocess.run(
        [BINARY, "replay", str(file)], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stdout


PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'


def recorded(file: str, limit: int | None = None) -> subprocess.CompletedProcess[bytes]:
    """Records a session of 50 pings into the file.

    ``limit`` is the largest size that the system allows for a file.
    """

    def limited() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [BINARY, "serve", "--sandbox", "--record", file],
        input=PING * 50,
        capture_output=True,
        timeout=PATIENCE,
        preexec_fn=limited,
    )


@pytest.mark.parametrize("limit", [None, 3000])
def test_a_recording_that_is_cut_off_is_reported_once(limit: int | None, tmp_path: Path) -> None:
    file = tmp_path / "session.jsonl"
    done = recorded("/dev/full" if limit is None else str(file), limit)
    assert done.returncode == 0
    assert done.stdout.count(b"\n") == 50
    limited = "the limit for the size of a file is too low (ulimit -f)"
    reason = "No space left on device" if limit is None else limited
    [line] = [line for line in done.stderr.decode().splitlines() if "record" in line]
    assert line.endswith(f" any further: {reason}. The session continues.")
    if limit is not None:
        # The file ends after a whole line, so `replay` can read it.
        lines = file.read_text().splitlines()
        assert len(lines) > 5 and all(json.loads(line) for line in lines)


def test_a_session_is_not_recorded_into_its_own_input() -> None:
    done = recorded("/dev/stdin")
    assert done.returncode == 2
    assert b"cannot record into /dev/stdin: the requests come from it. Name another" in done.stderr
    assert done.stdout == b""


def test_only_a_recording_is_overwritten(tmp_path: Path) -> None:
    file, journal = tmp_path / "session.jsonl", tmp_path / "journal.db"
    journal.write_bytes(b"SQLite format 3\0" + bytes(4000))
    done = recorded(str(journal))
    assert done.returncode == 2
    assert b"has other content than a recording, and stays as it is." in done.stderr
    assert journal.stat().st_size == 4016
    for _ in range(2):
        assert recorded(str(file)).returncode == 0
        assert file.read_text().count('"note"') == 1


def start_recording(file: Path) -> subprocess.Popen[bytes]:
    command = [BINARY, "serve", "--sandbox", "--record", str(file)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(PING)
    process.stdin.flush()
    assert process.stdout.readline()
    return process


def test_two_bridges_do_not_record_into_one_file(tmp_path: Path) -> None:
    file = tmp_path / "session.jsonl"
    first = start_recording(file)
    recording = file.read_bytes()
    second = recorded(str(file))
    assert second.returncode == 2
    assert b"another bridge records into it. Name another file." in second.stderr
    assert second.stdout == b""
    assert file.read_bytes().startswith(recording)
    first.communicate(PING, timeout=PATIENCE)
    assert first.returncode == 0
    assert file.read_text().count('"send"') == 2
    # The file is free when the bridge has ended, even if it was killed.
    killed = start_recording(file)
    killed.kill()
    killed.communicate(timeout=PATIENCE)
    assert recorded(str(file)).returncode == 0


@pytest.mark.parametrize("change", ["deleted", "moved", "replaced"])
def test_a_recording_that_is_moved_is_reported_once(change: str, tmp_path: Path) -> None:
    file = tmp_path / "session.jsonl"
    process = start_recording(file)
    moved = file.rename(tmp_path / "session.1")
    if change == "deleted":
        moved.unlink()
    if change == "replaced":
        file.write_text("new")
    output, errors = process.communicate(PING * 3, timeout=PATIENCE)
    assert process.returncode == 0
    assert output.count(b"\n") == 3
    [line] = [line for line in errors.decode().splitlines() if "record" in line]
    assert line.endswith(" any further: the file was deleted or moved. The session continues.")
    assert change != "replaced" or file.read_text() == "new"
