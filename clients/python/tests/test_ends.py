"""Ctrl-C, forks and ends of loops in the middle of work. They must leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from .conftest import Heard, eventually
from .test_lifecycle import alive, script


def interrupted(run: subprocess.Popen[bytes], after: float = 0.2) -> tuple[bytes, bytes]:
    """Sends Ctrl-C when the script has printed that it is about to wait. Returns its output."""
    assert run.stdout is not None
    pid = int(run.stdout.readline())
    time.sleep(after)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=30)
    eventually(lambda: not alive(pid))
    return out, err


@pytest.mark.parametrize(
    "call",
    [
        "bridge.status('silent')",
        "bridge.wait('x')",
        "next(changes)",
        "list(changes)",
        "bridge.watch('tardy:2')",
        "bridge.download('silent', '/tmp', progress=lambda report: None)",
    ],
)
def test_ctrl_c_in_the_middle_of_a_call(heard: Heard, call: str) -> None:
    run = script(f"""
        bridge = CoverBridge(command=FAKE)
        changes = bridge.watch("open")
        next(changes)
        print(bridge.pid, flush=True)
        {call}
    """)
    out, err = interrupted(run)
    assert out == b""
    assert err.strip().endswith(b"KeyboardInterrupt")
    assert b"Exception ignored" not in err


@pytest.mark.parametrize("client", ["CoverBridge", "AsyncCoverBridge"])
def test_ctrl_c_in_the_middle_of_a_start(tmp_path: Path, client: str) -> None:
    record = tmp_path / "pid"
    run = script(f"""
        import asyncio
        command = ["sh", "-c", "echo $$ >{record}; exec sleep 60"]
        print(os.getpid(), flush=True)
        if {client!r} == "CoverBridge":
            CoverBridge(command=command)
        else:
            asyncio.run(AsyncCoverBridge(command=command).start())
    """)
    eventually(lambda: record.exists() and record.read_text())
    _, err = interrupted(run)
    assert err.strip().endswith(b"KeyboardInterrupt")
    assert b"Exception ignored" not in err
    assert not alive(int(record.read_text()))


def test_ctrl_c_in_the_middle_of_a_close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_STUBBORN", "1")
    began = time.monotonic()
    _, err = interrupted(
        script("""
        bridge = CoverBridge(command=FAKE, on_health=print)
        print(bridge.pid, flush=True)
        bridge.close()
    """)
    )
    assert err.strip().endswith(b"KeyboardInterrupt")
    assert time.monotonic() - began < 30


def test_the_interpreter_ends_with_open_calls() -> None:
    run = script("""
        import threading
        bridge = CoverBridge(command=FAKE)
        def wait():
            try:
                bridge.wait("x")
            except BridgeClosed:
                pass
        threading.Thread(target=wait, daemon=True).start()
        changes = bridge.watch("open")
        print(bridge.pid)
    """)
    out, err = run.communicate(timeout=30)
    assert (err, run.returncode) == (b"", 0)
    assert not alive(int(out))


@pytest.mark.parametrize("work", ["bridge.wait('x')", "list(bridge.watch('open'))"])
def test_the_interpreter_ends_without_errors_of_daemon_threads(work: str) -> None:
    run = script(f"""
        import threading, time
        bridge = CoverBridge(command=FAKE)
        threading.Thread(target=lambda: {work}, daemon=True).start()
        time.sleep(0.5)
        print(bridge.pid)
    """)
    out, err = run.communicate(timeout=30)
    assert (err, run.returncode) == (b"", 0)
    assert not alive(int(out))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("process", ["fork", "multiprocessing"])
def test_an_iterator_in_a_forked_child_names_its_owner(process: str) -> None:
    run = script(f"""
        import multiprocessing, warnings
        import cover_bridge._process
        cover_bridge._process.GRACE = 30
        warnings.simplefilter("ignore", DeprecationWarning)
        bridge = CoverBridge(command=FAKE, on_health=print)
        changes = bridge.watch("open")
        next(changes)
        def child():
            try:
                next(changes)
            except BridgeClosed as error:
                assert "parent" in str(error)
                began = time.monotonic()
                bridge.close()
                assert time.monotonic() - began < 20
                with CoverBridge(command=FAKE) as own:
                    own.ping()
                return 0
            return 1
        if {process!r} == "fork":
            pid = os.fork()
            if pid == 0:
                sys.exit(child())
            assert os.waitpid(pid, 0)[1] == 0
        else:
            running = multiprocessing.get_context("fork").Process(target=child)
            running.start()
            running.join()
            assert running.exitcode == 0
        bridge.ping()
        bridge.close()
        print("fine")
    """)
    out, err = run.communicate(timeout=30)
    assert (out, err, run.returncode) == (b"fine\n", b"", 0)


@pytest.mark.parametrize(
    "body",
    [
        # A watch that the bridge refuses, and whose iterator is never used.
        "changes = bridge.watch('refused'); await bridge.ping(); del changes",
        # A watch whose answer arrives after the end of the loop.
        "KEPT.append(bridge.watch('tardy:0.5'))",
        # A task that is cancelled at the moment when its call fails.
        "call = asyncio.ensure_future(bridge.status('die')); time.sleep(0.1); call.cancel()",
        # A call that the program never awaits.
        "KEPT.append(asyncio.ensure_future(bridge.wait('x'))); await asyncio.sleep(0)",
    ],
)
def test_a_loop_that_ends_early_causes_no_warning(body: str) -> None:
    run = script(f"""
        import asyncio, gc
        KEPT = []
        async def main():
            asyncio.get_running_loop().slow_callback_duration = 5
            bridge = await AsyncCoverBridge(command=FAKE).start()
            KEPT.append(bridge)
            print(bridge.pid)
            {body}
        asyncio.run(main(), debug=True)
        gc.collect()
        time.sleep(0.8)
    """)
    out, err = run.communicate(timeout=30)
    assert (err, run.returncode) == (b"", 0)
    eventually(lambda: not alive(int(out)))
