"""A restart must not lose or repeat calls and events."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path

import pytest

import cover_bridge
from cover_bridge import CoverBridge

from .conftest import FAKE, Fake, Heard, bridge_threads, eventually
from .test_death import pid_of


def kill(bridge: CoverBridge) -> None:
    os.kill(pid_of(bridge), signal.SIGKILL)


def has_line(bridge: CoverBridge) -> bool:
    return bridge._engine.session._send is not None  # pyright: ignore[reportPrivateUsage]


@pytest.fixture
def died(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FAKE_DIED", str(tmp_path / "died"))
    return tmp_path / "died"


def test_a_call_that_is_cancelled_while_it_waits_is_never_sent(
    heard: Heard, tmp_path: Path
) -> None:
    # Before the gate is open, only the first process starts.
    first, gate = tmp_path / "first", tmp_path / "gate"
    waits = f'until mkdir "{first}" || test -e "{gate}"; do sleep 0.01; done 2>/dev/null; exec "$@"'
    with CoverBridge(command=["sh", "-c", waits, "sh", *FAKE], restart=True) as bridge:
        with pytest.raises(cover_bridge.BridgeDied):
            bridge.status("die")
        bridge._timeout = 0.2  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(cover_bridge.CallTimeout):
            bridge.generate("music")
        bridge._timeout = None  # pyright: ignore[reportPrivateUsage]
        gate.touch()
        heard.expect("initialize", 2)
        eventually(lambda: has_line(bridge))
        bridge.ping()
    assert heard.messages("cover/generate") == []
    assert heard.messages("$/cancelRequest") == []


def test_a_forgotten_client_is_not_restarted(
    fake: Fake, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cover_bridge._restart.FIRST_DELAY", 30.0)
    bridge = fake(restart=True)
    with pytest.raises(cover_bridge.BridgeDied):
        bridge.status("die")
    eventually(lambda: len(bridge_threads()) == 1)
    del bridge
    gc.collect()
    eventually(lambda: not bridge_threads())
    assert len(heard.messages("initialize")) == 1


def test_a_restart_without_an_answer_says_so(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mute = tmp_path / "mute"
    command = ["sh", "-c", f'test -e "{mute}" && exec sleep 60; exec "$@"', "sh", *FAKE]
    with CoverBridge(command=command, restart=True) as bridge:
        changes = bridge.watch("open")
        next(changes)
        mute.touch()
        monkeypatch.setattr("cover_bridge._engine.HANDSHAKE_TIMEOUT", 0.3)
        kill(bridge)
        with pytest.raises(cover_bridge.BridgeClosed, match=r"did not answer within 0.3 s"):
            next(changes)
