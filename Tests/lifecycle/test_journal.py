"""The file of the journal after each kind of end, and names of journals that are not files."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from bridge import BINARY, Bridge

WATCH = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "cover/watch",
        "params": {"taskIds": ["success-0s", "pending"], "interval": 0.1},
    }
)
CALL = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "watch", "arguments": {"taskIds": ["success-0s", "pending"]}},
    }
)
HANDS = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}},
    }
)


def tasks(file: Path) -> list[str]:
    """The tasks of the entries in the journal at this moment."""
    with closing(sqlite3.connect(file)) as journal:
        return [task for (task,) in journal.execute("SELECT DISTINCT taskId FROM entry ORDER BY 1")]


def entries(file: Path, tmp_path: Path) -> list[str]:
    """The tasks of the entries in a copy of the journal's file, without the write-ahead log."""
    copy = tmp_path / "copy.db"
    copy.write_bytes(file.read_bytes())
    return tasks(copy)


@pytest.mark.parametrize("end", ["input", "TERM", "INT", "HUP", "exit"])
@pytest.mark.parametrize("command", ["serve", "mcp"])
def test_a_clean_end_leaves_the_file_complete(command: str, end: str, tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    process = subprocess.Popen(
        [BINARY, command, "--sandbox", "--journal", str(file), "--interval", "0.1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(f"{WATCH}\n" if command == "serve" else f"{HANDS}\n{CALL}\n")
    process.stdin.flush()
    for line in process.stdout:
        if '"id":1,' in line:
            break
    while len(tasks(file)) < 2:
        time.sleep(0.05)
    if end == "input" or (end == "exit" and command == "mcp"):
        process.stdin.close()
    elif end == "exit":
        process.stdin.write('{"jsonrpc":"2.0","id":2,"method":"shutdown"}\n')
        process.stdin.write('{"jsonrpc":"2.0","method":"exit"}\n')
        process.stdin.flush()
    else:
        process.send_signal(getattr(signal, f"SIG{end}"))
    assert process.wait(60) == 0
    assert entries(file, tmp_path) == ["pending", "success-0s"]
    assert not file.with_name("journal.db-wal").exists()


@pytest.mark.parametrize("is_interrupted", [True, False])
def test_the_watch_command_leaves_the_file_complete(is_interrupted: bool, tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    process = subprocess.Popen(
        [BINARY, "watch", "success-1s", "--json", "--sandbox", "--journal", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    if is_interrupted:
        process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == (130 if is_interrupted else 0)
    assert entries(file, tmp_path) == ["success-1s"]


@pytest.mark.parametrize("command", ["serve", "mcp", "watch success-0s", "doctor"])
@pytest.mark.parametrize("name", [":memory:", "file:journal.db", "/dev/null", "."])
def test_a_journal_that_is_not_a_file_is_refused(command: str, name: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [BINARY, *command.split(), "--sandbox", "--journal", name],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert ended.returncode == 9
    words = "is a folder" if name == "." else "ame a"
    assert words in ended.stdout + ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("is_emptied", [False, True])
def test_a_deleted_or_emptied_file_ends_the_bridge(is_emptied: bool, tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    process = subprocess.Popen(
        [BINARY, "serve", "--sandbox", "--journal", str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write('{"jsonrpc":"2.0","id":0,"method":"ping"}\n')
    process.stdin.flush()
    process.stdout.readline()
    if is_emptied:
        file.write_bytes(b"")
    else:
        file.unlink()
    process.stdin.write(f"{WATCH}\n")
    process.stdin.flush()
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 9
    assert "was deleted, replaced or emptied while it was in use" in errors
    # The bridge does not send a change that it cannot store.
    assert "cover/statusChanged" not in output


def test_a_restored_watch_keeps_to_the_limits_of_this_bridge(tmp_path: Path) -> None:
    """The sandbox allows an interval of 0.05 s, and the API does not."""
    journal = str(tmp_path / "journal")
    with Bridge("serve", "--sandbox", "--journal", journal) as bridge:
        bridge.call("cover/watch", {"taskIds": ["pending"], "interval": 0.05})
        bridge.close_input()
        assert bridge.code() == 0
    # Nothing listens on this port, so no answer ends the watch.
    endpoint = "http://127.0.0.1:1"
    environment = {"KIE_API_KEY": "a-key"}
    with Bridge("serve", "--endpoint", endpoint, "--journal", journal, env=environment) as bridge:
        watches = bridge.call("cover/watches")["result"]["watches"]
        assert [watch["interval"] for watch in watches] == [1]
