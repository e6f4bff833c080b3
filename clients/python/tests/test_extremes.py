"""What a process may be like that starts a bridge: short of everything, or at its end."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

import cover_bridge
from cover_bridge import AsyncCoverBridge, CoverBridge

from .conftest import FAKE, AsyncFake, Fake, eventually
from .test_async import run
from .test_lifecycle import alive

ROOT = Path(__file__).parent.parent
HEAD = f"""
import logging, os, resource, signal, sys, time
from cover_bridge import *
logging.disable()
FAKE = {FAKE!r}
def reap():
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        pass
"""


def result(text: str, *options: str, redirect: str = "") -> str:
    """What the script writes to the file that it is given; within half a minute."""
    line = f'exec "$@" {redirect}'
    done = subprocess.run(
        ["sh", "-c", line, "sh", sys.executable, *options, "-c", HEAD + textwrap.dedent(text)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


@pytest.mark.skipif(sys.version_info < (3, 11), reason="a Popen that fails leaks there")
def test_short_of_descriptors() -> None:
    out = result("""
        resource.setrlimit(resource.RLIMIT_NOFILE, (30, 30))
        taken = []
        try:
            while True:
                taken.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            pass
        started = 0
        # One more is free each time: it works, or says why at once, and leaves nothing.
        for free in range(20):
            began = time.monotonic()
            try:
                CoverBridge(command=FAKE).close()
                started += 1
            except CannotRun as error:
                assert "Too many open files" in str(error), error
                assert not started
            assert time.monotonic() - began < 10
            os.close(taken.pop())
        print(started > 2)
    """)
    assert out == "True\n"


def test_short_of_descriptors_later() -> None:
    out = result("""
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
        with CoverBridge(command=FAKE) as bridge:
            taken = []
            try:
                while True:
                    taken.append(os.open("/dev/null", os.O_RDONLY))
            except OSError:
                pass
            # More than a pipe holds, both ways.
            print(len(bridge.status("x" * 1_000_000).task_id))
            print(len(bridge.status("huge").callback_url))
    """)
    assert out == "1000000\n1048576\n"


@pytest.mark.parametrize("redirect", ["<&-", "2>&-", "<&- 2>&-"])
def test_without_the_standard_descriptors(redirect: str) -> None:
    out = result(
        """
        with CoverBridge(command=FAKE, restart=True) as bridge:
            print(*[event.status.state for event in bridge.watch("success")])
    """,
        redirect=redirect,
    )
    assert out == "pending generating succeeded\n"


@pytest.mark.parametrize(
    "handling",
    [
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
        "signal.signal(signal.SIGCHLD, lambda *_: reap())",
        "signal.signal(signal.SIGPIPE, signal.SIG_DFL)",
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD})",
    ],
)
def test_whatever_signals_do_here(handling: str) -> None:
    out = result(f"""
        {handling}
        bridge = CoverBridge(command=FAKE)
        try:
            bridge.status("die")
        except BridgeDied:
            print("died")
        bridge.close()
        with CoverBridge(command=FAKE) as other:
            other.ping()
        print("fine")
    """)
    assert out == "died\nfine\n"


@pytest.mark.parametrize("options", [["-O"], ["-OO"], ["-X", "dev", "-W", "error"], ["-bb"]])
def test_other_ways_to_run_python(options: list[str]) -> None:
    out = result(
        """
        with CoverBridge(command=FAKE, restart=True, on_health=lambda health: None) as bridge:
            bridge.stats()
            print(*[event.status.state for event in bridge.watch("success")])
            try:
                bridge.status("die")
            except BridgeDied as error:
                print(error)
            bridge.ping()
        try:
            CoverBridge(command="/nowhere")
        except BridgeNotFound as error:
            print(error)
    """,
        *options,
    )
    assert out.splitlines()[0] == "pending generating succeeded"
    assert out.splitlines()[-1] == "cannot start /nowhere: No such file or directory"


@pytest.mark.skipif(sys.version_info < (3, 13), reason="no interpreters like that")
def test_another_interpreter_says_at_once_that_it_cannot() -> None:
    out = result(f"""
        import _interpreters
        other = _interpreters.create()
        error = _interpreters.exec(other, '''if True:
            import sys
            sys.path[:] = {sys.path!r}
            sys.path.insert(0, {str(ROOT)!r})
            from cover_bridge import *
            try:
                CoverBridge(command=["true"])
            except CannotRun as error:
                print(error, flush=True)
        ''')
        assert error is None, error
    """)
    assert "one did not start: daemon threads are disabled" in out


def test_a_start_at_the_interpreter_s_end() -> None:
    out = result("""
        import atexit
        def late():
            try:
                with CoverBridge(command=FAKE) as bridge:
                    bridge.ping()
                print("works", flush=True)
            except CannotRun as error:
                print("says why", flush=True)
        atexit.register(late)
    """)
    assert out in ("works\n", "says why\n")


def test_two_threads_on_one_stream_both_end(fake: Fake) -> None:
    with fake() as bridge:
        changes = bridge.watch("open")
        counts: list[int] = []
        readers = [
            threading.Thread(target=lambda: counts.append(len(list(changes))), daemon=True)
            for _ in range(3)
        ]
        for reader in readers:
            reader.start()
        bridge.ping()
        bridge.unwatch("open")
        for reader in readers:
            reader.join(10)
        assert sorted(counts) == [0, 0, 1]


def test_two_threads_on_a_stream_of_a_bridge_that_dies(fake: Fake) -> None:
    bridge = fake()
    changes = bridge.watch("open")
    failures: list[BaseException] = []

    def read() -> None:
        try:
            list(changes)
        except cover_bridge.BridgeDied as error:
            failures.append(error)

    readers = [threading.Thread(target=read, daemon=True) for _ in range(2)]
    for reader in readers:
        reader.start()
    with pytest.raises(cover_bridge.BridgeDied):
        bridge.status("die")
    for reader in readers:
        reader.join(10)
        assert not reader.is_alive()
    assert len(failures) == 1
    bridge.close()


def test_two_tasks_on_one_stream_both_end(async_fake: AsyncFake) -> None:
    async def main() -> None:
        async with async_fake() as bridge:
            changes = bridge.watch("open")

            async def read() -> int:
                return len([event async for event in changes])

            readers = [asyncio.create_task(read()) for _ in range(3)]
            await bridge.ping()
            await bridge.unwatch("open")
            assert sorted(await asyncio.gather(*readers)) == [0, 0, 1]

    run(main())


@pytest.mark.parametrize("steps", [*range(12), 20, 40])
def test_a_start_that_is_cancelled_leaves_nothing(steps: int) -> None:
    pids: list[int | None] = []

    async def main() -> None:
        bridge = AsyncCoverBridge(command=FAKE)
        task = asyncio.create_task(use(bridge))
        for _ in range(steps):
            await asyncio.sleep(0)
        pids.append(bridge.pid)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def use(bridge: AsyncCoverBridge) -> None:
        async with bridge:
            await bridge.wait("x")

    run(main())
    eventually(lambda: all(pid is None or not alive(pid) for pid in pids))


def test_a_close_that_is_cancelled_goes_on(async_fake: AsyncFake) -> None:
    async def main() -> None:
        bridge = await async_fake().start()
        pid = bridge.pid
        assert pid is not None
        closing = asyncio.create_task(bridge.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        await bridge.aclose()
        assert not alive(pid)

    run(main())


def test_many_threads_at_once(fake: Fake) -> None:
    failures: list[Any] = []

    def work(bridge: CoverBridge, number: int) -> None:
        try:
            for turn in range(20):
                task_id = f"open-{number}-{turn}"
                assert bridge.status(task_id).task_id == task_id
                with bridge.watch(task_id) as changes:
                    assert next(changes).task_id == task_id
        except BaseException as error:
            failures.append(error)

    with fake() as bridge:
        threads = [threading.Thread(target=work, args=(bridge, each)) for each in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        session = bridge._engine.session  # pyright: ignore[reportPrivateUsage]
        bridge.ping()
        eventually(lambda: not session._calls.all())  # pyright: ignore[reportPrivateUsage]
        assert session._subscriptions.open() == []  # pyright: ignore[reportPrivateUsage]
    assert failures == []
