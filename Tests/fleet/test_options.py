"""The options of a fleet. Without them, a bridge shows nothing of fleets."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fleet_api import FleetAPI
from fleet_bridges import BINARY, KEY, FleetBridge

ENVIRONMENT = {"KIE_API_KEY": KEY, "PATH": os.environ.get("PATH", ""), "TERM": "xterm"}


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BINARY, *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        env={**ENVIRONMENT, **variables},
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("redis://user:secret@host/0", "password"),
        ("redis://host:0", "no address of a Redis"),
        ("", "names no file"),
        ("https://host/", "no store of this kind"),
    ],
)
@pytest.mark.parametrize("name", ["serve", "watch", "status", "mcp", "fleet"])
def test_an_address_that_is_no_store_is_refused_in_one_line(
    name: str, value: str, words: str
) -> None:
    task = ["t"] if name in ("watch", "status") else []
    done = command(name, *task, "--fleet", value)
    assert done.returncode == 2 and words in done.stderr, done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize("name", ["serve", "watch x", "mcp", "lsp", "doctor"])
@pytest.mark.parametrize("is_variable", [False, True])
def test_a_file_that_is_also_the_journal_is_refused_in_one_line(
    name: str, is_variable: bool, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    store = {"COVER_BRIDGE_FLEET": f"file:{file}"} if is_variable else {}
    option = [] if is_variable else ["--fleet", str(tmp_path / "." / "file")]
    done = command(*name.split(), *option, "--journal", str(file), "--sandbox", **store)
    assert done.returncode == 2
    source = "COVER_BRIDGE_FLEET" if is_variable else "--fleet"
    line = f"{source} and --journal name the same file. Give each a file of its own.\n"
    assert done.stderr == f"cover-bridge: {line}"
    assert not file.exists()


def test_the_variable_replaces_the_option_and_errors_name_it(tmp_path: Path) -> None:
    done = command("status", "t", COVER_BRIDGE_FLEET="redis://host:0")
    assert done.returncode == 2 and "COVER_BRIDGE_FLEET" in done.stderr, done.stderr
    store = tmp_path / "f"
    with FleetAPI() as api:
        done = command(
            "status", "cover-0-0-x", "--endpoint", api.url, "--json", COVER_BRIDGE_FLEET=str(store)
        )
    assert json.loads(done.stdout)["state"] == "succeeded", done.stderr
    assert store.exists()


def test_a_file_that_cannot_be_a_store_ends_the_command(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.write_text("a list of things to do")
    with FleetAPI() as api:
        done = command("status", "t", "--endpoint", api.url, "--fleet", str(foreign))
        assert done.returncode == 2 and str(foreign) in done.stderr, done.stderr
        assert api.count() == 0
    assert foreign.read_text() == "a list of things to do"


def test_the_size_of_a_fleet_has_bounds() -> None:
    for size in ("0", "10001", "many"):
        done = command("status", "t", "--fleet", "f", "--fleet-size", size)
        assert done.returncode == 2 and "fleet-size" in done.stderr, done.stderr


def test_commands_share_their_readings(tmp_path: Path) -> None:
    """A status from another process is used, if it is recent enough."""
    store = str(tmp_path / "f")
    with FleetAPI() as api, FleetBridge("one", api.url, store, 10, 30, ["cover-0-0-x"]) as bridge:
        bridge.wait_for(lambda message: message.get("method") == "cover/statusChanged")
        with FleetBridge("two", api.url, store, 10, 30) as other:
            status = other.call("cover/status", {"taskId": "cover-0-0-x", "maxAge": 60})
            assert status["result"]["state"] == "succeeded"
            assert other.stats()["fleet"]["queriesSaved"] == 1
        assert api.count() == 1


def descriptors(pid: int) -> list[str]:
    return [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]


def test_without_the_option_nothing_is_opened_or_started(tmp_path: Path) -> None:
    store = tmp_path / "f"
    seen: dict[bool, tuple[list[str], int]] = {}
    with FleetAPI() as api:
        for is_fleet in (False, True):
            with FleetBridge("b", api.url, str(store) if is_fleet else None, 10, 30) as bridge:
                bridge.call("cover/status", {"taskId": "cover-0-0-x"})
                assert ("fleet" in bridge.stats()) == is_fleet
                pid = bridge.process.pid
                seen[is_fleet] = descriptors(pid), len(list(Path(f"/proc/{pid}/task").iterdir()))
                if not is_fleet:
                    assert not list(tmp_path.iterdir())
    without, threads = seen[False]
    assert not [name for name in without if "inotify" in name or str(tmp_path) in name]
    within, more_threads = seen[True]
    assert [name for name in within if "inotify" in name]
    assert [name for name in within if name == str(store)]
    assert threads < more_threads


def test_the_command_shows_the_bridges(tmp_path: Path) -> None:
    store = str(tmp_path / "f")
    with FleetAPI() as api, FleetBridge("b", api.url, store, 7, 30, ["cover-0-99-x"]) as bridge:
        bridge.wait_for(lambda message: message.get("method") == "cover/statusChanged")
        options = ("--fleet", store, "--endpoint", api.url)
        report = json.loads(command("fleet", "--json", *options).stdout)
        assert report["store"] == f"file:{store}" and report["rate"] == 7
        assert report["pause"] is None and report["granted"] == 1
        (member,) = report["bridges"]
        assert member["name"].startswith(f"serve {bridge.process.pid} on ")
        (task,) = report["tasks"]
        assert (task["taskId"], task["state"], task["error"]) == (
            "cover-0-99-x",
            "generating",
            None,
        )
        table = command("fleet", *options).stdout
        for words in ("1 bridge;", "7 a second", "no pause", member["name"], "cover-0-99-x"):
            assert words in table, table
        # With another key, the same file has another fleet.
        other = json.loads(command("fleet", "--json", *options, KIE_API_KEY="another-key").stdout)
        assert other["bridges"] == [] and other["tasks"] == []
        empty = command("fleet", *options, KIE_API_KEY="another-key").stdout
        assert "0 bridges" in empty and "differ in key, endpoint" in empty, empty
        assert "a second" not in empty, empty


def diagnosis(*options: str, **variables: str) -> dict[str, Any]:
    """The row of `doctor` about the fleet. On a busy machine, a store may not answer in time."""
    for _ in range(10):
        done = command("doctor", "--json", *options, **variables)
        rows = map(json.loads, done.stdout.splitlines())
        (row,) = [row for row in rows if row["subject"] == "fleet"]
        if "No answer" not in row["message"]:
            break
    return dict(row)


def test_doctor_compares_the_rates_of_the_bridges(tmp_path: Path) -> None:
    store = str(tmp_path / "f")
    with FleetAPI() as api, FleetBridge("b", api.url, store, 7, 30) as bridge:
        bridge.call("cover/status", {"taskId": "cover-0-0-x"})
        options = ("--fleet", store, "--endpoint", api.url)
        # Without the option, this process knows no rate to compare.
        row = diagnosis(*options)
        assert (row["grade"], row["next"]) == ("ok", None) and "1 bridge" in row["message"], row
        assert diagnosis(*options, "--rate", "7")["grade"] == "ok"
        row = diagnosis(*options, "--rate", "8")
        assert row["grade"] == "warning", row
        assert "1 bridge, with 7 queries a second; this one would allow 8." in row["message"], row
        with FleetBridge("c", api.url, store, 9, 30) as other:
            other.call("cover/status", {"taskId": "cover-0-0-x"})
            row = diagnosis(*options)
            assert row["grade"] == "warning", row
            assert "2 bridges, with 7, 9 queries a second." in row["message"], row


def test_doctor_names_what_keeps_bridges_apart(tmp_path: Path) -> None:
    store = str(tmp_path / "f")
    with FleetAPI() as api, FleetBridge("b", api.url, store, 7, 30) as bridge:
        bridge.call("cover/status", {"taskId": "cover-0-0-x"})
        options = ("--fleet", store, "--endpoint", api.url)
        for more, key in (((), "another-key"), (("--record-api", "auto"), KEY)):
            row = diagnosis(*options, *more, KIE_API_KEY=key)
            assert row["grade"] == "ok" and "0 bridges" in row["message"], row
            assert "differ in key, endpoint, --record-api or file" in row["next"], row


def test_a_password_that_is_not_encoded_gets_the_right_advice() -> None:
    for password in ("se/cret", "se#cret", "se?cret", "se@c/ret", "se%cret"):
        done = command("status", "t", COVER_BRIDGE_FLEET=f"rediss://bridge:{password}@host/1")
        assert done.returncode == 2 and "percent-encoded" in done.stderr, done.stderr
        assert "%2F" in done.stderr and password not in done.stderr, done.stderr


def test_the_command_is_live_on_a_terminal_until_it_is_interrupted(tmp_path: Path) -> None:
    store = str(tmp_path / "f")
    with FleetAPI() as api, FleetBridge("b", api.url, store, 7, 30) as bridge:
        bridge.call("cover/status", {"taskId": "cover-0-0-x"})
        here, there = pty.openpty()
        process = subprocess.Popen(
            [BINARY, "fleet", "--fleet", store, "--endpoint", api.url],
            stdin=there,
            stdout=there,
            stderr=there,
            env=ENVIRONMENT,
        )
        os.close(there)
        text = b""
        deadline = time.monotonic() + 60
        while text.count(b"SEEN") < 1 or b"cover-0-0-x" not in text:
            assert time.monotonic() < deadline, text
            text += os.read(here, 65536)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        with suppress(OSError):
            while more := os.read(here, 65536):
                text += more
        assert b"interrupted" not in text
        os.close(here)


def test_a_look_at_a_file_that_does_not_exist_creates_none(tmp_path: Path) -> None:
    store = tmp_path / "mistyped"
    done = command("fleet", "--fleet", str(store))
    assert done.returncode == 2 and "does not exist" in done.stderr, done.stderr
    with FleetAPI() as api:
        options = ("--fleet", str(store), "--endpoint", api.url)
        rows = map(json.loads, command("doctor", "--json", *options).stdout.splitlines())
        (row,) = [row for row in rows if row["subject"] == "fleet"]
    assert row["grade"] == "warning" and "does not exist yet" in row["message"], row
    assert not store.exists()
    # A missing folder has its own error.
    done = command("fleet", "--fleet", str(store / "f"))
    assert done.returncode == 2 and "no such folder" in done.stderr, done.stderr


FULL_DISK = """
mount -t tmpfs -o size=256k none "$1"
(sleep 20 | "$2" serve --fleet "$1/f" --endpoint http://127.0.0.1:9) > "$1/out" 2>&1 &
until [ -s "$1/f-shm" ]; do sleep 0.1; done
"$2" doctor --json --fleet "$1/f" --endpoint http://127.0.0.1:9 | grep '"fleet"'
dd if=/dev/zero of="$1/fill" bs=1k 2> /dev/null
"$2" doctor --json --fleet "$1/f" --endpoint http://127.0.0.1:9 | grep '"fleet"'
kill %1
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_is_seen_by_the_doctor(tmp_path: Path) -> None:
    assert BINARY
    arguments = ["unshare", "--mount", "bash", "-mc", FULL_DISK, "bash", str(tmp_path), BINARY]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
    if "mount:" in done.stderr or "unshare:" in done.stderr:
        pytest.skip("the system allows no mount")
    before, after = map(json.loads, done.stdout.splitlines())
    assert before["grade"] == "ok", before
    assert after["grade"] == "failed" and "disk is full" in after["message"], after


def test_bridges_with_sandboxes_of_their_own_do_not_meet_and_say_so(tmp_path: Path) -> None:
    done = command("status", "success-0s", "--sandbox", "--fleet", str(tmp_path / "f"))
    assert done.returncode == 0 and "cover-bridge sandbox --port" in done.stderr, done.stderr
    assert command("status", "success-0s", "--sandbox").stderr == ""


def test_a_replay_is_in_no_fleet(tmp_path: Path) -> None:
    recording, store = tmp_path / "session", tmp_path / "f"
    requests = b'{"jsonrpc":"2.0","id":1,"method":"bridge/stats"}\n'
    arguments = [BINARY, "serve", "--sandbox", "--record", str(recording)]
    subprocess.run(arguments, input=requests, env=ENVIRONMENT, timeout=30, check=True, stdout=-3)
    done = command("replay", str(recording), COVER_BRIDGE_FLEET=str(store))
    assert done.returncode == 0 and done.stderr == "", done.stdout
    assert not store.exists()


def test_the_command_without_a_store_says_what_is_missing() -> None:
    done = command("fleet")
    assert done.returncode == 2 and "--fleet STORE or COVER_BRIDGE_FLEET" in done.stderr
