"""Bridges that die, and their restarts."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

import cover_bridge
from cover_bridge import CoverBridge
from cover_bridge._engine import bridge_died

from .conftest import Fake, Heard
from .test_watches import states


def pid_of(bridge: CoverBridge) -> int:
    assert bridge.pid is not None
    return bridge.pid


def test_a_death_fails_open_calls(fake: Fake) -> None:
    bridge = fake()
    failures: list[BaseException] = []

    def wait() -> None:
        try:
            bridge.wait("x")
        except cover_bridge.CoverBridgeError as error:
            failures.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    changes = bridge.watch("open")
    next(changes)
    with pytest.raises(cover_bridge.BridgeDied, match="exited with code 7: last words") as caught:
        bridge.status("die")
    assert caught.value.exit_code == 7
    assert caught.value.stderr_tail == "last words\n"
    waiting.join()
    assert isinstance(failures[0], cover_bridge.BridgeDied)
    with pytest.raises(cover_bridge.BridgeDied):
        next(changes)
    with pytest.raises(cover_bridge.BridgeDied):
        bridge.ping()
    bridge.close()
    with pytest.raises(cover_bridge.BridgeDied):
        bridge.ping()


def test_the_last_lines_give_the_reason(binary: str) -> None:
    with pytest.raises(cover_bridge.BridgeDied) as caught:
        cover_bridge.CoverBridge(sandbox=True, rate=1e9, command=binary)
    assert str(caught.value).splitlines() == [
        "the bridge exited with code 2: cover-bridge: "
        "--rate must be from 0.001 to 1000000 queries per second",
        "See cover-bridge serve --help.",
    ]
    many = bridge_died(1, "".join(f"line {number}\n" for number in range(9)))
    assert str(many) == "the bridge exited with code 1: line 4\nline 5\nline 6\nline 7\nline 8"
    assert str(bridge_died(1, "\n")) == "the bridge exited with code 1"


@pytest.mark.parametrize("command", ["/bin/echo", "/bin/cat", "/bin/true", sys.executable])
def test_a_command_that_is_no_bridge(command: str) -> None:
    with pytest.raises(cover_bridge.BridgeDied) as caught:
        cover_bridge.CoverBridge(command=command)
    last = str(caught.value).splitlines()[-1]
    assert last == f"{command} has answered nothing: is it really cover-bridge?"


def test_a_killed_bridge_names_the_signal(fake: Fake) -> None:
    with fake() as bridge:
        os.kill(pid_of(bridge), signal.SIGKILL)
        with pytest.raises(cover_bridge.BridgeDied, match="killed by signal 9") as caught:
            bridge.wait("x")
    assert caught.value.exit_code == -9


@pytest.mark.parametrize("command", [["false"], ["sh", "-c", "exec >&-; exit 1"]])
def test_a_command_that_is_not_a_bridge(command: list[str]) -> None:
    for _ in range(20):
        with pytest.raises(cover_bridge.BridgeDied, match="exited with code 1"):
            CoverBridge(command=command)


def test_watches_continue_in_a_new_bridge(
    fake: Fake, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_DIED", str(tmp_path / "died"))
    with fake(restart=True, api_key="secret") as bridge:
        epoch = bridge.journal.epoch
        events = list(bridge.watch(["brittle"], interval=7, timeout=100))
        assert bridge.journal.epoch != epoch
        bridge.ping()
    assert states(events) == ["pending", "generating", "succeeded"], "pending is delivered once"
    first, again = heard.messages("cover/watch")
    assert again["params"]["interval"] == 7
    assert 90 < again["params"]["timeout"] < first["params"]["timeout"]
    assert [each["params"]["apiKey"] for each in heard.messages("initialize")] == ["secret"] * 2


def test_closing_during_a_restart(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cover_bridge._restart.FIRST_DELAY", 30.0)
    bridge = fake(restart=True)
    with pytest.raises(cover_bridge.BridgeDied):
        bridge.status("die")
    failures: list[BaseException] = []

    def ping() -> None:
        try:
            bridge.ping()
        except cover_bridge.CoverBridgeError as error:
            failures.append(error)

    held = threading.Thread(target=ping)
    held.start()
    began = time.monotonic()
    bridge.close()
    assert time.monotonic() - began < 20
    held.join()
    assert isinstance(failures[0], cover_bridge.BridgeClosed)
