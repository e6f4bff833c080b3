"""A client that ends, in whatever way, must leave nothing behind."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

import cover_bridge

from .conftest import FAKE, Fake, Heard, bridge_threads, eventually
from .test_death import pid_of

ROOT = Path(__file__).parent.parent


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def script(text: str) -> subprocess.Popen[bytes]:
    head = (
        "import os, signal, sys, time\nfrom cover_bridge import *\n"
        # A shell makes background processes ignore SIGINT, so the script sets the handler again.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"FAKE = {FAKE!r}\n"
    )
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", head + textwrap.dedent(text)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_close_ends_the_bridge_in_order(fake: Fake, heard: Heard) -> None:
    with fake() as bridge:
        changes = bridge.watch("open")
        bridge.sync()
        pid = pid_of(bridge)
    assert not alive(pid)
    assert bridge_threads() == []
    assert heard.messages("cover/unwatch")[0]["params"] == {"taskIds": ["open"]}
    assert heard.messages("shutdown")
    assert heard.messages("exit")
    bridge.close()
    with pytest.raises(cover_bridge.BridgeClosed):
        bridge.ping()
    assert next(changes).task_id == "open"
    with pytest.raises(cover_bridge.BridgeClosed):
        next(changes)


def test_a_stubborn_bridge_is_terminated(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cover_bridge._process.GRACE", 0.2)
    monkeypatch.setenv("FAKE_STUBBORN", "1")
    bridge = fake()
    pid = pid_of(bridge)
    bridge.close()
    assert not alive(pid)


def test_a_stopped_bridge_is_killed(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cover_bridge._process.GRACE", 0.2)
    bridge = fake(timeout=0.1)
    pid = pid_of(bridge)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(cover_bridge.CallTimeout):
        # The message is larger than a pipe can hold. It blocks the writing thread, but not the
        # caller.
        bridge.status("x" * 1_000_000)
    bridge.close()
    assert not alive(pid)


def test_garbage_collection_ends_the_bridge(fake: Fake) -> None:
    bridge = fake(on_health=print)
    bridge.ping()
    pid = pid_of(bridge)
    del bridge
    gc.collect()
    eventually(lambda: not bridge_threads())
    assert not alive(pid)


def test_a_script_that_never_closes() -> None:
    run = script("""
        bridge = CoverBridge(command=FAKE)
        changes = bridge.watch("open")
        print(bridge.pid, next(changes).task_id)
    """)
    out, err = run.communicate(timeout=30)
    pid, task_id = out.split()
    assert (task_id, err, run.returncode) == (b"open", b"", 0)
    assert not alive(int(pid))


def test_ctrl_c_unwatches_and_ends(heard: Heard) -> None:
    run = script("""
        with CoverBridge(command=FAKE) as bridge:
            for event in bridge.watch("open"):
                print(bridge.pid, flush=True)
    """)
    assert run.stdout is not None
    pid = int(run.stdout.readline())
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=30)
    assert err.strip().endswith(b"KeyboardInterrupt")
    assert not alive(pid)
    assert heard.messages("cover/unwatch")
    assert heard.messages("exit")


def test_ctrl_c_cancels_a_call(heard: Heard) -> None:
    run = script("""
        with CoverBridge(command=FAKE) as bridge:
            try:
                bridge.wait("x")
            except KeyboardInterrupt:
                bridge.ping()
                print("still here")
    """)
    call = heard.expect("cover/wait")[0]
    # The call was sent, so the script waits now or will wait soon.
    time.sleep(0.2)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=30)
    assert (out, err) == (b"still here\n", b"")
    assert heard.messages("$/cancelRequest")[0]["params"] == {"id": call["id"]}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_leaves_the_bridge_alone() -> None:
    run = script("""
        bridge = CoverBridge(command=FAKE)
        changes = bridge.watch("open")
        next(changes)
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
        if child == 0:
            for call in (bridge.ping, bridge.watches, lambda: bridge.watch("open")):
                try:
                    call()
                    print("a child's call went through")
                except BridgeClosed:
                    pass
            changes.close()
            bridge.close()
            del changes, bridge
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        bridge.ping()
        changes.close()
        bridge.close()
        print("fine")
    """)
    out, err = run.communicate(timeout=30)
    assert (out, err, run.returncode) == (b"fine\n", b"", 0)
