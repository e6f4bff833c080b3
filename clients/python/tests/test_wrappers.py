"""Bridges behind another command: a shell, a container, or a login whose child processes stay."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

import cover_bridge
from cover_bridge import AsyncCoverBridge, CoverBridge

from .conftest import FAKE, Fake, Heard, bridge_threads, eventually
from .test_async import run
from .test_death import pid_of
from .test_lifecycle import alive
from .test_watches import states

# The command starts a bridge and leaves a child that keeps the pipes, as `ssh -f` and daemons do.
LEAVES_A_GRANDCHILD = ["sh", "-c", 'sleep 60 & echo $! >"$GRANDCHILD"; exec "$@"', "sh"]


@pytest.fixture
def grandchild(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    path = tmp_path / "grandchild"
    monkeypatch.setenv("GRANDCHILD", str(path))
    yield path
    for pid in path.read_text().split():
        os.kill(int(pid), signal.SIGKILL)


def test_a_death_counts_although_a_grandchild_holds_the_pipes(grandchild: Path) -> None:
    with CoverBridge(command=[*LEAVES_A_GRANDCHILD, *FAKE]) as bridge:
        began = time.monotonic()
        os.kill(pid_of(bridge), signal.SIGKILL)
        with pytest.raises(cover_bridge.BridgeDied, match="killed by signal 9"):
            bridge.wait("x")
        assert time.monotonic() - began < 40
        eventually(lambda: not bridge_threads())
        assert alive(int(grandchild.read_text()))


def test_a_death_counts_under_asyncio(grandchild: Path) -> None:
    async def main() -> None:
        async with AsyncCoverBridge(command=[*LEAVES_A_GRANDCHILD, *FAKE]) as bridge:
            assert bridge.pid is not None
            os.kill(bridge.pid, signal.SIGKILL)
            with pytest.raises(cover_bridge.BridgeDied, match="killed by signal 9"):
                await bridge.wait("x")

    run(main())


def test_a_restart_although_a_grandchild_holds_the_pipes(
    grandchild: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_DIED", str(tmp_path / "died"))
    keeps = ["sh", "-c", 'sleep 60 & echo $! >>"$GRANDCHILD"; exec "$@"', "sh", *FAKE]
    with CoverBridge(command=keeps, restart=True) as bridge:
        assert states(list(bridge.watch("brittle"))) == ["pending", "generating", "succeeded"]


def test_closing_although_a_grandchild_holds_the_pipes(grandchild: Path) -> None:
    bridge = CoverBridge(command=[*LEAVES_A_GRANDCHILD, *FAKE])
    pid = pid_of(bridge)
    began = time.monotonic()
    bridge.close()
    assert time.monotonic() - began < 40
    assert not alive(pid)
    assert bridge_threads() == []


def test_the_last_output_of_a_grandchild_is_read(grandchild: Path) -> None:
    # The answer comes from a pipeline, which runs a moment longer than the command.
    text = '(sleep 0.3; echo last words >&2) & echo $! >"$GRANDCHILD"; exit 5'
    with pytest.raises(cover_bridge.BridgeDied, match="code 5: last words"):
        CoverBridge(command=["sh", "-c", text])
    grandchild.write_text("")


def test_a_full_pipe_that_a_grandchild_holds(grandchild: Path) -> None:
    # Both ends of stdin stay open, so nothing wakes the writing thread.
    with CoverBridge(command=[*LEAVES_A_GRANDCHILD, *FAKE], timeout=4) as bridge:
        pid = pid_of(bridge)
        changes = bridge.watch("open")
        next(changes)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(cover_bridge.CallTimeout):
            bridge.status("x" * 1_000_000)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(cover_bridge.BridgeDied):
            next(changes)
    eventually(lambda: not bridge_threads())


def test_a_bridge_that_closes_its_output_first_is_ended(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cover_bridge._process.GRACE", 0.2)
    with pytest.raises(cover_bridge.BridgeDied, match="signal 15"):
        CoverBridge(command=["sh", "-c", "exec >&-; exec sleep 60"])
    with pytest.raises(cover_bridge.BridgeDied, match="signal 9"):
        CoverBridge(command=["sh", "-c", "trap '' TERM; exec >&-; while :; do sleep 0.05; done"])


def test_a_stopped_bridge_under_asyncio_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cover_bridge._process.GRACE", 0.2)

    async def main() -> None:
        bridge = await AsyncCoverBridge(command=FAKE, timeout=0.1).start()
        assert bridge.pid is not None
        pid = bridge.pid
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(cover_bridge.CallTimeout):
            await bridge.status("x" * 1_000_000)
        await bridge.aclose()
        assert not alive(pid)

    run(main())
    eventually(lambda: not bridge_threads())


# A separate namespace of processes, as in a container. The id of this process is unknown there.
UNSHARE = ["unshare", "--pid", "--fork", "--kill-child"]


def can_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_unshare(), reason="no namespaces of processes here")
def test_a_bridge_that_does_not_see_our_pid(binary: str) -> None:
    with CoverBridge(command=[*UNSHARE, binary], sandbox=True, interval=0.05, rate=100) as bridge:
        assert states(list(bridge.watch("success-3s")))[-1] == "succeeded"
        bridge.ping()


@pytest.mark.parametrize("client", [CoverBridge, AsyncCoverBridge])
def test_the_network_s_variables_reach_the_bridge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: Any
) -> None:
    given = {
        "SSL_CERT_FILE": "/ca.pem",
        "SSL_CERT_DIR": "/ca",
        "HTTPS_PROXY": "http://proxy:1",
        "https_proxy": "http://proxy:2",
        "ALL_PROXY": "socks5h://proxy:3",
        "NO_PROXY": "localhost",
    }
    seen = tmp_path / "seen"
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    command = ["sh", "-c", f'env >"{seen}"; exec "$@"', "sh", *FAKE]
    bridge = client(command=command, env={"NO_PROXY": "more"})
    if client is AsyncCoverBridge:

        async def main() -> None:
            async with bridge:
                pass

        run(main())
    else:
        bridge.close()
    lines = seen.read_text().splitlines()
    assert {f"{name}={value}" for name, value in {**given, "NO_PROXY": "more"}.items()} <= {*lines}


def test_ids_that_look_alike_are_two(fake: Fake, heard: Heard) -> None:
    ids = ["success-caf\u00e9", "success-cafe\u0301", "success-K1", "success-\u212a1"]
    with fake() as bridge:
        events = list(bridge.watch(ids))
        assert [bridge.status(each).task_id for each in ids] == ids
        open_ids = [each.replace("success", "open") for each in ids]
        streams = [bridge.watch(each) for each in open_ids]
        assert [next(stream).task_id for stream in streams] == open_ids
        streams[0].close()
        bridge.ping()
    assert heard.messages("cover/watch")[0]["params"]["taskIds"] == ids
    assert [len([e for e in events if e.task_id == each]) for each in ids] == [3] * 4
    assert heard.messages("cover/unwatch")[0]["params"]["taskIds"] == open_ids[:1]
