"""What a restart does to calls and watches: nothing twice, and nothing lost."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
from pathlib import Path

import pytest

import cover_bridge
from cover_bridge import CoverBridge

from .conftest import FAKE, AsyncFake, Fake, Heard, bridge_threads, eventually
from .test_async import run
from .test_death import pid_of
from .test_watches import states


def kill(bridge: CoverBridge) -> None:
    os.kill(pid_of(bridge), signal.SIGKILL)


def has_line(bridge: CoverBridge) -> bool:
    return bridge._engine.session._send is not None  # pyright: ignore[reportPrivateUsage]


@pytest.fixture
def died(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FAKE_DIED", str(tmp_path / "died"))
    return tmp_path / "died"


def test_what_was_held_at_a_second_death_is_sent_once(
    fake: Fake, heard: Heard, tmp_path: Path
) -> None:
    relapse = tmp_path / "relapse"
    with fake(restart=True, env={"FAKE_RELAPSE": str(relapse)}) as bridge:
        changes = bridge.watch("relapse")
        next(changes)
        # Two more processes die before there is a line again.
        relapse.write_text("2")
        kill(bridge)
        eventually(lambda: not has_line(bridge))
        assert bridge.generate("music").task_id == "cover-of-music"
        changes.close()
    assert len(heard.messages("initialize")) == 4
    assert len(heard.messages("cover/generate")) == 1


def test_what_a_death_has_failed_is_not_sent_again(fake: Fake, heard: Heard) -> None:
    with fake(restart=True) as bridge:
        kill_later = threading.Timer(0.2, kill, [bridge])
        kill_later.start()
        with pytest.raises(cover_bridge.BridgeDied):
            bridge.wait("x")
        bridge.ping()
    assert len(heard.messages("cover/wait")) == 1


def test_what_is_given_up_while_it_is_held_is_never_sent(
    fake: Fake, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cover_bridge._recovery.FIRST_DELAY", 1.0)
    with fake(restart=True, timeout=0.2) as bridge:
        with pytest.raises(cover_bridge.BridgeDied):
            bridge.status("die")
        with pytest.raises(cover_bridge.CallTimeout):
            bridge.generate("music")
        heard.expect("initialize", 2)
        eventually(lambda: has_line(bridge))
        bridge.ping()
    assert heard.messages("cover/generate") == []
    assert heard.messages("$/cancelRequest") == []


@pytest.mark.parametrize("persistent", [False, True])
def test_a_watch_whose_answer_the_death_swallowed(
    fake: Fake, heard: Heard, died: Path, tmp_path: Path, persistent: bool
) -> None:
    env = {"FAKE_JOURNAL": str(tmp_path / "journal.json")} if persistent else {}
    with fake(restart=True, env=env) as bridge:
        events = list(bridge.watch("lethal"))
    assert states(events) == ["pending", "generating", "succeeded"]
    assert len(heard.messages("cover/watch")) == 2


def test_an_asynchronous_watch_whose_answer_the_death_swallowed(
    async_fake: AsyncFake, died: Path
) -> None:
    async def main() -> None:
        async with async_fake(restart=True) as bridge:
            events = [event async for event in bridge.watch("lethal")]
        assert states(events) == ["pending", "generating", "succeeded"]

    run(main())


def test_a_watch_that_the_new_bridge_refuses(fake: Fake, died: Path) -> None:
    with fake(restart=True) as bridge:
        with pytest.raises(cover_bridge.InvalidParams):
            bridge.watch(["refused", "open"])
        bridge.ping()


def test_a_step_back_after_a_restart_is_no_change(fake: Fake, died: Path) -> None:
    with fake(restart=True) as bridge:
        events = list(bridge.watch("lagging"))
    assert states(events) == ["pending", "generating", "succeeded"]


def test_a_second_iterator_after_a_restart_misses_nothing(fake: Fake) -> None:
    with fake(restart=True) as bridge:
        # The new journal counts from one again, far below this.
        assert len(list(bridge.watch("many:50"))) == 51
        first = bridge.watch("twice")
        next(first)
        old = pid_of(bridge)
        kill(bridge)
        eventually(lambda: bridge.pid != old)
        bridge.ping()
        second = bridge.watch("twice")
        assert states(list(second)) == ["pending", "generating", "succeeded"]
        assert states(list(first)) == ["generating", "succeeded"]


def test_a_restart_is_tried_again(fake: Fake, heard: Heard, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    with fake(restart=True, env={"FAKE_START_FAILS": str(broken)}) as bridge:
        changes = bridge.watch("open")
        next(changes)
        broken.write_text("2")
        kill(bridge)
        eventually(lambda: not has_line(bridge))
        assert bridge.status("x").task_id == "x"
        changes.close()
    assert len(heard.messages("initialize")) == 4


def test_a_forgotten_client_is_not_restarted(
    fake: Fake, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cover_bridge._recovery.FIRST_DELAY", 30.0)
    bridge = fake(restart=True)
    with pytest.raises(cover_bridge.BridgeDied):
        bridge.status("die")
    eventually(lambda: len(bridge_threads()) == 1)
    del bridge
    gc.collect()
    eventually(lambda: not bridge_threads())
    assert len(heard.messages("initialize")) == 1


def test_cancelling_a_held_call(async_fake: AsyncFake, heard: Heard) -> None:
    async def main() -> None:
        async with async_fake(restart=True) as bridge:
            with pytest.raises(cover_bridge.BridgeDied):
                await bridge.status("die")
            held = asyncio.create_task(bridge.generate("music"))
            await asyncio.sleep(0)
            held.cancel()
            with pytest.raises(asyncio.CancelledError):
                await held
            await bridge.ping()
        assert heard.messages("cover/generate") == []

    run(main())


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
