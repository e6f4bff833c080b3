"""Files of the bridge that other programs change or remove, and secrets in their place."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from bridge import BINARY, PATIENCE, Bridge
from commands import run, shell

SECRET = "whsec_ABCDEFGH12345678"
SHORT = SECRET[:12]


@pytest.mark.parametrize(
    "command",
    [
        "sandbox --webhook-key-file",
        "serve --sandbox --webhook-key-file",
        "doctor --sandbox --webhook-key-file",
        "doctor --endpoint http://127.0.0.1:9 --webhook-key-file",
        "doctor --endpoint http://127.0.0.1:9 --api-key-file",
        "fleet --fleet redis://127.0.0.1:9 --fleet-password-file",
    ],
)
def test_a_secret_in_the_place_of_its_file_is_not_shown(command: str, tmp_path: Path) -> None:
    environment = {} if "--api-key" in command else {"KIE_API_KEY": "sk-any-key"}
    done = subprocess.run(
        [BINARY, *command.split(), SECRET],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        timeout=PATIENCE,
    )
    assert done.returncode in (2, 3, 6)
    words = done.stdout + done.stderr
    assert "There is no such " in words and SECRET not in words


def test_a_secret_in_the_place_of_its_file_is_not_in_the_printed_configuration() -> None:
    for option in ("--api-key-file", "--webhook-key-file", "--fleet-password-file"):
        for secret in (
            SECRET + "ab",
            "/" + SECRET + "ab",
            "./" + SECRET + "ab",
            SHORT,
            "/" + SHORT,
        ):
            done = run("mcp", "--print-config", option, secret)
            assert done.returncode == 2
            assert "There is no such " in done.stderr and SHORT not in done.stderr + done.stdout


def test_a_password_of_the_endpoint_is_not_in_the_printed_configuration() -> None:
    done = run("mcp", "--print-config", "--endpoint", f"https://user:{SHORT}@example.com")
    assert done.returncode == 2
    assert "names a user" in done.stderr and SHORT not in done.stderr + done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        SECRET,
        f"help {SECRET}",
        f"serve {SECRET}",
        f"status --rate {SECRET}",
        f"status x --{SECRET}",
        f"watch x --interval={SECRET}",
        f"replay {SECRET}",
        f"serve --journal /nowhere/{SECRET}",
        f"fleet --fleet {SECRET}",
        f"doctor --endpoint http://127.0.0.1:9 --journal /nowhere/{SECRET}",
        f"status {SECRET.lower()} --endpoint {SECRET}",
    ],
)
@pytest.mark.parametrize("variable", ["KIE_API_KEY", "KIE_WEBHOOK_KEY"])
def test_a_key_in_a_wrong_place_of_the_command_line_is_not_shown(
    arguments: str, variable: str
) -> None:
    done = subprocess.run(
        [BINARY, *arguments.split()],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={variable: SECRET},
        timeout=PATIENCE,
    )
    assert done.returncode != 0
    assert done.stderr or done.stdout
    assert SECRET not in done.stdout + done.stderr


CALLS: dict[str, list[dict[str, Any]]] = {
    "serve": [
        {"method": SECRET},
        {"method": "cover/status", "params": {"taskId": "x", SECRET: 1}},
        {"method": "cover/watch", "params": {"taskIds": [f"Bearer {SECRET}"]}},
        {"method": "cover/status", "params": {"taskId": f"x{SECRET}"}},
    ],
    "mcp": [
        {"method": SECRET},
        {"method": "tools/call", "params": {"name": SECRET}},
        {"method": "tools/call", "params": {"name": "status", "arguments": {SECRET: 1}}},
        {
            "method": "tools/call",
            "params": {"name": "watch", "arguments": {"taskIds": [f"Bearer {SECRET}"]}},
        },
        {"method": "resources/read", "params": {"uri": SECRET}},
        {"method": "resources/read", "params": {"uri": f"cover://task/{SECRET}"}},
    ],
}


@pytest.mark.parametrize("option", ["--api-key-file", "--webhook-key-file"])
def test_a_key_of_a_file_in_the_place_of_a_task_is_not_in_the_journal(
    option: str, tmp_path: Path
) -> None:
    """No query has read the file before the watch."""
    file = tmp_path / "key"
    file.write_text(SECRET + "\n")
    journal = ["--journal", str(tmp_path / "journal.db")]
    with Bridge("serve", "--endpoint", "http://127.0.0.1:9", *journal, option, str(file)) as bridge:
        error = bridge.call("cover/watch", {"taskIds": [SECRET]})["error"]
        assert "has a key in it" in error["message"]
        bridge.close_input()
        bridge.code()
    for path in tmp_path.glob("journal.db*"):
        assert SECRET.encode() not in path.read_bytes()


@pytest.mark.parametrize("frontend", CALLS)
def test_a_key_in_a_wrong_place_of_a_call_is_not_shown(frontend: str) -> None:
    greeting: dict[str, Any] = {
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "a", "version": "1"},
        },
    }
    calls = [greeting, *CALLS[frontend]] if frontend == "mcp" else CALLS[frontend]
    lines = [json.dumps({"jsonrpc": "2.0", "id": id, **call}) for id, call in enumerate(calls)]
    done = subprocess.run(
        [BINARY, frontend, "--endpoint", "http://127.0.0.1:9", "--log-level", "trace"],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        env={"KIE_API_KEY": SECRET},
        timeout=PATIENCE,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert {answer.get("id") for answer in answers} >= set(range(len(calls)))
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "command", ["status", "watch", "download", "generate --callback-url https://example.com/"]
)
@pytest.mark.parametrize("before", ["", "Bearer ", "x"])
def test_a_key_in_the_place_of_a_task_is_neither_sent_nor_shown(command: str, before: str) -> None:
    name, *options = command.split()
    done = subprocess.run(
        [BINARY, name, before + SECRET, *options, "--endpoint", "http://127.0.0.1:9"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={"KIE_API_KEY": SECRET},
        timeout=PATIENCE,
    )
    assert done.returncode == 2
    assert "The id of the task has a key in it." in done.stderr
    assert SECRET not in done.stdout + done.stderr


def open_bridge(file: Path) -> Bridge:
    """A bridge with a journal that has two changes in its log."""
    bridge = Bridge("serve", "--sandbox", "--journal", str(file), "--interval", "0.1")
    bridge.call("cover/watch", {"taskIds": ["success-0s", "fail-0s", "pending"]}, id=1)
    while bridge.call("cover/changes", id=2)["result"]["lastSequence"] < 3:
        pass
    return bridge


@pytest.mark.parametrize("size", [0, 4096])
def test_a_cut_index_of_the_log_does_not_end_the_bridge(size: int, tmp_path: Path) -> None:
    file = tmp_path / "j.db"
    with open_bridge(file) as bridge:
        os.truncate(f"{file}-shm", size)
        assert bridge.call("cover/changes", id=3)["result"]["lastSequence"] >= 3
        os.truncate(f"{file}-shm", size)
        bridge.call("cover/watch", {"taskIds": ["success-0s-more"]}, id=4)
        bridge.close_input()
        assert bridge.code() == 0
    with open_bridge(file) as bridge:
        tasks = {
            change["taskId"] for change in bridge.call("cover/changes", id=5)["result"]["changes"]
        }
        assert {"success-0s", "fail-0s", "pending"} <= tasks


@pytest.mark.parametrize("is_at_the_end", [False, True])
def test_a_cut_log_is_named_and_begins_a_new_epoch(is_at_the_end: bool, tmp_path: Path) -> None:
    file = tmp_path / "j.db"
    with open_bridge(file) as bridge:
        epoch = bridge.call("initialize", id=3)["result"]["journal"]["epoch"]
        os.truncate(f"{file}-wal", 0)
        if not is_at_the_end:
            bridge.send("cover/watch", {"taskIds": ["success-0s-more"]}, id=4)
        else:
            bridge.close_input()
        assert bridge.code() == (0 if is_at_the_end else 9)
        assert bridge.process.stderr is not None
        words = bridge.process.stderr.read().decode()
        assert words.count("\n") == 1 and "was emptied or cut by another program" in words
    with open_bridge(file) as bridge:
        assert bridge.call("initialize", id=5)["result"]["journal"]["epoch"] != epoch


def test_a_removed_lock_file_lets_no_second_bridge_in(tmp_path: Path) -> None:
    file = tmp_path / "j.db"
    with open_bridge(file) as bridge:
        Path(f"{file}.lock").unlink()
        for command in ("serve", "mcp", "watch pending", "doctor"):
            done = run(*command.split(), "--sandbox", "--journal", str(file))
            words = f"The journal {file} is in use by process {bridge.process.pid}. Stop that"
            assert words in done.stdout + done.stderr
            assert done.returncode == (0 if command == "doctor" else 9)
        assert bridge.call("cover/changes", id=3)["result"]["lastSequence"] >= 3


def test_a_refused_fleet_leaves_no_journal(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("a list of things to do, and no database")
    for command in ("serve", "watch pending"):
        options = ["--endpoint", "http://127.0.0.1:9", "--fleet", "notes", "--journal", "j.db"]
        done = subprocess.run(
            [BINARY, *command.split(), *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"KIE_API_KEY": "sk-any-key"},
            timeout=PATIENCE,
        )
        assert done.returncode == 2
        assert done.stderr.startswith("cover-bridge: the fleet cannot be used.")
        assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


def test_the_limit_for_the_size_of_files_is_named(tmp_path: Path) -> None:
    script = f'cd "{tmp_path}"; ulimit -f 0; "$@"'
    done = shell(script, "serve", "--sandbox", "--journal", "j.db")
    assert done.returncode == 9
    assert b"Raise the limit (ulimit -f)" in done.stderr and done.stderr.count(b"\n") == 1
