"""The client works whatever signal handlers a program has. A handler may close the bridge."""

from __future__ import annotations

import pytest

from .test_extremes import result


@pytest.mark.parametrize(
    "handling",
    [
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
        "signal.signal(signal.SIGCHLD, lambda *_: reap())",
        "signal.signal(signal.SIGPIPE, signal.SIG_DFL)",
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD})",
    ],
)
def test_any_signal_handlers_of_the_program(handling: str) -> None:
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


DEATHS = {
    "sync": """
        bridge = CoverBridge(command=FAKE)
        os.kill(bridge.pid, signal.SIGKILL)
        try:
            bridge.wait("x")
        except BridgeDied as error:
            print(error, error.exit_code)
        bridge.close()
    """,
    "asyncio": """
        async def main():
            async with AsyncCoverBridge(command=FAKE) as bridge:
                os.kill(bridge.pid, signal.SIGKILL)
                try:
                    await bridge.wait("x")
                except BridgeDied as error:
                    print(error, error.exit_code)
        asyncio.run(main())
    """,
}


@pytest.mark.parametrize("client", DEATHS)
def test_an_unknown_exit_code_is_not_reported_as_0(client: str) -> None:
    out = result(f"""
        import asyncio
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        {DEATHS[client]}
    """)
    assert out == "the bridge ended; its exit code is unknown None\n"


@pytest.mark.parametrize("client", DEATHS)
def test_another_thread_that_takes_the_exit_code(client: str) -> None:
    """Either the client or the other thread is faster, and each outcome is true."""
    out = result(f"""
        import asyncio, threading
        def reap():
            while True:
                try:
                    os.waitpid(-1, 0)
                except ChildProcessError:
                    time.sleep(0.001)
        threading.Thread(target=reap, daemon=True).start()
        for _ in range(10):
            {DEATHS[client].replace(chr(10), chr(10) + "    ").strip()}
    """)
    assert set(out.splitlines()) <= {
        "the bridge ended; its exit code is unknown None",
        "the bridge was killed by signal 9 -9",
    }


@pytest.mark.parametrize("end", ["sys.stderr.close()", "log.addHandler(Faulty())"])
def test_a_log_that_fails_does_not_end_the_session(end: str) -> None:
    out = result(f"""
        import logging, sys
        class Faulty(logging.Handler):
            def emit(self, record):
                raise RuntimeError("full")
        log = logging.getLogger("cover_bridge")
        logging.disable(logging.NOTSET)
        bridge = CoverBridge(command=FAKE, restart=True)
        old = bridge.pid
        {end}
        bridge.status("garbage")
        os.kill(old, signal.SIGKILL)
        while bridge.pid == old:
            time.sleep(0.01)
        bridge.ping()
        bridge.close()
        print("fine")
    """)
    assert out == "fine\n"


@pytest.mark.parametrize("lock", ["bridge._engine._lock", "bridge._engine.session._lock"])
def test_a_signal_that_closes_in_the_middle_of_a_call(lock: str) -> None:
    out = result(f"""
        bridge = CoverBridge(command=FAKE)
        changes = bridge.watch("open")
        signal.signal(signal.SIGTERM, lambda *_: bridge.close())
        # As if it came between two steps of a call.
        with {lock}:
            signal.raise_signal(signal.SIGTERM)
        try:
            bridge.ping()
        except BridgeClosed as error:
            print(error)
    """)
    assert out == "this bridge is closed\n"


def test_a_signal_that_closes_just_before_a_call_is_noted() -> None:
    out = result("""
        bridge = CoverBridge(command=FAKE)
        session = bridge._engine.session
        signal.signal(signal.SIGTERM, lambda *_: session.end(lambda: BridgeClosed("x")))
        class Late(dict):
            def __setitem__(self, id, call):
                signal.raise_signal(signal.SIGTERM)
                super().__setitem__(id, call)
        session._calls = Late()
        for call in (bridge.ping, lambda: bridge.wait("x"), lambda: bridge.watch("open")):
            session._failure = None
            try:
                call()
            except BridgeClosed as error:
                print(error)
    """)
    assert out == "x\n" * 3


def test_a_signal_that_closes_at_any_moment() -> None:
    out = result("""
        import random, threading
        random.seed(7)
        def late(pid):
            time.sleep(random.random() * 0.1)
            os.kill(pid, signal.SIGTERM)
        def end(*_):
            ended.append(True)
            for bridge in kept:
                bridge.close()
        signal.signal(signal.SIGTERM, end)
        for _ in range(10):
            kept, ended = [], []
            threading.Thread(target=late, args=(os.getpid(),)).start()
            try:
                kept.append(CoverBridge(command=FAKE))
                while not ended:
                    kept[0].status("x")
                    kept[0].watch("open").close()
            except BridgeClosed:
                pass
            while not ended:
                time.sleep(0.01)
            kept[0].close()
        print("fine")
    """)
    assert out == "fine\n"
